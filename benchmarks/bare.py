"""The least that a Flask app does for a saved answer, and for a page behind a login: the measure for ours."""

import os
from typing import Any

from flask import Flask, g, render_template, request
from flask_login import LoginManager, UserMixin, login_required, login_user
from flask_wtf import CSRFProtect
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, create_engine, event, select
from sqlalchemy.dialects import postgresql, sqlite

engine = create_engine(os.environ["BARE_DATABASE_URL"])
is_sqlite = engine.dialect.name == "sqlite"
metadata = MetaData()
person = Table("person", metadata, Column("id", Integer, primary_key=True), Column("name", Text))
keys = [Column(name, Integer, primary_key=True) for name in ("attempt", "position")]
answer = Table("answer", metadata, *keys, Column("choice", Text))
PERSON = select(person.c.id, person.c.name).where(person.c.id == bindparam("id"))
insert = (sqlite.insert if is_sqlite else postgresql.insert)(answer)
UPSERT = insert.on_conflict_do_update(index_elements=keys, set_={"choice": insert.excluded.choice})

app = Flask(__name__)
app.secret_key = os.environ["BARE_SECRET_KEY"]
CSRFProtect(app)
manager = LoginManager(app)


class Person(UserMixin):  # type: ignore[misc]
    def __init__(self, id: int, name: str) -> None:
        self.id, self.name = id, name


@event.listens_for(engine, "connect")
def make_durable(raw: Any, _record: object) -> None:
    if is_sqlite:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")


@manager.user_loader  # type: ignore[untyped-decorator]
def load_person(person_id: str) -> Person | None:
    g.connection = engine.connect()
    row = g.connection.execute(PERSON, {"id": int(person_id)}).one_or_none()
    return Person(*row) if row else None


@app.teardown_appcontext
def close(_error: BaseException | None) -> None:
    if "connection" in g:
        g.connection.close()


@app.get("/sign-in/<person_id>")
def sign_in(person_id: str) -> str:
    return str(login_user(load_person(person_id)))


@app.get("/<int:attempt>/<int:position>")
@login_required  # type: ignore[untyped-decorator]
def page(attempt: int, position: int) -> str:
    return render_template("page.html", position=position)


@app.post("/<int:attempt>/<int:position>")
@login_required  # type: ignore[untyped-decorator]
def save(attempt: int, position: int) -> dict[str, Any]:
    choice = request.get_json()["choice"]
    g.connection.execute(UPSERT, {"attempt": attempt, "position": position, "choice": choice})
    g.connection.commit()
    return {"saved": choice}


if __name__ == "__main__":  # makes the tables and the people
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(person.insert(), [{"name": f"Person {number}"} for number in range(32)])
