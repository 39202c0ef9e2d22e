"""`AsyncFailureDestination`: no event is lost behind an asynchronous invocation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from seawall.graph import Drop, SiteKind
from seawall.remedies.settings_changes import kept, led_to
from seawall.services.keeping import ROLE_POLICY, sending_policy
from seawall.services.lambda_.functions import FUNCTION
from seawall.template import Address, Resource, refers_to, resolve

from .draft import AppDraft
from .overrides import Left, Override, overrides
from .repair import Repair

_WHY = "an event that failed every try was dropped"


class AsyncFailureDestination(Repair):
    """Gives functions that are invoked asynchronously somewhere to send what fails: repairs `handoff-gap` there.

    A function that has neither a destination for failures nor a dead-letter queue gets `queue` as its destination, and
    its role the permission to send there (and to use the queue's key). One whose failures an alarm sees gets it too.

    Args:
        queue: A standard queue: Lambda sends to no FIFO queue. Watch it: what it gets has failed for good.

    Raises:
        ValueError: `queue` is a FIFO queue.
    """

    def __init__(self, queue: sqs.IQueue) -> None:
        super().__init__()
        if queue.fifo:
            raise ValueError(f"{queue.node.path} is a FIFO queue, and Lambda sends failed events to standard ones only")
        self._queue = queue

    def plan(self, found: AppDraft) -> Iterator[Override | Left]:
        """Functions whose failed events are dropped."""
        flow = found.context.analysis.flow
        for drop in flow.drops:
            function = found.app.resource(drop.place.address)
            handed = any(not hop.awaits for hop in flow.into(drop.site))
            if flow.sites[drop.site].kind != SiteKind.ASYNCHRONOUS_QUEUE or function is None or not handed:
                continue
            if function.type == FUNCTION and not flow.sites[function.site_id].framework:
                yield from self._given(found, function, drop)

    def _given(self, found: AppDraft, function: Resource, drop: Drop) -> Iterator[Override | Left]:
        place = found.context.analysis.flow.sites[drop.site].place
        holder = found.app.resource(place.address) if place else None
        config = holder if holder is not None and holder.type != FUNCTION else None
        role = _role(found, function)
        if not drop.puts:
            yield Left(drop.site, f"a durable function has no destinations: {drop.fix}", function.address)
        elif config is None and drop.site != f"{function.site_id}#async":
            yield Left(drop.site, "it is invoked by an alias or version without a config of its own", function.address)
        elif role is None:
            yield Left(drop.site, "its role is not in the app, so that it may not send anything", function.address)
        else:
            beside = (config or function).address
            permission = self._permission(function, beside, role)
            yield permission
            yield from self._destination(function, config, drop, permission)

    def _permission(self, function: Resource, beside: Address, role: str) -> Override:
        name, key = f"{function.logical_id}FailureDestination", self._queue.encryption_master_key
        policy = sending_policy(name, self._queue.queue_arn, role, None if key is None else key.key_arn)
        said = f"let {function.site_id} send to {self._queue.node.path}"
        return Override(beside, (name,), {"Type": ROLE_POLICY, "Properties": policy}, _WHY, adds=True, said=said)

    def _destination(
        self, function: Resource, config: Resource | None, drop: Drop, permission: Override
    ) -> Iterator[Override]:
        said = f"set {self._queue.node.path} as the destination for failures of {function.site_id}"
        for edit in led_to(kept(drop.puts), self._queue.queue_arn):
            if config is not None and edit.place.address == config.address:
                yield from (replace(one, depends_on=(permission,)) for one in overrides(config, [edit], _WHY, said))
            elif edit.adds and '"AWS::Lambda::EventInvokeConfig"' in edit.value:
                keys, new = (f"{function.logical_id}FailedEvents",), json.loads(edit.value)
                yield Override(function.address, keys, new, _WHY, adds=True, depends_on=(permission,), said=said)


def _role(found: AppDraft, function: Resource) -> str | None:
    """The name of a function's role, as the CDK refers to it."""
    template = found.app.templates[function.address.template]
    for target in refers_to(found.app, template, resolve(found.app, template, function.properties.get("Role"))):
        element = found.constructs.get(target.address) if target.address else None
        if element is not None and isinstance(element.construct, cdk.CfnResource):
            return element.construct.ref
    return None
