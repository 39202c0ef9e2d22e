"""Dead letters that are put back: `StartMessageMoveTask`, called by a schedule, a state machine or code.

Without a destination, every message goes back to the queue that it came from: whatever dead-lettered it may do so
again.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html,
read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.kinds import HopKind
from seawall.graph.model import Evidence, GapKind, Place, When
from seawall.template import ABSENT, Absent, Resource, Value
from seawall.words import some

from ..grants import allowing_of_role, says
from ..holders import Holder, holders
from ..lambda_.code_calls import environment_of, held_by, named_resources, permissions_of_roles, roles_of
from ..registry import Arrival, finisher
from ..wiring import Wiring
from .queues import QUEUE

MOVE_CALL = ("sqs", "startMessageMoveTask")
"""Service and action, as schedules and state machines write them."""
_ACTION = ":".join(MOVE_CALL).lower()
_OPERATION = "sqs:StartMessageMoveTask"
"""The same in code that was read."""


def move(wiring: Wiring, resource: Resource, property_: str, source: Value, destination: Value) -> None:
    """Note that `resource` asks for the messages of `source` to be moved; the hops are made once redrives are known."""
    for target in wiring.targets(resource, source, "sqs"):
        found = wiring.app.resource(target.address)
        if found is None or found.type != QUEUE:
            wiring.unknown(resource, property_, target.why or "moves the messages of what is no analysed queue")
            continue
        place = Place(resource.address, property_)
        _asked(wiring).append((found, destination, resource, place, Evidence.DECLARED))


_Asked = tuple[Resource, Value, Resource, Place, Evidence]


def _asked(wiring: Wiring) -> list[_Asked]:
    return wiring.kept("message move tasks", list[_Asked])


@finisher(order=13)
def moves(wiring: Wiring) -> None:
    """Hops from dead-letter queues to where their messages are moved."""
    by_code = list(_by_code(wiring))
    done: set[tuple[str, str]] = set()
    for queue, destination, asking, place, evidence in (*_asked(wiring), *by_code):
        for site in _destinations(wiring, queue, destination, asking, place):
            if (queue.site_id, site) not in done:
                done.add((queue.site_id, site))
                stop = f"do not move the messages of {queue.site_id} by a clock: redrive by hand what is worth it"
                wiring.hop(queue.site_id, site, HopKind.MOVE, place, evidence=evidence, stop=stop)


def _destinations(
    wiring: Wiring, queue: Resource, destination: Value, asking: Resource, place: Place
) -> tuple[str, ...]:
    if isinstance(destination, Absent):
        return tuple(
            hop.source
            for hop in wiring.hops
            if hop.target == queue.site_id and hop.when is When.EXHAUSTED and hop.kind == "redrive"
        )
    return tuple(site for site, _ in wiring.receivers(asking, place.property, destination, Arrival.ASYNC, "sqs"))


def _by_code(wiring: Wiring) -> list[_Asked]:
    """Code whose role lets it move the messages of a queue, unless it was read and does not."""
    found: list[_Asked] = []
    for holder in holders(wiring):
        calls = _OPERATION in wiring.calls.get(holder.site, ())
        if holder.site in wiring.followed and not calls:
            continue
        held = environment_of(wiring, holder)
        for role in roles_of(wiring, holder):
            for queue in _movable(wiring, role.site_id):
                evidence = Evidence.STRONG if queue.site_id in held else Evidence.MEDIUM
                evidence = Evidence.READ if calls and queue.site_id in held else evidence
                found.append((queue, ABSENT, holder.resource, holder.role, evidence))
            covered = list(_held_and_covered(wiring, holder, role))
            found += ((queue, ABSENT, holder.resource, holder.role, Evidence.MEDIUM) for queue in covered)
            if not covered:
                _unnamed(wiring, holder, role)
    return found


def _unnamed(wiring: Wiring, holder: Holder, role: Resource) -> None:
    """Note a role that lets code move the messages of dead-letter queues of the app, and nothing says of which."""
    for permission in permissions_of_roles(wiring).get(role.site_id, ()):
        if permission.resources and any(says(name, _ACTION) for name in permission.actions):
            queues = wiring.once("dead-letter queues", lambda: tuple(_dead_letter_queues(wiring)))
            may = [each.site_id for each in queues if permission.covers(wiring, each)]
            if may:
                why = f"its role allows {_OPERATION} on {some(may)}: whether the code moves messages back is not known"
                wiring.unknown(holder.resource, holder.role.property or "Role", why, what=GapKind.ROLE)
                return


def _dead_letter_queues(wiring: Wiring) -> Iterator[Resource]:
    dead = dict.fromkeys(hop.target for hop in wiring.hops if hop.kind == "redrive")
    places = (wiring.sites[name].place for name in dead)
    yield from filter(None, (wiring.app.resource(place.address) for place in places if place is not None))


def _held_and_covered(wiring: Wiring, holder: Holder, role: Resource) -> Iterator[Resource]:
    """Queues in the environment whose messages the role lets code move without naming them; `sqs:*` does not say so."""
    allowed = permissions_of_roles(wiring).get(role.site_id, ())
    permissions = [each for each in allowed if any(says(name, _ACTION) for name in each.actions)]
    for _, queue in held_by(wiring, holder) if permissions else ():
        if queue.type == QUEUE and any(each.covers(wiring, queue) for each in permissions):
            yield queue


def _movable(wiring: Wiring, role: str) -> tuple[Resource, ...]:
    """Queues whose messages a role, which much code may share, lets it move."""
    return wiring.once(("queues that a role lets code move", role), lambda: tuple(_moved_by(wiring, role)))


def _moved_by(wiring: Wiring, role: str) -> Iterator[Resource]:
    for statement in allowing_of_role(wiring, role, _ACTION):
        for target in named_resources(wiring, statement):
            queue = wiring.app.resource(target.address)
            if queue is not None and queue.type == QUEUE:
                yield queue
