"""Writing: to a stream that may go away or know few characters, and to a file that is never left half written."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from .exits import UsageError


def emit(text: str) -> None:
    """Write to standard output. A reader that leaves early (`| head`) is no error; a full disk is, or a closed one."""
    if sys.stdout is None:
        raise UsageError("cannot write to standard output: it is closed")
    try:
        _write(sys.stdout, text)
        sys.stdout.flush()
    except BrokenPipeError:
        _reader_left()
    except OSError as error:
        _reader_left()
        raise UsageError(f"cannot write to standard output: {(error.strerror or str(error)).lower()}") from None


def complain(message: str) -> None:
    """Write one line to standard error, its names made safe to print."""
    from seawall.report.escape import clean

    with suppress(OSError, ValueError, AttributeError):  # closed, too: there is nobody to complain to
        _write(sys.stderr, f"seawall: {clean(message)}\n")
        sys.stderr.flush()


def _reader_left() -> None:
    """Nobody reads standard output any more: what is still to be flushed goes nowhere, without a complaint."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def save(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8: all of it, or nothing. `UsageError` names the file where that fails."""
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            if target.is_dir():
                raise UsageError(f"{path}: cannot write the report: is a directory")
            target.write_text(text, "utf-8")  # a device or a pipe
            return
        _replace(target, text)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path}: cannot write the report: {why.lower()}") from None


def _replace(target: Path, text: str) -> None:
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o7777)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _write(stream: TextIO, text: str) -> None:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
