"""Real exams that no mock of ours mirrors: what is known of them, and where it was read."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import Field

from quizapp.core.blueprint import FRESH, Fact
from quizapp.core.fields import Document, IsoDate
from quizapp.core.items.base import Finding, Tag, Text
from quizapp.core.problems import Problem, has_errors
from quizapp.core.reference import Taxonomy
from quizapp.core.shape import placed, read_model, repeated_ids, unknown_id

EXAMS_FILE: Final = "exams.yaml"


class RealExam(Document):
    """One exam, or the way to a credential without one."""

    id: Tag
    name: Text
    place: Text
    summary: Text
    facts: tuple[Fact, ...] = Field(min_length=1)
    checked_on: IsoDate

    def is_old(self, today: datetime.date) -> bool:
        """Whether its facts were last checked more than a year ago."""
        return today - self.checked_on > FRESH


class RealExams(Document):
    """All of them, in the order shown."""

    exams: tuple[RealExam, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedExams:
    """The exams; none when their file has an error."""

    exams: RealExams
    problems: list[Problem]


def load_exams(data: bytes, file: str, taxonomy: Taxonomy | None, today: datetime.date) -> LoadedExams:
    """The file read and checked, as it is on this day."""
    read, problems = read_model(data, file, RealExams)
    if read:
        problems += placed(check_exams(read, taxonomy, today), data, file)
    return LoadedExams(RealExams() if read is None or has_errors(problems) else read, problems)


def check_exams(read: RealExams, taxonomy: Taxonomy | None, today: datetime.date) -> Iterator[Finding]:
    """Ids that are used twice, sources that point nowhere, and facts that nobody looked at for a year."""
    yield from repeated_ids(read.exams, ("exams",))
    for index, exam in enumerate(read.exams):
        path = ("exams", index)
        if exam.is_old(today):
            message = f"its facts were last checked on {exam.checked_on}; check each one and move the date"
            yield Finding((*path, "checked_on"), "warning", "facts-old", message)
        if taxonomy is None:
            continue
        for place, fact in enumerate(exam.facts):
            yield from unknown_id(fact.source, taxonomy.sources, "source", (*path, "facts", place, "source"))
