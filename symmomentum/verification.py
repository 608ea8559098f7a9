"""The claims of several methods, settled one method after the other or in several processes at once.

To derive a method takes as long as to prove what is derived, so a process gets whole methods. It is told a method's name, or
where the rule is written, and derives everything itself: what goes back is plain text and numbers. A rule and a claim would not
survive the journey: a function of a user's file has no name that another process could import, and SymPy decides a relation anew
when it is copied.
"""

from __future__ import annotations

import atexit
import functools
import gc
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Set
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Literal

from symmomentum import article, bounds, problems, processes, proof
from symmomentum.analysis import analyze
from symmomentum.claims import Claim, Verdict
from symmomentum.errors import SymmomentumError
from symmomentum.noise.tradeoff import tradeoff_claims
from symmomentum.update_rule import Method

__all__ = ["ARTICLE", "TOPICS", "Block", "Event", "Outcome", "Topic", "processors", "verified"]

SECONDS_BETWEEN_LOOKS = 0.1
MOST_PROCESSES = 61
"""More than that Windows cannot wait for."""


@dataclass(frozen=True)
class Topic:
    """Claims that are about no method of the catalog.

    Attributes
    ----------
    name : str
        By which they are asked for.
    claims : callable
        Gives them.
    """

    name: str
    claims: Callable[[], tuple[Claim, ...]]


def _claims_of_article(part: str) -> tuple[Claim, ...]:
    return tuple(claim for entry in article.part(part) for claim in entry.claims)


TOPICS: Mapping[str, Topic] = {
    t.name: t
    for t in (Topic("problems", problems.claims), Topic("bounds", bounds.claims), Topic("noise", tradeoff_claims))
}
"""By name."""

ARTICLE: Mapping[str, Topic] = {
    f"article/{name}": Topic(f"article/{name}", functools.partial(_claims_of_article, name)) for name in article.PARTS
}
"""The parts of the article. Not all of its claims hold, so that they are no part of what is verified by default."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a :class:`~symmomentum.Verdict` says, in text and numbers.

    Attributes
    ----------
    id : str
        Of the claim.
    status, by, detail : str
        As in the verdict.
    seconds : float
        Wall time of the check.
    witness : mapping of str to str, or None
        For a refutation: names of symbols and the exact numbers that break the claim.
    queries : tuple of (name, SMT-LIB 2 text)
        Empty unless they were asked for: to write them takes longer than to answer them.
    """

    id: str
    status: str
    by: str
    detail: str
    seconds: float
    witness: Mapping[str, str] | None
    queries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Block:
    """What became of the claims of one method or topic.

    Attributes
    ----------
    method : str
        Its name.
    stated : int
        How many claims are stated of it, those included that an earlier method rests on too.
    outcomes : iterable of Outcome
        In the order of the claims, without those that came with an earlier method. To be used up before the next block is asked
        for: with one process, a claim is settled only when its outcome is.
    """

    method: str
    stated: int
    outcomes: Iterable[Outcome]


@dataclass(frozen=True)
class Event:
    """Where the work is: a method is begun, one of its claims is settled, all of them are."""

    method: str
    kind: Literal["begun", "settled", "ended"]
    claim: str = ""


