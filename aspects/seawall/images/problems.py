"""What can be wrong with a policy: the constraints of ECR as data, and problems that quote them."""

from __future__ import annotations

from msgspec import Struct

from .facts import ARCHIVE_DAYS, LEAST_CHARACTERS, MOST_CHARACTERS, MOST_RULES, MOST_WILDCARDS, USER_GUIDE

OVERVIEW = USER_GUIDE + "LifecyclePolicies.html"
PARAMETERS = USER_GUIDE + "lifecycle_policy_parameters.html"
EXAMPLES = USER_GUIDE + "lifecycle_policy_examples.html"
FIELD = "answers of the API reported by users"


class Constraint(Struct, frozen=True):
    """One thing that ECR demands of a policy."""

    id: str
    text: str
    source: str
    certain: bool = True
    """False where neither the documentation nor the API model settles whether ECR refuses: never a hard error."""


class Problem(Struct, frozen=True):
    """A constraint that a policy breaks, or may break."""

    rule_priority: int | None
    """None where the policy as a whole is meant."""
    constraint: Constraint
    text: str
    """What stands in the policy."""

    @property
    def certain(self) -> bool:
        """Whether ECR surely refuses the policy for it."""
        return self.constraint.certain

    @property
    def said(self) -> str:
        """What stands in the policy, and where in it."""
        where = "policy" if self.rule_priority is None else f"rule {self.rule_priority}"
        return f"{where}: {self.text}"

    def __str__(self) -> str:
        verb = "ECR requires" if self.certain else "ECR may require"
        return f"{self.said} ({verb}: {self.constraint.text})"


GRAMMAR = Constraint("grammar", "the JSON follows the policy grammar", PARAMETERS)
UNKNOWN_KEY = Constraint("unknown-key", "only keys of the policy grammar", PARAMETERS, certain=False)
NULL = Constraint("null", "no key is null; leave it out instead", FIELD)

PRIORITY = Constraint("priority", "rulePriority is 1 or more", PARAMETERS)
UNIQUE_PRIORITY = Constraint("unique-priority", "every rule has its own rulePriority", OVERVIEW)
ANY_LAST = Constraint("any-last", "a rule for any images has the largest rulePriority of its storage class", EXAMPLES)
ONE_ANY = Constraint("one-any", "one rule for any images per storage class", EXAMPLES)
ONE_UNTAGGED = Constraint("one-untagged", "one rule for untagged images per storage class", OVERVIEW)
NEEDS_LIST = Constraint("needs-list", "tagStatus tagged has a tagPatternList or a tagPrefixList", PARAMETERS)
ONE_LIST = Constraint("one-list", "a rule has a tagPatternList or a tagPrefixList, not both", PARAMETERS)
NO_LIST = Constraint("no-list", "tagStatus untagged and any have no list of tags", PARAMETERS)
SAME_LIST = Constraint("same-list", "every rule of a storage class has its own set of tags", OVERVIEW)
OVERLAP = Constraint("overlap", "rules of a storage class share no entry", OVERVIEW, certain=False)
WILDCARDS = Constraint("wildcards", f"at most {MOST_WILDCARDS.value} * in a pattern", OVERVIEW)
EMPTY_ENTRY = Constraint("empty-entry", "no entry of a list is empty", PARAMETERS, certain=False)
COUNT = Constraint("count", "countNumber is 1 or more", PARAMETERS)
NEEDS_UNIT = Constraint("needs-unit", "countUnit is days for the three since... count types", PARAMETERS)
NO_UNIT = Constraint("no-unit", "imageCountMoreThan has no countUnit", PARAMETERS)
STANDARD_ONLY = Constraint("standard-only", "storageClass archive goes with sinceImageTransitioned alone", PARAMETERS)
ARCHIVE_ONLY = Constraint("archive-only", "sinceImageTransitioned has storageClass archive", PARAMETERS)
EXPLICIT_STANDARD = Constraint(
    "explicit-standard", "storageClass is left out where it is standard", FIELD, certain=False
)
PULLED_ARCHIVES = Constraint("pulled-archives", "sinceImagePulled only transitions", EXAMPLES)
ARCHIVE_EXPIRES = Constraint("archive-expires", "sinceImageTransitioned only expires", EXAMPLES)
ARCHIVE_STAY = Constraint(
    "archive-stay", f"archived images are kept for {ARCHIVE_DAYS.value} days or more", USER_GUIDE + "archive-image.html"
)
NEEDS_TARGET = Constraint("needs-target", "a transition has targetStorageClass archive", PARAMETERS)
NO_TARGET = Constraint("no-target", "an expire has no targetStorageClass", PARAMETERS)
RULES = Constraint("rules", f"at most {MOST_RULES.value} rules", MOST_RULES.source)
LENGTH = Constraint(
    "length",
    f"the text has {LEAST_CHARACTERS.value} to {MOST_CHARACTERS.value} characters",
    LEAST_CHARACTERS.source,
)
