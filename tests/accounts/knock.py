"""One of several processes that sign people in at once: `python -m tests.accounts.knock URL START TRY...`.

A TRY is ADDRESS=PASSWORD; START is the moment at which all begin. Prints the status of each answer.
"""

import sys
import time
from collections.abc import Iterator

from quizapp import create_app


def knock(database_url: str, start: float, tries: list[tuple[str, str]]) -> Iterator[int]:
    """Statuses of the answers to these pairs of address and password."""
    settings = {"environment": "testing", "secret_key": "x" * 40, "log_level": "error"}
    app = create_app(settings | {"database_url": database_url})
    app.config["WTF_CSRF_ENABLED"] = False
    time.sleep(max(0, start - time.time()))
    for email, password in tries:
        answer = app.test_client().post("/login", data={"email": email, "password": password})
        yield answer.status_code


if __name__ == "__main__":
    url, moment, *words = sys.argv[1:]
    pairs = [(email, password) for email, _, password in (word.partition("=") for word in words)]
    print(*knock(url, float(moment), pairs))
