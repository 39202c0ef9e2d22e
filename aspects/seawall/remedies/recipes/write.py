"""Every edit of a change as its author would write it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.layers import DEPENDS_ON
from seawall.template import App, InputError, Json, Resource, Template, in_file
from seawall.template.asl import is_own_file
from seawall.template.authors import stands_alone, written_by_cdk
from seawall.template.documents import looks_yaml
from seawall.template.files import read_text
from seawall.template.language import AuthorLanguage, language_of

from ..definitions import IN_TEXT
from ..places import edited_file
from ..search import Edit, Remedy
from .author_code import AuthorCode
from .blocks import json_block, removal, yaml_block
from .code import Assignment, Code, CodeLine, Identifier, RawOverride, Structure, literal
from .constructs import ArgumentValue, asynchronous, author_of, new_queue, of_function, stack_of, with_argument
from .snippets import Snippet, in_each, snippet
from .states import catch_lines, retrier_lines

_CONFIG = '"AWS::Lambda::EventInvokeConfig"'
_QUEUE = '"AWS::SQS::Queue"'
_DEAD_LETTERS = Identifier("deadLetters")
_BY_THEMSELVES = ("AWS::SQS::Queue", "AWS::Lambda::Function")
"""Types of resources that authors make by a construct of their own; others come of its methods, as a mapping does."""


class CodeEdit(Struct, frozen=True):
    """An edit of the CDK code of an author."""

    lines: tuple[CodeLine, ...]
    language: AuthorLanguage | None
    """None: not recorded, or neither of those that can be written."""

    def snippets(
        self, others: Iterable[CodeEdit] = (), author: AuthorCode | None = None, line: int = 0
    ) -> tuple[Snippet, ...]:
        """The statements, and those of other edits at the same place: in each language where nobody knows it, else with
        the names of the author's file where that is at hand.
        """
        code = [each for edit in (self, *others) for each in edit.lines]
        return in_each(code) if self.language is None else (snippet(code, self.language, author, line),)


class FileEdit(Struct, frozen=True):
    """An edit of a template or a definition that an author wrote."""

    file: str
    yaml: bool
    path: tuple[str, ...]
    value: Json = None
    removes: bool = False
    generated: bool = False
    """The CDK writes the file: what stands here is what has to come of the code."""
    inside: str = ""
    """The resource in whose text the path begins, as a clause: ``the DefinitionString of Machine``."""

    def text(self, others: Iterable[FileEdit] = ()) -> str:
        """The block, with other edits of the same file in it."""
        if self.removes:
            where = f" in {self.inside}" if self.inside else ""
            return f"{removal(self.path)}{where}"
        changes = [(edit.path, edit.value) for edit in (self, *others)]
        return json_block(changes) if self.inside or not self.yaml else yaml_block(changes)


AuthorEdit: TypeAlias = "CodeEdit | FileEdit"


def written(app: App, remedy: Remedy) -> Remedy:
    """The change with each edit in its author's language; what is the author's to decide stays as it is."""
    made = [edit if edit.edit else _written(app, edit, remedy.edits) for edit in remedy.edits]
    return replace(remedy, edits=tuple(made)) if made != list(remedy.edits) else remedy


def _written(app: App, edit: Edit, edits: Sequence[Edit]) -> Edit:
    found = authored(app, edit, edits)
    match found:
        case FileEdit():
            return replace(edit, edit=found.text())
        case CodeEdit():
            either = found.language is None
            shown = found.snippets()
            texts = [f"{each.named}\n{each.text}" if either else each.text for each in shown]
            return replace(edit, edit="\n".join(texts), either=either)
    return edit


def authored(app: App, edit: Edit, edits: Sequence[Edit]) -> AuthorEdit | None:
    """What an author writes for an edit, which is one of `edits`; None where it is the author's to decide, or stands in
    the line of another one.
    """
    template = app.templates.get(edit.place.address.template)
    if template is None or not (edit.value or edit.removes):
        return None
    resource = app.resource(edit.place.address)
    holder = resource or app.resource(edit.beside)
    if all(each.construct_path is None for each in template.resources.values()):
        lines = _guessed(app, template, edit, edits, holder) if written_by_cdk(template) and holder is not None else ()
        return CodeEdit(lines, None) if lines else _in_file(template, edit, resource)
    if holder is None:
        return None
    lines = tuple(_lines(app, edit, edits, holder))
    language = language_of(app, holder)
    if not lines and ".Retry" in edit.place.property:
        return _in_file(template, edit, resource)
    return CodeEdit(lines, None if language is AuthorLanguage.OTHER else language) if lines else None


def _guessed(app: App, template: Template, edit: Edit, edits: Sequence[Edit], holder: Resource) -> tuple[CodeLine, ...]:
    """The statements of an author whose templates name no construct: ids are taken from logical ids. Empty where the
    usual class of a resource does not tell how.
    """
    if ".Retry" in edit.place.property:
        return tuple(retrier_lines(app, holder, edit.place, edit.value) or ())
    again = _with_constructs(app, template)
    known = again.templates[template.key].resources.get(holder.logical_id)
    if known is None or edit.removes or known.type not in _BY_THEMSELVES:
        return ()
    if edit.adds:
        return tuple(_added(again, edit, edits, known))
    author = author_of(again, known)
    call = None if author is None else with_argument(author, edit.place.property, _given(author.path, edit, edits))
    return () if call is None else (CodeLine(call),)


def _with_constructs(app: App, template: Template) -> App:
    """The app with the constructs of a template that stand in its stack itself, and none else in it."""
    apps: dict[str, App] = app.memo.setdefault("constructs by logical id", {})
    if template.key not in apps:
        named = {
            name: replace(each, construct_path=f"{template.stack_name}/{said}/Resource")
            for name, each in template.resources.items()
            if (said := stands_alone(name)) is not None
        }
        apps[template.key] = replace(app, templates={**app.templates, template.key: replace(template, resources=named)})
    return apps[template.key]


def _in_file(template: Template, edit: Edit, resource: Resource | None) -> FileEdit | None:
    steps: tuple[str, ...] = ("Resources", edit.place.address.logical_id)
    file, inside = Path(template.path), ""
    if resource is not None:
        file, steps = edited_file(template, resource, edit.place)
        text = IN_TEXT in steps and steps[-1] != IN_TEXT
        inside = f"the {IN_TEXT} of {resource.logical_id}" if text else ""
        steps = steps[steps.index(IN_TEXT) + 1 :] if text else steps
    else:
        steps = tuple(str(step) for step in in_file(template, steps))
    if not steps and is_own_file(template.body):
        return None
    value: Json = None if edit.removes else json.loads(edit.value)
    generated = written_by_cdk(template)
    return FileEdit(str(file), _is_yaml(template, file), steps, value, edit.removes, generated, inside)


def _is_yaml(template: Template, file: Path) -> bool:
    key = f"yaml {file}"
    if key not in template.memo:
        try:
            template.memo[key] = looks_yaml(file, read_text(file))
        except InputError:
            template.memo[key] = False
    found: bool = template.memo[key]
    return found


def _lines(app: App, edit: Edit, edits: Sequence[Edit], resource: Resource) -> list[CodeLine]:
    if edit.adds:
        return _added(app, edit, edits, resource)
    if edit.place.property == DEPENDS_ON:
        return []  # the CDK's own grants are there in time
    states = edit.place.property.partition(".")[0].startswith("Definition")
    if states and (catches := [each for each in edits if each.place.property.endswith(".Catch")]):
        queue = _given((resource.construct_path or "").removesuffix("/Resource"), edit, edits).queue
        return catch_lines(edit.place, queue, first=edit is catches[0])
    if states:
        found = retrier_lines(app, resource, edit.place, edit.value)
        return found if found is not None else _override(app, edit, edits, resource)
    author = author_of(app, resource)
    if author is None:
        return _override(app, edit, edits, resource)
    if edit.removes and not edit.place.property:
        return [CodeLine(author.call, removes=True, arguments=of_function(author, resource.properties))]
    call = None if edit.removes else with_argument(author, edit.place.property, _given(author.path, edit, edits))
    return [CodeLine(call)] if call is not None else _override(app, edit, edits, resource)


def _given(path: str, edit: Edit, edits: Sequence[Edit]) -> ArgumentValue:
    """The value, and the queue that the change adds."""
    queue = next((each for each in edits if each.adds and _QUEUE in each.value), None)
    code: Code = _DEAD_LETTERS
    if queue is not None:
        owner = next(step for step in reversed(path.split("/")) if ":" not in step and step != "EventInvokeConfig")
        code = new_queue(f"{owner}DeadLetters", json.loads(queue.value).get("Properties"))
    return ArgumentValue(json.loads(edit.value), code)


def _added(app: App, edit: Edit, edits: Sequence[Edit], resource: Resource) -> list[CodeLine]:
    """What is added for a property that is set stands in its line; a config of its own is a function's argument."""
    if _CONFIG not in edit.value:
        return []
    settings = json.loads(edit.value)["Properties"]
    function = app.resource(replace(edit.place.address, logical_id=settings["FunctionName"]["Ref"])) or resource
    path = function.construct_path or ""
    name = "MaximumRetryAttempts"
    value = settings.get(name)
    if value is None:
        name, value = "DestinationConfig.OnFailure.Destination", {}
    above = path.removesuffix("/Resource")
    given = _given(above, replace(edit, value=json.dumps(value)), edits)
    call = asynchronous(app, function, name, given)
    return [CodeLine(call)] if call is not None else []


