"""What in a definition is not of the type that the language asks for, or hangs on what nothing resolves.

Step Functions refuses the first; of the second nothing is known. Either way the part is not counted, so it is said.
Source (2026-11-29): https://states-language.net/spec.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from seawall.template import Embedded, Json, Known
from seawall.template.near_names import in_another_case
from seawall.template.values import whys

Problem: TypeAlias = tuple[str, str]
"""(path in the definition, what is wrong with it)."""

_TYPES = frozenset({"Task", "Parallel", "Map", "Pass", "Wait", "Choice", "Succeed", "Fail"})
_NUMBERS_OF_A_RETRIER = ("MaxAttempts", "IntervalSeconds", "BackoffRate", "MaxDelaySeconds")
_NUMBERS_OF_A_STATE = ("TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency")
_NUMBERS_OF_A_MAP = ("ToleratedFailurePercentage", "ToleratedFailureCount")
_TEXTS_OF_A_STATE = ("Next", "Default", "QueryLanguage")
_FIELDS_OF_A_STATE = ("Retry", "Catch", "Next", "End", "Choices", "Default", "Branches", "ItemProcessor", "Iterator",
                      "Resource", "TimeoutSeconds", "HeartbeatSeconds")  # fmt: skip
"""Fields that decide what runs and how often: written otherwise, they do nothing."""
_DATA_OF_ITEMS = ("Items", "Assign", "Result", "Output", "Arguments", "Parameters")
"""Fields that may hold, or make, the items of a Map: of how many nothing is known where nothing resolves them."""
_FEW = 200
"""Problems of one definition that are listed."""


class Shape:
    """Looks through one definition."""

    def __init__(self, embedded: Embedded) -> None:
        self._embedded = embedded
        self._has_maps = bool(embedded.values) and _holds_map(embedded.document)

    def problems(self) -> Iterator[Problem]:
        """What is wrong, a few hundred at most."""
        for number, problem in enumerate(self._branch(self._embedded.document, "")):
            if number >= _FEW:
                return
            yield problem

    def _branch(self, raw: Json, path: str) -> Iterator[Problem]:
        if not isinstance(raw, dict):
            yield path.rstrip("."), self._why(raw, "an object with States")
            return
        yield from self._texts(raw, path, ("StartAt", "QueryLanguage"))
        yield from self._numbers(raw, path, ("TimeoutSeconds",))
        states = raw.get("States")
        if not isinstance(states, dict):
            if states is not None or path:
                yield f"{path}States", self._why(states, "an object of states")
            return
        for name, body in states.items():
            where = f"{path}States.{name}"
            if isinstance(body, dict) and isinstance(body.get("Type"), str):
                yield from self._state(body, f"{where}.")
            elif isinstance(body, str):
                yield where, self._why(body, "a state")

    def _state(self, body: Mapping[str, Json], path: str) -> Iterator[Problem]:
        kind = body["Type"]
        if kind not in _TYPES:
            yield f"{path}Type", self._why(kind, "a type of state")
        yield from _slips(body, path, _FIELDS_OF_A_STATE)
        yield from self._texts(body, path, _TEXTS_OF_A_STATE)
        yield from self._numbers(body, path, (*_NUMBERS_OF_A_STATE, *(_NUMBERS_OF_A_MAP if kind == "Map" else ())))
        for name in _DATA_OF_ITEMS if self._has_maps and kind in ("Pass", "Map") else ():
            yield from self._open(body.get(name), f"{path}{name}")
        yield from self._each(body, path, "Retry", self._retrier)
        yield from self._each(body, path, "Catch", self._catcher)
        if kind == "Choice":
            yield from self._each(body, path, "Choices", self._choice)
        if kind == "Parallel":
            yield from self._each(body, path, "Branches", lambda raw, where: self._branch(raw, where), of_objects=False)
        if kind == "Map":
            key = "ItemProcessor" if "ItemProcessor" in body else "Iterator"
            yield from self._branch(body.get(key), f"{path}{key}.")
            config = body[key].get("ProcessorConfig") if isinstance(body.get(key), dict) else None
            if config is not None and not isinstance(config, dict):
                yield f"{path}{key}.ProcessorConfig", self._why(config, "an object")
            elif isinstance(config, dict):
                yield from self._texts(config, f"{path}{key}.ProcessorConfig.", ("Mode", "ExecutionType"))

    def _each(
        self,
        body: Mapping[str, Json],
        path: str,
        name: str,
        look: Callable[[Mapping[str, Json], str], Iterator[Problem]],
        of_objects: bool = True,
    ) -> Iterator[Problem]:
        found = body.get(name)
        if not isinstance(found, list):
            if found is not None or not of_objects:
                yield f"{path}{name}", self._why(found, "a list")
            return
        for index, each in enumerate(found):
            where = f"{path}{name}.{index}"
            if of_objects and not isinstance(each, dict):
                yield where, self._why(each, "an object")
            else:
                yield from look(each, f"{where}.")

    def _retrier(self, raw: Mapping[str, Json], path: str) -> Iterator[Problem]:
        yield from self._errors(raw, path)
        yield from self._numbers(raw, path, _NUMBERS_OF_A_RETRIER)
        yield from _slips(raw, path, ("ErrorEquals", *_NUMBERS_OF_A_RETRIER, "JitterStrategy"))
        most = raw.get("MaxAttempts")
        if isinstance(most, (int, float)) and not isinstance(most, bool) and (most < 0 or most != int(most)):
            yield f"{path}MaxAttempts", f"{most} is no count: Step Functions refuses it"

    def _catcher(self, raw: Mapping[str, Json], path: str) -> Iterator[Problem]:
        yield from self._errors(raw, path)
        if not isinstance(raw.get("Next"), str):
            yield f"{path}Next", self._why(raw.get("Next"), "the name of a state")
        yield from self._texts(raw, path, ("Next",))

    def _choice(self, raw: Mapping[str, Json], path: str) -> Iterator[Problem]:
        """Of a condition that nothing resolves either side is taken: only where a rule leads has to be known."""
        yield from self._texts(raw, path, ("Next",))

    def _errors(self, raw: Mapping[str, Json], path: str) -> Iterator[Problem]:
        errors = raw.get("ErrorEquals")
        if not isinstance(errors, list):
            yield f"{path}ErrorEquals", self._why(errors, "a list of error names")
            return
        for index, name in enumerate(errors):
            if not isinstance(name, str) or self._unresolved(name):
                yield f"{path}ErrorEquals.{index}", self._why(name, "an error name")

    def _texts(self, raw: Mapping[str, Json], path: str, names: tuple[str, ...]) -> Iterator[Problem]:
        for name in names:
            value = raw.get(name)
            if value is not None and (not isinstance(value, str) or self._unresolved(value)):
                yield f"{path}{name}", self._why(value, "text")

    def _numbers(self, raw: Mapping[str, Json], path: str, names: tuple[str, ...]) -> Iterator[Problem]:
        for name in names:
            if name in raw and not self._counts(raw[name]):
                yield f"{path}{name}", self._why(raw[name], "a number")

    def _counts(self, value: Json) -> bool:
        """A number, text of one (a substitution within quotes), or an expression that only a run evaluates."""
        if isinstance(value, str):
            if self._unresolved(value):
                return False
            return value.startswith("{%") or value.replace(".", "", 1).isdecimal()
        return isinstance(value, (int, float)) and not isinstance(value, bool)

    def _open(self, raw: Json, path: str) -> Iterator[Problem]:
        """Texts that hold what nothing resolves."""
        if isinstance(raw, str) and "${" in raw:
            yield from ((path, why) for why in whys(self._embedded.value(raw)))
        for name, each in raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ():
            yield from self._open(each, f"{path}.{name}")

    def _unresolved(self, text: str) -> str:
        """Why a string is not literal; empty where it is."""
        if "${" not in text:
            return ""
        value = self._embedded.value(text)
        if isinstance(value, Known):
            return "holds ${...} that nothing fills" if "${" in str(value.value) else ""
        return next(whys(value), "is known at deployment only")

    def _why(self, value: Json, wanted: str) -> str:
        unresolved = self._unresolved(value) if isinstance(value, str) else ""
        if unresolved:
            return unresolved
        return (
            f"is missing: {wanted} has to stand there" if value is None else f"is no {_bare(wanted)}: {_shown(value)}"
        )


def _holds_map(raw: Json) -> bool:
    """Whether there is a Map in a definition."""
    pending = [raw]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            if each.get("Type") == "Map":
                return True
            pending += each.values()
        elif isinstance(each, list):
            pending += each
    return False


def _bare(wanted: str) -> str:
    return wanted.removeprefix("an ").removeprefix("a ").removeprefix("the ")


def _shown(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _slips(raw: Mapping[str, Json], path: str, fields: tuple[str, ...]) -> Iterator[Problem]:
    """Fields that are written otherwise than the language has them, as ``retry``: Step Functions refuses them."""
    for field in fields:
        found = in_another_case(raw, field) if field not in raw else None
        if found is not None:
            yield f"{path}{found}", f"did you mean {field}?"
