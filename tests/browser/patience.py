"""Ends a Chromium that no longer answers.

Playwright waits without a limit for some of its answers (a new page, a closed window, what a script returns).
A browser that has stopped would hold up the whole run, and say nothing of the line that waits for it. Ended,
it makes that line fail with its stack. Where it was only told to close, none does; the end of the run tells.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

SECONDS_A_ROUND = 25.0  # three rounds by default; the longest test takes 15 s on two busy cores


class Process(NamedTuple):
    pid: int
    parent: int
    state: str
    seconds: float  # of processor time
    words: list[str]

    @property
    def kind(self) -> str:
        return next(
            (word.removeprefix("--type=") for word in self.words if word.startswith("--type=")), "browser"
        )


@contextmanager
def patience(seconds: float, tell: Callable[[str], None]) -> Iterator[None]:
    """Unless this block ends in time: tell what the browsers of this process are doing, and kill them."""

    def end_browsers() -> None:
        found = list(browsers())
        tell(", ".join(f"{process.kind} {process.state} {process.seconds:.0f} s" for process in found))
        for process in found:
            if process.kind == "browser":
                os.kill(process.pid, signal.SIGKILL)

    timer = threading.Timer(seconds, end_browsers)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def browsers() -> Iterator[Process]:
    """The Chromium processes that this one has started, and theirs (found on Linux only)."""
    known = {process.pid: process for process in map(read, Path("/proc").glob("[0-9]*")) if process}
    for process in known.values():
        if process.words and "chrom" in process.words[0] and is_below(process, os.getpid(), known):
            yield process


def is_below(process: Process, ancestor: int, known: dict[int, Process]) -> bool:
    while process.parent != ancestor:
        if process.parent not in known:
            return False
        process = known[process.parent]
    return True


def read(folder: Path) -> Process | None:
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        words = (folder / "cmdline").read_text().replace("\0", " ").split()
    except OSError:
        return None
    ticks = int(fields[11]) + int(fields[12])
    return Process(int(folder.name), int(fields[1]), fields[0], ticks / os.sysconf("SC_CLK_TCK"), words)
