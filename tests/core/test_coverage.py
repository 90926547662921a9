from collections.abc import Mapping, Sequence
from itertools import combinations

from hypothesis import example, given
from hypothesis import strategies as st

from quizapp.core.assembly import BoardMap, Candidate, CannotFill, assemble
from quizapp.core.coverage import MOST_FORMS, Usable, cover

OURS = ("role", "choice", "ethics")


def usable(number: int, domain: str = "role", situation: str | None = None, *standards: str) -> Usable:
    return Usable(f"item-{number:03}", domain, situation or f"situation-{number}", standards)


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, int], BoardMap, list[Usable]]:
    """Forms and banks so small that every way to fill them can be tried."""
    boards = draw(st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, max_size=2, unique=True))
    form = {board: draw(st.integers(1, 2)) for board in boards}
    sources = {board: draw(st.lists(st.sampled_from(OURS), unique=True)) for board in boards}
    tags = {board: draw(st.sets(st.sampled_from(["T1", "T2"]), max_size=1)) for board in boards}
    standards = st.sets(st.sampled_from(["T1", "T2", "T3"]), max_size=2)
    rows = draw(st.lists(st.tuples(st.sampled_from(OURS), st.integers(0, 4), standards), max_size=7))
    items = [usable(number, domain, f"s{at}", *given) for number, (domain, at, given) in enumerate(rows)]
    return form, BoardMap(sources, tags), items


def most_forms(form: Mapping[str, int], board: BoardMap, items: Sequence[Usable]) -> int:
    """How many separate forms there are at most, by trying every first form."""
    size = sum(form.values())
    found = 0
    for chosen in combinations(items, size):
        if can_fill(form, board, chosen):
            rest = [item for item in items if item not in chosen]
            found = max(found, 1 + most_forms(form, board, rest))
    return found


def can_fill(form: Mapping[str, int], board: BoardMap, chosen: Sequence[Usable]) -> bool:
    """Whether just these items make a form, as the assembly of mock exams has it."""
    pool = [
        Candidate(
            item_id=item.item_id,
            revision_id=number,
            domain=item.domain,
            situation=item.situation,
            standards=tuple(item.standards),
        )
        for number, item in enumerate(chosen)
    ]
    try:
        return len(assemble(form, board, pool, 1)) == len(chosen)
    except CannotFill:
        return False


@given(cases())
@example(({"A": 1}, BoardMap({"A": ["role"]}), [usable(1, "role", "s"), usable(2, "role", "s")]))
@example(({"A": 2}, BoardMap({"A": ["role"]}), [usable(n, "role", f"s{n // 2}") for n in range(6)]))
def test_the_number_of_separate_forms_is_the_largest_there_is(
    case: tuple[dict[str, int], BoardMap, list[Usable]],
) -> None:
    form, board, items = case
    found = cover(form, board, items)
    assert found.forms == most_forms(form, board, items)
    assert found.is_filled == (found.forms > 0)
    assert found.missing > 0
    assert cover(form, board, items[::-1]) == found


@given(cases())
def test_what_is_missing_makes_one_form_more(case: tuple[dict[str, int], BoardMap, list[Usable]]) -> None:
    form, board, items = case
    before = cover(form, board, items)
    own = {name: f"only {name}" for name in form}
    board = BoardMap({name: [*ours, own[name]] for name, ours in board.sources.items()}, board.tags)
    new = [own[lack.domain] for lack in before.domains for _ in range(lack.missing)]
    more = [*items, *(usable(100 + number, domain) for number, domain in enumerate(new))]
    assert cover(form, board, more).forms == before.forms + 1
    assert cover(form, board, more[:-1]).forms == before.forms


def test_an_item_of_two_domains_counts_for_one_only() -> None:
    board = BoardMap({"A": ["role"], "B": ["role", "choice"]})
    found = cover({"A": 2, "B": 2}, board, [usable(1), usable(2), usable(3), usable(4, "choice")])
    assert [(each.able, each.only) for each in found.domains] == [(3, 0), (4, 1)]
    assert found.forms == 1


def test_a_tag_overrides_the_domain() -> None:
    board = BoardMap({"A": ["role"], "B": ["choice"]}, {"B": ["HR"]})
    assert board.serves("role", ("CC01", "HR")) == ("B",)
    assert board.serves("role", ("CC01",)) == ("A",)
    found = cover({"A": 1, "B": 1}, board, [usable(1), usable(2, "role", None, "HR")])
    assert found.forms == 1
    assert cover({"A": 2, "B": 1}, board, [usable(1), usable(2, "role", None, "HR")]).domains[0].missing == 1


def test_counting_ends() -> None:
    found = cover({"A": 1}, BoardMap({"A": ["role"]}), [usable(number) for number in range(MOST_FORMS + 9)])
    assert found.forms == MOST_FORMS
