import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.lint.phrases import LONGEST, PhraseBook, Words, wrong_phrase


def found(phrase: str, text: str) -> list[str]:
    """The parts of a text that a phrase meets."""
    book: PhraseBook[None] = PhraseBook()
    book.add([phrase], None)
    words = Words(text)
    return [words.cut(hit.first, hit.after) for hit in book.find(words)]


@pytest.mark.parametrize(
    ("phrase", "text", "parts"),
    [
        ("fell|falls off the wagon", "She fell off the wagon, he Falls Off the Wagon.", 2),
        ("relaps*", "Relapse, relapsed, relapsing, lapse", 3),
        ("ex con|cons", "An ex-con and two ex\u2011cons", 2),
        ("lack of? insight", "lack insight; lack of insight", 2),
        ("the old? grey? cat", "the cat, the old cat, the grey cat, the old grey cat", 4),
        ("MAT", "He is on MAT and sits on a mat.", 1),
        ("Alcoholics Anonymous", "Alcoholics Anonymous for alcoholics, anonymous or not", 1),
        ("addict", "The addict's keys, the addict’s keys", 2),
        ("he's|she's manic", "he's manic, she’s manic, he is manic", 2),
        ("the homeless", "the **homeless**", 1),
        ("came clean", "He came. Clean up", 0),
        ("came clean", "He came, clean", 0),
        ("came clean", "He came\n  clean", 1),
        ("client", "clients", 0),
        ("straße", "An der Straße", 1),
    ],
)
def test_a_phrase_is_found_where_it_stands(phrase: str, text: str, parts: int) -> None:
    assert len(found(phrase, text)) == parts


def test_a_hit_is_told_as_the_text_has_it() -> None:
    assert found("the homeless", "İ for The  **homeless** now") == ["The  **homeless"]


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        (" ".join(["word"] * (LONGEST + 1)), "1 to"),
        ("drug-free", "hyphen"),
        ("(a|b)+", "made of words"),
        ("a.*b", "made of words"),
        ("a? b?", "one word at least"),
        ("a? b? c? d? e", "may be missing"),
        ("re*", "3 letters"),
        ("*", "made of words"),
        ("a||b", "made of words"),
    ],
)
def test_a_phrase_that_cannot_be_used_is_told(phrase: str, told: str) -> None:
    assert told in (wrong_phrase(phrase) or "")


@given(st.text())
def test_any_text_is_either_a_phrase_or_told_to_be_none(text: str) -> None:
    if wrong_phrase(text) is None:
        book: PhraseBook[None] = PhraseBook()
        book.add([text], None)
        assert book.by_word or book.by_start


@given(st.lists(st.sampled_from(["get", "gets", "clean", "clean", "and", "sober", "-", ",", "x"])))
def test_a_word_is_compared_with_few_phrases_whatever_stands_around_it(words: list[str]) -> None:
    book: PhraseBook[int] = PhraseBook()
    book.add(["get|gets clean", "clean and sober", "clean time|days"], 1)
    read = Words(" ".join(words))
    hits = book.find(read)
    assert len(hits) <= 3 * len(read.words)
    assert all(0 < hit.after - hit.first <= LONGEST for hit in hits)
    assert hits == book.find(read)
