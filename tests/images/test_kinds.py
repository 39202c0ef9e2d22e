"""Many small apps of each kind, with what has to be said of them; each answer was worked out before it was run.

The arithmetic, in the default model of time (10 builds a day, a deployment a month, one rollback): a rule that keeps N
of which K are in use takes the first at the (N - K + 1)th younger image, so after (N - K + 1) / 10 days under CI.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.images import to_object
from tests.images.made import policy
from tests.images.test_cases import ASSETS, Raw, at, checked, function, repository, rules_of, service

DOOMED, ENDANGERED, WINDOW, ASKED, SILENT = (
    {"image-doomed"},
    {"image-endangered"},
    {"image-window"},
    {"image-unknown"},
    set[str](),
)
DIGESTS = ("@sha256:" + "a" * 64, "@sha256:" + "b" * 64)


@pytest.mark.parametrize(
    ("assets", "rules", "said"),
    [
        (1, ("any cnt 1",), ENDANGERED),  # the next asset of any app of the account
        (8, ("any cnt 8",), ENDANGERED),
        (8, ("any cnt 7",), DOOMED),  # asset hashes are one image each
        (3, ("any cnt 301",), ENDANGERED),  # 299 younger ones: 29.9 days
        (3, ("any cnt 302",), WINDOW),  # 300: 30 days
        (3, ("any cnt 3651",), WINDOW),  # 3,649: 364.9 days
        (3, ("any cnt 3652",), SILENT),  # 3,650: 365 days
        (2, ("any age 364",), DOOMED),
        (2, ("any age 365",), WINDOW),
        (2, ("any age 366",), WINDOW),
        (2, ("untagged age 1",), SILENT),  # an asset keeps its tag
        (2, (), SILENT),
    ],
)
def test_assets_share_one_repository(assets: int, rules: tuple[str, ...], said: set[str], tmp_path: Path) -> None:
    host = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/" + ASSETS["Fn::Sub"]
    functions = {f"F{number}": function({"Fn::Sub": f"{host}:{number + 1:064x}"}) for number in range(assets)}
    shared = {"ContainerAssetsRepository": repository(*rules, name=ASSETS, mutability="IMMUTABLE")}
    assert rules_of(checked(tmp_path, shared, functions)) == said


@pytest.mark.parametrize(
    ("rules", "tags", "mutability", "said"),
    [
        # ages of a tag that stays: certain under a year, told of from then on
        (("any age 364",), (":v42",), "IMMUTABLE", DOOMED),
        (("any age 365",), (":v42",), "IMMUTABLE", WINDOW),
        (("any age 366",), (":v42",), "IMMUTABLE", WINDOW),
        (("v* age 364",), (":v42",), "IMMUTABLE", DOOMED),
        (("v^ age 364",), (":v42",), "IMMUTABLE", DOOMED),
        (("any age 14",), (":latest",), "MUTABLE", DOOMED),  # the service bound the digest of that day
        (("any age 30 archive",), (":v42",), "IMMUTABLE", DOOMED),
        (("dev-* age 7",), (":v42",), "IMMUTABLE", ASKED),  # does v42 also carry dev-...?
        # exact tags and families
        (("v42 cnt 1", "any age 30"), (":v42",), "IMMUTABLE", WINDOW),  # v41, to go back to, is gone after 30 days
        (("v42^ cnt 1", "any age 30"), (":v42",), "IMMUTABLE", WINDOW),  # v421 would push it out
        (("latest^ cnt 1",), (":latest",), "MUTABLE", WINDOW | ASKED),  # so would latest-dev
        (("* cnt 10",), (":v1",), "IMMUTABLE", ENDANGERED),  # whatever is tagged uses it up, within a day
        (("prod+staging cnt 9999", "any age 90"), (":prod",), "MUTABLE", ENDANGERED | {"lifecycle-dead-rule"}),
        # releases: K that run, and one to go back to for each
        (("v* cnt 1",), (":v42",), "IMMUTABLE", WINDOW),
        (("v* cnt 2",), (":v42",), "IMMUTABLE", SILENT),
        (("v^ cnt 2",), (":v42",), "IMMUTABLE", SILENT),
        (("v* cnt 1",), (":v41", ":v42"), "IMMUTABLE", DOOMED),
        (("v* cnt 2",), (":v41", ":v42"), "IMMUTABLE", WINDOW),
        (("v* cnt 3",), (":v41", ":v42"), "IMMUTABLE", WINDOW),
        (("v* cnt 4",), (":v41", ":v42"), "IMMUTABLE", SILENT),
        (("v* cnt 2",), (":v42", ":v42"), "IMMUTABLE", SILENT),  # one image
        # builds
        (("sha-* cnt 299",), (":sha-1f3e5d7",), "IMMUTABLE", ENDANGERED),
        (("sha-* cnt 300",), (":sha-1f3e5d7",), "IMMUTABLE", WINDOW),
        (("sha-* cnt 3649",), (":sha-1f3e5d7",), "IMMUTABLE", WINDOW),
        (("sha-* cnt 3650",), (":sha-1f3e5d7",), "IMMUTABLE", SILENT),
        # untagged images, which is what a service on :latest runs after the next push
        (("untagged age 29",), (":latest",), "MUTABLE", ENDANGERED),
        (("untagged age 30",), (":latest",), "MUTABLE", WINDOW),
        (("untagged age 59",), (":latest",), "MUTABLE", WINDOW),
        (("untagged age 60",), (":latest",), "MUTABLE", SILENT),
        (("untagged cnt 298",), (":latest",), "MUTABLE", ENDANGERED),
        (("untagged cnt 300",), (":latest",), "MUTABLE", WINDOW),
        (("untagged age 1",), (":latest",), "IMMUTABLE", SILENT),
        (("v* cnt 50", "untagged age 1"), (":v42",), "MUTABLE", ASKED),
        (("untagged age 1", "v* cnt 50"), (":v42",), "MUTABLE", ASKED),
        # digests
        (("untagged age 7",), DIGESTS[:1], "MUTABLE", ENDANGERED),
        (("untagged age 7",), DIGESTS[:1], "IMMUTABLE", ASKED),
        (("any cnt 1",), DIGESTS, "MUTABLE", DOOMED),
        (("any cnt 1",), (DIGESTS[0], ":v1"), "MUTABLE", ENDANGERED),  # the digest may carry v1
    ],
)
def test_services(
    rules: tuple[str, ...], tags: tuple[str, ...], mutability: str, said: set[str], tmp_path: Path
) -> None:
    resources: Raw = {"Repo": repository(*rules, mutability=mutability)}
    for number, tag in enumerate(tags):
        resources |= service(at(tag), f"Web{number}")
    assert rules_of(checked(tmp_path, resources)) == said


def jobs(rules: tuple[str, ...], tags: tuple[str, ...], mutability: str = "MUTABLE") -> Raw:
    resources: Raw = {"Repo": repository(*rules, mutability=mutability)}
    for number, tag in enumerate(tags):
        properties = {"Type": "container", "ContainerProperties": {"Image": at(tag)}}
        resources[f"Job{number}"] = {"Type": "AWS::Batch::JobDefinition", "Properties": properties}
    return resources


@pytest.mark.parametrize(
    ("rules", "tags", "said"),
    [
        (("any cnt 1",), (":v1", ":v1.2"), ENDANGERED),
        (("v* cnt 2",), (":v1", ":v1.2", ":v1.2.3"), ENDANGERED),
        (("any cnt 4",), (":latest", ":stable", ":v1", ":v1.2", ":v1.2.3"), ENDANGERED),
        (("any cnt 2",), (":prod", ":live", ":current"), ENDANGERED),
        (("any cnt 1",), (":main", ":master"), ENDANGERED),
        (("any cnt 1",), (":1f3e5d7", ":1f3e5d7" + "a" * 33), ENDANGERED),  # the short hash and the long one
        (("any cnt 1",), (":v42", ":42"), ENDANGERED),
        (("any cnt 1",), (":web-1", ":api-1"), ENDANGERED),
        (("any cnt 1",), (":1.2.3", ":1.2.4"), DOOMED),
        (("any cnt 1",), (":v1.2", ":v1.3"), DOOMED),
    ],
)
def test_tags_that_may_be_one_image(
    rules: tuple[str, ...], tags: tuple[str, ...], said: set[str], tmp_path: Path
) -> None:
    assert rules_of(checked(tmp_path, jobs(rules, tags, "IMMUTABLE"))) == said


def test_a_job_follows_its_tag(tmp_path: Path) -> None:
    assert rules_of(checked(tmp_path, jobs(("untagged age 1",), (":latest",)))) == SILENT
    assert (
        rules_of(checked(tmp_path, jobs(("any age 14",), (":latest",)))) == ENDANGERED
    )  # if nobody pushes for 14 days


@pytest.mark.parametrize(
    ("rule", "image", "parameter", "said"),
    [
        ("any age 7", "@sha256:${It}", {}, DOOMED),
        ("untagged age 7", "@sha256:${It}", {}, ENDANGERED),  # as for any digest
        ("any age 7", ":${It}", {}, DOOMED),
        ("any age 7", ":v${It}", {}, DOOMED),
        ("any cnt 10", ":${It}", {}, ENDANGERED),
        ("v* cnt 1", ":${It}", {}, ASKED),
        ("v* cnt 1", ":${It}", {"Default": "v7"}, WINDOW),
    ],
)
def test_a_hole_in_a_name(rule: str, image: str, parameter: Raw, said: set[str], tmp_path: Path) -> None:
    mutability = "MUTABLE" if "untagged" in rule else "IMMUTABLE"
    name = {"Fn::Sub": "${Repo.RepositoryUri}" + image}
    resources = {"Repo": repository(rule, mutability=mutability), **service(name)}
    report = checked(tmp_path, resources, Parameters={"It": {"Type": "String", **parameter}})
    assert rules_of(report) == said


def test_two_digests_that_are_not_known_may_be_one(tmp_path: Path) -> None:
    resources: Raw = {"Repo": repository("any cnt 1")}
    for name in "AB":
        resources |= service({"Fn::Sub": f"${{Repo.RepositoryUri}}@sha256:${{{name}}}"}, f"Web{name}")
    parameters = {name: {"Type": "String"} for name in "AB"}
    report = checked(tmp_path, resources, Parameters=parameters)
    assert rules_of(report) == ENDANGERED
    assert {each.consumer.reference.text for each in report.images.used} == {"@?"}


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:v1", ASKED),
        ("111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/web:v1", ASKED),
        ({"Fn::Join": ["", [{"Fn::ImportValue": "Shared:Uri"}, ":v1"]]}, ASKED),
        ("public.ecr.aws/nginx/nginx:latest", SILENT),
        ("ghcr.io/org/app:v1", SILENT),
        ("nginx:latest", SILENT),
    ],
)
def test_images_of_other_places(image: Any, said: set[str], tmp_path: Path) -> None:
    report = checked(tmp_path, service(image))
    assert rules_of(report) == said
    assert bool(report.gaps) == bool(said)


def test_a_repository_that_a_creation_template_may_have_made(tmp_path: Path) -> None:
    def maker(prefix: str, *rules: str) -> Raw:
        text = json.dumps(to_object(policy(*rules)))
        properties = {"Prefix": prefix, "AppliedFor": ["CREATE_ON_PUSH"], "LifecyclePolicy": text}
        return {"Type": "AWS::ECR::RepositoryCreationTemplate", "Properties": properties}

    image = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/team/web:v1"}
    makers = {
        "All": maker("ROOT", "any cnt 9999"),
        "Team": maker("team", "any age 7"),
        "Other": maker("te", "any age 1"),
    }
    report = checked(tmp_path, {**makers, **service(image)})
    (finding,) = (each for each in report.findings if each.rule == "image-unknown")
    assert "If ECR made it from t0/Team, the image is doomed: rule 1 (any image, 7 days after the push)" in str(finding)
    del makers["Team"]
    (used,) = checked(tmp_path, {**makers, **service(image)}).images.used
    assert "If ECR made it from t0/All, the image is bounded" in used.judgement.open[0].text
    (used,) = checked(tmp_path, service(image)).images.used
    assert "made it" not in used.judgement.open[0].text


@pytest.mark.parametrize(
    ("aliases", "kept", "said"),
    [
        (("$LATEST",), 2, SILENT),
        (("7",), 1, DOOMED),  # the alias's version has an image of its own
        (("7",), 2, WINDOW),
        (("7", "8"), 2, DOOMED),
        (("7", "8"), 3, WINDOW),
    ],
)
def test_versions_that_aliases_hold(aliases: tuple[str, ...], kept: int, said: set[str], tmp_path: Path) -> None:
    parts: Raw = {"Repo": repository(f"v* cnt {kept}", mutability="IMMUTABLE"), "Fn": function(at(":v42"))}
    for number, version in enumerate(aliases):
        alias = {"FunctionName": {"Ref": "Fn"}, "FunctionVersion": version, "Name": f"a{number}"}
        parts[f"Alias{number}"] = {"Type": "AWS::Lambda::Alias", "Properties": alias}
    assert rules_of(checked(tmp_path, parts)) == said


def test_both_versions_of_a_canary_are_needed(tmp_path: Path) -> None:
    weights = {"AdditionalVersionWeights": [{"FunctionVersion": "8", "FunctionWeight": 0.1}]}
    alias = {"FunctionName": {"Ref": "Fn"}, "FunctionVersion": "7", "Name": "live", "RoutingConfig": weights}
    parts = {"Repo": repository("v* cnt 2", mutability="IMMUTABLE"), "Fn": function(at(":v42"))}
    report = checked(tmp_path, {**parts, "Live": {"Type": "AWS::Lambda::Alias", "Properties": alias}})
    assert rules_of(report) == DOOMED


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("SageMaker::Model", {"PrimaryContainer": {"Image": at(":v1")}}),
        ("SageMaker::InferenceComponent", {"Specification": {"Container": {"Image": at(":v1")}}}),
        ("SageMaker::ModelPackage", {"InferenceSpecification": {"Containers": [{"Image": at(":v1")}]}}),
        ("AppRunner::Service", {"SourceConfiguration": {"ImageRepository": {"ImageIdentifier": at(":v1")}}}),
        ("CodeBuild::Project", {"Environment": {"Image": at(":v1")}}),
        ("ECS::ExpressGatewayService", {"PrimaryContainer": {"Image": at(":v1")}}),
        ("Batch::JobDefinition", {"NodeProperties": {"NodeRangeProperties": [{"Container": {"Image": at(":v1")}}]}}),
        (
            "BedrockAgentCore::Runtime",
            {"AgentRuntimeArtifact": {"ContainerConfiguration": {"ContainerUri": at(":v1")}}},
        ),
        ("ElasticBeanstalk::ConfigurationTemplate", {"OptionSettings": [{"OptionName": "IMAGE", "Value": at(":v1")}]}),
        ("EC2::LaunchTemplate", {"LaunchTemplateData": {"UserData": {"Fn::Base64": at(":v1")}}}),
        ("SSM::Parameter", {"Type": "String", "Value": at(":v1")}),
        ("SecretsManager::Secret", {"SecretString": {"Fn::Sub": '{"image": "${Repo.RepositoryUri}:v1"}'}}),
    ],
)
def test_whoever_runs_an_image(kind: str, properties: Raw, tmp_path: Path) -> None:
    it = {"Type": f"AWS::{kind}", "Properties": properties}
    report = checked(tmp_path, {"Repo": repository("any cnt 1", mutability="IMMUTABLE"), "It": it})
    assert rules_of(report) == ENDANGERED


def test_a_parameter_is_for_others_unless_the_app_uses_what_it_names(tmp_path: Path) -> None:
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": at("")}}
    parts = {"Repo": repository("any cnt 5000", mutability="IMMUTABLE"), "It": parameter}
    assert [each.why for each in checked(tmp_path, parts).gaps] == [
        "names the image repository Repo; which image it uses, and how, is not known"
    ]
    assert not checked(tmp_path, {**parts, **service(at(":v42"))}).gaps


@pytest.mark.parametrize(
    ("rule", "said"),
    [("any pulled 364 archive", DOOMED), ("any pulled 365 archive", WINDOW)],
)
def test_a_function_never_pulls_again(rule: str, said: set[str], tmp_path: Path) -> None:
    resources = {"Repo": repository(rule, mutability="IMMUTABLE"), "Fn": function(at(":v1"))}
    assert rules_of(checked(tmp_path, resources)) == said


def made(kind: str, tag: str, name: str) -> Raw:
    """Something of a kind that runs an image of the repository."""
    if kind == "service":
        return service(at(tag), name)
    if kind == "job":
        return {name: jobs((), (tag,))["Job0"]}
    return {name: function(at(tag)), **(aliased(name) if kind == "aliased" else {})}


def aliased(name: str) -> Raw:
    """An alias on an older version of a function."""
    alias = {"FunctionName": {"Ref": name}, "FunctionVersion": "7", "Name": "live"}
    return {f"{name}Live": {"Type": "AWS::Lambda::Alias", "Properties": alias}}


IMMUTABLE, MUTABLE = "IMMUTABLE", "MUTABLE"
INVALID, DEAD = {"lifecycle-invalid"}, {"lifecycle-dead-rule"}


@pytest.mark.parametrize(
    ("rules", "used", "mutability", "said"),
    [
        # any images at 10 a day: 2.9, 30 and 400 days
        (("any cnt 29",), "service :1.2.3", IMMUTABLE, ENDANGERED),
        (("any cnt 300",), "service :1.2.3", IMMUTABLE, WINDOW),
        (("any cnt 4000",), "service :1.2.3", IMMUTABLE, SILENT),
        (("any cnt 40",), "job :9f8e7d6", IMMUTABLE, ENDANGERED),
        (("any cnt 100000",), "job :9f8e7d6", IMMUTABLE, SILENT),  # the quota
        # one release runs and one is to go back to
        (("release-^ cnt 1", "any age 30"), "service :release-3", IMMUTABLE, WINDOW),
        (("release-^ cnt 2", "any age 30"), "service :release-3", IMMUTABLE, SILENT),
        (("rel-^ cnt 2",), "aliased :rel-9", IMMUTABLE, WINDOW),  # two run, and the next deployment brings a third
        (("rel-^ cnt 3",), "aliased :rel-9", IMMUTABLE, SILENT),  # and the version before is there
        (("rel-^ cnt 1",), "aliased :rel-9", IMMUTABLE, DOOMED),
        (("v* cnt 1",), "job :v7", IMMUTABLE, WINDOW),  # a job goes back to nothing, but the next version comes
        (("v* cnt 2",), "job :v7", IMMUTABLE, SILENT),
        (("v* cnt 2",), "service :v1, service :v2, service :v3", IMMUTABLE, DOOMED),
        (("*-prod cnt 1",), "service :7-prod, service :8-prod", IMMUTABLE, DOOMED),
        (("*-prod cnt 1",), "service :7-prod, service :7-prod", IMMUTABLE, WINDOW),
        # what follows a tag needs none of the images before
        (("untagged age 1",), "job :main", MUTABLE, SILENT),
        (("untagged age 1",), "job :main, function :main", MUTABLE, ENDANGERED),
        (("any age 400",), "job :main", MUTABLE, WINDOW),
        (("any age 200",), "job :main", MUTABLE, ENDANGERED),
        (("any age 200",), "job :main", IMMUTABLE, DOOMED),
        # an image that lost its tag: 30 days, and 30 more to go back to
        (("untagged cnt 400",), "service :stable", MUTABLE, WINDOW),
        (("untagged cnt 700",), "service :stable", MUTABLE, SILENT),
        (("stable cnt 1", "untagged age 100"), "service :stable", MUTABLE, SILENT),
        (("stable cnt 1", "untagged age 20"), "service :stable", MUTABLE, ENDANGERED),
        (("stable cnt 1", "untagged age 20"), "service :stable", IMMUTABLE, SILENT),
        (("stable cnt 1", "any cnt 30"), "function :stable", MUTABLE, ENDANGERED),
        # a digest of which no tag is known
        (("v* cnt 9", "untagged age 400"), f"service {DIGESTS[0]}", MUTABLE, WINDOW),
        (("v* cnt 9", "any age 30"), f"function {DIGESTS[0]}", MUTABLE, ENDANGERED),  # unless it has a tag of rule 1
        (("any age 30",), f"job {DIGESTS[0]}", MUTABLE, DOOMED),
        (("any age 30",), f"job :v1{DIGESTS[0]}", IMMUTABLE, DOOMED),
        # archives: functions never pull again, services may
        (("any pulled 200 archive",), "function :v1", IMMUTABLE, DOOMED),
        (("any pulled 400 archive",), "function :v1", IMMUTABLE, WINDOW),
        (("any age 200 archive",), "function :v1", IMMUTABLE, DOOMED),
        (("any pulled 200 archive",), "service :v1", IMMUTABLE, WINDOW | ASKED),
        (("any pulled 400 archive",), "service :v1", IMMUTABLE, ASKED),
        (("any age 200 archive", "any archived 90"), "service :v1", IMMUTABLE, DOOMED),
        # shields
        (("sha256.^ cnt 5", "untagged age 3", "any cnt 10"), "service :latest", MUTABLE, ENDANGERED),
        (("sha256.^ cnt 9999", "untagged age 3", "any cnt 10"), "service :latest", MUTABLE, ENDANGERED | DEAD),
        (("prod+live cnt 1", "any cnt 9"), "job :prod", MUTABLE, ENDANGERED | DEAD),
        (("prod cnt 1", "live cnt 1", "any cnt 9"), "job :prod", MUTABLE, SILENT),
        (("any cnt 1", "any age 9"), "job :prod", MUTABLE, INVALID),
        (("untagged cnt 1", "untagged age 3"), "job :prod", MUTABLE, INVALID),
        (("* cnt 3650", "v* cnt 1"), "job :v7", IMMUTABLE, DEAD),
    ],
)
def test_inventories_and_policies_of_each_kind(
    rules: tuple[str, ...], used: str, mutability: str, said: set[str], tmp_path: Path
) -> None:
    resources: Raw = {"Repo": repository(*rules, mutability=mutability)}
    for number, each in enumerate(used.split(", ")):
        kind, _, tag = each.partition(" ")
        resources |= made(kind, tag, f"User{number}")
    assert rules_of(checked(tmp_path, resources)) == said


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::CloudFormation::Stack", {"TemplateURL": "https://s3/t.json", "Parameters": {"Image": at(":v1")}}),
        ("AWS::CloudFormation::StackSet", {"Parameters": [{"ParameterKey": "Image", "ParameterValue": at(":v1")}]}),
        ("AWS::CloudFormation::CustomResource", {"ServiceToken": "x", "Spec": {"containers": [{"from": at(":v1")}]}}),
        ("Custom::Deployment", {"ServiceToken": "x", "Image": at(":${Version}")}),
        ("Custom::Deployment", {"ServiceToken": "x", "Image": at("@sha256:${Digest}")}),
        ("AWS::SSM::Association", {"Parameters": {"commands": [at(":v1")]}}),
        ("AWS::Scheduler::Schedule", {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:lambda:updateFunctionCode",
                                                 "Input": {"Fn::Sub": '{"ImageUri": "${Repo.RepositoryUri}:v1"}'}}}),
        ("AWS::Glue::Job", {"DefaultArguments": {"--image": at(":v1")}}),
        ("AWS::AppConfig::HostedConfigurationVersion", {"Content": {"Fn::Sub": '{"i": "${Repo.RepositoryUri}:v1"}'}}),
    ],
)  # fmt: skip
def test_whatever_hands_an_image_on_is_a_use(kind: str, properties: Raw, tmp_path: Path) -> None:
    it = {"Type": kind, "Properties": properties}
    parameters = {name: {"Type": "String"} for name in ("Version", "Digest")}
    resources = {"Repo": repository("any cnt 1", mutability="IMMUTABLE"), "It": it}
    report = checked(tmp_path, resources, Parameters=parameters)
    assert rules_of(report) == ENDANGERED
    assert [each.use.kind for each in report.images.used] == ["named"]
