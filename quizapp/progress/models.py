"""What a learner's answers add up to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.db import Base

DOMAIN, PRINCIPLE, MISSTEP = "domain", "principle", "misstep"


class Rollup(Base):
    """One running total per learner and domain, principle or misstep, written with the scoring.

    For a domain or principle `n` counts answers and `hits` those that chose the key; for a misstep `n` counts
    answers to items that offered it and `hits` those that chose it. `first_…` counts first exposures alone.
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
    last_at: Mapped[datetime]
