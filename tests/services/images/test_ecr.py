"""Repositories as declared: policy text, mutability, and what happens when they go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.graph import RepositoryFound
from seawall.template import ValueStatus

from ..conftest import Wire, ref, resource
from .conftest import declared, repository

POLICY = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 3},
            "action": {"type": "expire"},
        }
    ]
}


def policy(text: Any) -> dict[str, Any]:
    return repository(LifecyclePolicy={"LifecyclePolicyText": text})


def test_a_policy_as_text(wire: Wire) -> None:
    found = declared(wire({"Repo": policy(json.dumps(POLICY))})).policy
    assert found is not None
    assert (found.text, found.document, found.unknown) == (json.dumps(POLICY), POLICY, None)
    assert found.place.property == "LifecyclePolicy.LifecyclePolicyText"


def test_none_is_no_policy(wire: Wire) -> None:
    found = declared(wire({"Repo": repository()}))
    assert (found.kind, found.name, found.policies, found.policy) == ("repository", None, (), None)


def test_a_number_that_is_a_parameter(wire: Wire) -> None:
    text = json.dumps(POLICY).replace('"countNumber": 3', '"countNumber": ${Keep}')
    given = wire({"Repo": policy({"Fn::Sub": text})}, Parameters={"Keep": {"Type": "Number", "Default": 3}})
    assert declared(given).policies[0].document == POLICY
    found = declared(wire({"Repo": policy({"Fn::Sub": text})}, Parameters={"Keep": {"Type": "Number"}})).policies[0]
    assert found.document is not None
    assert found.document["rules"][0]["selection"]["countNumber"].startswith("${")
    assert (found.text, found.unknown and found.unknown.why) == (None, "parameter Keep has no default")


def test_a_number_that_a_parameter_allows_several_values_for(wire: Wire) -> None:
    """Each value is a policy of its own, whatever the default; what is alike for several is one."""
    text = json.dumps(POLICY).replace('"countNumber": 3', '"countNumber": ${Keep}')
    keep = {"Type": "Number", "Default": 900, "AllowedValues": [3, 900]}
    stage = {"Type": "String", "AllowedValues": ["dev", "prod"]}
    found = declared(wire({"Repo": policy({"Fn::Sub": text})}, Parameters={"Keep": keep, "Stage": stage})).policies
    numbers = {each.conditions: each.document["rules"][0]["selection"]["countNumber"] for each in found}  # type: ignore[index]
    assert numbers == {("Keep is 3",): 3, ("Keep is 900",): 900}
    tables = {"Kept": {"dev": {"n": 3}, "prod": {"n": 3}}}
    alike = {"Fn::Sub": [text, {"Keep": {"Fn::FindInMap": ["Kept", ref("Stage"), "n"]}}]}
    [one] = declared(wire({"Repo": policy(alike)}, Parameters={"Stage": stage}, Mappings=tables)).policies
    assert (one.document, one.conditions) == (POLICY, ())


@pytest.mark.parametrize("text", ["{", "no policy", ref("Nothing"), {"Fn::Transform": {}}])
def test_what_is_no_policy_says_why(wire: Wire, text: Any) -> None:
    found = declared(wire({"Repo": policy(text)})).policies[0]
    assert found.document is None and found.unknown is not None and found.unknown.why


def test_a_list_or_text_that_is_json_is_kept_for_the_validator(wire: Wire) -> None:
    assert declared(wire({"Repo": policy("[1, 2]")})).policies[0].document == [1, 2]


def test_a_condition_chooses_the_policy(wire: Wire) -> None:
    conditions = {"Prod": {"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}}
    text = {"Fn::If": ["Prod", json.dumps(POLICY), ref("AWS::NoValue")]}
    found = declared(wire({"Repo": policy(text)}, Conditions=conditions)).policies
    assert [(each.document, each.conditions) for each in found] == [(POLICY, ("Prod",))]
    both = {"Fn::If": ["Prod", json.dumps(POLICY), '{"rules": []}']}
    assert len(declared(wire({"Repo": policy(both)}, Conditions=conditions)).policies) == 2


def test_mutability_and_its_exclusions(wire: Wire) -> None:
    filters = [
        {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": "latest*"}
    ]
    found = declared(
        wire(
            {
                "Repo": repository(
                    ImageTagMutability="IMMUTABLE_WITH_EXCLUSION", ImageTagMutabilityExclusionFilters=filters
                )
            }
        )
    )
    assert found.mutability.value == "IMMUTABLE_WITH_EXCLUSION"
    assert [(each.type.value, each.value.value) for each in found.filters] == [("WILDCARD", "latest*")]
    plain = declared(wire({"Repo": repository()})).mutability
    assert (plain.value, plain.status) == ("MUTABLE", ValueStatus.DEFAULT)


def kept(wire: Wire, attributes: dict[str, Any], **properties: Any) -> RepositoryFound:
    return next(iter(wire({"Repo": repository(**properties) | attributes}).repositories))


def test_what_happens_when_it_goes(wire: Wire) -> None:
    found = kept(wire, {}).retention
    assert found is not None and (found.on_delete, found.on_replace, found.written) == ("Delete", "Delete", ())
    found = kept(wire, {"DeletionPolicy": "Retain"}, RepositoryName="web", EmptyOnDelete="true").retention
    assert found is not None and (found.on_delete, found.on_replace) == ("Retain", "Delete")
    assert found.written == ("DeletionPolicy",)
    assert found.empty_on_delete is not None and found.empty_on_delete.value is True
    assert found.create_only == ("RepositoryName",)
    found = kept(wire, {"DeletionPolicy": {"Fn::If": ["Nothing", "Retain", "Delete"]}}).retention
    assert found is not None and found.on_delete == "?"


def test_a_custom_resource_that_empties_it(wire: Wire) -> None:
    emptier = {"Type": "Custom::ECRAutoDeleteImages", "Properties": {"RepositoryName": ref("Repo")}}
    found = declared(wire({"Repo": repository(), "Emptier": emptier})).retention
    assert found is not None and found.emptied_by is not None and found.emptied_by.logical_id == "Emptier"


def test_a_creation_template(wire: Wire) -> None:
    template = resource(
        "ECR::RepositoryCreationTemplate",
        Prefix="ROOT",
        AppliedFor=["PULL_THROUGH_CACHE"],
        LifecyclePolicy=json.dumps(POLICY),
        ImageTagMutability="IMMUTABLE",
    )
    found = declared(wire({"Template": template}))
    assert (found.kind, found.name, found.applied_for) == ("creation-template", "ROOT", ("PULL_THROUGH_CACHE",))
    assert (found.mutability.value, found.retention) == ("IMMUTABLE", None)
    assert found.policy is not None and found.policy.document == POLICY


def test_the_bootstrap_template_itself(wire: Wire) -> None:
    name = {"Fn::Sub": "cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}"}
    assert declared(wire({"ContainerAssetsRepository": repository(RepositoryName=name)})).kind == "cdk-assets"
    assert declared(wire({"Other": repository(RepositoryName=name)})).kind == "cdk-assets"
