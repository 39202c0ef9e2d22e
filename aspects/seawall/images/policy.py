"""Lifecycle policies as values: the grammar of ECR, one class per object of the JSON.

The source is the parameter page of the ECR user guide. A value may break ECR's constraints (`validate` says which):
only what the grammar cannot express at all is refused, by `parse`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from .problems import Problem


class TagStatus(StrEnum):
    """Which images a selection is about."""

    TAGGED = "tagged"
    UNTAGGED = "untagged"
    ANY = "any"


class StorageClass(StrEnum):
    """Where an image is kept. Rules of one class never see images of the other."""

    STANDARD = "standard"
    ARCHIVE = "archive"


class CountType(StrEnum):
    """What a rule counts: images, or days on one of three clocks."""

    IMAGES = "imageCountMoreThan"
    PUSHED = "sinceImagePushed"
    PULLED = "sinceImagePulled"
    TRANSITIONED = "sinceImageTransitioned"


class ActionType(StrEnum):
    """What happens to a selected image: `expire` deletes it, `transition` archives it."""

    EXPIRE = "expire"
    TRANSITION = "transition"


DAYS = "days"
"""The one unit there is."""


class Selection(Struct, frozen=True):
    """Which images a rule selects."""

    tag_status: TagStatus
    count_type: CountType
    count_number: int
    """Images kept, or days, by `count_type`."""
    patterns: tuple[str, ...] = ()
    """`tagPatternList`: an image matches if *every* entry matches some tag of it."""
    prefixes: tuple[str, ...] = ()
    """`tagPrefixList`: the same with beginnings of tags."""
    storage_class: StorageClass | None = None
    """As written; absent means standard."""
    count_unit: str | None = None


class RuleAction(Struct, frozen=True):
    """What a rule does."""

    type: ActionType = ActionType.EXPIRE
    target: StorageClass | None = None

    @property
    def outcome(self) -> str:
        """What becomes of the image, in a word."""
        return "expired" if self.type is ActionType.EXPIRE else "archived"

    @property
    def said(self) -> str:
        """The same for a reader."""
        return "deleted" if self.type is ActionType.EXPIRE else "archived"

    @property
    def does(self) -> str:
        """What it does to an image."""
        return "deletes" if self.type is ActionType.EXPIRE else "archives"


EXPIRE = RuleAction()
ARCHIVE = RuleAction(ActionType.TRANSITION, StorageClass.ARCHIVE)


class LifecycleRule(Struct, frozen=True):
    """One rule; the smaller its priority number, the earlier it is applied."""

    priority: int
    selection: Selection
    action: RuleAction = EXPIRE
    description: str | None = None

    @property
    def storage_class(self) -> StorageClass:
        """The class whose images the rule sees."""
        return self.selection.storage_class or StorageClass.STANDARD

    @property
    def summary(self) -> str:
        """The rule in a few words.

        >>> LifecycleRule(2, Selection(TagStatus.ANY, CountType.IMAGES, 10)).summary
        'rule 2 (any image, keep 10)'
        """
        return f"rule {self.priority} ({self.what})"

    @property
    def what(self) -> str:
        """What it selects and how many it keeps, without its number.

        >>> LifecycleRule(2, Selection(TagStatus.ANY, CountType.IMAGES, 10)).what
        'any image, keep 10'
        """
        moved = ", to the archive" if self.action.type is ActionType.TRANSITION else ""
        return f"{self.selects}, {self.keeps}{moved}"

    @property
    def keeps(self) -> str:
        """How many images it keeps, or for how long.

        >>> LifecycleRule(2, Selection(TagStatus.ANY, CountType.IMAGES, 10)).keeps
        'keep 10'
        """
        number = self.selection.count_number
        days = f"{number} day{'' if number == 1 else 's'}"
        return {
            CountType.IMAGES: f"keep {number}",
            CountType.PUSHED: f"{days} after the push",
            CountType.PULLED: f"{days} after the last pull",
            CountType.TRANSITIONED: f"{days} in the archive",
        }[self.selection.count_type]

    @property
    def selects(self) -> str:
        """What it selects.

        >>> LifecycleRule(2, Selection(TagStatus.ANY, CountType.IMAGES, 10)).selects
        'any image'
        """
        chosen = self.selection
        entries = [*chosen.patterns, *(prefix + "*" for prefix in chosen.prefixes)]
        return {
            TagStatus.ANY: "any image",
            TagStatus.UNTAGGED: "untagged images",
            TagStatus.TAGGED: "tags " + " and ".join(entries),
        }[chosen.tag_status]


class LifecyclePolicy(Struct, frozen=True, eq=False):
    """The one policy of a repository. Equal to one with equal rules, however either was written."""

    rules: tuple[LifecycleRule, ...] = ()
    characters: int | None = None
    """Length of the text it was read from; None if it never was text."""
    noted: tuple[Problem, ...] = ()
    """What `parse` noticed and the value cannot hold, such as keys it does not know."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LifecyclePolicy) and self.rules == other.rules

    def __hash__(self) -> int:
        return hash(self.rules)

    def of(self, storage_class: StorageClass) -> tuple[LifecycleRule, ...]:
        """The rules of one class, first applied first. Equal priorities (which ECR refuses) keep their order."""
        chosen = (rule for rule in self.rules if rule.storage_class is storage_class)
        return tuple(sorted(chosen, key=lambda rule: rule.priority))
