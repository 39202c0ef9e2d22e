"""Amazon EMR: steps of a cluster, which are not tried again.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-emr-step.html,
read 2026-11-29
"""

from __future__ import annotations

from seawall.graph.model import Place, Site
from seawall.template import Resource

from ..registry import sites
from ..wiring import Wiring


@sites("AWS::EMR::Step")
def step(wiring: Wiring, resource: Resource) -> None:
    """A step of a cluster runs once, while the stack is deployed."""
    wiring.site(Site(resource.site_id, "emr-step", Place(resource.address), works=True))
