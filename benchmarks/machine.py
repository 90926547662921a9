"""What the kernel says about processor time. Linux only: it is read from /proc."""

import os
import platform
import time
from collections import defaultdict
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
PACE_LOOP = 1_000_000


def core_count() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0))


def tree_seconds(root: int) -> float:
    """User and system time of a process and all below it, with the children that they have reaped."""
    times: dict[int, int] = {}
    children = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(entry)):
            pid = int(entry.name)
            children[int(fields[1])].append(pid)
            times[pid] = sum(int(ticks) for ticks in fields[11:15])
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        total += times.get(pid, 0)
        waiting += children[pid]
    return total / TICKS


def tree_pss(root: int) -> int:
    """Bytes of memory of a process and all below it, where what several share counts once."""
    children = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(entry)):
            children[int(fields[1])].append(int(entry.name))
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        rollup = (PROC / str(pid) / "smaps_rollup").read_text()
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        waiting += children[pid]
    return total * 1024


def resident_bytes(root: int, program: str) -> dict[int, int]:
    """The memory that each child of a process has in use, of those that run a program."""
    found = {}
    for entry in PROC.iterdir():
        fields = _stat(entry) if entry.name.isdigit() else []
        if fields and int(fields[1]) == root and program in _command_line(entry):
            found[int(entry.name)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return found


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _stat(process: Path) -> list[str]:
    """The fields after the name, which may itself hold spaces; none when the process has just ended."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def busy_seconds() -> float:
    """Time that all processors spent on all processes since the machine started."""
    user, nice, system, _idle, _iowait, irq, softirq = _all_processors()[:7]
    return (user + nice + system + irq + softirq) / TICKS


def stolen_seconds() -> float:
    """Time that the host gave to other machines while a process here was ready to run."""
    return _all_processors()[7] / TICKS


def _all_processors() -> list[int]:
    return [int(word) for word in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:]]


def pace_milliseconds() -> float:
    """Processor time of a fixed loop: the same work costs more in a slow phase of a shared machine."""
    began = time.process_time()
    total = 0
    for number in range(PACE_LOOP):
        total += number
    return (time.process_time() - began) * 1000


def describe() -> str:
    """The machine in one line."""
    lines = (PROC / "cpuinfo").read_text().splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    model = next(named, platform.machine())
    return f"{core_count()} cores of {model}, {platform.system()}, Python {platform.python_version()}"
