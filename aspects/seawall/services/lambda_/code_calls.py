"""What the code of functions, containers and jobs sends or calls, as far as role and environment tell.

An IAM action on one resource says that the code may call it; an environment variable that holds the same resource
says that it probably does. Both together are strong evidence, the action alone is medium, unless several share the
role: then it does not say whose call it is, and only those are followed whose environment holds what is called. A
wildcard names nothing.
What Lambda itself writes to (the function's dead-letter queue and destinations) is no call of the code.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property
from itertools import filterfalse

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.graph.guards import Event
from seawall.graph.model import CLASSES, Evidence, FailureClass, Granted, Place, RuledOut, SharedRole, Tries
from seawall.graph.patterns import merged
from seawall.template import Item, Props, Resource, Target, Value
from seawall.words import some

from ..holders import Holder, holders
from ..iam.assuming import ACCESS_KEY, AssumedRoles, assumed, key_owners
from ..iam.denials import Refusals
from ..iam.granted import granted
from ..iam.permissions import Permission, permissions_by_role
from ..iam.statements import actions_of, allowing, denying, things_of
from ..literals import WRITES
from ..pieces import is_word, pieces
from ..registry import Arrival, finisher
from ..s3.buckets import BUCKET, notices
from ..s3.keys import written_event
from ..streams.streams import TABLES
from ..wiring import Wiring
from .asynchronous import failure_plumbing, own_tries
from .functions import FUNCTION


class ActionUse(Struct, frozen=True):
    """What code does with an IAM action."""

    kind: str
    arrival: Arrival = Arrival.ASYNC
    traced: bool = False
    """Lambda's loop detection follows an event over this call."""
    assumption: str = ""


_INVOKE = "lambda:Invoke"
ACTIONS: Mapping[str, ActionUse] = {
    "sqs:sendmessage": ActionUse("sqs:SendMessage", traced=True),
    "sns:publish": ActionUse("sns:Publish", traced=True),
    "states:startexecution": ActionUse("states:StartExecution"),
    "states:startsyncexecution": ActionUse(
        "states:StartSyncExecution", Arrival.SYNC, assumption="the handler raises when the execution it waits for fails"
    ),
    "lambda:invokefunction": ActionUse(
        _INVOKE,
        Arrival.SYNC,
        traced=True,
        assumption="the handler waits for the function it invokes and raises when it fails",
    ),
    "lambda:invokeasync": ActionUse("lambda:InvokeAsync", traced=True),
    "lambda:invokefunctionurl": ActionUse(
        "lambda:InvokeFunctionUrl",
        Arrival.SYNC,
        assumption="the handler waits for the function whose URL it calls and raises when it fails",
    ),
    "batch:submitjob": ActionUse("batch:SubmitJob"),
    "codebuild:startbuild": ActionUse("codebuild:StartBuild"),
    "ecs:runtask": ActionUse("ecs:RunTask"),
    "glue:startjobrun": ActionUse("glue:StartJobRun"),
    "firehose:putrecord": ActionUse("firehose:PutRecord"),
    "firehose:putrecordbatch": ActionUse("firehose:PutRecordBatch"),
    "events:putevents": ActionUse("events:PutEvents"),
    "events:putrawevents": ActionUse("events:PutRawEvents"),
    "kinesis:putrecord": ActionUse("kinesis:PutRecord"),
    "kinesis:putrecords": ActionUse("kinesis:PutRecords"),
    "s3:putobject": ActionUse("s3:PutObject", traced=True),
    "dynamodb:putitem": ActionUse("dynamodb:PutItem"),
    "dynamodb:updateitem": ActionUse("dynamodb:UpdateItem"),
    "dynamodb:deleteitem": ActionUse("dynamodb:DeleteItem"),
    "dynamodb:batchwriteitem": ActionUse("dynamodb:BatchWriteItem"),
    "dynamodb:partiqlinsert": ActionUse("dynamodb:PartiQLInsert"),
    "dynamodb:partiqlupdate": ActionUse("dynamodb:PartiQLUpdate"),
    "dynamodb:partiqldelete": ActionUse("dynamodb:PartiQLDelete"),
}
NAMES: Mapping[ActionUse, str] = {use: name for name, use in ACTIONS.items()}
"""The IAM action, in lower case, of each use."""
_TYPES_OF = {"states": ("stepfunctions",), "events": ("events", "eventsv2"), "firehose": ("kinesisfirehose",)}
"""How resource types call a service that IAM calls otherwise."""
_DEFAULT_BUS = ":event-bus/default"


