"""Types of fields that models of content share, and that know nothing of items."""

import datetime
import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _iso_date(value: object) -> object:
    """The value as a date; refuses what pydantic would read as a date by accident (numbers, times)."""
    if isinstance(value, str) and ISO_DATE.fullmatch(value):
        return datetime.date.fromisoformat(value)
    if value is None or (isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)):
        return value
    raise ValueError("write a date as YYYY-MM-DD")


class Document(BaseModel):
    """A part of a content file: unknown fields are errors, and nothing changes it once read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


IsoDate = Annotated[datetime.date, BeforeValidator(_iso_date)]
