"""Reading a policy from its JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from msgspec import Struct

from .policy import (
    DAYS,
    ActionType,
    CountType,
    LifecyclePolicy,
    LifecycleRule,
    RuleAction,
    Selection,
    StorageClass,
    TagStatus,
)
from .problems import GRAMMAR, NULL, UNKNOWN_KEY, Constraint, Problem

E = TypeVar("E", bound=StrEnum)


class Malformed(Struct, frozen=True):
    """Something that is no lifecycle policy, and why."""

    problems: tuple[Problem, ...]


def parse(source: str | Mapping[str, Any]) -> LifecyclePolicy | Malformed:
    """The policy that a JSON text, or the object of one, describes.

    >>> parse('{"rules": [{}]}').problems[0].text
    'rulePriority is missing'
    """
    characters = None
    if isinstance(source, str):
        characters = len(source)
        try:
            source = json.loads(source)
        except (ValueError, RecursionError) as error:
            return Malformed((Problem(None, GRAMMAR, f"not JSON: {error}"),))
    reader = _Reader()
    rules = reader.policy(source)
    problems = tuple(reader.problems)
    if any(problem.constraint is not UNKNOWN_KEY for problem in problems):
        return Malformed(problems)
    return LifecyclePolicy(rules, characters, problems)


class _Reader:
    """Reads one policy and collects everything that is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._priority: int | None = None

    def policy(self, source: Any) -> tuple[LifecycleRule, ...]:
        top = self._object(source, "the policy", {"rules"})
        rules = top.get("rules")
        if not isinstance(rules, list):
            self._report("rules is missing" if "rules" not in top else "rules is not a list")
            return ()
        found = [self._rule(rule, position) for position, rule in enumerate(rules)]
        return tuple(rule for rule in found if rule is not None)

    def _rule(self, source: Any, position: int) -> LifecycleRule | None:
        self._priority = None
        before = len(self.problems)
        rule = self._object(source, f"rules[{position}]", {"rulePriority", "description", "selection", "action"})
        self._priority = self._integer(rule, "rulePriority")
        description = self._text(rule, "description")
        selection = self._selection(rule.get("selection"))
        action = self._action(rule.get("action"))
        broken = any(problem.constraint is not UNKNOWN_KEY for problem in self.problems[before:])
        if broken or self._priority is None or selection is None or action is None:
            return None
        return LifecycleRule(self._priority, selection, action, description)

    def _selection(self, source: Any) -> Selection | None:
        if source is None:
            self._report("selection is missing")
            return None
        known = {"tagStatus", "tagPatternList", "tagPrefixList", "storageClass", "countType", "countUnit"}
        chosen = self._object(source, "selection", known | {"countNumber"})
        status = self._word(chosen, "tagStatus", TagStatus)
        count_type = self._word(chosen, "countType", CountType)
        number = self._integer(chosen, "countNumber")
        unit = self._text(chosen, "countUnit")
        if unit is not None and unit != DAYS:
            self._report(f"countUnit is {unit!r}, not days")
        patterns = self._list(chosen, "tagPatternList")
        prefixes = self._list(chosen, "tagPrefixList")
        storage = self._word(chosen, "storageClass", StorageClass, required=False)
        if status is None or count_type is None or number is None:
            return None
        return Selection(status, count_type, number, patterns, prefixes, storage, unit)

    def _action(self, source: Any) -> RuleAction | None:
        if source is None:
            self._report("action is missing")
            return None
        action = self._object(source, "action", {"type", "targetStorageClass"})
        kind = self._word(action, "type", ActionType)
        target = self._word(action, "targetStorageClass", StorageClass, required=False)
        return None if kind is None else RuleAction(kind, target)

    def _object(self, source: Any, name: str, known: set[str]) -> Mapping[str, Any]:
        if not isinstance(source, Mapping):
            self._report(f"{name} is not an object")
            return {}
        for key in source:
            if key not in known:
                self._report(f"{name} has the unknown key {key!r}", UNKNOWN_KEY)
        for key, value in source.items():
            if value is None and key in known:
                self._report(f"{key} is null", NULL)
        return source

    def _integer(self, source: Mapping[str, Any], key: str) -> int | None:
        value = source.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self._missing_or(source, key, "a whole number")
        return None

    def _text(self, source: Mapping[str, Any], key: str) -> str | None:
        value = source.get(key)
        if value is not None and not isinstance(value, str):
            self._missing_or(source, key, "a text")
            return None
        return value

    def _list(self, source: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = source.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self._missing_or(source, key, "a list of texts")
            return ()
        return tuple(value)

    def _word(self, source: Mapping[str, Any], key: str, words: type[E], *, required: bool = True) -> E | None:
        value = source.get(key)
        if isinstance(value, str) and value in set(words):
            return words(value)
        if required or value is not None:
            self._missing_or(source, key, "one of " + ", ".join(words))
        return None

    def _missing_or(self, source: Mapping[str, Any], key: str, wanted: str) -> None:
        if key not in source:
            self._report(f"{key} is missing")
        elif source[key] is not None:
            self._report(f"{key} is {source[key]!r}, not {wanted}")

    def _report(self, text: str, constraint: Constraint = GRAMMAR) -> None:
        self.problems.append(Problem(self._priority, constraint, text))
