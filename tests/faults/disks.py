"""Disks that fill up and disks that take no writing."""

import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from tests.faults.site import Server

SPARE = 64 * 1024  # left on a full disk, so that it runs full in the middle of the work

Fill = Callable[[], AbstractContextManager[None]]


def can_mount() -> bool:
    """Whether this process may mount: root may, unless a container takes the right away."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    try_it = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(try_it, capture_output=True, check=False).returncode == 0


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own in memory, gone at the end."""
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _run("umount", "--lazy", str(folder))


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Somebody else's file takes the disk, but for a little."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(bytes(16 * 1024))
        file.truncate(max(0, file.tell() - SPARE))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def limited(server: Server, file: Path) -> Iterator[None]:
    """The server's processes may write no file beyond what is the middle of this one now."""
    most = max(SPARE, file.stat().st_size // 2)
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in server.processes()}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Nobody who opens it now can write there, root included: a folder, or one file."""
    _run("mount", "--bind", str(path), str(path))
    try:
        _run("mount", "-o", "remount,bind,ro", str(path))
        yield
    finally:
        _run("umount", "--lazy", str(path))  # some have it open


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(errno.EIO, f"{command}: {done.stderr}")
