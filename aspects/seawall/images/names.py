"""Tags as people write them: which ones move, what comes next, and plausible new ones for a rule."""

from __future__ import annotations

import re

from .matching import entries, is_universal, satisfied
from .policy import Selection, TagStatus

_HASH = r"(?=[0-9a-f]*[0-9])[0-9a-f]{7,64}"
_NUMBER = r"v?[0-9][0-9A-Za-z.]*"
_COUNTED = r"(?!x(?:86|64)$)(?:[A-Za-z]|build|ver|version|rev|rel|release|rc|run)[0-9]+"
_UNIQUE = re.compile(rf"(?:.*[-_.])?(?:{_HASH}|{_NUMBER}|{_COUNTED})|{_NUMBER}[-_.+].*")
_DIGITS = re.compile(r"[0-9]+(?=[^0-9]*$)")
_ALL_HEX = re.compile(_HASH)


def looks_unique(tag: str) -> bool:
    """Whether a tag looks like one that is given to one build only: a version, a number, a date or a hash.

    A habit, not a promise of ECR: it decides only whether moving the tag counts as an *ordinary* course of events.

    >>> [looks_unique(tag) for tag in ("v42", "1.4.0-rc1", "prod-17", "sha-1f3e5d7", "b7", "build12")]
    [True, True, True, True, True, True]
    >>> [looks_unique(tag) for tag in ("latest", "prod", "main", "prod2", "x86")]
    [False, False, False, False, False]
    """
    return _UNIQUE.fullmatch(tag) is not None


def next_tag(tag: str, steps: int) -> str:
    """A tag that a later build may have got.

    >>> next_tag("v42", 1), next_tag("1.4.9", 2), next_tag("prod", 1)
    ('v43', '1.4.11', 'prod-1')
    """
    head, _, last = tag.rpartition("-")
    if _ALL_HEX.fullmatch(last[-64:]) and re.search("[a-f]", last):
        from hashlib import sha256  # takes long to load, and is rarely needed

        fresh = sha256(f"{tag}{steps}".encode()).hexdigest()[: len(last)]
        return f"{head}-{fresh}" if head else fresh
    found = _DIGITS.search(tag)
    if found is None:
        return f"{tag}-{steps}"
    number = str(int(found[0]) + steps).zfill(len(found[0]))
    return tag[: found.start()] + number + tag[found.end() :]


def before(tag: str) -> str:
    """A tag that an earlier build may have got.

    >>> before("v42"), before("1.4.0"), before("v1")
    ('v41', '1.3.0', 'v0')
    """
    found = [each for each in re.finditer("[0-9]+", tag) if int(each[0]) > 0]
    last = tag.rpartition("-")[2]
    if not found or (_ALL_HEX.fullmatch(last[-64:]) and re.search("[a-f]", last)):
        return next_tag(tag, 1)
    number = str(int(found[-1][0]) - 1).zfill(len(found[-1][0]))
    return tag[: found[-1].start()] + number + tag[found[-1].end() :]


def family(tag: str) -> str | None:
    """The pattern of the tags that come after `tag`, or None if its beginning says nothing.

    >>> family("v42"), family("prod-17"), family("1.4.0"), family("latest")
    ('v*', 'prod-*', None, None)
    """
    found = re.match(r"(?P<head>[A-Za-z][A-Za-z_.-]*?)(?P<number>[0-9][0-9A-Za-z.]*|[0-9a-f]{7,64})$", tag)
    return found["head"] + "*" if found and looks_unique(tag) else None


def fill(entry: str, number: int) -> str:
    """A tag that `entry` matches.

    >>> fill("*", 1), fill("v*", 1), fill("prod*", 1), fill("*-web-*", 1)
    ('pr-101', 'v101', 'prod-101', '-web-101')
    """
    if is_universal(entry):
        return f"pr-{100 + number}"
    head, star, tail = entry.rpartition("*")
    if not star:
        return entry
    head = head.replace("*", "")
    join = "-" if len(head) > 1 and head[-1].isalnum() else ""
    return f"{head}{join}{100 + number}{tail}"


def fresh_tags(selection: Selection, like: str | None, number: int) -> tuple[str, ...]:
    """Tags of a plausible new image that `selection` identifies; `like`, if it fits, is taken as its forerunner."""
    if selection.tag_status is TagStatus.UNTAGGED:
        return ()
    after = None if like is None else next_tag(like, number)
    if after is not None and (selection.tag_status is TagStatus.ANY or satisfied(selection, (after,))):
        return (after,)
    if selection.tag_status is TagStatus.ANY:
        return (fill("*", number),)
    return tuple(dict.fromkeys(fill(entry, number) for entry in entries(selection)))
