"""AWS CodePipeline: actions that invoke a function. The function is invoked asynchronously; the pipeline waits for the
result that it reports, not for its run.

Sources: https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

from seawall.graph.model import Place, Site
from seawall.template import Resource, Target

from ..conditions import under
from ..registry import Arrival, hops, receiver
from ..wiring import Wiring

PIPELINE = "AWS::CodePipeline::Pipeline"


@receiver(PIPELINE)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """An execution starts at the pipeline, a site once something leads there or from there."""
    return wiring.site(Site(resource.site_id, "pipeline-execution", Place(resource.address)))


@hops(PIPELINE)
def actions(wiring: Wiring, resource: Resource) -> None:
    """Actions of the provider Lambda."""
    for stage in wiring.props(resource).items("Stages"):
        for action in stage.props.items("Actions"):
            kind = action.props.at("ActionTypeId")
            if (kind.text("Category").value, kind.text("Provider").value) != ("Invoke", "Lambda"):
                continue
            named = action.props.at("Configuration", "FunctionName")
            for site, target in wiring.receivers(resource, named.property, named.value(), Arrival.ASYNC, "lambda"):
                wiring.site(Site(resource.site_id, "pipeline-execution", Place(resource.address)))
                place = Place(resource.address, named.property)
                wiring.hop(
                    resource.site_id, site, "pipeline-action", place, conditions=under(resource, stage, action, target)
                )
