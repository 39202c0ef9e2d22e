"""Services that call a function which one of their properties names, and make nothing else of it: a row each.

Source of how each calls: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html, and the page of each row.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from seawall.graph.layers import fixed
from seawall.graph.model import CLASSES, Place, Site, Tries
from seawall.template import Props, Resource, ValueStatus

from ..conditions import under
from ..registry import Arrival, hops, sites
from ..sdk_calls import EACH
from ..wiring import Wiring

_UNDOCUMENTED = "the service tries again, how often is not documented"
_CLOUDFRONT = ("LambdaFunctionAssociations", EACH, "LambdaFunctionARN")


class Invocation(Struct, frozen=True):
    """How one resource type names the functions that it calls."""

    kind: str
    """Of the site that the resource is."""
    paths: tuple[tuple[str, ...], ...]
    awaits: bool
    source: str
    only: tuple[tuple[str, ...], str] | None = None
    """A property and the value without which the paths name no function."""
    retried: bool = False
    """The service says that it tries again, but not how often."""


_ROWS: dict[str, Invocation] = {
    "AWS::Bedrock::Agent": Invocation(
        "agent",
        (
            ("ActionGroups", EACH, "ActionGroupExecutor", "Lambda"),
            ("PromptOverrideConfiguration", "OverrideLambda"),
            ("CustomOrchestration", "Executor", "Lambda"),
        ),
        True,
        "https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html",
    ),
    "AWS::BedrockAgentCore::GatewayTarget": Invocation(
        "gateway-target",
        (("TargetConfiguration", "Mcp", "Lambda", "LambdaArn"),),
        True,
        "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html",
    ),
    "AWS::CloudFront::Distribution": Invocation(
        "distribution",
        (
            ("DistributionConfig", "DefaultCacheBehavior", *_CLOUDFRONT),
            ("DistributionConfig", "CacheBehaviors", EACH, *_CLOUDFRONT),
        ),
        True,
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-the-edge.html",
    ),
    "AWS::CodeCommit::Repository": Invocation(
        "repository",
        (("Triggers", EACH, "DestinationArn"),),
        False,
        "https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-notify-lambda-cc.html",
    ),
    "AWS::Config::ConfigRule": Invocation(
        "config-rule",
        (("Source", "SourceIdentifier"),),
        False,
        "https://docs.aws.amazon.com/lambda/latest/dg/governance-config.html",
        only=(("Source", "Owner"), "CUSTOM_LAMBDA"),
    ),
    "AWS::IoT::Authorizer": Invocation(
        "iot-authorizer",
        (("AuthorizerFunctionArn",),),
        True,
        "https://docs.aws.amazon.com/iot/latest/developerguide/custom-authorizer.html",
    ),
    "AWS::S3ObjectLambda::AccessPoint": Invocation(
        "object-lambda",
        (
            (
                "ObjectLambdaConfiguration",
                "TransformationConfigurations",
                EACH,
                "ContentTransformation",
                "AwsLambda",
                "FunctionArn",
            ),
        ),
        True,
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/transforming-objects.html",
    ),
    "AWS::SecretsManager::RotationSchedule": Invocation(
        "rotation",
        (("RotationLambdaARN",),),
        True,
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
        retried=True,
    ),
    "AWS::Transfer::Server": Invocation(
        "file-server",
        (("IdentityProviderDetails", "Function"),),
        True,
        "https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html",
    ),
    "AWS::VpcLattice::TargetGroup": Invocation(
        "target-group",
        (("Targets", EACH, "Id"),),
        True,
        "https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html",
        only=(("Type",), "LAMBDA"),
    ),
}
"""By resource type."""

_FIXED = fixed("the service's own tries cannot be set")


@sites(*_ROWS)
def caller(wiring: Wiring, resource: Resource) -> None:
    """A resource that names a function is an entry."""
    if any(True for _ in _functions(wiring, resource)):
        wiring.site(Site(resource.site_id, _ROWS[resource.type].kind, Place(resource.address)))


@hops(*_ROWS)
def calls(wiring: Wiring, resource: Resource) -> None:
    """One hop per function."""
    row = _ROWS[resource.type]
    again = Tries(
        None,
        status=ValueStatus.UNKNOWN,
        note=_UNDOCUMENTED,
        backoff=None,
        layer=_FIXED,
    )
    arrival = Arrival.SYNC if row.awaits else Arrival.ASYNC
    for function, conditions in _functions(wiring, resource):
        for site, target in wiring.receivers(resource, function.property, function.value(), arrival, "lambda"):
            wiring.hop(
                resource.site_id,
                site,
                "invocation",
                Place(resource.address, function.property),
                awaits=row.awaits,
                tries=dict.fromkeys(CLASSES, again) if row.retried else None,
                conditions=(*conditions, *under(resource, target)),
            )


def _functions(wiring: Wiring, resource: Resource) -> Iterator[tuple[Props, tuple[str, ...]]]:
    """Properties that name a function."""
    row, props = _ROWS[resource.type], wiring.props(resource)
    if row.only is None or props.text(*row.only[0]).value == row.only[1]:
        for path in row.paths:
            yield from _at(props, path, ())


def _at(props: Props, path: tuple[str, ...], conditions: tuple[str, ...]) -> Iterator[tuple[Props, tuple[str, ...]]]:
    if EACH not in path:
        if props.exists(*path):
            yield props.at(*path), conditions
        return
    at = path.index(EACH)
    for item in props.items(*path[:at]):
        yield from _at(item.props, path[at + 1 :], (*conditions, *item.conditions))
