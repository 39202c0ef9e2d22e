"""Paths as people read them."""

from __future__ import annotations

from pathlib import Path, PurePath


def below(path: str) -> str:
    """`path` with forward slashes, relative to the current directory where it lies below it, or did on the machine
    that wrote it: its longest end that is a file here.
    """
    pure = PurePath(path)
    if not pure.is_absolute():
        return pure.as_posix()
    here = Path.cwd()
    if pure.is_relative_to(here):
        return pure.relative_to(here).as_posix()
    ends = (PurePath(*pure.parts[start:]) for start in range(1, len(pure.parts)))
    moved = next((end for end in ends if Path(end).is_file()), None) if not Path(pure).is_file() else None
    return (moved or pure).as_posix()