class Grant(Struct, frozen=True):
    """What a statement of a role lets code do with one thing that it names."""

    actions: Mapping[ActionUse, Item]
    """With the place of each."""
    target: Target
    called: Resource | None
    statement: Props
    resource: Item
    """What names the thing."""

    def said(self, wiring: Wiring, action: ActionUse) -> Granted:
        """What allows an action, for a reader."""
        return granted(wiring, self.statement, self.actions[action], self.resource, self.target)


class _Role(Struct, dict=True):
    resource: Resource
    grants: tuple[Grant, ...]
    users: list[str] = field(default_factory=list)
    """Sites of the functions, containers and jobs that have this role: they may share one."""
    unheld: dict[str, None] = field(default_factory=dict)
    """What only the role leads to, although several share it."""
    plumbing: set[str] = field(default_factory=set)
    """What Lambda itself writes to in their name."""
    pending: set[str] | None = None
    """What the environment of each user looked at so far holds; None before the first one."""
    always: set[int] = field(default_factory=set)
    """Numbers of grants that have to be looked at for each user, whatever its environment holds."""

    @cached_property
    def by_called(self) -> Mapping[str, list[int]]:
        """Numbers of the grants by what they let call."""
        found: dict[str, list[int]] = {}
        for number, grant in enumerate(self.grants):
            if grant.called is not None:
                found.setdefault(grant.called.site_id, []).append(number)
        return found

    @property
    def shared(self) -> bool:
        """Whether it does not tell which of its users makes a call."""
        return len(self.users) > 1


@finisher(order=10)
def code_calls(wiring: Wiring) -> None:
    """Hops from whatever runs code to what its roles let it call."""
    statements = statements_by_role(wiring)
    read = {hop.source for hop in wiring.hops}
    roles: dict[str, _Role] = {}
    having: list[tuple[Holder, _Role]] = []
    for holder in holders(wiring):
        for resource in roles_of(wiring, holder):
            if resource.site_id not in roles:
                grants = tuple(_grants(wiring, statements.get(resource.site_id, ())))
                roles[resource.site_id] = _Role(resource, grants)
            role = roles[resource.site_id]
            role.users.append(holder.sender or holder.site)
            if holder.resource.type == FUNCTION:
                role.plumbing |= failure_plumbing(wiring, holder.resource)
            having.append((holder, role))
    for holder, role in having:
        if not wiring.sites[holder.site].framework:
            _calls(wiring, holder, role, read)
    for role in roles.values():
        if role.unheld:
            place = Place(role.resource.address, "Policies")
            wiring.shared_roles.append(SharedRole(role.resource.site_id, place, tuple(role.users), tuple(role.unheld)))
            wiring.unknown(
                role.resource,
                "Policies",
                f"{len(role.users):,} functions share it, and it lets them call {some(list(role.unheld))}: a call is "
                "followed only where the function's environment holds what is called",
            )


def _grants(wiring: Wiring, statements: Iterable[Props]) -> Iterator[Grant]:
    for statement in statements:
        actions = _actions(wiring, statement)
        for item, target in _named(wiring, statement) if actions else ():
            yield Grant(actions, target, wiring.app.resource(target.address), statement, item)


def _calls(wiring: Wiring, holder: Holder, role: _Role, read: set[str]) -> None:
    in_environment = environment_of(wiring, holder)
    made: dict[tuple[str, str], list[Event]] = {}
    hops: list[tuple[str, ActionUse, Evidence, list[Event]]] = []
    allowed: dict[tuple[str, str], list[Granted]] = {}
    for number, grant in _asked_of(role, in_environment):
        called, target = grant.called, grant.target
        if called is None:
            role.always.add(number)
            if (target.literal or "").endswith(_DEFAULT_BUS):
                _to_default_bus(wiring, holder, target, grant.actions)
            continue
        held = called.site_id in in_environment
        if not held and called.site_id in role.plumbing:
            continue
        if called.type in TABLES and called.site_id not in read:
            continue  # nobody reads the table's stream
        if called.type == BUCKET and not notices(wiring, called.site_id, target.suffix):
            continue  # nobody learns of the objects written
        for action in grant.actions:
            if not acts_on(action, called):
                continue
            refused = refusals(wiring).why(role.resource, NAMES[action], called)
            if refused:
                role.always.add(number)
                rule_out(wiring, holder, called, action, refused)
                continue
            if called.type == FUNCTION:
                wiring.may_be_asynchronous.add(called.site_id)
            if not held and role.shared:
                role.unheld[called.site_id] = None
                continue
            site = wiring.arrive(target, action.arrival)
            if site is None:
                continue
            events = made.get((site, _family(action)))
            if events is None:
                events = made[site, _family(action)] = []
                hops.append((site, action, Evidence.STRONG if held else Evidence.MEDIUM, events))
            events.append(written(action, called, target))
            allowed.setdefault((site, _family(action)), []).append(grant.said(wiring, action))
    for site, action, evidence, events in hops:
        by = _by(allowed[site, _family(action)], role)
        make_call(wiring, holder, site, action, evidence, merged(events), granted_by=by)


