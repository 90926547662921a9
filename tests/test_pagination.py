"""Long lists in pages: whatever stands in the address leads to a page that there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.pagination import Page


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        (None, 1),
        ("", 1),
        ("1", 1),
        ("2", 2),
        ("3", 3),
        ("4", 3),
        ("0", 1),
        ("-1", 1),
        ("two", 1),
        ("1e3", 1),
        ("²", 1),
        ("٣", 1),
        ("9" * 5000, 1),
        ("99999999", 3),
    ],
)
def test_the_nearest_page_is_shown(asked: str | None, number: int) -> None:
    assert Page.of(asked, total=51, size=25) == Page(number=number, pages=3, size=25)


def test_an_empty_list_has_one_page() -> None:
    assert Page.of("7", total=0, size=25) == Page(number=1, pages=1, size=25)


@given(asked=st.none() | st.text() | st.integers().map(str), total=st.integers(0, 10**6))
def test_the_offset_is_always_inside_the_list(asked: str | None, total: int) -> None:
    page = Page.of(asked, total, 25)
    assert 0 <= page.offset <= max(0, total - 1)
    assert page.offset % 25 == 0
