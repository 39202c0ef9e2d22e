"""Every property of CloudFormation that names a container image is read, or it is said why not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.services.images.recording import READ, SET_ASIDE
from seawall.services.registry import discover

NAMES = re.compile(
    r"(?:Image|ImageUri|ContainerUri|ImageIdentifier|ParentImage|BaseImage|TrainingImage|SourceImage|DestinationImage"
    r"|ContainerImage|DockerImage|ImageURI|ContainerImageUri|RepositoryUri|RegistryUri)(?:\[\])?"
)
"""Names of properties by which a container image is named."""


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


def named(found: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """Properties that name a container image and that a template may set: those that AWS fills in are none."""
    met: set[tuple[str, str]] = set()
    for schema in found:
        given = [each.removeprefix("/properties/").replace("/*", "[]") for each in schema.get("readOnlyProperties", ())]
        given = [each.replace("/", ".").replace(".[]", "[]") for each in given]
        for path in set(leaves(schema, schema, (), frozenset())):
            dotted = ".".join(path)
            read_only = any(dotted == each or dotted.startswith((f"{each}.", f"{each}[]")) for each in given)
            if path and NAMES.fullmatch(path[-1]) and not read_only:
                met.add((schema["typeName"], dotted))
    return met


def unread(found: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """Of these the ones that nothing reads, and that are not set aside."""
    discover()
    return named(found) - {(kind, path) for kind, paths in READ.items() for path in paths} - set(SET_ASIDE)


def test_no_property_that_names_an_image_is_unknown() -> None:
    assert not unread(schemas())
    assert not set(SET_ASIDE) - named(schemas()), "no longer in the schemas"


def test_a_new_property_of_a_schema_makes_it_fail() -> None:
    image = {"type": "object", "properties": {"Image": {"type": "string"}, "Name": {"type": "string"}}}
    new = {
        "typeName": "AWS::New::Service",
        "definitions": {"Container": image},
        "properties": {
            "Sidecars": {"type": "array", "items": {"$ref": "#/definitions/Container"}},
            "Main": {"oneOf": [{"$ref": "#/definitions/Container"}, {"type": "string"}]},
            "Deployed": {"$ref": "#/definitions/Container"},
            "ByName": {"type": "object", "patternProperties": {".*": {"$ref": "#/definitions/Container"}}},
            "ImageId": {"type": "string"},
        },
        "readOnlyProperties": ["/properties/Deployed"],
    }
    new_type = {("AWS::New::Service", path) for path in ("Sidecars[].Image", "Main.Image", "ByName{}.Image")}
    assert unread([new]) == new_type
    task = next(each for each in schemas() if each["typeName"] == "AWS::ECS::TaskDefinition")
    task["definitions"]["ContainerDefinition"]["properties"]["ContainerImage"] = {"type": "string"}
    assert unread([task]) == {("AWS::ECS::TaskDefinition", "ContainerDefinitions[].ContainerImage")}


def test_the_readers_are_listed() -> None:
    discover()
    assert READ["AWS::BedrockAgentCore::Harness"] == {
        "EnvironmentArtifact.ContainerConfiguration.ContainerUri": "agentcore-harness"
    }
    assert sum(map(len, READ.values())) >= 60
