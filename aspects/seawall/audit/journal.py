"""What was read so far, so that an audit that was broken off goes on where it stopped.

A line of JSON for each thing that was read, as it will be written: nothing secret reaches it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import AuditError

NAME = ".seawall-audit.jsonl"


class Journal:
    """The file beside the snapshot that is there only until that is whole."""

    def __init__(self, directory: Path, what: str) -> None:
        """`what` is read: account, Region and stacks. A journal of something else is an `AuditError`."""
        self.path = directory / NAME
        self._known: dict[str, Any] = {}
        if self.path.is_file():
            lines = self.path.read_text("utf-8").splitlines()
            for line in lines:
                with suppress(json.JSONDecodeError):  # the last line may have been cut off
                    entry = json.loads(line)
                    self._known[entry["key"]] = entry["value"]
            if self._known.get("audit", what) != what:
                raise AuditError(
                    f"{self.path} goes on with an audit of {self._known['audit']}, not of {what}; "
                    "delete it, or name another directory"
                )
        self.resumed = len(self._known)
        """How much was there already."""
        self._file = self.path.open("a", encoding="utf-8")
        if self.resumed:
            self._file.write("\n")
        self.once("audit", lambda: what)

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` returns, plain data; made once for `key`, also over several runs."""
        if key not in self._known:
            value = make()
            self._file.write(json.dumps({"key": key, "value": value}) + "\n")
            self._file.flush()
            self._known[key] = value
        return self._known[key]

    def close(self) -> None:
        """Keep it for the next run."""
        self._file.close()

    def done(self) -> None:
        """The snapshot is whole."""
        self.close()
        self.path.unlink(missing_ok=True)
