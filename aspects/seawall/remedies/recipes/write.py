"""Every edit of a change as its author would write it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from seawall.template import App, InputError, Json, Resource, Template, in_file
from seawall.template.asl import is_own_file
from seawall.template.documents import looks_yaml
from seawall.template.files import read_text
from seawall.template.language import AuthorLanguage, language_of

from ..definitions import IN_TEXT
from ..places import path_of
from ..search import Edit, Remedy
from .blocks import json_block, removal, yaml_block
from .code import Assignment, Code, CodeLine, Identifier, RawOverride, Structure, literal, told
from .constructs import ArgumentValue, asynchronous, author_of, new_queue, stack_of, with_argument
from .states import retrier_lines

_CONFIG = '"AWS::Lambda::EventInvokeConfig"'
_QUEUE = '"AWS::SQS::Queue"'
_EVERY = (AuthorLanguage.PYTHON, AuthorLanguage.TYPESCRIPT)
_DEAD_LETTERS = Identifier("deadLetters")


def written(app: App, remedy: Remedy) -> Remedy:
    """The change with each edit in its author's language; what is the author's to decide stays as it is."""
    edits = remedy.edits
    made = [edit if edit.edit else _written(app, edit, edits) for edit in edits]
    return replace(remedy, edits=tuple(made)) if made != list(edits) else remedy


def _written(app: App, edit: Edit, edits: Sequence[Edit]) -> Edit:
    template = app.templates.get(edit.place.address.template)
    if template is None or not (edit.value or edit.removes):
        return edit
    resource = app.resource(edit.place.address)
    if all(each.construct_path is None for each in template.resources.values()):
        return replace(edit, edit=_in_file(template, edit, resource))
    holder = resource or app.resource(edit.beside)
    return edit if holder is None else _in_code(app, edit, edits, holder)


def _in_file(template: Template, edit: Edit, resource: Resource | None) -> str:
    steps: Sequence[str | int] = ("Resources", edit.place.address.logical_id)
    if resource is not None:
        steps = in_file(template, path_of(resource, edit.place))
    path = [str(step) for step in steps]
    if not path and is_own_file(template.body):
        return ""
    if edit.removes:
        return removal(path)
    value: Json = json.loads(edit.value)
    return yaml_block(path, value) if _is_yaml(template) else json_block(path, value)


def _is_yaml(template: Template) -> bool:
    if "yaml" not in template.memo:
        path = Path(template.path)
        try:
            template.memo["yaml"] = looks_yaml(path, read_text(path))
        except InputError:
            template.memo["yaml"] = False
    found: bool = template.memo["yaml"]
    return found


def _in_code(app: App, edit: Edit, edits: Sequence[Edit], resource: Resource) -> Edit:
    lines = _lines(app, edit, edits, resource)
    language = language_of(app, resource)
    if language is not None and language is not AuthorLanguage.OTHER:
        return replace(edit, edit="\n".join(told(line, language) for line in lines))
    shown = [f"{each}: {told(line, each)}" for each in _EVERY for line in lines]
    return replace(edit, edit="\n".join(shown), either=bool(shown))


def _lines(app: App, edit: Edit, edits: Sequence[Edit], resource: Resource) -> list[CodeLine]:
    if edit.adds:
        return _added(app, edit, edits, resource)
    states = edit.place.property.partition(".")[0].startswith("Definition")
    if states:
        found = retrier_lines(app, resource, edit.place, edit.value)
        return found if found is not None else _override(app, edit, edits, resource)
    author = author_of(app, resource)
    if author is None:
        return _override(app, edit, edits, resource)
    if edit.removes and not edit.place.property:
        return [CodeLine(author.call, removes=True)]
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
