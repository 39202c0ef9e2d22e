"""Nested stacks: which file is the template of an `AWS::CloudFormation::Stack` resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from .values import Json

_STACK = "AWS::CloudFormation::Stack"


def children(
    body: Mapping[str, Json], directory: Path, assets: Mapping[str, str]
) -> Iterator[tuple[str, Path | None, str]]:
    """Every nested stack that `body` declares: its logical id, and its template's file or why that is not known.

    CDK writes the file into the resource's metadata (``aws:asset:path``) or, without metadata, into the list of
    assets under the hash that the template's URL ends in. A URL may also be a path, as `aws cloudformation package`
    takes it.
    """
    for logical_id, raw in body["Resources"].items():
        if isinstance(raw, dict) and raw.get("Type") == _STACK:
            metadata, properties = raw.get("Metadata"), raw.get("Properties")
            metadata = metadata if isinstance(metadata, dict) else {}
            url = properties.get("TemplateURL") if isinstance(properties, dict) else None
            yield logical_id, *_file(metadata.get("aws:asset:path"), url, directory, assets)


def _file(asset_path: Json, url: Json, directory: Path, assets: Mapping[str, str]) -> tuple[Path | None, str]:
    text = _last_text(url)
    text = text.partition("?")[0] if text and "://" in text else text  # a presigned address: what it signs is secret
    candidates = []
    if isinstance(asset_path, str):
        candidates.append(directory / asset_path)
    if text:
        name = text.rpartition("/")[2]
        if name in assets:
            candidates.append(Path(assets[name]))
        local = url.get("Fn::Sub") if isinstance(url, dict) else url
        if isinstance(local, str) and "://" not in local and "${" not in local:
            candidates.append(directory / local)
    for path in candidates:
        if "\0" not in str(path) and path.is_file():
            return path, ""
    named = f" ({asset_path or text})" if isinstance(asset_path, str) or text else ""
    why = f"its template{named} is not among the files"
    if text and "://" in text and "\0" not in text and (directory / text.rpartition("/")[2]).is_file():
        why += "; a file of that name is, but an address is not taken for it"
    return None, why


def _last_text(url: Json) -> str | None:
    """The literal text that a URL ends in, whatever intrinsics come before it."""
    for _ in range(8):
        if isinstance(url, dict) and len(url) == 1:
            url = next(iter(url.values()))
        elif isinstance(url, list) and url:
            # Fn::Sub with variables holds its text first; Fn::Join its list last.
            url = url[0] if isinstance(url[0], str) and "/" in url[0] and isinstance(url[-1], dict) else url[-1]
        else:
            break
    return url if isinstance(url, str) else None
