import pytest

from quizapp.core.stem import split_stem


@pytest.mark.parametrize(
    ("stem", "scene", "question"),
    [
        (
            "Maria drank. What is the **best** first response?",
            "Maria drank.",
            "What is the **best** first response?",
        ),
        (
            'She says, "I ruined everything." What is best?',
            'She says, "I ruined everything."',
            "What is best?",
        ),
        (
            'He asks, "Is it over? Tell me." What is **next**?',
            'He asks, "Is it over? Tell me."',
            "What is **next**?",
        ),
        ("Which value comes first?", "", "Which value comes first?"),
        ('Ana asks, "Why me? Why now?"', "", 'Ana asks, "Why me? Why now?"'),
    ],
)
def test_the_question_is_the_last_sentence_outside_quotes(stem: str, scene: str, question: str) -> None:
    assert split_stem(stem) == (scene, question)
