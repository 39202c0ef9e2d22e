"""Queues on an emulator: receive counts and redrive policies are those of the template."""

from __future__ import annotations

from seawall.template import Resource

from ..playing import Draft, PlayedPart, Properties, RefForm, Tally, played
from .queues import QUEUE


@played(QUEUE, PlayedPart.SITE, arn="sqs:{}:{}:", ref=RefForm.URL, tally=Tally.MESSAGES, delivered=True)
def queue(one: Draft, resource: Resource) -> Properties:
    """With its redrive policy, and times as they are in the replay."""
    made: Properties = {"QueueName": one.name(resource)}
    for flag in ("FifoQueue", "ContentBasedDeduplication"):
        if (given := one.raw(resource, flag)) is not None:
            made[flag] = given
    if delay := one.seconds(one.raw(resource, "DelaySeconds")):
        made["DelaySeconds"] = delay
    made["VisibilityTimeout"] = one.hidden(resource)
    kept = one.kept(resource)
    if kept is not None:
        made["MessageRetentionPeriod"] = kept
    props = one.wiring.props(resource)
    dead = one.named(resource, props.at("RedrivePolicy").value("deadLetterTargetArn"))
    count = props.integer("RedrivePolicy", "maxReceiveCount").value
    if dead is not None and count is not None:
        target = {"Fn::GetAtt": [one.id(dead), "Arn"]}
        made["RedrivePolicy"] = {"deadLetterTargetArn": target, "maxReceiveCount": count}
    return made
