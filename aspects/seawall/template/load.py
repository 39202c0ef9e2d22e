"""From paths to an `App`: finds the template files among what was named and reads them."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from . import assembly as assemblies
from .asl import is_own_file
from .assembly import StackFile
from .build import UnlinkedTemplate, build
from .definition_files import definition_files
from .errors import InputError, NotATemplateError, NothingFound
from .files import real_path
from .folders import candidates, folders, meant_as_template, replaced_by, unreadable
from .json_reader import no_collection
from .language import at_hand
from .metadata import reported
from .model import Acknowledged, App, Skipped
from .parameters import Given, applied, undeclared
from .passed_over import passed_over
from .sites import stem
from .source import read_template

Stated: TypeAlias = "list[tuple[Path, Acknowledged]]"
"""What authors acknowledged outside of their stacks, with the folder of the app that says so."""


@no_collection()
def load(paths: Sequence[str | Path], parameters: Iterable[Given] = ()) -> App:
    """Read every template in `paths`: cloud assemblies, template files, definitions of machines, or folders of them.

    `InputError` names what cannot be read; `NothingFound` says that no template is there. In a folder, files that
    are no templates are left out and listed in `App.skipped`, as are assemblies below it that cannot be read. A
    definition that one of the templates uses is read with that template only. `parameters` are values that the
    deployment gives; several for one parameter are several deployments, of which each counts.
    """
    drafts: list[UnlinkedTemplate] = []
    skipped: list[Skipped] = []
    acknowledged: Stated = []
    manifests: dict[Path, dict[str, StackFile]] = {}
    real_folders: dict[str, str] = {}
    for path in [Path(each) for each in paths]:
        if _is_directory(path):
            drafts += _directory(path, skipped, acknowledged)
            continue
        folder = path.parent
        if folder not in manifests:
            manifests[folder] = assemblies.stacks_if_written(folder, real_folders)
        real = real_path(path, real_folders)
        stack = manifests[folder].get(real)
        drafts.append(_file(path, folder, skipped, stack, real=real))
        acknowledged += _reported(folder) if stack else ()
    given = tuple(parameters)
    missing = undeclared(given, ((draft.stack_name, draft.body) for draft in drafts))
    if drafts and missing is not None:
        where = "no template" if missing.stack is None else f"no stack {missing.stack}"
        raise InputError(missing.source, f"{where} declares a parameter {missing.name}")
    for draft in drafts:
        draft.body = applied(draft.body, draft.stack_name, given)
    return _built(drafts, skipped, [str(path) for path in paths], acknowledged)


def load_body(body: Mapping[str, Any], parameters: Iterable[Given] = (), name: str = "template") -> App:
    """One template that is at hand as a mapping; it has no lines to point at. Errors as for `load`."""
    if not isinstance(body.get("Resources"), Mapping):
        raise InputError(name, "has no Resources, so it is no template")
    given = tuple(parameters)
    missing = undeclared(given, [(name, body)])
    if missing is not None:
        raise InputError(missing.source, f"no template declares a parameter {missing.name}")
    draft = UnlinkedTemplate(Path(f"{name}.json"), Path(), applied(json.loads(json.dumps(body)), name, given), name)
    app = _built([draft], [], [name])
    at_hand(app)
    return app


@no_collection()
def load_assembly(directory: Path) -> App:
    """Read a cloud assembly that is just being written: all but the report on it, which is none yet.

    Errors as for `load`.
    """
    skipped: list[Skipped] = []
    drafts = [_file(stack.path, directory, skipped, stack) for stack in assemblies.stacks(directory)]
    return _built(drafts, skipped, [str(directory)])


def _built(
    drafts: list[UnlinkedTemplate],
    skipped: list[Skipped],
    named: list[str],
    acknowledged: Iterable[tuple[Path, Acknowledged]] = (),
) -> App:
    missing = next((each for each in skipped if each.unreadable), None)
    if not drafts and missing is not None:
        raise InputError(missing.path, missing.why)
    if not drafts:
        raise NothingFound(_nothing(named, skipped))
    used = {str(file) for draft in drafts for file in definition_files(draft.body, draft.path.parent)}
    alone = [draft for draft in drafts if not (is_own_file(draft.body) and draft.real in used)]
    return build(alone, skipped, acknowledged)


def _nothing(named: list[str], skipped: list[Skipped]) -> str:
    why = f"no CloudFormation template in {', '.join(named) or 'nothing'}"
    if not skipped:
        return why
    others = f", and {len(skipped) - 1} more" if len(skipped) > 1 else ""
    return f"{why} (left out: {skipped[0].path}: {skipped[0].why}{others})"


def _is_directory(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        raise unreadable(path, error) from None
    except ValueError:
        raise InputError(str(path), "is not a usable file name") from None


def _file(
    path: Path,
    root: Path,
    skipped: list[Skipped],
    stack: StackFile | None = None,
    home: Path | None = None,
    real: str = "",
) -> UnlinkedTemplate:
    template = read_template(path, stack is not None)
    stack = stack or StackFile(path, stem(path.name))
    if stack.unread is not None:
        skipped.append(Skipped(stack.unread.path, f"{stack.unread.why} (only acknowledgements would stand in it)"))
    return UnlinkedTemplate(
        path,
        root,
        template.body,
        stack.stack_name,
        stack.region,
        stack.account,
        construct_path=stack.construct_path,
        validate_on_synth=stack.validate_on_synth,
        metadata=stack.metadata,
        home=home,
        deployed=stack.deployed,
        mentions=template.mentions,
        hidden=list(template.repeated),
        real=real,
    )


def _reported(directory: Path) -> Stated:
    return [(directory, one) for one in reported(directory)]


def _directory(root: Path, skipped: list[Skipped], acknowledged: Stated) -> Iterator[UnlinkedTemplate]:
    for directory, is_assembly in folders(root, skipped):
        if not is_assembly:
            yield from _plain(directory, root, skipped)
        elif directory == root:
            yield from _assembly(directory, root, skipped)
            acknowledged += _reported(directory)
        else:
            try:
                yield from list(_assembly(directory, root, skipped))
                acknowledged += _reported(directory)
            except InputError as error:
                skipped.append(_skipped(error, unreadable=True))


def _assembly(directory: Path, root: Path, skipped: list[Skipped]) -> Iterator[UnlinkedTemplate]:
    skipped += (Skipped(str(directory), why) for why in assemblies.unread(directory))
    read: set[Path] = set()
    for stack in assemblies.stacks(directory):
        read.add(stack.path)
        yield _file(stack.path, root, skipped, stack, directory)
    for path in assemblies.left_over(directory, read):
        skipped.append(Skipped(str(path), f"is no stack of {assemblies.MANIFEST}: left over from an earlier synthesis"))


def _plain(directory: Path, root: Path, skipped: list[Skipped]) -> Iterator[UnlinkedTemplate]:
    if assemblies.is_half_written(directory):
        why = f"holds what `cdk synth` writes and no {assemblies.MANIFEST}: it did not finish; synthesize again"
        skipped.append(Skipped(str(directory), why, unreadable=True))
    skipped += passed_over(directory)
    for path in candidates(directory):
        other = replaced_by(path, root)
        if other:
            skipped.append(Skipped(str(path), other))
            continue
        try:
            yield _file(path, root, skipped)
        except NotATemplateError as error:
            skipped.append(_skipped(error))
        except InputError as error:
            skipped.append(_skipped(error, unreadable=meant_as_template(path)))


def _skipped(error: InputError, *, unreadable: bool = False) -> Skipped:
    place = "" if error.line is None else f" (line {error.line}, column {error.column})"
    return Skipped(error.path, error.why + place, unreadable)
