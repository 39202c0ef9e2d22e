"""What an image reference says: repository, tag, digest; and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Origin
from seawall.template import Address

from ..conftest import Wire, arn, join, ref, resource
from .conftest import DIGEST, HOST, image_function, named, repository, uri, uses

REPO = {"Repo": repository()}
HERE = Address("app.json", "Repo")


@pytest.mark.parametrize(
    ("suffix", "tag", "digest"),
    [
        ([":prod-1"], "prod-1", None),
        (["@" + DIGEST], None, DIGEST),
        ([":prod-1@" + DIGEST], "prod-1", DIGEST),
        ([], "latest", None),
    ],
)
def test_a_repository_of_the_stack(wire: Wire, suffix: list[str], tag: str | None, digest: str | None) -> None:
    found = named(wire, uri("Repo", *suffix), REPO)
    assert (found.repository.origin, found.repository.address) == (Origin.ANALYSED, HERE)
    assert (found.tag, found.digest, found.implied, found.why) == (tag, digest, not suffix, "")
    assert found.text == "${Repo}" + "".join(suffix)


@pytest.mark.parametrize(
    "image",
    [
        join({"Fn::GetAtt": ["Repo", "RepositoryUri"]}, ":v1"),
        {"Fn::Sub": "${Repo.RepositoryUri}:v1"},
        {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/${Repo}:v1"},
        {"Fn::Sub": "${AWS::AccountId}.dkr.ecr-fips.${AWS::Region}.${AWS::URLSuffix}/${Repo}:v1"},
        {"Fn::Sub": "${AWS::AccountId}.dkr-ecr.${AWS::Region}.on.aws/${Repo}:v1"},
    ],
)
def test_other_ways_to_write_it(wire: Wire, image: Any) -> None:
    found = named(wire, image, REPO)
    assert (found.repository.address, found.tag) == (HERE, "v1")


def test_a_tag_that_only_the_deployment_knows(wire: Wire) -> None:
    parameters = {"Tag": {"Type": "String"}, "Given": {"Type": "String", "Default": "v7"}}
    found = named(wire, uri("Repo", ":", ref("Tag")), REPO, Parameters=parameters)
    assert (found.repository.address, found.resolved) == (HERE, False)
    assert found.why == "parameter Tag has no default"
    assert named(wire, uri("Repo", ":", ref("Given")), REPO, Parameters=parameters).tag == "v7"
    assert "AWS::StackId" in named(wire, uri("Repo", ":", ref("AWS::StackId")), REPO).why
    assert named(wire, uri("Repo", "@", ref("Tag")), REPO, Parameters=parameters).why.startswith("parameter Tag")
    assert named(wire, uri("Repo", ref("Tag")), REPO, Parameters=parameters).repository.address == HERE


def test_a_condition_gives_an_image_for_each_side(wire: Wire) -> None:
    conditions = {"Prod": {"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}}
    tag = {"Fn::If": ["Prod", "stable", "edge"]}
    found = uses(wire({"Fn": image_function(uri("Repo", ":", tag)), **REPO}, Conditions=conditions))
    assert [(each.image.tag, each.conditions) for each in found] == [("stable", ("Prod",)), ("edge", ("not Prod",))]
    stable, edge = (each.image for each in found)
    assert stable.choices == (("Prod", True),)
    assert stable.excludes(edge) and not stable.excludes(stable)


def test_a_parameter_gives_an_image_for_each_value_that_it_allows(wire: Wire) -> None:
    """A default is one of them: the worst counts."""
    tag = {"Type": "String", "AllowedValues": ["v1", "dev"], "Default": "v1"}
    found = uses(wire({"Fn": image_function(uri("Repo", ":", ref("Tag"))), **REPO}, Parameters={"Tag": tag}))
    assert {each.image.tag: each.conditions for each in found} == {"v1": ("Tag is v1",), "dev": ("Tag is dev",)}
    stages = {"prod": {"tag": "rel-9"}, "dev": {"tag": "pr-7"}}
    chosen = {"Fn::FindInMap": ["Stages", ref("Stage"), "tag"]}
    parameters = {"Stage": {"Type": "String", "AllowedValues": ["prod", "dev"]}}
    found = uses(
        wire(
            {"Fn": image_function(uri("Repo", ":", chosen)), **REPO}, Parameters=parameters, Mappings={"Stages": stages}
        )
    )
    assert {each.image.tag: each.conditions for each in found} == {
        "rel-9": ("Stage is prod",),
        "pr-7": ("Stage is dev",),
    }
    one = uses(wire({"Fn": image_function(uri("Repo", ":v1")), **REPO}, Parameters={"Tag": tag}))
    assert [each.conditions for each in one] == [()]


def test_a_replica_is_another_repository(wire: Wire) -> None:
    ends = [{"Region": "us-west-2", "RegistryId": "111122223333"}]
    replication = {"Rules": [{"Destinations": ends}]}
    there = {"There": resource("ECR::ReplicationConfiguration", ReplicationConfiguration=replication)}
    mine = {"Repo": repository(RepositoryName="web")}
    replica = "111122223333.dkr.ecr.us-west-2.amazonaws.com/web:v3"
    assert named(wire, replica, mine | there).repository.origin is Origin.OUTSIDE
    assert named(wire, replica, mine).repository.address == HERE
    assert named(wire, replica.replace("us-west-2", "eu-west-1"), mine | there).repository.address == HERE


def test_by_name_and_by_arn(wire: Wire) -> None:
    parts = [ref("AWS::AccountId"), ".dkr.ecr.", ref("AWS::Region"), ".", ref("AWS::URLSuffix")]
    mine = {"Repo": repository(RepositoryName="team/web")}
    assert named(wire, join(*parts, "/team/web:v1"), mine).repository.address == HERE
    outside = named(wire, join(*parts, "/imported:v1"), mine).repository
    assert (outside.origin, outside.name, outside.address) == (Origin.OUTSIDE, "imported", None)
    assert (outside.account, outside.region) == ("${AWS::AccountId}", "${AWS::Region}")
    arn_made = named(wire, join(f"{HOST.removesuffix('.amazonaws.com')}.", ref("AWS::URLSuffix"), "/x/y:v1")).repository
    assert (arn_made.account, arn_made.region, arn_made.name) == ("111122223333", "eu-west-1", "x/y")
    assert arn_made.key == "111122223333/eu-west-1/x/y"


def test_literal_uris(wire: Wire) -> None:
    found = named(wire, f"{HOST}/foo/bar:1")
    assert (found.repository.origin, found.repository.name, found.tag) == (Origin.OUTSIDE, "foo/bar", "1")
    assert named(wire, f"{HOST}/foo/bar").implied


@pytest.mark.parametrize(
    "name",
    [
        "cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}",
        "cdk-mine-container-assets-111122223333-eu-west-1",
        "aws-cdk/assets",
    ],
)
def test_assets_of_the_cdk(wire: Wire, name: str) -> None:
    image = {"Fn::Sub": f"${{AWS::AccountId}}.dkr.ecr.${{AWS::Region}}.${{AWS::URLSuffix}}/{name}:{'0' * 64}"}
    found = named(wire, image)
    assert (found.repository.origin, found.tag) == (Origin.ASSETS, "0" * 64)
    assert found.repository.private


@pytest.mark.parametrize(
    ("image", "origin", "why"),
    [
        ("public.ecr.aws/nginx/nginx:1", Origin.PUBLIC, "ECR Public has no lifecycle policies"),
        ("nginx", Origin.THIRD_PARTY, "lies in Docker Hub"),
        ("library/redis:7", Origin.THIRD_PARTY, "lies in Docker Hub"),
        ("registry.example.org/org/app@" + DIGEST, Origin.THIRD_PARTY, "lies in registry.example.org"),
        ("registry:5000/app", Origin.THIRD_PARTY, "lies in registry:5000"),
        ("localhost/app", Origin.THIRD_PARTY, "lies in localhost"),
    ],
)
def test_registries_that_are_none_of_ours(wire: Wire, image: str, origin: Origin, why: str) -> None:
    found = named(wire, image).repository
    assert (found.origin, found.why, found.private) == (origin, why, False)


def test_what_cannot_be_told(wire: Wire) -> None:
    parameters = {"Image": {"Type": "String"}, "Name": {"Type": "String"}}
    other = {"Other": resource("S3::Bucket"), "Repo": repository()}

    def look(image: Any) -> tuple[Origin, str]:
        found = named(wire, image, other, Parameters=parameters)
        assert not found.repository.private
        return found.repository.origin, found.repository.why

    assert look(ref("Image")) == (Origin.UNKNOWN, "parameter Image has no default")
    assert look(join(HOST, "/", ref("Name"), ":v1")) == (Origin.UNKNOWN, "parameter Name has no default")
    assert look(join(ref("Image"), "/app:v1")) == (Origin.UNKNOWN, "parameter Image has no default")
    assert look(arn("Other"))[1] == "is ${Other.Arn}, which only the deployment knows"
    assert look(join(HOST, "/", ref("Repo"), "-more:v1"))[0] is Origin.UNKNOWN
    assert look("") == (Origin.UNKNOWN, "nothing is named")
    assert look(["nginx"])[0] is Origin.UNKNOWN


def test_the_owner_of_the_registry_tells_the_repository(wire: Wire) -> None:
    image = {"Fn::Join": ["", [*uri("Repo")["Fn::Join"][1][:-1], ref("Name"), ":v1"]]}
    found = named(wire, image, REPO, Parameters={"Name": {"Type": "String"}})
    assert (found.repository.address, found.tag) == (HERE, "v1")


def test_a_public_repository_of_the_stack(wire: Wire) -> None:
    public = {"Open": resource("ECR::PublicRepository")}
    found = named(wire, {"Fn::Sub": "${Open.RepositoryUri}:v1"}, public).repository
    assert (found.origin, found.private) == (Origin.PUBLIC, False)
