"""The edits that mend a finding, as an author writes them, each with the line where it goes."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from seawall.graph import Place
from seawall.paths import below
from seawall.remedies.search import Edit, Remedy
from seawall.rules import Finding
from seawall.template import App, AuthorLanguage, InputError, SourceLine, language_of
from seawall.template.files import read_text

from .places import locate


class WrittenEdit(Struct, frozen=True):
    """One edit."""

    at: str
    """``file:line`` of what the author wrote; empty where that is not known."""
    text: str
    """What to write there; several lines where it is a block."""
    either: bool = False
    """Each line says its language, and holds in that one alone."""

    @property
    def told(self) -> str:
        """Both."""
        return f"{self.at}: {self.text}" if self.at else self.text


_ID = re.compile(r"\((?:self|this), (?P<quote>['\"])(?P<id>[^'\"]+)(?P=quote)")
_OWN = ("retry_on_service_exceptions", "retryOnServiceExceptions")
"""Arguments of tasks that have a retrier by themselves."""


def written_edits(app: App, finding: Finding) -> tuple[WrittenEdit, ...]:
    """The edits of a finding's changes in order, each once; what stands in `paste` is left out, unless an author of CDK
    code writes it otherwise.
    """
    if finding.paste and not _in_known_code(app, finding):
        return ()
    return tuple(dict.fromkeys(edit for change in finding.changes for edit in written(app, change)))


def _in_known_code(app: App, finding: Finding) -> bool:
    resource = app.resource(finding.place.address)
    if resource is None or resource.construct_path is None:
        return False
    return language_of(app, resource) in (AuthorLanguage.PYTHON, AuthorLanguage.TYPESCRIPT)


def written(app: App, change: Remedy) -> tuple[WrittenEdit, ...]:
    """The edits of one change."""
    return tuple(WrittenEdit(place_of(app, edit), edit.edit, edit.either) for edit in change.edits if edit.edit)


def _place(edit: Edit) -> Place:
    """What the first line of an edit is about: of a retrier that a task has by itself, the task."""
    if edit.beside is not None:
        return Place(edit.beside)
    state, retrier, _ = edit.place.property.partition(".Retry")
    first = edit.edit.partition("\n")[0]
    own = retrier and any(name in first for name in _OWN)
    return Place(edit.place.address, state) if own and "States." in state else edit.place


def source_of(app: App, edit: Edit) -> SourceLine | None:
    """The author's line that an edit is about; None where the CDK noted none.

    It notes the lines of resources. What is written into another one, such as a task of a state machine, is looked for
    by its id in the same file.
    """
    source = locate(app, _place(edit)).source
    made = _ID.search(edit.edit.partition("\n")[0])
    if source is None or made is None:
        return source
    try:
        lines = read_text(Path(source.file)).splitlines()
    except InputError:
        return source
    named = [at for at, line in enumerate(lines, 1) if f"'{made['id']}'" in line or f'"{made["id"]}"' in line]
    return source if source.line in named or len(named) != 1 else SourceLine(source.file, named[0])


def place_of(app: App, edit: Edit) -> str:
    """Where an edit goes: the author's line, or the template's."""
    at = locate(app, _place(edit))
    template = app.templates.get(edit.place.address.template)
    if at.source is None and at.resource is not None and at.resource.construct_path is not None:
        return ""  # nobody edits what the CDK writes
    source = source_of(app, edit)
    if source is not None:
        return f"{below(source.file)}:{source.line}"
    path = below(template.path) if template is not None else at.path
    return f"{path}:{at.line}" if at.line and not edit.adds else path
