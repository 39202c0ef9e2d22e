"""Manifests and charts inside the CDK's custom resources."""

from __future__ import annotations

import json
from typing import Any

from seawall.graph import Binding, Origin

from ..conftest import Raw, Wire, join, ref
from .conftest import HOST, only, repository, uri, uses

IMAGE = f"{HOST}/app:v1"


def manifest(*objects: Any) -> Raw:
    return {"Type": "Custom::AWSCDK-EKS-KubernetesResource", "Properties": {"Manifest": json.dumps(objects)}}


def workload(kind: str, spec: Raw) -> Raw:
    return {"kind": kind, "metadata": {"name": "web"}, "spec": spec}


def pod(*images: str) -> Raw:
    return {"spec": {"containers": [{"name": f"c{index}", "image": image} for index, image in enumerate(images)]}}


def test_containers_of_a_deployment(wire: Wire) -> None:
    template = pod(IMAGE)
    template["spec"]["initContainers"] = [{"name": "init", "image": "busybox"}]
    found = uses(wire({"It": manifest(workload("Deployment", {"replicas": 3, "template": template}))}))
    assert [(each.container, each.image.repository.origin) for each in found] == [
        ("init", Origin.THIRD_PARTY),
        ("c0", Origin.OUTSIDE),
    ]
    last = found[1]
    assert (last.kind, last.via, last.binds) == ("eks-pod", "Deployment/web", Binding.START)
    assert last.desired is not None and last.desired.value == 3
    assert last.place.property == "Manifest.0.spec.template.spec.containers.0.image"


def test_a_job_runs_once(wire: Wire) -> None:
    job = workload("CronJob", {"jobTemplate": {"spec": {"template": pod(IMAGE)}}})
    found = only(wire({"It": manifest(job)}))
    assert (found.binds, found.desired) == (Binding.RUN, None)


def test_a_repository_of_the_app_inside_the_text(wire: Wire) -> None:
    head, tail = json.dumps([workload("Pod", pod("@@")["spec"])]).split("@@")
    text = join(head, uri("Repo", ":v7"), tail)
    raw = {"Type": "Custom::AWSCDK-EKS-KubernetesResource", "Properties": {"Manifest": text}}
    found = only(wire({"It": raw, "Repo": repository()}))
    assert (found.image.repository.origin, found.image.tag) == (Origin.ANALYSED, "v7")


def test_a_patch(wire: Wire) -> None:
    patch = {"ApplyPatchJson": json.dumps(pod(IMAGE)), "RestorePatchJson": json.dumps(pod("nginx"))}
    found = only(wire({"It": {"Type": "Custom::AWSCDK-EKS-KubernetesPatch", "Properties": patch}}))
    assert (found.image.tag, found.via) == ("v1", "Custom::AWSCDK-EKS-KubernetesPatch")


def chart(values: Any) -> Raw:
    text = values if isinstance(values, dict) and "Fn::Join" in values else json.dumps(values)
    return {"Type": "Custom::AWSCDK-EKS-HelmChart", "Properties": {"Chart": "web", "Values": text}}


def test_values_of_a_chart(wire: Wire) -> None:
    values = {
        "image": {"repository": f"{HOST}/app", "tag": 8},
        "sidecar": {"image": {"registry": HOST, "repository": "proxy", "digest": "sha256:" + "b" * 64}},
        "job": {"image": IMAGE},
        "worker": {"containerImage": "nginx:1"},
        "git": {"repository": "https://example.org/repo.git"},
        "images": [{"repository": "redis", "tag": "7"}],
    }
    found = uses(wire({"It": chart(values)}))
    assert [(each.image.repository.name, each.image.tag, bool(each.image.digest)) for each in found] == [
        ("app", "8", False),
        ("proxy", None, True),
        ("app", "v1", False),
        ("nginx", "1", False),
        ("redis", "7", False),
    ]
    assert {(each.kind, each.via) for each in found} == {("eks-pod", "helm-chart")}
    assert found[0].place.property == "Values.image.repository"


def test_a_chart_may_choose_the_tag(wire: Wire) -> None:
    found = only(wire({"It": chart({"image": {"repository": f"{HOST}/app"}})})).image
    assert (found.repository.name, found.resolved) == ("app", False)
    assert found.why == "the values give no tag, so the chart chooses one"


def test_a_repository_of_the_app_in_values(wire: Wire) -> None:
    values = join('{"image":{"repository":"', uri("Repo"), '","tag":"', ref("Tag"), '"}}')
    found = only(wire({"It": chart(values), "Repo": repository()}, Parameters={"Tag": {"Type": "String"}})).image
    assert (found.repository.origin, found.why) == (Origin.ANALYSED, "parameter Tag has no default")


def test_each_value_of_a_parameter_in_a_manifest(wire: Wire) -> None:
    text = json.dumps([workload("Deployment", {"template": pod("IMAGE:TAG")})]).partition("IMAGE:TAG")
    made = join(text[0], {"Fn::GetAtt": ["Repo", "RepositoryUri"]}, ":", ref("Tag"), text[2])
    resources = {
        "It": {"Type": "Custom::AWSCDK-EKS-KubernetesResource", "Properties": {"Manifest": made}},
        "Repo": repository(),
    }
    parameters = {"Tag": {"Type": "String", "AllowedValues": ["v1", "dev"], "Default": "v1"}}
    found = uses(wire(resources, Parameters=parameters))
    assert {each.image.tag: each.conditions for each in found} == {"v1": ("Tag is v1",), "dev": ("Tag is dev",)}
