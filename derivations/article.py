"""The pages about the article's claims: all of them as a table, and what has to be corrected.

    python derivations/article.py [FOLDER]

checks every claim and writes ``article.md`` and ``errata.md`` into the folder, by default ``docs/``. Nothing in these
pages is written by hand: the claims are data of the package, the verdicts and the numbers are the checker's.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sympy

import symmomentum as sm
from symmomentum.documents import Formula, Open, Theorem

MARKS = {"holds": "✓", "fails": "✗", "conditional": "~", "tested": "✓", "not mathematical": "–"}
MEANINGS = {
    "holds": "proved just as it is printed",
    "fails": "refuted as printed; the corrected statement is proved",
    "conditional": "refuted as printed; under the condition in the remark, or in the limit that it names, proved",
    "tested": "about a computation, or beyond the checker's language; settled by a test",
    "not mathematical": "a choice or a drawing; there is nothing to prove",
}
LONGEST = 60
"""Statements with more operations than this are shown by their title only: most spell out products of matrices by entries."""

GENERATED = "<!-- Written by derivations/article.py; run it again in place of editing this file. -->"


def words(text: str) -> str:
    """Text with TeX between dollar signs, as GitHub renders it, also in a table."""
    parts = text.split("$")
    return "".join(
        _mathematics(part) if i % 2 else re.sub(r"[*_<>|\[\]]", r"\\\g<0>", part) for i, part in enumerate(parts)
    )


def _mathematics(tex: str) -> str:
    # A bar would end the cell of a table.
    return f"$`{tex.replace(chr(92) + '|', chr(92) + 'Vert ').replace('|', chr(92) + 'vert ')}`$"


def anchor(heading: str) -> str:
    """Where GitHub puts a heading."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def article(found: Sequence[Any]) -> str:
    """The table of all claims."""
    counts = Counter(each.status for each in found)
    meanings = "\n".join(f"| {MARKS[s]} {s} | {MEANINGS[s]} | {counts[s]} |" for s in MEANINGS)
    blocks = [
        "# The claims of the article, settled",
        GENERATED,
        'Gabriel Goh, "Why Momentum Really Works", Distill (2017), [doi 10.23915/distill.00006]'
        "(https://doi.org/10.23915/distill.00006), taken apart into all that it claims, in our words. Each claim "
        "was read as a "
        "mathematical statement just as it is printed, and checked. `symmomentum verify --article` does it "
        "again, in less than a "
        "minute.",
        f"| Verdict | Means | Of {len(found)} |\n| --- | --- | --- |\n{meanings}",
        "What fails or needs a condition is treated one by one, with numbers that break it and with what is "
        "proved in its "
        "place, in the [errata](errata.md).",
    ]
    for section in dict.fromkeys(each.entry.section for each in found):
        rows = "\n".join(_row(each) for each in found if each.entry.section == section)
        blocks += [f"## {section}", f"| Claim | What it says | Verdict | Remark |\n| --- | --- | --- | --- |\n{rows}"]
    return "\n\n".join(blocks) + "\n"


def _row(settlement: Any) -> str:
    entry, status = settlement.entry, settlement.status
    linked = f"[{entry.id}](errata.md{anchor(entry.id)})" if status in {"fails", "conditional"} else entry.id
    remark = words(entry.remark or entry.not_mathematical)
    tests = ", ".join(f"`{test.rpartition('::')[2]}`" for test in entry.evidence)
    remark += f"{' ' if remark else ''}Test: {tests}." if tests else ""
    return f"| {linked} | {words(entry.summary)} | {MARKS[status]} {status} | {remark} |"


def errata(found: Sequence[Any]) -> str:
    """What is wrong, or holds under a condition only, each with its witness and what was proved in its place."""
    wrong = [each for each in found if each.status in {"fails", "conditional"}]
    counts = Counter(each.status for each in wrong)
    blocks = [
        "# Errata and conditions",
        GENERATED,
        f"Of the article's {len(found)} [claims](article.md), {counts['fails']} fail as printed and "
        f"{counts['conditional']} need "
        "a condition. The formulas are quoted as printed. A point where a statement breaks was found by the "
        "checker and verified "
        "in exact arithmetic; of several, it is one, and often an extreme one. What holds in its place was "
        "proved, for all "
        "values of the variables that are named, in the way that stands behind the ✓. Statements that spell out "
        "products of "
        "matrices are named here and not printed; they are in `symmomentum/article/`.",
        "Many of the failures are slips in one formula that later formulas do not repeat: a matrix in place of "
        "its transpose, a "
        "lost factor, two entries exchanged.",
    ]
    listed = (
        f"[{e.entry.id}]({anchor(e.entry.id)})"
        for status in ("fails", "conditional")
        for e in wrong
        if e.status == status
    )
    failing = [next(listed) for _ in range(counts["fails"])]
    blocks.append(f"**Fail:** {' '.join(failing)}\n\n**Need a condition:** {' '.join(listed)}")
    for section in dict.fromkeys(each.entry.section for each in wrong):
        blocks.append(f"## {section}")
        for each in wrong:
            if each.entry.section == section:
                blocks += _erratum(each)
    return "\n\n".join(blocks) + "\n"


def _erratum(settlement: Any) -> Iterator[str]:
    entry = settlement.entry
    yield f"### {entry.id}"
    yield f"{MARKS[settlement.status]} **{settlement.status}.** {words(entry.summary)}"
    if entry.printed:
        yield "Printed:"
        yield from (f"```math\n{tex}\n```" for tex in entry.printed)
    if entry.reading:
        yield f"Read as a statement: {words(entry.reading)}"
    yield f"**{'What is wrong' if settlement.status == 'fails' else 'The condition'}.** {words(entry.remark)}"
    yield "**Where it breaks.**"
    for verdict in settlement.witnesses:
        yield from _shown(Open, verdict)
    kept = [verdict for verdict in settlement.literal if verdict.proved]
    if kept:
        yield "**What holds as printed.**"
        for verdict in kept:
            yield from _shown(Theorem, verdict)
    yield "**What holds in its place.**"
    for verdict in (*settlement.corrected, *settlement.condition):
        yield from _shown(Theorem, verdict)


def _shown(kind: Any, verdict: Any) -> Iterator[str]:
    """A statement with its evidence, as the documents show it, without a number."""
    claim = verdict.claim
    formulas = (Formula(claim.statement),) if _telling(claim.statement) else ()
    text = sm.Derivation("", (), [kind("", (), formulas, verdict)]).to_markdown()
    _, _, *rest = text.strip().split("\n\n")
    yield f"{words(claim.title)}{':' if formulas else '.'}"
    yield from rest


def _telling(statement: Any) -> bool:
    """Whether the formula says something to a reader: it is short, and not an identity that is plain from its form."""
    parts = statement.args if isinstance(statement, sympy.And) else (statement,)
    plain = any(
        part in {sympy.true, sympy.false} or (isinstance(part, sympy.Eq) and part.lhs == part.rhs) for part in parts
    )
    return not plain and statement.count_ops() <= LONGEST and not statement.has(sympy.MatPow)


def pages() -> dict[str, str]:
    """The text of each page, by file name."""
    found = tuple(map(sm.article.settle, sm.article.entries()))
    return {"article.md": article(found), "errata.md": errata(found)}


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs"
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
