"""Everything else that names a repository: environment variables, user data, documents, custom resources.

Every resolved text of the app is searched for references to a repository that is analysed, or to a private registry.
What a known reader has taken is left alone; of the rest it is known that it names the image, and not how it is used.
A text that names only the repository is listed as unknown. Policies that grant access name repositories, too, and use
nothing; neither does what hands a value on to where the app reads it again, as to a nested stack that is analysed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from seawall.graph.images import Binding, ImageName
from seawall.graph.model import Place
from seawall.template import Address, Json, Resource, resolve

from ..ecr.kinds import REPOSITORY
from ..registry import finisher
from ..wiring import Wiring
from .naming import images_in
from .recording import use
from .sides import sides

KIND = "named"
"""Kind of a use of which only the name is known."""
_APART = (
    "AWS::IAM::",
    "AWS::ECR::",
    "Custom::ECRAutoDeleteImages",
    "AWS::Lambda::Permission",
    "AWS::KMS::",
    "AWS::EC2::VPCEndpoint",
)
"""Types that grant access, hold images or hand values on."""
_PASSED_ON = ("AWS::SSM::Parameter",)
"""Types whose value is read again elsewhere: if the app itself uses what they name, nothing more is to be said."""
_PUSHES = ("AWS::CodeBuild::Project",)
"""Types that commonly name the repository that they push to."""
_REGISTRY = re.compile(r"\bdkr[.-]ecr")
MOST_NESTED = 60


@finisher(order=94)
def named(wiring: Wiring) -> None:
    """Texts that name an image, and are read by nothing else."""
    nested = {template.parent for template in wiring.app.templates.values()}
    declared = {each.address for each in wiring.app.by_type.get(REPOSITORY, ())}
    names = {each.logical_id for each in declared}
    seen: dict[Address, list[ImageName]] = {}
    used = tuple(each.image for each in wiring.images)
    for known in wiring.images:
        seen.setdefault(known.place.address, []).append(known.image)
        seen.setdefault(known.runs_at.address, []).append(known.image)
    for resource in wiring.app.resources():
        if resource.type.startswith(_APART) or resource.address in nested:
            continue
        if names or _holds_registry(resource.properties):
            for path, raw in _texts(resource.properties, names):
                passed = resource.type.startswith(_PASSED_ON)
                _text(wiring, resource, path, raw, used if passed else seen.get(resource.address, ()))


def _holds_registry(properties: Mapping[str, Json]) -> bool:
    """Whether the name of a private registry may stand in it, as in hardly any: found without looking at each text."""
    try:
        return b"dkr" in msgspec.json.encode(properties)
    except ValueError:
        return True  # half of a pair of surrogates, which JSON may hold and UTF-8 may not


def _texts(start: Json, names: set[str]) -> Iterator[tuple[str, Json]]:
    """Texts and intrinsic functions below `start` that may name a repository, and where they stand."""
    pending: list[tuple[tuple[str, ...], Json]] = [((), start)]
    while pending:
        where, node = pending.pop()
        if isinstance(node, str):
            if "dkr" in node and _REGISTRY.search(node):
                yield ".".join(where), node
        elif isinstance(node, dict):
            if len(node) == 1 and (key := next(iter(node))) in ("Ref", *_FUNCTIONS):
                if key == "Fn::Base64":
                    pending.append((where, node[key]))
                elif key == "Fn::If":
                    pending += [(where, each) for each in node[key][1:]] if isinstance(node[key], list) else []
                elif _names(node, names):
                    yield ".".join(where), node
            elif len(where) < MOST_NESTED:
                pending += [((*where, str(key)), each) for key, each in node.items()]
        elif isinstance(node, list) and len(where) < MOST_NESTED:
            pending += [((*where, str(number)), each) for number, each in enumerate(node)]


_FUNCTIONS = ("Fn::Base64", "Fn::If", "Fn::Join", "Fn::Sub", "Fn::GetAtt", "Fn::ImportValue", "Fn::Select")


def _names(start: Json, names: set[str]) -> bool:
    """Whether a function refers to a repository of the app, or holds the name of a private registry."""
    pending = [start]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            if ("dkr" in node and _REGISTRY.search(node)) or any(f"${{{name}" in node for name in names):
                return True
        elif isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            for key, value in node.items():
                target = value[0] if isinstance(value, list) and value else value
                if key in ("Ref", "Fn::GetAtt") and isinstance(target, str) and target.partition(".")[0] in names:
                    return True
                pending.append(value)
    return False


def _text(wiring: Wiring, resource: Resource, path: str, raw: Json, seen: Sequence[ImageName]) -> None:
    template = wiring.template(resource)
    known = {(each.repository.key, each.tag, each.digest) for each in seen}
    for value, choices in sides(resolve(wiring.app, template, raw)):
        for image in images_in(wiring.app, template, value):
            if not image.repository.private or (image.repository.key, image.tag, image.digest) in known:
                continue
            if image.implied:
                _bare(wiring, resource, path, image, seen)
                continue
            known.add((image.repository.key, image.tag, image.digest))
            found = replace(image, choices=choices)
            made = use(wiring, resource, path, found, KIND, Binding.UNKNOWN)
            wiring.images.append(replace(made, runs_at=Place(resource.address, path)))


def _bare(wiring: Wiring, resource: Resource, path: str, image: ImageName, seen: Sequence[ImageName]) -> None:
    """A repository that is named without an image of it."""
    if resource.type.startswith(_PUSHES):
        return
    if all(each.repository.key != image.repository.key for each in seen):
        name = image.repository.address.logical_id if image.repository.address else image.repository.name
        wiring.unknown(resource, path, f"names the image repository {name}; which image it uses, and how, is not known")
