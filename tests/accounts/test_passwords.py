"""Passwords and addresses in the form in which they are stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.accounts import addresses, passwords
from quizapp.accounts.login import safe_next


def test_production_hash_has_the_recommended_profile() -> None:
    stored = passwords.hash_password(passwords.STRONG, "a calm river walk")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(passwords.STRONG, stored, "a calm river walk")
    assert not passwords.matches(passwords.STRONG, stored, "a calm river wall")


def test_nobody_has_no_password() -> None:
    assert not passwords.matches(passwords.CHEAP, None, "nobody has this password")


def test_damaged_hash_matches_nothing() -> None:
    assert not passwords.matches(passwords.CHEAP, "not a hash", "a calm river walk")


@pytest.mark.parametrize("password", ["Password123", " qwertyuiop ", "dana@example.org", "abababababab"])
def test_first_guesses_are_common(password: str) -> None:
    assert passwords.is_common(password, "dana@example.org")


@pytest.mark.parametrize("password", ["a calm river walk", "correct horse", "Tuesday12!"])
def test_plain_sentence_is_not_common(password: str) -> None:
    assert not passwords.is_common(password, "dana@example.org")


def test_common_ones_are_long_enough_to_matter() -> None:
    assert all(len(word) >= passwords.SHORTEST for word in passwords.COMMON)


@given(st.text(max_size=400))
def test_any_text_is_an_address_in_one_form_or_none(text: str) -> None:
    found = addresses.canonical(text)
    assert found is None or addresses.canonical(found) == found


@given(st.text(max_size=100))
def test_next_page_is_never_elsewhere(target: str) -> None:
    found = safe_next(target)
    assert found is None or (found.startswith("/") and found[1:2] not in ("/", "\\"))
