"""How the evaluators walk large arrays: in blocks that stay in the cache, with the memory that one block needs and no more.

Whatever depends on a few of the arguments only is computed on their own shape if that is small: in a grid of step
sizes and momenta, the square root of the momentum is taken once per momentum. Arguments are broadcast without being
copied. Results of at least :data:`PARALLEL` points are shared out to threads, for NumPy lets go of the interpreter
while it works; the environment variable ``SYMMOMENTUM_NUM_THREADS`` says how many (1: none).
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

__all__ = [
    "BLOCK",
    "COMPILED_BLOCK",
    "PARALLEL",
    "SMALL_BLOCK",
    "Kernel",
    "Stage",
    "after_steps",
    "by_cases",
    "every",
    "where",
]

BLOCK = 2**16
"""Points per block."""
SMALL_BLOCK = 2**14
"""Points per block of what has dozens of intermediate results, all of which should stay in the cache."""
COMPILED_BLOCK = 2**17
"""Points per block of what was compiled and has no intermediate results."""
KEPT = 2**24
"""Bytes of memory that may be kept for the next block; glibc learns up to 2**25."""
MOST_SQUARED = 2**30
"""The largest exponent of powers by repeated squaring."""
PARALLEL = 2**18
"""Points from which on threads are used."""

Array = Any


@dataclass(frozen=True)
class Stage:
    """What depends on some of the arguments only."""

    compute: Callable[..., tuple[Array, ...]]
    arguments: tuple[int, ...]
    """Their positions."""


@dataclass(frozen=True)
class Kernel:
    """A function of arrays of one shape, made to take arrays that broadcast.

    Attributes
    ----------
    compute : callable
        Takes the values of the stages, then the arguments it needs; returns one array of the common shape, or with
        ``trailing`` axes a sequence of arrays, one for each entry (for complex results, real and imaginary parts in turn).
    stages : tuple of Stage
    arguments : tuple of int
        The positions of the arguments that it needs itself.
    careful : Kernel or None
        Takes over for blocks in which a result is not a number below ``limit``, where an intermediate one may have overflowed.
    trailing : tuple of int
        New axes at the end of the result.
    dtype : str or None
        Of the result; None: that of the arguments.
    double : bool
        Compute in double precision whatever the arguments.
    parts : int
        Into how many arrays the result goes: more than one for a tuple.
    into : bool
        ``compute`` takes the array for its result as a last argument.
    compiled : bool
        ``compute`` is fast on contiguous arrays only and has no intermediate results: its blocks are larger, and arguments that
        broadcast are written out block by block.
    long : bool
        ``compute`` has dozens of intermediate results: its blocks are smaller.
    checked : bool
        ``compute`` returns the result and where it holds; ``careful`` takes over for the other points.
    squaring : callable or None
        A quicker ``compute`` in double precision, where the first argument is one integer of at least 2 and all others are
        numbers or contiguous arrays: takes the array for the result as a last argument, and returns where that holds.
    """

    compute: Callable[..., Any]
    arguments: tuple[int, ...]
    stages: tuple[Stage, ...] = ()
    careful: Kernel | None = None
    trailing: tuple[int, ...] = ()
    dtype: str | None = None
    double: bool = False
    parts: int = 1
    into: bool = False
    compiled: bool = False
    long: bool = False
    checked: bool = False
    squaring: Callable[..., Array] | None = None

    def __call__(self, values: Sequence[Any], out: Any = None) -> Any:
        """The result for arguments that broadcast against each other.

        Raises
        ------
        TypeError
            If an argument is not a real number or an array of such, or ``out`` has another dtype than the result.
        ValueError
            If the shapes do not broadcast, or ``out`` has another shape.
        """
        arrays = [np.asarray(v) for v in values]
        real = _real_type(values, arrays)
        inner = np.dtype(np.float64) if self.double else real
        with np.errstate(all="ignore"):
            arrays = [a if a.dtype == inner else a.astype(inner) for a in arrays]
            shape = np.broadcast_shapes(*(a.shape for a in arrays))
            dtype = self._result_type(real)
            results = self._results(shape, dtype, out)
            if out is not None:  # what is overwritten must not be read afterwards
                arrays = [a.copy() if any(np.may_share_memory(a, r) for r in results) else a for a in arrays]
            self._fill(arrays, shape, results)
        if out is not None:
            return out
        finished = [r if r.shape else r[()] for r in results]
        return tuple(finished) if self.is_tuple else finished[0]

    @property
    def is_tuple(self) -> bool:
        """Whether the result is a tuple, if only of one array."""
        return self.dtype == "tuple"

    def _result_type(self, real: np.dtype[Any]) -> np.dtype[Any]:
        if self.dtype in (None, "tuple"):
            return real
        if self.dtype == "complex":
            return np.result_type(real, np.complex64)
        return np.dtype(self.dtype)

    def _results(self, shape: tuple[int, ...], dtype: np.dtype[Any], out: Any) -> list[Array]:
        whole = (*shape, *self.trailing)
        if out is None:
            return [np.empty(whole, dtype) for _ in range(self.parts)]
        given = list(out) if self.is_tuple else [out]
        if len(given) != self.parts:
            raise ValueError(f"out must hold {self.parts} arrays; it holds {len(given)}")
        for a in given:
            if not isinstance(a, np.ndarray) or a.dtype != dtype:
                raise TypeError(f"out must be an array of dtype {dtype}; given {getattr(a, 'dtype', type(a).__name__)}")
            if a.shape != whole:
                raise ValueError(f"out must have the shape {whole}; given {a.shape}")
        return given

    def _fill(self, arrays: list[Array], shape: tuple[int, ...], results: list[Array]) -> None:
        size = int(np.prod(shape, dtype=np.int64))
        if size == 0:
            return
        flat = all(a.shape in ((), shape) and a.flags.c_contiguous for a in arrays)
        flat = flat and all(r.flags.c_contiguous for r in results)
        if flat and len(shape) != 1:
            arrays = [a.reshape(-1) if a.shape else a for a in arrays]
            results = [r.reshape(size, *self.trailing) for r in results]
            shape = (size,)
        prepared = [self._prepared(s, arrays, size) for s in self.stages]

        if size > BLOCK:
            # glibc gives the memory of a block back at once, and gets it again page by page, until something large was freed:
            # then it keeps as much. This costs a few microseconds, for nothing is written there.
            np.empty(KEPT, np.uint8)
        most = COMPILED_BLOCK if self.compiled else min(BLOCK, SMALL_BLOCK) if self.long else BLOCK
        blocks = _blocks(shape, most)

        def work() -> None:
            tiles: dict[int, Array] = {}
            with np.errstate(all="ignore"):  # each thread has its own
                for block in blocks:
                    self._block(block, arrays, prepared, results, shape, tiles)

        threads = min(_threads(), -(-size // PARALLEL)) if size >= PARALLEL else 1
        if threads == 1:
            work()
            return
        # All take from one list: who is held up takes less.
        blocks = iter(list(blocks))
        helpers = [_pool(threads - 1).submit(work) for _ in range(threads - 1)]
        try:
            work()
        finally:
            for _ in blocks:  # only if this was interrupted
                pass
            for helper in helpers:
                if not helper.cancel():
                    helper.result()

    def _prepared(self, stage: Stage, arrays: list[Array], size: int) -> tuple[Array, ...] | None:
        """The values of a stage on its arguments' own shape, where that is small beside the result."""
        own = [arrays[i] for i in stage.arguments]
        small = int(np.prod(np.broadcast_shapes(*(a.shape for a in own)), dtype=np.int64))
        return stage.compute(*own) if small * 8 <= size or size == 1 else None

    def _block(
        self,
        block: tuple[Any, ...],
        arrays: list[Array],
        prepared: list[tuple[Array, ...] | None],
        results: list[Array],
        shape: tuple[int, ...],
        tiles: dict[int, Array],
    ) -> None:
        own = [_part(a, block, len(shape)) for a in arrays]
        target = [r[block] for r in results]
        common = target[0].shape[: target[0].ndim - len(self.trailing)]
        staged: list[Array] = []
        for stage, values in zip(self.stages, prepared, strict=True):
            if values is None:
                staged += stage.compute(*(own[i] for i in stage.arguments))
            else:
                staged += [_whole(v, block, shape, common, tiles) for v in values]
        given = [*staged, *(own[i] for i in self.arguments)]
        if self.squaring is not None and _is_count(arrays[0]) and target[0].dtype == np.float64 and target[0].ndim:
            self._squared(given, target[0])
            return
        if self.compiled:
            given = [np.ascontiguousarray(np.broadcast_to(x, target[0].shape)) for x in given]
        value = self.compute(*given, target[0]) if self.into else self.compute(*given)
        if self.checked:
            self._completed(value, own, target[0], (block, arrays, results, shape, tiles))
            return
        if self.careful is not None and not np.max(value) < limit_and_scale(target[0].dtype)[0]:
            self.careful._block(block, arrays, [None] * len(self.careful.stages), results, shape, tiles)
            return
        self._store(value, target)

    def _completed(self, value: tuple[Array, Array], own: list[Array], target: Array, block: tuple[Any, ...]) -> None:
        """Store a result where it holds, and have the other points computed carefully."""
        assert self.careful is not None
        result, holds = value
        count = np.count_nonzero(holds)
        if count == 0:
            where, arrays, results, shape, tiles = block
            self.careful._block(where, arrays, [], results, shape, tiles)
            return
        target[...] = result
        if count < np.size(holds):
            missing = ~np.broadcast_to(holds, target.shape)
            target[missing] = self.careful.compute(*_chosen(own, missing))

    def _squared(self, given: list[Array], target: Array) -> None:
        """The result by repeated squaring where that holds, and else as usual."""
        assert self.squaring is not None
        direct = target.flags.c_contiguous
        result = target.reshape(-1) if direct else np.empty(target.size)
        steps, *others = given
        numbers = [float(a) if a.ndim == 0 else np.broadcast_to(a, target.shape).reshape(-1) for a in others]
        numbers = [np.ascontiguousarray(a) if np.ndim(a) else a for a in numbers]
        holds = self.squaring(int(steps), *numbers, result)
        if not holds.all():
            missing = ~holds
            result[missing] = self.compute(steps, *_chosen(numbers, missing))
        if not direct:
            target[...] = result.reshape(target.shape)

    def _store(self, value: Any, target: list[Array]) -> None:
        if self.into:
            return
        if self.is_tuple:
            for t, v in zip(target, value, strict=True):
                t[...] = v
        elif self.dtype == "complex":
            for i in range(self.trailing[0]):
                target[0].real[..., i] = value[2 * i]
                target[0].imag[..., i] = value[2 * i + 1]
        elif self.trailing:
            for index, v in zip(itertools.product(*map(range, self.trailing)), value, strict=True):
                target[0][(..., *index)] = v
        else:
            target[0][...] = value


