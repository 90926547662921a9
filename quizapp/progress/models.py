"""What a learner's answers add up to."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.db import Base

DOMAIN, PRINCIPLE, MISSTEP = "domain", "principle", "misstep"


class Rollup(Base):
    """One running total per learner and domain, principle or misstep, written with the scoring.

    For a domain or principle `n` counts answers and `hits` those that chose the key; for a misstep `n` counts
    answers to items that offered it and `hits` those that chose it. `first_…` counts first exposures alone.
    Each answer has one domain: the `milliseconds` of those rows add up to the learner's time on task.
    """

    __tablename__ = "rollup"
    __table_args__ = (
        CheckConstraint("kind IN ('domain', 'principle', 'misstep')", name="kind_known"),
        CheckConstraint("hits <= n AND first_hits <= first_n AND first_n <= n", name="counts_fit"),
    )

    learner_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    hits: Mapped[int]
    first_n: Mapped[int]
    first_hits: Mapped[int]
    milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)  # looking at items, idle time cut off
    last_at: Mapped[datetime]
