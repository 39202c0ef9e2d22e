"""What mends a finding, as blocks to paste, each with the place where it goes: decided here, for every format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from seawall.graph import Place
from seawall.paths import below
from seawall.remedies.recipes.author_code import author_code
from seawall.remedies.recipes.code import HERE, Assignment, Call, CodeLine, Literal
from seawall.remedies.recipes.overrides import overrides, within_loop
from seawall.remedies.recipes.snippets import Snippet, arguments, imports
from seawall.remedies.recipes.texts import QuotedEdit
from seawall.remedies.recipes.write import AuthorEdit, CodeEdit, FileEdit, authored
from seawall.remedies.search import Edit, Remedy
from seawall.remedies.settings_changes import is_alarm
from seawall.rules import Finding, FixPart
from seawall.template import App, AuthorLanguage, SourceLine
from seawall.template.language import spoken
from seawall.words import some

from .places import locate

_OWN = "retryOnServiceExceptions"
"""The argument of tasks that have a retrier by themselves."""
_ADDED = "merge into what is there"
_BY_CDK = "what the CDK is to write here: change the code that makes it"
IN_LOOP = "in such a loop"
_BY_ID = "best in the code that makes it; if that is a library's, at the end of the stack's constructor"
_NOT_KNOWN = "as the language of the app is not known"


class Block(Struct, frozen=True):
    """Whole lines to write at one place."""

    at: str
    """``file:line`` of what the author wrote; empty where that is not known."""
    text: str
    language: str = ""
    """Where it is one of two, as nobody knows which language the author writes."""
    note: str = ""
    """What is to be done with the lines, or known about them, where that is not plain."""

    @property
    def heading(self) -> str:
        """What is said above it; empty where nothing is."""
        return ", ".join(filter(None, (self.at or self.language, self.note)))

    @property
    def told(self) -> str:
        """All of it as plain lines."""
        return f"{self.heading}:\n{self.text}" if self.heading else self.text


class _Known(Struct, frozen=True):
    """An edit with what its author writes for it."""

    edit: Edit
    at: str
    line: int | None
    authored: AuthorEdit


def blocks(app: App, finding: Finding) -> tuple[Block, ...]:
    """What to write where to mend a finding."""
    return tuple(block for part in blocks_by_part(app, finding) for block in part)


def blocks_by_part(app: App, finding: Finding) -> tuple[tuple[Block, ...], ...]:
    """What to write where for each part of a fix; what can be pasted as it is stands alone, unless an author of CDK
    code writes it otherwise.
    """
    return tuple(_of_part(app, finding, part) for part in finding.fix.parts)


def _of_part(app: App, finding: Finding, part: FixPart) -> tuple[Block, ...]:
    if part.paste and (not part.changes or _in_other_code(app, finding)):
        return (Block("", part.paste),)
    return written_blocks(app, part.changes)


def written_blocks(app: App, changes: Iterable[Remedy]) -> tuple[Block, ...]:
    """What to write where to make some changes."""
    found: list[Block] = []
    known: list[_Known] = []
    for change in changes:
        mine: list[_Known] = []
        for edit in change.edits:
            if edit.given:
                found.append(_as_given(app, edit))
            elif (made := authored(app, edit, change.edits)) is not None:
                beside = mine[0] if mine and is_alarm(edit) else None  # the queue is made there
                at, line = _where(app, edit, made) if beside is None else (beside.at, beside.line)
                mine.append(_Known(edit, at, line, made))
        known += mine
    return (*found, *_together(app, known))


def _as_given(app: App, edit: Edit) -> Block:
    """What a rule wrote, with what it needs imported where that is CDK code."""
    resource = app.resource(edit.place.address)
    language = None if resource is None or resource.construct_path is None else spoken(app, resource)
    names = [("", "Duration")] if "Duration." in edit.edit else []
    names += [("aws_ecr", "")] if "ecr." in edit.edit else []
    if language is None:
        return Block(place_of(app, edit), edit.edit)
    return Block(place_of(app, edit), Snippet(language, tuple(imports(names, language)), (edit.edit,)).text)


def _together(app: App, known: Sequence[_Known]) -> Iterator[Block]:
    """One block for each place in code, and for each file."""
    groups: dict[object, list[_Known]] = {}
    for one in known:
        match one.authored:
            case FileEdit(file=file, path=path, removes=removes, inside=inside):
                groups.setdefault((file, inside, path if removes else ()), []).append(one)
            case CodeEdit(_, language):
                groups.setdefault((one.at, one.line, language), []).append(one)
    return (block for group in groups.values() for block in _block(app, group))


def _block(app: App, group: Sequence[_Known]) -> Sequence[Block]:
    """What is written at one place: all of it code, or all of it in one file."""
    code = [one.authored for one in group if isinstance(one.authored, CodeEdit)]
    if code:
        return _in_code(app, group[0], code)
    return _in_file(group, [one.authored for one in group if isinstance(one.authored, FileEdit)])


def _in_code(app: App, first: _Known, edits: Sequence[CodeEdit]) -> Sequence[Block]:
    made, *others = edits
    author = author_code(app, first.at, made.language) if first.at and made.language is not None else None
    shown = made.snippets(others, author, first.line or 0)
    at = _with_line(first.at, first.line)
    if len(shown) == 1:
        return [Block(at, shown[0].text)]
    code = [each for edit in edits for each in edit.lines]
    return [
        _in_other(at, code, each) if number else Block(at, each.text, str(each.language), _NOT_KNOWN)
        for number, each in enumerate(shown)
    ]


def _in_other(at: str, code: Sequence[CodeLine], shown: Snippet) -> Block:
    """The same in another language, in short where only what a call gets besides differs."""
    short = arguments(code, shown.language)
    made = [each.code.name for each in code if isinstance(each.code, Assignment) and each.code.name in short]
    note = f"{some(made, len(made))} made likewise" if short and made else ""
    return Block(at, short or shown.text, str(shown.language), note)


def _in_file(group: Sequence[_Known], edits: Sequence[FileEdit]) -> Sequence[Block]:
    first, *others = edits
    if first.generated and (by_id := overrides(edits)):
        return _by_id(edits, by_id)
    lines = sorted({one.line for one in group if one.line is not None and not one.edit.adds})
    at = _with_line(group[0].at, lines[0] if lines else None)
    if first.removes:
        return [Block(at, first.text())]
    if quoted := first.in_quotes(others):
        where = f", in {first.inside}"
        return [Block(f"{group[0].at}:{each.line}{where}", each.put, note=_behind(each)) for each in quoted]
    note = _BY_CDK if first.generated else _ADDED
    if len(lines) > 1:
        rest = some([str(line) for line in lines[1:]], len(lines))
        note = f"{note} (also line{'s' if len(lines) > 2 else ''} {rest})"
    note = ", ".join(dict.fromkeys(filter(None, (note, *(each.beside for each in edits)))))
    return [Block(f"{at}, in {first.inside}" if first.inside else at, first.text(others), note=note)]


def _by_id(edits: Sequence[FileEdit], shown: Sequence[Snippet]) -> Sequence[Block]:
    """What changes a resource that is looked for by its id; in a second language, in short where that is plain."""
    if len(shown) == 1:
        return [Block("", shown[0].text, note=_BY_ID)]
    found = []
    for number, each in enumerate(shown):
        short = within_loop(edits, each.language) if number else ""
        note = IN_LOOP if short else _BY_ID
        found.append(Block("", short or each.text, str(each.language), note))
    return found


def _behind(edit: QuotedEdit) -> str:
    """Where in a text in quotes something goes."""
    return f"{'in place of' if edit.instead else 'put this behind'} `{edit.found}`"


def _with_line(file: str, line: int | None) -> str:
    return f"{file}:{line}" if file and line is not None else file


def _in_other_code(app: App, finding: Finding) -> bool:
    """Whether it is mended in code of a CDK app whose language is not spoken here, or not known."""
    resource = app.resource(finding.place.address)
    if resource is None or resource.construct_path is None:
        return False
    return spoken(app, resource) is None


def _where(app: App, edit: Edit, made: AuthorEdit) -> tuple[str, int | None]:
    """The file and the line where an edit goes: the author's, or those of the template or definition."""
    if isinstance(made, CodeEdit):
        source = _source(app, edit, made)
        return ("", None) if source is None else (below(source.file), source.line)
    at = locate(app, _place(edit, made))
    return below(made.file), at.line


