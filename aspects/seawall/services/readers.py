"""Code that reads a queue or a stream by itself: containers, jobs, servers and functions, by role and environment.

A message that such code does not delete comes back after the visibility timeout, whoever reads, so the receives of the
queue count for it as they do for a function. What a reader of a stream does with a record that fails is its own code:
the Kinesis Client Library goes on behind the records of a failed batch.

Sources: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html and
https://docs.aws.amazon.com/streams/latest/dev/kcl.html, read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec.structs import replace

from seawall.graph import HopKind
from seawall.graph.guards import Guard, Option
from seawall.graph.model import CLASSES, Evidence, GapKind, Place, When
from seawall.template import Props, Resource, SourceLine, Target, Unknown
from seawall.words import some

from .grants import allowing
from .holders import Holder, holders
from .iam.permissions import Permission, of_statement
from .iam.statements import actions_of
from .lambda_.code_calls import (
    environment_of,
    held_by,
    named_resources,
    permissions_of_roles,
    refusals,
    roles_of,
    statements_by_role,
)
from .lambda_.code_reading import receiving
from .lambda_.functions import FUNCTION
from .registry import finisher
from .sqs.queues import QUEUE, receives
from .streams.streams import STREAMS, TABLES
from .wiring import Wiring

READ_BY: Mapping[str, tuple[str, ...]] = {
    QUEUE: ("sqs:receivemessage",),
    **dict.fromkeys(STREAMS, ("kinesis:getrecords", "kinesis:subscribetoshard")),
    **dict.fromkeys(TABLES, ("dynamodb:getrecords",)),
}
"""By type: the actions, in lower case, by which code reads it."""
_STREAM = "/stream/any"
"""Behind a table's ARN, an ARN of its stream."""
_COMES_BACK = "the code leaves a message that fails in the queue, so that it comes back"
_BECAUSE = "the code, which was not read, sends because of a message that it read"
_SKIPS = "the code goes on behind a record that fails, as the Kinesis Client Library does"


@finisher(order=11)
def readers(wiring: Wiring) -> None:
    """Hops from queues and streams to the containers, jobs and servers that read them."""
    reading: dict[str, set[str]] = {}
    for holder in holders(wiring):
        if holder.resource.type == FUNCTION:
            continue  # told below: a mapping needs the same permissions
        held = environment_of(wiring, holder)
        seen = reading.setdefault(holder.sender or holder.site, set())
        for role in roles_of(wiring, holder):
            for source, named in read_by(wiring, role.site_id):
                if source.site_id not in seen and (named or source.site_id in held):
                    seen.add(source.site_id)
                    _hop(wiring, holder, source, Evidence.STRONG if source.site_id in held else Evidence.MEDIUM)
        _by_wide_roles(wiring, holder, seen)
    _on_its_own(wiring, reading)


def _by_wide_roles(wiring: Wiring, holder: Holder, seen: set[str]) -> None:
    """What the environment holds and a role lets code read without naming it: by a wildcard, `NotAction` or a managed
    policy. Who holds a table's name may want the table only: whether its stream is read is not known then.
    """
    roles = roles_of(wiring, holder)
    for target, source in held_by(wiring, holder):
        if source.type not in READ_BY or source.site_id in seen or not _is_read(wiring, source):
            continue
        for action in READ_BY[source.type]:
            by = next((each for role in roles for each in _granting(wiring, role, action, source)), None)
            if by is None:
                continue
            seen.add(source.site_id)
            if _of_stream(wiring, target, source):
                why = f"the code reads what its environment holds ({by})"
                _hop(wiring, holder, source, Evidence.MEDIUM, assumption=why)
            else:
                why = f"its role allows it to read the stream of {source.site_id} ({by}): whether it does is not known"
                wiring.unknown(holder.resource, holder.role.property or "Role", why, what=GapKind.ROLE)
            break


def _granting(wiring: Wiring, role: Resource, action: str, source: Resource) -> Iterator[str]:
    """What lets a role take an action on a resource, in words."""
    if refusals(wiring).why(role, action, source):
        return
    part = _STREAM if source.type in TABLES else ""
    for permission in permissions_of_roles(wiring).get(role.site_id, ()):
        if permission.allows(action) and permission.covers(wiring, source, part):
            yield permission.said_by


def _is_read(wiring: Wiring, source: Resource) -> bool:
    """Whether there is something to read: of a table, a stream."""
    return source.type not in TABLES or wiring.props(source).exists("StreamSpecification")


@finisher(order=13)
def polling_functions(wiring: Wiring) -> None:
    """Hops from queues to functions that receive messages themselves, as one that a schedule starts.

    A mapping needs the same permissions: only a queue that nothing else hands to the function is meant, and only where
    the code says so or the environment holds it.
    """
    handed = {(hop.source, hop.target) for hop in wiring.hops}
    reading: dict[str, set[str]] = {}
    for holder in holders(wiring):
        if holder.resource.type != FUNCTION or wiring.sites[holder.site].framework:
            continue
        line = receiving(wiring).get(holder.site)
        if line is None and holder.site in wiring.followed:
            continue  # all of its code was read, and none of it receives anything
        held = environment_of(wiring, holder)
        for role in roles_of(wiring, holder):
            for source, named in read_by(wiring, role.site_id):
                known = reading.setdefault(holder.site, set())
                fits = source.type == QUEUE and named and source.site_id in held
                if fits and source.site_id not in known and (source.site_id, holder.site) not in handed:
                    known.add(source.site_id)
                    _hop(wiring, holder, source, Evidence.STRONG if line is None else Evidence.READ, line)
        _may_poll(wiring, holder, held, reading.get(holder.site, ()), handed)
    _on_its_own(wiring, reading)


