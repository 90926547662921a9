import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quizapp.core.items import parse_item
from quizapp.core.lint.reading import HIGHEST_GRADE, check, flesch_kincaid, grade
from tests.core.test_bank import item, with_option

HARD = "Organizational accountability necessitates comprehensive interdisciplinary communication."


@pytest.mark.parametrize(
    ("words", "sentences", "syllables", "published"),
    [
        # Wikipedia, "Flesch-Kincaid readability tests": the lowest grade there can be, and "Green Eggs and
        # Ham" with 5.7 words a sentence and 1.02 syllables a word.
        (1, 1, 1, -3.4),
        (5700, 1000, 5814, -1.3),
        # The tests of textstat (tests/backend/metrics): "Cool dogs wear da sunglasses."
        (5, 1, 7, 2.88),
    ],
)
def test_the_grade_is_the_published_one(words: int, sentences: int, syllables: int, published: float) -> None:
    digits = 2 if published == 2.88 else 1
    assert round(flesch_kincaid(words, sentences, syllables), digits) == published


def test_a_text_has_the_grade_that_another_program_gives_it() -> None:
    found = grade(["Cool dogs wear da sunglasses."])
    assert found is not None
    assert round(found, 2) == 2.88  # textstat, as above


def test_words_and_syllables_of_a_sentence_are_the_published_ones() -> None:
    # Wikipedia, "Flesch-Kincaid readability tests": 13 words and 24 syllables.
    text = "The australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    assert grade([text]) == pytest.approx(flesch_kincaid(13, 1, 24))


@pytest.mark.parametrize(("words", "sentences"), [(0, 1), (1, 0)])
def test_nothing_has_no_grade(words: int, sentences: int) -> None:
    with pytest.raises(ValueError, match="a word and a sentence"):
        flesch_kincaid(words, sentences, 1)
    assert grade(["", " - "]) is None


def test_known_words_names_numbers_and_variables_are_easy() -> None:
    plain = grade(["She talks to Ann of her work by day."])
    assert grade(["She talks to Emmanuela of her work by day."]) == plain
    assert grade(["She talks to Emmanuela's of her work by day."]) == plain
    assert grade(["She talks to 1234567 of her work by day."]) == plain
    assert grade(["She talks to {crisis_line} of her work by day."]) == plain
    assert grade(["She talks to **Ann** of her work by day."]) == plain
    assert grade(["She talks to advocates of her work by day."], {"advocate"}) == plain
    assert grade(["She talks to advocates of her work by day."]) != plain


def test_each_option_ends_a_sentence() -> None:
    assert grade(["Go on", "Stay here"]) == grade(["Go on. Stay here."])


def test_a_hard_item_is_told_with_its_grade_and_what_to_do() -> None:
    hard = parse_item(item(stem=f"{HARD} {HARD} What is the **best** first response?"))
    (finding,) = check(hard, frozenset())
    assert (finding.path, finding.severity, finding.rule) == (("options",), "warning", "reading-grade")
    assert f"at most {HIGHEST_GRADE}" in finding.message
    assert "plainer words" in finding.message


def test_an_easy_item_and_one_in_another_language_are_not_told() -> None:
    assert list(check(parse_item(item()), frozenset())) == []
    assert list(check(parse_item(with_option(item(lang="es"), 0, text=HARD)), frozenset())) == []


@given(st.lists(st.text()))
@example(["_"])
def test_a_grade_never_fails_and_is_always_the_same(texts: list[str]) -> None:
    found = grade(texts)
    assert found is None or found >= -3.4 - 1e-9
    assert grade(texts) == found
