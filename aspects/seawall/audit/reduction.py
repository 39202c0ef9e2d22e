"""A stack's template and parameters without what may be secret, and without the code of functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from .model import Json
from .secrets import is_reference, is_telling, reduced

_METADATA = ("aws:cdk:path", "aws:asset:path", "aws:asset:property", "seawall")
NO_CODE = {"S3Bucket": "not-written", "S3Key": "not-written"}


def without_secrets(template: Json, parameters: Mapping[str, str], names: Set[str]) -> tuple[Json, dict[str, str]]:
    """The template, and those of the values given to its parameters that may be written."""
    declared = template.get("Parameters")
    declared = declared if isinstance(declared, dict) else {}
    hidden = {name for name, one in declared.items() if _hidden(name, one)}
    in_environment = set(_in_environments(template.get("Resources"), False))
    values = {
        name: value
        for name, value in parameters.items()
        if name not in hidden and (name not in in_environment or is_reference(value, names))
    }
    body = {key: section for key, section in template.items() if key not in ("Metadata", "Rules")}
    metadata = template.get("Metadata")
    if isinstance(metadata, dict) and "seawall" in metadata:
        body["Metadata"] = {"seawall": metadata["seawall"]}
    if declared:
        body["Parameters"] = {
            name: _without_default(one) if name in hidden or name in in_environment else one
            for name, one in declared.items()
        }
    body["Resources"] = {name: _resource(one) for name, one in template["Resources"].items()}
    return reduced(body, names), values


def _hidden(name: str, parameter: Any) -> bool:
    return is_telling(name) or (isinstance(parameter, dict) and str(parameter.get("NoEcho")).lower() == "true")


def _without_default(parameter: Any) -> Any:
    return (
        {key: each for key, each in parameter.items() if key != "Default"} if isinstance(parameter, dict) else parameter
    )


def _resource(one: Any) -> Any:
    if not isinstance(one, dict):
        return one
    metadata = one.get("Metadata")
    kept = {key: metadata[key] for key in _METADATA if key in metadata} if isinstance(metadata, dict) else {}
    found = {key: each for key, each in one.items() if key != "Metadata"}
    if kept:
        found["Metadata"] = kept
    properties = found.get("Properties")
    if isinstance(properties, dict) and isinstance(properties.get("Code"), dict) and "ZipFile" in properties["Code"]:
        found["Properties"] = {**properties, "Code": NO_CODE}
    return found


def _in_environments(value: Any, inside: bool) -> Iterator[str]:
    """Parameters that environments refer to."""
    if isinstance(value, list):
        for each in value:
            yield from _in_environments(each, inside)
    elif isinstance(value, dict):
        if inside and isinstance(value.get("Ref"), str):
            yield value["Ref"]
        for key, each in value.items():
            yield from _in_environments(
                each, inside or key in ("Environment", "EnvironmentVariables", "DefaultArguments")
            )