def _place(edit: Edit, made: AuthorEdit | None) -> Place:
    """What the first statement of an edit is about: of a retrier that a task has by itself, the task."""
    if edit.beside is not None:
        return Place(edit.beside)
    state, retrier, _ = edit.place.property.partition(".Retry")
    first = made.lines[0].code if isinstance(made, CodeEdit) else None
    own = retrier and isinstance(first, Call) and any(name == _OWN for name, _ in first.named)
    return Place(edit.place.address, state) if own and "States." in state else edit.place


def _source(app: App, edit: Edit, made: AuthorEdit | None) -> SourceLine | None:
    """The author's line that an edit is about; None where the CDK noted none.

    It notes the lines of resources. What is written into another one, such as a task of a state machine, is looked for
    by its id in the same file.
    """
    source = locate(app, _place(edit, made)).source
    name = _id_of(made)
    if source is None or name is None:
        return source
    language = made.language if isinstance(made, CodeEdit) else None
    author = author_code(app, source.file, language or AuthorLanguage.OTHER)
    named = [] if author is None else author.lines_with(name)
    return source if source.line in named or len(named) != 1 else SourceLine(source.file, named[0])


def _id_of(made: AuthorEdit | None) -> str | None:
    """The id of the construct whose call an edit changes."""
    code = made.lines[0].code if isinstance(made, CodeEdit) else None
    if not isinstance(code, Call) or code.given[:1] != (HERE,):
        return None
    name = code.given[-1]
    return str(json.loads(name.json)) if isinstance(name, Literal) else None


def source_of(app: App, edit: Edit, edits: Sequence[Edit] = ()) -> SourceLine | None:
    """The author's line that an edit, one of `edits`, is about; None where the CDK noted none."""
    return _source(app, edit, None if edit.given else authored(app, edit, edits or (edit,)))


def place_of(app: App, edit: Edit) -> str:
    """Where an edit goes that a rule wrote: the author's line, or the template's."""
    at = locate(app, edit.place)
    if at.source is not None:
        return f"{below(at.source.file)}:{at.source.line}"
    if at.resource is not None and at.resource.construct_path is not None:
        return ""  # nobody edits what the CDK writes
    path = below(at.path)
    return f"{path}:{at.line}" if at.line else path