def _by(found: list[Granted], role: _Role) -> Granted:
    """What allows a call: it can go only where nothing else allows it, and nobody else has the role."""
    alone = len(found) == 1 and not role.shared
    return found[0] if alone else replace(found[0], removable=None, shared=role.shared or found[0].shared)


def _asked_of(role: _Role, in_environment: Collection[str]) -> list[tuple[int, Grant]]:
    """The grants to be looked at for one user of a role, with their numbers: of a role that several share all of them
    once, then only those of which the environment tells something new.
    """
    if not role.shared or role.pending is None:
        role.pending = set(in_environment)
        return list(enumerate(role.grants))
    role.pending -= role.unheld.keys()
    names = {*in_environment, *role.pending}
    role.pending &= set(in_environment)
    chosen = {number for name in names for number in role.by_called.get(name, ())} | role.always
    return [(number, role.grants[number]) for number in sorted(chosen)]


def written(action: ActionUse, called: Resource, target: Target) -> Event:
    """What an action says of the records or objects that it makes."""
    if called.type == BUCKET:
        return written_event(target.suffix)
    names = WRITES.get(action.kind.partition(":")[2].lower())
    return {} if names is None else {("eventName",): names}


def acts_on(action: ActionUse, called: Resource) -> bool:
    """Whether the action is one of the resource's service; a statement may name several services."""
    return _of_service(action.kind, called.type)


@cache
def _of_service(kind: str, resource_type: str) -> bool:
    service = kind.partition(":")[0]
    return resource_type.lower().startswith(tuple(f"aws::{name}::" for name in _TYPES_OF.get(service, (service,))))


def rule_out(wiring: Wiring, holder: Holder, called: Resource, action: ActionUse, why: str) -> None:
    """Note that a role allows a call that something else refuses."""
    out = RuledOut(holder.sender or holder.site, called.site_id, action.kind, why)
    if out not in wiring.ruled_out:
        wiring.ruled_out.append(out)


def _to_default_bus(wiring: Wiring, holder: Holder, target: Target, actions: Iterable[ActionUse]) -> None:
    """The default bus is no resource of any template; the role names it by its ARN."""
    for action in actions:
        site = wiring.arrive(target, action.arrival) if action.kind == "events:PutEvents" else None
        if site is not None:
            make_call(wiring, holder, site, action, Evidence.MEDIUM)


def _family(action: ActionUse) -> str:
    """Actions of one family make one hop: several ways to write a record are one write."""
    return action.kind if action.kind.startswith("states:") else action.kind.partition(":")[0]


def make_call(
    wiring: Wiring,
    holder: Holder,
    site: str,
    action: ActionUse,
    evidence: Evidence,
    event: Event | None = None,
    assumption: str = "",
    granted_by: Granted | None = None,
) -> None:
    """The hop of a call that code may make; `assumption` is what has to be so beside what the action assumes."""
    awaits = action.arrival is Arrival.SYNC
    wiring.hop(
        holder.sender or holder.site,
        site,
        action.kind,
        holder.role,
        awaits=awaits,
        evidence=evidence,
        shows=dict.fromkeys(CLASSES, FailureClass.ERROR) if awaits else None,
        unread=awaits,
        unawaited=_unawaited(wiring, site) if action.kind == _INVOKE else None,
        assumption=" and ".join(filter(None, (action.assumption, assumption))),
        granted=granted_by,
        traced=action.traced and holder.resource.type == FUNCTION,
        event=event,
    )


