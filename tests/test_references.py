"""The literature is complete, well-formed and unique."""

from __future__ import annotations

import re

import pytest

from symmomentum.references import REFERENCES, Reference, lookup

EXPECTED = {
    "goh2017": ("Goh 2017", "10.23915/distill.00006"),
    "polyak1964": ("Polyak 1964", "10.1016/0041-5553(64)90137-5"),
    "nesterov1983": ("Nesterov 1983", ""),
    "nesterov2004": ("Nesterov 2004", "10.1007/978-1-4419-8853-9"),
    "lessard2016": ("Lessard et al. 2016", "10.1137/15M1009597"),
    "sutskever2013": ("Sutskever et al. 2013", ""),
    "cauchy1847": ("Cauchy 1847", ""),
    "schur1917": ("Schur 1917", "10.1515/crll.1917.147.205"),
    "cohn1922": ("Cohn 1922", "10.1007/BF01216772"),
    "jury1964": ("Jury 1964", ""),
    "williams1992": ("Williams 1992", "10.2307/2691246"),
    "paszke2019": ("Paszke et al. 2019", ""),
}


def test_every_expected_work_is_there_with_its_label_and_doi():
    assert {key: (work.label, work.doi) for key, work in REFERENCES.items()} == EXPECTED


@pytest.mark.parametrize("work", REFERENCES.values(), ids=list(REFERENCES))
def test_text_and_bibtex_say_the_same(work: Reference):
    assert "\n" not in work.text
    assert work.title in work.text
    assert str(work.year) in work.text
    assert work.key.endswith(str(work.year))
    assert work.bibtex.startswith(f"@{work.kind}{{{work.key},\n")
    assert work.bibtex.count("{") == work.bibtex.count("}")
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", work.bibtex, re.MULTILINE))
    assert fields["author"] == " and ".join(work.authors)
    assert fields["year"] == str(work.year)
    assert fields.get("doi", "") == work.doi
    assert all(fields.values())


def test_volume_and_number_are_separate_fields_in_bibtex():
    entry = REFERENCES["polyak1964"].bibtex
    assert "volume = {4}" in entry
    assert "number = {5}" in entry
    assert "pages = {1--17}" in entry


def test_label_names_two_authors_and_shortens_more():
    common = {"key": "x", "title": "T", "venue": "V", "year": 2000, "kind": "article"}
    assert Reference(authors=("A. One",), **common).label == "One 2000"
    assert Reference(authors=("A. One", "B. Two"), **common).label == "One and Two 2000"
    assert Reference(authors=("A. One", "B. Two", "C. Three"), **common).label == "One et al. 2000"


def test_the_address_prefers_the_doi():
    assert REFERENCES["goh2017"].address == "https://doi.org/10.23915/distill.00006"
    assert REFERENCES["sutskever2013"].address == "https://proceedings.mlr.press/v28/sutskever13.html"
    assert REFERENCES["jury1964"].address == ""
    assert REFERENCES["jury1964"].text.endswith("1964.")


def test_an_unknown_key_has_no_reference():
    assert lookup("nobody1999") is None
    assert lookup("goh2017") is REFERENCES["goh2017"]
