"""AWS Lambda: functions, their aliases and versions, and function URLs.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html
"""

from __future__ import annotations

from seawall.graph.facts import Fact
from seawall.graph.model import Place, Site
from seawall.template import Known, Reference, Resource, Value

from ..holders import Holder, hold
from ..registry import Arrival, hops, sites
from ..wiring import Wiring

FUNCTION = "AWS::Lambda::Function"
QUALIFIED = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
LATEST = "$LATEST"

FUNCTION_TIMEOUT = Fact(
    3, "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html", "2026-11-22"
)
"""Seconds."""
INIT = Fact(10, "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html", "2026-11-30")
"""Seconds that the start of an environment may take, which the timeout of its first run does not hold."""
LOOP_LIMIT = Fact(16, "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html", "2026-11-22")
"""Runs of a function in one chain of requests after which Lambda stops the loop, approximately."""
LOOP_SDKS = Fact(
    {
        "python": "boto3 1.24.46",
        "nodejs": "JavaScript v3.105",
        "java": "Java 2.17.135",
        "dotnet": ".NET 3.7.293",
        "go": "Go v2 1.57",
        "ruby": "Ruby 3.134",
        "php": "PHP 3.232",
    },
    "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
    "2026-11-22",
)
"""By how runtimes begin, the first SDK versions that hand the count of runs on with what a function sends."""
UNWATCHED_REGIONS = Fact(
    frozenset({"mx-central-1", "ap-southeast-6"}),
    "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
    "2026-11-22",
)
"""Commercial Regions without loop detection: Mexico (Central) and Asia Pacific (New Zealand)."""
_FRAMEWORK_HANDLERS = ("framework.onEvent", "framework.isComplete", "framework.onTimeout")
"""Handlers of the functions that CDK's custom-resource provider adds."""
_DEPLOYMENT_HELPERS = ("AWS679f53fac002430cb0da5b7982bd2287", "Custom::", "LogRetention", "BucketNotificationsHandler")
"""Constructs whose functions CDK adds to act during a deployment only, by how their names begin."""


@sites(FUNCTION)
def function(wiring: Wiring, resource: Resource) -> None:
    """A function is a site where code runs."""
    props = wiring.props(resource)
    watched = wiring.template(resource).region not in UNWATCHED_REGIONS.value
    loops = props.text("RecursiveLoop", default="Terminate").value if watched else None
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
    environment = tuple(section.value() for _, section in props.mapping("Environment", "Variables"))
    role = Place(resource.address, "Role")
    hold(wiring, Holder(resource.site_id, resource, role, (props.value("Role"),), environment))


def halted(wiring: Wiring, resource: Resource) -> bool:
    """Whether no concurrency is reserved for the function, so that it never runs."""
    return wiring.props(resource).integer("ReservedConcurrentExecutions").value == 0


def durable(wiring: Wiring, resource: Resource) -> bool:
    """Whether a run of the function is a durable execution."""
    return wiring.props(resource).exists("DurableConfig")


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
        found = wiring.app.resource(target.address)
        if found is not None and found.type in QUALIFIED and found != resource:
            found = function_of(wiring, found)
        if found is not None and found.type == FUNCTION:
            return found
    return None


def function_at(wiring: Wiring, resource: Resource) -> Resource | None:
    """The function that a resource is, or stands for as its alias or version."""
    if resource.type == FUNCTION:
        return resource
    return function_of(wiring, resource) if resource.type in QUALIFIED else None


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


def timeout_of(wiring: Wiring, function: Resource) -> int | None:
    """Seconds after which a run is ended; None where that is not known, and of a durable execution, which goes on."""
    if durable(wiring, function):
        return None
    return wiring.props(function).integer("Timeout", default=FUNCTION_TIMEOUT.value).value
