from pathlib import Path

import pytest

from quizapp.core.glossary import Glossary
from quizapp.core.reference import LoadedReference, load_reference
from tests.core.test_reference import BANKS, TODAY

SHIPPED = (BANKS / "glossary.yaml").read_bytes()
SMALL = """
terms:
  - {term: advance directive, forms: [advance directives], means: 'A paper.', source: null}
  - {term: psychiatric advance directive, means: 'Another paper.'}
  - {term: HIPAA, means: 'A law.', source: hipaa_access}
"""


def load(glossary: str | bytes) -> LoadedReference:
    data = glossary if isinstance(glossary, bytes) else glossary.encode()
    files = [Path(BANKS / name).read_bytes() for name in ("taxonomy.yaml", "support.yaml")]
    return load_reference(files[0], files[1], TODAY, "q/", glossary=data)


def small() -> Glossary:
    loaded = load(SMALL)
    assert loaded.problems == []
    assert loaded.reference
    return loaded.reference.glossary


def test_the_shipped_glossary_is_in_order() -> None:
    loaded = load(SHIPPED)
    assert loaded.problems == []
    assert loaded.reference
    terms = loaded.reference.glossary.terms
    assert len(terms) >= 60
    assert [term.term for term in terms] == sorted((term.term for term in terms), key=str.lower)
    assert all(term.means.endswith((".", '?"', '."')) and len(term.means.split()) <= 45 for term in terms)
    assert {"advocacy", "confidentiality", "hipaa"} <= loaded.reference.glossary.words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She asks for HIPAA.", ["HIPAA"]),
        ("He wrote an Advance Directive, and she has two advance directives.", ["advance directive"]),
        ("A psychiatric advance directive.", ["psychiatric advance directive"]),
        (
            "An advance directive and a psychiatric advance directive.",
            ["advance directive", "psychiatric advance directive"],
        ),
        ("HIPAAs, unadvance directive, advance directively", []),
        ("", []),
    ],
)
def test_terms_are_found_as_whole_words_and_the_longer_one_wins(text: str, found: list[str]) -> None:
    assert [term.term for term in small().found_in([text])] == found


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("term: HIPAA", "term: Advance Directives", 5, "duplicate-term"),
        ("source: hipaa_access", "source: nowhere", 5, "unknown-source"),
        ("means: 'A law.'", "meens: 'A law.'", 5, "unknown-field"),
        ("means: 'A law.'", "means: ''", 5, "wrong-form"),
    ],
)
def test_a_wrong_glossary_is_told_with_its_place(old: str, new: str, line: int, rule: str) -> None:
    loaded = load(SMALL.replace(old, new))
    assert loaded.reference is None
    assert ("q/glossary.yaml", line, rule) in {(each.file, each.line, each.rule) for each in loaded.problems}


def test_without_a_glossary_nothing_is_explained() -> None:
    files = [(BANKS / name).read_bytes() for name in ("taxonomy.yaml", "support.yaml")]
    reference = load_reference(files[0], files[1], TODAY).reference
    assert reference
    assert reference.glossary.words == frozenset()
    assert reference.glossary.found_in(["HIPAA and advocacy"]) == []
