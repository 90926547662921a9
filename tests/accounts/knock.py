"""One of several processes that sign people in at once: `python -m tests.accounts.knock DATABASE_URL TRY...`.

A TRY is ADDRESS=PASSWORD. Says "ready", waits for a line, and prints the status of each answer.
"""

import sys
from collections.abc import Iterator

from flask import Flask

from quizapp import create_app


def make_app(database_url: str) -> Flask:
    settings = {"environment": "testing", "secret_key": "x" * 40, "log_level": "error"}
    app = create_app(settings | {"database_url": database_url})
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def knock(app: Flask, tries: list[str]) -> Iterator[int]:
    """Statuses of the answers to these tries."""
    for word in tries:
        email, _, password = word.partition("=")
        answer = app.test_client().post("/login", data={"email": email, "password": password})
        yield answer.status_code


if __name__ == "__main__":
    url, *words = sys.argv[1:]
    made = make_app(url)
    print("ready", flush=True)
    sys.stdin.readline()
    print(*knock(made, words))
