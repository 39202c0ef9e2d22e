"""Worlds: consistent choices of what templates leave open, such as a stage, a Region, or a condition.

What is finite is enumerated: the values that a parameter may have by `AllowedValues`, the keys of a mapping that it
looks up, the literals that it is compared with, and "another value". A parameter with a default and none of these keeps
its default. One choice holds for the whole app: a parameter that stacks pass on, or that they call alike, is one.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from .nested import passed
from .text import as_text
from .values import Address, Json, is_of, sided

if TYPE_CHECKING:
    from .model import App, Template

Sides: TypeAlias = Mapping[str, bool]
"""By the key of a condition: whether it holds."""
Assignment: TypeAlias = Mapping[str, str]
KnownSides: TypeAlias = dict[int, bool]
"""By `id` of a part of a condition: whether it holds."""

MOST_ASSIGNMENTS = 4_096
"""Assignments that are looked at for conditions which share variables; beyond it every side counts as possible."""
MOST_CHOICES = 256
"""Values of one parameter that are told apart; a parameter that allows more keeps its default, or is unknown."""
MOST_WORLDS = 256
OTHER = "\0"
"""Another value than any that is written down."""
_SWITCHES = {"true": "false", "enabled": "disabled", "running": "stopped"}
_SWITCHES |= {other: one for one, other in _SWITCHES.items()}
"""Words that have one opposite: a parameter with such a default is a switch."""
_MAX_DEPTH = 30
_PSEUDO = ("AWS::Region", "AWS::AccountId", "AWS::Partition")
_NAMES = {"AWS::Region": "the Region", "AWS::AccountId": "the account", "AWS::Partition": "the partition"}


class World(Struct, frozen=True):
    """One consistent choice, as far as some conditions go."""

    sides: Sides
    words: str
    """What it is, as a clause behind "when": ``Stage is prod``."""


class ConditionTerm(Struct, frozen=True):
    """What a condition compares: a literal, or a variable, maybe looked up in a mapping."""

    text: str | None = None
    variable: str | None = None
    table: Mapping[str, str] | None = None

    def value(self, assignment: Assignment) -> str | None:
        """Its text; None where nothing is known of it."""
        if self.variable is None:
            return self.text
        chosen = assignment[self.variable]
        return chosen if self.table is None else self.table.get(chosen)


class Equality(Struct, frozen=True):
    """``Fn::Equals``."""

    left: ConditionTerm
    right: ConditionTerm

    @property
    def variables(self) -> frozenset[str]:
        """What it depends on."""
        return frozenset(term.variable for term in (self.left, self.right) if term.variable is not None)

    @property
    def opaque(self) -> frozenset[str]:
        """The names of what in it cannot be taken apart."""
        return frozenset()

    def holds(self, assignment: Assignment, _known: KnownSides) -> bool:
        """Whether both sides are equal; another value equals nothing that is written down."""
        left, right = self.left.value(assignment), self.right.value(assignment)
        if OTHER in (left, right):
            return self.left == self.right
        return left == right


class OpaqueCondition(Struct, frozen=True):
    """What cannot be taken apart: equal expressions have equal outcomes."""

    name: str

    @property
    def variables(self) -> frozenset[str]:
        """Itself."""
        return frozenset((self.name,))

    opaque = variables

    def holds(self, assignment: Assignment, _known: KnownSides) -> bool:
        """As it was chosen."""
        return assignment[self.name] == "true"


class CombinedCondition(Struct, frozen=True, dict=True):
    """``Fn::And``, ``Fn::Or`` or ``Fn::Not``. Conditions may share parts: each of them is looked at once."""

    function: str
    parts: tuple[Formula, ...]

    @cached_property
    def variables(self) -> frozenset[str]:
        """Those of all parts."""
        return frozenset().union(*(part.variables for part in self.parts))

    @cached_property
    def opaque(self) -> frozenset[str]:
        """Those of all parts."""
        return frozenset().union(*(part.opaque for part in self.parts))

    def holds(self, assignment: Assignment, known: KnownSides) -> bool:
        """Whether all, any or none of the parts hold; `known`: what was found out of parts for this assignment."""
        if id(self) not in known:
            sides = (part.holds(assignment, known) for part in self.parts)
            if self.function == "Fn::Not":
                known[id(self)] = not any(sides)
            else:
                known[id(self)] = any(sides) if self.function == "Fn::Or" else all(sides)
        return known[id(self)]


Formula: TypeAlias = "Equality | OpaqueCondition | CombinedCondition"


class Worlds:
    """What the templates of an app leave open together."""

    def __init__(self, app: App) -> None:
        """`app` is what the conditions stand in."""
        self._app = app
        self._formulas: dict[str, Formula] = {}
        self._depends: dict[str, frozenset[str]] = {}
        self._vectors: dict[frozenset[str], list[tuple[dict[str, bool], dict[str, str]]] | None] = {}
        self._consistent: dict[frozenset[tuple[str, bool]], bool] = {}

    # --- what is open

    def key(self, template: str, condition: str) -> str:
        """The name of a condition in the whole app; ``Stage is dev`` is one already."""
        if " is " in condition:
            return condition
        name, of, other = condition.partition(" of ")
        return f"{other if of else template}#{name}"

    def variable(self, template: Template, parameter: str, depth: int = 0) -> ConditionTerm | None:
        """A parameter as a term: what the stack that nests this one passes, else a variable; None if undeclared."""
        declared = _declared(template, parameter)
        if declared is None or depth > _MAX_DEPTH:
            return None
        given = _given(self._app, template, parameter)
        if given is not None:
            return self._term(*given, depth + 1) or ConditionTerm(variable=f"{parameter} of {template.key}")
        return ConditionTerm(variable=parameter)

    def choices(self, template: Template, parameter: str) -> tuple[str, tuple[str, ...]] | None:
        """The variable behind a parameter with its values, where `AllowedValues` or a mapping leave several."""
        term = self.variable(template, parameter)
        if term is None or term.variable is None or term.table is not None:
            return None
        values = self.closed.get(term.variable, ())
        return (term.variable, values) if 0 < len(values) <= MOST_CHOICES else None

    @cached_property
    def closed(self) -> Mapping[str, tuple[str, ...]]:
        """Variables whose values are all known: by `AllowedValues`, or the sides of a switch; defaults first."""
        found: dict[str, tuple[str, ...]] = {}
        for template in self._app.templates.values():
            for name, parameter in _parameters(template):
                allowed = [text for text in map(as_text, _list(parameter.get("AllowedValues"))) if text is not None]
                default = as_text(parameter.get("Default"))
                allowed = allowed or _both_sides(default)
                if allowed and _given(self._app, template, name) is None:
                    ordered = sorted(allowed, key=lambda value: value != default)
                    found[name] = tuple(dict.fromkeys((*found.get(name, ()), *ordered)))
        return found

    @cached_property
    def _domains(self) -> Mapping[str, tuple[str, ...]]:
        """The values of each variable that are told apart."""
        found = {name: list(values) for name, values in self.closed.items()}
        defaults: dict[str, str] = {}
        looked_up: dict[str, list[str]] = {}
        for template in self._app.templates.values():
            for name, parameter in _parameters(template):
                default = as_text(parameter.get("Default"))
                if default is not None and _given(self._app, template, name) is None:
                    defaults.setdefault(name, default)
            for term, keys in self._lookups(template):
                if term.variable is not None and term.table is None:
                    looked_up.setdefault(term.variable, []).extend(keys)
        compared = self._compared()
        for name in dict.fromkeys((*defaults, *looked_up, *compared)):
            if name not in found:
                named = (*((defaults[name],) if name in defaults else ()), *looked_up.get(name, ()))
                found[name] = list(dict.fromkeys((*named, *compared.get(name, ()))))
                if name not in looked_up:
                    found[name].append(OTHER)
        return {name: tuple(values) for name, values in found.items()}

    def _compared(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        pending: deque[Formula] = deque()
        for template in self._app.templates.values():
            conditions = template.body.get("Conditions")
            names = conditions if isinstance(conditions, dict) else ()
            pending.extend(self._formula(f"{template.key}#{name}") for name in names)
        seen: set[int] = set()
        while pending:
            formula = pending.popleft()
            if id(formula) in seen:
                continue
            seen.add(id(formula))
            if isinstance(formula, CombinedCondition):
                pending.extendleft(reversed(formula.parts))
            elif isinstance(formula, Equality):
                for one, other in ((formula.left, formula.right), (formula.right, formula.left)):
                    if one.variable is not None and one.table is None and other.variable is None and other.text:
                        found.setdefault(one.variable, []).append(other.text)
                    elif one.variable is not None and one.table is not None:
                        found.setdefault(one.variable, []).extend(one.table)
        return found

    def _lookups(self, template: Template) -> Iterator[tuple[ConditionTerm, list[str]]]:
        """Parameters that choose an entry of a mapping, with its keys."""
        mappings = template.body.get("Mappings")
        if not isinstance(mappings, dict):
            return
        pending: list[Json] = [template.body.get("Resources"), template.body.get("Conditions")]
        while pending:
            node = pending.pop()
            if isinstance(node, dict):
                argument = node.get("Fn::FindInMap")
                if len(node) == 1 and isinstance(argument, list) and len(argument) == 3:
                    yield from self._looked_up(template, mappings, argument)
                pending.extend(node.values())
            elif isinstance(node, list):
                pending.extend(node)

    def _looked_up(
        self, template: Template, mappings: Mapping[str, Json], argument: list[Json]
    ) -> Iterator[tuple[ConditionTerm, list[str]]]:
        table = mappings.get(argument[0]) if isinstance(argument[0], str) else None
        if not isinstance(table, dict):
            return
        first = self._term(template, argument[1], 0)
        if first is not None:
            yield first, list(table)
        second = self._term(template, argument[2], 0)
        if second is not None:
            yield second, list(dict.fromkeys(key for row in table.values() if isinstance(row, dict) for key in row))

    def map_choices(self, template: Template, raw: Json, keys: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
        """The variable that chooses among the `keys` of a mapping, and those of them that it can have."""
        term = self._term(template, raw, 0)
        if term is None or term.variable is None or term.table is not None:
            return None
        known = dict.fromkeys(keys)
        possible = tuple(key for key in self._domains.get(term.variable) or known if key in known)
        return (term.variable, possible) if 0 < len(possible) <= MOST_CHOICES else None

    # --- formulas

    def _formula(self, key: str) -> Formula:
        if key not in self._formulas:
            self._formulas[key] = OpaqueCondition(key)  # what a condition says that leads back to it
            self._formulas[key] = self._read(key)
        return self._formulas[key]

    def _read(self, key: str) -> Formula:
        if " is " in key:
            variable, _, value = key.partition(" is ")
            return Equality(ConditionTerm(variable=variable), ConditionTerm(text=value))
        name, _, condition = key.rpartition("#")
        template = self._app.templates.get(name)
        conditions = template.body.get("Conditions") if template else None
        raw = conditions.get(condition) if isinstance(conditions, dict) else None
        return OpaqueCondition(key) if template is None or raw is None else self._parsed(template, raw, 0)

    def _variables(self, key: str) -> frozenset[str]:
        """What a condition depends on."""
        if key not in self._depends:
            self._depends[key] = self._formula(key).variables
        return self._depends[key]

    def _parsed(self, template: Template, raw: Json, depth: int) -> Formula:
        if isinstance(raw, dict) and len(raw) == 1 and depth < _MAX_DEPTH:
            ((function, argument),) = raw.items()
            if function == "Condition" and isinstance(argument, str):
                return self._formula(f"{template.key}#{argument}")
            if function == "Fn::Equals" and isinstance(argument, list) and len(argument) == 2:
                left, right = (self._term(template, each, depth) for each in argument)
                if left is not None and right is not None:
                    return Equality(left, right)
                return OpaqueCondition(json.dumps(sorted(map(_canonical, argument))))
            if function in ("Fn::And", "Fn::Or", "Fn::Not") and isinstance(argument, list):
                return CombinedCondition(function, tuple(self._parsed(template, each, depth + 1) for each in argument))
        return OpaqueCondition(_canonical(raw))

    def _term(self, template: Template, raw: Json, depth: int) -> ConditionTerm | None:
        """None for what cannot be taken apart."""
        text = as_text(raw)
        if text is not None:
            return ConditionTerm(variable=text) if "{{resolve:" in text else ConditionTerm(text=text)
        if not isinstance(raw, dict) or len(raw) != 1 or depth > _MAX_DEPTH:
            return None
        ((function, argument),) = raw.items()
        if function == "Fn::Sub" and isinstance(argument, str):
            whole = argument.strip()
            if whole.startswith("${") and whole.endswith("}") and whole.count("${") == 1 and "." not in whole:
                function, argument = "Ref", whole[2:-1]
        if function == "Ref" and argument in _PSEUDO:
            known = {"AWS::Region": template.region, "AWS::AccountId": template.account}.get(argument)
            return ConditionTerm(text=known) if known else ConditionTerm(variable=argument)
        if function == "Ref" and isinstance(argument, str):
            return self.variable(template, argument, depth + 1)
        if function == "Fn::FindInMap" and isinstance(argument, list) and len(argument) == 3:
            return self._entry(template, argument, depth)
        return None

    def _entry(self, template: Template, argument: list[Json], depth: int) -> ConditionTerm | None:
        mappings = template.body.get("Mappings")
        table = mappings.get(argument[0]) if isinstance(mappings, dict) and isinstance(argument[0], str) else None
        keys = [self._term(template, each, depth + 1) for each in argument[1:]]
        if not isinstance(table, dict) or None in keys:
            return None
        row, column = (key for key in keys if key is not None)
        if row.table is not None or column.table is not None:
            return None
        if row.variable is None:
            entries = table.get(row.text)
            if column.variable is None:
                found = as_text(entries.get(column.text)) if isinstance(entries, dict) else None
                return None if found is None else ConditionTerm(text=found)
            return ConditionTerm(variable=column.variable, table=_texts(entries))
        if column.variable is None:
            rows = {key: each.get(column.text) for key, each in table.items() if isinstance(each, dict)}
            return ConditionTerm(variable=row.variable, table=_texts(rows))
        return None

    # --- worlds

    def consistent(self, sides: Sides) -> bool:
        """Whether the conditions can be so at once."""
        key = frozenset(sides.items())
        if key not in self._consistent:
            self._consistent[key] = self._is_consistent(sides)
        return self._consistent[key]

    def _is_consistent(self, sides: Sides) -> bool:
        for group in self._groups(sides):
            vectors = self._vectors_of(group)
            if vectors is not None and not any(
                all(vector[key] == sides[key] for key in group) for vector, _ in vectors
            ):
                return False
        return True

    def split(self, key: str) -> tuple[Sides, ...]:
        """What there is instead of a condition: its two sides; of what a parameter is, each value that it can have."""
        variable, _, value = key.partition(" is ")
        domain = self._domains.get(variable, ()) if value else ()
        if value not in domain or len(domain) > MOST_CHOICES:
            return {key: True}, {key: False}
        named = [f"{variable} is {each}" for each in domain if each != OTHER]
        rest = (dict.fromkeys(named, False),) if OTHER in domain else ()
        return (*({each: True} for each in named), *rest)

    def implied(self, key: str, sides: Sides) -> bool | None:
        """Which side a condition takes where others are as given; None where both are possible."""
        if key in sides:
            return sides[key]
        possible = [side for side in (True, False) if self.consistent({**sides, key: side})]
        return possible[0] if len(possible) == 1 else None

    def assignments(self, keys: Iterable[str], most: int = MOST_WORLDS) -> tuple[World, ...] | None:
        """Every world that some conditions tell apart; None where there are more than `most`.

        The worlds of defaults come first.
        """
        wanted = sorted(set(keys))
        per_group: list[list[tuple[dict[str, bool], dict[str, str]]]] = []
        count = 1
        for group in self._groups(dict.fromkeys(wanted, True)):
            vectors = self._vectors_of(group)
            if vectors is None:
                vectors = [
                    (dict(zip(sorted(group), each, strict=True)), {})
                    for each in itertools.islice(itertools.product((True, False), repeat=len(group)), most + 1)
                ]
            per_group.append(vectors)
            count *= max(1, len(vectors))
            if count > most:
                return None
        found = []
        for combination in itertools.product(*per_group):
            sides = {key: side for vector, _ in combination for key, side in vector.items()}
            chosen = {name: value for _, each in combination for name, value in each.items()}
            found.append(World(sides, self._words(chosen, sides)))
        return tuple(found)

    def attributes(self, keys: Iterable[str]) -> tuple[tuple[World, ...], ...]:
        """The worlds of each set of conditions that hang together; sets are independent of each other."""
        found: list[tuple[World, ...]] = []
        for group in self._groups(dict.fromkeys(sorted(keys), True)):
            worlds = self.assignments(group)
            if worlds is not None:
                found.append(worlds)
            else:  # too many to tell: each side counts as possible
                found += ((World({key: True}, key), World({key: False}, f"not {key}")) for key in sorted(group))
        return tuple(found)

    def words(self, sides: Sides) -> str:
        """A world in which the conditions are so, as a clause; what they say by themselves where none is known."""
        chosen: dict[str, str] = {}
        for group in self._groups(sides):
            vectors = self._vectors_of(group) or []
            fitting = [each for vector, each in vectors if all(vector[key] == sides[key] for key in group)]
            chosen.update(fitting[0] if fitting else {})
        return self._words(chosen, sides)

    def _groups(self, sides: Sides) -> list[frozenset[str]]:
        """Conditions that share variables, directly or through others."""
        groups: list[tuple[set[str], set[str]]] = []
        for key in sides:
            variables, keys = set(self._variables(key)), {key}
            if len(groups) == 1 and variables <= groups[0][1]:
                groups[0][0].add(key)  # what hangs together already grows by it
                continue
            apart = []
            for one, other in groups:
                if other & variables:
                    keys |= one
                    variables |= other
                else:
                    apart.append((one, other))
            groups = [*apart, (keys, variables)]
        return [frozenset(keys) for keys, _ in groups]

    def _vectors_of(self, group: frozenset[str]) -> list[tuple[dict[str, bool], dict[str, str]]] | None:
        """The combinations of sides that occur, each with the first assignment that gives it; None for too many."""
        if group not in self._vectors:
            self._vectors[group] = self._enumerated(group)
        return self._vectors[group]

    def _enumerated(self, group: frozenset[str]) -> list[tuple[dict[str, bool], dict[str, str]]] | None:
        alone = self._of_one_variable(group)
        if alone is not None:
            return alone
        formulas = {key: self._formula(key) for key in sorted(group)}
        variables = sorted(frozenset().union(*map(self._variables, formulas)))
        opaque = frozenset[str]().union(*(formula.opaque for formula in formulas.values()))
        domains = [("true", "false") if each in opaque else self._domains.get(each) or (OTHER,) for each in variables]
        if math.prod(map(len, domains)) > MOST_ASSIGNMENTS:
            return None
        found: dict[tuple[bool, ...], dict[str, str]] = {}
        for values in itertools.product(*domains):
            assignment = dict(zip(variables, values, strict=True))
            known: KnownSides = {}
            vector = tuple(formula.holds(assignment, known) for formula in formulas.values())
            found.setdefault(vector, assignment)
        return [(dict(zip(formulas, vector, strict=True)), assignment) for vector, assignment in found.items()]

    def _of_one_variable(self, group: frozenset[str]) -> list[tuple[dict[str, bool], dict[str, str]]] | None:
        """The same of conditions that each say what one and the same variable is; None for any others."""
        named: dict[str, list[str]] = {}
        variable: str | None = None
        for key in sorted(group):
            formula = self._formula(key)
            if not isinstance(formula, Equality) or formula.left.table is not None or formula.left.variable is None:
                return None
            if formula.right.text is None or variable not in (None, formula.left.variable):
                return None
            variable = formula.left.variable
            named.setdefault(formula.right.text, []).append(key)
        nothing = {key: False for keys in named.values() for key in keys}
        found: list[tuple[dict[str, bool], dict[str, str]]] = []
        left = True
        for value in self._domains.get(variable or "") or (OTHER,):
            keys = named.get(value, ()) if value != OTHER else ()
            if keys or left:
                found.append(({**nothing, **dict.fromkeys(keys, True)}, {variable or "": value}))
                left = left and bool(keys)
        return found

    def _words(self, chosen: Mapping[str, str], sides: Sides) -> str:
        told = [self._told(name, value) for name, value in sorted(chosen.items()) if not _is_opaque(name, value)]
        decided = frozenset(name for name, value in chosen.items() if not _is_opaque(name, value))
        for key, side in sorted(sides.items()):
            if not self._variables(key) <= decided:
                name = key.rpartition("#")[2]
                told.append(f"condition {name} {'holds' if side else 'does not hold'}")
        return " and ".join(told)

    def _told(self, name: str, value: str) -> str:
        shown = _NAMES.get(name, is_of(name))
        if value != OTHER:
            return f"{shown} is {value}"
        named = [each for each in self._domains.get(name, ()) if each != OTHER]
        if not named:
            return f"{shown} is any value"
        return f"{shown} is not {named[0]}" if len(named) == 1 else f"{shown} is none of {', '.join(named)}"


def _is_opaque(name: str, value: str) -> bool:
    return value in ("true", "false") and (name[:1] in '{["' or "#" in name)


def _declared(template: Template, name: str) -> Json:
    parameters = template.body.get("Parameters")
    found = parameters.get(name) if isinstance(parameters, dict) else None
    return found if isinstance(found, dict) else None


def _parameters(template: Template) -> Iterator[tuple[str, Mapping[str, Json]]]:
    parameters = template.body.get("Parameters")
    for name, parameter in parameters.items() if isinstance(parameters, dict) else ():
        if isinstance(name, str) and isinstance(parameter, dict):
            yield name, parameter


def _given(app: App, template: Template, name: str) -> tuple[Template, Json] | None:
    """What the stack that nests this one passes for a parameter, and the template in which that holds."""
    address: Address | None = template.parent
    parent = app.templates.get(address.template) if address else None
    nested = app.resource(address) if address else None
    given = passed(nested.type, nested.properties) if nested else {}
    return None if parent is None or name not in given else (parent, given[name])


def _within(one: str, other: str) -> bool:
    """Whether one of two properties is the other, or holds it."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _list(raw: Json) -> list[Json]:
    return raw if isinstance(raw, list) else []


