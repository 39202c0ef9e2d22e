"""The vocabulary: which statements there are, of what, and which form they take."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from seawall.template import Json, Known, Props, Unknown, outcomes
from seawall.words import probably_meant

from ..ecr.kinds import CREATION_TEMPLATE, REPOSITORY
from ..eventbridge.buses import RULE
from ..lambda_.functions import FUNCTION, QUALIFIED
from ..sns.topics import SUBSCRIPTION
from ..stepfunctions.machine import MACHINE
from ..work import STATEABLE
from .stated import Stated


def _positive(raw: Json) -> bool:
    try:
        return not isinstance(raw, (bool, list, dict)) and raw is not None and 0 < float(raw) < 1e9
    except ValueError:
        return False


class Form(Struct, frozen=True):
    """What a value may be."""

    fits: Callable[[Json], bool]
    words: str


_FLAG = Form(lambda raw: isinstance(raw, bool) or raw in ("true", "false"), "true or false")
_TEXT = Form(lambda raw: isinstance(raw, str) and bool(raw), "text")
_NAME = Form(_TEXT.fits, "a resource's name or a reference to it")
_WHEN = Form(
    lambda raw: raw in ("failure", "always", "instead_of_failing"), '"failure", "always" or "instead_of_failing"'
)
_REASON = Form(lambda raw: isinstance(raw, bool) or _TEXT.fits(raw), "true, false or a reason")
_LAPS = Form(
    lambda raw: (
        raw.isdecimal() and len(raw) < 10 and int(raw) > 0
        if isinstance(raw, str)
        else isinstance(raw, int) and not isinstance(raw, bool) and raw > 0
    ),
    "a whole number from 1",
)
_PATTERNS = Form(
    lambda raw: isinstance(raw, list) and all(isinstance(each, str) and each for each in raw),
    'a list of patterns of tags such as ["sha-*"], which may be empty',
)
_TAGS_OR_NUMBER = Form(
    lambda raw: _PATTERNS.fits(raw) or (_LAPS.fits(raw) and not isinstance(raw, list)),
    "a list of tags, or a number of images",
)
_PACE = Form(
    lambda raw: all(map(_positive, raw.values())) and bool(raw) if isinstance(raw, dict) else _positive(raw),
    'a number above 0, or one for each family of tags such as {"sha-*": 20}',
)
_COUNT = Form(
    lambda raw: (
        raw.isdecimal() and len(raw) < 10
        if isinstance(raw, str)
        else isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0
    ),
    "a whole number from 0",
)

ENTRIES: Mapping[str, Mapping[str, Form]] = {
    "sends_to": {"to": _NAME, "when": _WHEN, "laps": _LAPS},
    "calls": {"to": _NAME, "raises": _FLAG, "awaited": _FLAG, "laps": _LAPS},
    "never_sends_to": {"to": _NAME},
    "acknowledge": {"rule": _TEXT, "reason": _TEXT, "until": _TEXT, "owner": _TEXT},
}
"""Statements that are lists, with the keys of an entry; the first key must be there."""
IMAGES: Mapping[str, Form] = {
    "pushes_per_day": _PACE,
    "days_between_deployments": _LAPS,
    "rollbacks": _COUNT,
    "images_per_push": _LAPS,
    "also_tagged": _PATTERNS,
    "used_elsewhere": _TAGS_OR_NUMBER,
    "pulled_daily": _FLAG,
    "build_tags": _PATTERNS,
    "moving_tags": _PATTERNS,
}
"""What is stated of a repository and of the images in it."""
TRAITS: Mapping[str, Form] = {
    "idempotent": _REASON,
    "max_attempts": _LAPS,
    "raises": _FLAG,
    "once_per_batch": _FLAG,
    "matches": _FLAG,
    **IMAGES,
}

_CODE = (FUNCTION, *QUALIFIED, *STATEABLE)
_RUNS = ("functions, containers, jobs and state machines", (*_CODE, MACHINE))
OF: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "idempotent": _RUNS,
    "max_attempts": _RUNS,
    "raises": ("functions, containers and jobs", _CODE),
    "once_per_batch": _RUNS,
    "matches": ("rules and subscriptions", (RULE, SUBSCRIPTION)),
    **dict.fromkeys(IMAGES, ("repositories", (REPOSITORY, CREATION_TEMPLATE))),
}
"""Of what a trait can be stated: in words, and as resource types."""


def not_of(trait: str, kind: str) -> str:
    """Why `trait` cannot be stated of a resource of type `kind`; empty if it can.

    >>> not_of("raises", "AWS::SQS::Queue"), not_of("raises", "AWS::Lambda::Function")
    ('raises is stated of functions, containers and jobs, not of an AWS::SQS::Queue', '')
    """
    words, kinds = OF[trait]
    return "" if kind in kinds else f"{trait} is stated of {words}, not of an {kind}"


def check(one: Stated) -> bool:
    """Note every statement that is none: unknown keys, values of another form, traits of what cannot have them.

    False where there is nothing to read at all.
    """
    if not isinstance(one.resource.metadata["seawall"], dict):
        one.wrong(one.section, "the statements are no object", f"write an object of {_listed((*ENTRIES, *TRAITS))}")
        return False
    for name, value in one.section.mapping():
        if name in TRAITS:
            _fits(one, value, name, TRAITS[name])
            why = not_of(name, one.resource.type)
            if why:
                where = (
                    "of the repository"
                    if name in IMAGES
                    else "at what runs the code, or at the mapping that has the filter"
                )
                one.wrong(value, why, f"state it {where}")
        elif name in ENTRIES:
            for item in one.section.items(name):
                _entry(one, item.props, name)
        else:
            one.wrong(value, f"{name!r} is no statement{_near(name, (*ENTRIES, *TRAITS))}", _use((*ENTRIES, *TRAITS)))
    return True


def _entry(one: Stated, entry: Props, name: str) -> None:
    raw, keys = entry.raw(), ENTRIES[name]
    first = next(iter(keys))
    example = f'{{"{first}": ...}}'
    if not isinstance(raw, dict):
        one.wrong(entry, f"an entry of {name} is an object such as {example}, not {_shown(raw)}", f"write {example}")
        return
    if first not in raw:
        one.wrong(entry, f"{name} names nothing: `{first}` is missing", f"write {example}")
    for key in raw:
        if key in keys:
            _fits(one, entry.at(key), key, keys[key])
        else:
            one.wrong(entry.at(key), f"{name} takes no {key!r}{_near(key, keys)}", _use(keys))


def _fits(one: Stated, section: Props, name: str, form: Form) -> None:
    for leaf in outcomes(section.value()):
        if isinstance(leaf, Known) and not form.fits(leaf.value):
            one.wrong(section, f"`{name}` is {form.words}, not {_shown(leaf.value)}", f"write {form.words}")
        elif isinstance(leaf, Unknown) and form is not _NAME:
            one.unknown(section, leaf.why)


def _near(name: str, known: Iterable[str]) -> str:
    near = probably_meant(name, known)
    return f"; did you mean {near}?" if near else ""


def _use(names: Iterable[str]) -> str:
    return f"use {_listed(names)}"


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _shown(raw: Json) -> str:
    text = json.dumps(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."
