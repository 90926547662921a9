"""What a learner's answers add up to."""

from datetime import datetime
from fractions import Fraction

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.db import Base, PartCount

DOMAIN, PRINCIPLE, MISSTEP = "domain", "principle", "misstep"


class Rollup(Base):
    """One running total per learner and domain, principle or misstep, written with the scoring.

    For a domain or principle `n` counts answers and `hits` what they earned: 1 for the whole credit of an
    item, a part of 1 for a part of it. For a misstep `n` counts answers to items that offered it and `hits`
    those that chose it. `first_…` counts first exposures alone.
    Each answer has one domain: the `milliseconds` of those rows add up to the learner's time on task.
    """

    __tablename__ = "rollup"
    __table_args__ = (
        CheckConstraint("kind IN ('domain', 'principle', 'misstep')", name="kind_known"),
        CheckConstraint(
            f"hits <= n * {PartCount.PARTS} AND first_hits <= first_n * {PartCount.PARTS} AND first_n <= n",
            name="counts_fit",
        ),
    )

    learner_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    hits: Mapped[Fraction | int] = mapped_column(PartCount)
    first_n: Mapped[int]
    first_hits: Mapped[Fraction | int] = mapped_column(PartCount)
    milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)  # looking at items, idle time cut off
    last_at: Mapped[datetime]
