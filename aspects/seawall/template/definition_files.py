"""Definitions of state machines in files next to the template that uses them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from .values import Json

_TYPES = ("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine")
LOCATIONS = ("DefinitionS3Location", "DefinitionUri")
"""Properties that `aws cloudformation package` and `sam package` replace a local path in."""


def local_path(location: Json, directory: Path) -> Path | None:
    """The file that `location` names, seen from the template's `directory`; None for a place in a bucket."""
    if not isinstance(location, str) or not location or "://" in location or "\0" in location or "\n" in location:
        return None
    return directory / location


def definition_files(body: Mapping[str, Json], directory: Path) -> Iterator[Path]:
    """Files, by their real path, in which the machines of a template in `directory` have their definitions."""
    resources = body.get("Resources")
    for raw in resources.values() if isinstance(resources, dict) else ():
        if not isinstance(raw, dict) or raw.get("Type") not in _TYPES:
            continue
        properties = raw.get("Properties")
        given = properties if isinstance(properties, dict) else {}
        for name in LOCATIONS:
            path = local_path(given.get(name), directory)
            if path is not None:
                try:
                    yield path.resolve()
                except (OSError, RuntimeError):
                    continue  # a link that leads to itself: reading it will say so
