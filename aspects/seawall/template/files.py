"""Reading a file's text: never one that does not end, and never more than a bound."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .errors import InputError
from .limits import MAX_JSON_BYTES

_NON_BLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Should a pipe take the file's place after the first look, it is opened at once all the same, and refused then."""
_ENCODINGS = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
"""How text in other encodings begins."""
_PACKED = ((b"PK\x03\x04", "zip archive"), (b"\x1f\x8b", "gzip file"), (b"BZh", "bzip2 file"), (b"\xfd7zXZ", "xz file"))
"""How files begin that hold others, or hold them compressed."""


_CHUNK = 1024 * 1024
"""Bytes asked for at a time of a file that grows while it is read."""


def _read(file: int, size: int) -> bytes:
    """All of an open file of this size, or one byte more than is read of any.

    As much is asked for as there is: to ask for the most that is read would take as much memory, however small the
    file.
    """
    data = os.read(file, size + 1)
    while len(data) != size and len(data) <= MAX_JSON_BYTES:
        more = os.read(file, max(size + 1 - len(data), _CHUNK))
        if not more:
            break
        data += more
    return data


def read_text(path: Path) -> str:
    """The text of `path`, UTF-8 with or without a byte-order mark; `InputError` if it cannot be read."""
    try:
        _refuse_special(path, os.stat(path))
        file = os.open(path, os.O_RDONLY | _NON_BLOCKING)
        try:
            about = os.fstat(file)
            _refuse_special(path, about)
            data = _read(file, about.st_size)
        finally:
            os.close(file)
        if len(data) > MAX_JSON_BYTES:
            raise too_large(path, MAX_JSON_BYTES)
        packed = next((name for begins, name in _PACKED if data.startswith(begins)), None)
        if packed is not None:
            raise InputError(str(path), f"is a {packed}: unpack it, and have what is in it read")
        text = data.decode().removeprefix("\ufeff")
        if "\0" in text[:4]:
            raise InputError(str(path), "is not UTF-8 text but UTF-16 or UTF-32; save it as UTF-8")
        return text
    except OSError as error:
        raise InputError(str(path), (error.strerror or "cannot be read").lower()) from None
    except UnicodeDecodeError as error:
        other = next((name for begins, name in _ENCODINGS if data.startswith(begins)), "")
        what = f"but {other}; save it as UTF-8" if other else f"(byte {error.start})"
        raise InputError(str(path), f"is not UTF-8 text {what}") from None
    except ValueError:
        raise InputError(str(path), "is not a usable file name") from None


def real_path(path: Path, folders: dict[str, str]) -> str:
    """The path of a file without links; `folders` keeps those of folders, so that each is looked up once."""
    folder, name = os.path.split(path)
    if os.path.islink(path) or name in ("", ".", ".."):
        return os.path.realpath(path)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return os.path.join(folders[folder], name)


def too_large(path: Path, limit: int, kind: str = "file") -> InputError:
    """The error for a file of more than `limit` bytes."""
    return InputError(str(path), f"is larger than {limit // 1024**2} MB, the most that is read of a {kind}")


def _refuse_special(path: Path, about: os.stat_result) -> None:
    if not stat.S_ISREG(about.st_mode):
        raise InputError(str(path), f"is {_kind(about.st_mode)}, not a file")
    if about.st_size > MAX_JSON_BYTES:
        raise too_large(path, MAX_JSON_BYTES)


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a directory"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
