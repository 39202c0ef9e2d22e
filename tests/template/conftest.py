"""Small templates written to disk and read back, as a user's are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.template import App, Props, Template, load

Make = Callable[..., App]


def template(resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """A template's body: its resources and whatever other sections it needs."""
    return {"Resources": resources, **sections}


def resource(kind: str, path: str | None = None, **properties: Any) -> dict[str, Any]:
    """A resource of `kind`, with its construct path if it comes from CDK."""
    body: dict[str, Any] = {"Type": kind, "Properties": properties}
    if path is not None:
        body["Metadata"] = {"aws:cdk:path": path}
    return body


def write(path: Path, body: Any) -> Path:
    """`body` as JSON (or as it is, if it is text) in the file `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body if isinstance(body, str) else json.dumps(body, indent=1), encoding="utf-8")
    return path


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes templates, by their file's name without ``.json``, and loads the folder that holds them."""

    def make(**bodies: Any) -> App:
        for name, body in bodies.items():
            write(tmp_path / f"{name}.json", body)
        return load([tmp_path])

    return make


def only(app: App) -> Template:
    """The one template of `app`."""
    (found,) = app.templates.values()
    return found


def props(app: App, logical_id: str, key: str | None = None) -> Props:
    """The properties of a resource, by its logical id."""
    for each in app.resources():
        if each.address.logical_id == logical_id and key in (None, each.address.template):
            return Props.of(app, each)
    raise AssertionError(f"no resource {logical_id}")


def synth(directory: Path, stacks: dict[str, dict[str, Any]], **artifacts: Any) -> Path:
    """A cloud assembly as `cdk synth` writes it; each stack is ``{"body", "environment", "stackName", ...}``."""
    manifest: dict[str, Any] = {"version": "55.0.0", "artifacts": dict(artifacts)}
    for name, stack in stacks.items():
        file = f"{name}.template.json"
        if stack.get("body") is not None:
            write(directory / file, stack["body"])
        properties = {"templateFile": file}
        if "stackName" in stack:
            properties["stackName"] = stack["stackName"]
        manifest["artifacts"][name] = {
            "type": "aws:cloudformation:stack",
            "environment": stack.get("environment", "aws://unknown-account/unknown-region"),
            "properties": properties,
            "displayName": stack.get("displayName", name),
        }
        if "files" in stack:
            write(directory / f"{name}.assets.json", {"version": "55.0.0", "files": stack["files"], "dockerImages": {}})
    write(directory / "manifest.json", manifest)
    return directory


def asset(path: str, key: str) -> dict[str, Any]:
    """An entry of an ``*.assets.json``: a file of the assembly and the object it becomes."""
    bucket = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
    return {
        "source": {"path": path, "packaging": "file"},
        "destinations": {"current_account-current_region": {"bucketName": bucket, "objectKey": key}},
    }
