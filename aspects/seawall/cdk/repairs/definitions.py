"""Edits of state machine definitions, in whatever form the template holds them.

Text stays text, a join stays a join, and whatever the deployment fills in stays where it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from seawall.template import Json, Resource

from .json_text import Keys, added, removed, replaced, scan
from .overrides import Override

_HOLES = range(0xE000, 0xF8FF)
"""Unicode's private use area: one character for each intrinsic in the text."""
FILE = "its definition is a file: edit that"


@dataclass(frozen=True, slots=True)
class StateEdit:
    """One member of an object in a definition that gets another value, or goes."""

    state: str
    keys: tuple[str | int, ...]
    """The way to the member, below the state."""
    new: Json
    """None: it goes."""


class UneditableError(Exception):
    """Why a definition cannot be edited, as a clause."""


def edited(resource: Resource, edits: Sequence[StateEdit], why: str, said: str) -> list[Override]:
    """The changes that make `edits` of a machine's definition. `UneditableError` where it cannot be done."""
    properties = resource.properties
    raw = properties.get("DefinitionString")
    if isinstance(raw, (str, dict)) and raw:
        return [Override(resource.address, ("DefinitionString",), _edited(raw, edits), why, raw, said=said)]
    raw = properties.get("Definition")
    if isinstance(raw, dict):
        places = _states(_flat(raw, ()))
        return [_changed(resource, raw, _place(places, edit), edit, why) for edit in edits]
    raise UneditableError(FILE if "DefinitionS3Location" in properties else "it has no definition that can be edited")


def _changed(resource: Resource, raw: Json, keys: Keys, edit: StateEdit, why: str) -> Override:
    old = raw
    for key in keys:
        if isinstance(old, dict):
            old = old.get(str(key))
        elif isinstance(old, list) and isinstance(key, int):
            old = old[key]
    return Override(resource.address, ("Definition", *map(str, keys)), edit.new, why, old)


def _edited(raw: Json, edits: Sequence[StateEdit]) -> Json:
    """A definition's text in its form, edited."""
    match raw:
        case str():
            return _text(raw, edits)
        case {"Fn::Sub": str(text)}:
            return {"Fn::Sub": _text(text, edits)}
        case {"Fn::Sub": [str(text), *rest]}:
            return {"Fn::Sub": [_text(text, edits), *rest]}
        case {"Fn::Join": ["", list(parts)]}:
            return {"Fn::Join": ["", _parts(parts, edits)]}
    raise UneditableError(
        f"its definition stands in {next(iter(raw), '') if isinstance(raw, dict) else 'something else'}"
    )


def _parts(parts: Sequence[Json], edits: Sequence[StateEdit]) -> list[Json]:
    free = (chr(code) for code in _HOLES if chr(code) not in str(parts))
    holes: dict[str, Json] = {}
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        hole = next(free, None)
        if hole is None:
            raise UneditableError("its definition has too many references")
        holes[hole] = part
        pieces.append(hole)
    found: list[Json] = [""]
    for character in _text("".join(pieces), edits):
        if character in holes:
            found += [holes[character], ""]
        else:
            found[-1] = f"{found[-1]}{character}"
    return [part for part in found if part != ""]


def _text(text: str, edits: Sequence[StateEdit]) -> str:
    for edit in edits:
        try:
            spans = scan(text)
        except ValueError as error:
            raise UneditableError(f"its definition cannot be edited: {error}") from None
        keys = _place(_states(spans), edit)
        if edit.new is None:
            text = removed(text, keys)
        elif keys in spans:
            text = replaced(text, keys, json.dumps(edit.new))
        else:
            text = added(text, keys[:-1], f"{json.dumps(keys[-1])}:{json.dumps(edit.new)}")
    return text


def _place(places: Mapping[str, Keys], edit: StateEdit) -> Keys:
    if edit.state not in places:
        raise UneditableError(f"its state {edit.state} is put together by the deployment")
    return (*places[edit.state], *edit.keys)


def _flat(raw: Json, keys: Keys) -> Iterator[Keys]:
    """The way to each value."""
    yield keys
    if isinstance(raw, dict):
        for key, each in raw.items():
            yield from _flat(each, (*keys, key))
    elif isinstance(raw, list):
        for number, each in enumerate(raw):
            yield from _flat(each, (*keys, number))


def _states(every: Iterable[Keys]) -> Mapping[str, Keys]:
    """The way to each state, by name."""
    return {str(keys[-1]): keys for keys in every if _is_state(keys)}


def _is_state(keys: Keys) -> bool:
    match keys:
        case ("States", _):
            return True
        case (*around, "ItemProcessor" | "Iterator", "States", _):
            return _is_state(tuple(around))
        case (*around, "Branches", int(), "States", _):
            return _is_state(tuple(around))
    return False
