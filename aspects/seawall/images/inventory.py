"""Images as a repository holds them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from .policy import StorageClass


class ImageStatus(StrEnum):
    """Whether an image can be pulled: an archived one cannot, nor one that is being restored."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    ACTIVATING = "ACTIVATING"


class Image(Struct, frozen=True):
    """One manifest: an image, an index of several, or an artifact that refers to a subject."""

    name: str
    """Its digest, or any other name that is its own."""
    tags: frozenset[str]
    pushed: datetime
    """When the manifest was first pushed: a tag added later does not move it."""
    pulled: datetime | None = None
    """`lastRecordedPullTime`."""
    archived: datetime | None = None
    """`lastArchivedAt`."""
    activated: datetime | None = None
    """`lastActivatedAt`: when it was last restored from the archive."""
    status: ImageStatus = ImageStatus.ACTIVE
    children: tuple[str, ...] = ()
    """Names of the manifests that an index lists."""
    subject: str | None = None
    """The image that a reference artifact (signature, SBOM) belongs to."""

    @property
    def storage_class(self) -> StorageClass:
        """The class whose rules see it. One being restored is no longer archived."""
        return StorageClass.ARCHIVE if self.status is ImageStatus.ARCHIVED else StorageClass.STANDARD

    @property
    def age_clock(self) -> datetime:
        """Time that orders and ages it: its push, or its restoration, after which it behaves like newly pushed.

        That the restoration also counts for `sinceImagePushed`, not only for the order, is inferred.
        """
        return self.activated or self.pushed

    @property
    def pull_clock(self) -> datetime:
        """Time for `sinceImagePulled`: the last pull, else the restoration, else the push."""
        if self.activated is not None and (self.pulled is None or self.pulled < self.activated):
            return self.activated
        return self.pulled or self.pushed

    @property
    def archive_clock(self) -> datetime:
        """Time for `sinceImageTransitioned`."""
        return self.archived or self.age_clock