def _may_poll(
    wiring: Wiring, holder: Holder, held: Collection[str], known: Collection[str], handed: set[tuple[str, str]]
) -> None:
    """Note a function that may receive messages of a queue that is not handed to it, as its role itself says in full
    (AWS's managed policies are written for much else): of one that its environment holds, of one that nobody else
    reads, or of any where the environment is not known. A mapping of another queue needs that permission, too: then
    only a role that names the queue says something.
    """
    (action,) = READ_BY[QUEUE]
    permissions = [
        permission
        for statement in allowing(wiring, holder, action)
        if action in (permission := of_statement(wiring, statement)).actions and not permission.all_but
    ]
    if not permissions:
        return
    mapped = holder.site in wiring.once("what queues are handed to", lambda: _handed_by_queues(wiring, handed))
    read = wiring.once("what is read", lambda: {hop.source for hop in wiring.hops if hop.when is not When.EXHAUSTED})
    sections = (("Environment",), ("Environment", "Variables"))
    values = (*holder.environment, *(wiring.props(holder.resource).value(*path) for path in sections))
    blurred = not mapped and any(isinstance(value, Unknown) for value in values)
    may = dict.fromkeys(
        queue
        for permission in permissions
        for queue in _queues_of(wiring, permission, mapped)
        if queue not in known and (queue, holder.site) not in handed
        if blurred or queue in held or queue not in read
    )
    if may:
        why = f"its role allows sqs:ReceiveMessage on {some(list(may))}: whether its code reads it is not known"
        wiring.unknown(holder.resource, holder.role.property or "Role", why, what=GapKind.ROLE, touches=may)


def _queues_of(wiring: Wiring, permission: Permission, named_only: bool) -> Iterator[str]:
    """The queues that a permission names, or may mean."""
    queues = wiring.once("queues by id", lambda: {each.site_id: each for each in wiring.app.by_type.get(QUEUE, ())})
    yield from (name for name in sorted(permission.targets) if name in queues)
    if permission.resources and not named_only:
        yield from (name for name, queue in queues.items() if permission.covers(wiring, queue))


def _handed_by_queues(wiring: Wiring, handed: set[tuple[str, str]]) -> frozenset[str]:
    queues = {queue.site_id for queue in wiring.app.by_type.get(QUEUE, ())}
    return frozenset(target for source, target in handed if source in queues)


def _on_its_own(wiring: Wiring, reading: Mapping[str, Collection[str]]) -> None:
    """What such code sends may have nothing to do with what it reads: nobody hands it an event to work on.

    A queue in its environment may be there to be read only.
    """
    for index, hop in enumerate(wiring.hops):
        sources = reading.get(hop.source)
        if sources and hop.evidence < Evidence.READ and not hop.awaits:
            evidence = Evidence.WEAK if hop.target in sources else hop.evidence
            said = f"{hop.assumption}; {_BECAUSE}" if hop.assumption else _BECAUSE
            wiring.hops[index] = replace(hop, conditional=True, evidence=evidence, assumption=said)


def read_by(wiring: Wiring, role: str) -> tuple[tuple[Resource, bool], ...]:
    """What a role, which much code may share, lets code read."""
    return wiring.once(
        ("what a role lets code read", role),
        lambda: tuple(found for each in statements_by_role(wiring).get(role, ()) for found in _read(wiring, each)),
    )


def _read(wiring: Wiring, statement: Props) -> Iterator[tuple[Resource, bool]]:
    """What a statement lets code read, and whether it names the action in full."""
    actions = [name for _, name in actions_of(wiring, statement)]
    for target in named_resources(wiring, statement):
        found = wiring.app.resource(target.address)
        wanted = READ_BY.get(found.type, ()) if found is not None else ()
        matching = [action for action in actions if any(_matches(action, each) for each in wanted)]
        if found is not None and matching and _of_stream(wiring, target, found):
            yield found, any(action in wanted for action in matching)


def _of_stream(wiring: Wiring, target: Target, source: Resource) -> bool:
    """Whether what names a table names its stream, which is a resource of its own: `dynamodb:GetRecords` on the table
    itself, as the CDK grants it with reading and writing, allows nothing, nor is there a stream where none is set.

    Source (2026-11-30): https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    """
    if source.type not in TABLES:
        return True
    attribute = target.reference.attribute if target.reference is not None else ""
    named = (
        attribute == "StreamArn"
        or target.suffix.startswith(("/stream", "/*", "*"))
        or "/stream/" in (target.literal or "")
    )
    return named and _is_read(wiring, source)


def _matches(action: str, wanted: str) -> bool:
    start, star, _ = action.partition("*")
    return wanted == action or bool(star and wanted.startswith(start) and ":" in start)


def _hop(
    wiring: Wiring,
    holder: Holder,
    source: Resource,
    evidence: Evidence,
    at: SourceLine | None = None,
    assumption: str = "",
) -> None:
    if source.type == QUEUE:
        wiring.hop(
            source.site_id,
            holder.site,
            HopKind.QUEUE_READER,
            Place(source.address, "RedrivePolicy.maxReceiveCount"),
            awaits=True,
            evidence=evidence,
            tries=dict.fromkeys(CLASSES, receives(wiring, source)),
            assumption=" and ".join(filter(None, (_COMES_BACK, assumption))),
            guard=Guard(options=(Option(source.site_id, holder.site),)),
            at=at,
        )
        return
    wiring.hop(
        source.site_id,
        holder.site,
        "stream-reader",
        holder.role,
        awaits=True,
        evidence=evidence,
        assumption=" and ".join(filter(None, (_SKIPS, assumption))),
    )
