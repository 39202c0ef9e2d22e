"""Changes to a JSON document that keep the shape of a template, so that they reach further than changed bytes would."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

from .vocabulary import names, types, values

Json: TypeAlias = Any
Slot: TypeAlias = "tuple[dict[str, Json] | list[Json], Any]"
"""A container, and the key or position in it."""

_MOST_SLOTS = 20_000
SCALARS: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    10,
    0.5,
    -0.0,
    1e308,
    -1e308,
    10**30,
    -(10**30),
    2**31,
    2**63,
    "",
    " ",
    "0",
    "-1",
    "3",
    "1e5",
    "1e999",
    "NaN",
    "Infinity",
    "-Infinity",
    "true",
    "null",
    "٣",
    "²",
    "1_000",
    10**400,
    10**4000,
    "9" * 5000,
    "\0",
    "\x1b[31mred",
    "\r\n::error::x",
    "\ud800",
    "a\udfffb",
    "\u202eevil",
    "\ufeff",
    "<b onclick=x>&amp;",
    "]]>",
    "|`*_[x](y)",
    "%s%n{0}{}",
    "\\",
    "'\"",
    "a" * 3000,
    "../../etc/passwd",
    "/",
    ".",
    "C:\\x",
    "s3://b/k",
    "https://x/y",
    "file:///etc/passwd",
    "${",
    "${}",
    "${A",
    "${!A}",
    "${A.B.C}",
    "${AWS::Region}",
    "${${A}}",
    "{{resolve:ssm:/x}}",
    "{{resolve:",
    "{",
    "[",
    "{}",
    "[]",
    "[1",
    '{"a":',
    '{"Version":"1","Statement":[{}]}',
    '{"StartAt":"A","States":{"A":{}}}',
    '{"rules":[{}]}',
    "arn:",
    "arn:aws:sqs:::x",
    "arn:aws:lambda:r:1:function:f:*",
    "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "arn:aws:states:::states:startExecution.sync:2",
    "arn:aws:states:::aws-sdk:sqs:sendMessage",
    "arn:${AWS::Partition}:::",
    ":::::::::",
    "*",
    "**?*",
    "*" * 40,
    "a*" * 30,
    "$",
    "$.a",
    "$$.x",
    "{% $x %}",
    "States.ALL",
    "rate(1 minute)",
    "rate(0 x)",
    "cron(* * * * ? *)",
    "PT1H",
    "PT",
    "P-1D",
    "2026-11-22T00:00:00Z",
    "1.dkr.ecr.r.amazonaws.com/x:y@sha256:z",
    ":@/",
    "img:latest",
    "AWS::NoValue",
)
EMPTY: tuple[Json, ...] = ({}, [], [[]], [{}], {"": ""}, [None], {"a": None})


def slots(document: Json) -> list[Slot]:
    """Every place in `document` that holds something, outermost first."""
    found: list[Slot] = []
    pending = [document]
    for node in pending:
        if len(found) > _MOST_SLOTS:
            break
        for key, value in list(node.items()) if isinstance(node, dict) else list(enumerate(node)):
            found.append((node, key))
            if isinstance(value, (dict, list)):
                pending.append(value)
    return found


def mutated(document: Json, random: Random, times: int = 1) -> Json:
    """`document` with as many changes, each at a place and of a kind that `random` picks; the argument stays."""
    box = [copy.deepcopy(document)]
    for _ in range(times):
        places = slots(box)
        change = random.choices(_CHANGES, _WEIGHTS)[0]
        change(box[0], places, random)
    return box[0]


def crossed(one: Json, other: Json, random: Random) -> Json:
    """`one` with a piece of `other` put somewhere, or its resources and sections added."""
    one = copy.deepcopy(one)
    if random.random() < 0.5 and isinstance(one, dict) and isinstance(other, dict):
        for section, entries in other.items():
            if isinstance(entries, dict) and isinstance(one.setdefault(section, {}), dict):
                for name in random.sample(list(entries), min(len(entries), 4)):
                    one[section][name] = entries[name]
        return one
    box = [one]
    container, key = random.choice(slots(box))
    container[key] = _content(random.choice(slots([other])))
    return box[0]


def scalar(random: Random) -> Json:
    """A value that some reader may trip over."""
    roll = random.random()
    if roll < 0.6:
        return random.choice(SCALARS)
    return random.choice(values()) if roll < 0.9 else random.randint(-10, 2000)


def intrinsic(document: Json, inner: Json, random: Random) -> Json:
    """A CloudFormation function around `inner`, or one that points at something of the template."""
    name = _some_name(document, random)
    forms: tuple[Json, ...] = (
        {"Ref": name},
        {"Ref": inner},
        {"Fn::GetAtt": [name, random.choice(("Arn", "QueueName", "X", ""))]},
        {"Fn::GetAtt": inner},
        {"Fn::GetAtt": f"{name}.Arn"},
        {"Fn::If": ["C", inner, {"Ref": "AWS::NoValue"}]},
        {"Fn::If": ["C", {"Ref": name}, inner]},
        {"Fn::If": [inner, inner]},
        {"Fn::If": [{"Ref": name}, inner, inner]},
        {"Fn::If": inner},
        {"Fn::Sub": inner},
        {"Fn::Sub": "${" + name + ".Arn}"},
        {"Fn::Sub": [f"x-${{{name}}}-${{V}}", {"V": inner}]},
        {"Fn::Join": [":", [inner, {"Ref": name}]]},
        {"Fn::Join": [inner, inner]},
        {"Fn::Join": ["", inner]},
        {"Fn::Select": [random.choice((0, 1, "0", -1, 99, None)), {"Fn::Split": [":", inner]}]},
        {"Fn::Select": inner},
        {"Fn::Split": [inner, inner]},
        {"Fn::ImportValue": inner},
        {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, inner]},
        {"Fn::FindInMap": inner},
        {"Fn::ToJsonString": inner},
        {"Fn::Length": inner},
        {"Fn::Base64": inner},
        {"Fn::GetStackOutput": inner},
        {"Fn::Cidr": inner},
        {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": inner}}},
        {"Fn::Transform": inner},
        {"Fn::ForEach::L": ["I", ["A", "B"], {"${I}": inner}]},
        {"Fn::ForEach::L": ["I", inner, {"${I}": inner}]},
        {"Fn::ForEach::L": inner},
        {"Fn::Unheard": inner},
        {"Fn::Sub": [inner, inner]},
        {"Fn::GetAZs": inner},
        {"Ref": name, "Fn::Sub": inner},
    )
    return random.choice(forms)


def _some_name(document: Json, random: Random) -> str:
    found = [name for section in ("Resources", "Parameters", "Conditions") for name in _keys(document, section)]
    return random.choice([*found, "Nowhere", "AWS::Region", "AWS::NoValue", "AWS::StackName"])


def _keys(document: Json, section: str) -> list[str]:
    entries = document.get(section) if isinstance(document, dict) else None
    return list(entries) if isinstance(entries, dict) else []


def _content(slot: Slot) -> Json:
    container, key = slot
    return copy.deepcopy(container[key])


def _put_scalar(_document: Json, places: list[Slot], random: Random) -> None:
    container, key = random.choice(places)
    container[key] = scalar(random)


def _put_empty(_document: Json, places: list[Slot], random: Random) -> None:
    container, key = random.choice(places)
    container[key] = copy.deepcopy(random.choice(EMPTY))


def _wrap(_document: Json, places: list[Slot], random: Random) -> None:
    container, key = random.choice(places)
    inner = container[key]
    container[key] = random.choice(([inner], [inner, inner], {random.choice(names()): inner}, {"": inner}))


def _unwrap(_document: Json, places: list[Slot], random: Random) -> None:
    container, key = random.choice(places)
    inner = container[key]
    below = list(inner.values()) if isinstance(inner, dict) else inner if isinstance(inner, list) else []
    if below:
        container[key] = random.choice(below)


def _text(_document: Json, places: list[Slot], random: Random) -> None:
    """JSON as text, and text as JSON: documents in documents."""
    container, key = random.choice(places)
    inner = container[key]
    if isinstance(inner, str):
        try:
            container[key] = json.loads(inner)
        except (ValueError, RecursionError):
            container[key] = inner[: random.randint(0, len(inner))]
    elif isinstance(inner, (dict, list)):
        container[key] = json.dumps(inner)


def _inside_text(_document: Json, places: list[Slot], random: Random) -> None:
    """A change inside of a document that stands as text in another."""
    found = [
        slot for slot in places if isinstance(slot[0][slot[1]], str) and slot[0][slot[1]].lstrip()[:1] in ("{", "[")
    ]
    if found:
        container, key = random.choice(found)
        try:
            inner = json.loads(container[key])
        except (ValueError, RecursionError):
            return
        container[key] = json.dumps(mutated(inner, random))


def _wrap_intrinsic(document: Json, places: list[Slot], random: Random) -> None:
    container, key = random.choice(places)
    container[key] = intrinsic(document, container[key], random)


def _remove(_document: Json, places: list[Slot], random: Random) -> None:
    container, key = random.choice(places)
    if not (isinstance(container, list) and len(container) == 1 and container[0] is _document):
        del container[key]


def _copy(_document: Json, places: list[Slot], random: Random) -> None:
    container, key = random.choice(places)
    if len(places) < _MOST_SLOTS // 4:
        container[key] = _content(random.choice(places))


def _add(document: Json, places: list[Slot], random: Random) -> None:
    found = [container[key] for container, key in places if isinstance(container[key], dict)]
    if found:
        inner = _content(random.choice(places)) if random.random() < 0.3 and len(places) < 5000 else scalar(random)
        inner = random.choice(
            (inner, inner, [inner], {random.choice(names()): inner}, intrinsic(document, inner, random))
        )
        random.choice(found)[random.choice(names())] = inner


def _rename(_document: Json, places: list[Slot], random: Random) -> None:
    container, key = random.choice(places)
    if isinstance(container, dict):
        new = random.choice((random.choice(names()), str(scalar(random)), key.upper(), key + ".$", key * 2))
        container[new] = container.pop(key)


def _resource(document: Json, _places: list[Slot], random: Random) -> None:
    """Another resource, made of pieces that others have, or of another type."""
    resources = document.get("Resources") if isinstance(document, dict) else None
    if not isinstance(resources, dict):
        return
    like = resources[random.choice(list(resources))] if resources else None
    made = copy.deepcopy(like) if isinstance(like, dict) else {"Properties": {}}
    made["Type"] = random.choice(types())
    name = random.choice((*resources, f"R{len(resources)}", "a/b", "__proto__", "é", "x y", "", "R.S"))
    resources[name] = made


def _statement(document: Json, _places: list[Slot], random: Random) -> None:
    resources = document.get("Resources") if isinstance(document, dict) else None
    found = [each for each in resources.values() if isinstance(each, dict)] if isinstance(resources, dict) else []
    if not found:
        return
    name = _some_name(document, random)
    laps: Json = random.choice((5, 0, -1, "5", 10**9, None, [], True, scalar(random)))
    stated: tuple[Json, ...] = (
        {"sends_to": [{"to": name, "when": random.choice(("failure", "always", 5)), "laps": laps}]},
        {"calls": [{"to": {"Ref": name}, "raises": laps}]},
        {"never_sends_to": [{"to": name}]},
        {"acknowledge": [{"rule": random.choice(values()), "reason": scalar(random)}]},
        {"acknowledge": scalar(random)},
        {"idempotent": scalar(random), "raises": False, "once_per_batch": True, "matches": laps},
        scalar(random),
        {random.choice(names()): scalar(random)},
    )
    one = random.choice(found)
    if isinstance(one.setdefault("Metadata", {}), dict):
        one["Metadata"]["seawall"] = random.choice(stated)


def _deepen(_document: Json, places: list[Slot], random: Random) -> None:
    container, key = random.choice(places)
    inner = container[key]
    for _ in range(random.choice((3, 30, 100))):
        inner = {"Fn::If": ["C", inner, 1]} if random.random() < 0.5 else [inner]
    container[key] = inner


_CHANGES: tuple[Callable[[Json, list[Slot], Random], None], ...] = (
    _put_scalar,
    _put_empty,
    _wrap,
    _unwrap,
    _text,
    _inside_text,
    _wrap_intrinsic,
    _remove,
    _copy,
    _add,
    _rename,
    _resource,
    _statement,
    _deepen,
)
_WEIGHTS = (20, 4, 4, 4, 3, 10, 10, 6, 10, 10, 5, 5, 3, 1)
