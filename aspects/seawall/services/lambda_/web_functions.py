"""Web functions of AWS Lambda: code that answers HTTP requests at an endpoint. Nobody invokes it, and nothing retries.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-webfunction.html and
the schema of AWS::Lambda::WebFunctionRevision, read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.model import Place, Site
from seawall.template import Props, Resource, Value, render

from ..holders import Holder, hold
from ..registry import hops, sites
from ..wiring import Wiring

WEB_FUNCTION = "AWS::Lambda::WebFunction"
REVISION = "AWS::Lambda::WebFunctionRevision"
ENDPOINT = "AWS::Lambda::WebFunctionEndpoint"


@sites(WEB_FUNCTION)
def web_function(wiring: Wiring, resource: Resource) -> None:
    """A web function is a site where code runs."""
    wiring.site(Site(resource.site_id, "web-function", Place(resource.address), works=True))


@sites(ENDPOINT)
def endpoint(wiring: Wiring, resource: Resource) -> None:
    """Its endpoint is an entry."""
    wiring.site(Site(resource.site_id, "web-endpoint", Place(resource.address)))


@sites(REVISION)
def revision(wiring: Wiring, resource: Resource) -> None:
    """A revision gives the function its role and its environment."""
    props = wiring.props(resource)
    found = _function(wiring, resource)
    site = found.site_id if found is not None else resource.site_id
    if found is None:
        wiring.site(Site(site, "web-function", Place(resource.address), works=True))
    config = props.at("ServiceConfig")
    role = config.at("ExecutionRoleArn")
    environment = tuple(_environment(config))
    hold(wiring, Holder(site, resource, Place(resource.address, role.property), (role.value(),), environment))


def _environment(config: Props) -> Iterator[Value]:
    for section in (config.at("EnvironmentVariables"), config.at("Environment", "Variables")):
        yield from (variable.value() for _, variable in section.mapping())


def _function(wiring: Wiring, resource: Resource) -> Resource | None:
    """The web function that a revision or an endpoint names as it is named itself."""
    name = render(wiring.props(resource).value("FunctionName"))
    for found in wiring.app.by_type.get(WEB_FUNCTION, ()):
        same = found.address.template == resource.address.template
        if same and render(wiring.props(found).value("FunctionName")) == name:
            return found
    return None


@hops(ENDPOINT)
def requests(wiring: Wiring, resource: Resource) -> None:
    """Requests to the endpoint reach the function, which answers them."""
    found = _function(wiring, resource)
    if found is None:
        wiring.unknown(resource, "FunctionName", "names no analysed web function")
    else:
        place = Place(resource.address, "FunctionName")
        wiring.hop(resource.site_id, found.site_id, "web-endpoint", place, awaits=True)
