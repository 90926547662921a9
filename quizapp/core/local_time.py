"""Times of day as people write them, in a zone whose clocks are changed twice a year: pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Literal


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a time on the wall stands for.

    It comes once, or twice when clocks are set back; or never, when they are set forward over it. Then both
    moments are as long after the leap as the time would have been: half past two stands for half past three.
    """

    comes: Literal["once", "twice", "never"]
    first: datetime
    second: datetime


def resolve(wall: datetime, zone: tzinfo) -> Resolved:
    """The moments, in UTC, that a naive date and time stands for in a zone.

    :raises ValueError: when it has a zone already, or lies at the edge of what can be told.
    """
    if wall.tzinfo is not None:
        raise ValueError("a time that has a zone needs no other")
    try:
        first, second = (
            wall.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(fold=0) for fold in (0, 1)
        )
    except OverflowError:
        raise ValueError("that is too far away") from None
    if first == second:
        return Resolved("once", first, second)
    if first < second:
        return Resolved("twice", first, second)
    # Counted with the offset of before, the time lies as far behind the jump as the clocks leapt.
    return Resolved("never", first, first)
