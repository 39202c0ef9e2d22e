"""How a cycle through a bucket is opened by what its events are asked for: a key that the code does not write.

Sources, read 2026-11-30: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
(the filter of a notification is a prefix and a suffix) and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (`anything-but`, `prefix`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from seawall.graph import Hop, HopKind
from seawall.graph.guards import Like
from seawall.graph.layers import Put
from seawall.remedies.changes import needed
from seawall.remedies.search import Change
from seawall.retries import Loop
from seawall.template import Json

from .context import Context

_KEY = ("key",)
INCOMING = "incoming/"
"""A prefix for what is put into a bucket from outside: a notification cannot ask for all keys but some."""


def filtered(context: Context, loop: Loop) -> Change | None:
    """What the bucket at which a loop starts tells of no more: keys below what the code writes; None where that is not
    known, or something else is asked for there already.
    """
    written = {prefix for hop in loop.returns for prefix in _prefixes(hop)}
    told = [hop for hop in context.analysis.flow.out_of(loop.start) if hop.target in loop.sites]
    if not written or "" in written or not told:
        return None
    puts = [_asked(context, hop, sorted(written)) for hop in told]
    made = [put for put in puts if put is not None]
    if len(made) != len(told):
        return None
    below = " and ".join(sorted(written))
    rules = all(hop.kind == HopKind.RULE_MATCH for hop in told)
    wanted = f"all keys but those below {below}" if rules else f"keys below {INCOMING} only, and upload there"
    said = f"let {loop.start} tell of {wanted}: the code writes below {below}"
    return Change(said, edits=tuple(map(needed, made)), gone=tuple(told), short=f"tell of other keys than {below}")


def _prefixes(hop: Hop) -> Iterator[str]:
    """How the keys begin that a hop writes; empty where that is any."""
    keys = hop.event.get(_KEY, frozenset())
    for key in keys or ("",):
        yield key.parts[0] if isinstance(key, Like) else key if isinstance(key, str) else ""


def _asked(context: Context, hop: Hop, written: list[str]) -> Put | None:
    """What is asked for where the bucket tells of its objects; None where something is already."""
    resource = context.app.resource(hop.place.address)
    if resource is None or resource.construct_path is not None:
        return None
    if hop.kind == HopKind.RULE_MATCH:
        return _pattern(hop, resource.properties.get("EventPattern"), written)
    if hop.guard.pattern is not None and _KEY in hop.guard.pattern.fields:
        return None
    entry = hop.place.property.rpartition(".")[0]
    value = {"S3Key": {"Rules": [{"Name": "prefix", "Value": INCOMING}]}}
    taken = any(INCOMING.startswith(prefix) or prefix.startswith(INCOMING) for prefix in written)
    return None if taken else Put(hop.place.address, f"{entry}.Filter", json.dumps(value))


def _pattern(hop: Hop, pattern: Json, written: list[str]) -> Put | None:
    """A rule's pattern that leaves out what the code writes."""
    detail = pattern.get("detail", {}) if isinstance(pattern, dict) else None
    about = detail.get("object", {}) if isinstance(detail, dict) else None
    if not isinstance(about, dict) or "key" in about or len(written) != 1:
        return None
    value = [{"anything-but": {"prefix": written[0]}}]
    return Put(hop.place.address, f"{hop.place.property}.detail.object.key", json.dumps(value))
