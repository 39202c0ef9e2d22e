"""Neutral rewrites of templates: each gives files that CloudFormation deploys as the template itself.

A rewrite writes into an empty folder what is to be checked there, or says that it does not apply.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any
Rewrite: TypeAlias = "Callable[[Json, Path], Path | None]"
"""Writes a template's body, rewritten, into a folder, and returns what to check; None: it does not apply."""

STEM = "metatemplate"
"""Name of the file that holds the template, or what is left of it."""
OTHER = "metaother"
"""Name of a further file."""
RENAMED = "Zq9"
"""What renamed logical ids end in."""
_HOLE = re.compile(r"\$\{([^!{}][^{}]*)\}")
_MACHINE = "AWS::StepFunctions::StateMachine"
_NO_SUB = frozenset({"AWS::NoValue", "AWS::NotificationARNs"})


def plain(name: str) -> str:
    """A site's name without what rewrites add to it.

    >>> plain("metaother/Queue"), plain("metatemplate/QueueZq9#Charge")
    ('Queue', 'Queue#Charge')
    """
    return re.sub(rf"^(?:{STEM}|{OTHER})(?:/|$)", "", name).replace(RENAMED, "")


def as_it_is(body: Json, folder: Path) -> Path:
    """The template in JSON."""
    return _write(folder, STEM, body)


def other_order(body: Json, folder: Path) -> Path:
    """Every object's keys the other way round."""
    return _write(folder, STEM, _reversed(body))


def in_yaml(body: Json, folder: Path) -> Path | None:
    """YAML with long forms."""
    return _yaml(body, folder)


def in_short_yaml(body: Json, folder: Path) -> Path | None:
    """YAML with short forms: `!Ref`, `!GetAtt`, `!Sub`."""
    return _yaml(_tagged(body), folder)


_AS_SAM_TAKES_IT = ("Events", "Role")


def other_spelling(body: Json, folder: Path) -> Path | None:
    """`Ref` and `Fn::GetAtt` as `Fn::Sub`, `Fn::Sub` as `Fn::Join`, `Fn::Join` as `Fn::Sub` with variables."""
    lists = {name for name, each in _objects(body.get("Parameters")) if "List" in str(each.get("Type"))}
    changed = copy.deepcopy(body)
    for _, each in _objects(changed["Resources"]):
        given = each.get("Properties")
        if given is None:
            continue
        each["Properties"] = _respelled(given, lists | _NO_SUB)
        if isinstance(given, dict) and str(each.get("Type")).startswith("AWS::Serverless::"):
            # SAM takes a `Ref` of an API or a bucket in events, and `Fn::GetAtt` of the role of a connector.
            each["Properties"].update({name: given[name] for name in _AS_SAM_TAKES_IT if name in given})
    return _write(folder, STEM, changed) if changed != body else None


def other_definitions(body: Json, folder: Path) -> Path | None:
    """Machines' definitions as objects where they were text, and as text where they were objects."""
    changed = copy.deepcopy(body)
    for _, each in _objects(changed["Resources"]):
        properties = each.get("Properties")
        if each.get("Type") == _MACHINE and isinstance(properties, dict):
            _turn_definition(properties)
    return _write(folder, STEM, changed) if changed != body else None


def renamed(body: Json, folder: Path) -> Path | None:
    """Other logical ids."""
    if _made_by_macros(body):
        return None
    names = set(body["Resources"])
    changed = _with_names(body, names)
    changed["Resources"] = {f"{name}{RENAMED}": each for name, each in changed["Resources"].items()}
    return _write(folder, STEM, changed)


def nested(body: Json, folder: Path) -> Path | None:
    """A stack around it that passes every parameter on."""
    parameters = dict(_objects(body.get("Parameters")))
    if any("SSM" in str(each.get("Type")) for each in parameters.values()):
        return None  # the stack around it would look the parameter up, too
    _write(folder, STEM, body)
    given = {
        name: {"Fn::Join": [",", {"Ref": name}]} if "List" in str(each.get("Type")) else {"Ref": name}
        for name, each in parameters.items()
    }
    child = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"{STEM}.json", "Parameters": given}}
    outer: Json = {"Resources": {"MetaChild": child}}
    return _write(folder, OTHER, {**outer, "Parameters": parameters} if parameters else outer)


