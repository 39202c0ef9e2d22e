"""`SingleRetryOwner`: the retries of every layer go but those of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from seawall.graph import Flow, Hop, Layer, RetryOwner, Sets, When
from seawall.remedies.ownership import OWNERS, Ownership, is_owner, layers, owned
from seawall.retries.wording import layer_site
from seawall.settings import LEAST_RECEIVES

from .changes import Change, Left
from .definitions import Edit, UneditableError, edited
from .draft import Draft
from .repair import Repair

Owner = Literal["queue", "stream", "function", "machine"]


class SingleRetryOwner(Repair):
    """Takes the retries out of every layer but one: repairs `stacked-retries`.

    A layer goes only where the owner tries again whatever it would have: nothing is lost. So it stays where the owner
    does not see the failure (a hand-off in between, a catcher, a caller outside the app), with an info that says why.
    What goes is the `Retry` of a state, in any form of definition; `MaximumRetryAttempts` of a stream's reader or a
    rule becomes 0, where what fails then ends in a dead-letter queue or destination; and before a machine that owns the
    retry, `maxReceiveCount` above 5 becomes 5, which is the least that AWS asks for.

    Args:
        owner: Which layer keeps its retries: ``queue``, or ``stream``, by being read again; ``function``, by Lambda's
            asynchronous invocation; ``machine``, by the `Retry` of the innermost states that have one.

    Raises:
        ValueError: There is no such owner.
    """

    def __init__(self, owner: Owner = "queue") -> None:
        super().__init__()
        if owner not in OWNERS:
            raise ValueError(f"owner takes 'queue', 'stream', 'function' or 'machine', not {owner!r}")
        self._owner = RetryOwner(owner)

    def plan(self, found: Draft) -> Iterator[Change | Left]:
        """Layers that go, and those that the owner cannot replace."""
        flow = found.context.analysis.open_flow
        retries: dict[str, list[str]] = {}
        left: dict[tuple[str, str], Left] = {}
        for hop in layers(flow):
            if self._keeps(flow, hop):
                continue
            answer = owned(flow, hop, self._owner)
            if answer.ownership is Ownership.PART or (answer.ownership is Ownership.NONE and self._near(flow, hop)):
                site = flow.container(layer_site(hop))
                left.setdefault((site, answer.why), Left(site, answer.why, hop.place.address))
            elif answer.ownership is Ownership.WHOLE and hop.owner is RetryOwner.MACHINE:
                retries.setdefault(flow.container(hop.source), []).append(hop.target.partition("#")[2])
            elif answer.ownership is Ownership.WHOLE:
                yield from self._lowered(found, flow, hop)
        yield from left.values()
        for machine, states in retries.items():
            yield from self._without_retry(found, machine, states)

    def _keeps(self, flow: Flow, hop: Hop) -> bool:
        """Whether a layer is the owner itself: of states within each other, the innermost."""
        if self._owner is not RetryOwner.MACHINE:
            return is_owner(hop, self._owner)
        return hop.owner is RetryOwner.MACHINE and owned(flow, hop, self._owner).ownership is not Ownership.WHOLE

    def _near(self, flow: Flow, hop: Hop) -> bool:
        """Whether an owner stands before a layer, although it does not see all of its failures."""
        if self._owner is RetryOwner.MACHINE:
            return False
        seen, pending = {hop.source}, [hop.source]
        while pending:
            for before in flow.into(pending.pop()):
                if is_owner(before, self._owner):
                    return True
                if before.source not in seen:
                    seen.add(before.source)
                    pending.append(before.source)
        return False

    def _without_retry(self, found: Draft, machine: str, states: list[str]) -> Iterator[Change | Left]:
        place = found.context.analysis.flow.sites[machine].place
        resource = found.app.resource(place.address) if place else None
        if resource is None:
            return
        edits = [Edit(state, ("Retry",), None) for state in dict.fromkeys(states)]
        said = f"removed the Retry of {', '.join(edit.state for edit in edits)}"
        try:
            yield from edited(resource, edits, f"the {self._owner} owns the retry", said)
        except UneditableError as error:
            yield Left(machine, str(error), resource.address)

    def _lowered(self, found: Draft, flow: Flow, hop: Hop) -> Iterator[Change | Left]:
        tries = max((hop.tries_for(signal) for signal in hop.tries), key=lambda each: each.total or 0)
        resource = found.app.resource(hop.place.address)
        site, why = layer_site(hop), f"the {self._owner} owns the retry"
        layer, path = tries.layer or Layer(), tuple(tries.setting.split("."))
        counts = {offer.sets for offer in (layer.limit, layer.drop) if offer is not None}
        if resource is None or tries.unknown or tries.total is None:
            yield Left(site, "no count bounds its tries", hop.place.address)
        elif Sets.TRIES in counts:
            if tries.total > LEAST_RECEIVES:
                yield Change(resource.address, path, LEAST_RECEIVES, f"{why}; {_LEAST}", tries.total)
            else:
                yield Left(site, f"its {path[-1]} is {tries.total}, and {_LEAST}", resource.address)
        elif Sets.RETRIES not in counts:
            yield Left(site, f"{tries.setting or hop.kind} is not changed by a repair", resource.address)
        elif not _ends(flow, hop):
            yield Left(site, "what fails there ends nowhere: give it a dead-letter queue first", resource.address)
        else:
            yield Change(resource.address, path, 0, why, tries.total - 1)


_LEAST = f"AWS asks for {LEAST_RECEIVES} or more where a queue feeds Lambda"


def _ends(flow: Flow, hop: Hop) -> bool:
    """Whether what failed every try of a reader or target ends somewhere."""
    spent = (each for each in flow.out_of(hop.source) if each.when is When.EXHAUSTED)
    return any(each.place.address == hop.place.address for each in spent)
