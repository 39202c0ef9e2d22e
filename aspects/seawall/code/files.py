"""The files of a function: a folder, an archive, text in the template, with its layers behind it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from .errors import UnreadableError

MOST_BYTES = 4 * 1024 * 1024
"""Of one file that is read: the largest bundles of public apps have about 3 MB."""


class Files(Protocol):
    """Where a function's files lie."""

    def has(self, name: str) -> bool:
        """Whether there is a file of this relative name."""

    def read(self, name: str) -> str:
        """Its text; `UnreadableError` if it cannot be had."""

    def shown(self, name: str) -> str:
        """Its path as people read it."""


class Folder(Struct, frozen=True):
    """A folder; nothing outside it is read."""

    root: Path

    def has(self, name: str) -> bool:
        """Whether there is a file of this relative name."""
        try:
            return not name.startswith(("/", "../")) and (self.root / name).is_file()
        except (OSError, ValueError):
            return False

    def read(self, name: str) -> str:
        """Its text."""
        try:
            with (self.root / name).open("rb") as file:
                return _text(file.read(MOST_BYTES + 1))
        except OSError as error:
            raise UnreadableError((error.strerror or "cannot be read").lower()) from None

    def shown(self, name: str) -> str:
        """Its path."""
        return str(self.root / name)


class Archive(Struct, frozen=True):
    """A zip archive."""

    path: Path
    names: frozenset[str]

    @classmethod
    def of(cls, path: Path) -> Archive:
        """The archive at `path`."""
        import zipfile  # only where there is an archive

        try:
            with zipfile.ZipFile(path) as archive:
                return cls(path, frozenset(archive.namelist()))
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise UnreadableError(f"is no archive that can be read ({error})") from None

    def has(self, name: str) -> bool:
        """Whether there is a file of this relative name."""
        return name in self.names

    def read(self, name: str) -> str:
        """Its text; never more of it than is read of a file."""
        import zipfile

        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(name) as file:
                return _text(file.read(MOST_BYTES + 1))
        except Exception as error:  # zlib, lzma and zipfile raise what they like on a broken member
            raise UnreadableError(f"cannot be unpacked ({error})") from None

    def shown(self, name: str) -> str:
        """The archive's path and that inside it."""
        return f"{self.path}/{name}"


class Inline(Struct, frozen=True):
    """Text that stands in the template."""

    texts: Mapping[str, str]
    path: str

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return name in self.texts

    def read(self, name: str) -> str:
        """Its text."""
        return _text(self.texts[name].encode("utf-8", "replace"))

    def shown(self, name: str) -> str:
        """The template's path."""
        return self.path


class Below(Struct, frozen=True):
    """A part of other files, such as the folder of a layer that a runtime looks in."""

    files: Files
    folder: str

    def has(self, name: str) -> bool:
        """Whether there is a file of this relative name."""
        return self.files.has(posixpath.join(self.folder, name))

    def read(self, name: str) -> str:
        """Its text."""
        return self.files.read(posixpath.join(self.folder, name))

    def shown(self, name: str) -> str:
        """Its path as people read it."""
        return self.files.shown(posixpath.join(self.folder, name))


class BundledFile(Struct, frozen=True):
    """A file among those of a function and its layers."""

    files: Files
    name: str

    @property
    def shown(self) -> str:
        """Its path as people read it."""
        return self.files.shown(self.name)


def first(everywhere: Sequence[Files], names: Sequence[str]) -> BundledFile | None:
    """The first of `names` that is there, the function's own files before those of layers."""
    for files in everywhere:
        for name in names:
            clean = posixpath.normpath(name)
            if files.has(clean):
                return BundledFile(files, clean)
    return None


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise UnreadableError(f"is larger than {MOST_BYTES // 1024**2} MB, the most that is read of a file of code")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("is not UTF-8 text") from None
