"""Short ways to write rules, policies and images, and hypothesis strategies for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from hypothesis import strategies as st

from seawall.images.inventory import Image, ImageStatus
from seawall.images.policy import (
    ARCHIVE,
    DAYS,
    EXPIRE,
    CountType,
    LifecyclePolicy,
    LifecycleRule,
    RuleAction,
    Selection,
    StorageClass,
    TagStatus,
)
from seawall.images.references import Binds, Consumer, ImageReference
from seawall.images.repositories import Mode, Mutability, Repository, RepositoryKind
from tests.whole import WHOLE


def one_in(number: int, *axes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The cells of a grid, or those of its diagonals that lie `number` apart, in which each row has its turn."""
    cells = product(*map(enumerate, axes))
    return [tuple(each for _, each in cell) for cell in cells if WHOLE or not sum(at for at, _ in cell) % number]


def words(cell: Any) -> str:
    """A coordinate of a cell as the name of a test."""
    return " + ".join(cell) if isinstance(cell, tuple) else str(cell)


NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def rule(priority: int, text: str) -> LifecycleRule:
    """A rule in short: `any cnt 3`, `untagged age 1`, `prod*+beta* cnt 1`, `latest^ cnt 1`, `any pulled 90 archive`."""
    what, how, number, *more = text.split()
    count = {
        "cnt": CountType.IMAGES,
        "age": CountType.PUSHED,
        "pulled": CountType.PULLED,
        "archived": CountType.TRANSITIONED,
    }[how]
    status, patterns, prefixes = TagStatus.TAGGED, (), ()
    if what in ("any", "untagged"):
        status = TagStatus(what)
    elif what.endswith("^"):
        prefixes = tuple(what[:-1].split("+"))  # type: ignore[assignment]
    else:
        patterns = tuple(what.split("+"))  # type: ignore[assignment]
    unit = None if count is CountType.IMAGES else DAYS
    storage = StorageClass.ARCHIVE if count is CountType.TRANSITIONED else None
    action: RuleAction = ARCHIVE if more else EXPIRE
    return LifecycleRule(priority, Selection(status, count, int(number), patterns, prefixes, storage, unit), action)


def policy(*texts: str) -> LifecyclePolicy:
    return LifecyclePolicy(tuple(rule(number, text) for number, text in enumerate(texts, 1)))


def image(name: str, tags: str, age: float, *, pulled: float | None = None, archived: float | None = None) -> Image:
    """An image with its age in days."""
    return Image(
        name,
        frozenset(tags.split()),
        NOW - timedelta(days=age),
        pulled=None if pulled is None else NOW - timedelta(days=pulled),
        archived=None if archived is None else NOW - timedelta(days=archived),
        status=ImageStatus.ACTIVE if archived is None else ImageStatus.ARCHIVED,
    )


def consumer(
    text: str,
    binds: Binds = Binds.DIGEST,
    *,
    name: str = "Web",
    pulls: bool | None = None,
    retained: int = 0,
    tags: str = "",
    rollback: bool = True,
) -> Consumer:
    """A consumer of `:tag`, `@digest` or `:?`."""
    tag = text[1:] if text.startswith(":") and text != ":?" else None
    digest = text[1:] if text.startswith("@") else None
    wanted = ImageReference("repo", tag, digest, frozenset(tags.split()))
    return Consumer(name, "test", wanted, binds, pulls, rollback, retained)


def repository(lifecycle: LifecyclePolicy | None, mode: Mode | None = Mode.MUTABLE, *filters: str) -> Repository:
    return Repository("repo", lifecycle, Mutability(mode, filters))


PATTERNS = ("prod*", "prod", "v*", "*", "latest", "latest*", "sha-*", "*1", "*-*", "v1", "p*d*")
TAGS = ("prod", "prod-1", "v1", "v2", "v11", "latest", "latest-dev", "sha-1", "x")


