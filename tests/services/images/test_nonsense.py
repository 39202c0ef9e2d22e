"""Whatever stands in a template, reading its images never raises."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.services import read
from seawall.template import load
from tests.whole import examples, part

from ..conftest import arn, ref, resource
from .conftest import DIGEST, repository, task_definition, uri
from .test_ecs import STARTERS, service
from .test_functions import alias, sam, version
from .test_kubernetes import chart, manifest, pod, workload
from .test_surfaces import SURFACES, TASKS, at, machine, pipeline

SOUND: dict[str, Any] = {
    "Repo": repository(
        RepositoryName="web",
        LifecyclePolicy={"LifecyclePolicyText": '{"rules":[]}', "RegistryId": "1"},
        ImageTagMutabilityExclusionFilters=[{"ImageTagMutabilityExclusionFilterValue": "x*"}],
        EmptyOnDelete=True,
    ),
    "Template": resource("ECR::RepositoryCreationTemplate", Prefix="ROOT", LifecyclePolicy="{}", AppliedFor=["X"]),
    "Emptier": {"Type": "Custom::ECRAutoDeleteImages", "Properties": {"RepositoryName": ref("Repo")}},
    "Task": task_definition(uri("Repo", ":v1@", DIGEST), "web", VersionConsistency="enabled"),
    "Web": service(DesiredCount=1),
    **STARTERS,
    "Fn": resource("Lambda::Function", Code={"ImageUri": uri("Repo", ":v1")}),
    "Version": version(),
    "Alias": alias("live", {"Fn::GetAtt": ["Version", "Version"]}, RoutingConfig={"AdditionalVersionWeights": []}),
    "Sam": sam(ImageUri=uri("Repo"), AutoPublishAlias="live"),
    "Manifest": manifest(workload("Deployment", {"replicas": 1, "template": pod("nginx", "redis")})),
    "Chart": chart({"image": {"repository": "a", "tag": "b"}, "list": [{"image": "c"}]}),
    "Pipeline": pipeline("ECR", RepositoryName=ref("Repo"), ImageTag="x"),
    **{f"Surface{index}": resource(type_, **at(path)) for index, (type_, path, _) in enumerate(SURFACES)},
    **{f"Call{index}": machine(f"arn:aws:states:::{call}", given_) for index, (call, given_, _) in enumerate(TASKS)},
}
for _raw in SOUND.values():  # documents as objects, so that odd values get inside them
    for _name in ("DefinitionString", "Manifest", "Values"):
        if isinstance(_raw["Properties"].get(_name), str):
            _raw["Properties"][_name] = json.loads(_raw["Properties"][_name])

ODD: list[Any] = [
    *(None, True, -1, 1.5, 10**40, "", ":", "@", "/", "${", "arn:", "a@b@c:d:e", "\ue000", "x" * 300),
    *([], {}, [[]], {"": {}}, {"a": None}, [None], {"image": {"image": {}}}, {"containers": 1}),
    *(ref("Nothing"), ref("AWS::NoValue"), ref("Repo"), arn("Repo"), uri("Repo"), ref("Web"), {"Fn::GetAtt": 1}),
    {"Fn::If": ["C", uri("Repo", ":a"), {"Fn::If": ["C", [], ref("AWS::NoValue")]}]},
    {"Fn::Join": ["", [{"Fn::If": ["C", "a", ref("AWS::NoValue")]}, ":", ref("AWS::Region"), "@", arn("Repo")]]},
]


def _places(node: Any, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, entry in entries for place in _places(entry, (*path, key)))]


PLACES = [place for name, raw in SOUND.items() for place in _places(raw["Properties"], (name, "Properties"))]


@pytest.mark.parametrize("turn", range(len(ODD)), ids=lambda turn: json.dumps(ODD[turn])[:40])
def test_one_odd_value_everywhere(tmp_path: Path, turn: int) -> None:
    for depth in part(sorted({len(place) for place in PLACES}), 2, turn):
        _read(tmp_path, [(place, ODD[turn]) for place in PLACES if len(place) == depth])


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(ODD)), min_size=1, max_size=8))
def test_odd_values_together(tmp_path: Path, changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    _read(tmp_path, changes)


TEXT = st.text(alphabet="ab01:@/.$-\ue000", max_size=12)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.one_of(TEXT, st.sampled_from(ODD)), max_size=6))
def test_references_put_together_of_anything(tmp_path: Path, parts: list[Any]) -> None:
    _read(tmp_path, [(("Fn", "Properties", "Code", "ImageUri"), {"Fn::Join": ["", parts]})])


def _read(folder: Path, changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    template = {"Resources": copy.deepcopy(SOUND), "Conditions": {"C": {"Fn::Equals": [ref("AWS::Region"), "x"]}}}
    for (*path, last), odd in changes:
        node: Any = template["Resources"]
        try:
            for step in path:
                node = node[step]
            node[last] = copy.deepcopy(odd)
        except (LookupError, TypeError):
            continue
    (folder / "app.json").write_text(json.dumps(template))
    wiring = read(load([folder / "app.json"]))
    for use in wiring.images:
        assert use.image.resolved is not bool(use.image.why)
        assert use.site and use.image.repository.key
    for found in wiring.repositories:
        assert all(each.document is not None or each.unknown is not None for each in found.policies)
