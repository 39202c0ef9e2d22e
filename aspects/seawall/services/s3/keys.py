"""Keys of objects: which ones a notification asks for, and whether those that code writes can be among them.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from seawall.graph.guards import Event, Like
from seawall.graph.patterns import Field, Text, Undecided
from seawall.template import Props

_UNKNOWN_PART = re.compile(r"\$\{[^}]*\}|[*?]")
_RULES = (("Filter", "Key", "FilterRules"), ("Filter", "S3Key", "Rules"))


class KeyFilter(Struct, frozen=True):
    """Keys by how they begin and end."""

    prefix: str = ""
    suffix: str = ""
    whole: bool = False
    """`prefix` is the whole key."""
    unknown: bool = False
    """More is asked for that cannot be resolved."""

    def meets(self, other: KeyFilter) -> bool:
        """Whether some key may fit both.

        >>> KeyFilter("in/").meets(KeyFilter("out/")), KeyFilter("in/", ".jpg").meets(KeyFilter("in/small/"))
        (False, True)
        """
        for one, two in ((self, other), (other, self)):
            if one.whole:
                same = one.prefix == two.prefix or not two.whole
                return same and one.prefix.startswith(two.prefix) and one.prefix.endswith(two.suffix)
        begins = self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix)
        return begins and (self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix))


ANY_KEY = KeyFilter()


def written(suffix: str) -> KeyFilter:
    """What is known of the keys that a permission on ``<bucket's ARN><suffix>`` lets code write.

    >>> written("/*"), written("/thumbs/*.png").suffix
    (KeyFilter(prefix='', suffix='', whole=False, unknown=False), '.png')
    """
    pieces = _UNKNOWN_PART.split(suffix.removeprefix("/"))
    return KeyFilter(pieces[0], pieces[-1] if len(pieces) > 1 else "", whole=len(pieces) == 1)


def key_filter(notification: Props) -> KeyFilter:
    """The keys that a notification asks for; a part that cannot be resolved asks for any."""
    parts: dict[str, str | None] = {}
    for path in _RULES:
        for rule in notification.items(*path):
            parts[(rule.props.text("Name").value or "?").lower()] = rule.props.text("Value").value
    unknown = None in parts.values() or "?" in parts
    return KeyFilter(parts.get("prefix") or "", parts.get("suffix") or "", unknown=unknown)


def key_tests(keys: KeyFilter) -> Iterator[Field]:
    """The filter as tests of an object's key."""
    if keys.whole:
        yield Field(("key",), (Text((keys.prefix,)),))
        return
    if keys.prefix:
        yield Field(("key",), (Text((keys.prefix, "")),))
    if keys.suffix:
        yield Field(("key",), (Text(("", keys.suffix)),))
    if keys.unknown:
        yield Field(("key",), (Undecided("the filter is known at deployment only"),))


def written_event(suffix: str) -> Event:
    """What is known of an object that a permission on ``<the bucket's ARN><suffix>`` lets code write."""
    keys = written(suffix)
    key = keys.prefix if keys.whole else Like((keys.prefix, keys.suffix))
    return {("eventName",): frozenset((Like(("ObjectCreated:", "")),)), ("key",): frozenset((key,))}


def pattern_keys(pattern: Props) -> list[KeyFilter]:
    """The keys that an event pattern asks for; empty where it asks for none."""
    return list(_entries(pattern))


def _entries(pattern: Props) -> Iterator[KeyFilter]:
    for item in pattern.items("detail", "object", "key"):
        literal = item.props.text().value
        if literal is not None:
            yield KeyFilter(literal, whole=True)
        else:
            yield KeyFilter(item.props.text("prefix").value or "", item.props.text("suffix").value or "")


def described(keys: KeyFilter) -> list[str]:
    """The filter as clauses."""
    begins = [f"the object's key begins with {keys.prefix}"] if keys.prefix else []
    ends = [f"the object's key ends with {keys.suffix}"] if keys.suffix else []
    return [*begins, *ends, *(["the object's key fits the notification's filter"] if keys.unknown else [])]
