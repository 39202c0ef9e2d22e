"""Makes names out of templates safe to print: nothing in them may steer a terminal or hide a part of itself."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters, escape sequences among them
    "\u00ad\u061c\u200b-\u200f\u2060-\u206f\ufeff"  # invisible, or turning the direction of text
    "\u2028-\u202e"  # further line ends; overrides of direction
    "\ud800-\udfff"  # halves of surrogate pairs, which no stream can encode
    "\U000e0000-\U000e007f"  # invisible tags
    "]"
)


def clean(text: str) -> str:
    r"""`text` with every character written out that would act on a terminal rather than show.

    >>> print(clean("Queue\x1b[31m\n[red]"))
    Queue\x1b[31m\n[red]
    """
    if text.isascii() and text.isprintable():  # as nearly all names are
        return text
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
