"""What every answer to a question earns: a table for authors, and the answers that pay without reading."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final, NamedTuple

from quizapp.core.items.base import Answer, ItemType, Question
from quizapp.core.scoring import ZERO

MOST_ROWS: Final = 1000
# Up to so many answers all are scored; of more only as many as there are rows, in the order of the file.
MOST_SCORED: Final = 5000


class Row(NamedTuple):
    """An answer and its points."""

    answer: Answer
    points: Fraction


class Level(NamedTuple):
    """How many answers earn the same points."""

    points: Fraction
    answers: int


class Blanket(NamedTuple):
    """An answer that needs no reading, what it earns, and whether that is more than guessing does.

    `part` counts the parts of a case from 1; None where the question has no parts.
    """

    part: int | None
    answer: Answer
    points: Fraction
    maximum: Fraction
    chance: Fraction
    pays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """Every complete answer to a question by one rule."""

    rule: str
    maximum: Fraction
    lowest: Fraction
    chance: Fraction | None  # None where the rule refuses some of the answers
    pattern_count: int
    refused: int  # answers that the rule does not score, such as more choices than it asks for
    rows: tuple[Row, ...]  # best first, at most MOST_ROWS
    levels: tuple[Level, ...]  # best first; of all answers, or of none where there are too many
    blanket: tuple[Blanket, ...]

    @property
    def left_out(self) -> int:
        """How many answers have no row."""
        return self.pattern_count - self.refused - len(self.rows)


def score_table(kind: ItemType, question: Question, rule_id: str) -> ScoreTable:
    """The table of a question.

    :param rule_id: one of the type's rules.
    """
    count = kind.pattern_count(question)
    is_whole = count <= MOST_SCORED
    patterns = list(islice(kind.patterns(question), MOST_SCORED if is_whole else MOST_ROWS))
    rows = list(_scored(kind, question, patterns, rule_id))
    rows.sort(key=lambda row: -row.points)
    levels = Counter(row.points for row in rows) if is_whole else Counter[Fraction]()
    if len(rows) == count and not kind.in_steps:  # all answers are scored already
        guessed: Fraction | None = sum((row.points for row in rows), ZERO) / count
    else:
        guessed = chance(kind, question, rule_id)
    return ScoreTable(
        rule=rule_id,
        maximum=kind.maximum(question, rule_id),
        lowest=kind.lowest(question, rule_id),
        chance=guessed,
        pattern_count=count,
        refused=len(patterns) - len(rows),
        rows=tuple(rows[:MOST_ROWS]),
        levels=tuple(Level(points, times) for points, times in sorted(levels.items(), reverse=True)),
        blanket=tuple(_blanket_rows(kind, question, rule_id, guessed)),
    )


def chance(kind: ItemType, question: Question, rule_id: str) -> Fraction | None:
    """What guessing earns; None where the rule refuses some of the answers."""
    try:
        return kind.chance(question, rule_id)
    except ValueError:
        return None


def _blanket_rows(
    kind: ItemType, question: Question, rule_id: str, guessed: Fraction | None
) -> Iterator[Blanket]:
    """The answers that need no reading; those to the parts of a case by the rules of the parts."""
    parts = kind.parts(question)
    if len(parts) == 1:
        yield from _compared(kind, question, rule_id, guessed, None)
        return
    for n, (part_kind, part) in enumerate(parts, start=1):
        if next(part_kind.blanket_answers(part), None) is not None:
            rule = part_kind.rule_id(part)
            yield from _compared(part_kind, part, rule, chance(part_kind, part, rule), n)


def _compared(
    kind: ItemType, question: Question, rule_id: str, guessed: Fraction | None, part: int | None
) -> Iterator[Blanket]:
    if guessed is None:
        return
    maximum = kind.maximum(question, rule_id)
    for answer, points in _scored(kind, question, kind.blanket_answers(question), rule_id):
        yield Blanket(part, answer, points, maximum, guessed, points > guessed)


def _scored(kind: ItemType, question: Question, answers: Iterable[Answer], rule_id: str) -> Iterator[Row]:
    """The answers with their points, without those that the rule refuses."""
    for answer in answers:
        try:
            points = kind.score(question, answer, rule_id).points
        except ValueError:
            continue
        yield Row(answer, points)
