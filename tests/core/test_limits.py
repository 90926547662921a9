import pytest

from quizapp.core.limits import count_words, sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("What is the **best** first response?", 6),
        ("It is well-known, isn't it?", 5),
        ("A pause - like this – counts — not", 6),
        ("Call {crisis_line} now", 3),
        ('"¿Cómo estás, Núria?"', 3),
        ("one\ntwo  three", 3),
    ],
)
def test_words_are_what_a_reader_would_count(text: str, count: int) -> None:
    assert count_words(text) == count


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("One. Two! Three?", 3),
        ('She says, "I ruined everything." What now?', 2),
        ('"All that work was for nothing," he says. What is **next**?', 2),
        ('"Is it over?" she asks. What is best?', 2),
        ("At 9.30 Ana comes in. She sits down", 2),
    ],
)
def test_sentences_end_where_a_reader_would_stop(text: str, parts: int) -> None:
    assert len(sentences(text)) == parts
