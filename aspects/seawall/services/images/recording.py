"""Noting that something runs an image."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from seawall.graph.images import Binding, ImageName, ImageUse
from seawall.graph.model import Place
from seawall.template import Props, Resource, Value
from seawall.template.worlds import Sides

from ..recording import each_world
from ..registry import hops
from ..walking import Spot, spots
from ..wiring import Wiring
from .naming import image_names
from .sides import Choices

STATED = "stated"
"""Kind of a use by others, which the author states."""


def names_at(wiring: Wiring, resource: Resource, spot: Spot) -> tuple[ImageName, ...]:
    """The images named at a place in `resource`."""
    return tuple(names_in_worlds(wiring, resource, lambda: spot.value))


def names_in_worlds(wiring: Wiring, resource: Resource, ask: Callable[[], Value]) -> Iterator[ImageName]:
    """The images that a value names, for each value of the parameters in it that a template lists."""
    template, reading = wiring.template(resource), wiring.app.reading

    def asked() -> tuple[ImageName, ...]:
        before, reading.passed = reading.passed, {}
        found = image_names(wiring.app, template, ask())
        reading.need(template, reading.passed)
        reading.passed = before
        return found

    several: dict[ImageName, list[Sides]] = {}
    worlds = each_world(wiring, resource, reading.taken, asked)
    for sides, images in worlds:
        for image in images:
            several.setdefault(image, []).append(sides)
    for image, found in several.items():
        everywhere = len(found) == len(worlds)
        for sides in found[:1] if everywhere else found:
            chosen = () if everywhere else tuple(sides.items())
            yield replace(image, choices=_told(wiring, (*image.choices, *chosen)))


def _told(wiring: Wiring, choices: Choices) -> Choices:
    """What a parameter is beside what it is not, where only one value is left."""
    left: dict[str, dict[str, bool]] = {}
    for name, holds in choices:
        if " is " in name:
            left.setdefault(name.partition(" is ")[0], {})[name] = holds
    found = [wiring.worlds.words(each) for each in left.values() if not any(each.values())]
    return (*choices, *((name, True) for name in found if _ONE_VALUE.fullmatch(name)))


_ONE_VALUE = re.compile(r"\S+ is (?!not )\S+")


def under(resource: Resource, *conditions: tuple[str, ...]) -> tuple[str, ...]:
    """Conditions under which a use in `resource` exists, each once."""
    own = (resource.condition,) if resource.condition else ()
    return tuple(dict.fromkeys((*own, *(name for each in conditions for name in each))))


def use(
    wiring: Wiring,
    resource: Resource,
    property_: str,
    image: ImageName,
    kind: str,
    binds: Binding,
    *,
    via: str = "",
    container: str | None = None,
    conditions: tuple[str, ...] = (),
) -> ImageUse:
    """A use of `image` by `resource`, which names it itself."""
    place = Place(resource.address, property_)
    return ImageUse(
        resource.site_id,
        kind,
        place,
        image,
        binds,
        place,
        via or resource.type,
        container,
        conditions=under(resource, conditions, image.conditions),
    )


def note(
    wiring: Wiring, resource: Resource, property_: str, value: Value, kind: str, binds: Binding, *, via: str = ""
) -> None:
    """Note that `resource` runs the image that `value`, found at `property_`, names."""
    for image in image_names(wiring.app, wiring.template(resource), value):
        wiring.images.append(use(wiring, resource, property_, image, kind, binds, via=via))


_PROSE = "a model card describes what is there, and runs nothing"
SET_ASIDE: Mapping[tuple[str, str], str] = {
    ("AWS::ImageBuilder::ImageRecipe", "ParentImage"): "a machine image (AMI)",
    ("AWS::ImageBuilder::ContainerRecipe", "InstanceConfiguration.Image"): "a machine image (AMI)",
    ("AWS::SageMaker::ModelCard", "Content.ModelOverview.InferenceEnvironment.ContainerImage[]"): _PROSE,
    ("AWS::SageMaker::ModelCard", "Content.ModelPackageDetails.InferenceSpecification.Containers[].Image"): _PROSE,
    ("AWS::SageMaker::ModelCard", "Content.TrainingDetails.TrainingJobDetails.TrainingEnvironment.ContainerImage[]"): (
        _PROSE
    ),
}
"""Properties of such names that are no use of an image, by type and path, and why not."""
READ: dict[str, dict[str, str]] = {}
"""By resource type, the properties that name images and are read, with the kind of use that each makes."""


def reads(type_: str, *paths: str, kind: str) -> None:
    """Note that a reader looks at `paths` of resources of `type_`."""
    READ.setdefault(type_, {}).update(dict.fromkeys(paths, kind))


def image_at(
    type_: str, *paths: str, kind: str, binds: Binding, change: Callable[[ImageUse, Props], ImageUse] | None = None
) -> None:
    """Resources of `type_` run the images named at `paths`; `change` adds what only this type tells."""
    reads(type_, *paths, kind=kind)

    def read(wiring: Wiring, resource: Resource) -> None:
        for path in paths:
            for spot in spots(wiring.props(resource), path):
                for image in names_at(wiring, resource, spot):
                    name = spot.around.text("Name").value
                    found = use(
                        wiring,
                        resource,
                        spot.property,
                        image,
                        kind,
                        binds,
                        container=name if spot.around.property else None,
                        conditions=spot.conditions,
                    )
                    wiring.images.append(change(found, spot.around) if change else found)

    hops(type_)(read)