def _is_count(k: Array) -> bool:
    """Whether it is one number of steps to which squaring is worth while."""
    return k.ndim == 0 and bool(2 <= k <= MOST_SQUARED) and bool(k == np.floor(k))


def _chosen(arguments: Sequence[Array], where: Array) -> list[Array]:
    """The arguments at the points where that holds; one number stays one, which is quicker."""
    return [a if np.ndim(a) == 0 else np.broadcast_to(a, where.shape)[where] for a in arguments]


def _whole(
    values: Array, block: tuple[Any, ...], shape: tuple[int, ...], common: tuple[int, ...], tiles: dict[int, Array]
) -> Array:
    """The part of the values for a block of that common shape; written out on it if all the blocks share that part, for NumPy
    walks arrays of one shape more quickly than it broadcasts."""
    part = _part(values, block, len(shape))
    missing = len(shape) - values.ndim
    if part.size == 1 or part.shape == common or any(n != 1 for n in values.shape[: max(0, len(block) - missing)]):
        return part
    tile = tiles.get(id(values))
    if tile is None:  # the last block is the only one that may be shorter than others
        tile = tiles[id(values)] = np.broadcast_to(part, common).copy()
    return tile[: common[0]]


def where(condition: Array, x: Any, y: Any) -> Array:
    """``np.where`` in double precision, which copies nothing where the condition is the same for all points: to count them takes
    a tenth of the time. The result broadcasts, and may be one number."""
    holds = np.count_nonzero(condition)
    if 0 < holds < np.size(condition):  # of constants it may be a truth value of Python
        return np.where(condition, x, y)
    chosen = x if holds else y
    return np.float64(chosen) if type(chosen) in (int, float) else chosen


