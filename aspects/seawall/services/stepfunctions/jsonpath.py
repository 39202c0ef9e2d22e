"""Reference paths, intrinsic functions and Choice rules of JSONPath, over values as far as they are known.

Source: https://states-language.net/spec.html and
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html (read on 29 November 2026)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from seawall.template import Json

from .values import (
    MISSING,
    UNKNOWN,
    Fields,
    Missing,
    Other,
    UnknownData,
    Value,
    add,
    compare,
    is_number,
    literal,
    merged,
)

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)(.*)$")
SERVICES = ("States.", "Lambda.", "Sandbox.", "Runtime.")
"""How error names of services begin."""
_FUNCTION = re.compile(r"States\.(\w+)\((.*)\)$", re.DOTALL)
_NUMERIC = {
    "NumericEquals": "=",
    "NumericLessThan": "<",
    "NumericLessThanEquals": "<=",
    "NumericGreaterThan": ">",
    "NumericGreaterThanEquals": ">=",
    "StringEquals": "=",
    "StringLessThan": "<",
    "StringLessThanEquals": "<=",
    "StringGreaterThan": ">",
    "StringGreaterThanEquals": ">=",
    "BooleanEquals": "=",
}
_DEEPEST = 20


class PathScope(Struct, frozen=True):
    """What `$` and the variables stand for."""

    root: Value
    variables: Fields
    context: Value = UNKNOWN


def steps(path: str) -> tuple[str, ...] | None:
    """The names of a reference path behind its `$`; None where it is none, or not a plain one."""
    if not path.startswith("$"):
        return None
    rest, found = path[1:], []
    while rest:
        step = _STEP.match(rest)
        if step is None:
            return None
        found.append(next(each for each in step.groups() if each is not None))
        rest = rest[step.end() :]
    return tuple(found)


def look(value: Value, names: tuple[str, ...]) -> Value:
    """What stands at a path of names."""
    for name in names:
        if isinstance(value, Fields):
            value = value.get(name)
        elif isinstance(value, tuple) and name.isdecimal():
            value = value[int(name)] if int(name) < len(value) else MISSING
        else:
            return MISSING if isinstance(value, (str, int, float, Missing)) or value is None else UNKNOWN
    return value


def evaluate(expression: str, scope: PathScope, depth: int = _DEEPEST) -> Value:
    """A path, a variable, a context path or an intrinsic function."""
    expression = expression.strip()
    if expression.startswith("$$"):
        return look(scope.context, steps(expression[1:]) or ()) if steps(expression[1:]) is not None else UNKNOWN
    variable = _VARIABLE.match(expression)
    if variable:
        names = steps("$" + variable[2])
        return UNKNOWN if names is None else look(scope.variables.get(variable[1]), names)
    names = steps(expression)
    if names is not None:
        return look(scope.root, names)
    function = _FUNCTION.match(expression)
    if function and depth:
        given = [_argument(each, scope, depth - 1) for each in _split(function[2])]
        if function[1] == "MathAdd" and len(given) == 2:
            return add(*given)
        if function[1] == "JsonMerge" and len(given) == 3:
            return merged(given[0], given[1])
    return UNKNOWN


def _argument(text: str, scope: PathScope, depth: int) -> Value:
    text = text.strip()
    if text.startswith("'") and text.endswith("'"):
        return literal(text[1:-1])
    try:
        number = float(text)
    except ValueError:
        return evaluate(text, scope, depth)
    return int(number) if number == int(number) else number


def _split(text: str) -> Iterator[str]:
    """Arguments between commas that stand in no brackets and no quotes."""
    depth, quoted, start = 0, False, 0
    for index, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "([":
            depth += 1
        elif not quoted and letter in ")]":
            depth -= 1
        elif letter == "," and not quoted and not depth:
            yield text[start:index]
            start = index + 1
    if text[start:].strip():
        yield text[start:]


def template(raw: Json, scope: PathScope) -> Value:
    """A payload template, its fields ending in `.$` filled in."""
    if isinstance(raw, dict):
        made = Fields(())
        for key, each in raw.items():
            if key.endswith(".$") and isinstance(each, str):
                found = evaluate(each, scope)
                made = made.put(key[:-2], UNKNOWN if isinstance(found, Missing) else found)
            else:
                made = made.put(key, template(each, scope))
        return made
    if isinstance(raw, list):
        return tuple(template(each, scope) for each in raw)
    return literal(raw)


def holds(rule: Mapping[str, Json], scope: PathScope, depth: int = _DEEPEST) -> bool | None:
    """Whether a Choice rule holds; None where that is not known."""
    if depth == 0:
        return None
    for name, worst in (("And", False), ("Or", True)):
        if isinstance(rule.get(name), list):
            inner = [holds(each, scope, depth - 1) if isinstance(each, dict) else None for each in rule[name]]
            if worst in inner:
                return worst
            return None if None in inner else not worst
    if isinstance(rule.get("Not"), dict):
        turned = holds(rule["Not"], scope, depth - 1)
        return None if turned is None else not turned
    if not isinstance(rule.get("Variable"), str):
        return None
    return _test(rule, evaluate(rule["Variable"], scope), scope)


def _test(rule: Mapping[str, Json], value: Value, scope: PathScope) -> bool | None:
    for name, wanted in rule.items():
        if name.startswith("Is") and not isinstance(wanted, bool):
            return None
        if name == "IsPresent":
            return None if isinstance(value, UnknownData) else isinstance(value, Missing) is not wanted
        if name in ("IsNumeric", "IsString", "IsBoolean", "IsNull"):
            return _is(name, value, wanted)
        if name in _NUMERIC:
            return _compared(name, value, literal(wanted)) if _fits(name, literal(wanted)) else None
        if name == "StringMatches" and isinstance(literal(wanted), str):
            return _matches(value, wanted)
        if name.removesuffix("Path") in _NUMERIC and isinstance(wanted, str):
            return _compared(name.removesuffix("Path"), value, evaluate(wanted, scope))
    return None


def _fits(name: str, wanted: Value) -> bool:
    """Whether a constant is of the type that its comparison takes: AWS refuses others; what was meant is not known."""
    if name.startswith("Numeric"):
        return is_number(wanted)
    return isinstance(wanted, bool if name.startswith("Boolean") else str)


def _matches(value: Value, pattern: str) -> bool | None:
    """Whether a text has the form of a pattern, in which `*` stands for any characters and a backslash for itself.

    The name of an error that nobody mentions is the author's own: it begins as none of the services' names do.
    """
    if isinstance(value, str):
        parts = re.split(r"(\\.|\*)", pattern)
        form = "".join(".*" if part == "*" else re.escape(part.removeprefix("\\")) for part in parts)
        return re.fullmatch(form, value, re.DOTALL) is not None
    if isinstance(value, Other):
        return False if pattern.startswith(SERVICES) else None
    return None if isinstance(value, (UnknownData, Missing)) else False


def _compared(name: str, value: Value, wanted: Value) -> bool | None:
    numbers = name.startswith("Numeric")
    known = [each for each in (value, wanted) if isinstance(each, (str, int, float, bool))]
    if any(
        (numbers and not is_number(each)) or (name.startswith("String") and not isinstance(each, str)) for each in known
    ):
        return False  # of another type: it does not match
    return compare(value, _NUMERIC[name], wanted)


def _is(name: str, value: Value, wanted: bool) -> bool | None:
    if isinstance(value, (UnknownData, Missing)):
        return None
    found = {
        "IsNumeric": is_number(value) or type(value).__name__ == "Grown",
        "IsString": isinstance(value, (str, Other)),
        "IsBoolean": isinstance(value, bool),
        "IsNull": value is None,
    }[name]
    return found is wanted
