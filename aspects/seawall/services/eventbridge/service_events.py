"""Which EventBridge rules an event matches whose fields are known, as those that services send are.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum

from seawall.template import Props


class ServiceEventMatch(IntEnum):
    """Whether an event matches a pattern, or an entry of one."""

    NO = 0
    MAYBE = 1
    """The pattern asks for what is not known of the event."""
    SURE = 2


Field = tuple[str, ...]
"""The path of a field in an event, such as ``("detail", "bucket", "name")``."""
Test = Callable[[Props], ServiceEventMatch]
"""How one entry of a pattern fits the value of a field."""


def matching(pattern: Props, known: Mapping[Field, Test], path: Field = ()) -> ServiceEventMatch:
    """Whether an event of which the `known` fields are known matches `pattern`, from the field `path` on."""
    if path in known:
        return max((known[path](item.props) for item in pattern.items(*path)), default=ServiceEventMatch.MAYBE)
    if not any(field[: len(path)] == path for field in known):
        return ServiceEventMatch.MAYBE
    fields = ((*path, name) for name, _ in pattern.mapping(*path))
    return min((matching(pattern, known, field) for field in fields), default=ServiceEventMatch.MAYBE)


def text(*values: str) -> Test:
    """A field that holds one of `values`."""

    def test(entry: Props) -> ServiceEventMatch:
        matches = [_entry(entry, value) for value in values]
        if all(each is ServiceEventMatch.SURE for each in matches):
            return ServiceEventMatch.SURE
        return ServiceEventMatch.MAYBE if any(matches) else ServiceEventMatch.NO

    return test


def _entry(entry: Props, value: str) -> ServiceEventMatch:
    literal = entry.text()
    if literal.value is not None:
        return ServiceEventMatch.SURE if literal.value == value else ServiceEventMatch.NO
    filters = dict(entry.mapping())
    for name, holds in (("prefix", value.startswith), ("suffix", value.endswith)):
        wanted = filters[name].text().value if name in filters else None
        if wanted is not None:
            return ServiceEventMatch.SURE if holds(wanted) else ServiceEventMatch.NO
    if "anything-but" in filters:
        others = [item.props.text().value for item in filters["anything-but"].items()]
        return (
            ServiceEventMatch.NO
            if value in others
            else ServiceEventMatch.MAYBE
            if None in others
            else ServiceEventMatch.SURE
        )
    return ServiceEventMatch.MAYBE
