"""Amazon EKS through the CDK: manifests and Helm charts stand as JSON text in custom resources.

A node that lacks the image pulls the tag; a job's pod runs once.

Source: aws-cdk-lib 2.276, aws-eks `KubernetesManifest`, `KubernetesPatch` and `HelmChart`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from seawall.graph.images import Binding
from seawall.template import Embedded, Resource, Setting, ValueStatus, parse_embedded

from ..registry import hops
from ..wiring import Wiring
from .documents import Contained, chart_images, containers
from .naming import image_names
from .recording import note, reads, use

KIND = "eks-pod"
_MANIFESTS: Mapping[str, str] = {
    "Custom::AWSCDK-EKS-KubernetesResource": "Manifest",
    "Custom::AWSCDK-EKS-KubernetesPatch": "ApplyPatchJson",
}
_CHART = "Custom::AWSCDK-EKS-HelmChart"
reads(_CHART, "Values", kind=KIND)
for _type, _property in _MANIFESTS.items():
    reads(_type, _property, kind=KIND)
_ONCE = ("Job", "CronJob")
"""Kubernetes objects whose pods run to their end."""


@hops(*_MANIFESTS)
def manifest(wiring: Wiring, resource: Resource) -> None:
    """Every container of every object in a manifest uses its image."""
    name = _MANIFESTS[resource.type]
    document = _document(wiring, resource, name)
    if document is not None:
        for each in containers(document, document.document):
            _pod(wiring, resource, f"{name}.{each.path}", each)


def _document(wiring: Wiring, resource: Resource, name: str) -> Embedded | None:
    raw = resource.properties.get(name)
    found = None if raw is None else parse_embedded(wiring.app, wiring.template(resource), raw)
    return found if isinstance(found, Embedded) else None


def _pod(wiring: Wiring, resource: Resource, property_: str, each: Contained) -> None:
    workload = each.workload
    binds = Binding.RUN if workload.kind in _ONCE else Binding.START
    for image in image_names(wiring.app, wiring.template(resource), each.value):
        via = f"{workload.kind}/{workload.name}" if workload.kind else resource.type
        found = use(
            wiring,
            resource,
            property_,
            image,
            KIND,
            binds,
            via=via,
            container=each.container,
        )
        if workload.replicas is not None:
            found = replace(found, desired=Setting(workload.replicas, ValueStatus.KNOWN, property_))
        wiring.images.append(found)


@hops(_CHART)
def chart(wiring: Wiring, resource: Resource) -> None:
    """A Helm chart uses the images that its values name; those of its defaults are not in the template."""
    document = _document(wiring, resource, "Values")
    if document is not None:
        for where, value in chart_images(document, document.document):
            note(wiring, resource, f"Values.{where}", value, KIND, Binding.START, via="helm-chart")
