"""Lambda functions from images: the digest is fixed at deployment, and every version keeps its own."""

from __future__ import annotations

from typing import Any

from seawall.graph import Binding, Origin

from ..conftest import Raw, Wire, ref, resource
from .conftest import HOST, image_function, only, uses

IMAGE = f"{HOST}/fn:v1"


def version(**attributes: Any) -> Raw:
    return resource("Lambda::Version", FunctionName=ref("Fn")) | attributes


def alias(name: str, number: Any, **properties: Any) -> Raw:
    return resource("Lambda::Alias", Name=name, FunctionName=ref("Fn"), FunctionVersion=number, **properties)


def test_a_function_binds_at_deployment(wire: Wire) -> None:
    found = only(wire({"Fn": image_function(IMAGE)}))
    assert (found.site, found.kind, found.binds) == ("app/Fn", "lambda", Binding.DEPLOYMENT)
    assert (found.place.property, found.versions) == ("Code.ImageUri", ())


def test_a_function_of_zip_code_runs_no_image(wire: Wire) -> None:
    assert not uses(wire({"Fn": resource("Lambda::Function", Code={"S3Bucket": "b", "S3Key": "k"})}))


def test_versions_and_aliases(wire: Wire) -> None:
    get = {"Fn::GetAtt": ["V1", "Version"]}
    weights = {"AdditionalVersionWeights": [{"FunctionVersion": "3", "FunctionWeight": 0.1}]}
    found = only(
        wire(
            {
                "Fn": image_function(IMAGE),
                "V1": version(),
                "V2": version(DeletionPolicy="Retain"),
                "Live": alias("live", get, RoutingConfig=weights),
                "Old": alias("old", "3"),
                "Head": alias("head", "$LATEST"),
            }
        )
    )
    first, second, third = found.versions
    assert (first.address and first.address.logical_id, first.aliases, first.retained) == ("V1", ("live",), False)
    assert (second.address and second.address.logical_id, second.aliases, second.retained) == ("V2", (), True)
    assert (third.address, third.number, third.aliases, third.retained) == (None, "3", ("live", "old"), True)


def sam(**properties: Any) -> Raw:
    return resource("Serverless::Function", **properties)


def test_sam(wire: Wire) -> None:
    found = only(wire({"Fn": sam(ImageUri=IMAGE, AutoPublishAlias="live")}))
    assert (found.kind, found.place.property, found.image.tag) == ("lambda", "ImageUri", "v1")
    assert [(each.aliases, each.retained) for each in found.versions] == [(("live",), True)]
    kept = only(wire({"Fn": sam(ImageUri=IMAGE, AutoPublishAlias="live", VersionDeletionPolicy="Delete")}))
    assert not kept.versions[0].retained


def test_what_sam_builds_has_no_repository_yet(wire: Wire) -> None:
    for properties in ({"PackageType": "Image"}, {"ImageUri": ""}, {"ImageUri": "hello:latest"}):
        found = only(wire({"Fn": sam(**properties)}))
        assert found.image.repository.origin is Origin.UNKNOWN
        assert found.image.why.startswith("SAM builds the image")
    settings = {"Function": {"PackageType": "Image", "AutoPublishAlias": "live"}}
    assert only(wire({"Fn": sam()}, Globals=settings)).versions
