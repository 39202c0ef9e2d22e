"""Kubernetes manifests that name something of the app."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Raw, Wire, arn, join, queue, ref, whys


def manifest(*objects: Raw) -> Raw:
    """As the CDK writes it: JSON text around tokens."""
    before, after = json.dumps(list(objects)).split("@queue@")
    properties: Raw = {"Manifest": join(before, ref("Queue"), after)}
    return {"Type": "Custom::AWSCDK-EKS-KubernetesResource", "Properties": properties}


def pod() -> Raw:
    environment = [{"name": "QUEUE", "value": "@queue@"}]
    return {"spec": {"containers": [{"name": "c", "image": "x", "env": environment}]}}


def job(**spec: Any) -> Raw:
    return {"kind": "Job", "metadata": {"name": "j"}, "spec": {"template": pod()} | spec}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (manifest({"kind": "Deployment", "spec": {"template": pod()}}), "are not followed"),
        (manifest(job()), "tried 7 times"),
        (manifest(job(backoffLimit=2)), "tried 3 times"),
        (manifest({"kind": "List", "items": [job(backoffLimit=3)]}), "tried 4 times"),
        (
            manifest({"kind": "CronJob", "spec": {"jobTemplate": {"spec": job(backoffLimit=0)["spec"]}}}),
            "tried 1 time ",
        ),
    ],
)
def test_a_manifest_that_names_a_queue_is_a_gap(wire: Wire, made: Raw, said: str) -> None:
    why = whys(wire({"Queue": queue(), "Pods": made}))["Pods.Manifest"]
    assert why.startswith("names app/Queue, and pods of Kubernetes are not followed")
    assert said in why


def test_a_manifest_that_names_nothing_of_the_app_is_none(wire: Wire) -> None:
    bare = {"Type": "Custom::AWSCDK-EKS-KubernetesResource", "Properties": {"Manifest": json.dumps([job()])}}
    assert not whys(wire({"Queue": queue(), "Pods": bare}))
    patched = {"Type": "Custom::AWSCDK-EKS-HelmChart", "Properties": {"Values": '{"a": [1, null'}}
    assert not whys(wire({"Queue": queue(), "Fn": {"Type": "AWS::SNS::Topic"}, "Pods": patched}))


def test_helm_values_count_too(wire: Wire) -> None:
    values = join('{"env": {"QUEUE": "', arn("Queue"), '"}}')
    chart = {"Type": "Custom::AWSCDK-EKS-HelmChart", "Properties": {"Values": values}}
    assert "app/Queue" in whys(wire({"Queue": queue(), "Pods": chart}))["Pods.Values"]
