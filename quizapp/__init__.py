"""quizapp: practice, mock exams and progress for future Certified Peer Specialists."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(config: Mapping[str, Any] | None = None) -> "Flask":
    """The whole program. `config` overrides the QUIZAPP_* variables, with lower-case names."""
    # Not above: what only reads content, as `quizapp score` does, starts without Flask and database.
    from quizapp.factory import make_app

    return make_app(config)
