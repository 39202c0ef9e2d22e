"""`ShieldImagesInUse`: no lifecycle rule takes an image that the app runs."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.images import LifecyclePolicy, PolicyRepair, Unrepairable
from seawall.images.analysis import RepositoryCase
from seawall.rules import Context
from seawall.rules.image_advice import changes

from ..guard_settings import settings
from .draft import AppDraft
from .overrides import Left, Override, overrides
from .repair import Repair


class ShieldImagesInUse(Repair):
    """Puts a rule for the tags in use above a repository's own rules, and lengthens those that take what lost its tag:
    repairs `image-doomed` and `image-endangered` with the corrected policy that these findings give.

    A tag that moves gets a rule of its own, a family of releases or builds one that keeps as many as the next
    deployments and their rollbacks need. What is left of the present rules stays as far as it takes nothing in use.
    Where no such policy is proven, nothing is changed.

    A repository none of whose images in use is in danger stays as it is.

    Args:
        rollbacks: As `ImageGuard` takes it, and so are the others.
        pushes_per_day: How many builds a repository gets per day.
        days_between_deployments: How many days one deployment stays.
        images_per_push: How many images one push leaves.
    """

    def __init__(
        self,
        rollbacks: int | None = None,
        *,
        pushes_per_day: float | None = None,
        days_between_deployments: int | None = None,
        images_per_push: int | None = None,
    ) -> None:
        super().__init__()
        self._settings = settings(
            "images",
            None,
            None,
            rollbacks=rollbacks,
            pushes_per_day=pushes_per_day,
            days_between_deployments=days_between_deployments,
            images_per_push=images_per_push,
        )

    def plan(self, found: AppDraft) -> Iterator[Override | Left]:
        """Repositories of which a rule takes an image in use."""
        context = Context(found.app, found.context.analysis, self._settings)
        for case in context.images.cases:
            if case.found is None or not any(each.endangered for each in case.used):
                continue
            address, text = case.found.place.address, case.text
            if text is None or text.text is None or len(case.found.policies) != 1:
                yield Left(case.found.site, "its policy is chosen or put together by the deployment", address)
            elif isinstance(case.repaired, Unrepairable):
                yield Left(case.repository.key, f"{case.repaired.why}: see the fix of image-endangered", address)
            else:
                resource, said = found.app.resource(address), _said(case, case.repaired)
                if resource is not None:
                    for change in changes(context, case):
                        yield from overrides(resource, change.edits, "the app runs these images", said)


def _said(case: RepositoryCase, found: PolicyRepair) -> str:
    """Which rules come, and which go."""
    present = (case.repository.policy or LifecyclePolicy()).rules
    kept = {rule.selection for rule in found.policy.rules}
    new = [rule.summary for rule in found.policy.rules if rule.selection not in {each.selection for each in present}]
    gone = [rule.summary for rule in present if rule.selection not in kept]
    how = f" in place of {', '.join(gone)}" if gone else ""
    return f"set {', '.join(new)}{how} in the lifecycle policy"
