"""Calls that code may make and that are not followed, although something of the app acts on them: each is a gap.

What code publishes to AWS IoT reaches rules by its topic, a mail reaches receipt rules by its recipient, a request
reaches an API by its address: neither role nor environment tells which, only that code may.

Source (2026-11-30): https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from seawall.graph.model import GapKind, Hop
from seawall.graph.reach import by_source
from seawall.template import Target, Value, render
from seawall.words import some

from ..ecs.tasks import TASK_DEFINITION
from ..endpoints import ANSWERS_HTTP
from ..holders import Holder, holders
from ..hosts import behind
from ..iam.statements import fits
from ..kafka.clusters import servers
from ..registry import finisher
from ..sdk_calls import ACTED_ON, as_iam_calls_it
from ..wiring import Wiring
from .code_calls import held_in, named_by_environment, permissions_of_roles, roles_of
from .code_reading import handed_on

_CONNECTS: Mapping[str, str] = {
    "lambda:CreateEventSourceMapping": "what the code lets functions read",
    "lambda:UpdateEventSourceMapping": "what the code lets functions read",
    "lambda:PutFunctionEventInvokeConfig": "where asynchronous events go that the code gives a destination",
    "sns:Subscribe": "what the code subscribes to topics",
    "events:PutTargets": "what the code gives rules as targets",
    "scheduler:CreateSchedule": "what the schedules call that the code creates",
    "pipes:CreatePipe": "where the pipes lead that the code creates",
    "scheduler:UpdateSchedule": "what the schedules call that the code changes",
    "pipes:UpdatePipe": "where the pipes lead that the code changes",
    "s3:PutBucketNotification": "what the code lets buckets notify",
    "logs:PutSubscriptionFilter": "what the code subscribes to logs",
    "sqs:SetQueueAttributes": "where the queues send dead letters that the code changes",
    "states:CreateStateMachine": "what the machines do that the code creates",
    "states:UpdateStateMachine": "what the machines do that the code changes",
    "iot:CreateTopicRule": "where the rules of AWS IoT lead that the code creates",
    "dynamodb:EnableKinesisStreamingDestination": "into which streams the code lets tables write",
    "cloudformation:CreateStack": "what the stacks hold that the code creates",
    "cloudformation:UpdateStack": "what the stacks hold that the code changes",
    "s3:CreateJob": "what the batch operations on objects call that the code creates",
}
"""Actions that connect one thing with another when the code runs, and what is not known then."""
_MAKE_NO_HOPS = ("AWS::Events::Archive", "AWS::SageMaker::EndpointConfig")
"""Types that act on a call and of which no reader makes a hop."""
_FOR_THAT_ONLY = ("scheduler", "pipes")
"""Services of which code wants nothing else."""
_STORES = ("document-database", "kafka-cluster", "message-broker")
_ADDRESSED = (*ANSWERS_HTTP, *_STORES, "web-endpoint", "log-group")
"""Kinds of sites that an environment may hold and that need no permission on one resource, or that all code has."""
_ANSWERING = ("AWS::AppRunner::Service", TASK_DEFINITION)
"""Types of work that requests reach by an address of its own."""


@finisher(order=15)
def unfollowed_calls(wiring: Wiring) -> None:
    """Note them of code that was not read; where it was, it says what it calls."""
    leaving = by_source(wiring.hops)
    leading = {name for source in leaving for name in (source, source.partition("#")[0])}
    declaring = {hop.place.address for hop in wiring.hops}
    here = {
        action: [
            each.site_id
            for kind in kinds
            for each in wiring.app.by_type.get(kind, ())
            if each.site_id in leading or each.address in declaring or kind in _MAKE_NO_HOPS
        ]
        for action, kinds in ACTED_ON.items()
    }
    for holder in holders(wiring):
        if wiring.sites[holder.site].framework:
            continue
        sent = leaving.get(holder.sender or holder.site, ())
        if holder.site in wiring.calls:
            for why in (*_by_calls(wiring, holder, here, sent), *_over_http(wiring, holder, leading, sent)):
                wiring.unknown(holder.resource, "Code", why, what=GapKind.CODE)
            continue
        for why in (*_by_role(wiring, holder, here, sent), *_by_address(wiring, holder, leading, sent)):
            wiring.unknown(holder.resource, holder.role.property or "Role", why, what=GapKind.ROLE)


def _by_calls(wiring: Wiring, holder: Holder, here: Mapping[str, list[str]], sent: Iterable[Hop]) -> Iterator[str]:
    """What code calls that was read."""
    calls = {as_iam_calls_it(call) for call in wiring.calls.get(holder.site, ())}
    for action in ACTED_ON:
        if action in calls and here[action]:
            yield f"the code calls {action}, on which {some(here[action])} may act: what that starts is not followed"
    made = {hop.kind for hop in sent}
    for action, what in _CONNECTS.items():
        if action in calls and action not in made:
            yield f"the code calls {action}: {what} stands in none of the templates"


def _over_http(wiring: Wiring, holder: Holder, leading: set[str], sent: Iterable[Hop]) -> Iterator[str]:
    """What an environment variable holds that goes into a request over HTTP, or into a library that is not read."""
    values = [
        wiring.props(holder.resource).value("Environment", "Variables", name)
        for name in sorted(handed_on(wiring).get(holder.site, ()))
    ]
    called = _reached(wiring, list(held_in(wiring, holder.resource, values)), leading, sent)
    if called:
        yield f"the code may call {some(called)} over HTTP: what that starts is not followed"


def _by_role(wiring: Wiring, holder: Holder, here: Mapping[str, list[str]], sent: Iterable[Hop]) -> Iterator[str]:
    roles = tuple(role.site_id for role in roles_of(wiring, holder))
    allowed, connecting = wiring.once(("calls that are not followed", roles), lambda: _allowed(wiring, roles))
    by_acting: dict[str, list[str]] = {}
    for action in allowed:
        if here[action]:
            by_acting.setdefault(some(here[action]), []).append(action)
    for acting, actions in by_acting.items():
        yield f"the role allows {some(actions)}, on which {acting} may act: whether the code does it is not known"
    made = {hop.kind for hop in sent}
    for action in connecting:
        if action not in made:
            yield f"the role allows {action}: {_CONNECTS[action]} stands in none of the templates"


def _allowed(wiring: Wiring, roles: Iterable[str]) -> tuple[list[str], list[str]]:
    """The actions of both lists that roles, which much code may share, allow by more than a wildcard for anything."""
    patterns = {
        pattern: None
        for role in roles
        for permission in permissions_of_roles(wiring).get(role, ())
        if not permission.all_but
        for pattern in permission.actions
        if "*" not in pattern.partition(":")[0]
    }
    every, particular = tuple(patterns), tuple(filter(_names_one, patterns))
    acted_on = [action for action in ACTED_ON if fits(action.lower(), every)]
    return acted_on, [action for action in _CONNECTS if fits(action.lower(), particular)]


def _names_one(pattern: str) -> bool:
    """Whether a pattern means something in particular: ``events:*`` is written for much else than rules."""
    service, _, name = pattern.partition(":")
    return service in _FOR_THAT_ONLY or name[:1] not in ("", "*", "?")


def _by_address(wiring: Wiring, holder: Holder, leading: set[str], sent: Iterable[Hop]) -> Iterator[str]:
    """What code that was not read may call at an address of its environment."""
    addressed = _reached(wiring, named_by_environment(wiring, holder), leading, sent)
    if addressed:
        yield f"the environment names {some(addressed)}: whether the code sends anything there is not known"


def _reached(
    wiring: Wiring, values: Sequence[tuple[Value, Target]], leading: set[str], sent: Iterable[Hop]
) -> list[str]:
    """What answers at the addresses among some values, and that no hop leads to.

    What is posted to a WebSocket API goes out to its clients: that its address is held says nothing. A task definition
    answers by the names of its service, not by its own.
    """
    named = (
        each.resource
        for value, target in values
        for each in behind(wiring, target, value)
        if each.resource.type != TASK_DEFINITION or each.resource.address != target.address
    )
    held = {each.site_id: each for each in named if wiring.props(each).text("ProtocolType").value != "WEBSOCKET"}
    known = [wiring.sites[name] for name in sorted(held.keys() & leading) if name in wiring.sites]
    reached = {hop.target for hop in sent}
    answering = [site.id for site in known if site.kind in _ADDRESSED or held[site.id].type in _ANSWERING]
    texts = [render(value) for value, _ in values] if servers(wiring) else []
    answering += (site for address, site in servers(wiring).items() if any(address in text for text in texts))
    return [name for name in dict.fromkeys(answering) if name not in reached]
