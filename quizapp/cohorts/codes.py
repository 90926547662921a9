"""Join codes: short, of signs that nobody mixes up, typed in any case."""

import secrets
from datetime import timedelta

# No vowels, so that no word comes up; nothing that looks like another: 0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B.
ALPHABET = "CDFGHJKMNPRTVWXY3479"
LENGTH = 8
LIFE = timedelta(days=30)


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _sign in range(LENGTH))


def canonical(typed: str) -> str:
    """The code as it is stored, from what somebody typed; not a code when nothing fits."""
    return "".join(sign for sign in typed[:100].upper() if sign.isascii() and sign.isalnum())


def spaced(code: str) -> str:
    """The code as people read it out: in two halves."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"
