from collections.abc import Sequence

import pytest

from quizapp.core.lint.blind_solver import HABITS, NAIVE_BAYES, blind_figures, blind_rates, telling_words
from quizapp.core.lint.figures import Choice, choices
from tests.core.lint.made import single


def banks(keys: Sequence[str], wrong: Sequence[Sequence[str]]) -> list[Choice]:
    items = [
        single(key=key, wrong=others, number=number)
        for number, (key, others) in enumerate(zip(keys, wrong, strict=True), 1)
    ]
    return choices(items)


SHORT = ("Go home.", "Call Ben.", "Sit down.")
TOLD = {
    "longest option": ("Walk to the river and sit there for a while.", SHORT),
    "most warm words": (
        "Help and encourage Ana.",
        ("Walk to the river.", "Talk to the landlord.", "Wait a week."),
    ),
    "most shared words": ("Call Ben, walk home.", ("Call a doctor.", "Walk away.", "Write to Ben.")),
}


@pytest.mark.parametrize("guesser", HABITS)
def test_a_guesser_finds_the_keys_that_its_habit_fits(guesser: str) -> None:
    key, wrong = TOLD[guesser]
    assert blind_rates(banks([key], [wrong]))[guesser] == [1.0]


@pytest.mark.parametrize("guesser", HABITS)
def test_a_guesser_gets_as_much_as_chance_where_all_options_look_alike(guesser: str) -> None:
    assert blind_rates(banks(["Go home."], [["Sit down.", "Call Ben.", "Eat rice."]]))[guesser] == [0.25]


def test_words_of_other_keys_give_a_key_away() -> None:
    keys = ["Wonder about rivers.", "Wonder about lakes.", "Wonder about hills."]
    rates = blind_rates(banks(keys, [("Buy rivers.", "Sell boats.")] * 3))
    assert rates[NAIVE_BAYES] == [1.0] * 3


def test_the_words_of_an_item_do_not_help_to_solve_it() -> None:
    rates = blind_rates(banks(["Wonder about rivers."], [("Buy lakes.", "Sell hills.")]))
    assert rates[NAIVE_BAYES] == [pytest.approx(1 / 3)]


def test_the_order_of_items_and_options_makes_no_difference() -> None:
    keys = [f"Wonder about {thing} and wait" for thing in ("rivers", "lakes", "hills", "boats")]
    wrong = [(f"Buy {thing} soon", "Sell boats and wait") for thing in ("rivers", "lakes", "hills", "tents")]
    there, back = blind_rates(banks(keys, wrong)), blind_rates(banks(keys[::-1], wrong[::-1]))
    assert {name: rates[::-1] for name, rates in back.items()} == there


def test_a_bank_that_teaches_to_choose_the_kindest_sentence_does_not_hold() -> None:
    key, wrong = TOLD["most warm words"]
    found = {each.name: each for each in blind_figures(banks([key] * 12, [wrong] * 12))}
    assert found["most warm words"].holds is False
    assert found[NAIVE_BAYES].holds is False
    assert found[NAIVE_BAYES].bound == "at most 35.0 %"
    assert found["most warm words"].bound == "at most 50.0 %"  # 25 % and 2 standard errors of 12.5 points
    assert found["relationship_communication"].bound == "at most 50.0 %"
    assert found["relationship_communication"].holds is False


def test_nothing_is_told_of_nothing() -> None:
    assert [(each.value, each.holds) for each in blind_figures([])] == [(None, None)] * 4


def test_words_that_only_keys_have_are_told_and_words_of_both_are_not() -> None:
    keys = [f"Wonder about {thing}" for thing in ("rivers", "lakes", "hills", "boats")]
    wrong = [(f"Buy {thing} now", "Sell it now") for thing in ("rivers", "lakes", "hills", "boats")]
    assert [(each.stem, each.in_keys, each.in_wrong) for each in telling_words(banks(keys, wrong))] == [
        ("wonder", 4, 0)
    ]
    assert telling_words([]) == []
