"""The app with two connections for all its threads, and little patience for a third. For tests alone."""

import functools
from typing import Any

import sqlalchemy

from quizapp import create_app, db

FEW: dict[str, Any] = {"pool_size": 2, "max_overflow": 0, "pool_timeout": 0.5}

vars(db)["create_engine"] = functools.partial(sqlalchemy.create_engine, **FEW)
app = create_app()
