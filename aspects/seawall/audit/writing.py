"""A snapshot as files: a cloud assembly that `seawall check` reads, of which each file can be reviewed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seawall._version import __version__
from seawall.template.assembly import SNAPSHOT

from .deletions import fates
from .errors import AuditError
from .journal import NAME
from .merging import Merged, merge
from .model import Json, Snapshot, StackRead

MANIFEST, IMAGES, ASSETS = "manifest.json", "images.json", "snapshot.assets.json"
ELSEWHERE = "not-in-a-stack"
_NESTED = "AWS::CloudFormation::Stack"


def prepared(directory: Path) -> None:
    """Make the directory; `AuditError` where it holds something else than a snapshot."""
    if directory.exists() and not directory.is_dir():
        raise AuditError(f"{directory} is not a directory")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AuditError(f"{directory}: {(error.strerror or str(error)).lower()}") from None
    entries = [each.name for each in directory.iterdir() if each.name != NAME]
    if entries and not _is_snapshot(directory):
        raise AuditError(f"{directory} is not empty, and not a snapshot of an earlier audit; name another directory")


def _is_snapshot(directory: Path) -> bool:
    try:
        body = json.loads((directory / MANIFEST).read_text("utf-8"))
        return any(each.get("type") == SNAPSHOT for each in body["artifacts"].values())
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return all(each.name in (NAME, "code") for each in directory.iterdir())


def write(snapshot: Snapshot, directory: Path, partition: str = "aws", now: datetime | None = None) -> Json:
    """Write everything; what an earlier audit wrote and this one does not is taken away. Returns what to tell of it."""
    now = now or datetime.now(UTC)
    merged = merge(snapshot, partition)
    _point_at_code(merged, snapshot)
    files: dict[str, Any] = {}
    artifacts: Json = {"Snapshot": {"type": SNAPSHOT, "properties": _about(snapshot, now)}}
    names = _file_names(snapshot)
    for stack, template in merged.stacks:
        _link_children(stack, template, names)
        files[names[stack.id]] = template
        if not _parent(stack, snapshot):
            artifacts[stack.name] = _artifact(names[stack.id], stack.name, snapshot)
    if merged.elsewhere["Resources"]:
        file = f"{ELSEWHERE}.template.json"
        files[file] = {"Description": "What no stack holds", **merged.elsewhere}
        artifacts[ELSEWHERE] = _artifact(file, ELSEWHERE, snapshot)
    images = fates(snapshot.repositories, snapshot.running, now)
    if snapshot.repositories:
        files[IMAGES] = {"repositories": images, "inventory": snapshot.repositories}
    if snapshot.code:
        files[ASSETS] = {"files": {place: {"source": {"path": place}} for place in sorted(snapshot.code.values())}}
    files[MANIFEST] = {"version": "48.0.0", "artifacts": dict(sorted(artifacts.items()))}
    _replace(directory, files)
    return {
        "stacks": len(merged.stacks),
        "elsewhere": len(merged.elsewhere["Resources"]),
        "differing": merged.differing,
        "images": images,
    }


def _about(snapshot: Snapshot, now: datetime) -> Json:
    return {
        "account": snapshot.account,
        "region": snapshot.region,
        "taken": now.isoformat(timespec="seconds"),
        "tool": f"seawall {__version__}",
        "unread": sorted(snapshot.unread),
    }


def _artifact(file: str, name: str, snapshot: Snapshot) -> Json:
    return {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{snapshot.account}/{snapshot.region}",
        "properties": {"templateFile": file, "stackName": name},
        "displayName": name,
    }


def _file_names(snapshot: Snapshot) -> dict[str, str]:
    return {stack.id: f"{re.sub(r'[^A-Za-z0-9-]', '-', stack.name)}.template.json" for stack in snapshot.stacks}


def _parent(stack: StackRead, snapshot: Snapshot) -> StackRead | None:
    return next((each for each in snapshot.stacks if each.id == stack.parent), None)


def _link_children(stack: StackRead, template: Json, names: dict[str, str]) -> None:
    """Where the templates of nested stacks are, as the CDK says it of its own."""
    for logical_id, resource in template["Resources"].items():
        if isinstance(resource, dict) and resource.get("Type") == _NESTED:
            file = names.get(stack.physical.get(logical_id, ""))
            if file is not None:
                resource.setdefault("Metadata", {})["aws:asset:path"] = file


def _point_at_code(merged: Merged, snapshot: Snapshot) -> None:
    """Functions whose code was taken along name the archive."""
    for template in [*(each for _, each in merged.stacks), merged.elsewhere]:
        for resource in template["Resources"].values():
            if isinstance(resource, dict) and resource.get("Type") == "AWS::Lambda::Function":
                place = snapshot.code.get(str((resource.get("Properties") or {}).get("FunctionName")))
                if place is not None:
                    resource["Properties"]["Code"] = {"S3Bucket": "snapshot", "S3Key": place}


def _replace(directory: Path, files: dict[str, Any]) -> None:
    for old in directory.glob("*.template.json"):
        if old.name not in files:
            old.unlink()
    for name in {IMAGES, ASSETS} - files.keys():
        (directory / name).unlink(missing_ok=True)
    for name, body in files.items():
        draft = directory / f".{name}.tmp"
        draft.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", "utf-8")
        draft.replace(directory / name)
