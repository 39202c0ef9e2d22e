"""Templates within templates: nested stacks, stack sets, and products of Service Catalog.

Sources (2026-11-30): https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html,
aws-resource-cloudformation-stackset.html and aws-resource-servicecatalog-cloudformationproduct.html beside it
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from .documents import parse_document
from .errors import InputError
from .values import Json

_STACK = "AWS::CloudFormation::Stack"
_STACK_SET = "AWS::CloudFormation::StackSet"
_PRODUCT = "AWS::ServiceCatalog::CloudFormationProduct"
_PROVISIONED = "AWS::ServiceCatalog::CloudFormationProvisionedProduct"
HOLDERS = {
    _STACK: "nested stack",
    _STACK_SET: "stack set",
    _PRODUCT: "product",
}
"""Resource types that deploy a template of their own, with what a reader calls them."""


class Child(Struct, frozen=True):
    """A template that a resource deploys: a file, or text in the resource."""

    logical_id: str
    what: str
    """What the resource is called: ``nested stack``."""
    path: Path | None = None
    body: Mapping[str, Json] | None = None
    """The template where it is text in the resource."""
    at: tuple[str, ...] = ()
    """Where that text stands."""
    why: str = ""
    """Why neither is known."""

    @property
    def elsewhere(self) -> bool:
        """Whether it is deployed in accounts and Regions of its own."""
        return self.what != HOLDERS[_STACK]


def children(body: Mapping[str, Json], directory: Path, assets: Mapping[str, str]) -> Iterator[Child]:
    """Every template that resources of `body` deploy.

    CDK writes the file of a nested stack into the resource's metadata (``aws:asset:path``) or, without metadata, into
    the list of assets under the hash that the template's URL ends in. A URL may also be a path, as `aws cloudformation
    package` takes it.
    """
    for logical_id, raw in body["Resources"].items():
        what = HOLDERS.get(raw["Type"]) if isinstance(raw, dict) and isinstance(raw.get("Type"), str) else None
        if isinstance(raw, dict) and raw.get("Type") == _PROVISIONED:
            yield from _provisioned(logical_id, raw.get("Properties"), body)
        if what is None:
            continue
        metadata, properties = raw.get("Metadata"), raw.get("Properties")
        asset_path = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
        properties = properties if isinstance(properties, dict) else {}
        text = properties.get("TemplateBody") if raw["Type"] == _STACK_SET else None
        if text is not None:
            yield _inline(logical_id, what, text, directory)
            continue
        urls = _of_versions(properties) if raw["Type"] == _PRODUCT else [properties.get("TemplateURL")]
        for url in urls:
            path, why = _file(asset_path, url, directory, assets)
            yield Child(logical_id, what, path, why=why)


def _provisioned(logical_id: str, properties: Json, body: Mapping[str, Json]) -> Iterator[Child]:
    """A product that is deployed; its template is read where the same template declares it."""
    product = properties.get("ProductId") if isinstance(properties, dict) else None
    named = product.get("Ref") if isinstance(product, dict) else None
    declared = body["Resources"].get(named) if isinstance(named, str) else None
    if not isinstance(declared, dict) or declared.get("Type") != _PRODUCT:
        yield Child(logical_id, "product", why="its template is not among the files")


def passed(type_: str, properties: Json) -> Mapping[str, Json]:
    """What a resource that deploys a template gives to its parameters, by their names."""
    given = properties.get("Parameters") if isinstance(properties, dict) else None
    if type_ == _STACK_SET and isinstance(given, list):
        entries = [each for each in given if isinstance(each, dict) and isinstance(each.get("ParameterKey"), str)]
        return {each["ParameterKey"]: each.get("ParameterValue") for each in entries}
    return given if isinstance(given, dict) and type_ != _PRODUCT else {}


def _of_versions(properties: Mapping[str, Json]) -> list[Json]:
    """Where the templates of a product's versions lie."""
    versions = properties.get("ProvisioningArtifactParameters")
    entries = versions if isinstance(versions, list) else []
    found = [each.get("Info") if isinstance(each, dict) else None for each in entries]
    return [each.get("LoadTemplateFromURL") if isinstance(each, dict) else None for each in found] or [None]


def _inline(logical_id: str, what: str, text: Json, directory: Path) -> Child:
    if not isinstance(text, str):
        return Child(logical_id, what, why="its template is put together at deployment")
    try:
        body = parse_document(directory / "TemplateBody", text).body
    except InputError as error:
        return Child(logical_id, what, why=f"its template cannot be read: {error.why}")
    if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict):
        return Child(logical_id, what, why="its template has no Resources")
    return Child(logical_id, what, body=body, at=("Resources", logical_id, "Properties", "TemplateBody"))


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
