"""A group with learners around it, and a long history of answers, written straight into the tables."""

import itertools
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from quizapp import clock, db
from quizapp.accounts.models import Membership, Programme, User
from quizapp.banks.models import ItemRevision
from quizapp.banks.queries import live_items
from quizapp.cohorts.models import CohortMember
from quizapp.cohorts.services import create_cohort
from quizapp.core.items import ITEM_TYPES, parse_item

COHORT = 200
SET_SIZE, SETS_A_WEEK = 10, 1
SKILL = 0.7
BATCH = 20_000
# Nothing that is measured reads the items of a finished form: they are left out.
FORM = ("id", "seed", "entries", "created_at")
ATTEMPT = (
    *("id", "learner_id", "mode", "form_id", "item_count", "started_at", "added_seconds", "break_seconds"),
    *("grace_seconds", "deadline_at", "closes_at", "submitted_at", "ended_by", "answered_count"),
    *("raw_score", "maximum_score"),
)
RESPONSE = (
    *("attempt_id", "position", "learner_id", "item_id", "revision_id", "mode", "option_order", "version"),
    *("answer", "is_flagged", "is_late", "milliseconds", "saved_at", "outcome", "is_first_exposure"),
    *("rule_id", "points", "maximum", "scored_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Who was made: a coordinator, the group, and everybody with a history, its members first."""

    coordinator_id: int
    cohort_id: int
    learner_ids: Sequence[int]


def make(app: Flask, learners: int, responses: int, members: int = COHORT) -> World:
    """Learners with as many answers each, in sets of ten, one a week until yesterday.

    :param members: how many of them are in the group.
    """
    with app.app_context():
        with db.database().working_session() as session:
            world = _make_people(session, learners, members)
            session.commit()
        _write_history(world.learner_ids, responses // learners)
    return world


def _make_people(session: Session, learners: int, members: int) -> World:
    now = clock.now()
    programme = Programme(name="Programme", time_zone="America/New_York", created_at=now)
    session.add(programme)
    session.flush()
    common = {"password_hash": "none", "time_zone": "America/New_York", "created_at": now}
    people = [
        common | {"email": f"learner-{number}@example.org", "name": f"Learner Number {number}"}
        for number in range(learners + 1)
    ]
    ids = list(session.scalars(insert(User).returning(User.id, sort_by_parameter_order=True), people))
    coordinator_id, *learner_ids = ids
    session.add(
        Membership(programme_id=programme.id, user_id=coordinator_id, role="coordinator", joined_at=now)
    )
    days = {"starts_on": date(2026, 1, 1), "ends_on": date(2027, 1, 1)}
    cohort = create_cohort(session, programme.id, name="Group", now=now, **days)
    assert cohort
    session.flush()
    joined = [
        {"cohort_id": cohort.id, "user_id": user_id, "joined_at": now} for user_id in learner_ids[:members]
    ]
    session.execute(insert(CohortMember), joined)
    return World(coordinator_id=coordinator_id, cohort_id=cohort.id, learner_ids=learner_ids)


def _write_history(learner_ids: Sequence[int], each: int) -> None:
    with db.database().open_session(read_only=True) as session:
        items = _items(session)
    sets = max(1, each // SET_SIZE)
    now, rng = clock.now(), random.Random(11)
    forms, attempts, answers = [], [], []
    writer = _Writer()
    numbers = itertools.count(1)
    for learner_id in learner_ids:
        met: set[str] = set()
        for number in range(sets):
            at = now - timedelta(days=1 + (sets - 1 - number) * 7 / SETS_A_WEEK)
            moment, attempt_id = f"{at:%Y-%m-%d %H:%M:%S.%f}", next(numbers)
            rows = list(_answers(rng, items, learner_id, attempt_id, moment, met))
            right = sum(row[-3] == "1" for row in rows)
            forms.append((attempt_id, 1, "[]", moment))
            attempts.append(
                (
                    *(attempt_id, learner_id, "practice", attempt_id, SET_SIZE, moment, 0, 0, 30),
                    *(moment, moment, moment, "learner", SET_SIZE, str(right), str(SET_SIZE)),
                )
            )
            answers += rows
        if len(answers) >= BATCH:
            writer.write(forms, attempts, answers)
    writer.write(forms, attempts, answers)
    writer.close()


def _items(session: Session) -> list[tuple[str, int, str, str, int, int]]:
    """What a response row tells of each item where one option is chosen: ids, rule, order, key, options."""
    live = live_items(session, None)
    wanted = select(ItemRevision.id, ItemRevision.content)
    contents = {row.id: row.content for row in session.execute(wanted)}
    found = []
    for entry in live:
        item = parse_item(contents[entry.revision_id])
        kind = ITEM_TYPES[item.type]
        if kind.picks_one:
            key, count = kind.key_answer(item)["option"], kind.pattern_count(item)
            order = json.dumps(kind.plain_order(item))
            found.append((entry.item_id, entry.revision_id, kind.rule_id(item), order, key, count))
    return found


def _answers(
    rng: random.Random,
    items: Sequence[tuple[str, int, str, str, int, int]],
    learner_id: int,
    attempt_id: int,
    moment: str,
    met: set[str],
) -> Iterator[tuple[Any, ...]]:
    for position, (item_id, revision_id, rule, order, key, count) in enumerate(
        rng.sample(items, SET_SIZE), start=1
    ):
        is_right = rng.random() < SKILL
        choice = key if is_right else (key + rng.randrange(1, count)) % count
        yield (
            *(attempt_id, position, learner_id, item_id, revision_id, "practice", order, 1),
            *(f'{{"option":{choice}}}', 0, 0, rng.randrange(5_000, 700_000), moment, "answered"),
            *(int(item_id not in met), rule, str(int(is_right)), "1", moment),
        )
        met.add(item_id)


class _Writer:
    """Writes rows past SQLAlchemy, by executemany or COPY; foreign keys are not checked."""

    def __init__(self) -> None:
        self._engine = db.database().engine
        self._pooled = self._engine.raw_connection()
        driver: Any = self._pooled.dbapi_connection
        self._driver = driver
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        if self._is_sqlite:
            self._driver.execute("PRAGMA foreign_keys=OFF")
            self._driver.execute("PRAGMA synchronous=OFF")
        else:
            self._driver.execute("SET session_replication_role = replica")
            self._driver.execute("SET TIME ZONE 'UTC'")
            self._driver.commit()

    def write(self, *tables: list[tuple[Any, ...]]) -> None:
        """Forms, attempts and responses; the lists are empty afterwards."""
        if self._is_sqlite:
            self._driver.execute("BEGIN")
        for name, columns, rows in zip(
            ("form", "attempt", "item_response"), (FORM, ATTEMPT, RESPONSE), tables, strict=True
        ):
            self._insert(name, columns, rows)
            rows.clear()
        self._driver.commit()

    def _insert(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        names = ", ".join(columns)
        if self._is_sqlite:
            places = ", ".join("?" * len(columns))
            self._driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)
            return
        with self._driver.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            copy.write("".join("\t".join(map(str, row)) + "\n" for row in rows))

    def close(self) -> None:
        """Let the database learn how large its tables are, and drop the connection with its settings."""
        if self._is_sqlite:
            self._driver.execute("ANALYZE")
        else:
            self._driver.autocommit = True
            self._driver.execute("VACUUM ANALYZE")
            for table in ("form", "attempt"):
                sequence = f"pg_get_serial_sequence('{table}', 'id')"
                self._driver.execute(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))")
        self._pooled.invalidate()
        self._pooled.close()


def make_raw_table(app: Flask) -> None:
    """The answers alone with a covering index: the quickest way to count them without running totals."""
    with app.app_context(), db.database().engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE raw (learner_id INTEGER NOT NULL, principle TEXT, correct INTEGER)")
        )
        connection.execute(
            text(
                "INSERT INTO raw SELECT r.learner_id, i.principle,"
                " CASE WHEN r.points = r.maximum THEN 1 ELSE 0 END"
                " FROM item_response r JOIN item i ON i.id = r.item_id WHERE r.outcome = 'answered'"
            )
        )
        connection.execute(text("CREATE INDEX ix_raw ON raw (learner_id, principle, correct)"))
    refresh_statistics(app)


def refresh_statistics(app: Flask) -> None:
    with app.app_context():
        engine = db.database().engine
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE")
