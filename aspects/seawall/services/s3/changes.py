"""Code that may change objects in other ways than by writing them, where something is told of that.

An object that is deleted, tagged or restored, or whose access changes, is an event of its kind. Which code does that is
no hop: it is a gap.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html, read 2026-11-30
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from seawall.graph.model import GapKind
from seawall.template import Resource
from seawall.words import some

from ..cloudformation.custom_resources import deployers
from ..holders import Holder, holders
from ..iam.statements import fits
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

_Wanted: TypeAlias = list[tuple[Resource, list[str]]]
"""Buckets, with the actions of which each tells."""


@finisher(order=15)
def changing(wiring: Wiring) -> None:
    """Note such code, by the bucket."""
    told = told_otherwise(wiring)
    wanted: _Wanted = []
    for bucket in wiring.app.by_type.get(BUCKET, ()) if told else ():
        events = told.get(bucket.site_id, ())
        actions = [action for action, kind in _KIND_OF.items() if any(each.startswith(kind) for each in events)]
        if actions:
            wanted.append((bucket, actions))
    if not wanted:
        return
    deploys_only = deployers(wiring) - {hop.target for hop in wiring.hops}
    for holder in holders(wiring):
        if wiring.sites[holder.site].framework or holder.site in deploys_only:
            continue
        does, taken = (_called, "the code calls") if holder.site in wiring.calls else (_allowed, "the role allows")
        for bucket, actions in does(wiring, holder, wanted):
            why = f"{taken} {some(actions)}, of which {bucket.site_id} tells: what that starts again is not known"
            wiring.unknown(holder.resource, holder.role.property or "Role", why, what=GapKind.ROLE)


def _called(wiring: Wiring, holder: Holder, wanted: _Wanted) -> Iterator[tuple[Resource, list[str]]]:
    """What code does that was read; in which bucket, its calls do not tell here."""
    made = {_SAME.get(call, call) for call in wiring.calls[holder.site]}
    for bucket, actions in wanted:
        if found := [action for action in actions if action in made]:
            yield bucket, found


def _allowed(wiring: Wiring, holder: Holder, wanted: _Wanted) -> Iterator[tuple[Resource, list[str]]]:
    """What the role of code allows by more than a wildcard for all of S3."""
    permissions = [
        (one, patterns)
        for role in roles_of(wiring, holder)
        for one in permissions_of_roles(wiring).get(role.site_id, ())
        if not one.all_but
        and (patterns := tuple(each for each in one.actions if each.startswith("s3:") and each[3:4] not in ("*", "?")))
    ]
    for bucket, actions in wanted if permissions else ():
        patterns = tuple(each for one, some_ in permissions if one.covers(wiring, bucket) for each in some_)
        if found := [action for action in actions if fits(action.lower(), patterns)]:
            yield bucket, found
