"""Code that may change objects in other ways than by writing them, where something is told of that.

An object that is deleted, tagged or restored, or whose access changes, is an event of its kind. Which code does that is
no hop: it is a gap.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html, read 2026-11-30
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph.model import GapKind
from seawall.template import Resource
from seawall.words import some

from ..cloudformation.custom_resources import deployers
from ..holders import Holder, holders
from ..lambda_.code_calls import permissions_of_roles, roles_of
from ..registry import finisher
from ..wiring import Wiring
from .buckets import BUCKET, told_otherwise

_KIND_OF: Mapping[str, str] = {
    "s3:DeleteObject": "ObjectRemoved:",
    "s3:DeleteObjectVersion": "ObjectRemoved:",
    "s3:PutObjectTagging": "ObjectTagging:",
    "s3:DeleteObjectTagging": "ObjectTagging:",
    "s3:PutObjectAcl": "ObjectAcl:",
    "s3:RestoreObject": "ObjectRestore:",
}
"""Actions, with how the events begin that they cause."""
_SAME: Mapping[str, str] = {"s3:DeleteObjects": "s3:DeleteObject"}
"""Calls that another action allows."""


@finisher(order=15)
def changing(wiring: Wiring) -> None:
    """Note such code, by the bucket."""
    told = told_otherwise(wiring)
    if not any(event.startswith(kind) for kind in _KIND_OF.values() for events in told.values() for event in events):
        return
    buckets = [each for each in wiring.app.by_type.get(BUCKET, ()) if each.site_id in told]
    read = {handling.site for handling in wiring.handlings}
    called = {hop.target for hop in wiring.hops}
    deploys_only = deployers(wiring) - called
    for holder in holders(wiring):
        if wiring.sites[holder.site].framework or holder.site in deploys_only:
            continue
        for bucket in buckets:
            kinds = {kind for kind in _KIND_OF.values() if any(each.startswith(kind) for each in told[bucket.site_id])}
            wanted = [action for action, kind in _KIND_OF.items() if kind in kinds]
            actions = list(_taken(wiring, holder, bucket, wanted, holder.site in read))
            if actions:
                why = (
                    f"{'the code calls' if holder.site in read else 'the role allows'} {some(actions)}, of which "
                    f"{bucket.site_id} tells: what that starts again is not known"
                )
                wiring.unknown(holder.resource, holder.role.property or "Role", why, what=GapKind.ROLE)


def _taken(wiring: Wiring, holder: Holder, bucket: Resource, wanted: list[str], read: bool) -> Iterator[str]:
    """Those of the actions that code takes or, where it was not read, that its role names and allows on a bucket."""
    if read:
        made = {_SAME.get(call, call) for call in wiring.calls.get(holder.site, ())}
        yield from (action for action in wanted if action in made)
        return
    permissions = [
        one
        for role in roles_of(wiring, holder)
        for one in permissions_of_roles(wiring).get(role.site_id, ())
        if not one.all_but and one.covers(wiring, bucket)
    ]
    patterns = [pattern for one in permissions for pattern in one.actions if pattern.startswith("s3:")]
    for action in wanted:
        begun = tuple(pattern.partition("*")[0] for pattern in patterns if pattern[3:4] not in ("*", "?"))
        if any(
            action.lower() == start or (f"{start}*" in patterns and action.lower().startswith(start)) for start in begun
        ):
            yield action
