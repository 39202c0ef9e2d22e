"""AWS App Runner services: containers that answer requests, and may read queues beside that.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apprunner-service.html,
read 2026-11-29
"""

from __future__ import annotations

from seawall.template import Resource

from ..registry import sites
from ..wiring import Wiring
from ..work import works

_VARIABLES = (
    ("ImageRepository", "ImageConfiguration"),
    ("CodeRepository", "CodeConfiguration", "CodeConfigurationValues"),
)


@sites("AWS::AppRunner::Service")
def service(wiring: Wiring, resource: Resource) -> None:
    """A service runs code under the role of its instances."""
    props = wiring.props(resource)
    environment = [
        item.props.value("Value")
        for section in _VARIABLES
        for item in props.items("SourceConfiguration", *section, "RuntimeEnvironmentVariables")
    ]
    role = props.at("InstanceConfiguration", "InstanceRoleArn")
    works(wiring, resource, "container", role=role.property, roles=(role.value(),), environment=environment)
