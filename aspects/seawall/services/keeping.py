"""What a change adds so that an event that is given up on is kept: a queue, its name in the property that asks for one,
and the right to send there.

Sources: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html (FIFO
queues need FIFO ones, standard queues standard ones),
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (the function's role sends),
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-source-dead-letter-queues.html (so does the pipe's),
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html (the queue's policy lets the rule send) and
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html (who sends to an
encrypted queue uses its key), read 2026-11-30
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph.facts import Fact
from seawall.graph.layers import ALARM_TYPE, DEPENDS_ON, Put
from seawall.template import Address, Json, Resource, Target

from .wiring import Wiring

KEPT_FOR = Fact(
    1_209_600,
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-lifecycle.html",
    "2026-11-30",
)
"""Seconds that a queue can keep a message at most: 14 days. Dead letters want time to be looked at."""
ALARM_PERIOD = Fact(
    300,
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues-cloudwatch.html",
    "2026-11-30",
)
"""Seconds over which an alarm looks at a dead-letter queue: its first message is enough."""
WATCHED = "with an alarm on its ApproximateNumberOfMessagesVisible"
"""What a queue for what is given up on wants."""
ROLE_POLICY = "AWS::IAM::Policy"


def queue_for(wiring: Wiring, resource: Resource, *, fifo: bool = False) -> tuple[tuple[Put, Put], Json]:
    """A queue for what `resource` gives up on, with an alarm on it, and how a template names its ARN."""
    name = free_name(wiring, resource, "DeadLetters")
    properties: Json = {"MessageRetentionPeriod": KEPT_FOR.value, **({"FifoQueue": True} if fifo else {})}
    return (added(resource, name, "AWS::SQS::Queue", properties), _alarm(resource, name)), _arn(name)


def _alarm(resource: Resource, queue: str) -> Put:
    """An alarm that goes off with the first message in a queue that is added; whom it tells is its author's to decide.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues-cloudwatch.html
    (NumberOfMessagesSent does not count what SQS moves there), read 2026-11-30
    """
    properties: Json = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}],
        "Statistic": "Maximum",
        "Period": ALARM_PERIOD.value,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    return added(resource, f"{queue}Alarm", ALARM_TYPE, properties)


def _arn(name: str) -> Json:
    """How a template names the ARN of a resource."""
    return {"Fn::GetAtt": [name, "Arn"]}


def sent_by_role(wiring: Wiring, resource: Resource, property_: str, holder: Resource, role: str) -> tuple[Put, ...]:
    """A queue in `property_` of `resource`, to which the role in the property `role` of `holder` may send."""
    (queue, alarm), arn = queue_for(wiring, resource)
    refused = "the deployment is refused" if role == "Role" else "what fails is not kept"
    queue = may_send(wiring, resource, queue, holder, role, refused)
    puts = [queue, Put(resource.address, property_, json.dumps(arn)), alarm]
    for policy in role_policies(wiring, resource, queue, holder, role):
        puts.append(policy)
        name = policy.address.logical_id
        puts += [_after(wiring, holder, name)] if holder.address.template == resource.address.template else []
    return tuple(puts)


def role_policies(wiring: Wiring, resource: Resource, queue: Put, holder: Resource, role: str) -> Iterator[Put]:
    """A policy that lets the role in the property `role` of `holder` send to a `queue` that is added beside `resource`;
    nothing where the role stands in another template.
    """
    name = queue.address.logical_id
    for target in wiring.targets(holder, wiring.props(holder).value(role)):
        if target.address is not None and _beside(target, resource):
            policy = sending_policy(f"{name}Policy", _arn(name), {"Ref": target.address.logical_id})
            yield added(resource, f"{name}Policy", ROLE_POLICY, policy)


def may_send(wiring: Wiring, resource: Resource, queue: Put, holder: Resource, role: str, otherwise: str) -> Put:
    """The `queue`, with what its author has to see to first where no policy can be added for the role of `holder`;
    `otherwise`: what comes of it else.
    """
    ends = wiring.targets(holder, wiring.props(holder).value(role))
    elsewhere = [each for each in ends if not _beside(each, resource)]
    if not elsewhere:
        return queue
    named = [each.address.logical_id if each.address is not None else each.literal or "" for each in elsewhere]
    which = ", ".join([*dict.fromkeys(filter(None, named)), "not in this template"])
    needs = f"give the role of {holder.site_id} ({which}) sqs:SendMessage on {queue.address.logical_id} first"
    return replace(queue, first=f"{needs}, else {otherwise}")


def _beside(target: Target, resource: Resource) -> bool:
    """Whether a target stands in the template of a resource."""
    return target.address is not None and target.address.template == resource.address.template


def _after(wiring: Wiring, holder: Resource, policy: str) -> Put:
    """Whoever has the role is made once it may send: Lambda refuses a destination that the role may not send to.

    Sources: https://github.com/aws/serverless-application-model/issues/2534 (a mapping with a destination),
    https://github.com/aws-amplify/amplify-js/issues/9869 (an EventInvokeConfig), read 2026-11-30. Both name the
    function, and so come after it.
    """
    raw = wiring.template(holder).body["Resources"][holder.logical_id]
    before = raw.get("DependsOn") if isinstance(raw, dict) else None
    names = [before] if isinstance(before, str) else before if isinstance(before, list) else []
    return Put(holder.address, DEPENDS_ON, json.dumps([*names, policy] if names else policy))


def sending_policy(name: str, arn: Json, role: Json, key: Json = None) -> Json:
    """Properties of a policy that lets a role send to the queue `arn`, and use its own key if it has one."""
    statements = [_allowed(arn)]
    if key is not None:
        statements.append({"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": key})
    return {"PolicyName": name, "PolicyDocument": _document(*statements), "Roles": [role]}


def sent_by_service(wiring: Wiring, resource: Resource, property_: str, service: str) -> tuple[Put, ...]:
    """A queue in `property_` of `resource`, whose own policy lets a service send."""
    (queue, alarm), arn = queue_for(wiring, resource)
    name = queue.address.logical_id
    principal: Json = {"Service": f"{service}.amazonaws.com"}
    policy: Json = {"PolicyDocument": _document(_allowed(arn, Principal=principal)), "Queues": [{"Ref": name}]}
    return (
        queue,
        Put(resource.address, property_, json.dumps(arn)),
        added(resource, f"{name}Policy", "AWS::SQS::QueuePolicy", policy),
        alarm,
    )


def added(resource: Resource, name: str, type_: str, properties: Json) -> Put:
    """A resource that is added to the template of another one."""
    body = json.dumps({"Type": type_, "Properties": properties})
    return Put(Address(resource.address.template, name), "", body, adds=True, beside=resource.address)


def free_name(wiring: Wiring, resource: Resource, suffix: str) -> str:
    """A logical id for something that is added beside `resource`, which none has there; nor what comes with it."""
    taken, name = wiring.template(resource).resources, f"{resource.address.logical_id}{suffix}"
    number = 2
    while any(f"{name}{more}" in taken for more in ("", "Alarm", "Policy")):
        name, number = f"{resource.address.logical_id}{suffix}{number}", number + 1
    return name


def _allowed(arn: Json, **who: Json) -> Json:
    return {"Effect": "Allow", **who, "Action": "sqs:SendMessage", "Resource": arn}


def _document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}
