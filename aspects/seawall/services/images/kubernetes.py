"""Amazon EKS through the CDK: manifests and Helm charts stand as JSON text in custom resources.

A node that lacks the image pulls the tag; a job's pod runs once.

Source: aws-cdk-lib 2.276, aws-eks `KubernetesManifest`, `KubernetesPatch` and `HelmChart`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from seawall.graph.images import Binding, ImageName
from seawall.template import ABSENT, Embedded, Resource, Setting, Value, ValueStatus, parse_embedded

from ..registry import hops
from ..wiring import Wiring
from .documents import Contained, chart_images, containers
from .naming import image_names
from .recording import names_in_worlds, note, reads, use

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
            _pod(wiring, resource, name, each)


def _document(wiring: Wiring, resource: Resource, name: str) -> Embedded | None:
    raw = resource.properties.get(name)
    found = None if raw is None else parse_embedded(wiring.app, wiring.template(resource), raw)
    return found if isinstance(found, Embedded) else None


def _again(wiring: Wiring, resource: Resource, name: str, path: str) -> Value:
    """What stands at `path` of a manifest, as it is in the world that is looked at."""
    document = _document(wiring, resource, name)
    found = () if document is None else containers(document, document.document)
    return next((each.value for each in found if each.path == path), ABSENT)


def _pod(wiring: Wiring, resource: Resource, name: str, each: Contained) -> None:
    workload, property_ = each.workload, f"{name}.{each.path}"
    binds = Binding.RUN if workload.kind in _ONCE else Binding.START
    images: Iterable[ImageName] = image_names(wiring.app, wiring.template(resource), each.value)
    if wiring.app.reading.needs:  # what the manifest says hangs on a parameter or a condition
        images = names_in_worlds(wiring, resource, lambda: _again(wiring, resource, name, each.path))
    for image in images:
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
