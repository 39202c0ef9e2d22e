"""Which tags an entry of a rule matches, and which images a selection does.

``*`` is the only wildcard and stands for any run of characters, none included; a pattern is anchored at both ends, so
one without ``*`` matches exactly one tag. A prefix is a pattern that ends with ``*``. Entries of a list are joined by
AND: each must match some tag of the image, and different tags may serve different entries.
Source: the lifecycle policy page of the ECR user guide; that a pattern without ``*`` is exact is inferred from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from .policy import Selection, TagStatus


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    first, *rest = map(re.escape, pattern.split("*"))
    if not rest:
        return re.compile(first)
    # What stands between two `*` is taken where it comes first, for good: trying further would take exponential time.
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1] if part)
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


def matches_pattern(pattern: str, tag: str) -> bool:
    """Whether `pattern` matches the whole of `tag`.

    >>> matches_pattern("prod*", "prod"), matches_pattern("prod", "prod-1"), matches_pattern("*prod*", "my-prod-1")
    (True, False, True)
    """
    return _compiled(pattern).fullmatch(tag) is not None


def entries(selection: Selection) -> tuple[str, ...]:
    """The entries of both lists, prefixes written as patterns.

    >>> from .policy import CountType
    >>> entries(Selection(TagStatus.TAGGED, CountType.IMAGES, 1, prefixes=("latest",)))
    ('latest*',)
    """
    return (*selection.patterns, *(prefix + "*" for prefix in selection.prefixes))


def satisfied(selection: Selection, tags: Iterable[str]) -> bool:
    """Whether every entry of a `tagged` selection matches some of `tags`; never, without entries."""
    tags = tuple(tags)
    wanted = entries(selection)
    return bool(wanted) and all(any(matches_pattern(entry, tag) for tag in tags) for entry in wanted)


def identifies(selection: Selection, tags: frozenset[str]) -> bool:
    """Whether an image with exactly `tags` meets the tag requirement of `selection`.

    >>> from .policy import CountType
    >>> both = Selection(TagStatus.TAGGED, CountType.IMAGES, 1, patterns=("prod*", "staging*"))
    >>> identifies(both, frozenset({"prod-1"})), identifies(both, frozenset({"prod-1", "staging-1"}))
    (False, True)
    """
    if selection.tag_status is TagStatus.ANY:
        return True
    if selection.tag_status is TagStatus.UNTAGGED:
        return not tags
    return satisfied(selection, tags)


def is_exact(entry: str) -> bool:
    """Whether an entry matches one tag only."""
    return "*" not in entry


def is_universal(entry: str) -> bool:
    """Whether an entry matches every tag."""
    return bool(entry) and not entry.strip("*")


def at_most_one_image(selection: Selection) -> bool:
    """Whether no two images can match at once: an entry is exact, and a tag is on one image at a time."""
    return selection.tag_status is TagStatus.TAGGED and any(map(is_exact, entries(selection)))


def covers(wide: Selection, narrow: Selection) -> bool:
    """Whether every image that `narrow` matches is surely matched by `wide`, whatever its tags.

    >>> from .policy import CountType
    >>> def tagged(*patterns): return Selection(TagStatus.TAGGED, CountType.IMAGES, 1, patterns=patterns)
    >>> covers(tagged("*"), tagged("prod*")), covers(tagged("prod*"), tagged("*")), covers(tagged("a*"), tagged("ab*c"))
    (True, False, True)
    """
    if wide.tag_status is TagStatus.ANY:
        return True
    if wide.tag_status is not narrow.tag_status:
        return False
    if wide.tag_status is TagStatus.UNTAGGED:
        return True
    # A `*` of the narrow entry is a character that only a `*` of the wide one can stand for.
    return all(any(matches_pattern(outer, inner) for inner in entries(narrow)) for outer in entries(wide))
