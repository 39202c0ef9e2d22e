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

from seawall.code import Archive, Files, Folder, Gap, Inline, UnreadableError
from seawall.template import Absent, Known, Props, Resource, Unknown, line_of, render

from ..wiring import Wiring

LAYER = "AWS::Lambda::LayerVersion"
_CMD = re.compile(r"^\s*(?:CMD|ENTRYPOINT)\s*\[\s*\"([^\"]+)\"", re.MULTILINE)
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
    inline: bool = False
    line: int = 0
    """Of inline text: where it stands in the template."""
    block: bool = False
    """Its lines are lines of the template, from the one behind `line` on; otherwise all of it stands on `line`."""

    def line_of(self, number: int) -> int:
        """The line in the template of a line of inline text."""
        return self.line + (number if self.block else 0)


def code_of(wiring: Wiring, resource: Resource) -> CodePlace | Gap | None:
    """Where the code lies; why it cannot be had, where the template names a place; None where it names none here."""
    props = wiring.props(resource)
    runtime, handler = props.text("Runtime").value, props.text("Handler").value
    if props.text("PackageType").value == "Image":
        return _image(wiring, resource)
    if runtime is None or handler is None or not runtime.startswith(READABLE):
        return None
    try:
        own = _files(wiring, resource, props.at("Code"), runtime)
    except UnreadableError as error:
        return Gap(error.why, wiring.template(resource).path)
    if own is None:
        return None
    everywhere = (own, *_layers(wiring, resource))
    if not isinstance(own, Inline):
        return CodePlace(runtime, handler, everywhere)
    template = wiring.template(resource)
    path = ("Resources", resource.address.logical_id, "Properties", "Code", "ZipFile")
    block = Path(template.path).suffix != ".json"
    return CodePlace(runtime, handler, everywhere, True, line_of(template, path) or 0, block)


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
    raise UnreadableError(f"the code's place {path.name} is not there")


def _layers(wiring: Wiring, resource: Resource) -> Iterator[Files]:
    """Layers that the app declares; others are packages that are not read."""
    for item in wiring.props(resource).items("Layers"):
        for target in wiring.targets(resource, item.props.value()):
            found = wiring.app.resource(target.address) if target.address else None
            if found is not None and found.type == LAYER:
                try:
                    files = _files(wiring, found, wiring.props(found).at("Content"), "")
                except UnreadableError:
                    continue  # what is imported from it is missed where it is used
                if files is not None:
                    yield files


def _image(wiring: Wiring, resource: Resource) -> CodePlace | None:
    """The code beside a Dockerfile that SAM names, where its base image and its command are Lambda's."""
    metadata = wiring.metadata(resource)
    context, name = metadata.text("DockerContext").value, metadata.text("Dockerfile", default="Dockerfile").value
    if context is None or name is None:
        return None
    folder = Folder(Path(wiring.template(resource).path).parent / context)
    if not folder.has(name):
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