def processors() -> int:
    """How many processors this process may use.

    >>> processors() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def verified(
    methods: Mapping[str, Method | Topic],
    load: Callable[[str], Method | Topic],
    *,
    solver: str = "z3",
    queries: bool = False,
    jobs: int = 1,
    tell: Callable[[Event], object] = lambda event: None,
) -> Generator[Block, None, None]:
    """Settle every claim of the methods, and give their blocks in the order of the methods, each as soon as it is there.

    A claim that several methods rest on is part of the first one's block. However many processes there are, the blocks are the
    same but for the times.

    Parameters
    ----------
    methods : mapping of str to Method or Topic
        Each by the text from which ``load`` makes it; their names differ.
    load : callable
        A function that another process can import, for it makes the method there.
    solver : str
        ``"z3"``, ``"cvc5"`` or ``"both"``.
    queries : bool
        Whether the outcomes hold the queries.
    jobs : int
        How many processes work at once. With one, or for one method, everything happens in this process.
    tell : callable
        Called in this process, with every :class:`Event`.

    Raises
    ------
    SymmomentumError
        Whatever a method raises, in its turn; and if one of the processes is ended by somebody else.

    Examples
    --------
    >>> from symmomentum.methods import catalog
    >>> def built_in(name: str) -> Method:
    ...     return catalog[name]
    >>> for block in verified({"gradient-descent": built_in("gradient-descent")}, built_in):
    ...     print(block.method, {outcome.status for outcome in block.outcomes})
    gradient-descent {'proved'}
    """
    jobs = min(jobs, len(methods), MOST_PROCESSES)
    if jobs <= 1:
        return _here(methods, solver, queries, tell)
    return _elsewhere(methods, load, solver, queries, jobs, tell)


def _here(
    methods: Mapping[str, Method | Topic], solver: str, queries: bool, tell: Callable[[Event], object]
) -> Generator[Block, None, None]:
    seen: set[str] = set()
    for method in methods.values():
        tell(Event(method.name, "begun"))
        stated = method.claims() if isinstance(method, Topic) else analyze(method).claims
        claims = tuple(dict.fromkeys(stated))
        earlier = frozenset(seen)
        seen.update(claim.id for claim in claims)
        yield Block(method.name, len(claims), _outcomes(method.name, claims, earlier, solver, queries, tell))
        tell(Event(method.name, "ended"))


def _outcomes(
    name: str, claims: Iterable[Any], earlier: Set[str], solver: str, queries: bool, tell: Callable[[Event], object]
) -> Iterator[Outcome]:
    for claim in claims:
        if claim.id not in earlier:
            verdict = proof.check(claim, solver=solver)
            tell(Event(name, "settled", claim.id))
            yield _outcome(verdict, queries)


def _outcome(verdict: Verdict, queries: bool) -> Outcome:
    return Outcome(
        id=verdict.claim.id,
        status=verdict.status,
        by=verdict.by,
        detail=verdict.detail,
        seconds=verdict.seconds,
        witness=None if verdict.witness is None else {s.name: str(v) for s, v in verdict.witness.items()},
        queries=verdict.queries if queries else (),
    )


# In several processes ---------------------------------------------------------------------------------------------


def _elsewhere(
    methods: Mapping[str, Method | Topic],
    load: Callable[[str], Method | Topic],
    solver: str,
    queries: bool,
    jobs: int,
    tell: Callable[[Event], object],
) -> Generator[Block, None, None]:
    events: Any = processes.CONTEXT.SimpleQueue()
    at_work: dict[str, None] = {}

    def listen() -> None:
        while not events.empty():
            event = events.get()
            if event.kind == "begun":
                at_work[event.method] = None
            elif event.kind == "ended":
                at_work.pop(event.method, None)
            tell(event)

    seen: set[str] = set()
    # The longest first, so that in the end no process waits long for another.
    order = sorted(methods, key=lambda text: -_weight(methods[text]))
    calls = [(text, load, solver, queries) for text in order]

    def ended() -> SymmomentumError:
        listen()
        doing = f" at work on {' and '.join(at_work)}" if at_work else ""
        return SymmomentumError(
            f"one of the processes{doing} was ended from outside, perhaps because the memory is full: try fewer jobs"
        )

    try:
        with processes.at_work(jobs, _settled, calls, _begin, (events, gc.get_threshold())) as given:
            futures = dict(zip(order, given, strict=True))
            try:
                for text, method in methods.items():
                    while not futures[text].done():
                        wait([futures[text]], timeout=SECONDS_BETWEEN_LOOKS)
                        listen()
                    listen()
                    outcomes = futures[text].result()
                    fresh = [outcome for outcome in outcomes if outcome.id not in seen]
                    seen.update(outcome.id for outcome in outcomes)
                    yield Block(method.name, len(outcomes), fresh)
            except BrokenProcessPool:  # here, where the others still live: one that is killed may leave half an event
                raise ended() from None
    except BrokenProcessPool:  # while they were started
        raise ended() from None
    finally:
        events.close()


def _weight(method: Method | Topic) -> int:
    """How long its theory takes, roughly."""
    if isinstance(method, Topic):
        return 0
    return len(method.state) * len(method.parameters)


# In a worker ------------------------------------------------------------------------------------------------------

_EVENTS: Any = None
"""The way back for events, in a process that was started to work."""


def _begin(events: Any, threshold: tuple[int, int, int]) -> None:
    global _EVENTS  # noqa: PLW0603  # the only place for what a worker is told once
    _EVENTS = events
    gc.set_threshold(*threshold)
    atexit.register(gc.freeze)  # the memory goes with the process: nobody need look through it for garbage


def _settled(text: str, load: Callable[[str], Method | Topic], solver: str, queries: bool) -> list[Outcome]:
    blocks = _here({text: load(text)}, solver, queries, _EVENTS.put)
    return [outcome for block in blocks for outcome in block.outcomes]
