"""`ShieldImagesInUse`: no lifecycle rule takes an image that the app runs."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.images import (
    LifecyclePolicy,
    Repository,
    Rule,
    Selection,
    TagStatus,
    Unrepairable,
    Verdict,
    is_valid,
    judge,
    repair,
    to_json,
)
from seawall.images.analysis import Case
from seawall.images.policy import CountType
from seawall.rules import Context
from seawall.template import Address

from ..guard_settings import settings
from .changes import Change, Left
from .draft import Draft
from .repair import Repair


class ShieldImagesInUse(Repair):
    """Puts a rule for the exact tag of each image in use above a repository's own rules: repairs `image-doomed` and
    `image-endangered`.

    A rule that keeps one image with an exact tag never takes any, and holds off every rule below it. Where that is not
    enough, as the image in use is left without a tag when its tag moves on, the policy becomes the one closest to it
    under which every image in use is proven to be kept: a rule for any image goes, a window becomes longer. Where even
    that needs tags that cannot move, nothing is changed, as builds that move them would fail.

    A repository none of whose images in use is in danger stays as it is.

    Args:
        rollbacks: As `ImageGuard` takes it.
    """

    def __init__(self, rollbacks: int | None = None) -> None:
        super().__init__()
        self._settings = settings("images", None, None, rollbacks=rollbacks)

    def plan(self, found: Draft) -> Iterator[Change | Left]:
        """Repositories of which a rule takes an image in use."""
        for case in Context(found.app, found.context.analysis, self._settings).images.cases:
            if case.found is None or not any(each.endangered for each in case.used):
                continue
            address, text = case.found.place.address, case.text
            if text is None or text.text is None or len(case.found.policies) != 1:
                yield Left(case.found.site, "its policy is chosen or put together by the deployment", address)
            else:
                yield _changed(case, address, text.place.property, text.text)


def _changed(case: Case, address: Address, property_: str, old: str) -> Change | Left:
    present = case.repository.policy or LifecyclePolicy()
    policy = _shielded(case, present)
    if policy is None:
        policy = _replaced(case)
        if policy is None:
            why = "it takes tags that cannot move, and builds may move them: see the fix of image-endangered"
            return Left(case.repository.key, why, address)
    tags = ", ".join(_tags(case))
    gone = [rule.summary for rule in present.rules if rule.selection not in {each.selection for each in policy.rules}]
    how = f" in place of {', '.join(gone)}" if gone else " above the present ones"
    said = f"set rules for {tags}{how} in the lifecycle policy"
    return Change(address, tuple(property_.split(".")), to_json(policy), "the app runs these images", old, said=said)


def _tags(case: Case) -> list[str]:
    """The tags in use."""
    return sorted({tag for each in case.consumers for tag in each.reference.known_tags})


def _shielded(case: Case, present: LifecyclePolicy) -> LifecyclePolicy | None:
    """The present rules below one for each tag in use; None where that does not keep every image."""
    tags = _tags(case)
    own = [rule for rule in present.rules if rule.selection.patterns not in {(tag,) for tag in tags}]
    shift = len(tags) if own and min(rule.priority for rule in own) <= len(tags) else 0
    shields = [
        Rule(number, Selection(TagStatus.TAGGED, CountType.IMAGES, 1, (tag,)), description=f"in use: {tag}")
        for number, tag in enumerate(tags, 1)
    ]
    policy = LifecyclePolicy((*shields, *(_lower(rule, shift) for rule in own)))
    if not tags or not is_valid(policy):
        return None
    now = case.repository
    verdicts = judge(Repository(now.key, policy, now.mutability, now.kind), case.consumers, case.settings)
    return policy if all(each.verdict in (Verdict.SAFE, Verdict.BOUNDED) for each in verdicts) else None


def _lower(rule: Rule, shift: int) -> Rule:
    return Rule(rule.priority + shift, rule.selection, rule.action, rule.description)


def _replaced(case: Case) -> LifecyclePolicy | None:
    """A policy that is proven to keep every image although tags move as they may now."""
    for asked in (Verdict.SAFE, Verdict.BOUNDED):
        found = repair(case.repository, case.consumers, case.settings, asked=asked)
        if not isinstance(found, Unrepairable) and found.mutability is None:
            return found.policy
    return None
