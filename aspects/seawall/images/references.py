"""What runs an image, and how it names it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct, field

from .uri import EcrImage


class Binds(StrEnum):
    """When a consumer turns a tag into a digest."""

    DIGEST = "digest at deployment"
    """Once; a tag that moves later does not matter to it, but the digest it bound must stay."""
    TAG = "tag at each start"
    UNKNOWN = "unknown"


class ImageReference(Struct, frozen=True):
    """How a template names an image: by a tag, by a digest, or by something that cannot be resolved."""

    repository: str
    """The key of its `Repository`."""
    tag: str | None = None
    digest: str | None = None
    tags: frozenset[str] = field(default=frozenset())
    """Further tags that the image is known to carry, such as those a build gives it as well."""
    complete: bool = False
    """Whether it is stated that the image, or any other that gets its tag, never carries a tag not named here."""
    pinned: bool = False
    """Whether a digest is named of which the template does not tell which one it is."""
    patterns: tuple[tuple[str, str], ...] = ()
    """Of `tags`, those that stand for a pattern, with it."""

    def said(self, tags: Iterable[str]) -> tuple[str, ...]:
        """Tags as the author writes them: by the pattern that is stated of them, where one is.

        >>> ImageReference("web", "latest", patterns=(("v101", "v*"),)).said(("latest", "v101"))
        ('latest', 'v*')
        """
        written = dict(self.patterns)
        return tuple(written.get(tag, tag) for tag in tags)

    @property
    def by_digest(self) -> bool:
        """Whether a digest is named, known or not."""
        return self.digest is not None or self.pinned

    @property
    def known_tags(self) -> frozenset[str]:
        """Every tag that the image is known to carry when it is deployed."""
        return self.tags if self.tag is None else self.tags | {self.tag}

    @property
    def identity(self) -> str | None:
        """Two references with the same identity name the same image; None: not known."""
        return self.digest or self.tag

    @property
    def text(self) -> str:
        """The reference as a reader knows it.

        >>> ImageReference("web", "v42").text, ImageReference("web").text
        (':v42', ':?')
        """
        if self.digest is not None:
            return f"@{self.digest[:19]}"
        if self.pinned:
            return "@?"
        return ":?" if self.tag is None else f":{self.tag}"


_LONG = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b")


def short_text(text: str) -> str:
    """A text with only the beginnings of the hashes in it.

    >>> short_text("tag app-" + 20 * "0f1e" + " and v42, 1f3e5d7"), short_text("sha256:" + 32 * "ab")
    ('tag app-0f1e0f1e0f1e... and v42, 1f3e5d7', 'sha256:abababababab...')
    """
    return _LONG.sub(r"\1...", text)


def reference(image: EcrImage, repository: str) -> ImageReference:
    """The reference that a URI makes. Where a digest stands beside a tag, the digest counts, as ECS reads it."""
    return ImageReference(repository, image.tag, image.digest)


class Consumer(Struct, frozen=True):
    """Something that runs an image."""

    id: str
    kind: str
    """A key of `kinds.KINDS`, or a word of the caller's."""
    reference: ImageReference
    binds: Binds = Binds.UNKNOWN
    pulls: bool | None = None
    """Whether it fetches the image regularly enough to keep its pull clock fresh; None: not known."""
    needs_rollback: bool = True
    """Whether a failed deployment, or an older version, may need an earlier image again."""
    retained: int = 0
    """Earlier versions that stay in use beside the current one, each with an image of its own."""
    pulled_every: float | None = None
    """Longest time in days between two pulls that are sure; None where none are."""
    earlier: ImageReference | None = None
    """The image that it ran before its present one, which a rollback goes back to; None where that is not known."""

    @property
    def late(self) -> bool:
        """Whether it surely follows the tag."""
        return self.binds is Binds.TAG and not self.reference.by_digest
