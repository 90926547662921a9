"""Long lists in pages."""

from dataclasses import dataclass
from math import ceil
from typing import Self


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; both count from 1."""

    number: int
    pages: int
    size: int

    @classmethod
    def of(cls, asked: str | None, total: int, size: int) -> Self:
        """The page asked for in an address, or the nearest one that there is."""
        pages = max(1, ceil(total / size))
        number = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
        return cls(number=max(1, min(number, pages)), pages=pages, size=size)

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size
