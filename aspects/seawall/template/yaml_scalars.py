"""What a scalar of YAML stands for in a template.

As CloudFormation reads it, in YAML 1.1, with one difference: a plain scalar is a number only where JSON would write
it so. ``012345678901``, ``1_000``, ``22:30``, ``0x1F`` and ``2012-10-17`` stay text: they are names far more often
than counts.
"""

from __future__ import annotations

import re

from .values import Json

_BOOLEANS = {
    spelled: value
    for value, words in ((True, ("yes", "true", "on")), (False, ("no", "false", "off")))
    for word in words
    for spelled in (word, word.capitalize(), word.upper())
}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,999})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,99})\.[0-9]+(?:[eE][-+][0-9]{1,2})?")
_STARTS_NUMBER = frozenset("-0123456789")
_READ_AS_PLAIN = frozenset(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null"))


def scalar(text: str, tag: str | None, quoted: bool) -> Json:
    """What stands for a scalar with a standard tag or none."""
    return plain(text) if tag in _READ_AS_PLAIN or (tag is None and not quoted) else text


def plain(text: str) -> Json:
    """What a scalar without quotes stands for.

    >>> [plain(text) for text in ("30", "1.5", "yes", "~", "012345678901", "2012-10-17", "22:30")]
    [30, 1.5, True, None, '012345678901', '2012-10-17', '22:30']
    """
    if text[:1] in _STARTS_NUMBER:
        return int(text) if _INTEGER.fullmatch(text) else float(text) if _FLOAT.fullmatch(text) else text
    return None if text in _NULLS else _BOOLEANS.get(text, text)
