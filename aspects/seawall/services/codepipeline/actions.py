"""AWS CodePipeline: actions that run code, and stages that are tried again.

A function is invoked asynchronously; the pipeline waits for the result that it reports, not for its run: where none
comes the action fails by its time limit, and a stage that is tried again invokes it once more. It waits for a build,
and for an execution of a Standard machine; of an Express one only for its start. A stage whose `OnFailure` says RETRY
is tried again once when one of its actions fails.

Sources (2026-11-30): https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html,
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html,
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html,
https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-retry.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seawall.graph.facts import Fact
from seawall.graph.layers import Layer, Offer, Sets
from seawall.graph.model import CLASSES, FailureClass, Place, Site, Tries
from seawall.template import Props, Resource, Target, ValueStatus

from ..conditions import under
from ..registry import Arrival, hops, receiver
from ..wiring import Wiring

PIPELINE = "AWS::CodePipeline::Pipeline"
STAGE_TRIES = Fact(
    2, "https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_RetryStageMetadata.html", "2026-11-30"
)
"""Runs of a stage that retries automatically: "One attempt is allowed for automatic stage retry on failure"."""


class ActionKind(Struct, frozen=True):
    """What an action of one provider runs."""

    named_by: str
    """The property of its configuration that names it."""
    service: str
    waits: bool


_KINDS: Mapping[tuple[str, str], ActionKind] = {
    ("Invoke", "Lambda"): ActionKind("FunctionName", "lambda", waits=False),
    ("Invoke", "StepFunctions"): ActionKind("StateMachineArn", "states", waits=True),
    ("Build", "CodeBuild"): ActionKind("ProjectName", "codebuild", waits=True),
    ("Test", "CodeBuild"): ActionKind("ProjectName", "codebuild", waits=True),
}
"""By category and provider."""


@receiver(PIPELINE)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """An execution starts at the pipeline, a site once something leads there or from there."""
    return wiring.site(Site(resource.site_id, "pipeline-execution", Place(resource.address)))


@hops(PIPELINE)
def actions(wiring: Wiring, resource: Resource) -> None:
    """Actions that run code of the app."""
    for stage in wiring.props(resource).items("Stages"):
        tries = _tries(stage.props)
        for action in stage.props.items("Actions"):
            kind = action.props.at("ActionTypeId")
            made = _KINDS.get((kind.text("Category").value or "", kind.text("Provider").value or ""))
            if made is None:
                continue
            named = action.props.at("Configuration", made.named_by)
            for site, target in wiring.receivers(resource, named.property, named.value(), Arrival.ASYNC, made.service):
                wiring.site(Site(resource.site_id, "pipeline-execution", Place(resource.address)))
                awaits = (made.waits and not _is_express(wiring, target)) or (tries is not None and not made.waits)
                wiring.hop(
                    resource.site_id,
                    site,
                    "pipeline-action",
                    Place(resource.address, named.property),
                    awaits=awaits,
                    tries=tries,
                    shows=dict.fromkeys(CLASSES, FailureClass.ERROR) if awaits else None,
                    conditions=under(resource, stage, action, target),
                )


def _is_express(wiring: Wiring, target: Target) -> bool:
    machine = wiring.app.resource(target.address)
    if machine is None or machine.type != "AWS::StepFunctions::StateMachine":
        return False
    return wiring.props(machine).text("StateMachineType", default="STANDARD").value == "EXPRESS"


def _tries(stage: Props) -> Mapping[str, Tries] | None:
    """How often a stage runs an action that fails, whatever the failure; None where it is not tried again."""
    result = stage.text("OnFailure", "Result")
    if result.known and result.value != "RETRY":
        return None
    layer = Layer(drop=Offer("take the automatic retry off", "a stage of {source}", Sets.NOTHING, result.property))
    if not result.known:
        tries = Tries(
            None, status=ValueStatus.UNKNOWN, setting=result.property, note=result.why, backoff=None, layer=layer
        )
        return dict.fromkeys(CLASSES, tries)
    mode = stage.text("OnFailure", "RetryConfiguration", "RetryMode").value
    what = "all actions of the stage run" if mode == "ALL_ACTIONS" else "the failed actions of the stage run"
    tries = Tries(STAGE_TRIES.value, setting=result.property, note=f"{what} once more", backoff=None, layer=layer)
    return dict.fromkeys(CLASSES, tries)