def _override(app: App, edit: Edit, edits: Sequence[Edit], resource: Resource) -> list[CodeLine]:
    """A raw override on the resource, wherever it stands; what is added for it gets a name first."""
    property_ = edit.place.property
    if property_.startswith(f"{IN_TEXT}.") or not property_ or resource.construct_path is None:
        return []
    stack = stack_of(app, resource)
    name = stack.rpartition("/")[2]
    ids = tuple(resource.construct_path.removeprefix(f"{stack}/").split("/"))
    if edit.removes:
        return [CodeLine(RawOverride(name, ids, property_, None))]
    lines = [CodeLine(RawOverride(name, ids, property_, _structured(json.loads(edit.value), edits)))]
    queue = next((each for each in edits if each.adds and _QUEUE in each.value), None)
    if queue is not None and queue.place.address.logical_id in edit.value:
        made = _given(resource.construct_path.removesuffix("/Resource"), edit, edits).queue
        lines.insert(0, CodeLine(Assignment("deadLetters", made)))
    return lines


def _structured(value: Json, edits: Sequence[Edit]) -> Code:
    """A value in which a queue that is added has the name of a variable."""
    added = {each.place.address.logical_id for each in edits if each.adds}
    match value:
        case {"Fn::GetAtt": [str(name), "Arn"]} if name in added:
            return Identifier("deadLetters.queueArn")
        case dict():
            return Structure(tuple((key, _structured(each, edits)) for key, each in value.items()))
    return literal(value)
