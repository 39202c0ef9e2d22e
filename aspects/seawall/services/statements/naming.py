"""Whom a statement names: by logical id, construct path, physical name, ARN or reference."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from itertools import chain, islice

from msgspec.structs import replace

from seawall.template import Known, Props, Resource, Target, alternatives
from seawall.words import probably_meant

from ..wiring import Wiring
from .stated import Stated

_MOST_GUESSES = 1_000
"""Names compared with one that names nothing."""
_FIX = "name what is there, or take the statement out"


def named(one: Stated, entry: Props) -> Iterator[Target]:
    """What the `to` of an entry names; what is gone or cannot be told is noted."""
    section = entry.at("to")
    if not isinstance(entry.raw(), dict):
        return  # its form is wrong, which is said elsewhere
    for leaf, conditions in alternatives(section.value()):
        if isinstance(leaf, Known):
            if not isinstance(leaf.value, str):
                continue  # as well
            found = _own(one, leaf.value)
            if found is not None:
                yield Target(found.address, literal=leaf.value, conditions=conditions)
                continue
        for target in one.wiring.targets(one.resource, leaf):
            if target.address is not None or _outside(target.literal):
                yield replace(target, conditions=conditions)
            elif isinstance(leaf, Known):
                _missing(one, section, str(leaf.value), target)
            elif _undeclared(one, section):
                one.wrong(section, target.why, _FIX)
            else:
                one.unknown(section, target.why)


def _own(one: Stated, name: str) -> Resource | None:
    """The resource of this template, or else the construct of the app, that is called `name`."""
    return one.wiring.template(one.resource).resources.get(name) or _constructs(one.wiring, one.resource.app).get(name)


def _constructs(wiring: Wiring, app: str) -> Mapping[str, Resource]:
    """Resources by construct path; of one that several apps have, that of `app`."""

    def index() -> dict[str, Resource]:
        found: dict[str, Resource] = {}
        for resource in sorted(wiring.app.resources(), key=lambda each: each.app != app):
            found.setdefault(resource.site_id, resource)
            found.setdefault(resource.construct_path or resource.site_id, resource)
        return found

    return wiring.once(("resources by construct path", app), index)


def _outside(literal: str | None) -> bool:
    """Whether the text names something wherever it is: an ARN or a URL."""
    return literal is not None and "${?}" not in literal and (literal.startswith("arn:") or "://" in literal)


def _missing(one: Stated, section: Props, name: str, target: Target) -> None:
    if target.ambiguous:
        one.wrong(section, target.why, "name it by its construct path")
    elif "/" in name and not _in_what_was_given(one.wiring, name):
        one.unknown(section, f"{name} is not among the analysed resources")
    else:
        constructs = _constructs(one.wiring, one.resource.app)
        known = list(islice(chain(one.wiring.template(one.resource).resources, constructs), _MOST_GUESSES))
        near = probably_meant(name, known, 0.75)
        guess = f"; did you mean {near}?" if near else ""
        one.wrong(section, f"{name} names nothing that is analysed{guess}", _FIX)


def _in_what_was_given(wiring: Wiring, name: str) -> bool:
    """Whether a construct of this path would have been read: a cloud assembly is whole, a template is one stack."""
    templates = wiring.app.templates.values()
    if all(template.construct_path is not None for template in templates):
        return True
    for template in templates:
        around = [posixpath.dirname(resource.site_id) for resource in template.resources.values()]
        common = posixpath.commonpath(around) if around and not any(path.startswith("/") for path in around) else ""
        if common and name.startswith(f"{common}/"):
            return True
    return False


def _undeclared(one: Stated, section: Props) -> bool:
    """Whether it is a reference to what its own template does not declare."""
    raw = section.raw()
    argument = raw.get("Ref", raw.get("Fn::GetAtt")) if isinstance(raw, dict) else None
    name = argument[0] if isinstance(argument, list) and argument else argument
    body = one.wiring.template(one.resource).body
    names = {each for key in ("Resources", "Parameters") for each in (body.get(key) or ())}
    return isinstance(name, str) and name.partition(".")[0] not in names and not name.startswith("AWS::")
