import random

import pytest

from quizapp.core.lint.copies import Alike, alike, jaccard_of, near_copies
from tests.core.lint.made import single

SCENE = "Ana did not sleep and worries about her rent and what her landlord will say to her next week"


def test_a_text_with_one_other_word_is_a_near_copy() -> None:
    (found,) = alike(
        [SCENE, "Ben calls after a long day at work and asks for help", SCENE.replace("Ana", "Kai")]
    )
    assert (found.later, found.earlier) == (2, 0)
    assert found.share > 0.5


@pytest.mark.parametrize(
    "other",
    [
        " ".join(reversed(SCENE.split())),  # the same words in another order
        "Ana did not sleep and worries about other things that nobody at the clinic has ever heard of",
        "",
        "Ana did not sleep",  # too short to tell
    ],
)
def test_texts_that_share_less_are_none(other: str) -> None:
    assert alike([SCENE, other]) == []


def test_case_and_marks_make_no_difference() -> None:
    assert alike([SCENE, SCENE.upper().replace(" ", ", ")]) == [Alike(1, 0, 1.0)]


def test_many_copies_of_one_text_are_each_told_once() -> None:
    assert alike([SCENE] * 50) == [Alike(place, 0, 1.0) for place in range(1, 50)]


def test_no_near_pair_is_missed_by_comparing_few() -> None:
    """Against comparing all with all."""
    rng = random.Random(7)
    texts: list[str] = []
    for _ in range(150):
        words = (rng.choice(texts) if texts and rng.random() < 0.7 else SCENE).split()
        words[rng.randrange(len(words))] = rng.choice(("tea", "sea", "key", "bee"))
        texts.append(" ".join(words))
    found = {each.later: each.earlier for each in alike(texts)}
    standing: list[int] = []
    for later, text in enumerate(texts):
        first = next((each for each in standing if jaccard_of(text, texts[each]) > 0.5), None)
        assert found.get(later) == first
        if first is None:
            standing.append(later)
    assert len(standing) > 5


def test_options_count_as_well_as_the_stem() -> None:
    stem = "What is the **best** first response?"
    other = single(stem, key='"Tell me more about it."', wrong=('"No way."', '"Go home and rest."'), number=3)
    found = list(near_copies([single(stem, number=1), other, single(stem, number=2)]))
    assert [(later, earlier) for later, earlier, _finding in found] == [(2, 0)]
    assert found[0][2].rule == "near-copy"
