"""From paths to an `App`: finds the template files among what was named and reads them."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from . import assembly as assemblies
from .assembly import StackFile
from .build import Draft, build
from .errors import InputError, NothingFound
from .metadata import reported
from .model import Acknowledged, App, Skipped
from .sites import stem
from .source import YAML_SUFFIXES, read_template, read_text

_LEFT_OUT = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})
"""Folders that hold other people's files; hidden ones (``.venv``, ``.git``) are left out by their name."""


def load(paths: Sequence[str | Path]) -> App:
    """Read every template in `paths`: cloud assemblies, template files, or folders of either.

    `InputError` names what cannot be read; `NothingFound` says that no template is there. In a folder, files that
    are no templates are left out and listed in `App.skipped`.
    """
    drafts: list[Draft] = []
    skipped: list[Skipped] = []
    acknowledged: list[Acknowledged] = []
    for path in [Path(each) for each in paths]:
        if _is_directory(path):
            drafts += _directory(path, skipped, acknowledged)
        else:
            stack = assemblies.stacks_if_written(path.parent).get(path.resolve())
            drafts.append(_file(path, path.parent, skipped, stack))
            acknowledged += reported(path.parent) if stack else ()
    return _built(drafts, skipped, [str(path) for path in paths], acknowledged)


def load_assembly(directory: Path) -> App:
    """Read a cloud assembly that is just being written: all but the report on it, which is none yet.

    Errors as for `load`.
    """
    skipped: list[Skipped] = []
    drafts = [_file(stack.path, directory, skipped, stack) for stack in assemblies.stacks(directory)]
    return _built(drafts, skipped, [str(directory)])


def _built(
    drafts: list[Draft], skipped: list[Skipped], named: list[str], acknowledged: Iterable[Acknowledged] = ()
) -> App:
    if not drafts:
        raise NothingFound(f"no CloudFormation template in {', '.join(named) or 'nothing'}")
    return build(drafts, skipped, acknowledged)


def _is_directory(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        raise InputError(str(path), (error.strerror or "cannot be read").lower()) from None
    except ValueError:
        raise InputError(str(path), "is not a usable file name") from None


def _file(path: Path, root: Path, skipped: list[Skipped], stack: StackFile | None = None) -> Draft:
    body = read_template(path, synthesized=stack is not None)
    stack = stack or StackFile(path, stem(path.name))
    if stack.unread is not None:
        skipped.append(Skipped(stack.unread.path, f"{stack.unread.why}; acknowledgements in it do not count"))
    return Draft(
        path,
        root,
        body,
        stack.stack_name,
        stack.region,
        stack.account,
        construct_path=stack.construct_path,
        validate_on_synth=stack.validate_on_synth,
        metadata=stack.metadata,
    )


def _directory(root: Path, skipped: list[Skipped], acknowledged: list[Acknowledged]) -> Iterator[Draft]:
    for directory, is_assembly in _folders(root, set()):
        if is_assembly:
            acknowledged += reported(directory)
            for stack in assemblies.stacks(directory):
                yield _file(stack.path, root, skipped, stack)
        else:
            yield from _plain(directory, root, skipped)


def _folders(directory: Path, seen: set[Path]) -> Iterator[tuple[Path, bool]]:
    """`directory` and the folders below it, each once, and whether it is a cloud assembly: nothing below one."""
    real = directory.resolve()
    if real in seen:
        return
    seen.add(real)
    is_assembly = assemblies.is_assembly(directory)
    yield directory, is_assembly
    if is_assembly:
        return
    for entry in _entries(directory):
        if entry.is_dir() and entry.name not in _LEFT_OUT:
            yield from _folders(entry, seen)


def _entries(directory: Path) -> list[Path]:
    try:
        return sorted(entry for entry in directory.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise InputError(str(directory), (error.strerror or "cannot be read").lower()) from None


def _plain(directory: Path, root: Path, skipped: list[Skipped]) -> Iterator[Draft]:
    for path in _entries(directory):
        suffix = path.suffix.lower()
        if suffix not in (".json", *YAML_SUFFIXES) or not path.is_file():
            continue
        try:
            if suffix == ".json" or "Resources" in read_text(path):
                yield _file(path, root, skipped)
        except InputError as error:
            place = "" if error.line is None else f" (line {error.line}, column {error.column})"
            skipped.append(Skipped(str(path), error.why + place))
