from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.assembly import BoardMap, Candidate, CannotFill, Shortage, assemble

START = datetime(2026, 3, 1, tzinfo=UTC)
OURS = ("role", "choice", "ethics", "crisis")


def make_candidate(
    number: int, domain: str = "role", situation: str | None = None, seen: int = 0, days: int = 0
) -> Candidate:
    return Candidate(
        item_id=f"item-{number:04}",
        revision_id=number,
        domain=domain,
        situation=situation or f"situation-{number}",
        seen=seen,
        last_seen=START + timedelta(days=days) if seen else None,
    )


@st.composite
def forms(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, list[str]], list[Candidate]]:
    """Small forms, so that every way to fill them can be tried, over banks with few situations."""
    boards = draw(st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, max_size=3, unique=True))
    form = {board: draw(st.integers(0, 3)) for board in boards}
    sources = {board: draw(st.lists(st.sampled_from(OURS), unique=True)) for board in boards}
    rows = draw(
        st.lists(st.tuples(st.sampled_from(OURS), st.integers(0, 8), st.integers(0, 2), st.integers(0, 3)))
    )
    pool = [
        make_candidate(number, domain, f"s{situation}", seen, days)
        for number, (domain, situation, seen, days) in enumerate(rows[:10])
    ]
    return form, sources, pool


def can_fill(form: Mapping[str, int], sources: Mapping[str, Sequence[str]], pool: list[Candidate]) -> bool:
    """Whether some assignment exists, by trying all of them."""
    wanted = [board for board, count in form.items() if count]
    if not wanted:
        return True
    board = wanted[0]
    serving = [candidate for candidate in pool if candidate.domain in sources[board]]
    for chosen in combinations(serving, form[board]):
        used = {candidate.situation for candidate in chosen}
        if len(used) == len(chosen):
            rest = [candidate for candidate in pool if candidate.situation not in used]
            if can_fill({**form, board: 0}, sources, rest):
                return True
    return False


@given(forms(), st.integers())
def test_a_form_is_found_exactly_when_one_exists(
    case: tuple[dict[str, int], dict[str, list[str]], list[Candidate]], seed: int
) -> None:
    form, sources, pool = case
    try:
        placed = assemble(form, BoardMap(sources), pool, seed)
    except CannotFill as error:
        shortages = error.shortages
        smaller = form | {lack.domain: form[lack.domain] - lack.missing for lack in shortages}
        assert shortages
        assert can_fill(smaller, sources, pool)
        for lack in shortages:
            assert not can_fill(smaller | {lack.domain: smaller[lack.domain] + 1}, sources, pool)
        return
    assert Counter(board for _, board in placed) == {board: n for board, n in form.items() if n}
    assert all(candidate.domain in sources[board] for candidate, board in placed)
    assert len({candidate.item_id for candidate, _ in placed}) == len(placed)
    assert len({candidate.situation for candidate, _ in placed}) == len(placed)


