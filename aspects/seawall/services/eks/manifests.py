"""Kubernetes manifests and Helm values of the CDK: what their pods read or call is not followed, and is said.

A Job is tried again as often as its `backoffLimit` says, 6 times where it says nothing, and a CronJob starts such jobs;
what is in flight in a pod goes back to the queue it came from, and comes to another.

Source: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy, read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph.facts import Fact
from seawall.template import Embedded, Json, Resource, parse_embedded

from ..census.gaps import NAMED_BY_EVENTS
from ..registry import finisher
from ..wiring import Wiring

BACKOFF_LIMIT = Fact(
    6, "https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy", "2026-11-29"
)
"""Retries of a Job, the first try not included, where its `backoffLimit` is not set."""
_DOCUMENTS: Mapping[str, str] = {
    "Custom::AWSCDK-EKS-KubernetesResource": "Manifest",
    "Custom::AWSCDK-EKS-KubernetesPatch": "ApplyPatchJson",
    "Custom::AWSCDK-EKS-HelmChart": "Values",
}
_MOST_OBJECTS = 2_000


@finisher(order=97)
def not_followed(wiring: Wiring) -> None:
    """Each manifest that names something of the app is a gap, with how often its jobs are tried."""
    for type_, property_ in _DOCUMENTS.items():
        for resource in wiring.app.by_type.get(type_, ()):
            raw = resource.properties.get(property_)
            document = None if raw is None else parse_embedded(wiring.app, wiring.template(resource), raw)
            if isinstance(document, Embedded):
                named = ", ".join(dict.fromkeys(_named(wiring, resource, document)))
                if named:
                    why = f"names {named}, and pods of Kubernetes are not followed{_tries(document.document)}"
                    wiring.unknown(resource, property_, why)


def _named(wiring: Wiring, resource: Resource, document: Embedded) -> Iterator[str]:
    for value in document.values.values():
        for target in wiring.targets(resource, value):
            found = wiring.app.resource(target.address)
            if found is not None and found.type in NAMED_BY_EVENTS:
                yield found.site_id


def _tries(document: Json) -> str:
    """How often a job in it runs again by itself."""
    limits = [each.get("backoffLimit", BACKOFF_LIMIT.value) for each in _jobs(document)]
    counted = [limit for limit in limits if isinstance(limit, int) and not isinstance(limit, bool)]
    if not limits:
        return ""
    if not counted:
        return "; its job has a backoffLimit that only the deployment knows"
    most = max(0, *counted)
    return f"; its job is tried {1 + most:,} {'times' if most else 'time'} (backoffLimit {most})"


def _jobs(document: Json) -> Iterator[Mapping[str, Json]]:
    """The specifications of jobs, those that a CronJob starts among them."""
    pending: list[Json] = [document]
    for _ in range(_MOST_OBJECTS):
        if not pending:
            return
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            spec = node.get("spec")
            if node.get("kind") == "Job" and isinstance(spec, dict):
                yield spec
            inner = spec.get("jobTemplate") if node.get("kind") == "CronJob" and isinstance(spec, dict) else None
            if isinstance(inner, dict) and isinstance(inner.get("spec"), dict):
                yield inner["spec"]
            if isinstance(node.get("items"), list):
                pending.append(node["items"])
