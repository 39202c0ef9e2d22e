"""Conditions that can have one outcome only, taken as decided.

A parameter's default decides nothing, for the deployment may give another value; one with a single allowed value does,
and so do literals, mappings and the Region that a synthesized template is bound to.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from ..text import as_text
from ..values import Json, Known, Pseudo, Value
from .expanded import Expanded, Surroundings

_MAX_DEPTH = 30


def settled_conditions(body: Mapping[str, Json], surroundings: Surroundings) -> Expanded:
    """`body` without what can never be deployed, and without the choices that are none."""
    decided = _decided(body, surroundings)
    return Expanded(_without(body, decided, choices=True) if decided else body)


def settled_existence(body: Mapping[str, Json], surroundings: Surroundings) -> Expanded:
    """`body`, which chooses no value, without what can never be deployed."""
    decided = _decided(body, surroundings)
    return Expanded(_without(body, decided, choices=False) if decided else body)


def _decided(body: Mapping[str, Json], surroundings: Surroundings) -> dict[str, bool]:
    declared = body.get("Conditions")
    if not isinstance(declared, dict):
        return {}
    outcomes = _Outcomes(declared, _certain(body), surroundings)
    return {name: taken for name in declared if (taken := outcomes.of(name)) is not None}


def _certain(body: Mapping[str, Json]) -> Mapping[str, Json]:
    """`body` with no parameter that may turn out differently."""
    declared = body.get("Parameters")
    if not isinstance(declared, dict):
        return body
    parameters = {}
    for name, parameter in declared.items():
        allowed = parameter.get("AllowedValues") if isinstance(parameter, dict) else None
        if isinstance(allowed, list) and len(allowed) == 1:
            parameters[name] = {**parameter, "Default": allowed[0]}
        elif isinstance(parameter, dict):
            parameters[name] = {key: value for key, value in parameter.items() if key != "Default"}
    return {**body, "Parameters": parameters}


class _Outcomes(Struct):
    declared: Mapping[str, Json]
    body: Mapping[str, Json]
    surroundings: Surroundings
    known: dict[str, bool | None] = field(default_factory=dict)

    def of(self, name: str, depth: int = 0) -> bool | None:
        """Whether the condition holds; None if the deployment decides."""
        if name not in self.known:
            self.known[name] = None  # what a condition says that leads back to it
            self.known[name] = self._holds(self.declared.get(name), depth)
        return self.known[name]

    def _holds(self, raw: Json, depth: int) -> bool | None:
        if not isinstance(raw, dict) or len(raw) != 1 or depth > _MAX_DEPTH:
            return None
        ((function, argument),) = raw.items()
        if function == "Condition" and isinstance(argument, str):
            return self.of(argument, depth + 1)
        if not isinstance(argument, list):
            return None
        if function == "Fn::Equals" and len(argument) == 2:
            return self._equal(argument[0], argument[1])
        sides = [self._holds(each, depth + 1) for each in argument]
        if function == "Fn::Not" and len(sides) == 1:
            return None if sides[0] is None else not sides[0]
        if function in ("Fn::And", "Fn::Or"):
            decisive = function == "Fn::Or"
            return decisive if decisive in sides else None if None in sides else not decisive
        return None

    def _equal(self, left: Json, right: Json) -> bool | None:
        if left == right:
            return True
        one, other = self._text(left), self._text(right)
        return None if one is None or other is None else one == other

    def _text(self, raw: Json) -> str | None:
        # What another template gives is one of the allowed values, too.
        value: Value = replace(self.surroundings, given=frozenset()).value(self.body, raw)
        if value == Pseudo("AWS::Region"):
            return self.surroundings.region
        if value == Pseudo("AWS::AccountId"):
            return self.surroundings.account
        return as_text(value.value) if isinstance(value, Known) else None


def _without(body: Mapping[str, Json], decided: Mapping[str, bool], *, choices: bool) -> Mapping[str, Json]:
    result = dict(body)
    for section in ("Resources", "Outputs"):
        entries = body.get(section)
        if isinstance(entries, dict):
            there = {name: entry for name, entry in entries.items() if decided.get(_condition(entry)) is not False}
            if choices:
                there = {name: _chosen(entry, decided) for name, entry in there.items()}
            result[section] = {name: _unconditional(entry, decided) for name, entry in there.items()}
    return result


def _condition(entry: Json) -> str:
    condition = entry.get("Condition") if isinstance(entry, dict) else None
    return condition if isinstance(condition, str) else ""


def _unconditional(entry: Json, decided: Mapping[str, bool]) -> Json:
    """A resource or an output without a condition that always holds."""
    if _condition(entry) not in decided:
        return entry
    return {key: value for key, value in entry.items() if key != "Condition"}


def _chosen(node: Json, decided: Mapping[str, bool]) -> Json:
    if isinstance(node, list):
        return [_chosen(each, decided) for each in node]
    if not isinstance(node, dict):
        return node
    match node:
        case {"Fn::If": [str() as condition, then, otherwise]} if len(node) == 1 and condition in decided:
            return _chosen(then if decided[condition] else otherwise, decided)
    return {key: _chosen(value, decided) for key, value in node.items()}
