"""Containers and jobs as sites: code that runs under a role, and the retries that its own service makes of a job.

A job that is submitted waits at a site of its own, from which it is started as often as its service retries it: who
submits it hands off, or waits for the last try.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from seawall.graph.layers import Layer, Offer, Sets
from seawall.graph.model import CLASSES, ONCE, Bound, FailureClass, Place, Site, Tries
from seawall.template import Resource, Setting, Value, ValueStatus

from .holders import Holder, hold
from .tries import untold
from .wiring import Wiring

STATEABLE = (
    "AWS::AppRunner::Service",
    "AWS::Batch::JobDefinition",
    "AWS::CodeBuild::Project",
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::EMR::Step",
    "AWS::ECS::ExpressGatewayService",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::Glue::Job",
)
"""Types of resources, other than functions, of whose code an author can state something."""
JOB_QUEUE = "job-queue"
"""Kind of a site where submitted runs wait."""


def works(
    wiring: Wiring,
    resource: Resource,
    kind: str,
    *,
    role: str = "",
    roles: Iterable[Value] = (),
    environment: Iterable[Value] = (),
) -> str:
    """The site of a resource that runs code under the `roles` found at the property `role`."""
    site = wiring.site(Site(resource.site_id, kind, Place(resource.address), works=True))
    hold(wiring, Holder(site, resource, Place(resource.address, role), tuple(roles), tuple(environment)))
    return site


class Described(Struct, frozen=True):
    """A job that a request describes: where in it what stands."""

    kind: str
    """Of the site where it runs."""
    role: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    retries: tuple[str, ...] = ()
    first: int = 0
    """1 where the number counts the runs after the first, 0 where it counts all."""
    classes: frozenset[FailureClass] = frozenset(CLASSES)
    """Failures after which the service tries again."""
    default: int = 0
    """The number where the request does not say."""


def described(
    wiring: Wiring, resource: Resource, site: str, job: Described, place: Place, limit: Setting[int] | None
) -> tuple[str, str]:
    """The site of a job that `resource` describes, and the one where its runs start."""
    work = wiring.site(Site(site, job.kind, place, works=True))
    if limit is None or (limit.status is ValueStatus.DEFAULT and not job.default):
        return work, work
    counted = _counted(wiring, resource, limit, job.first, job.default)
    tries: Mapping[str, Tries] = {failure: counted if failure in job.classes else ONCE for failure in CLASSES}
    return work, submitted(wiring, f"{site}#runs", work, place, tries, "job-retry")


def submitted(wiring: Wiring, site: str, work: str, place: Place, tries: Mapping[str, Tries], kind: str) -> str:
    """The site where submitted runs of the code at `work` wait, made with its hop when something first leads there;
    the code itself where its service never tries again.
    """
    if all(each == ONCE for each in tries.values()):
        return work
    if site not in wiring.sites:
        wiring.site(Site(site, JOB_QUEUE, place))
        _queues(wiring).setdefault(work, {})[site] = None
        wiring.hop(site, work, kind, place, awaits=True, tries=tries)
    return site


def waiting(wiring: Wiring, work: str) -> tuple[str, ...]:
    """The sites where submitted runs of the code at `work` wait; the code itself where there are none."""
    return tuple(site for site in _queues(wiring).get(work, {}) if site in wiring.sites) or (work,)


def _queues(wiring: Wiring) -> dict[str, dict[str, None]]:
    """By site of code: where submitted runs of it wait."""
    return wiring.kept("job queues", dict)


def total_tries(wiring: Wiring, resource: Resource, setting: Setting[int]) -> Mapping[str, Tries]:
    """Tries of a setting that counts every run, such as `Attempts`."""
    return dict.fromkeys(CLASSES, _counted(wiring, resource, setting, 0))


def retries(wiring: Wiring, resource: Resource, setting: Setting[int]) -> Mapping[str, Tries]:
    """Tries of a setting that counts the runs after the first, such as `MaxRetries`."""
    return dict.fromkeys(CLASSES, _counted(wiring, resource, setting, 1))


def _counted(wiring: Wiring, resource: Resource, setting: Setting[int], first: int, default: int = 0) -> Tries:
    """Tries of a setting that counts runs from the first (0) or from the second (1) on."""
    name = setting.property.rpartition(".")[2]
    layer = _layer(name, first)
    if setting.status is ValueStatus.DEFAULT and default:
        note = f"{name} = {default}, the default"
        return Tries(first + default, Bound.COUNT, setting.status, setting.property, note, backoff=None, layer=layer)
    if setting.value is None:
        return untold(wiring, resource, setting, layer)
    if setting.status is ValueStatus.DEFAULT:
        return ONCE
    total, note = max(1, first + setting.value), f"{name} = {setting.value}"
    return Tries(total, Bound.COUNT, setting.status, setting.property, note, backoff=None, layer=layer)


def _layer(name: str, first: int) -> Layer:
    """What an author may change about the retries that a service makes of its own jobs."""
    counts, number = (Sets.RETRIES, "{retries}") if first else (Sets.TRIES, "{tries}")
    return Layer(
        limit=Offer(f"set {name} {number} on", "{target}", counts),
        drop=Offer(f"set {name} {'0' if first else '1'} on", "{target}", counts),
    )
