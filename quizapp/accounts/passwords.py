"""Passwords: how they are stored, and which are too easy to guess."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, current_app

SHORTEST = 10
LONGEST = 256

# OWASP's argon2id profile of 19 MiB. Source: OWASP Password Storage Cheat Sheet.
STRONG = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Tests sign in hundreds of times.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

_COMMON = """
0123456789 1234567890 0987654321 9876543210 1234567891 12345678910 123456789a 123456789q 1q2w3e4r5t
1qaz2wsx3edc 1q2w3e4r5t6y qwertyuiop qwerty12345 qwerty123456 qwertyuiop123 qwerty1234 asdfghjkl1 asdfghjkl;
asdfasdfasdf zxcvbnm123 zaq12wsxcde abcdefghij abcdefghijk abcd123456 abc1234567 abcdef1234 abcdefg123
a123456789 aa12345678 password12 password123 password1234 password12345 passw0rd123 p@ssw0rd123 p@ssword123
passwordpassword mypassword mypassword1 newpassword newpassword1 changeme123 changemenow letmein123
letmeinnow letmein1234 welcome123 welcome1234 welcome2024 welcome2025 welcome2026 iloveyou12 iloveyou123
iloveyou1234 ilovemyself iloveyouforever trustno1234 administrator administrator1 adminadmin admin12345
admin123456 administration princess123 sunshine123 sunshine12 football123 baseball123 basketball
liverpool123 superman123 spiderman1 spiderman123 batman12345 pokemon123 starwars123 dragon12345 monkey12345
michael123 jordan12345 jennifer123 elizabeth1 alexander1 alexandra1 christopher christine1 charlotte1
washington california manchester barcelona1 computer123 internet123 samsung123 google12345 facebook123
instagram1 butterfly1 strawberry chocolate1 chocolate123 friendship forever123 happiness1 everything1
blessed123 jesuschrist jesus12345 godisgood1 peersupport peersupport1 recovery123 recovery1234
peerspecialist certifiedpeer quizapp123 quizappquizapp january2026 february2026 summer2025 summer2026
winter2025 winter2026 spring2026 autumn2026
"""
COMMON = frozenset(_COMMON.split())


def init_app(app: Flask) -> None:
    app.extensions["password_hasher"] = CHEAP if app.testing else STRONG


def hasher() -> PasswordHasher:
    """The hasher of the current app."""
    found: PasswordHasher = current_app.extensions["password_hasher"]
    return found


def hash_password(hasher: PasswordHasher, password: str) -> str:
    return hasher.hash(_canonical(password))


def matches(hasher: PasswordHasher, password_hash: str | None, password: str) -> bool:
    """Whether the password is right; without a hash the answer is no, after the same work."""
    known = password_hash or _stand_in(hasher)
    try:
        hasher.verify(known, _canonical(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None and len(password) <= LONGEST


def is_common(password: str, email: str) -> bool:
    """Whether somebody would try this password first."""
    word = _canonical(password).casefold().strip()
    is_address = word in (email.casefold(), email.partition("@")[0].casefold())
    return is_address or word in COMMON or len(set(word)) < 3


def _canonical(password: str) -> str:
    # The same letters typed on two keyboards may arrive as different code points.
    return unicodedata.normalize("NFKC", password)


_stand_ins: dict[PasswordHasher, str] = {}


def _stand_in(hasher: PasswordHasher) -> str:
    if hasher not in _stand_ins:
        _stand_ins[hasher] = hasher.hash("nobody has this password")
    return _stand_ins[hasher]
