"""Processes that share work: started, kept from a Ctrl-C, and ended together with what they have started."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import connection
from typing import Any

__all__ = ["CONTEXT", "at_work", "deaf"]

CONTEXT = multiprocessing.get_context("spawn")
"""A fork would copy the locks of other threads as they happen to be."""


@contextlib.contextmanager
def at_work(
    jobs: int,
    function: Callable[..., Any],
    calls: Iterable[tuple[Any, ...]],
    begin: Callable[..., object] | None = None,
    arguments: tuple[Any, ...] = (),
) -> Iterator[list[Future[Any]]]:
    """The calls of a function, shared out to so many processes in their order; gives their futures in that order.

    Where this is left by an exception, as a Ctrl-C is, the processes and what they have started end at once.

    Parameters
    ----------
    jobs : int
    function : callable
    calls : iterable of tuple
        The arguments of each call.
    begin : callable or None
        Is called in each process first, with the ``arguments``.
    """
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(jobs, CONTEXT, _begin, (begin, arguments))
    workers: set[Any] = set()
    complete = False
    try:
        with deaf():  # what is started now, with the calls, never hears a Ctrl-C, not even before its first own line
            futures = [executor.submit(function, *call) for call in calls]
            workers = set(multiprocessing.active_children()) - others
        yield futures
        complete = True
    finally:
        with deaf():
            if not complete:
                _end(workers)
            executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def deaf() -> Iterator[None]:
    """Ctrl-C waits until the end of this, and the processes that are started here never hear it.

    They inherit that it is blocked. In this process a block of the main thread alone is not enough: threads of libraries (those
    of a BLAS) take the signal then, and Python raises in the main thread, wherever that is.
    """
    if threading.current_thread() is not threading.main_thread():  # no other one may say so, nor gets a Ctrl-C
        yield
        return
    heard = False

    def keep(*_: object) -> None:
        nonlocal heard
        heard = True

    before = signal.signal(signal.SIGINT, keep)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else None
    try:
        yield
    finally:
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
        if heard:
            signal.raise_signal(signal.SIGINT)


def _end(workers: Iterable[Any]) -> None:
    """At once, and with them the solvers that they started."""
    for worker in workers:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):  # gone, or not yet with a group of its own
                os.killpg(worker.pid, signal.SIGKILL)
        worker.kill()


# In a worker ------------------------------------------------------------------------------------------------------


def _begin(begin: Callable[..., object] | None, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows it is not inherited
    if hasattr(os, "setsid"):
        os.setsid()  # a group of its own, by which to end it together with its solvers
    threading.Thread(target=_follow, daemon=True).start()
    if begin is not None:
        begin(*arguments)


def _follow() -> None:
    """Nobody ends the workers of a process that is killed, so they watch it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
