"""`seawall fix`: make the safe changes in templates and definitions, and print those that are the author's."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from msgspec import Struct

from seawall.engine import Report, report_of
from seawall.paths import below
from seawall.remedies.places import path_of
from seawall.remedies.search import Edit, Remedy, Safety
from seawall.rules import Severity
from seawall.template import App, InputError, in_file
from seawall.template.files import read_text
from seawall.words import plural

from .exits import Exit
from .file_edits import NotEditableError, TextEdit, edited
from .output import complain, emit, save
from .preparing import app_of, given, preferences


class Proposed(Struct, frozen=True):
    """A change of a finding, and why it is not made here; empty where it is."""

    rule: str
    site: str
    remedy: Remedy
    left: str = ""


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
            save(path, text)
    for one in found:
        if one.left:
            effect = f" ({one.remedy.effect})" if one.remedy.effect else ""
            complain(f"left to you: {one.remedy.do}{effect}, for {one.rule} at {one.site}: {one.left}")
    made = sum(not one.left for one in found)
    complain(f"{plural(made, 'change')} {'shown' if arguments.diff else 'made'} in {plural(len(texts), 'file')}")
    after = report if arguments.diff else report_of(app_of(arguments.paths, "fix", values), chosen.settings)
    return Exit.FINDINGS if _errors(after, found if arguments.diff else []) else Exit.CLEAN


def _errors(report: Report, made: list[Proposed]) -> bool:
    """Whether errors are left that want a look."""
    mended = {(one.rule, one.site) for one in made if not one.left} - {(one.rule, one.site) for one in made if one.left}
    return any(each.severity is Severity.ERROR and (each.rule, each.site) not in mended for each in report.findings)


def _made(report: Report, texts: dict[Path, str], project: Path) -> Iterator[Proposed]:
    """Every change of every finding once, with the edited texts put into `texts`: each as a whole, or not at all."""
    seen: set[Remedy] = set()
    for finding in report.findings:
        for remedy in finding.changes:
            if remedy in seen:
                continue
            seen.add(remedy)
            left = "" if remedy.safety is Safety.SAFE else "it wants a look"
            try:
                texts.update(_edited(report.app, remedy, texts, project) if not left else {})
            except (NotEditableError, InputError) as error:
                left = str(error)
            yield Proposed(finding.rule, finding.site, remedy, left)


def _edited(app: App, remedy: Remedy, texts: dict[Path, str], project: Path) -> dict[Path, str]:
    """The texts of the files that a change touches, with it made."""
    found: dict[Path, str] = {}
    for edit in remedy.edits:
        path, text_edit = _at(app, edit, project)
        text = found.get(path) or texts.get(path) or read_text(path)
        found[path] = edited(text, text_edit)
    return found


def _at(app: App, edit: Edit, project: Path) -> tuple[Path, TextEdit]:
    """The file, and the place in it. `NotEditableError` where a change there is not ours to make."""
    template, resource = app.templates.get(edit.place.address.template), app.resource(edit.place.address)
    if template is None or resource is None:
        raise NotEditableError("it stands in no template")
    if resource.construct_path is not None:
        raise NotEditableError("the CDK writes that template: change the code")
    if (not edit.value.isdecimal() and not edit.removes) or edit.adds:
        raise NotEditableError(f"{edit.place.property}: {edit.old} -> {edit.new}")
    path = Path(template.path).resolve()
    if path.read_bytes().startswith(b"\xef\xbb\xbf"):
        raise NotEditableError("the file begins with a byte order mark")
    if not path.is_relative_to(project):
        raise NotEditableError(f"{below(str(path))} is outside of {project}")
    steps = tuple(str(step) for step in in_file(template, path_of(resource, edit.place)))
    return path, TextEdit(steps, int(edit.value) if edit.value else None)


def _project() -> Path:
    """The repository that the command runs in; without one, the working directory."""
    here = Path.cwd().resolve()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), here)


def _diff(path: Path, text: str) -> str:
    name = below(str(path))
    before = read_text(path).splitlines(keepends=True)
    return "".join(unified_diff(before, text.splitlines(keepends=True), f"a/{name}", f"b/{name}"))
