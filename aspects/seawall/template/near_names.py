"""Names that are written otherwise than AWS has them, as `functionName` for `FunctionName`: what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def in_another_case(keys: Iterable[object], name: str) -> str | None:
    """The key that is `name` but for its case; None if there is none.

    >>> in_another_case({"functionName": 1, "Enabled": True}, "FunctionName"), in_another_case(["Role"], "Role")
    ('functionName', None)
    """
    length, wanted = len(name), ""
    for key in keys:
        if isinstance(key, str) and len(key) == length and key != name:
            wanted = wanted or name.lower()
            if key.lower() == wanted:
                return key
    return None


def did_you_mean(keys: Iterable[object], name: str) -> str:
    """The question to put to the author of such a key; empty if there is none.

    >>> did_you_mean(["type", "Properties"], "Type")
    'did you mean Type where it says type?'
    """
    found = in_another_case(keys, name)
    return f"did you mean {name} where it says {found}?" if found is not None else ""
