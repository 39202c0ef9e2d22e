"""The pattern language of EventBridge, SNS filter policies and the filters of Lambda's mappings and of pipes.

All of them are JSON of the same shape: fields are joined by AND, the entries of a list by OR, ``$or`` joins objects.
What differs is where the fields stand in an event (`root`), and which operators a service accepts; one that a service
does not accept cannot be deployed, so all are read everywhere. SNS compares numbers with five digits behind the point.

Sources (2026-11-29): https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator

from seawall.graph.guards import Constant, FieldPath, Scalar, Symbol
from seawall.graph.patterns import (
    EVERYTHING,
    UNREADABLE,
    All,
    AnyOf,
    AnythingBut,
    Cidr,
    Equals,
    Exists,
    Field,
    Formula,
    Numeric,
    Test,
    Text,
    Undecided,
)
from seawall.template import Embedded, Json, Known, Props, Unknown, Value, outcomes, parse_embedded, render

_ARRAYS: frozenset[FieldPath] = frozenset({("resources",)})
"""Fields of EventBridge's envelope that hold arrays."""
_MOST_NESTED = 20
_ESCAPED = re.compile(r"\\(.)|(\*)", re.DOTALL)


class PatternDocument:
    """JSON in a template: its strings may stand for what only the deployment knows."""

    def __init__(self, embedded: Embedded, template: str) -> None:
        """`template` is the key of the template that holds the document."""
        self.json = embedded.document
        self._embedded = embedded
        self._template = template

    def scalars(self, raw: Json) -> list[Scalar]:
        """What a scalar of the document can be: one value for each side of a condition in it."""
        if isinstance(raw, str):
            return [self._symbolic(leaf) for leaf in outcomes(self._embedded.value(raw))]
        if raw is None or isinstance(raw, bool):
            return [{None: Constant.NULL, True: Constant.TRUE, False: Constant.FALSE}[raw]]
        return [raw] if isinstance(raw, (int, float)) else []

    def _symbolic(self, value: Value) -> Scalar:
        if isinstance(value, Known) and isinstance(value.value, (str, int, float)):
            known = value.value
            if isinstance(known, bool):
                return Constant.TRUE if known else Constant.FALSE
            return known
        text = render(value)
        return UNKNOWN if isinstance(value, Unknown) or "${?}" in text else Symbol(f"{self._template}: {text}")


UNKNOWN = Symbol("?")
"""A value of which nothing is known."""


def document(section: Props) -> PatternDocument | None:
    """The JSON that stands in `section`, as text or as an object; None where it cannot be read."""
    raw = section.raw()
    embedded = None if raw is None else parse_embedded(section.app, section.template, raw)
    return PatternDocument(embedded, section.template.key) if isinstance(embedded, Embedded) else None


def pattern(section: Props, root: FieldPath = ()) -> Formula:
    """The pattern in `section`, whose fields stand below `root` in an event; what cannot be read may match."""
    found = document(section)
    return UNREADABLE if found is None else _object(found, found.json, root, 0)


def any_of(patterns: Iterable[Formula]) -> Formula:
    """At least one of `patterns`; without any, everything."""
    several = tuple(patterns)
    return EVERYTHING if not several else several[0] if len(several) == 1 else AnyOf(several)


def _object(found: PatternDocument, raw: Json, path: FieldPath, depth: int) -> Formula:
    if not isinstance(raw, dict) or depth > _MOST_NESTED:
        return UNREADABLE
    parts: list[Formula] = []
    for name, entry in raw.items():
        inner = (*path, name)
        if name == "$or" and isinstance(entry, list) and entry and all(isinstance(each, dict) for each in entry):
            parts.append(AnyOf(tuple(_object(found, each, path, depth + 1) for each in entry)))
        elif isinstance(entry, dict):
            parts.append(_object(found, entry, inner, depth + 1))
        elif isinstance(entry, list):
            tests = tuple(test for each in entry for test in _tests(found, each))
            parts.append(Field(inner, tests, inner in _ARRAYS))
        else:
            parts.append(Field(inner, (Undecided("a list is expected"),)))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _tests(found: PatternDocument, entry: Json) -> Iterator[Test]:
    if not isinstance(entry, (dict, list)):
        yield from (_exactly(value) for value in found.scalars(entry))
    elif isinstance(entry, dict) and len(entry) == 1:
        ((name, argument),) = entry.items()
        read = _OPERATORS.get(name)
        yield from read(found, argument) if read else (Undecided(f"the operator {name} is not known"),)
    else:
        yield Undecided("the entry cannot be read")


