"""Small apps of a kind each, most of them after reports of images lost: what is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.engine import Report, report_of
from seawall.images import Verdict, to_object
from seawall.template import load
from tests.images.made import policy

Raw = dict[str, Any]
DANGER = {"image-doomed", "image-endangered"}
SPOKEN = {*DANGER, "image-window", "image-unknown", "lifecycle-invalid", "lifecycle-dead-rule", "repository-wiped"}
ASSETS = {"Fn::Sub": "cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}"}


def at(image: str, repository: str = "Repo") -> Raw:
    """An image of a repository of the template."""
    return {"Fn::Sub": f"${{{repository}.RepositoryUri}}{image}"}


def repository(*rules: str, name: Any = None, mutability: str = "MUTABLE", **metadata: Any) -> Raw:
    properties: Raw = {"ImageTagMutability": mutability}
    if rules:
        properties["LifecyclePolicy"] = {"LifecyclePolicyText": json.dumps(to_object(policy(*rules)))}
    if name is not None:
        properties["RepositoryName"] = name
    made: Raw = {"Type": "AWS::ECR::Repository", "Properties": properties}
    return {**made, "Metadata": {"seawall": metadata}} if metadata else made


def service(image: Any, name: str = "Web") -> Raw:
    containers = [{"Name": "c", "Image": image}]
    return {
        f"{name}Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": containers}},
        name: {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Ref": f"{name}Task"}}},
    }


def function(image: Any) -> Raw:
    return {"Type": "AWS::Lambda::Function", "Properties": {"PackageType": "Image", "Code": {"ImageUri": image}}}


def manifest(kind: str, spec: Any) -> Raw:
    document = json.dumps([{"kind": kind, "metadata": {"name": "it"}, "spec": spec}])
    before, image, after = document.partition("IMAGE")
    text = {"Fn::Join": ["", [before, at(":v1"), after]]} if image else document
    return {"Type": "Custom::AWSCDK-EKS-KubernetesResource", "Properties": {"Manifest": text}}


def checked(tmp_path: Path, resources: Raw, *others: Raw, **sections: Raw) -> Report:
    for number, each in enumerate((resources, *others)):
        (tmp_path / f"t{number}.json").write_text(json.dumps({"Resources": each, **(sections if not number else {})}))
    return report_of(load([tmp_path]))


def rules_of(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings} & SPOKEN


def test_a_shared_repository_is_divided_by_all_its_assets(tmp_path: Path) -> None:
    functions = {}
    for number in range(8):
        host = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"
        text = f"{host}/{ASSETS['Fn::Sub']}:{number:064x}"
        functions[f"F{number}"] = function({"Fn::Sub": text})

    def said(*rules: str) -> tuple[set[str], set[float | None]]:
        shared = {"ContainerAssetsRepository": repository(*rules, name=ASSETS, mutability="IMMUTABLE")}
        report = checked(tmp_path, shared, functions)
        return rules_of(report), {used.judgement.days for used in report.images.used}

    assert said("any cnt 30") == ({"image-endangered"}, {2.3})
    assert said("any cnt 5") == ({"image-doomed"}, {0})
    assert said("untagged age 365") == (set(), {None})


@pytest.mark.parametrize(
    ("rules", "tag", "said"),
    [
        (("any age 7",), "@sha256:" + "a" * 64, {"image-doomed"}),
        (("any age 14",), ":7b082e9@sha256:" + "e" * 64, {"image-doomed"}),
        (("any age 30",), ":1f3e5d7", {"image-doomed"}),
        (("any cnt 1000",), ":sha-1f3e5d7", {"image-window"}),
        (("sha-* cnt 3",), ":sha-1f3e5d7", {"image-endangered", "image-unknown"}),
        (("latest cnt 1",), ":latest", set()),
        (("latest cnt 1", "any age 90"), ":latest", set()),
        (("v42 cnt 1", "any age 1"), ":v42", {"image-window", "image-unknown"}),
        (("untagged age 1", "v* cnt 9"), ":v42", {"image-unknown"}),
    ],
)
def test_a_service(rules: tuple[str, ...], tag: str, said: set[str], tmp_path: Path) -> None:
    report = checked(tmp_path, {"Repo": repository(*rules), **service(at(tag))})
    assert rules_of(report) == said - ({"image-unknown"} if said & DANGER else set())


def test_an_alias_on_an_older_version_needs_what_lost_its_tag(tmp_path: Path) -> None:
    alias = {"FunctionName": {"Ref": "Fn"}, "FunctionVersion": "7", "Name": "live"}
    parts = {"Repo": repository("untagged age 1"), "Fn": function(at(":app"))}
    report = checked(tmp_path, {**parts, "Live": {"Type": "AWS::Lambda::Alias", "Properties": alias}})
    assert rules_of(report) == {"image-endangered"}


def test_one_place_for_two_environments(tmp_path: Path) -> None:
    resources: Raw = {"Repo": repository("deployed-to^ cnt 1", "any age 30")}
    for name in ("production", "staging"):
        resources |= {k: v for k, v in service(at(f":deployed-to-{name}"), name).items() if k.endswith("Task")}
        target = {"Id": "t", "Arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/c", "RoleArn": "r"}
        target["EcsParameters"] = {"TaskDefinitionArn": {"Ref": f"{name}Task"}}  # type: ignore[assignment]
        rule = {"ScheduleExpression": "rate(1 day)", "Targets": [target]}
        resources[f"{name}Rule"] = {"Type": "AWS::Events::Rule", "Properties": rule}
    assert rules_of(checked(tmp_path, resources)) == {"image-endangered"}


def test_a_name_that_two_places_take_from_one_parameter(tmp_path: Path) -> None:
    image = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/${N}-web:v1"}
    resources = {"Repo": repository("any age 7", name={"Fn::Sub": "${N}-web"}), **service(image)}
    report = checked(tmp_path, resources, Parameters={"N": {"Type": "String"}, "M": {"Type": "String"}})
    assert rules_of(report) == {"image-doomed"}
    resources["Repo"]["Properties"]["RepositoryName"] = {"Fn::Sub": "${M}-web"}
    report = checked(tmp_path, resources, Parameters={"N": {"Type": "String"}, "M": {"Type": "String"}})
    assert rules_of(report) == {"image-unknown"}


def test_an_imported_repository_is_asked_for_and_counted(tmp_path: Path) -> None:
    image = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/imported:v1"}
    report = checked(tmp_path, service(image))
    assert rules_of(report) == {"image-unknown"}
    assert len(report.gaps) == 1
    both = checked(tmp_path, service(image), {"Repo": repository("any cnt 2", name="imported")})
    assert rules_of(both) == {"image-endangered"}


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("EC2::Instance", {"UserData": {"Fn::Base64": {"Fn::Sub": "docker run ${Repo.RepositoryUri}:v1\n"}}}),
        ("Lambda::Function", {"Environment": {"Variables": {"IMAGE": at(":v1")}}}),
        ("SSM::Document", {"Content": {"mainSteps": [{"inputs": {"runCommand": [at(":v1")]}}]}}),
        ("SageMaker::Algorithm", {"TrainingSpecification": {"TrainingImage": at(":v1")}}),
        ("Scheduler::Schedule", {"Target": {"Input": {"Fn::Sub": '{"Image": "${Repo.RepositoryUri}:v1"}'}}}),
    ],
)
def test_whatever_names_an_image_is_a_use(kind: str, resource: Raw, tmp_path: Path) -> None:
    it = {"Type": f"AWS::{kind}", "Properties": resource}
    report = checked(tmp_path, {"Repo": repository("any cnt 1", mutability="IMMUTABLE"), "It": it})
    (used,) = report.images.used
    assert used.judgement.verdict is Verdict.ENDANGERED
    (finding,) = (each for each in report.findings if each.rule in DANGER)
    assert finding.severity.word == ("error" if used.use.kind == "sagemaker-job" else "warning")
    assert used.use.kind in ("named", "sagemaker-job")


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("SparkApplication", {"image": "IMAGE"}),
        ("Workflow", {"templates": [{"name": "a", "container": {"image": "IMAGE"}}]}),
        ("Workflow", {"templates": [{"name": "a", "script": {"image": "IMAGE", "source": "x"}}]}),
        ("Deployment", {"template": {"spec": {"containers": [{"name": "c", "image": "IMAGE"}]}}}),
    ],
)
def test_images_in_manifests(kind: str, spec: Raw, tmp_path: Path) -> None:
    report = checked(tmp_path, {"Repo": repository("any cnt 1", mutability="IMMUTABLE"), "It": manifest(kind, spec)})
    (used,) = report.images.used
    assert (used.use.kind, used.judgement.verdict) == ("eks-pod", Verdict.ENDANGERED)


def test_a_repository_named_without_an_image_is_a_gap(tmp_path: Path) -> None:
    it = {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": {"REPO": {"Ref": "Repo"}}}}}
    report = checked(tmp_path, {"Repo": repository("any cnt 1"), "It": it})
    assert [each.why for each in report.gaps if "Repo" in each.why] == [
        "names the image repository Repo; which image it uses, and how, is not known"
    ]
    policies = {"Policies": [{"PolicyDocument": {"Statement": [{"Resource": {"Fn::GetAtt": ["Repo", "Arn"]}}]}}]}
    role = {"Type": "AWS::IAM::Role", "Properties": policies}
    report = checked(tmp_path, {"Repo": repository("any cnt 1"), "It": role})
    assert not [each for each in report.gaps if "Repo" in each.why]


def test_what_is_stated_of_a_repository(tmp_path: Path) -> None:
    def said(rules: tuple[str, ...], tag: str, **stated: Any) -> tuple[set[str], float | None]:
        report = checked(tmp_path, {"Repo": repository(*rules, **stated), **service(at(tag))})
        return rules_of(report), report.images.used[0].judgement.days

    assert said(("any cnt 10",), ":sha-1f3e5d7")[0] == {"image-endangered"}
    assert said(("any cnt 10",), ":sha-1f3e5d7", pushes_per_day=0.1) == ({"image-window"}, 100)
    assert said(("any cnt 10",), ":sha-1f3e5d7", pushes_per_day=0.1, used_elsewhere=["sha-2f3e5d7"])[1] == 90
    assert said(("any cnt 10",), ":sha-1f3e5d7", pushes_per_day=0.1, used_elsewhere=4)[1] == 60
    assert said(("any cnt 10",), ":sha-1f3e5d7", pushes_per_day=0.1, images_per_push=2)[1] == 50
    assert said(("sha-* cnt 10",), ":sha-1f3e5d7", pushes_per_day={"sha-*": 0.2, "pr-*": 9})[1] == 50
    assert said(("any cnt 92",), ":sha-1f3e5d7", pushes_per_day={"sha-*": 0.2, "pr-*": "9"})[1] == 10
    assert said(("untagged age 45",), ":latest")[0] == {"image-window"}
    assert said(("untagged age 45",), ":latest", rollbacks=0)[0] == set()
    assert said(("untagged age 89",), ":latest", rollbacks="2")[0] == {"image-window"}
    assert said(("v* cnt 9",), ":v42", build_tags=["v*"])[0] == {"image-endangered"}
    assert said(("untagged age 14",), ":latest")[0] == {"image-endangered"}
    assert said(("untagged age 14",), ":latest", days_between_deployments=7)[0] == set()
    assert said(("untagged age 1",), ":v42")[0] == {"image-unknown"}
    assert said(("untagged age 1",), ":v42", moving_tags=["latest"])[0] == set()
    assert said(("untagged age 1",), ":v42", build_tags=["v*"])[0] == set()
    assert said(("sha-* age 14", "prod cnt 1"), ":prod", moving_tags=[])[0] == {"image-unknown"}
    assert said(("sha-* age 14", "prod cnt 1"), ":prod", moving_tags=[], also_tagged=["sha-*"])[0] == {"image-doomed"}
    assert said(("any pulled 90 archive",), ":v42") == ({"image-window", "image-unknown"}, 90)
    assert said(("any pulled 90 archive",), ":v42", pulled_daily=True)[0] == set()


def test_what_others_run_is_judged_as_what_the_app_runs(tmp_path: Path) -> None:
    """A registry of its own: nothing in the app runs an image, and it is stated who does."""

    def said(*rules: str, **stated: Any) -> set[str]:
        return rules_of(checked(tmp_path, {"Repo": repository(*rules, mutability="IMMUTABLE", **stated)}))

    assert said("any age 14") == set()
    assert said("any age 14", used_elsewhere=["v40"]) == {"image-doomed"}
    assert said("any cnt 100", used_elsewhere=["v40", "v41"]) == {"image-endangered"}
    assert said("v* cnt 9", used_elsewhere=["v40"]) == set()
    assert said("v* cnt 1", used_elsewhere=["v40", "v41"]) == {"image-doomed"}
    assert said("any age 14", used_elsewhere=3) == {"image-doomed"}
    assert said("v* cnt 9", used_elsewhere=3) == set()
    assert said("dev-* age 3", used_elsewhere=3) == {"image-unknown"}  # has any of them such a tag?
    report = checked(tmp_path, {"Repo": repository("any age 14", mutability="IMMUTABLE", used_elsewhere=["v40"])})
    (finding,) = (each for each in report.findings if each.rule == "image-doomed")
    assert "deletes :v40, which another app on v40 runs, 14 to 15 days after its push, " in finding.headline
    assert finding.place.property == "LifecyclePolicy.LifecyclePolicyText"
