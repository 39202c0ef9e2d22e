"""What in a folder is not read and may hold templates all the same: each is named with its reason.

Sources: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.12 and 4.3.16, read 2026-11-30
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from .assembly import is_assembly
from .folders import BUILDS, LEFT_OUT, is_directory, looks_like_template, named_like_template
from .model import Skipped

_FILLED_IN = frozenset(
    {".ejs", ".erb", ".gotmpl", ".hbs", ".j2", ".jinja", ".jinja2", ".mustache", ".njk", ".tftpl", ".tmpl", ".tpl"}
)
"""Endings of files that another program makes files of."""
_COMPRESSED = frozenset({".br", ".bz2", ".gz", ".xz", ".zst"})
_OTHERS_OWN = frozenset({".git", ".hg", ".svn", ".terraform"})
"""Hidden folders that are looked into by nobody: they hold other versions, or what others wrote."""
_MOST_ENTRIES, _DEEPEST = 2_000, 3
"""How much of a hidden folder is looked at."""
_MOST_BYTES = 4 * 1024**2
"""Of an archive's list of contents."""
_END, _ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_END_BYTES, _COMMENT_BYTES, _ENTRY_BYTES = 22, 65_535, 46


def passed_over(directory: Path) -> Iterator[Skipped]:
    """Templates for other programs, compressed and archived ones, and those in hidden folders."""
    for path in sorted(directory.iterdir()):
        why = _why(path)
        if why:
            yield Skipped(str(path), why)


def _why(path: Path) -> str:
    suffix = path.suffix.lower()
    if path.name.startswith("."):
        found = _inside(path) if path.name not in BUILDS | _OTHERS_OWN and is_directory(path) else None
        return f"is hidden, and holds {found}: name it to have it read" if found else ""
    if suffix in _FILLED_IN and not is_directory(path):
        like = named_like_template(path.stem) or looks_like_template(path)
        return "is filled in by another program: have what that writes read" if like else ""
    if suffix in _COMPRESSED and named_like_template(path.stem):
        return "is compressed: unpack it, and have what is in it read"
    found = next(filter(_named, _archived(path)), None) if suffix == ".zip" else None
    return f"is an archive that holds {found}: unpack it to have it read" if found else ""


def _inside(hidden: Path) -> PurePosixPath | None:
    """The first template, told by its name, or cloud assembly in a hidden folder."""
    for path in islice(_entries(hidden, 1), _MOST_ENTRIES):
        if named_like_template(path.name) or (is_directory(path) and is_assembly(path)):
            return PurePosixPath(path.relative_to(hidden).as_posix())
    return None


def _entries(directory: Path, depth: int) -> Iterator[Path]:
    try:
        found = sorted(directory.iterdir())
    except OSError:
        return
    yield from found
    for path in found:
        if (
            depth < _DEEPEST
            and path.name not in LEFT_OUT | _OTHERS_OWN
            and not path.is_symlink()
            and is_directory(path)
        ):
            yield from _entries(path, depth + 1)


def _named(name: PurePosixPath) -> bool:
    return len(name.parts) <= _DEEPEST and LEFT_OUT.isdisjoint(name.parts) and named_like_template(name.name)


def _archived(path: Path) -> Iterator[PurePosixPath]:
    """The names of a zip archive's entries, from the list at its end; none of one that is broken or very large."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return  # opening a pipe waits for somebody to write
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _END_BYTES - _COMMENT_BYTES))
            tail = file.read()
            at = tail.rfind(_END)
            if at < 0 or len(tail) < at + _END_BYTES:
                return
            length, start = struct.unpack_from("<II", tail, at + 12)
            if length > _MOST_BYTES:
                return
            file.seek(start)
            entries = file.read(length)
    except OSError:
        return
    at = 0
    while entries[at : at + 4] == _ENTRY and len(entries) >= at + _ENTRY_BYTES:
        name, extra, comment = struct.unpack_from("<HHH", entries, at + 28)
        yield PurePosixPath(entries[at + _ENTRY_BYTES : at + _ENTRY_BYTES + name].decode("utf-8", "replace"))
        at += _ENTRY_BYTES + name + extra + comment
