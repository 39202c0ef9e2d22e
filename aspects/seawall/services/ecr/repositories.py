"""Amazon ECR: repositories with their lifecycle policies, and the templates from which ECR makes repositories itself.

The policy is only read here, as text and as JSON; what it means is decided on a higher floor.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repositorycreationtemplate.html
(applied only when a repository is created, never to one that exists), and aws-cdk-lib 2.276, aws-ecr `Repository`
(``Custom::ECRAutoDeleteImages``)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from seawall.graph.images import Binding, Habits, ImageName, PolicyText, RepositoryFound, Retention, TagFilter
from seawall.graph.model import Place
from seawall.template import Address, Embedded, Item, Props, Resource, Unknown, parse_embedded, render
from seawall.template.worlds import Sides

from ..images.attributes import attribute, deletion_policy, replace_policy
from ..images.naming import analysed, is_asset_repository, is_bootstrap, name_of
from ..images.recording import STATED, use
from ..recording import each_world
from ..registry import hops
from ..wiring import Wiring
from .kinds import CREATION_TEMPLATE, REPOSITORY

AUTO_DELETE = "Custom::ECRAutoDeleteImages"
MUTABLE = "MUTABLE"
"""Tag mutability of a repository that does not say."""
CREATE_ONLY = ("RepositoryName", "EncryptionConfiguration")
"""Properties of a repository of which a change replaces it."""


@hops(REPOSITORY)
def repository(wiring: Wiring, resource: Resource) -> None:
    """A repository that the app declares."""
    props, template = wiring.props(resource), wiring.template(resource)
    name = name_of(wiring.app, resource)
    assets = is_bootstrap(resource) or is_asset_repository(name or "")
    habits = _habits(wiring, resource)
    _used_elsewhere(wiring, resource, habits)
    wiring.repositories.append(
        RepositoryFound(
            resource.site_id,
            Place(resource.address),
            "cdk-assets" if assets else "repository",
            name,
            _policies(wiring, resource, "LifecyclePolicy", "LifecyclePolicyText"),
            props.text("ImageTagMutability", default=MUTABLE),
            _filters(props),
            _retention(wiring, resource),
            props.text("LifecyclePolicy", "RegistryId").value,
            account=template.account,
            region=template.region,
            condition=resource.condition,
            habits=habits,
        )
    )


@hops(CREATION_TEMPLATE)
def creation_template(wiring: Wiring, resource: Resource) -> None:
    """A template from which ECR makes repositories that do not exist yet."""
    props, template = wiring.props(resource), wiring.template(resource)
    applied = (item.props.text().value for item in props.items("AppliedFor"))
    wiring.repositories.append(
        RepositoryFound(
            resource.site_id,
            Place(resource.address),
            "creation-template",
            name_of(wiring.app, resource, "Prefix"),
            _policies(wiring, resource, "LifecyclePolicy"),
            props.text("ImageTagMutability", default=MUTABLE),
            _filters(props),
            applied_for=tuple(each for each in applied if each is not None),
            account=template.account,
            region=template.region,
            condition=resource.condition,
            habits=_habits(wiring, resource),
        )
    )


def _filters(props: Props) -> tuple[TagFilter, ...]:
    prefix = "ImageTagMutabilityExclusionFilter"
    return tuple(
        TagFilter(item.props.text(f"{prefix}Type"), item.props.text(f"{prefix}Value"))
        for item in props.items(f"{prefix}s")
    )


def _policies(wiring: Wiring, resource: Resource, *path: str) -> tuple[PolicyText, ...]:
    """The policy at `path`, once per side of the conditions around it, and of what decides a part of it."""
    found: list[PolicyText] = []
    for item in _whole(wiring.props(resource).at(*path)):
        asked = partial(_policy, wiring, resource, item)
        several: dict[str, tuple[Sides, PolicyText]] = {}
        for sides, policy in each_world(wiring, resource, wiring.app.reading.taken, asked):
            several.setdefault(repr((policy.text, policy.document, policy.unknown)), (sides, policy))
        for sides, policy in several.values():
            told = (wiring.worlds.words(sides),) if len(several) > 1 else ()
            found.append(replace(policy, conditions=(*policy.conditions, *told)))
    return tuple(found)


def _whole(section: Props) -> Iterator[Item]:
    """What stands in a section, conditions taken apart; a list, which is no policy, stays in one piece."""
    raw = section.raw()
    if isinstance(raw, list) or (isinstance(raw, str) and raw.lstrip()[:1] == "["):
        yield Item(section)
    else:
        yield from section.items()


def _policy(wiring: Wiring, resource: Resource, item: Item) -> PolicyText:
    place = Place(resource.address, item.props.property)
    raw = item.props.raw()
    if raw is None:
        value = item.props.value()
        unknown = value if isinstance(value, Unknown) else Unknown(f"the policy is {render(value)}")
        return PolicyText(place, unknown=unknown, conditions=item.conditions)
    found = parse_embedded(wiring.app, wiring.template(resource), raw)
    literal = item.props.text().value if isinstance(raw, (str, dict)) else None
    if isinstance(found, Unknown):
        return PolicyText(place, literal, None, found, item.conditions)
    if isinstance(raw, str):
        literal = raw
    unclear = next((Unknown(_why(found, token)) for token in found.values), None)
    return PolicyText(place, None if unclear else literal, found.document, unclear, item.conditions)


def _why(found: Embedded, token: str) -> str:
    value = found.values[token]
    return value.why if isinstance(value, Unknown) else f"the policy holds {render(value)}"


def _retention(wiring: Wiring, resource: Resource) -> Retention:
    props = wiring.props(resource)
    return Retention(
        deletion_policy(wiring, resource),
        replace_policy(wiring, resource),
        tuple(
            name for name in ("DeletionPolicy", "UpdateReplacePolicy") if attribute(wiring, resource, name) is not None
        ),
        props.flag("EmptyOnDelete", default=False),
        _emptied(wiring).get(resource.address),
        tuple(name for name in CREATE_ONLY if props.exists(name)),
    )


def _emptied(wiring: Wiring) -> dict[Address, Address]:
    """By repository, the custom resource that deletes its images before it goes."""

    def find() -> dict[Address, Address]:
        found: dict[Address, Address] = {}
        for resource in wiring.app.by_type.get(AUTO_DELETE, ()):
            for target in wiring.targets(resource, wiring.props(resource).value("RepositoryName"), "ecr"):
                if target.address is not None:
                    found.setdefault(target.address, resource.address)
        return found

    return wiring.once("repositories emptied on deletion", find)


def _habits(wiring: Wiring, resource: Resource) -> Habits | None:
    """What is stated of a repository in its metadata."""
    if not isinstance(resource.metadata.get("seawall"), dict):
        return None
    stated = wiring.metadata(resource).at("seawall")
    elsewhere = stated.raw("used_elsewhere")
    paces = _paces(stated)
    number = str(elsewhere) if isinstance(elsewhere, (int, str)) and not isinstance(elsewhere, bool) else ""
    return Habits(
        pushes_per_day=None if paces else _pace(stated.text("pushes_per_day").value),
        paces=paces,
        rollbacks=stated.integer("rollbacks").value,
        days_between_deployments=stated.integer("days_between_deployments").value,
        images_per_push=stated.integer("images_per_push").value,
        also_tagged=_listed(stated, "also_tagged"),
        used_elsewhere=_listed(stated, "used_elsewhere") or (),
        images_elsewhere=int(number) if number.isdecimal() and len(number) < 10 else 0,
        pulled_daily=bool(stated.flag("pulled_daily", default=False).value),
        build_tags=_listed(stated, "build_tags"),
        moving_tags=_listed(stated, "moving_tags"),
    )


def _used_elsewhere(wiring: Wiring, resource: Resource, habits: Habits | None) -> None:
    """Images that others run, as stated: uses like those that a template shows. Of images of which only the number is
    stated one speaks for all; the rest are counted with it.
    """
    if habits is None:
        return
    repository = analysed(wiring.app, resource)
    found = [(ImageName(repository, tag), f"another app on {tag}") for tag in habits.used_elsewhere]
    if habits.images_elsewhere:
        found.append((ImageName(repository, why="its tag is not stated"), "another app"))
    for image, who in found:
        property_ = "Metadata.seawall.used_elsewhere"
        wiring.images.append(use(wiring, resource, property_, image, STATED, Binding.UNKNOWN, container=who))


def _paces(stated: Props) -> tuple[tuple[str, float], ...]:
    """Builds per day by pattern of tags, where they are stated so."""
    if not isinstance(stated.raw("pushes_per_day"), dict):
        return ()
    found = ((name, _pace(value.text().value)) for name, value in stated.at("pushes_per_day").mapping())
    return tuple((name, pace) for name, pace in found if pace is not None)


def _pace(text: str | None) -> float | None:
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if 0 < found < 1e9 else None


def _listed(stated: Props, name: str) -> tuple[str, ...] | None:
    """The texts of a list; None where none is stated."""
    if not isinstance(stated.raw(name), list):
        return None
    found = (item.props.text().value for item in stated.items(name))
    return tuple(each for each in found if each)
