"""Where in an author's code a construct was made, as the CDK notes it in an assembly's metadata.

For apps in JavaScript and TypeScript the CDK does so by itself; for those in Python where jsii is asked to send the
calling frames along, which `seawall.record_source_lines()` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePath

from msgspec import Struct, field

from .values import Json

CREATION_STACK = "aws:cdk:creationStack"
"""Type of the metadata entry that holds the frames which led to a construct, the innermost first."""
STATE_LINE, RETRY_LINE = "seawall:state", "seawall:retry"
"""Types of our own entries: where a state of a machine was made, and where its last retrier was added."""

_FRAME = re.compile(r"(?:.* )?\(?(?P<file>[^()\s][^()]*?):(?P<line>[1-9][0-9]{0,8})(?::[0-9]+)?\)?")
_FOREIGN = ("/site-packages/", "/dist-packages/", "/node_modules/", "/lib/python3", "node:")


class SourceLine(Struct, frozen=True):
    """A line of the author's code."""

    file: str
    """As the CDK gave it: most often an absolute path on the machine that ran the synth."""
    line: int

    @property
    def short(self) -> str:
        """For a sentence.

        >>> SourceLine("src/app.py", 12).short
        'app.py:12'
        """
        return f"{PurePath(self.file).name}:{self.line}"


def source_line(frames: Iterable[object]) -> SourceLine | None:
    """The innermost frame that is the author's own.

    >>> source_line(["...aws-cdk-lib...", "__init__ (/app/stacks/webhook.py:42)", "main (/app/app.py:7)"])
    SourceLine(file='/app/stacks/webhook.py', line=42)
    >>> source_line(["new Api (/app/lib/api.ts:12:5)"]), source_line(["(no user code in 10 frames)"])
    (SourceLine(file='/app/lib/api.ts', line=12), None)
    """
    for frame in frames:
        where = frame.replace("\\", "/").strip() if isinstance(frame, str) and ":" in frame else ""
        found = _FRAME.fullmatch(where)
        if found is not None and not any(part in found["file"] for part in _FOREIGN):
            return SourceLine(found["file"], int(found["line"]))
    return None


class SourceLines(Struct, frozen=True, dict=True):
    """Lines by construct path."""

    made: Mapping[str, SourceLine] = field(default_factory=dict)
    """Where constructs were made, states of machines among them."""
    retried: Mapping[str, SourceLine] = field(default_factory=dict)
    """Where states got their last retrier."""

    def of(self, path: str) -> SourceLine | None:
        """The line that made the construct at `path`, or the nearest one around it that has a line."""
        while path and path not in self.made:
            path = path.rpartition("/")[0]
        return self.made.get(path)

    def of_state(self, machine: str, name: str, retrier: bool) -> SourceLine | None:
        """The line of a state of the machine at the construct path `machine`, or of its last retrier.

        A state's construct bears its name unless the author gave it another; it stands near its machine, and only
        there is one name sure to mean one state. None if there is no such construct, or more than one.
        """
        for lines, paths in self._by_id if retrier else self._by_id[1:]:
            if near := nearest(paths, machine, name):
                return lines[near[0]] if len(near) == 1 else None
        return None

    @cached_property
    def _by_id(self) -> Sequence[tuple[Mapping[str, SourceLine], Mapping[str, Sequence[str]]]]:
        return [(lines, by_id(lines)) for lines in (self.retried, self.made)]

    def __bool__(self) -> bool:
        return bool(self.made)


NO_SOURCES = SourceLines()


def by_id(paths: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Paths of constructs by the last of their steps."""
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.rpartition("/")[2], []).append(path)
    return found


def nearest(paths: Mapping[str, Sequence[str]], machine: str, name: str) -> Sequence[str]:
    """Of `paths` by id, those of a state's name in the narrowest scope around a machine that has any.

    >>> nearest(by_id(["Shop/Pay/Charge", "Shop/Refund/Charge"]), "Shop/Pay/Machine", "Charge")
    ['Shop/Pay/Charge']
    """
    named = [path for path in paths.get(name.rpartition("/")[2], ()) if path.endswith(f"/{name}")]
    scope = machine
    while scope and named:
        scope = scope.rpartition("/")[0]
        near = [path for path in named if not scope or path.startswith(f"{scope}/")]
        if near:
            return near
    return ()


def sources_of(metadata: Mapping[str, Json]) -> SourceLines:
    """What a stack's metadata says, given by construct path with a slash before it."""
    made: dict[str, SourceLine] = {}
    retried: dict[str, SourceLine] = {}
    for path, entries in metadata.items():
        for kind, frames in _entries(entries):
            line = source_line(frames)
            if line is not None:
                (retried if kind == RETRY_LINE else made)[path.strip("/")] = line
    return SourceLines(made, retried) if made else NO_SOURCES


def _entries(entries: Json) -> Iterator[tuple[str, list[object]]]:
    for entry in entries if isinstance(entries, list) else ():
        kind, data = (entry.get("type"), entry.get("data")) if isinstance(entry, dict) else (None, None)
        if kind == CREATION_STACK and isinstance(data, list):
            yield kind, data
        elif kind in (STATE_LINE, RETRY_LINE):
            yield kind, [data]


def together(several: Iterable[SourceLines]) -> SourceLines:
    """The lines of several stacks."""
    made: dict[str, SourceLine] = {}
    retried: dict[str, SourceLine] = {}
    for each in several:
        made.update(each.made)
        retried.update(each.retried)
    return SourceLines(made, retried) if made else NO_SOURCES
