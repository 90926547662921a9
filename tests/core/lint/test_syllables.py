from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.lint.syllables import EXCEPTIONS, count_syllables

SAMPLE = Path(__file__).parents[2] / "data" / "lint" / "syllables.txt"


def sample() -> dict[str, int]:
    """Words with their syllables in a published dictionary; the file names it."""
    lines = [line.split() for line in SAMPLE.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {word: int(count) for word, count in lines}


def test_the_count_is_that_of_the_dictionary_for_nearly_every_word() -> None:
    counted = sample()
    off = {word: count_syllables(word) - count for word, count in counted.items()}
    assert len(counted) == 400
    assert sum(map(bool, off.values())) <= 8
    assert max(map(abs, off.values())) <= 1


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *[("tea", 1), ("the", 1), ("walked", 1), ("hopes", 1), ("moved", 1), ("through", 1), ("don't", 1)],
        *[("people", 2), ("table", 2), ("started", 2), ("wishes", 2), ("safety", 2), ("didn't", 2)],
        *[("suicide", 3), ("being", 2), ("special", 2), ("patience", 2), ("easier", 3), ("quiet", 2)],
        *[("recovery", 4), ("advocacy", 4), ("association", 5), ("confidentiality", 7)],
        *[("", 1), ("hmm", 1), ("988", 1), ("ñandú", 1)],
    ],
)
def test_syllables_of_words_that_items_use(word: str, count: int) -> None:
    assert count_syllables(word) == count


def test_no_word_is_an_exception_twice() -> None:
    assert all(word == word.strip().lower() and count > 0 for word, count in EXCEPTIONS.items())


@given(st.text())
def test_every_text_has_a_syllable(text: str) -> None:
    assert count_syllables(text) >= 1