def every(*conditions: Any) -> Any:
    """Whether all conditions hold: those about single numbers first, for an array beside a truth value takes NumPy longer."""
    arrays = [c for c in conditions if np.ndim(c)]
    if not arrays or not all(c for c in conditions if not np.ndim(c)):
        return np.bool_(not arrays and all(conditions))
    return functools.reduce(np.logical_and, arrays)


def by_cases(
    condition: Array,
    first: Callable[..., Any],
    first_arguments: tuple[Array, ...],
    second: Callable[..., Any],
    second_arguments: tuple[Array, ...],
) -> Any:
    """What the first function gives where a condition holds and the second one elsewhere: each of them sees its points only.

    Parameters
    ----------
    condition : array of bool
    first, second : callable
        Elementwise functions, which return an array or a tuple of arrays of the same types.
    first_arguments, second_arguments : tuple of array or number
        Their arguments, all of which broadcast against each other and the condition.
    """
    holds = np.count_nonzero(condition)
    if holds == condition.size:
        return first(*first_arguments)
    if holds == 0:
        return second(*second_arguments)
    shape = np.broadcast_shapes(condition.shape, *(np.shape(a) for a in (*first_arguments, *second_arguments)))
    condition = np.broadcast_to(condition, shape)
    made: list[Array] = []
    single = False
    for chosen, function, arguments in (
        (condition, first, first_arguments),
        (~condition, second, second_arguments),
    ):
        at = np.flatnonzero(chosen)
        # One number stays one, which is quicker.
        values = function(*(a if np.ndim(a) == 0 else np.broadcast_to(a, shape).ravel()[at] for a in arguments))
        single = not isinstance(values, tuple)
        parts = (values,) if single else values
        made = made or [np.empty(shape, np.asarray(p).dtype) for p in parts]
        for whole, part in zip(made, parts, strict=True):
            whole.reshape(-1)[at] = part
    return made[0] if single else tuple(made)


