"""What the stubs note: when each function ran, on which lap, and which messages it was given."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from .errors import StubError


class Receive(Struct, frozen=True):
    """A message as a function was given it."""

    queue: str
    """Physical name."""
    message: str
    """Its id, which a redrive keeps."""
    count: str


class Log(Struct):
    """The notes of one replay so far."""

    path: Path
    runs: Counter[str] = field(default_factory=Counter)
    """By function."""
    laps: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By function and lap."""
    moments: list[tuple[float, str]] = field(default_factory=list)
    """When which function began to run, in seconds since the epoch."""
    received: list[Receive] = field(default_factory=list)
    ended: int = 0
    last: float = 0.0
    """When the newest note was made, in seconds since the epoch."""
    _read: int = 0

    @property
    def begun(self) -> int:
        """Runs of all functions."""
        return self.runs.total()

    @property
    def idle(self) -> bool:
        """Whether something ran and nothing runs."""
        return 0 < self.begun == self.ended

    def update(self) -> int:
        """Read what is new; how many notes that is."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        lines = whole.splitlines()
        for line in lines:
            self.take(json.loads(line))
        return len(lines)

    def take(self, note: dict[str, Any]) -> None:
        """Take in one note."""
        if "broken" in note:
            raise StubError(f"the stub of {note['function']} failed: {note['broken']}")
        self.last = max(self.last, note["at"])
        if not note["begins"]:
            self.ended += 1
            return
        self.runs[note["function"]] += 1
        self.laps[note["function"], note["lap"]] += 1
        self.moments.append((note["at"], note["function"]))
        self.received += [Receive(*each) for each in note["records"]]
