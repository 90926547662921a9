from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.assembly import Candidate
from quizapp.core.selection import choose_practice, domain_shares, helps_most

START = datetime(2026, 3, 1, tzinfo=UTC)


def make_candidate(number: int, situation: str | None = None, seen: int = 0, days: int = 0) -> Candidate:
    return Candidate(
        item_id=f"item-{number:04}",
        revision_id=number,
        domain="role",
        situation=situation or f"situation-{number}",
        seen=seen,
        last_seen=START + timedelta(days=days) if seen else None,
    )


pools = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 4)), max_size=12).map(
    lambda rows: [
        make_candidate(number, f"s{situation}", seen, days)
        for number, (situation, seen, days) in enumerate(rows)
    ]
)


def test_unseen_items_come_first_then_those_seen_longest_ago() -> None:
    pool = [
        make_candidate(1, seen=1, days=8),
        make_candidate(2, seen=5, days=2),
        make_candidate(3),
        make_candidate(4, seen=1, days=5),
    ]
    assert [candidate.revision_id for candidate in choose_practice(pool, 4, seed=1)] == [3, 2, 4, 1]


def test_a_second_item_of_a_situation_waits_until_all_others_were_taken() -> None:
    pool = [make_candidate(1, "party"), make_candidate(2, "party"), make_candidate(3, seen=1)]
    chosen = choose_practice(pool, 2, seed=1)
    assert chosen[1].revision_id == 3
    assert len(choose_practice(pool, 3, seed=1)) == 3


@given(pools, st.integers(-1, 15), st.integers(), st.randoms(use_true_random=False))
def test_as_many_as_asked_for_as_far_apart_as_they_can_be(
    pool: list[Candidate], n: int, seed: int, random: Random
) -> None:
    chosen = choose_practice(pool, n, seed)
    assert len(chosen) == max(0, min(n, len(pool)))
    assert len({candidate.item_id for candidate in chosen}) == len(chosen)
    situations = {candidate.situation for candidate in pool}
    assert len({candidate.situation for candidate in chosen}) == min(len(chosen), len(situations))
    assert chosen == choose_practice(random.sample(pool, len(pool)), n, seed)


def test_equally_good_items_are_drawn_by_the_seed() -> None:
    pool = [make_candidate(number) for number in range(30)]
    firsts = Counter(choose_practice(pool, 5, seed)[0].item_id for seed in range(60))
    assert len(firsts) > 15


def test_a_large_share_with_few_answers_helps_more_than_a_small_share_missed() -> None:
    shares = {"ethics": Fraction(16, 75), "crisis": Fraction(5, 75)}
    first, second = helps_most(shares, {"ethics": (4, 2), "crisis": (10, 1)})
    assert (first.domain, first.answered, first.share) == ("ethics", 4, Fraction(16, 75))
    assert first.gain == Fraction(1, 2) * Fraction(16, 75)
    assert second.gain == Fraction(10, 12) * Fraction(5, 75)


def test_ties_go_to_the_domain_with_fewer_answers_then_by_name() -> None:
    half = Fraction(1, 4)
    shares = {"wellness": half, "choice": half, "role": half, "ethics": half}
    ranked = helps_most(shares, {"role": (4, 2), "wellness": (2, 1)})
    assert [focus.domain for focus in ranked] == ["choice", "ethics", "wellness", "role"]


@given(st.integers(0, 50), st.integers(0, 50), st.fractions(0, 1))
def test_more_right_answers_always_lower_the_gain(right: int, wrong: int, share: Fraction) -> None:
    (now,) = helps_most({"role": share}, {"role": (right + wrong, right)})
    (better,) = helps_most({"role": share}, {"role": (right + wrong + 1, right + 1)})
    assert 0 <= better.gain <= now.gain <= share


def test_shares_of_our_domains_follow_the_items_that_can_be_drawn() -> None:
    form = {"advocacy": 16, "ethics": 27}
    sources = {"advocacy": ["resources", "advocacy", "culture"], "ethics": ["ethics", "crisis", "culture"]}
    shares = domain_shares(form, sources, {"resources": 6, "advocacy": 6, "culture": 4, "ethics": 16})
    assert shares == {
        "resources": Fraction(6, 43),
        "advocacy": Fraction(6, 43),
        "culture": Fraction(4, 43) + Fraction(27 * 4, 43 * 20),
        "ethics": Fraction(27 * 16, 43 * 20),
        "crisis": 0,
    }
    assert sum(shares.values()) == 1


def test_a_bank_without_items_shares_alike() -> None:
    assert domain_shares({"A": 3, "B": 0}, {"A": ["role", "choice"], "B": ["role"]}, {}) == {
        "role": Fraction(1, 2),
        "choice": Fraction(1, 2),
    }
    assert domain_shares({"A": 0}, {"A": ["role"]}, {}) == {"role": 0}
