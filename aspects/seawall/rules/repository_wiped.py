"""`repository-wiped`: with the repository go the images in use."""

from __future__ import annotations

import json
from collections.abc import Iterator

from seawall.graph import Place, RepositoryFound, Retention
from seawall.images import RepositoryKind, Used
from seawall.images.references import short_text
from seawall.words import some

from .context import Context
from .fixes import Fix
from .image_places import TOPIC
from .model import Confidence, Example, Finding, Harm, Rule, Severity
from .repository_settings import delete_setting, kept_setting

DELETE = "Delete"


def check(context: Context) -> Iterator[Finding]:
    """One finding per repository. CDK publishes its assets again, so their repositories are left alone."""
    seen: set[str] = set()
    for case in context.images.cases:
        found = case.found
        if found is None or found.retention is None or found.site in seen or not case.used:
            continue
        if case.repository.kind is not RepositoryKind.ASSETS and _empties(found.retention):
            seen.add(found.site)
            held = [used for used in case.used if not _imported(context, used)]
            yield from _finding(context, held, found, found.retention)


def _empties(retention: Retention) -> bool:
    """Whether the images go too; a repository that is not emptied cannot be deleted while it holds any."""
    return retention.emptied_by is not None or (
        retention.empty_on_delete is not None and retention.empty_on_delete.value is True
    )


def _imported(context: Context, used: Used) -> bool:
    """Whether the image's name is imported from another stack: CloudFormation then lets nobody delete or replace what
    the export stands for.
    """
    resource = context.app.resource(used.use.place.address)
    return resource is not None and "Fn::ImportValue" in json.dumps(resource.properties)


def _finding(context: Context, held: list[Used], found: RepositoryFound, retention: Retention) -> Iterator[Finding]:
    here = found.place.address.template
    apart = [used for used in held if used.use.runs_at.address.template != here]
    deleted = retention.on_delete == DELETE and bool(apart)
    replaced = retention.on_replace == DELETE
    if not held or not (deleted or replaced):
        return
    hit = apart if deleted and not replaced else held
    named = " or ".join(retention.create_only)
    ways = ["the deletion of its stack"] if deleted else []
    if replaced:
        ways.append(f"a deployment that changes {named}" if named else "a deployment that gives it a name")
    emptied = (
        "EmptyOnDelete" if retention.emptied_by is None else f"the custom resource {retention.emptied_by.logical_id}"
    )
    by_resource = retention.emptied_by is not None
    written = delete_setting(context, found.place, by_resource=by_resource, in_template=emptied)
    in_use = some([_shown(used) for used in hit], 3)
    headline = f"{' or '.join(ways)} deletes every image of {found.site}, those in use too: {in_use}"
    facts = [f"{emptied} deletes the images before the repository goes"]
    if replaced:
        facts.append("CloudFormation makes a new repository first, which is empty, and then removes this one")
    property_ = "EmptyOnDelete" if retention.emptied_by is None else ""
    conditions = {name for used in hit for name in used.conditions}
    yield Finding(
        rule=RULE.id,
        severity=RULE.severity if deleted or named else Severity.WARNING,
        confidence=Confidence.MEDIUM if conditions else Confidence.HIGH,
        place=Place(found.place.address, property_),
        site=found.site,
        headline=headline,
        facts=tuple(facts),
        fix=Fix.of(
            f"{kept_setting(context, found.place)} and take {written} out; CloudFormation then leaves it alone",
            trade_off="it stays until somebody deletes it, and one in its place is empty: push what runs there too",
        ),
        shape=(found.site,),
    )


def _shown(used: Used) -> str:
    return f"{short_text(used.consumer.reference.text)}, which {used.consumer.id} runs"


RULE = Rule(
    id="repository-wiped",
    severity=Severity.ERROR,
    title="deleting or replacing the repository deletes images still in use",
    what=(
        "Fires on a repository that is emptied when it goes (`EmptyOnDelete`, or CDK's custom resource for it) while "
        "something in the app runs its images, if CloudFormation deletes it with its stack, which others outlive, or "
        "when it is replaced: a change of its name or its encryption does that. A repository without a name in the "
        "same stack as all that runs from it is a warning only. Whoever imports an export of the repository's stack "
        "does not count: as long as that is so, CloudFormation refuses both."
    ),
    why=(
        "CloudFormation makes the new repository first, empty, and then removes the old one with every image in it. "
        "Nothing that runs can be started again, and there is nothing to roll back to."
    ),
    example=Example(
        """\
ecr.Repository(self, "Images", repository_name="web", removal_policy=RemovalPolicy.DESTROY, empty_on_delete=True)
"""
    ),
    fix="Retain the repository, or do not empty it: CloudFormation cannot delete one that holds images.",
    better=Example(
        """\
ecr.Repository(self, "Images", repository_name="web", removal_policy=RemovalPolicy.RETAIN)
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatereplacepolicy.html",
    ),
    check=check,
    harm=Harm.LOSES,
    topic=TOPIC,
)