@st.composite
def rules(draw: st.DrawFn, *, broad: TagStatus | None = None, days: int = 12, count: int = 5) -> Selection:
    kind = draw(st.sampled_from([CountType.IMAGES, CountType.IMAGES, CountType.PUSHED, CountType.PULLED]))
    number = draw(st.integers(1, count if kind is CountType.IMAGES else days))
    if kind is CountType.IMAGES and draw(st.integers(0, 7)) == 0:
        number = 100_000
    unit = None if kind is CountType.IMAGES else DAYS
    if broad is not None:
        return Selection(broad, kind, number, count_unit=unit)
    if draw(st.booleans()):
        entries = tuple(draw(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2, unique=True)))
        return Selection(TagStatus.TAGGED, kind, number, entries, count_unit=unit)
    prefixes = tuple(draw(st.lists(st.sampled_from(("prod", "v", "latest", "s")), min_size=1, max_size=2, unique=True)))
    return Selection(TagStatus.TAGGED, kind, number, (), prefixes, count_unit=unit)


@st.composite
def policies(draw: st.DrawFn, days: int = 12, count: int = 5) -> LifecyclePolicy:
    """Policies that ECR accepts: unique lists, one untagged rule, `any` last."""
    found: list[Selection] = []
    seen = set()
    for _ in range(draw(st.integers(0, 3))):
        chosen = draw(rules(days=days, count=count))
        key = (frozenset(chosen.patterns), frozenset(chosen.prefixes))
        if key not in seen:
            seen.add(key)
            found.append(chosen)
    if draw(st.booleans()):
        chosen = draw(rules(broad=TagStatus.UNTAGGED, days=days, count=count))
        found.insert(draw(st.integers(0, len(found))), chosen)
    if draw(st.booleans()):
        found.append(draw(rules(broad=TagStatus.ANY, days=days, count=count)))
    made = []
    for priority, chosen in enumerate(found, 1):
        transition = chosen.count_type is CountType.PULLED or draw(st.integers(0, 4)) == 0
        made.append(LifecycleRule(priority, chosen, ARCHIVE if transition else EXPIRE))
    if draw(st.integers(0, 3)) == 0:
        made.append(rule(len(made) + 1, f"any archived {draw(st.sampled_from([90, 365]))}"))
    return LifecyclePolicy(tuple(made))


@st.composite
def consumers(draw: st.DrawFn, name: str = "Web") -> Consumer:
    shape = draw(st.sampled_from(["tag", "tag", "tag", "digest", "digest with tags", "unknown"]))
    tag = draw(st.sampled_from(TAGS)) if shape == "tag" else None
    digest = "sha256:" + draw(st.sampled_from("ab")) * 64 if shape.startswith("digest") else None
    more = shape == "digest with tags" or (shape == "tag" and draw(st.integers(0, 3)) == 0)
    tags = draw(st.frozensets(st.sampled_from(TAGS), min_size=1, max_size=2)) if more else frozenset()
    complete = draw(st.integers(0, 3)) == 0 and shape != "unknown"
    return Consumer(
        name,
        "test",
        ImageReference("repo", tag, digest, tags, complete),
        draw(st.sampled_from(list(Binds))),
        draw(st.sampled_from([True, False, None])),
        draw(st.booleans()),
        draw(st.sampled_from([0, 0, 0, 1, 2])),
    )


@st.composite
def repositories(draw: st.DrawFn, days: int = 12, count: int = 5) -> Repository:
    mode = draw(st.sampled_from([Mode.MUTABLE, Mode.MUTABLE, Mode.IMMUTABLE, *Mode, None]))
    filters: tuple[str, ...] = ()
    if mode in (Mode.MUTABLE_WITH_EXCLUSION, Mode.IMMUTABLE_WITH_EXCLUSION):
        filters = tuple(draw(st.lists(st.sampled_from(("v*", "latest", "latest*", "prod*")), min_size=1, max_size=2)))
    kind = draw(st.sampled_from([RepositoryKind.ORDINARY] * 4 + [RepositoryKind.ASSETS]))
    lifecycle = draw(st.one_of(st.none(), policies(days, count), policies(days, count), policies(days, count)))
    return Repository("repo", lifecycle, Mutability(mode, filters), kind)
