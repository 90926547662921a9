"""A bar for commands that read many items."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import click

ITEMS_FOR_BAR: Final = 1000


@contextmanager
def reading_bar(files: Iterable[bytes]) -> Iterator[Callable[[int], None]]:
    """What is called with each number of items that were read; it moves a bar when there are many."""
    items = sum(_items_in(data) for data in files)
    if items <= ITEMS_FOR_BAR:
        yield lambda count: None
        return
    with click.progressbar(length=items, label="Reading items", file=sys.stderr) as bar:
        yield bar.update


def _items_in(data: bytes) -> int:
    """How many items a file seems to have: near enough for a progress bar."""
    return data.count(b"\n- id:") + data.startswith(b"- id:")
