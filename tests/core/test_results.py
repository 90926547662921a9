from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.blueprint import PassRule
from quizapp.core.intervals import wilson
from quizapp.core.results import (
    DomainResult,
    Entry,
    MisstepTally,
    PrincipleTally,
    summarize,
    three_suggestions,
    verdict,
)

RIGHT, WRONG = Fraction(1), Fraction(0)


def entries(domain: str, right: int, wrong: int, omitted: int = 0) -> list[Entry]:
    return (
        [Entry(domain=domain, earned=RIGHT)] * right
        + [Entry(domain=domain, earned=WRONG)] * wrong
        + [Entry(domain=domain, earned=WRONG, answered=False)] * omitted
    )


def domain_result(domain: str, earned: int, items: int, omitted: int = 0) -> DomainResult:
    (result,) = summarize(entries(domain, earned, items - earned - omitted, omitted)).domains
    return result


class TestSummary:
    def test_omitted_items_earn_nothing_and_count(self) -> None:
        summary = summarize(entries("ethics", right=4, wrong=1, omitted=3))
        (ethics,) = summary.domains
        assert ethics.earned == 4
        assert (ethics.answered, ethics.omitted, ethics.items) == (5, 3, 8)
        assert ethics.interval == wilson(4, 8)

    def test_below_five_items_there_is_no_interval(self) -> None:
        summary = summarize(entries("crisis", 3, 1) + entries("role", 3, 2))
        crisis, role = summary.domains
        assert crisis.interval is None
        assert role.interval == wilson(3, 5)
        assert summary.total.interval == wilson(6, 9)

    def test_domains_come_in_the_order_given_then_by_name(self) -> None:
        rows = [Entry(domain=domain, earned=RIGHT) for domain in ("b", "d", "a", "c")]
        summary = summarize(rows, order=["c", "missing", "b"])
        assert [result.domain for result in summary.domains] == ["c", "b", "a", "d"]
        assert summary.total.domain is None

    def test_partial_credit_is_kept_exactly(self) -> None:
        summary = summarize([Entry(domain="role", earned=Fraction(1, 3))] * 3)
        assert summary.total.earned == 1

    @pytest.mark.parametrize(
        "entry",
        [
            Entry(domain="role", earned=Fraction(-1)),
            Entry(domain="role", earned=Fraction(3, 2)),
            Entry(domain="role", earned=Fraction(1, 2), answered=False),
        ],
    )
    def test_an_impossible_score_is_refused(self, entry: Entry) -> None:
        with pytest.raises(ValueError, match="no such score"):
            summarize([entry])

    def test_an_empty_form_has_an_empty_summary(self) -> None:
        summary = summarize([])
        assert summary.domains == ()
        assert (summary.total.items, summary.total.interval) == (0, None)


class TestVerdict:
    @pytest.mark.parametrize(
        ("percent", "items", "needed"),
        [(76, 125, 95), (70, 75, 53), (80, 50, 40), (69, 200, 138), (70, 10, 7), (1, 1, 1)],
    )
    def test_a_percent_rule_is_reached_from_the_item_count_it_needs(
        self, percent: int, items: int, needed: int
    ) -> None:
        rule = PassRule(kind="percent", percent=percent)
        reached = verdict(rule, needed, items)
        assert (reached.basis, reached.reached, reached.targets[0].needed) == ("board", True, needed)
        assert verdict(rule, needed - 1, items).reached is False

    @given(st.integers(1, 100), st.integers(1, 300), st.data())
    def test_no_rounding_decides_at_the_cut(self, percent: int, items: int, data: st.DataObject) -> None:
        points = data.draw(st.integers(0, items))
        (target,) = verdict(PassRule(kind="percent", percent=percent), points, items).targets
        assert target.reached == (points * 100 >= percent * items) == (points >= target.needed)

    def test_a_hair_below_the_line_is_below_it(self) -> None:
        rule = PassRule(kind="percent", percent=70)
        assert verdict(rule, Fraction(7), 10).reached is True
        assert verdict(rule, 7 - Fraction(1, 10**30), 10).reached is False

    def test_a_raw_rule_needs_its_count(self) -> None:
        rule = PassRule(kind="raw", raw=68, of=100)
        assert [verdict(rule, points, 100).reached for points in (67, 68)] == [False, True]
        assert verdict(rule, 68, 100).targets[0].needed == 68

    @pytest.mark.parametrize("kind", ["scaled", "unknown"])
    def test_without_a_percent_there_is_no_verdict_but_both_study_targets(
        self, kind: Literal["scaled", "unknown"]
    ) -> None:
        result = verdict(PassRule(kind=kind), 55, 75)
        assert (result.basis, result.reached) == ("study_targets", None)
        assert [(t.share, t.needed, t.items, t.reached) for t in result.targets] == [
            (Fraction(7, 10), 53, 75, True),
            (Fraction(4, 5), 60, 75, False),
        ]

    def test_a_blueprint_may_name_its_own_study_targets(self) -> None:
        result = verdict(PassRule(kind="scaled", scale=(200, 800), cut=500, study_targets=(75,)), 55, 75)
        assert [target.needed for target in result.targets] == [57]
        assert result.reached is None

    @pytest.mark.parametrize(
        "rule",
        [
            PassRule(kind="study_target", percent=80),
            PassRule(kind="study_target", percent=80, raw=40, of=50),
            PassRule(kind="study_target", raw=40, of=50),
        ],
    )
    def test_the_house_target_is_a_study_target(self, rule: PassRule) -> None:
        result = verdict(rule, 38, 50)
        assert (result.basis, result.reached, result.targets[0].needed) == ("study_target", False, 40)
        assert verdict(rule, 40, 50).reached is True

    @pytest.mark.parametrize(
        "rule",
        [
            PassRule(kind="percent", raw=5, of=10),
            PassRule(kind="raw", raw=5),
            PassRule(kind="raw", percent=70),
            PassRule(kind="study_target"),
        ],
    )
    def test_a_rule_without_its_numbers_is_refused(self, rule: PassRule) -> None:
        with pytest.raises(ValueError, match="no line"):
            verdict(rule, 5, 10)

    def test_a_form_without_items_is_refused(self) -> None:
        with pytest.raises(ValueError, match="without items"):
            verdict(PassRule(kind="unknown"), 0, 0)


