"""Join codes."""

import pytest

from quizapp.cohorts import codes


def test_a_code_is_short_and_has_no_signs_that_are_mixed_up() -> None:
    made = {codes.new_code() for _number in range(200)}
    assert len(made) == 200
    assert {len(code) for code in made} == {8}
    assert not set("".join(made)) & set("AEIOU01256LSZB8")


@pytest.mark.parametrize("typed", ["CDFG-HJKM", "cdfghjkm", " cdfg hjkm ", "cdfg–hjkm", "C.D.F.G.H.J.K.M"])
def test_a_code_is_typed_in_any_way(typed: str) -> None:
    assert codes.canonical(typed) == "CDFGHJKM"


@pytest.mark.parametrize("typed", ["", "-", "\x00", "ÄÖ", "٣" * 8, "x" * 100_000])
def test_odd_codes_are_only_text(typed: str) -> None:
    assert len(codes.canonical(typed)) <= 100
    assert codes.canonical(typed).isascii()


def test_a_code_is_read_out_in_halves() -> None:
    assert codes.spaced("CDFGHJKM") == "CDFG-HJKM"
