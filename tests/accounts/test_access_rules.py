"""Who may do what: the two axes behind the role names."""

from typing import Any, get_args

import pytest

from quizapp.accounts.access import (
    BANKS,
    GROUPS,
    ROLES,
    USERS,
    Act,
    Learners,
    Viewer,
    can,
    require,
    within_reach,
)
from quizapp.errors import NotFound

HERE, ELSEWHERE = Learners(1), Learners(2)


def person(role: str) -> Viewer:
    """Number 7, with this role in programme 1."""
    return Viewer(
        id=7,
        email="p@example.org",
        name="P",
        is_admin=role == "admin",
        is_verified=True,
        is_active=True,
        time_zone="UTC",
        state=None,
        target_blueprint_id=None,
        time_multiplier="1",
        hides_clock=False,
        uses_shortcuts=True,
        asks_certainty=False,
        roles={1: role} if role in ROLES else {},
        session_version=1,
    )


ALLOWED: dict[str, set[tuple[Act, Any]]] = {
    "nobody": {("own", 7)},
    "learner": {("own", 7)},
    "author": {("own", 7), ("view", BANKS), ("edit", BANKS)},
    "trainer": {
        ("own", 7),
        *((act, BANKS) for act in ("view", "edit", "publish")),
        *((act, things) for act in ("view", "manage") for things in (HERE, GROUPS)),
    },
    "coordinator": {
        ("own", 7),
        *((act, things) for act in ("view", "manage") for things in (HERE, GROUPS)),
    },
    "admin": {
        ("own", 7),
        *((act, BANKS) for act in ("view", "edit", "publish")),
        *((act, things) for act in ("view", "manage") for things in (USERS, GROUPS, HERE, ELSEWHERE)),
    },
}


@pytest.mark.parametrize("role", ALLOWED)
def test_role_may_do_exactly_this(role: str) -> None:
    asked = {(act, thing) for act in get_args(Act) for thing in (BANKS, USERS, GROUPS, HERE, ELSEWHERE, 7, 8)}
    assert {(act, thing) for act, thing in asked if can(person(role), act, thing)} == ALLOWED[role]


@pytest.mark.parametrize(
    ("role", "reach"),
    [("nobody", set()), ("learner", set()), ("author", set()), ("trainer", {1}), ("admin", None)],
)
def test_programmes_within_reach(role: str, reach: set[int] | None) -> None:
    assert within_reach(person(role), "view") == reach


def test_what_is_not_allowed_looks_like_what_is_not_there() -> None:
    require(True)
    with pytest.raises(NotFound):
        require(False)
