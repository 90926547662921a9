"""Who may do what. The only module that knows roles by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, Literal, NamedTuple, TypeVar, cast

from flask_login import current_user

from quizapp.errors import NotFound

View = TypeVar("View", bound=Callable[..., Any])
Act = Literal["view", "edit", "publish", "manage", "own"]


def public(view: View) -> View:
    """Mark a view as open to everybody. All others ask for a login."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The signed-in person, as read once a request. Flask-Login asks the last three members."""

    id: int
    email: str
    name: str
    is_admin: bool
    is_verified: bool
    is_active: bool
    time_zone: str
    state: str | None
    target_blueprint_id: str | None
    time_multiplier: str
    hides_clock: bool
    uses_shortcuts: bool
    asks_certainty: bool
    roles: Mapping[int, str]
    session_version: int

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_anonymous(self) -> bool:
        return False

    def get_id(self) -> str:
        return f"{self.id}:{self.session_version}"


class Content(IntEnum):
    """How far a role reaches into items and banks."""

    NONE = 0
    VIEW = 1
    EDIT = 2
    PUBLISH = 3


class LearnerData(IntEnum):
    """How far a role reaches into what learners did. Everybody sees their own."""

    OWN = 0
    PROGRAMME_VIEW = 1
    PROGRAMME_MANAGE = 2
    ALL = 3


class Preset(NamedTuple):
    content: Content
    learner_data: LearnerData


ROLES: dict[str, Preset] = {
    "learner": Preset(Content.NONE, LearnerData.OWN),
    "author": Preset(Content.EDIT, LearnerData.OWN),
    "trainer": Preset(Content.PUBLISH, LearnerData.PROGRAMME_MANAGE),
    "coordinator": Preset(Content.NONE, LearnerData.PROGRAMME_MANAGE),
}
ADMIN = Preset(Content.PUBLISH, LearnerData.ALL)
LEARNER = "learner"
STAFF_ROLES = tuple(role for role in ROLES if role != LEARNER)
# Who manages the learners of a programme also manages its staff.
MANAGER_ROLES = tuple(role for role in ROLES if ROLES[role].learner_data >= LearnerData.PROGRAMME_MANAGE)


class Thing(Enum):
    """What is not owned by one person or programme."""

    BANKS = "banks"
    USERS = "users"
    GROUPS = "groups"  # of learners, in whichever programme


BANKS = Thing.BANKS
USERS = Thing.USERS
GROUPS = Thing.GROUPS


@dataclass(frozen=True, slots=True)
class Learners:
    """The learners of one programme."""

    programme_id: int


_CONTENT_NEEDED = {"view": Content.VIEW, "edit": Content.EDIT, "publish": Content.PUBLISH}
_LEARNER_DATA_NEEDED = {"view": LearnerData.PROGRAMME_VIEW, "manage": LearnerData.PROGRAMME_MANAGE}


def can(viewer: Viewer, act: Act, thing: Thing | Learners | int) -> bool:
    """Whether this person may do this; an int is the id of the person whose data it is."""
    if isinstance(thing, int):
        return act == "own" and thing == viewer.id
    if isinstance(thing, Learners):
        return act in _LEARNER_DATA_NEEDED and _learner_data(viewer, thing) >= _LEARNER_DATA_NEEDED[act]
    if thing is BANKS:
        return act in _CONTENT_NEEDED and _content(viewer) >= _CONTENT_NEEDED[act]
    if thing is GROUPS and any(can(viewer, act, Learners(programme_id)) for programme_id in viewer.roles):
        return True
    return viewer.is_admin and act in ("view", "manage")


def within_reach(viewer: Viewer, act: Act) -> frozenset[int] | None:
    """The programmes with whose learners this person may do this; None stands for all of them."""
    if viewer.is_admin:
        return None
    return frozenset(found for found in viewer.roles if can(viewer, act, Learners(found)))


def may_give(viewer: Viewer, role: str, programme_id: int) -> bool:
    """Whether this person may make somebody staff with this role: nobody gives more than they have."""
    preset = ROLES[role]
    return preset.content <= _content(viewer) and preset.learner_data <= _learner_data(
        viewer, Learners(programme_id)
    )


def _content(viewer: Viewer) -> Content:
    # Banks belong to no programme: the farthest reach in any of them counts.
    if viewer.is_admin:
        return ADMIN.content
    return max((ROLES[role].content for role in viewer.roles.values()), default=Content.NONE)


def _learner_data(viewer: Viewer, learners: Learners) -> LearnerData:
    if viewer.is_admin:
        return ADMIN.learner_data
    role = viewer.roles.get(learners.programme_id)
    return ROLES[role].learner_data if role else LearnerData.OWN


def require(allowed: bool) -> None:
    """:raises NotFound: when not allowed. What is hidden looks like what does not exist."""
    if not allowed:
        raise NotFound


def viewer() -> Viewer:
    """The signed-in person of this request. For views that are not public."""
    found = viewer_or_none()
    if found is None:
        raise LookupError("nobody is signed in: this view must not be public")
    return found


def viewer_or_none() -> Viewer | None:
    """The signed-in person, or None on a public page that nobody signed in for."""
    return cast(Viewer, current_user._get_current_object()) if current_user.is_authenticated else None
