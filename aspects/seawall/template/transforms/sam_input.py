"""A template as the SAM translator takes it: code at a stand-in address, and each resource marked as what it is."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from ..values import Json

MARK = "seawall:made-from"
"""Key in the metadata of SAM resources that tells, of what they become, which one it was made from."""
KEPT = "Seawall::Kept"
"""Type of what the translator must not look into."""
STAND_IN = "s3://seawall/stand-in"
STAND_IN_IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/seawall:stand-in"
_PREFIX = "AWS::Serverless::"
_LOCATIONS = ("CodeUri", "ContentUri", "DefinitionUri", "SchemaUri")


def prepared(body: Mapping[str, Json], left_out: Collection[str], cut: Collection[tuple[str, str]]) -> dict[str, Json]:
    """A copy of `body` for the translator, without resources in `left_out` and events or connectors in `cut`."""
    document: dict[str, Json] = json.loads(json.dumps(body))
    if not isinstance(document.get("Parameters", {}), dict):
        del document["Parameters"]
    shared = document.get("Globals")
    sections = shared if isinstance(shared, dict) else {}
    for section in sections.values():
        if isinstance(section, dict):
            _away(section)
    functions = sections.get("Function")
    for name, raw in document["Resources"].items():
        kept = name in left_out or not isinstance(raw, dict) or not isinstance(raw.get("Type"), str)
        document["Resources"][name] = (
            {"Type": KEPT} if kept else _resource(name, raw, functions if isinstance(functions, dict) else {})
        )
    for name, each in cut:
        if name not in left_out:
            resource = document["Resources"][name]
            for held in (resource.get("Properties", {}).get("Events"), resource.get("Connectors")):
                if isinstance(held, dict) and held.pop(each, None) is not None:
                    break
    return document


def _resource(name: str, raw: dict[str, Json], functions: Mapping[str, Json]) -> Json:
    if raw["Type"] == "AWS::Serverless::Application":
        return _nested_stack(raw)
    if raw["Type"].startswith(_PREFIX):
        metadata, properties = raw.get("Metadata"), raw.get("Properties")
        raw["Metadata"] = {**(metadata if isinstance(metadata, dict) else {}), MARK: name}
        if isinstance(properties, dict):
            _away(properties)
            if raw["Type"] == "AWS::Serverless::Function":
                _with_code(properties, functions)
    return raw


def _away(properties: dict[str, Json]) -> None:
    """Stand-ins for code and definitions that lie on disk: packaging would put them into a bucket."""
    for key in _LOCATIONS:
        location = properties.get(key)
        if isinstance(location, str) and not location.startswith("s3://"):
            properties[key] = STAND_IN
    image = properties.get("ImageUri")
    if isinstance(image, str) and ".amazonaws.com" not in image:
        properties["ImageUri"] = STAND_IN_IMAGE


def _with_code(properties: dict[str, Json], functions: Mapping[str, Json]) -> None:
    """A stand-in for code that is named nowhere, as building makes it; one of two places where both are named."""
    if properties.get("PackageType", functions.get("PackageType")) == "Image":
        if "ImageUri" not in functions:
            properties.setdefault("ImageUri", STAND_IN_IMAGE)
    elif "InlineCode" in properties:
        properties.pop("CodeUri", None)
    elif "CodeUri" not in functions and "InlineCode" not in functions:
        properties.setdefault("CodeUri", STAND_IN)


def _nested_stack(raw: dict[str, Json]) -> Json:
    """An application at a path or a URL is a nested stack; one of the Serverless Application Repository is kept."""
    properties = raw.get("Properties")
    location = properties.get("Location") if isinstance(properties, dict) else None
    if not isinstance(location, str) or not isinstance(properties, dict):
        return {"Type": KEPT}
    rest = {key: value for key, value in properties.items() if key != "Location"}
    return {**raw, "Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": location, **rest}}