def after_steps(k: Array, value: Array, known: Array) -> Array:
    """The value where k is a number of steps and no argument is NaN, as ``known`` tells, and else NaN; infinite where infinities
    of both signs met on the way."""
    valid = (k >= 0) & (k == np.floor(k)) & np.isfinite(k) & ~np.isnan(known)
    return np.where(valid, np.where(np.isnan(value), np.inf, value), np.nan)


def limit_and_scale(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """A number below which squares do not overflow, and a power of two that brings the square of any number into range."""
    half: int = np.finfo(dtype).maxexp // 2
    number = dtype.type
    return number(2.0) ** (half - 12), number(2.0) ** (-half - 2)


def _real_type(values: Sequence[Any], arrays: Sequence[Array]) -> np.dtype[Any]:
    for a in arrays:
        if a.dtype.kind not in "fiub":
            raise TypeError(f"arguments must be real numbers or arrays of them; given the dtype {a.dtype}")
    # A Python number takes the precision of the arrays, as everywhere in NumPy.
    weak = [v if type(v) in (int, float, bool) else a for v, a in zip(values, arrays, strict=True)]
    found: np.dtype[Any] = np.result_type(np.result_type(*weak, 1.0), np.float32)  # half precision is not enough
    return found


def _threads() -> int:
    given = os.environ.get("SYMMOMENTUM_NUM_THREADS", "")
    if given.isascii() and given.isdigit() and int(given) > 0:
        return int(given)
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, 8)


@functools.lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that stay: to start them costs as much as some 1e5 points."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(threads, "symmomentum")


if hasattr(os, "register_at_fork"):  # a child has none of its parent's threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


def _blocks(shape: tuple[int, ...], size: int) -> Iterator[tuple[Any, ...]]:
    """Indices that cut an array of that shape into blocks."""
    if not shape:
        yield ()
        return
    axis, inner = len(shape) - 1, 1
    while axis > 0 and inner * shape[axis] <= size:
        inner *= shape[axis]
        axis -= 1
    length = max(1, size // inner)
    for outer in np.ndindex(*shape[:axis]):
        for first in range(0, shape[axis], length):
            yield (*outer, slice(first, first + length))


def _part(array: Array, block: tuple[Any, ...], ndim: int) -> Array:
    """The part of an array that broadcasts to the block of the whole."""
    if array.ndim == 0:
        return array
    missing = ndim - array.ndim
    index: list[Any] = []
    for axis, i in enumerate(block):
        if axis < missing:
            continue
        if array.shape[axis - missing] != 1:
            index.append(i)
        else:
            index.append(slice(None) if isinstance(i, slice) else 0)
    return array[tuple(index)]
