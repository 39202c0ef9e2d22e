"""Every property of CloudFormation that names a container image is read, or it is said why not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.services.images.recording import READ
from seawall.services.registry import discover

NAMES = re.compile(
    r"(?:Image|ImageUri|ContainerUri|ImageIdentifier|ParentImage|BaseImage|TrainingImage|SourceImage|DestinationImage"
    r"|ContainerImage|DockerImage|ImageURI|ContainerImageUri|RepositoryUri|RegistryUri)(?:\[\])?"
)
"""Names of properties by which a container image is named."""
READ_ONLY = re.compile(r"ActiveConfigurations\[\]\..*|.*\.DeployedImage\..*")
NOT_CONTAINERS = {
    ("AWS::ImageBuilder::ImageRecipe", "ParentImage"): "a machine image (AMI)",
    ("AWS::ImageBuilder::ContainerRecipe", "InstanceConfiguration.Image"): "a machine image (AMI)",
    ("AWS::SageMaker::ModelCard", "Content.ModelOverview.InferenceEnvironment.ContainerImage[]"): "documents it only",
    ("AWS::SageMaker::ModelCard", "Content.ModelPackageDetails.InferenceSpecification.Containers[].Image"): "the same",
    ("AWS::SageMaker::ModelCard", "Content.TrainingDetails.TrainingJobDetails.TrainingEnvironment.ContainerImage[]"): (
        "the same"
    ),
}


def leaves(schema: Any, node: Any, path: tuple[str, ...], seen: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Paths of all texts that a schema allows."""
    if not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if reference is not None:
        if reference in seen:
            return
        target = schema
        for part in reference.removeprefix("#/").split("/"):
            target = target.get(part, {})
        yield from leaves(schema, target, path, seen | {reference})
        return
    kind = node.get("type")
    if "string" in (kind if isinstance(kind, list) else [kind]):
        yield path
    for key in ("oneOf", "anyOf", "allOf"):
        for each in node.get(key, ()):
            yield from leaves(schema, each, path, seen)
    for name, below in node.get("properties", {}).items():
        yield from leaves(schema, below, (*path, name), seen)
    for below in node.get("patternProperties", {}).values():
        yield from leaves(schema, below, (*path[:-1], f"{path[-1]}{{}}") if path else path, seen)
    if path:
        yield from leaves(schema, node.get("items"), (*path[:-1], f"{path[-1]}[]"), seen)


def schemas() -> Iterator[dict[str, Any]]:
    """The resource schemas that cfn-lint carries."""
    cfnlint = pytest.importorskip("cfnlint")
    found = sorted((Path(cfnlint.__file__).parent / "data" / "schemas" / "resources").glob("*.json"))
    assert len(found) > 1000
    for path in found:
        text = path.read_text()
        if "mage" in text or "ontainerUri" in text or "Uri" in text:
            yield json.loads(text)


def test_no_property_that_names_an_image_is_unknown() -> None:
    discover()
    known = {(kind, path) for kind, paths in READ.items() for path in paths} | set(NOT_CONTAINERS)
    missing: list[str] = []
    met: set[tuple[str, str]] = set()
    for schema in schemas():
        kind = schema["typeName"]
        given = {each.removeprefix("/properties/").replace("/", ".") for each in schema.get("readOnlyProperties", ())}
        for path in set(leaves(schema, schema, (), frozenset())):
            dotted = ".".join(path)
            if path and NAMES.fullmatch(path[-1]) and dotted not in given and not READ_ONLY.fullmatch(dotted):
                met.add((kind, dotted))
                if (kind, dotted) not in known:
                    missing.append(f"{kind} {dotted}")
    assert not sorted(missing)
    gone = {each for each in NOT_CONTAINERS if each not in met}
    assert not gone, "no longer in the schemas"


def test_the_readers_are_listed() -> None:
    discover()
    assert READ["AWS::BedrockAgentCore::Harness"] == {
        "EnvironmentArtifact.ContainerConfiguration.ContainerUri": "agentcore-harness"
    }
    assert sum(map(len, READ.values())) >= 60