class TestSuggestions:
    def test_the_best_of_each_kind_by_expected_gain(self) -> None:
        suggestions = three_suggestions(
            [domain_result("ethics", 3, 8), domain_result("role", 1, 4), domain_result("crisis", 2, 3)],
            [
                PrincipleTally(principle="empathy_not_blame", earned=Fraction(1), items=3),
                PrincipleTally(principle="many_pathways", earned=Fraction(0), items=2),
            ],
            [
                MisstepTally(misstep="fix_it", chosen=4, offered=6),
                MisstepTally(misstep="blame_person", chosen=2, offered=9),
            ],
        )
        assert [(s.kind, s.key, s.reason_code, s.numbers) for s in suggestions] == [
            ("domain", "ethics", "domain_missed", {"earned": 3, "items": 8}),
            ("misstep", "fix_it", "misstep_chosen", {"chosen": 4, "offered": 6}),
            ("principle", "empathy_not_blame", "principle_missed", {"earned": 1, "items": 3}),
        ]
        assert [s.gain for s in suggestions] == [Fraction(24, 5), 3, Fraction(9, 5)]

    def test_a_kind_with_nothing_to_say_leaves_its_place_to_the_next_best(self) -> None:
        domains = [
            domain_result(name, earned, 6) for name, earned in [("a", 5), ("b", 1), ("c", 3), ("d", 2)]
        ]
        assert [s.key for s in three_suggestions(domains, [], [])] == ["b", "d", "c"]

    def test_one_slip_is_no_pattern(self) -> None:
        principle = PrincipleTally(principle="many_pathways", earned=Fraction(0), items=1)
        misstep = MisstepTally(misstep="fix_it", chosen=1, offered=1)
        assert three_suggestions([], [principle], [misstep]) == []

    def test_all_right_suggests_nothing(self) -> None:
        principle = PrincipleTally(principle="many_pathways", earned=Fraction(4), items=4)
        misstep = MisstepTally(misstep="fix_it", chosen=0, offered=9)
        assert three_suggestions([domain_result("role", 6, 6)], [principle], [misstep]) == []

    def test_a_domain_left_open_asks_for_time_not_for_knowledge(self) -> None:
        (suggestion,) = three_suggestions([domain_result("role", 2, 8, omitted=4)], [], [])
        assert (suggestion.reason_code, suggestion.numbers) == (
            "domain_unanswered",
            {"omitted": 4, "items": 8},
        )
        (suggestion,) = three_suggestions([domain_result("role", 2, 8, omitted=3)], [], [])
        assert suggestion.reason_code == "domain_missed"

    @given(
        st.dictionaries(st.text(max_size=3), st.tuples(st.integers(0, 9), st.integers(1, 9))),
        st.dictionaries(st.text(max_size=3), st.tuples(st.integers(0, 9), st.integers(0, 9))),
    )
    def test_at_most_three_the_best_first_whatever_the_order_given(
        self, lost: dict[str, tuple[int, int]], chosen: dict[str, tuple[int, int]]
    ) -> None:
        domains = [domain_result(name, right, right + wrong) for name, (right, wrong) in lost.items()]
        principles = [
            PrincipleTally(principle=name, earned=Fraction(right), items=right + wrong)
            for name, (right, wrong) in lost.items()
        ]
        missteps = [
            MisstepTally(misstep=name, chosen=picked, offered=picked + other)
            for name, (picked, other) in chosen.items()
        ]
        suggestions = three_suggestions(domains, principles, missteps)
        gains = [suggestion.gain for suggestion in suggestions]
        assert len(suggestions) == len({(s.kind, s.key) for s in suggestions}) <= 3
        assert gains == sorted(gains, reverse=True)
        assert len(suggestions) == 3 or len(lost) < 3
        assert suggestions == three_suggestions(domains[::-1], principles[::-1], missteps[::-1])

    def test_the_whole_form_is_no_suggestion(self) -> None:
        assert three_suggestions([summarize(entries("role", 1, 9)).total], [], []) == []
