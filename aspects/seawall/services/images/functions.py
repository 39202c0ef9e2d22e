"""AWS Lambda functions made from an image, with their published versions and aliases.

The tag is resolved once, when the function's code is created or updated; each published version keeps its own digest.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html ("Function lifecycle"),
https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html and, for SAM,
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
(`AutoPublishAlias`; the versions that SAM makes are retained)
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph.images import Binding, FunctionVersion, ImageName, ImageUse, Origin, RepositoryRef
from seawall.template import Address, Json, Known, Props, Resource, Setting

from ..lambda_.functions import FUNCTION, function_of
from ..registry import hops
from ..walking import spots
from ..wiring import Wiring
from .attributes import deletion_policy
from .recording import names_at, reads, use

KIND = "lambda"
_SAM = "AWS::Serverless::Function"
_BUILT = "SAM builds the image and pushes it to a repository chosen at deployment"
reads(FUNCTION, "Code.ImageUri", kind=KIND)
reads(_SAM, "ImageUri", kind=KIND)
_VERSION, _ALIAS = "AWS::Lambda::Version", "AWS::Lambda::Alias"


@hops(FUNCTION)
def function(wiring: Wiring, resource: Resource) -> None:
    """A function runs the image of its code, where that is no path, as it is before `sam package`."""
    if isinstance(wiring.props(resource).raw("Code"), str):
        return
    for found in _uses(wiring, resource, "Code.ImageUri"):
        wiring.images.append(replace(found, versions=_versions(wiring).get(resource.address, ())))


@hops(_SAM)
def sam_function(wiring: Wiring, resource: Resource) -> None:
    """A function of SAM; an image that SAM builds is pushed to a repository that is chosen at deployment."""
    props = wiring.props(resource)
    alias = props.text("AutoPublishAlias").value or _global(wiring, resource, "AutoPublishAlias")
    retained = props.text("VersionDeletionPolicy", default="Retain").value != "Delete"
    versions = (FunctionVersion(None, None, (str(alias),), retained),) if alias else ()
    kind = props.text("PackageType").value or _global(wiring, resource, "PackageType")
    uses = list(_uses(wiring, resource, "ImageUri"))
    if kind == "Image" and not uses:
        uses = [use(wiring, resource, "ImageUri", ImageName(RepositoryRef(Origin.UNKNOWN)), KIND, Binding.DEPLOYMENT)]
    for found in uses:
        image = found.image
        if image.repository.origin is Origin.THIRD_PARTY or not image.text:
            image = ImageName(RepositoryRef(Origin.UNKNOWN, why=_BUILT), text=image.text, why=_BUILT)
        wiring.images.append(replace(found, image=image, versions=versions))


def _uses(wiring: Wiring, resource: Resource, path: str) -> Iterator[ImageUse]:
    for spot in spots(wiring.props(resource), path):
        for image in names_at(wiring, resource, spot):
            yield use(wiring, resource, spot.property, image, KIND, Binding.DEPLOYMENT, conditions=spot.conditions)


def _global(wiring: Wiring, resource: Resource, name: str) -> Json:
    section = wiring.template(resource).body.get("Globals")
    section = section.get("Function") if isinstance(section, dict) else None
    found = section.get(name) if isinstance(section, dict) else None
    return found if isinstance(found, str) else None


def _versions(wiring: Wiring) -> dict[Address, tuple[FunctionVersion, ...]]:
    """Published versions by function: those that the template declares, and older ones that an alias names."""

    def find() -> dict[Address, tuple[FunctionVersion, ...]]:
        versions: dict[Address, FunctionVersion] = {}
        owners: dict[Address, Address] = {}
        numbers: dict[tuple[Address, str], FunctionVersion] = {}
        for resource in wiring.app.by_type.get(_VERSION, ()):
            owner = function_of(wiring, resource)
            if owner is not None:
                kept = deletion_policy(wiring, resource) != "Delete"
                versions[resource.address] = FunctionVersion(resource.address, retained=kept)
                owners[resource.address] = owner.address
        for resource in wiring.app.by_type.get(_ALIAS, ()):
            owner, props = function_of(wiring, resource), wiring.props(resource)
            name = _shown(props.text("Name"))
            for address, number in _routed(wiring, resource, props):
                if address in versions:
                    old = versions[address]
                    versions[address] = replace(old, aliases=(*old.aliases, name))
                elif owner is not None and number is not None:
                    first = numbers.get((owner.address, number), FunctionVersion(None, number, (), True))
                    numbers[owner.address, number] = replace(first, aliases=(*first.aliases, name))
        found: dict[Address, tuple[FunctionVersion, ...]] = {}
        for address, version in versions.items():
            found[owners[address]] = (*found.get(owners[address], ()), version)
        for (owner_address, _), version in numbers.items():
            found[owner_address] = (*found.get(owner_address, ()), version)
        return found

    return wiring.once("versions of functions", find)


def _routed(wiring: Wiring, resource: Resource, props: Props) -> Iterator[tuple[Address | None, str | None]]:
    """The versions that an alias sends traffic to: declared ones, and numbers."""
    weights = props.items("RoutingConfig", "AdditionalVersionWeights")
    for value in (props.value("FunctionVersion"), *(item.props.value("FunctionVersion") for item in weights)):
        number = str(value.value) if isinstance(value, Known) else None
        if number is not None and number.isdecimal():
            yield None, number
        elif number is None:
            for target in wiring.targets(resource, value, "lambda"):
                yield target.address, None


def _shown(name: Setting[str]) -> str:
    return name.value or "?"
