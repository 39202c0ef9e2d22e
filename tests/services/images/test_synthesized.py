"""Templates as aws-cdk-lib renders them, cut down to what runs images and what holds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.graph import Flow, Origin
from seawall.services import build
from seawall.template import load


@pytest.fixture(scope="module")
def flow() -> Flow:
    return build(load([Path(__file__).parent / "synthesized"]))


ASSET = "250c4bd2c110b496b4d693329276cbdcdc3b7eb6452e29254178f70ee40cd0f0"
EXPECTED = {
    ("Consumers/Web/Service", "ecs-service", "Repo", "prod-1"),
    ("Consumers/Web2/Service", "ecs-service-unversioned", "Repo", "sha256:" + "a" * 64),
    ("Consumers/Nightly", "ecs-task", "Repo", None),
    ("Consumers/Sched", "ecs-task", "Shared", "v1"),
    ("Consumers/Machine", "ecs-task", "cdk-assets", ASSET),
    ("Consumers/ByName", "ecs-task-definition", "imported", "v1"),
    ("Consumers/ByArn", "ecs-task-definition", "x/y", "v1"),
    ("Consumers/Lit", "ecs-task-definition", "public", "1"),
    ("Consumers/TagParam", "ecs-task-definition", "Repo", None),
    ("Consumers/Fn", "lambda", "Repo", "fn-1"),
    ("Consumers/FnAsset", "lambda", "cdk-assets", ASSET),
    ("Consumers/Build", "codebuild", "Repo", "ci"),
    ("Consumers/Job", "batch-job", "Repo", "job"),
    ("Consumers/Machine", "sagemaker-job", "Repo", "train"),
    ("Eks/K8s/manifest-Dep/Resource/Default", "eks-pod", "third-party", "1"),
    ("Eks/K8s/manifest-Dep/Resource/Default", "eks-pod", "App", "v7"),
    ("Eks/K8s/chart-Chart/Resource/Default", "eks-pod", "App", "v8"),
    ("Eks/K8s/chart-Chart/Resource/Default", "eks-pod", "third-party", "7"),
    ("Eks/K8s/chart-Chart/Resource/Default", "eks-pod", "App", "v9"),
    ("Pipe/P", "codebuild", "third-party", "7.0"),
    ("Pipe/Pipeline", "codepipeline-source", "R", "rel"),
    ("Far/Fn", "lambda", "R", "v1"),
}


def test_every_use_is_found_once(flow: Flow) -> None:
    names = {each.place.address: each.site.rpartition("/")[2] for each in flow.repositories}
    found = []
    for use in flow.images:
        where = use.image.repository
        name = names[where.address] if where.address else where.name if where.origin is Origin.OUTSIDE else where.origin
        found.append((use.site, use.kind, str(name), use.image.digest or use.image.tag))
    assert sorted(map(str, found)) == sorted(map(str, EXPECTED))


def test_versions_of_the_function(flow: Flow) -> None:
    (version,) = next(use.versions for use in flow.images if use.site == "Consumers/Fn")
    assert (version.aliases, version.retained) == (("live",), False)


def test_repositories(flow: Flow) -> None:
    found = {each.site: each for each in flow.repositories}
    assert set(found) == {
        "Registry/Shared",
        "Consumers/Repo",
        "Consumers/Auto",
        "Eks/App",
        "Pipe/R",
        "Far/Tpl",
    }
    shared, repo, auto = found["Registry/Shared"], found["Consumers/Repo"], found["Consumers/Auto"]
    assert shared.mutability.value == "IMMUTABLE_WITH_EXCLUSION"
    assert [each.value.value for each in shared.filters] == ["latest*"]
    assert repo.policy is not None and repo.policy.document is not None
    assert [rule["rulePriority"] for rule in repo.policy.document["rules"]] == [1, 2]
    assert repo.retention is not None and repo.retention.empty_on_delete is not None
    assert repo.retention.empty_on_delete.value is True
    assert auto.retention is not None and auto.retention.emptied_by is not None
    assert found["Pipe/R"].name == "team/web"
    assert found["Far/Tpl"].kind == "creation-template"
