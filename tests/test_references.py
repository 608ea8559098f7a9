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
    "flanders1950": ("Flanders and Shortley 1950", "10.1063/1.1699598"),
    "golub1961": ("Golub and Varga 1961", "10.1007/BF01386013"),
    "korpelevich1976": ("Korpelevich 1976", ""),
    "popov1980": ("Popov 1980", "10.1007/BF01141092"),
    "polyak1992": ("Polyak and Juditsky 1992", "10.1137/0330046"),
    "tieleman2012": ("Tieleman and Hinton 2012", ""),
    "kingma2015": ("Kingma and Ba 2015", ""),
    "dozat2016": ("Dozat 2016", ""),
    "vanscoy2018": ("Van\u00a0Scoy et al. 2018", "10.1109/LCSYS.2017.2722406"),
    "cyrus2018": ("Cyrus et al. 2018", "10.23919/ACC.2018.8430824"),
    "kidambi2018": ("Kidambi et al. 2018", ""),
    "jain2018": ("Jain et al. 2018", ""),
    "daskalakis2018": ("Daskalakis et al. 2018", ""),
    "lucas2019": ("Lucas et al. 2019", ""),
    "ma2019": ("Ma and Yarats 2019", ""),
    "loshchilov2019": ("Loshchilov and Hutter 2019", ""),
    "zhang2019": ("Zhang et al. 2019", ""),
    "gidel2019": ("Gidel et al. 2019", ""),
    "goujaud2022": ("Goujaud et al. 2022", ""),
    "cohen2022": ("Cohen et al. 2022", ""),
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
    assert re.sub("[{}]", "", fields["author"]) == " and ".join(work.authors).replace("\u00a0", " ")
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


def test_a_family_name_of_several_words_stays_whole():
    work = REFERENCES["cyrus2018"]
    assert REFERENCES["vanscoy2018"].label == "Van\u00a0Scoy et al. 2018"
    assert "Saman Cyrus and Bin Hu and Bryan {Van Scoy} and Laurent Lessard" in work.bibtex


def test_the_address_prefers_the_doi():
    assert REFERENCES["goh2017"].address == "https://doi.org/10.23915/distill.00006"
    assert REFERENCES["sutskever2013"].address == "https://proceedings.mlr.press/v28/sutskever13.html"
    assert REFERENCES["jury1964"].address == ""
    assert REFERENCES["jury1964"].text.endswith("1964.")


def test_an_unknown_key_has_no_reference():
    assert lookup("nobody1999") is None
    assert lookup("goh2017") is REFERENCES["goh2017"]