def split(body: Json, folder: Path) -> Path | None:
    """Two stacks: what refers to nothing exports what the rest imports."""
    text = json.dumps(body)
    if _made_by_macros(body) or "AWS::StackName" in text or "AWS::StackId" in text:
        return None
    resources = dict(_objects(body["Resources"]))
    first = {
        name
        for name, each in resources.items()
        if not set(_named(each)) & resources.keys() and "Condition" not in each and "DependsOn" not in each
    }
    exports: dict[tuple[str, str], str] = {}
    rest = {name: _importing(each, first, exports) for name, each in resources.items() if name not in first}
    if not first or not rest or not exports:
        return None
    outputs = {
        label: {"Value": _reference(name, attribute), "Export": {"Name": f"meta-{label}"}}
        for (name, attribute), label in exports.items()
    }
    shared = {key: value for key, value in body.items() if key not in ("Resources", "Outputs")}
    _write(folder, OTHER, {**shared, "Resources": {name: resources[name] for name in resources if name in first},
                           "Outputs": outputs})  # fmt: skip
    left = {name: _importing(each, first, exports) for name, each in _objects(body.get("Outputs"))}
    _write(folder, STEM, {**shared, "Resources": rest, **({"Outputs": left} if left else {})})
    return folder


REWRITES: Mapping[str, Rewrite] = {
    each.__name__: each
    for each in (other_order, in_yaml, in_short_yaml, other_spelling, other_definitions, renamed, nested, split)
}


# ---- pieces


def _write(folder: Path, stem: str, body: Json) -> Path:
    path = folder / f"{stem}.json"
    path.write_text(json.dumps(body, indent=1), "utf-8")
    return path


def _objects(section: Json) -> list[tuple[str, dict[str, Json]]]:
    return (
        [(name, each) for name, each in section.items() if isinstance(each, dict)] if isinstance(section, dict) else []
    )


def _made_by_macros(body: Json) -> bool:
    """Whether logical ids stand where only a macro knows."""
    return "Transform" in body or "Fn::Transform" in json.dumps(body) or "Fn::ForEach" in json.dumps(body)


def _reversed(node: Json) -> Json:
    if isinstance(node, dict):
        return {key: _reversed(node[key]) for key in reversed(node)}
    return [_reversed(each) for each in node] if isinstance(node, list) else node


class _Tag:
    """A short form."""

    def __init__(self, tag: str, value: Json) -> None:
        self.tag, self.value = tag, value


def _tagged(node: Json) -> Json:
    if isinstance(node, list):
        return [_tagged(each) for each in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        name, argument = next(iter(node.items()))
        if name == "Ref" and isinstance(argument, str):
            return _Tag("!Ref", argument)
        if name == "Fn::GetAtt" and isinstance(argument, list) and all(isinstance(each, str) for each in argument):
            return _Tag("!GetAtt", ".".join(argument))
        if name == "Fn::Sub" and isinstance(argument, str):
            return _Tag("!Sub", argument)
        if name in ("Fn::Join", "Fn::If", "Fn::Select") and isinstance(argument, list):
            return _Tag(f"!{name.removeprefix('Fn::')}", [_tagged(each) for each in argument])
    return {key: _tagged(each) for key, each in node.items()}


def _yaml(body: Json, folder: Path) -> Path | None:
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc, unused-ignore]
        def ignore_aliases(self, _data: object) -> bool:
            return True

    def represented(dumper: Any, made: _Tag) -> Any:
        if isinstance(made.value, list):
            return dumper.represent_sequence(made.tag, made.value)
        return dumper.represent_scalar(made.tag, made.value, style="'")

    Dumper.add_representer(_Tag, represented)
    try:
        text = yaml.dump(body, Dumper=Dumper, sort_keys=False, allow_unicode=False, width=10_000)
    except (yaml.YAMLError, UnicodeError):
        return None
    path = folder / f"{STEM}.yaml"
    path.write_text(text, "utf-8")
    return path


