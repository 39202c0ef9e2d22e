"""What a small template says about images."""

from __future__ import annotations

from typing import Any

from seawall.graph import ImageName, ImageUse, RepositoryFound
from seawall.services import Wiring

from ..conftest import Raw, Wire, arn, join, ref, resource

DIGEST = "sha256:" + "a" * 64
HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"


def repository(**properties: Any) -> Raw:
    return resource("ECR::Repository", **properties)


def uri(name: str, *suffix: Any) -> Raw:
    """A URI as the CDK renders it for a repository in the same stack."""

    def piece(index: int) -> Raw:
        return {"Fn::Select": [index, {"Fn::Split": [":", arn(name)]}]}

    return join(piece(4), ".dkr.ecr.", piece(3), ".", ref("AWS::URLSuffix"), "/", ref(name), *suffix)


def task_definition(image: Any, family: Any = None, **container: Any) -> Raw:
    containers = [{"Name": "main", "Image": image, **container}]
    named: Raw = {} if family is None else {"Family": family}
    return resource("ECS::TaskDefinition", ContainerDefinitions=containers, **named)


def image_function(image: Any, **properties: Any) -> Raw:
    return resource("Lambda::Function", PackageType="Image", Code={"ImageUri": image}, **properties)


def uses(wiring: Wiring) -> list[ImageUse]:
    return wiring.images


def only(wiring: Wiring) -> ImageUse:
    """The only use of an image."""
    assert len(wiring.images) == 1, [(each.site, each.kind) for each in wiring.images]
    return wiring.images[0]


def named(wire: Wire, image: Any, resources: dict[str, Raw] | None = None, **sections: Any) -> ImageName:
    """The image that a function names."""
    return only(wire({"Fn": image_function(image), **(resources or {})}, **sections)).image


def declared(wiring: Wiring) -> RepositoryFound:
    assert len(wiring.repositories) == 1
    return wiring.repositories[0]
