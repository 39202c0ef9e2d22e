"""Families of tags: those that CI pushes with each build, those that releases push, and tags that move.

A habit of naming, not a promise of ECR: it decides which pace a rule's number of images is divided by. What an author
states (`build_tags`, `moving_tags`) comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from .matching import entries, is_universal, matches_pattern
from .names import looks_unique
from .policy import Selection, TagStatus
from .settings import ImageSettings


class Family(StrEnum):
    """Who pushes the images of a family."""

    BUILD = "builds"
    """CI, with every build: commit hashes, build numbers, branches, pull requests, whatever any rule takes."""
    RELEASE = "releases"
    """A release: about one image for each deployment."""


_HASH = re.compile(r"(?:.*[-_.]|[a-z]{0,6})?(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}")
_NUMBER = re.compile(r"(?:.*[-_.])?[0-9]{4,}|[0-9]+")
_WORDS = (
    r"sha|git|commit|rev|build|ci|cd|pr|mr|pull|merge|branch|main|master|trunk|dev|develop|development|feature|feat|"
    r"fix|bugfix|snapshot|nightly|test|tests|review|preview|job|run|pipeline|tmp|temp"
)
# The three that follow are compiled when a tag is first looked at: most runs have none.
_VERSIONED = r"(?:.*[-_.])?(?:jobs?|run|pipeline|tests?|review|preview)[-_.](?:v[0-9][0-9.]*|[0-9]+(?:\.[0-9]+)+)"
"""Versions of what has the name of a step of CI: ``job-v3``."""
_CI = rf"(?:.*[-_.])?(?:{_WORDS})(?:[-_./0-9*].*)?"
_RELEASE = r"(?:.*[-_.])?(?:release|rel|prod|production|deployed|live|stable)(?:[-_./0-9*].*)?"


def is_build_tag(tag: str, settings: ImageSettings | None = None) -> bool:
    """Whether CI pushes a tag like this with a build.

    >>> [is_build_tag(tag) for tag in ("sha-1f3e5d7", "1f3e5d7", "app1-1f3e5d7", "pr-12", "build-7", "20261101", "417")]
    [True, True, True, True, True, True, True]
    >>> [is_build_tag(tag) for tag in ("v42", "1.4.0", "prod-17", "release-2026-11-20", "v1.2.3-rc1", "job-v3")]
    [False, False, False, False, False, False]
    """
    if settings is not None and any(matches_pattern(pattern, tag) for pattern in settings.build_tags):
        return True
    if settings is not None and any(matches_pattern(pattern, tag) for pattern in settings.release_tags):
        return False
    if _names_release(tag) or re.fullmatch(_VERSIONED, tag, re.IGNORECASE):
        return False
    return bool(_HASH.fullmatch(tag) or _NUMBER.fullmatch(tag) or re.fullmatch(_CI, tag, re.IGNORECASE))


def moves(tag: str, settings: ImageSettings) -> bool:
    """Whether pushing `tag` again is an ordinary course of events.

    >>> moves("latest", ImageSettings()), moves("v42", ImageSettings()), moves("latest", ImageSettings(moving_tags=()))
    (True, False, False)
    """
    if settings.moving_tags is not None:
        return any(matches_pattern(pattern, tag) for pattern in settings.moving_tags)
    return not looks_unique(tag) and not any(matches_pattern(pattern, tag) for pattern in settings.build_tags)


def stays_put(tag: str, settings: ImageSettings) -> bool:
    """Whether it is stated that `tag` is never pushed again.

    >>> stays_put("v42", ImageSettings()), stays_put("v42", ImageSettings(moving_tags=("latest",)))
    (False, True)
    """
    built = any(matches_pattern(pattern, tag) for pattern in settings.build_tags)
    return built or (settings.moving_tags is not None and not moves(tag, settings))


def is_broad(selection: Selection) -> bool:
    """Whether a rule takes images of every kind, so that anything pushed uses up what it keeps."""
    if selection.tag_status is TagStatus.TAGGED:
        return all(map(is_universal, entries(selection)))
    return True


def met(selection: Selection, tags: Iterable[str]) -> tuple[str, ...]:
    """The tags by which a rule for a family takes an image; none for a rule that takes any."""
    if is_broad(selection):
        return ()
    wanted = entries(selection)
    return tuple(sorted(tag for tag in tags if any(matches_pattern(entry, tag) for entry in wanted)))


def family_of(selection: Selection, tags: frozenset[str], settings: ImageSettings) -> Family:
    """Who uses up what a counting rule keeps, as the image with `tags` meets it."""
    if is_broad(selection):
        return Family.RELEASE if settings.deployments_only else Family.BUILD
    mine = met(selection, tags)
    if settings.states(mine) or any(is_build_tag(tag, settings) for tag in mine):
        return Family.BUILD  # bounded by its pace, which is assumed or stated
    if any(looks_unique(tag) for tag in mine):
        return Family.RELEASE
    stems = [entry.strip("*").rstrip("-_./") for entry in entries(selection)]
    if any(tag in stems for tag in mine):
        return Family.RELEASE  # a tag that moves, and few besides it
    named = any(_names_release(stem) or stem in ("v", "V") for stem in stems)
    return Family.RELEASE if named or any(_VERSIONS.fullmatch(entry) for entry in entries(selection)) else Family.BUILD


_VERSIONS = re.compile(r"(?:.*[-_])?v?[0-9*]+(?:\.[0-9*]*)+", re.IGNORECASE)
"""Entries for tags of versions, such as ``1.*`` and ``*.*.*``."""


def _names_release(text: str) -> bool:
    return re.fullmatch(_RELEASE, text, re.IGNORECASE) is not None


_RUN = re.compile(r"[0-9]+")


def may_be_one(one: str, other: str) -> bool:
    """Whether two tags may stand on one image. Two tags of one shape, each given to one build only, do not.

    >>> may_be_one("v41", "v42"), may_be_one("prod", "staging"), may_be_one("v42", "sha-1f3e5d7")
    (False, True, True)
    >>> may_be_one("1.4", "1.4.0"), may_be_one("a" * 63 + "1", "a" * 63 + "2")
    (True, False)
    """
    mine = form(one)
    return mine is None or mine != form(other)


@lru_cache(maxsize=4096)
def form(tag: str) -> str | None:
    """The shape of a tag that is given to one build only: no image has two of one shape. None for other tags.

    >>> form("v42") == form("v7"), form("v42") == form("sha-1f3e5d7"), form("latest")
    (True, False, None)
    """
    if not looks_unique(tag):
        return None
    found = re.fullmatch(r"(?P<head>.*[-_.])?(?P<hash>(?=[0-9a-f]*[0-9])[0-9a-f]{7,64})", tag)
    if found is not None:
        return f"{found['head'] or ''}#{len(found['hash'])}"
    return _RUN.sub("0", tag)


_VERSION = re.compile(r"(?P<head>(?:.*[-_])?v?)(?P<number>[0-9]+(?:\.[0-9]+)+)(?:[-+_.].*)?", re.I)
_DATE = re.compile(r"(?P<head>(?:.*[-_.])?)[0-9]{4}-?[0-9]{2}-?[0-9]{2}.*")
_COMMIT = re.compile(r"(?P<head>(?:.*[-_.])?)(?=[0-9a-f]*[0-9])[0-9a-f]{7,64}")
_COUNTED = re.compile(r"(?P<head>.*?)[0-9]+[0-9A-Za-z.]*")


def pattern_of(tag: str) -> str:
    """The pattern of the tags that come after `tag`, none of which it names.

    >>> [pattern_of(tag) for tag in ("v42", "app1-1f3e5d7", "release-2026-11-20", "1.4.0", "1f3e5d7", "v1.2.3-rc1")]
    ['v*', 'app1-*', 'release-*', '*.*.*', '*', 'v*']
    """
    version = _VERSION.fullmatch(tag)
    if version is not None:
        return f"{version['head']}*" if version["head"] else ".".join("*" * (1 + version["number"].count(".")))
    for shape in (_DATE, _COMMIT, _COUNTED):
        found = shape.fullmatch(tag)
        if found is not None:
            return f"{found['head']}*"
    return tag
