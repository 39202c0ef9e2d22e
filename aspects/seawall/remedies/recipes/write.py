"""Every edit of a change as its author would write it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.layers import DEPENDS_ON
from seawall.template import App, InputError, Json, Resource, Template, in_file, is_yaml
from seawall.template.asl import is_own_file
from seawall.template.authors import stands_alone, written_by_cdk
from seawall.template.files import read_text
from seawall.template.language import AuthorLanguage, spoken
from seawall.template.scope import is_intrinsic

from ..definitions import IN_TEXT, value_at
from ..places import edited_file, path_of
from ..search import Edit, Remedy
from ..settings_changes import is_alarm, is_queue
from .author_code import AuthorCode
from .blocks import json_block, removal, yaml_block
from .code import Assignment, Code, CodeLine, Identifier, RawOverride, Structure, camel, literal
from .constructs import (
    ArgumentValue,
    alarm_on,
    argument_of,
    asynchronous,
    author_of,
    new_queue,
    of_function,
    stack_of,
    with_argument,
)
from .snippets import Snippet, in_each, snippet
from .states import catch_lines, retrier_lines
from .texts import QuotedEdit, text_edits

_CONFIG = '"AWS::Lambda::EventInvokeConfig"'
_DEAD_LETTERS = Identifier("deadLetters")
"""A queue that is there."""
_BY_THEMSELVES = ("AWS::SQS::Queue", "AWS::Lambda::Function")
"""Types of resources that authors make by a construct of their own; others come of its methods, as a mapping does."""

_IF = "Fn::If"
_NO_VALUE: Json = {"Ref": "AWS::NoValue"}
_SIDES = 3
"""What it takes: a condition and two branches."""


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
    language: AuthorLanguage | None = None
    """Of the code that has the CDK write the file; None where nobody knows it."""
    whole: Json = None
    """What stands in the property that holds the text."""
    beside: str = ""
    """What is to be done with a function of the template that stands where this goes, as a clause."""

    def text(self, others: Iterable[FileEdit] = ()) -> str:
        """The block, with other edits of the same file in it."""
        if self.removes:
            where = f" in {self.inside}" if self.inside else ""
            return f"{removal(self.path)}{where}"
        changes = self.changes(others)
        return json_block(changes) if self.inside or not self.yaml else yaml_block(changes)

    def changes(self, others: Iterable[FileEdit] = ()) -> list[tuple[tuple[str, ...], Json]]:
        """What is set where."""
        return [(edit.path, edit.value) for edit in (self, *others)]

    def in_quotes(self, others: Iterable[FileEdit] = ()) -> tuple[QuotedEdit, ...]:
        """The same, with other edits of the same text, where the file holds it in quotes; else nothing."""
        if not self.inside or self.removes:
            return ()
        try:
            return text_edits(self.whole, self.changes(others), read_text(Path(self.file)))
        except InputError:
            return ()


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
    if not _has_constructs(template):
        lines = _guessed(app, template, edit, edits, holder) if written_by_cdk(template) and holder is not None else ()
        return CodeEdit(lines, spoken(app, holder)) if lines else _in_file(app, template, edit, resource)
    if holder is None:
        return None
    lines = tuple(_with_queue(app, edit, edits, holder, _lines(app, edit, edits, holder)))
    if not lines and ".Retry" in edit.place.property:
        return _in_file(app, template, edit, resource)
    return CodeEdit(lines, spoken(app, holder)) if lines else None


def _has_constructs(template: Template) -> bool:
    """Whether it says of any resource which construct made it."""
    key = "has constructs"
    if key not in template.memo:
        template.memo[key] = any(each.construct_path is not None for each in template.resources.values())
    found: bool = template.memo[key]
    return found


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
    return tuple(_with_queue(again, edit, edits, known, _guess(again, edit, edits, known)))


def _guess(app: App, edit: Edit, edits: Sequence[Edit], resource: Resource) -> list[CodeLine]:
    if edit.adds:
        return _added(app, edit, edits, resource)
    author = author_of(app, resource)
    given = _given(app, edit, edits, resource)
    call = None if author is None else with_argument(author, edit.place.property, given)
    return [] if call is None else [CodeLine(call)]


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


def _in_file(app: App, template: Template, edit: Edit, resource: Resource | None) -> FileEdit | None:
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
    generated, holder = written_by_cdk(template), resource or app.resource(edit.beside)
    language = spoken(app, holder) if generated else None
    whole = resource.properties.get(IN_TEXT) if inside and resource is not None else None
    yaml = is_yaml(template, file)
    beside = "" if resource is None else _function_there(resource, edit, value)
    if resource is not None and isinstance(value, dict):
        value = _in_branches(value_at(dict(resource.properties), path_of(resource, edit.place)[3:]), value)
    return FileEdit(str(file), yaml, steps, value, edit.removes, generated, inside, language, whole, beside)


def _function_there(resource: Resource, edit: Edit, value: Json) -> str:
    """What to do with an intrinsic function that stands where an edit goes, or around that place."""
    there: Json = dict(resource.properties)
    steps = path_of(resource, edit.place)[3:]
    for number, step in enumerate(steps):
        there = there.get(step) if isinstance(there, dict) else None
        last = number == len(steps) - 1
        if is_intrinsic(there) and (not last or (isinstance(value, dict) and value.keys() != there.keys())):
            (function,) = there
            name = ".".join(steps[: number + 1])
            if not last or (function == _IF and _in_branches(there, value) == value):
                return f"in what the {function} of {name} gives"
            return (
                f"{name} in the branch of its {_IF} without it"
                if function == _IF
                else f"{name} in place of its {function}"
            )
    return ""


def _in_branches(there: Json, value: Json) -> Json:
    """A condition as it stands, with a value in those of its branches that have none; else the value alone."""
    if there == _NO_VALUE:
        return value
    sides = there.get(_IF) if isinstance(there, dict) else None
    if not isinstance(sides, list) or len(sides) != _SIDES:
        return value
    condition, *branches = sides
    filled = [_filled(branch, value) for branch in branches]
    return value if filled == branches else {_IF: [condition, *filled]}


def _filled(branch: Json, value: Json) -> Json:
    """A branch of a condition, with the value where it has none."""
    if branch == _NO_VALUE:
        return value
    nested = _in_branches(branch, value)
    return branch if nested == value else nested


def _lines(app: App, edit: Edit, edits: Sequence[Edit], resource: Resource) -> list[CodeLine]:
    if edit.adds:
        return _added(app, edit, edits, resource)
    if edit.place.property == DEPENDS_ON:
        return []  # the CDK's own grants are there in time
    states = edit.place.property.partition(".")[0].startswith("Definition")
    if states and (catches := [each for each in edits if each.place.property.endswith(".Catch")]):
        queue = _given(app, edit, edits, resource).queue
        return catch_lines(edit.place, queue, first=edit is catches[0])
    if states:
        found = retrier_lines(app, resource, edit.place, edit.value)
        return found if found is not None else _override(app, edit, edits, resource)
    author = author_of(app, resource)
    if author is None:
        return _override(app, edit, edits, resource)
    if edit.removes and not edit.place.property:
        return [CodeLine(author.call, removes=True, arguments=of_function(author, resource.properties))]
    if edit.removes and (argument := argument_of(author, edit.place.property)):
        return [CodeLine(author.call, removes=True, arguments=(argument,))]
    given = _given(app, edit, edits, resource)
    call = None if edit.removes else with_argument(author, edit.place.property, given)
    return [CodeLine(call)] if call is not None else _override(app, edit, edits, resource)


def _given(app: App, edit: Edit, edits: Sequence[Edit], resource: Resource) -> ArgumentValue:
    """The value, and the queue that the change adds, or one that is there."""
    queue = _queue_of(edits)
    return ArgumentValue(
        json.loads(edit.value) if edit.value else None,
        _DEAD_LETTERS if queue is None else _variable(_name_of_queue(app, resource)),
    )


def _queue_of(edits: Sequence[Edit]) -> Edit | None:
    """The queue that a change adds."""
    return next(filter(is_queue, edits), None)


def _name_of_queue(app: App, resource: Resource) -> str:
    """The id of a queue that is added for a resource."""
    author = author_of(app, resource)
    path = author.path if author is not None else (resource.construct_path or "").removesuffix("/Resource")
    owner = next(step for step in reversed(path.split("/")) if ":" not in step and step != "EventInvokeConfig")
    return f"{owner}DeadLetters"


def _variable(name: str) -> Identifier:
    """What a construct is assigned to, by its id."""
    words = re.split(r"[^A-Za-z0-9]+", name.replace("IoT", "Iot"))
    joined = "".join((words[0], *(word[:1].upper() + word[1:] for word in words[1:])))
    return Identifier(camel(joined) if joined[:1].isalpha() else f"the{joined}")


def _with_queue(
    app: App, edit: Edit, edits: Sequence[Edit], resource: Resource, lines: Sequence[CodeLine]
) -> Iterator[CodeLine]:
    """Statements behind the one that makes the queue that they speak of, if the change adds one."""
    queue = _queue_of(edits)
    if queue is not None and lines and _speaks_of(edit, queue, edits):
        name = _name_of_queue(app, resource)
        made = new_queue(name, json.loads(queue.value).get("Properties"))
        yield CodeLine(Assignment(_variable(name).text, made))
    yield from lines


def _speaks_of(edit: Edit, queue: Edit, edits: Sequence[Edit]) -> bool:
    """Whether what an author writes for an edit is to make a queue: the first Catch of a change leads to it. An alarm
    stands behind what does.
    """
    if is_alarm(edit):
        return False
    catches = (each for each in edits if each.place.property.endswith(".Catch"))
    return f'"{queue.place.address.logical_id}"' in edit.value or edit == next(catches, None)


def _added(app: App, edit: Edit, edits: Sequence[Edit], resource: Resource) -> list[CodeLine]:
    """What is added for a property that is set stands in its line; a config of its own is a function's argument, and an
    alarm a call of the queue's metric.
    """
    if is_alarm(edit):
        return [CodeLine(alarm_on(_name_of_queue(app, resource), _given(app, edit, edits, resource).queue))]
    if _CONFIG not in edit.value:
        return []
    settings = json.loads(edit.value)["Properties"]
    function = app.resource(replace(edit.place.address, logical_id=settings["FunctionName"]["Ref"])) or resource
    name = "MaximumRetryAttempts"
    value = settings.get(name)
    if value is None:
        name, value = "DestinationConfig.OnFailure.Destination", {}
    given = _given(app, replace(edit, value=json.dumps(value)), edits, function)
    call = asynchronous(app, function, name, given)
    return [CodeLine(call)] if call is not None else []


def _override(app: App, edit: Edit, edits: Sequence[Edit], resource: Resource) -> list[CodeLine]:
    """A raw override on the resource, wherever it stands."""
    property_ = edit.place.property
    if property_.startswith(f"{IN_TEXT}.") or not property_ or resource.construct_path is None:
        return []
    stack = stack_of(app, resource)
    name = stack.rpartition("/")[2]
    ids = tuple(resource.construct_path.removeprefix(f"{stack}/").split("/"))
    value = None if edit.removes else _structured(json.loads(edit.value), edits, _name_of_queue(app, resource))
    return [CodeLine(RawOverride(name, ids, property_, value))]


def _structured(value: Json, edits: Sequence[Edit], queue: str) -> Code:
    """A value in which a queue that is added, of the id `queue`, has the name of a variable."""
    added = {each.place.address.logical_id for each in edits if each.adds}
    match value:
        case {"Fn::GetAtt": [str(name), "Arn"]} if name in added:
            return Identifier(f"{_variable(queue).text}.queueArn")
        case dict():
            return Structure(tuple((key, _structured(each, edits, queue)) for key, each in value.items()))
    return literal(value)