def _unawaited(wiring: Wiring, site: str) -> Mapping[str, Tries] | None:
    """The tries of a function that is called with `InvocationType: Event`."""
    place = wiring.sites[site].place
    called = wiring.app.resource(place.address) if place is not None else None
    return own_tries(wiring, called) if called is not None and called.type == FUNCTION else None


def statements_by_role(wiring: Wiring) -> Mapping[str, tuple[Props, ...]]:
    """Allowing statements by the site id of the role they are attached to."""
    return wiring.once("allowing statements of roles", lambda: allowing(wiring))


def permissions_of_roles(wiring: Wiring) -> Mapping[str, list[Permission]]:
    """Everything that roles of the app allow, by the site id of the role."""
    return wiring.once("permissions of roles", lambda: permissions_by_role(wiring, statements_by_role(wiring)))


def refusals(wiring: Wiring) -> Refusals:
    """What the roles of the app surely may not do."""
    return wiring.once("refusals of roles", lambda: Refusals(wiring, denying(wiring)))


def _actions(wiring: Wiring, statement: Props) -> Mapping[ActionUse, Item]:
    """Sending actions that a statement names in full, with or without a `*` behind the name, as the CDK grants
    `s3:PutObject*` and SAM `sqs:SendMessage*`; `sqs:*` does not say which is used.
    """
    names = ((name.removesuffix("*"), item) for item, name in actions_of(wiring, statement))
    return {ACTIONS[name]: item for name, item in names if name in ACTIONS}


def named_resources(wiring: Wiring, statement: Props) -> Iterator[Target]:
    """What a statement names as its resources, each once; indexes of tables left out."""
    return (target for _, target in _named(wiring, statement))


def _named(wiring: Wiring, statement: Props) -> Iterator[tuple[Item, Target]]:
    seen: set[object] = set()
    for item, target in ((item, target) for item, _, meant in things_of(wiring, statement) for target in meant):
        named = (target.address, target.suffix if target.address else target.literal)
        if named not in seen and not target.suffix.startswith("/index"):
            seen.add(named)
            yield item, target


def roles_of(wiring: Wiring, holder: Holder) -> tuple[Resource, ...]:
    """The roles, among the analysed resources, that code has, and those that they let it take on; users as well whose
    keys its environment holds.
    """
    return wiring.once(("roles of code", holder), lambda: tuple(_roles_of(wiring, holder)))


def _roles_of(wiring: Wiring, holder: Holder) -> Iterator[Resource]:
    pending = [
        role
        for value in holder.roles
        for target in wiring.targets(holder.resource, value, "iam")
        if (role := wiring.app.resource(target.address)) is not None
    ]
    if ACCESS_KEY in wiring.app.by_type:
        pending += key_owners(wiring, (held for _, held in held_by(wiring, holder)))
    seen: set[str] = set()
    while pending:
        role = pending.pop(0)
        if role.site_id not in seen:
            seen.add(role.site_id)
            yield role
            pending.extend(assumed_by(wiring, role).here)


def assumed_by(wiring: Wiring, role: Resource) -> AssumedRoles:
    """The roles that a role lets code take on."""
    statements = statements_by_role(wiring).get(role.site_id, ())
    return wiring.once(("roles that a role may take on", role.site_id), lambda: assumed(wiring, role, statements))


def environment_of(wiring: Wiring, holder: Holder) -> frozenset[str]:
    """Site ids of the resources that the environment of code holds."""
    return frozenset(held.site_id for _, held in held_by(wiring, holder))


def held_by(wiring: Wiring, holder: Holder) -> tuple[tuple[Target, Resource], ...]:
    """The resources that the environment of code holds, each once, with how it is named."""
    found: dict[str, tuple[Target, Resource]] = {}
    for _, target in named_by_environment(wiring, holder):
        held = wiring.app.resource(target.address)
        if held is not None:
            found.setdefault(held.site_id, (target, held))
    return tuple(found.values())


def named_by_environment(wiring: Wiring, holder: Holder) -> tuple[tuple[Value, Target], ...]:
    """What the values of an environment, in lists and JSON as well, point at."""
    key = ("environment of code", holder)
    return wiring.once(key, lambda: tuple(held_in(wiring, holder.resource, holder.environment)))


def held_in(wiring: Wiring, resource: Resource, held: Iterable[Value]) -> Iterator[tuple[Value, Target]]:
    """What values of a resource, in lists and JSON as well, point at."""
    for value in (each for one in held for each in (one, *filterfalse(is_word, pieces(one)))):
        yield from ((value, target) for target in wiring.targets(resource, value))
