"""AWS Lambda: functions, their aliases and versions, and function URLs.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html
"""

from __future__ import annotations

from seawall.template import Known, Reference, Resource, Value

from .facts import Fact
from .model import Place, Site
from .registry import Arrival, hops, sites
from .wiring import Wiring

FUNCTION = "AWS::Lambda::Function"
QUALIFIED = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
LATEST = "$LATEST"

LOOP_LIMIT = Fact(16, "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html", "2026-11-22")
"""Runs of a function in one chain of requests after which Lambda stops the loop, approximately."""
_FRAMEWORK_HANDLERS = ("framework.onEvent", "framework.isComplete", "framework.onTimeout")
"""Handlers of the functions that CDK's custom-resource provider adds."""
_DEPLOYMENT_HELPERS = ("AWS679f53fac002430cb0da5b7982bd2287", "Custom::", "LogRetention", "BucketNotificationsHandler")
"""Constructs whose functions CDK adds to act during a deployment only, by how their names begin."""


@sites(FUNCTION)
def function(wiring: Wiring, resource: Resource) -> None:
    """A function is a site where code runs."""
    props = wiring.props(resource)
    loops = props.text("RecursiveLoop", default="Terminate").value
    wiring.site(
        Site(
            resource.site_id,
            "function",
            Place(resource.address),
            works=True,
            recursion_limit=LOOP_LIMIT.value if loops == "Terminate" else None,
            framework=of_provider(wiring, resource) or _is_deployment_helper(resource.construct_path),
        )
    )


def of_provider(wiring: Wiring, resource: Resource) -> bool:
    """Whether CDK's custom-resource provider made the function."""
    return resource.type == FUNCTION and wiring.props(resource).text("Handler").value in _FRAMEWORK_HANDLERS


def _is_deployment_helper(path: str | None) -> bool:
    return any(part.startswith(_DEPLOYMENT_HELPERS) for part in (path or "").split("/"))


@sites("AWS::Lambda::Url")
def url(wiring: Wiring, resource: Resource) -> None:
    """A function URL is an entry."""
    wiring.site(Site(resource.site_id, "function-url", Place(resource.address)))


@hops("AWS::Lambda::Url")
def url_calls(wiring: Wiring, resource: Resource) -> None:
    """A function URL calls its function and relays the outcome; it never retries."""
    value = wiring.props(resource).value("TargetFunctionArn")
    for site, target in wiring.receivers(resource, "TargetFunctionArn", value, Arrival.SYNC, "lambda"):
        place = Place(resource.address, "TargetFunctionArn")
        wiring.hop(resource.site_id, site, "function-url", place, awaits=True, conditions=target.conditions)


def function_of(wiring: Wiring, resource: Resource) -> Resource | None:
    """The function behind a resource that names one in `FunctionName`, aliases and versions followed."""
    for target in wiring.targets(resource, wiring.props(resource).value("FunctionName"), "lambda"):
        found = wiring.app.resource(target.address) if target.address else None
        if found is not None and found.type in QUALIFIED and found != resource:
            found = function_of(wiring, found)
        if found is not None and found.type == FUNCTION:
            return found
    return None


def qualifier_of(wiring: Wiring, resource: Resource) -> str:
    """The qualifier that an alias or version stands for."""
    if resource.type == "AWS::Lambda::Alias":
        return qualifier(wiring.props(resource).value("Name"))
    return f"version {resource.address.logical_id}"


def qualifier(value: Value) -> str:
    """A qualifier as its setting names it; ``?`` where that is unknown."""
    if isinstance(value, Known):
        return str(value.value)
    if isinstance(value, Reference):
        return f"version {value.address.logical_id}"
    return "?"
