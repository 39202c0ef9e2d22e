"""Which files of a folder may hold templates."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

from .assembly import is_assembly
from .errors import InputError
from .model import Skipped

SUFFIXES = (".json", ".yaml", ".yml", ".template")
"""Endings of file names that templates and definitions have."""
_OTHER_SUFFIXES = (".txt", ".cfn", ".cft", ".cform")
"""Endings that a template may have, too, and other files more often: CloudFormation takes any."""
LEFT_OUT = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})
"""Folders that hold other people's files; hidden ones (``.venv``, ``.git``) are left out by their name."""
BUILDS = frozenset({".serverless", ".aws-sam", ".amplify"})
"""Hidden folders in which a build leaves its templates."""
_COPIES = {
    "#current-cloud-backend": "is Amplify's copy of what is deployed; name it to read it",
    "asset.": "is an asset of a cloud assembly: code, no template of the app",
}
"""How the names of folders begin that hold no templates of their own, and what they are."""
_SAM_SOURCES = ("template.yaml", "template.yml", "template.json")
_CREATES, _UPDATES = (f"cloudformation-template-{what}-stack.json" for what in ("create", "update"))


def folders(root: Path, skipped: list[Skipped]) -> Iterator[tuple[Path, bool]]:
    """`root` and the folders below it, each once, and whether it is a cloud assembly: nothing below one.

    `InputError` if `root` cannot be listed; a folder below it that cannot is added to `skipped`.
    """
    seen: set[Path] = set()
    pending = [root]
    while pending:
        directory = pending.pop()
        try:
            real = directory.resolve()
            if real in seen:
                continue
            seen.add(real)
            assembly = is_assembly(directory)
            below = [] if assembly else [each for each in _entries(directory) if is_directory(each)]
        except OSError as error:
            if directory == root:
                raise unreadable(directory, error) from None
            skipped.append(Skipped(str(directory), _why(error)))
            continue
        yield directory, assembly
        for each in reversed(below):
            copied = next((why for name, why in _COPIES.items() if each.name.startswith(name)), "")
            if copied:
                skipped.append(Skipped(str(each), copied))
            elif each.name not in LEFT_OUT and (directory.name != ".aws-sam" or each.name == "build"):
                pending += [each] if directory.parent.name != ".aws-sam" else []  # below it is code


def replaced_by(path: Path, root: Path) -> str:
    """Why a file of a build is left out, where something else in `root` says the same; empty where it is read."""
    directory = path.parent
    if directory.parent.name == ".aws-sam":
        home = directory.parents[1]
        source = next((name for name in _SAM_SOURCES if (home / name).is_file()), None)
        if source is not None and (home == root or root in home.parents):
            return f"is what `sam build` made of {source}, which is read instead"
    if path.name == _CREATES and (directory / _UPDATES).is_file():
        return f"is what {_UPDATES} begins with, which is read instead"
    return ""


def candidates(directory: Path) -> Iterator[Path]:
    """What in `directory` has the name of a file that may be a template, be it a file or not."""
    for path in _entries(directory):
        suffix = path.suffix.lower()
        if suffix not in (*SUFFIXES, *_OTHER_SUFFIXES) or is_directory(path):
            continue
        if suffix in SUFFIXES or looks_like_template(path):
            yield path


def meant_as_template(path: Path) -> bool:
    """Whether a file that cannot be read is missing from the report: text that quotes a template is not."""
    return path.suffix.lower() in SUFFIXES and looks_like_template(path)


_NAMED_LIKE_ONE = re.compile(r"(\.template\.(json|ya?ml)|^template\.(json|ya?ml)|\.template)$", re.IGNORECASE)
_WRITTEN_LIKE_ONE = re.compile(
    rb"AWSTemplateFormatVersion|^Transform\s*:|[\"']?Type[\"']?\s*:\s*[\"']?AWS::", re.MULTILINE
)
_LOOKED_AT = 1_000_000
"""Bytes at the beginning of a file that tell whether it looks like a template."""


def named_like_template(name: str) -> bool:
    """Whether a file of this name is a template, whatever it holds.

    >>> named_like_template("template.yaml"), named_like_template("Shop.template.json"), named_like_template("a.yaml")
    (True, True, False)
    """
    return _NAMED_LIKE_ONE.search(name) is not None


def looks_like_template(path: Path) -> bool:
    """Whether the name or the text of a file that cannot be read says that it is a template."""
    if named_like_template(path.name):
        return True
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False  # opening a pipe waits for somebody to write
        with path.open("rb") as file:
            text = file.read(_LOOKED_AT).replace(b"\0", b"")  # so that UTF-16 and UTF-32 look alike
            return _WRITTEN_LIKE_ONE.search(text) is not None
    except OSError:
        return False


def is_directory(path: Path) -> bool:
    """Whether `path` is one; what cannot be looked at is none."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False


def unreadable(path: Path, error: OSError) -> InputError:
    """The error for what the operating system will not let us read."""
    return InputError(str(path), _why(error))


def _why(error: OSError) -> str:
    return (error.strerror or "cannot be read").lower()


def _entries(directory: Path) -> list[Path]:
    return sorted(entry for entry in directory.iterdir() if not entry.name.startswith(".") or entry.name in BUILDS)
