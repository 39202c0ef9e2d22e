"""Where a function's code lies: in the template, in a folder or archive beside it, in the assembly; with its layers.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html and
https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html, read 2026-11-29
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from seawall.code import Archive, Files, Folder, Inline, UnreadableError, UnreadCode
from seawall.template import Absent, Known, Props, Resource, Template, Unknown, line_of, render

from ..wiring import Wiring

LAYER = "AWS::Lambda::LayerVersion"
_CMD = re.compile(r"^\s*(?:CMD|ENTRYPOINT)\s*\[\s*\"([^\"]+)\"", re.MULTILINE)
_TAG = re.compile(r":([0-9a-f]{32,64})\"?$")
_BASE = re.compile(r"^\s*FROM\s+\S*lambda/(python|nodejs):(\S+)", re.MULTILINE)
READABLE = ("python", "nodejs")
"""How the runtimes begin whose languages can be read."""
_ARCHIVES = (".zip", ".jar", ".whl")


class CodePlace(Struct, frozen=True):
    """A function's code and the handler in it."""

    runtime: str
    handler: str
    everywhere: tuple[Files, ...]
    """The function's own files, then those of its layers."""
    inline: tuple[Template, tuple[str, ...]] | None = None
    """Of text in a template: which one, and where in it."""

    def line_of(self, number: int) -> int:
        """The line in the template of a line of inline text: in JSON all of it stands on one."""
        if self.inline is None:
            return number
        template, path = self.inline
        first = line_of(template, path) or 0
        return first if Path(template.path).suffix == ".json" else first + number


class NotThereError(UnreadableError):
    """A place that the template names and that does not exist here."""


class Absence(Struct, frozen=True):
    """Code that is not at hand, or in a language that cannot be read: by the function's runtime."""

    runtime: str
    place: str = ""
    """Where it should be; empty where it is the language."""


def code_of(wiring: Wiring, resource: Resource) -> CodePlace | UnreadCode | Absence | None:
    """Where the code lies; why it cannot be had, where the template names a place; None where it names none here."""
    props = wiring.props(resource)
    runtime, handler = props.text("Runtime").value, props.text("Handler").value
    if props.text("PackageType").value == "Image":
        return _image(wiring, resource)
    if runtime is not None and not runtime.startswith(READABLE):
        return Absence(runtime)
    if runtime is None or handler is None:
        return None
    try:
        own = _files(wiring, resource, props.at("Code"), runtime)
    except NotThereError:
        return Absence(runtime, str(props.at("Code").text().value or ""))
    except UnreadableError as error:
        return UnreadCode(error.why, wiring.template(resource).path)
    if own is None:
        return None
    everywhere = (own, *_layers(wiring, resource))
    handler = _entry_point(wiring, resource, handler)
    if not isinstance(own, Inline):
        return CodePlace(runtime, handler, everywhere)
    path = ("Resources", resource.address.logical_id, "Properties", "Code", "ZipFile")
    return CodePlace(runtime, handler, everywhere, (wiring.template(resource), path))


def _entry_point(wiring: Wiring, resource: Resource, handler: str) -> str:
    """The handler by its source, where SAM bundles it with esbuild from an entry point.

    Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html,
    read 2026-11-29
    """
    metadata = wiring.metadata(resource)
    if metadata.text("BuildMethod").value != "esbuild":
        return handler
    module, dot, member = handler.rpartition("/")[2].partition(".")
    for item in metadata.items("BuildProperties", "EntryPoints"):
        stem = (item.props.text().value or "").rpartition(".")[0] or (item.props.text().value or "")
        if stem.rpartition("/")[2] == module:
            return f"{stem.removeprefix('./')}{dot}{member}"
    return handler


def _files(wiring: Wiring, resource: Resource, code: Props, runtime: str) -> Files | None:
    template = wiring.template(resource)
    text = code.value("ZipFile")
    if not isinstance(text, (Absent, Unknown)):
        name = "index.py" if runtime.startswith("python") else "index.js"
        return Inline({name: render(text)}, template.path)
    local = code.value()
    if isinstance(local, Known) and isinstance(local.value, str) and "://" not in local.value:
        return _at(Path(template.path).parent / local.value)
    for name in ("S3Key", "Key"):
        key = code.text(name).value
        if key is not None:
            found = template.assets.get(key) or template.assets.get(key.rpartition("/")[2])
            found = found or template.assets.get(key.rpartition("/")[2].partition(".")[0])
            return _at(Path(found)) if found else None
    return None


def _at(path: Path) -> Files | None:
    try:
        if path.is_dir():
            return Folder(path)
        if path.is_file() and path.suffix in _ARCHIVES:
            return Archive.of(path)
    except (OSError, ValueError):
        return None
    raise NotThereError(f"the code's place {path.name} is not there")


def _layers(wiring: Wiring, resource: Resource) -> Iterator[Files]:
    """Layers that the app declares; others are packages that are not read."""
    for item in wiring.props(resource).items("Layers"):
        for target in wiring.targets(resource, item.props.value()):
            found = wiring.app.resource(target.address)
            if found is not None and found.type == LAYER:
                try:
                    files = _files(wiring, found, wiring.props(found).at("Content"), "")
                except UnreadableError:
                    continue  # what is imported from it is missed where it is used
                if files is not None:
                    yield files


def _docker_context(wiring: Wiring, resource: Resource) -> tuple[Folder | None, str | None]:
    """The folder that an image is built from and its Dockerfile: as SAM names them, or of an asset of the CDK."""
    metadata, template = wiring.metadata(resource), wiring.template(resource)
    context, name = metadata.text("DockerContext").value, metadata.text("Dockerfile", default="Dockerfile").value
    if context is not None:
        return Folder(Path(template.path).parent / context), name
    tag = _TAG.search(render(wiring.props(resource).value("Code", "ImageUri")) or "")
    asset = template.assets.get(f"image:{tag[1]}") if tag is not None else None
    return (Folder(Path(asset).parent), Path(asset).name) if asset is not None else (None, None)


def _image(wiring: Wiring, resource: Resource) -> CodePlace | None:
    """The code beside a Dockerfile, where its base image and its command are Lambda's."""
    folder, name = _docker_context(wiring, resource)
    if folder is None or name is None or not folder.has(name):
        return None
    try:
        text = folder.read(name)
    except UnreadableError:
        return None
    base, command = _BASE.search(text), _CMD.search(text)
    stated = next((item.props.text().value for item in wiring.props(resource).items("ImageConfig", "Command")), None)
    handler = stated or (command[1] if command else None)
    if base is None or handler is None:
        return None
    return CodePlace(f"{base[1]}{base[2]}" if base[1] == "python" else "nodejs", handler, (folder,))
