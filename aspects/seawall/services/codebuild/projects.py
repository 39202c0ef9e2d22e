"""AWS CodeBuild: projects, whose failed builds may be started again by themselves.

A retry is a new build, so whoever waits for the first one sees it fail, and the retries run beside what it does then.

Sources: https://docs.aws.amazon.com/codebuild/latest/userguide/auto-retry-build.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-project.html
(`AutoRetryLimit`), read 2026-11-29
"""

from __future__ import annotations

from seawall.graph.model import Place
from seawall.template import Resource, Target

from ..registry import Arrival, receiver, sites
from ..wiring import Wiring
from ..work import retries, submitted, works

PROJECT = "AWS::CodeBuild::Project"


@sites(PROJECT)
def project(wiring: Wiring, resource: Resource) -> None:
    """A build runs commands under the project's role."""
    props = wiring.props(resource)
    variables = props.items("Environment", "EnvironmentVariables")
    environment = [item.props.value("Value") for item in variables]
    works(wiring, resource, "build", role="ServiceRole", roles=(props.value("ServiceRole"),), environment=environment)


@receiver(PROJECT)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """A build is started, and started again when it fails."""
    limit = wiring.props(resource).integer("AutoRetryLimit", default=0)
    site, place = f"{resource.site_id}#builds", Place(resource.address, "AutoRetryLimit")
    if site in wiring.sites:
        return site
    return submitted(wiring, site, resource.site_id, place, retries(wiring, resource, limit), "build-retry")
