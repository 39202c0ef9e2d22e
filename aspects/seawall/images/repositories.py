"""Repositories: their policy, and which of their tags can move from one image to another."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from .matching import matches_pattern
from .policy import LifecyclePolicy


class Mode(StrEnum):
    """Tag mutability as ECR spells it."""

    MUTABLE = "MUTABLE"
    """The default: pushing an existing tag moves it; the image it was on stays, untagged if that was its last tag."""
    IMMUTABLE = "IMMUTABLE"
    """Pushing an existing tag is refused."""
    MUTABLE_WITH_EXCLUSION = "MUTABLE_WITH_EXCLUSION"
    IMMUTABLE_WITH_EXCLUSION = "IMMUTABLE_WITH_EXCLUSION"


class Mutability(Struct, frozen=True):
    """Which tags can be moved. A tag that matches an exclusion filter behaves the opposite way."""

    mode: Mode | None = Mode.MUTABLE
    """None where the template does not settle it."""
    filters: tuple[str, ...] = ()
    """Wildcard patterns."""

    def stable(self, tag: str | None) -> bool | None:
        """Whether `tag` stays where it is (None as tag: one that is not known; None as answer: not known).

        >>> Mutability(Mode.IMMUTABLE_WITH_EXCLUSION, ("latest*",)).stable("latest"), Mutability().stable("v1")
        (False, False)
        >>> Mutability(Mode.MUTABLE_WITH_EXCLUSION, ("v*",)).stable("v1")
        True
        """
        if self.mode in (Mode.MUTABLE, Mode.IMMUTABLE):
            return self.mode is Mode.IMMUTABLE
        if self.mode is None or tag is None:
            return None
        excluded = any(matches_pattern(pattern, tag) for pattern in self.filters)
        return excluded is (self.mode is Mode.MUTABLE_WITH_EXCLUSION)


MUTABLE = Mutability()
IMMUTABLE = Mutability(Mode.IMMUTABLE)


class RepositoryKind(StrEnum):
    """What a repository is for."""

    ORDINARY = "ordinary"
    ASSETS = "assets"
    """CDK assets: tags are content hashes, which CDK never pushes twice, so they do not move."""
    PULL_THROUGH = "pull-through"
    """A cache of another registry: an expired image is usually fetched again at the next pull."""


REFUSED = "ECR refuses the policy"
"""Why a policy is not known that breaks what ECR demands: what is in force is the one before."""
UNDECLARED = "its repository is in no template that was read"


class Repository(Struct, frozen=True):
    """A repository and what its lifecycle policy says."""

    key: str
    """Whatever identifies it to the caller: a construct path, a name, an ARN."""
    policy: LifecyclePolicy | None = None
    mutability: Mutability = MUTABLE
    kind: RepositoryKind = RepositoryKind.ORDINARY
    unknown: str = ""
    """Why the policy is not known; empty if it is."""

    def stable(self, tag: str | None) -> bool | None:
        """Whether `tag` never moves to another image; None where that is not known."""
        return True if self.kind is RepositoryKind.ASSETS else self.mutability.stable(tag)

    @property
    def effective(self) -> Mutability:
        """Mutability as far as tags can really move."""
        return IMMUTABLE if self.kind is RepositoryKind.ASSETS else self.mutability
