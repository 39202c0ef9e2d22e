"""AWS App Runner services: the image is fetched at a deployment, which a push may start by itself.

Source: https://docs.aws.amazon.com/apprunner/latest/dg/service-source-image.html; whether resuming and scaling fetch
the image again is not documented.
"""

from __future__ import annotations

from msgspec.structs import replace

from seawall.graph.images import Binding, ImageUse, Origin
from seawall.template import Props

from .recording import image_at


def _automatic(found: ImageUse, repository: Props) -> ImageUse:
    source = Props.of(repository.app, repository.resource).at("SourceConfiguration")
    private = found.image.repository.origin is not Origin.PUBLIC
    flag = source.flag("AutoDeploymentsEnabled", default=private).value
    return replace(found, automatic=bool(flag))


image_at(
    "AWS::AppRunner::Service",
    "SourceConfiguration.ImageRepository.ImageIdentifier",
    kind="apprunner",
    binds=Binding.DEPLOYMENT,
    change=_automatic,
)
