"""Processes that a replay has started, told by the folder that they were given for temporary files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path


def started_in(folder: Path) -> dict[int, str]:
    """Process ids with their commands, of whatever has `folder` in its environment or works in it."""
    found: dict[int, str] = {}
    mark = str(folder).encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            if mark in (entry / "environ").read_bytes() or mark in os.readlink(entry / "cwd").encode():
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if command:  # one that has ended and waits to be asked how has none
                    found[int(entry.name)] = command
    return found


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def listening(processes: Iterable[int]) -> set[str]:
    """Addresses, as the kernel writes them, on which any of the processes accepts connections, in whatever network."""
    found: set[str] = set()
    for process in processes:
        with suppress(OSError):
            inodes = set(_sockets(process))
            for table in ("tcp", "tcp6"):
                for line in Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]:
                    fields = line.split()
                    if fields[3] == "0A" and fields[9] in inodes:
                        found.add(fields[1].partition(":")[0])
    return found


def _sockets(process: int) -> Iterator[str]:
    for handle in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            yield os.readlink(handle).removeprefix("socket:[").removesuffix("]")


def environment(process: int) -> dict[str, str]:
    """The variables that a process was started with; none where it is gone."""
    with suppress(OSError):
        entries = Path(f"/proc/{process}/environ").read_bytes().decode(errors="replace").split("\0")
        return dict(entry.partition("=")[::2] for entry in entries if entry)
    return {}