def _exactly(value: Scalar) -> Test:
    if value == UNKNOWN:
        return Undecided("the value is known at deployment only")
    if isinstance(value, str):
        return Text((value,))
    return Undecided() if isinstance(value, tuple) else Equals(value)


def _texts(found: PatternDocument, argument: Json, make: Callable[[str], Test]) -> Iterator[Test]:
    """A test for each text in `argument`, one or a list of them."""
    for each in argument if isinstance(argument, list) else [argument]:
        values = found.scalars(each)
        for value in values or [UNKNOWN]:
            yield make(value) if isinstance(value, str) else Undecided("the text is known at deployment only")


def _prefix(found: PatternDocument, argument: Json) -> Iterator[Test]:
    yield from _cased(found, argument, lambda text: (text, ""))


def _suffix(found: PatternDocument, argument: Json) -> Iterator[Test]:
    yield from _cased(found, argument, lambda text: ("", text))


def _cased(found: PatternDocument, argument: Json, parts: Callable[[str], tuple[str, ...]]) -> Iterator[Test]:
    folded = isinstance(argument, dict) and list(argument) == ["equals-ignore-case"]
    texts = argument["equals-ignore-case"] if folded else argument
    yield from _texts(found, texts, lambda text: Text(parts(text), folded))


def _ignoring_case(found: PatternDocument, argument: Json) -> Iterator[Test]:
    yield from _texts(found, argument, lambda text: Text((text,), folded=True))


def _wildcard(found: PatternDocument, argument: Json) -> Iterator[Test]:
    yield from _texts(found, argument, lambda text: Text(_parted(text)))


def _parted(text: str) -> tuple[str, ...]:
    r"""What stands between the stars; a backslash makes a star literal.

    >>> _parted(r"a*b\*c")
    ('a', 'b*c')
    """
    parts, at = [""], 0
    for sign in _ESCAPED.finditer(text):
        parts[-1] += text[at : sign.start()] + (sign[1] or "")
        at = sign.end()
        if sign[2]:
            parts.append("")
    parts[-1] += text[at:]
    return tuple(parts)


def _anything_but(found: PatternDocument, argument: Json) -> Iterator[Test]:
    entries = argument if isinstance(argument, list) else [argument]
    yield AnythingBut(tuple(test for entry in entries for test in _tests(found, entry)))


def _exists(_: PatternDocument, argument: Json) -> Iterator[Test]:
    there = {"true": True, "false": False}.get(str(argument).lower())  # CloudFormation may turn it into text
    yield Undecided() if there is None else Exists(there)


def _cidr(found: PatternDocument, argument: Json) -> Iterator[Test]:
    yield from _texts(found, argument, _network)


def _network(text: str) -> Test:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return Undecided(f"{text} is no network")
    return Cidr(text)


def _numeric(_: PatternDocument, argument: Json) -> Iterator[Test]:
    pairs = list(zip(argument[::2], argument[1::2], strict=False)) if isinstance(argument, list) else []
    tests = [_compared(sign, number) for sign, number in pairs]
    found = [test for test in tests if test is not None]
    if not pairs or len(found) != len(tests):
        yield Undecided("the numbers cannot be read")
        return
    low = max((test for test in found if test.low is not None), key=_lowest, default=Numeric())
    high = min((test for test in found if test.high is not None), key=_highest, default=Numeric())
    yield Numeric(low.low, high.high, low.with_low, high.with_high)


def _lowest(test: Numeric) -> tuple[float, bool]:
    return (test.low or 0.0, not test.with_low)


def _highest(test: Numeric) -> tuple[float, bool]:
    return (test.high or 0.0, test.with_high)


def _compared(sign: Json, number: Json) -> Numeric | None:
    if isinstance(number, str):
        try:
            number = float(number)
        except ValueError:
            return None
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    return {
        "=": Numeric(number, number),
        "<": Numeric(high=number, with_high=False),
        "<=": Numeric(high=number),
        ">": Numeric(low=number, with_low=False),
        ">=": Numeric(low=number),
    }.get(str(sign))


_OPERATORS: dict[str, Callable[[PatternDocument, Json], Iterator[Test]]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _ignoring_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}


def filters(criteria: Props) -> Formula:
    """`FilterCriteria` of a mapping or pipe: several filters are joined by OR, none lets everything pass."""
    return any_of(pattern(item.props.at("Pattern")) for item in criteria.items("Filters"))
