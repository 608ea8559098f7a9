"""The pages about the article's claims: all of them as a table, and what has to be corrected.

    python derivations/article.py [FOLDER]

checks every claim and writes ``article.md`` and ``errata.md`` into the folder, by default ``docs/``. Nothing in these
pages is written by hand: the claims are data of the package, the verdicts and the numbers are the checker's, and the links
are to where the chapters, as they are written now, show the claim.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sympy

import symmomentum as sm
from symmomentum.documents import Formula, Open, Theorem, ways

MARKS = {"holds": "✓", "fails": "✗", "conditional": "~", "tested": "✓", "not mathematical": "–"}
MEANINGS = {
    "holds": "proved as it is read here; what it is read as stands with each",
    "fails": "refuted as printed; the corrected statement is proved",
    "conditional": "refuted as printed; under the condition in the remark, or in the limit that it names, proved",
    "tested": "about a computation, or beyond the checker's language; settled by a test",
    "not mathematical": "a choice or a drawing; there is nothing to prove",
}
LONGEST = 60
"""Statements with more operations than this are shown by their title only: most spell out products of matrices by entries."""

WIDEST = 330
"""Formulas with more signs of TeX than this are too wide for a table."""

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


def link(entry: Any) -> str:
    """To what the same page says of a claim."""
    return f"[{entry.id}]({anchor(entry.id)})"


def chapters() -> dict[str, list[str]]:
    """By the number of a claim, links to the statements of the chapters that show it."""
    places: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.md")):
        label = title = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := re.match(r'(?:<a id="([^"]+)"></a>)?\*\*[^(*]+\((.+?)\)\.\*\*', line):
                label, title = found[1] or "", found[2]
            for number in re.findall(r"`article/(a\d{3})/", line):
                target = f"../derivations/{path.name}{'#' if label else ''}{label}"
                places.setdefault(number.upper(), {}).setdefault(target, f"[{title}]({target})")
    return {number: list(links.values()) for number, links in places.items()}


def article(found: Sequence[Any], told: Mapping[str, Sequence[str]]) -> str:
    """All claims, with their verdicts."""
    counts = Counter(each.status for each in found)
    meanings = "\n".join(f"| {MARKS[s]} {s} | {MEANINGS[s]} | {counts[s]} |" for s in MEANINGS)
    sized = [each.entry for each in found if each.entry.size]
    linked = ", ".join(map(link, sized))
    blocks = [
        "# The claims of the article, settled",
        GENERATED,
        'Gabriel Goh, "Why Momentum Really Works", Distill (2017), [doi 10.23915/distill.00006]'
        "(https://doi.org/10.23915/distill.00006), taken apart into all that it claims, in our words. Each claim "
        "was read as a mathematical statement, with the formulas just as they are printed, and checked. "
        "`symmomentum verify --article` does it again, in less than a minute; with `--json` it lists every statement.",
        f"| Verdict | Means | Of {len(found)} |\n| --- | --- | --- |\n{meanings}",
        f"What is said of any number of variables is proved for any number, but for {len(sized)} claims ({linked}) of which "
        "only one size was proved; it stands with each. What fails or needs a condition is treated one by one, with numbers that "
        "break it and with what is proved in its place, in the [errata](errata.md).",
    ]
    for section in dict.fromkeys(each.entry.section for each in found):
        blocks.append(f"## {section}")
        for each in found:
            if each.entry.section == section:
                blocks += _claim(each, told.get(each.entry.id, []))
    return "\n\n".join(blocks) + "\n"


def _claim(settlement: Any, told: Sequence[str]) -> Iterator[str]:
    entry, status = settlement.entry, settlement.status
    yield f"### {entry.id}"
    size = f", proved for {entry.size} only" if entry.size else ""
    yield f"{MARKS[status]} **{status}{size}.** {words(entry.summary)}"
    yield from _printed(entry.printed)
    if entry.reading:
        yield f"*Read as:* {words(entry.reading)}"
    if remark := entry.remark or entry.not_mathematical:
        yield f"*Remark:* {words(remark)}"
    yield from _where(settlement, told)
    if status in {"fails", "conditional"}:
        yield f"*Numbers that break it, and what holds in its place:* [errata](errata.md{anchor(entry.id)})."


def _printed(formulas: Sequence[str]) -> Iterator[str]:
    yield from (f"```math\n{tex}\n```" for tex in formulas)


def _where(settlement: Any, told: Sequence[str]) -> Iterator[str]:
    """The statements that were checked, how, and where they are told; the tests."""
    checked = (f"`{v.claim.id}` ({ways(v.by) if v.proved else v.status})" for v in settlement.verdicts)
    if listed := ", ".join(checked):
        yield f"*Checked:* {listed}."
    if settlement.entry.evidence:
        yield f"*Test:* {', '.join(f'`{test}`' for test in settlement.entry.evidence)}."
    if told:
        yield f"*In the chapters:* {', '.join(told)}."


def errata(found: Sequence[Any], told: Mapping[str, Sequence[str]]) -> str:
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
    listed = " ".join(link(e.entry) for e in wrong if e.status == "conditional")
    blocks += [
        "## What fails, in one table",
        "| Claim | What is printed (✗), and what holds (✓) |\n| --- | --- |\n"
        + "\n".join(_line(each) for each in wrong if each.status == "fails"),
        f"**Need a condition:** {listed}",
    ]
    for section in dict.fromkeys(each.entry.section for each in wrong):
        blocks.append(f"## {section}")
        for each in wrong:
            if each.entry.section == section:
                blocks += _erratum(each, told.get(each.entry.id, []))
    return "\n\n".join(blocks) + "\n"


def _line(settlement: Any) -> str:
    """A row of the table; of what does not fit there is said that it is below, of a sentence what is wrong with it."""
    entry = settlement.entry
    if not entry.printed:
        wrong = words(re.split(r"(?<=\.) ", entry.remark)[0])
        return f"| {link(entry)} | ✗ {words(entry.summary)}<br>✓ {wrong} |"
    printed, instead = (
        "; ".join(map(_mathematics, formulas)) if sum(map(len, formulas)) <= WIDEST else f"[below]({anchor(entry.id)})"
        for formulas in (entry.printed, entry.instead)
    )
    return f"| {link(entry)} | ✗ {printed}<br>✓ {instead} |"


def _erratum(settlement: Any, told: Sequence[str]) -> Iterator[str]:
    entry = settlement.entry
    yield f"### {entry.id}"
    yield f"{MARKS[settlement.status]} **{settlement.status}.** {words(entry.summary)}"
    if entry.printed:
        yield "Printed:"
        yield from _printed(entry.printed)
    if entry.instead:
        yield "It should be:"
        yield from _printed(entry.instead)
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
    if told:
        yield f"*In the chapters:* {', '.join(told)}."


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
    told = chapters()
    return {"article.md": article(found, told), "errata.md": errata(found, told)}


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs"
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
