"""Cells that are made once each, and sums that give nothing away."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.heat import HeatCells, heat_class, together

counts = st.lists(st.integers(0, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=12)


@pytest.mark.parametrize(
    ("n", "hits", "found"),
    [
        (0, 0, ""),
        (4, 4, "heat-none"),
        (5, 0, "heat-1"),
        (5, 2, "heat-2"),
        (5, 3, "heat-3"),
        (100, 79, "heat-3"),
        (5, 4, "heat-4"),
        (5, 5, "heat-4"),
    ],
)
def test_colour_of_a_share(n: int, hits: int, found: str) -> None:
    assert heat_class(n, hits) == found


@given(counts)
def test_sum_beside_its_cells_tells_nothing_of_fewer_than_five(cells: list[tuple[int, int]]) -> None:
    n, hits = together(cells)
    shown = [cell for cell in cells if cell[0] >= 5]
    rest = n - sum(cell[0] for cell in shown)
    assert rest == 0 or rest >= 5
    assert sum(cell[1] for cell in shown) <= hits <= n


def test_each_different_cell_is_made_once_and_escaped() -> None:
    asked = []

    def words(n: int, hits: Fraction | int) -> tuple[str, str, str]:
        asked.append((n, hits))
        return f"<{hits}>", "of <", '"'

    cells = HeatCells(words)
    row = cells.row("<Ann>", [(5, 5), (5, 5)])
    assert row.__html__() == (
        '<th scope="row" translate="no">&lt;Ann&gt;</th>'
        + '<td class="heat-4" title="&quot;">&lt;5&gt;<small>of &lt;</small></td>' * 2
    )
    assert asked == [(5, 5)]
