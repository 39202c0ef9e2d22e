"""`seawall fix`: make the safe changes in templates and definitions, and print those that are the author's."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from msgspec import Struct

from seawall.engine import Report, besides, report_of
from seawall.paths import below
from seawall.remedies.places import edited_file
from seawall.remedies.search import Edit, Remedy, Safety
from seawall.report.written_edits import Block, written_blocks
from seawall.rules import Finding, Severity
from seawall.template import App, InputError
from seawall.template.authors import written_by_cdk
from seawall.template.documents import looks_yaml
from seawall.template.files import read_text
from seawall.words import plural

from .exits import Exit
from .file_edits import NotEditableError, TextEdit, edited
from .output import complain, emit, save
from .preparing import app_of, given, preferences

_MARK = "\ufeff"
"""The byte order mark with which a file may begin: it stays."""
_ANYONE_WRITES = 0o222


class Proposed(Struct, frozen=True):
    """A change of a finding, and why it is not made here; empty where it is."""

    rule: str
    site: str
    remedy: Remedy
    left: str = ""
    written: tuple[Block, ...] = ()
    """What the author writes in its place."""


def fix(arguments: argparse.Namespace) -> Exit:
    """Run the command with parsed arguments."""
    chosen = preferences(arguments)
    values = given(arguments)
    report = report_of(app_of(arguments.paths, "fix", values), chosen.settings)
    texts: dict[Path, str] = {}
    found = list(_made(report, texts, _project()))
    for path, text in texts.items():
        if arguments.diff:
            emit(_diff(path, text))
        else:
            save(path, _mark_of(path) + text)
    for one in found:
        if one.left:
            _leave(one)
    made = sum(not one.left for one in found)
    complain(f"{plural(made, 'change')} {'shown' if arguments.diff else 'made'} in {plural(len(texts), 'file')}")
    after = report if arguments.diff else report_of(app_of(arguments.paths, "fix", values), chosen.settings)
    return Exit.FINDINGS if _errors(after, found if arguments.diff else []) else Exit.CLEAN


def _leave(one: Proposed) -> None:
    """Say what is the author's, and print it as the author would write it."""
    effect = f" ({one.remedy.effect})" if one.remedy.effect else ""
    complain(f"left to you: {one.remedy.do}{effect}, for {one.rule} at {one.site}: {one.left}")
    for block in one.written:
        lines = [f"    {line}" if line else "" for line in block.text.splitlines()]
        emit("".join(f"{line}\n" for line in (f"{block.heading}:" if block.heading else "", *lines)))


def _errors(report: Report, made: list[Proposed]) -> bool:
    """Whether errors are left that want a look."""
    mended = {(one.rule, one.site) for one in made if not one.left} - {(one.rule, one.site) for one in made if one.left}
    return any(each.severity is Severity.ERROR and (each.rule, each.site) not in mended for each in report.findings)


def _made(report: Report, texts: dict[Path, str], project: Path) -> Iterator[Proposed]:
    """Every change of every finding once, with the edited texts put into `texts`: each as a whole, or not at all."""
    seen: list[Remedy] = []
    for finding in report.findings:
        for remedy in finding.changes:
            if remedy in seen:
                continue
            seen.append(remedy)
            left = _why_not(report, finding, remedy)
            try:
                texts.update(_edited(report.app, remedy, texts, project) if not left else {})
            except (NotEditableError, InputError) as error:
                left = str(error)
            author = written_blocks(report.app, [remedy]) if left else ()
            yield Proposed(finding.rule, finding.site, remedy, left, author)


def _why_not(report: Report, finding: Finding, remedy: Remedy) -> str:
    """Why a change is not made unseen; empty where it may be."""
    if remedy.safety is not Safety.SAFE:
        return "it has to be looked at"
    worse = besides(report, finding)
    return f"it has to be looked at, as it brings {worse[0]}" if worse else ""


def _edited(app: App, remedy: Remedy, texts: dict[Path, str], project: Path) -> dict[Path, str]:
    """The texts of the files that a change touches, with it made."""
    found: dict[Path, str] = {}
    for edit in remedy.edits:
        path, text_edit = _at(app, edit, project)
        text = found.get(path) or texts.get(path) or read_text(path)
        found[path] = edited(text, text_edit, is_json=not looks_yaml(path, text))
    return found


def _at(app: App, edit: Edit, project: Path) -> tuple[Path, TextEdit]:
    """The file, and the place in it. `NotEditableError` where a change there is not ours to make."""
    template, resource = app.templates.get(edit.place.address.template), app.resource(edit.place.address)
    if template is None or resource is None:
        raise NotEditableError("it stands in no template")
    if resource.construct_path is not None or written_by_cdk(template):
        raise NotEditableError("the CDK writes that template: change the code")
    if not (edit.value or edit.removes) or edit.adds:
        raise NotEditableError(f"{edit.place.property}: {edit.old} -> {edit.new}")
    path, steps = edited_file(template, resource, edit.place)
    path = path.resolve()
    if not path.is_relative_to(project):
        raise NotEditableError(f"{below(str(path))} is outside of {project}")
    if not path.stat().st_mode & _ANYONE_WRITES:
        raise NotEditableError(f"{below(str(path))} is read-only")
    return path, TextEdit(steps, edit.value)


def _mark_of(path: Path) -> str:
    return _MARK if path.read_bytes().startswith(b"\xef\xbb\xbf") else ""


def _project() -> Path:
    """The repository that the command runs in; without one, the working directory."""
    here = Path.cwd().resolve()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), here)


def _diff(path: Path, text: str) -> str:
    name = below(str(path))
    before = read_text(path).splitlines(keepends=True)
    return "".join(unified_diff(before, text.splitlines(keepends=True), f"a/{name}", f"b/{name}"))
