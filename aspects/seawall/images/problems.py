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
    mend: str = ""
    """What to change, as an imperative."""


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


GRAMMAR = Constraint(
    "grammar",
    "the JSON follows the policy grammar",
    PARAMETERS,
    mend="write what stands there as the grammar of policies has it",
)
UNKNOWN_KEY = Constraint(
    "unknown-key", "only keys of the policy grammar", PARAMETERS, certain=False, mend="take the key out"
)
NULL = Constraint("null", "no key is null; leave it out instead", FIELD, mend="leave the key out")

PRIORITY = Constraint("priority", "rulePriority is 1 or more", PARAMETERS, mend="set rulePriority to 1 or more")
UNIQUE_PRIORITY = Constraint(
    "unique-priority", "every rule has its own rulePriority", OVERVIEW, mend="give it a rulePriority of its own"
)
ANY_LAST = Constraint(
    "any-last",
    "a rule for any images has the largest rulePriority of its storage class",
    EXAMPLES,
    mend="give it the largest rulePriority of its storage class",
)
ONE_ANY = Constraint(
    "one-any", "one rule for any images per storage class", EXAMPLES, mend="merge it into the other rule for any images"
)
ONE_UNTAGGED = Constraint(
    "one-untagged",
    "one rule for untagged images per storage class",
    OVERVIEW,
    mend="merge it into the other rule for untagged images",
)
NEEDS_LIST = Constraint(
    "needs-list", "tagStatus tagged has a tagPatternList or a tagPrefixList", PARAMETERS, mend="add a tagPatternList"
)
ONE_LIST = Constraint(
    "one-list",
    "a rule has a tagPatternList or a tagPrefixList, not both",
    PARAMETERS,
    mend="keep one of tagPatternList and tagPrefixList",
)
NO_LIST = Constraint(
    "no-list",
    "tagStatus untagged and any have no list of tags",
    PARAMETERS,
    mend="take the list of tags out, or set tagStatus to tagged",
)
SAME_LIST = Constraint(
    "same-list",
    "every rule of a storage class has its own set of tags",
    OVERVIEW,
    mend="merge it into the other rule for these tags",
)
OVERLAP = Constraint(
    "overlap", "rules of a storage class share no entry", OVERVIEW, certain=False, mend="name each tag in one rule only"
)
WILDCARDS = Constraint("wildcards", f"at most {MOST_WILDCARDS.value} * in a pattern", OVERVIEW, mend="use fewer *")
EMPTY_ENTRY = Constraint(
    "empty-entry", "no entry of a list is empty", PARAMETERS, certain=False, mend="take the empty entry out"
)
COUNT = Constraint("count", "countNumber is 1 or more", PARAMETERS, mend="set countNumber to 1 or more")
NEEDS_UNIT = Constraint(
    "needs-unit", "countUnit is days for the three since... count types", PARAMETERS, mend='add "countUnit": "days"'
)
NO_UNIT = Constraint("no-unit", "imageCountMoreThan has no countUnit", PARAMETERS, mend="take countUnit out")
STANDARD_ONLY = Constraint(
    "standard-only",
    "storageClass archive goes with sinceImageTransitioned alone",
    PARAMETERS,
    mend="take storageClass out",
)
ARCHIVE_ONLY = Constraint(
    "archive-only", "sinceImageTransitioned has storageClass archive", PARAMETERS, mend='add "storageClass": "archive"'
)
EXPLICIT_STANDARD = Constraint(
    "explicit-standard",
    "storageClass is left out where it is standard",
    FIELD,
    certain=False,
    mend="take storageClass out",
)
PULLED_ARCHIVES = Constraint(
    "pulled-archives",
    "sinceImagePulled only transitions",
    EXAMPLES,
    mend='set the action to {"type": "transition", "targetStorageClass": "archive"}',
)
ARCHIVE_EXPIRES = Constraint(
    "archive-expires", "sinceImageTransitioned only expires", EXAMPLES, mend='set the action to {"type": "expire"}'
)
ARCHIVE_STAY = Constraint(
    "archive-stay",
    f"archived images are kept for {ARCHIVE_DAYS.value} days or more",
    USER_GUIDE + "archive-image.html",
    mend=f"set countNumber to {ARCHIVE_DAYS.value} or more",
)
NEEDS_TARGET = Constraint(
    "needs-target",
    "a transition has targetStorageClass archive",
    PARAMETERS,
    mend='add "targetStorageClass": "archive" to the action',
)
NO_TARGET = Constraint(
    "no-target", "an expire has no targetStorageClass", PARAMETERS, mend="take targetStorageClass out of the action"
)
RULES = Constraint("rules", f"at most {MOST_RULES.value} rules", MOST_RULES.source, mend="merge rules")
_LENGTH = f"the text has {LEAST_CHARACTERS.value} to {MOST_CHARACTERS.value:,} characters"
TOO_SHORT = Constraint(
    "length", _LENGTH, LEAST_CHARACTERS.source, mend='add a rule, or a longer "description" to one that is there'
)
TOO_LONG = Constraint("length", _LENGTH, MOST_CHARACTERS.source, mend="merge rules, or shorten their descriptions")
