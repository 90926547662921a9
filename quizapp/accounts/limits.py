"""How often something may be tried: counted in SQL, so that all processes share one count.

Tight per account, generous per network address: a class of a hundred sits behind one.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import case, delete, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import TooManyRequests

from quizapp import clock, db
from quizapp.accounts.models import RateLimit
from quizapp.db import Database, insert_for


@dataclass(frozen=True, slots=True)
class Act:
    """What may be tried how often: for one account, and from one network address."""

    name: str
    per_account: RateLimitItem
    per_network: RateLimitItem


SIGN_IN = Act("sign in", parse("10 per 15 minutes"), parse("1000 per 15 minutes"))
OWN_PASSWORD = Act("own password", parse("10 per 15 minutes"), parse("1000 per 15 minutes"))
REGISTER = Act("register", parse("5 per hour"), parse("300 per hour"))
MAIL = Act("mail", parse("3 per hour"), parse("300 per hour"))
WRONG_CODE = Act("wrong code", parse("20 per 15 minutes"), parse("1000 per 15 minutes"))
INVITE = Act("invite", parse("60 per hour"), parse("600 per hour"))

_PURGE_AT_ONCE = 200


class SqlStorage(Storage):
    """Counts in the table rate_limit, each in a short transaction of its own: no rollback forgets a try."""

    STORAGE_SCHEME = None  # made by hand, never from an address

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._engine, self._reading = database.engine, database.reading

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """One statement, so that two processes never count the same try as one."""
        now = clock.now()
        try_now = insert_for(self._engine.dialect.name, RateLimit).values(
            key=_hidden(key), hits=amount, expires_at=now + timedelta(seconds=expiry)
        )
        new, is_over = try_now.excluded, RateLimit.expires_at <= now
        statement = try_now.on_conflict_do_update(
            index_elements=[RateLimit.key],
            set_={
                "hits": case((is_over, new.hits), else_=RateLimit.hits + new.hits),
                "expires_at": case((is_over, new.expires_at), else_=RateLimit.expires_at),
            },
        ).returning(RateLimit.hits)
        with self._engine.begin() as connection:
            hits = int(connection.execute(statement).scalar_one())
        if hits == amount:  # a window began: as many windows are cleaned up as begin
            self.purge()
        return hits

    def get(self, key: str) -> int:
        is_open = RateLimit.expires_at > clock.now()
        statement = select(RateLimit.hits).where(RateLimit.key == _hidden(key), is_open)
        with self._reading.connect() as connection:
            return connection.execute(statement).scalar() or 0

    def get_expiry(self, key: str) -> float:
        statement = select(RateLimit.expires_at).where(RateLimit.key == _hidden(key))
        with self._reading.connect() as connection:
            found = connection.execute(statement).scalar()
        return (found or clock.now()).timestamp()

    def check(self) -> bool:
        with self._reading.connect() as connection:
            return connection.execute(select(1)).scalar() == 1

    def reset(self) -> int:
        with self._engine.begin() as connection:
            return connection.execute(delete(RateLimit)).rowcount

    def clear(self, key: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(RateLimit).where(RateLimit.key == _hidden(key)))

    def purge(self) -> int:
        """Remove some windows that are over; says how many."""
        over = (
            select(RateLimit.key)
            .where(RateLimit.expires_at <= clock.now())
            .limit(_PURGE_AT_ONCE)
            .with_for_update(skip_locked=True)  # two processes must not wait for each other
        )
        with self._engine.begin() as connection:
            return connection.execute(delete(RateLimit).where(RateLimit.key.in_(over))).rowcount


def _hidden(key: str) -> str:
    """The key without the address in it, and of one length whatever was typed."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def init_app(app: Flask) -> None:
    database: Database = app.extensions["database"]
    app.extensions["limiter"] = FixedWindowRateLimiter(SqlStorage(database))


def limiter() -> FixedWindowRateLimiter:
    found: FixedWindowRateLimiter = current_app.extensions["limiter"]
    return found


def storage() -> SqlStorage:
    found = limiter().storage
    assert isinstance(found, SqlStorage)
    return found


def count(act: Act, who: str) -> None:
    """Count one try of this act, for this account and for the network address that it comes from.

    Call it before the request changes anything.

    :raises TooManyRequests: when there were too many.
    """
    # Reading the person of an outdated cookie began a transaction, which on SQLite holds the write lock.
    db.end_reading()
    is_fine_here = limiter().hit(act.per_network, act.name, "from", _network())
    if not (limiter().hit(act.per_account, act.name, "for", who) and is_fine_here):
        raise TooManyRequests


def forget(act: Act, who: str) -> None:
    """Start the count of this account afresh, after a success."""
    limiter().clear(act.per_account, act.name, "for", who)


def _network() -> str:
    """The address of the request; for IPv6 its network, which one household has alone."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or "unknown"
    if address.version == 4:
        return str(address)
    # A server that listens on both writes IPv4 as ::ffff:203.0.113.7, and the network of that is everybody.
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
