"""`SingleRetryOwner`: the retries of every layer go but those of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from seawall.graph import Place, RetryOwner
from seawall.remedies.definitions import UneditableError
from seawall.remedies.ownership import OWNERS
from seawall.remedies.search import Edit
from seawall.remedies.single_owner import Stays, single_owner
from seawall.template import Address, Resource

from .draft import AppDraft
from .overrides import Left, Override, overrides
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

    def plan(self, found: AppDraft) -> Iterator[Override | Left]:
        """Layers that go, and those that the owner cannot replace."""
        flow, why = found.context.analysis.open_flow, f"the {self._owner} owns the retry"
        machines: dict[Address, dict[Place, Edit]] = {}
        left: list[Left] = []
        for each in single_owner(flow, self._owner):
            if isinstance(each, Stays):
                left.append(Left(each.site, each.why, each.place.address))
                continue
            for edit in each.edits:
                resource = found.app.resource(edit.place.address)
                if edit.removes:
                    machines.setdefault(edit.place.address, {})[edit.place] = edit
                elif resource is not None:
                    yield from overrides(resource, [edit], why)
        yield from left
        for address, edits in machines.items():
            machine = found.app.resource(address)
            if machine is not None:
                yield from _without_retry(machine, list(edits.values()), why)


def _without_retry(machine: Resource, edits: list[Edit], why: str) -> Iterator[Override | Left]:
    states = [edit.place.property.removesuffix(".Retry").rpartition("States.")[2] for edit in edits]
    try:
        yield from overrides(machine, edits, why, f"removed the Retry of {', '.join(states)}")
    except UneditableError as error:
        yield Left(machine.site_id, str(error), machine.address)