@given(forms(), st.integers(), st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_changes_nothing(
    case: tuple[dict[str, int], dict[str, list[str]], list[Candidate]], seed: int, random: Random
) -> None:
    form, sources, pool = case

    def outcome(candidates: list[Candidate]) -> object:
        try:
            return assemble(form, BoardMap(sources), candidates, seed)
        except CannotFill as error:
            return error.shortages

    shuffled = random.sample(pool, len(pool))
    assert outcome(shuffled) == outcome(pool)


@given(
    st.lists(st.tuples(st.sampled_from(OURS), st.integers(0, 3)), max_size=9),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(),
)
def test_with_situations_apart_no_form_repeats_less(
    rows: list[tuple[str, int]], first: int, second: int, seed: int
) -> None:
    pool = [make_candidate(number, domain, seen=seen) for number, (domain, seen) in enumerate(rows)]
    form, sources = {"A": first, "B": second}, {"A": ["role", "choice"], "B": ["choice", "ethics"]}
    try:
        placed = assemble(form, BoardMap(sources), pool, seed)
    except CannotFill:
        return
    seen_least = min(
        sum(candidate.seen for candidate in chosen)
        for chosen in combinations(pool, first + second)
        if can_fill(form, sources, list(chosen))
    )
    assert sum(candidate.seen for candidate, _ in placed) == seen_least


def test_an_item_moves_to_the_domain_that_only_it_can_fill() -> None:
    pool = [make_candidate(1, "role"), make_candidate(2, "choice", seen=5)]
    for seed in range(20):
        placed = assemble({"A": 1, "B": 1}, BoardMap({"A": ["role", "choice"], "B": ["role"]}), pool, seed)
        assert {(candidate.domain, board) for candidate, board in placed} == {("role", "B"), ("choice", "A")}


def test_a_long_chain_of_moves_is_followed() -> None:
    # Each item serves two neighbouring domains, so that the last one fits only if all move over by one.
    boards = [f"b{number}" for number in range(20)]
    sources = {board: [f"d{number}", f"d{number + 1}"] for number, board in enumerate(boards)}
    pool = [make_candidate(number, f"d{number}", seen=20 - number) for number in range(20)]
    assert len(assemble(dict.fromkeys(boards, 1), BoardMap(sources), pool, seed=3)) == 20


def test_least_seen_come_before_least_recently_seen() -> None:
    pool = [
        make_candidate(1, seen=2, days=1),
        make_candidate(2, seen=1, days=9),
        make_candidate(3, seen=1, days=4),
        make_candidate(4),
    ]
    picked = [
        {
            candidate.revision_id
            for candidate, _ in assemble({"A": n}, BoardMap({"A": ["role"]}), pool, seed=1)
        }
        for n in (1, 2, 3)
    ]
    assert picked == [{4}, {4, 3}, {4, 3, 2}]


def test_a_situation_gives_the_item_that_was_seen_least() -> None:
    pool = [make_candidate(1, situation="slip", seen=2), make_candidate(2, situation="slip", seen=1)]
    for seed in range(10):
        ((candidate, _),) = assemble({"A": 1}, BoardMap({"A": ["role"]}), pool, seed)
        assert candidate.revision_id == 2


def test_equally_good_items_are_drawn_by_the_seed_and_shown_in_its_order() -> None:
    pool = [make_candidate(number) for number in range(40)]
    drawn = [assemble({"A": 10}, BoardMap({"A": ["role"]}), pool, seed) for seed in range(30)]
    assert drawn[7] == assemble({"A": 10}, BoardMap({"A": ["role"]}), pool, 7)
    firsts = {placed[0][0].item_id for placed in drawn}
    assert len(firsts) > 10
    assert len({frozenset(candidate.item_id for candidate, _ in placed) for placed in drawn}) == 30


def test_board_domains_are_mixed_in_the_order_shown() -> None:
    pool = [make_candidate(number, OURS[number % 2]) for number in range(40)]
    placed = assemble({"A": 20, "B": 20}, BoardMap({"A": ["role"], "B": ["choice"]}), pool, seed=5)
    boards = [board for _, board in placed]
    assert boards not in (sorted(boards), sorted(boards, reverse=True))


def test_two_items_of_one_situation_are_refused_with_the_shortage() -> None:
    pool = [make_candidate(1, situation="party-slip"), make_candidate(2, situation="party-slip")]
    with pytest.raises(CannotFill, match="A lacks 1") as caught:
        assemble({"A": 2}, BoardMap({"A": ["role"]}), pool, seed=1)
    assert caught.value.shortages == (Shortage(domain="A", missing=1),)


def test_every_domain_that_lacks_items_is_named_and_the_seed_changes_nothing() -> None:
    # Whichever of the two is placed first takes A, and the other decides whether B or C stays empty.
    pool = [make_candidate(1, "role"), make_candidate(2, "choice")]
    form = {"A": 1, "B": 1, "C": 1, "D": 4}
    sources = {"A": ["role", "choice"], "B": ["role"], "C": ["choice"], "D": ["ethics"]}
    messages = set()
    for seed in range(20):
        with pytest.raises(CannotFill) as caught:
            assemble(form, BoardMap(sources), pool, seed)
        messages.add(str(caught.value))
        assert sum(lack.missing for lack in caught.value.shortages) == 5
        assert Shortage(domain="D", missing=4) in caught.value.shortages
    assert len(messages) == 1


def test_the_tightest_shipped_form_fits_the_shipped_counts() -> None:
    # 16, 16, 16 and 27 of 80 items, where culture serves advocacy alone and ethics has 28 items for 27.
    have = dict(role=6, relation=6, lived=6, choice=8, wellness=9, resources=6, advocacy=7, ethics=16)
    have |= dict(crisis=7, culture=4, practice=5)
    domains = [domain for domain, count in have.items() for _ in range(count)]
    pool = [make_candidate(number, domain) for number, domain in enumerate(domains)]
    sources = {
        "mentoring": ["role", "relation", "lived"],
        "wellness": ["choice", "wellness"],
        "advocacy": ["resources", "advocacy", "culture"],
        "ethics": ["ethics", "crisis", "practice"],
    }
    form = {"mentoring": 16, "wellness": 16, "advocacy": 16, "ethics": 27}
    assert len(assemble(form, BoardMap(sources), pool, seed=1)) == 75


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        assemble({"A": -1}, BoardMap({"A": ["role"]}), [], seed=1)


def test_an_item_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="only once"):
        assemble({"A": 1}, BoardMap({"A": ["role"]}), [make_candidate(1), make_candidate(1)], seed=1)