def _respelled(node: Json, no_sub: Iterable[str]) -> Json:
    if isinstance(node, list):
        return [_respelled(each, no_sub) for each in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        name, argument = next(iter(node.items()))
        if name in ("Fn::FindInMap", "Fn::Transform", "Condition") or name.startswith("Fn::ForEach"):
            return node
        if name == "Ref":
            taken = isinstance(argument, str) and argument not in no_sub
            return {"Fn::Sub": f"${{{argument}}}"} if taken else node
        if name == "Fn::GetAtt":
            plain_pair = isinstance(argument, list) and all(isinstance(each, str) for each in argument)
            return {"Fn::Sub": f"${{{'.'.join(argument)}}}"} if plain_pair else node
        if name == "Fn::Sub" and isinstance(argument, str) and "${!" not in argument:
            return {"Fn::Join": ["", list(_pieces(argument))]}
        if name == "Fn::Join" and _joins_texts(argument):
            return _as_sub(argument[0], argument[1], no_sub)
    return {key: _respelled(each, no_sub) for key, each in node.items()}


def _pieces(text: str) -> Iterator[Json]:
    at = 0
    for hole in _HOLE.finditer(text):
        if text[at : hole.start()]:
            yield text[at : hole.start()]
        name = hole[1].strip()
        yield {"Fn::GetAtt": name.split(".", 1)} if "." in name else {"Ref": name}
        at = hole.end()
    yield text[at:]


def _joins_texts(argument: Json) -> bool:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        return False
    items = argument[1]
    texts = isinstance(items, list) and all(isinstance(each, (str, dict)) and "${" not in str(each) for each in items)
    return texts and "${" not in argument[0] and {"Ref": "AWS::NoValue"} not in items


def _as_sub(delimiter: str, items: list[Json], no_sub: Iterable[str]) -> Json:
    variables = {f"J{number}": _respelled(each, no_sub) for number, each in enumerate(items) if isinstance(each, dict)}
    text = delimiter.join(each if isinstance(each, str) else f"${{J{number}}}" for number, each in enumerate(items))
    return {"Fn::Sub": [text, variables]} if variables else {"Fn::Sub": text}


def _turn_definition(properties: dict[str, Json]) -> None:
    text, made = properties.get("DefinitionString"), properties.get("Definition")
    if isinstance(text, str) and "${" not in text:
        try:
            properties["Definition"] = json.loads(text)
        except ValueError:
            return
        del properties["DefinitionString"]
    elif isinstance(made, dict) and "${" not in json.dumps(made):
        holes: dict[str, Json] = {}
        written = json.dumps(_with_holes(made, holes))
        properties["DefinitionString"] = {"Fn::Sub": [written, holes]} if holes else written
        del properties["Definition"]


def _with_holes(node: Json, holes: dict[str, Json]) -> Json:
    if isinstance(node, dict) and len(node) == 1 and next(iter(node)).startswith(("Ref", "Fn::")):
        holes[f"H{len(holes)}"] = node
        return f"${{H{len(holes) - 1}}}"
    if isinstance(node, dict):
        return {key: _with_holes(each, holes) for key, each in node.items()}
    return [_with_holes(each, holes) for each in node] if isinstance(node, list) else node


def _with_names(node: Json, names: set[str], variables: frozenset[str] = frozenset()) -> Json:
    """Every reference to one of `names` with its new name."""
    if isinstance(node, list):
        return [_with_names(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    found: dict[str, Json] = {}
    for key, value in node.items():
        if key == "Ref" and isinstance(value, str):
            found[key] = _new(value, names)
        elif key == "Fn::GetAtt" and isinstance(value, list) and value:
            found[key] = [_new(value[0], names), *(_with_names(each, names) for each in value[1:])]
        elif key == "Fn::GetAtt" and isinstance(value, str):
            first, dot, rest = value.partition(".")
            found[key] = f"{_new(first, names)}{dot}{rest}"
        elif key == "Fn::Sub":
            text, own = (value, {}) if isinstance(value, str) else value if _is_pair(value) else ("", {})
            written = _renamed_text(text, names - set(own))
            found[key] = written if isinstance(value, str) else [written, _with_names(own, names)]
        elif key == "DependsOn":
            found[key] = _new(value, names) if isinstance(value, str) else [_new(each, names) for each in value]
        else:
            found[key] = _with_names(value, names, variables)
    return found


def _is_pair(value: Json) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)


def _new(name: Json, names: set[str]) -> Json:
    return f"{name}{RENAMED}" if isinstance(name, str) and name in names else name


def _renamed_text(text: str, names: set[str]) -> str:
    def new(hole: re.Match[str]) -> str:
        first, dot, rest = hole[1].strip().partition(".")
        return f"${{{_new(first, names)}{dot}{rest}}}"

    return _HOLE.sub(new, text)


def _named(node: Json) -> Iterator[str]:
    """Whatever names of resources stand in a node."""
    if isinstance(node, list):
        for each in node:
            yield from _named(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield str(value[0]) if isinstance(value, list) and value else str(value).partition(".")[0]
            elif key == "Fn::Sub":
                text = value if isinstance(value, str) else value[0] if _is_pair(value) else ""
                yield from (hole[1].strip().partition(".")[0] for hole in _HOLE.finditer(text))
                yield from _named(value)
            elif key == "DependsOn":
                yield from [value] if isinstance(value, str) else value
            else:
                yield from _named(value)


def _importing(node: Json, first: set[str], exports: dict[tuple[str, str], str]) -> Json:
    """A node with imports where it refers to one of `first`; what is imported is added to `exports`."""
    if isinstance(node, list):
        return [_importing(each, first, exports) for each in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        name, argument = next(iter(node.items()))
        if name == "Ref" and argument in first:
            return _import(argument, "Ref", exports)
        if name == "Fn::GetAtt" and isinstance(argument, list) and argument[0] in first and len(argument) == 2:
            return _import(argument[0], str(argument[1]), exports)
        if name == "Fn::GetAtt" and isinstance(argument, str) and argument.partition(".")[0] in first:
            return _import(argument.partition(".")[0], argument.partition(".")[2], exports)
        if name == "Fn::Sub" and (isinstance(argument, str) or _is_pair(argument)):
            return _sub_importing(argument, first, exports)
    found = {key: _importing(each, first, exports) for key, each in node.items() if key != "DependsOn"}
    if "DependsOn" in node:
        names = node["DependsOn"] if isinstance(node["DependsOn"], list) else [node["DependsOn"]]
        left = [each for each in names if each not in first]
        found |= {"DependsOn": left} if left else {}
    return found


def _sub_importing(argument: Json, first: set[str], exports: dict[tuple[str, str], str]) -> Json:
    text, own = (argument, {}) if isinstance(argument, str) else argument
    variables = {name: _importing(each, first, exports) for name, each in own.items()}

    def imported(hole: re.Match[str]) -> str:
        name, dot, attribute = hole[1].strip().partition(".")
        if name not in first or hole[1].strip() in own:
            return hole[0]
        label = f"Imported{len(variables)}"
        variables[label] = _import(name, attribute if dot else "Ref", exports)
        return f"${{{label}}}"

    written = _HOLE.sub(imported, text)
    return {"Fn::Sub": [written, variables]} if variables else {"Fn::Sub": written}


def _import(name: str, attribute: str, exports: dict[tuple[str, str], str]) -> Json:
    label = exports.setdefault((name, attribute), f"O{len(exports)}")
    return {"Fn::ImportValue": f"meta-{label}"}


def _reference(name: str, attribute: str) -> Json:
    return {"Ref": name} if attribute == "Ref" else {"Fn::GetAtt": [name, attribute]}
