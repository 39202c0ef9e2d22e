"""What the stubs note: when each function ran, on which lap, and which messages it was given."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
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

    source: Callable[[], Iterable[bytes]]
    """Gives the notes that are new, each once, as lines of JSON."""
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
        found = 0
        for line in self.source():
            self.take(json.loads(line))
            found += 1
        return found

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


def in_file(path: Path) -> Callable[[], Iterable[bytes]]:
    """Notes that stubs on this machine append to a file."""
    path.touch()
    read = 0

    def new() -> Iterable[bytes]:
        nonlocal read
        with path.open("rb") as file:
            file.seek(read)
            found = file.read()
        whole = found[: found.rfind(b"\n") + 1]
        read += len(whole)
        return whole.splitlines()

    return new


def in_queue(client: Any, url: str) -> Callable[[], Iterable[bytes]]:
    """Notes that stubs elsewhere send to a queue of the emulator; `client` is its SQS."""

    def new() -> Iterable[bytes]:
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                client.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                yield each["Body"].encode()

    return new
