"""Links that prove who opened a mail: signed, expiring, and dead once they were used."""

from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

RESET_LIFE = timedelta(hours=1)
VERIFY_LIFE = timedelta(days=3)
INVITATION_LIFE = timedelta(days=14)

_TAIL = 12


def make_reset_token(secret: str, user_id: int, password_hash: str) -> str:
    """A token that ends with the password it was made under: it works once."""
    return str(_serializer(secret, "reset password").dumps([user_id, password_hash[-_TAIL:]]))


def read_reset_token(secret: str, token: str) -> tuple[int, str] | None:
    """The person's id and the tail of the password hash; None when forged or too old."""
    found = _read(secret, "reset password", token, RESET_LIFE)
    return (int(found[0]), str(found[1])) if found else None


def fits(tail: str, password_hash: str) -> bool:
    """Whether the password is still the one that the token was made under."""
    return password_hash[-_TAIL:] == tail


def make_verify_token(secret: str, user_id: int, email: str) -> str:
    return str(_serializer(secret, "verify address").dumps([user_id, email]))


def read_verify_token(secret: str, token: str) -> tuple[int, str] | None:
    """The person's id and the address that the mail went to; None when forged or too old."""
    found = _read(secret, "verify address", token, VERIFY_LIFE)
    return (int(found[0]), str(found[1])) if found else None


def make_invitation_token(secret: str, invitation_id: int) -> str:
    """A token of an invitation, whose row says whether it was used or withdrawn."""
    return str(_serializer(secret, "invitation").dumps([invitation_id]))


def read_invitation_token(secret: str, token: str) -> int | None:
    """The invitation's id; None when forged or too old."""
    found = _read(secret, "invitation", token, INVITATION_LIFE)
    return int(found[0]) if found else None


def _serializer(secret: str, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=purpose)


def _read(secret: str, purpose: str, token: str, life: timedelta) -> list[Any] | None:
    try:
        found: list[Any] = _serializer(secret, purpose).loads(token, max_age=int(life.total_seconds()))
    except BadData:
        return None
    return found