def _both_sides(default: str | None) -> list[str]:
    """The values of a switch, told by its default; none of anything else.

    >>> _both_sides("False"), _both_sides("ENABLED"), _both_sides("prod")
    (['False', 'True'], ['ENABLED', 'DISABLED'], [])
    """
    other = _SWITCHES.get((default or "").lower())
    if other is None or default is None:
        return []
    return [default, other.upper() if default.isupper() else other.capitalize() if default[0].isupper() else other]


def _texts(raw: Json) -> Mapping[str, str]:
    entries = raw.items() if isinstance(raw, dict) else ()
    return {key: text for key, value in entries if (text := as_text(value)) is not None}


def _canonical(raw: Json) -> str:
    return json.dumps(raw, sort_keys=True, default=str)


class ParameterDefault(Struct, frozen=True):
    """A parameter to which nobody gives a value, so that its default was taken."""

    name: str
    shown: str = ""
    """The default; empty where it is not to be shown."""

    @property
    def clause(self) -> str:
        """What is assumed.

        >>> ParameterDefault("Receives", "5").clause
        'parameter Receives keeps its default 5'
        """
        return f"parameter {self.name} keeps its default {self.shown}".rstrip()


class Reading(Struct, dict=True):
    """Which sides of conditions are taken while something is read, and which would have to be."""

    worlds: Worlds
    taken: dict[str, bool] = field(default_factory=dict)
    needs: dict[str, None] = field(default_factory=dict)
    passed: dict[str, None] = field(default_factory=dict)
    """Choices that were passed over, because text was put together with the default."""
    unresolved: dict[tuple[Address, str], str] = field(default_factory=dict)
    """Properties that somebody has asked for and that nothing resolves, with why."""
    slips: dict[tuple[Address, str], str] = field(default_factory=dict)
    """Properties under a name in another case than somebody has asked for, with the name that was asked for."""
    by_default: dict[ParameterDefault, None] = field(default_factory=dict)
    """The defaults that were taken for what is being resolved."""
    rests: dict[tuple[Address, str], dict[ParameterDefault, None]] = field(default_factory=dict)
    """By setting that somebody has asked for: the defaults that it rests on."""

    def side(self, template: Template, condition: str, decided: Mapping[tuple[str, str], bool]) -> bool | None:
        """Which side holds, given what is taken and what enclosing conditions have `decided`."""
        if not self.taken and not decided:
            return None
        sides = dict(self.taken)
        sides.update((self.worlds.key(*key), side) for key, side in decided.items())
        key = self.worlds.key(template.key, condition)
        return sides[key] if key in sides else self.worlds.implied(key, sides)

    def chosen(self, variable: str) -> str | None:
        """The value of a variable that is taken; None where none is."""
        if not self.taken:
            return None
        begins = f"{variable} is "
        return next((key[len(begins) :] for key, side in self.taken.items() if side and key.startswith(begins)), None)

    def need(self, template: Template, conditions: Iterable[str]) -> None:
        """Note that one value is asked for where conditions leave several."""
        for condition in conditions:
            name, _ = sided(condition)
            self.needs.setdefault(self.worlds.key(template.key, name))

    @property
    def undecided(self) -> list[str]:
        """What was asked for that a side decides which is not taken."""
        return [key for key in self.needs if key not in self.taken]

    def rested(self, address: Address, property_: str) -> None:
        """Note what has been resolved since `by_default` was emptied as what a setting rests on."""
        if self.by_default:
            self.rests.setdefault((address, property_), {}).update(self.by_default)
            self.by_default.clear()

    def defaults_of(self, address: Address, setting: str) -> Collection[ParameterDefault]:
        """The defaults that a setting rests on: those of what it is part of, or of what is part of it."""
        found: dict[ParameterDefault, None] = {}
        for (at, property_), names in self.rests.items() if self.rests else ():
            if at == address and _within(setting, property_):
                found.update(names)
        return found

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """For what is worked out once and holds in every world: nothing is taken, and nothing that is asked counts."""
        before = (self.taken, self.needs, self.passed, self.by_default)
        self.taken, self.needs, self.passed, self.by_default = {}, {}, {}, {}
        try:
            yield
        finally:
            self.taken, self.needs, self.passed, self.by_default = before

    @contextmanager
    def aside(self) -> Iterator[None]:
        """For a look around that decides nothing: `suspended`, and what nothing resolves there is noted nowhere."""
        before = (self.unresolved, self.slips, self.rests)
        self.unresolved, self.slips, self.rests = {}, {}, {}
        try:
            with self.suspended():
                yield
        finally:
            self.unresolved, self.slips, self.rests = before
