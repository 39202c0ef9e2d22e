"""Which layers of retries may go because another one owns the retry: questions about the flow alone.

A layer may go only if nothing is lost by it: whatever it would have tried again, the owner tries again.

* An owner that waits *before* the layer (a queue, a stream, a function's asynchronous queue) sees a failure only if
  every site in between awaits the next one and lets the failure through. Is there any other way to the layer, by a
  hand-off or from a caller outside, then nobody would try again what fails on it.
* An owner *behind* the layer (a state machine) tries again what fails in its states, and nothing before them.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from seawall.graph import CLASSES, Evidence, Flow, Hop, RetryOwner, Site


class Ownership(Enum):
    """Where a layer stands to the owner of the retry."""

    NONE = "no owner on its ways"
    WHOLE = "the owner tries again whatever it does"
    PART = "the owner does not see everything"


class Owned(Struct, frozen=True):
    """The answer for one layer."""

    ownership: Ownership
    why: str = ""
    """For `PART`: what the owner does not see, as a clause."""


_Told: TypeAlias = "dict[tuple[int, str], Owned]"
"""Answers by hop and signal: many ways lead over the same hop, and each is asked about once."""

NONE = Owned(Ownership.NONE)
WHOLE = Owned(Ownership.WHOLE)

OWNERS = tuple(owner.value for owner in RetryOwner if owner is not RetryOwner.SENDER)
"""Who may own the retry: what is read again, Lambda's asynchronous invocation, or states that retry themselves."""


def layers(flow: Flow) -> Iterator[Hop]:
    """Hops that try again."""
    return (hop for hop in flow.hops if hop.awaits and retried(hop) and not flow.sites[hop.target].framework)


def retried(hop: Hop) -> tuple[str, ...]:
    """Signals on which a hop tries again."""
    signals = dict.fromkeys((*CLASSES, *hop.tries))
    return tuple(signal for signal in signals if hop.tries_for(signal).total != 1)


def is_owner(hop: Hop, owner: RetryOwner) -> bool:
    """Whether a hop is one of those that are to own the retry."""
    return hop.owner is owner


def owned(flow: Flow, hop: Hop, owner: RetryOwner) -> Owned:
    """Whether a layer may go."""
    ask = _behind if owner is RetryOwner.MACHINE else _before
    told: _Told = flow.memory.setdefault(("owned", owner), {})
    answers = [ask(flow, hop, signal, owner, told) for signal in retried(hop)]
    return _together(answers)


def _together(answers: list[Owned]) -> Owned:
    """One answer out of those for each way and each signal."""
    partly = next((each for each in answers if each.ownership is Ownership.PART), None)
    if partly is not None:
        return partly
    whole = [each for each in answers if each.ownership is Ownership.WHOLE]
    if not whole:
        return next(iter(answers), NONE)
    nobody = next((each for each in answers if each.ownership is Ownership.NONE), None)
    return WHOLE if nobody is None else Owned(Ownership.PART, nobody.why or "some of its failures reach no owner")


def _before(flow: Flow, layer: Hop, signal: str, owner: RetryOwner, told: _Told) -> Owned:
    """Whether the owner stands before a layer whose receiver fails with `signal`, on every way to it."""
    if (id(layer), signal) not in told:
        told[id(layer), signal] = _asked_before(flow, layer, signal, owner, told)
    return told[id(layer), signal]


def _asked_before(flow: Flow, layer: Hop, signal: str, owner: RetryOwner, told: _Told) -> Owned:
    shown = _leaves(flow, layer, signal)
    if shown is None:
        return Owned(Ownership.NONE, f"failures of {layer.target} do not leave {flow.container(layer.source)}")
    answers = []
    for hop in flow.into(layer.source):
        tries = hop.tries_for(shown)
        if not hop.awaits:
            answers.append(Owned(Ownership.NONE, f"{hop.source} hands off to {hop.target} and does not see it fail"))
        elif not is_owner(hop, owner) or tries.total == 1:
            answers.append(_unsure(hop) or _before(flow, hop, shown, owner, told))
        elif tries.unknown:
            answers.append(Owned(Ownership.PART, f"how often {hop.source} is read is not known"))
        else:
            answers.append(WHOLE)
    return _together(answers) if answers else Owned(Ownership.NONE, f"{layer.source} is called from outside the app")


def _unsure(hop: Hop) -> Owned | None:
    """Doubt that a sender sees its receiver fail."""
    if hop.evidence < Evidence.READ:
        return Owned(Ownership.PART, f"that {hop.source} awaits {hop.target} is {hop.evidence.word}")
    if hop.assumption:
        return Owned(Ownership.PART, f"{hop.source} sees {hop.target} fail only if {hop.assumption}")
    return None


def _leaves(flow: Flow, hop: Hop, signal: str) -> str | None:
    """The signal that the sender shows when the receiver fails for good; None: it does not fail."""
    shown = hop.shown(signal)
    plan = flow.sites[hop.source].plan
    if shown is None or plan is None or hop.target not in plan.steps:
        return shown
    step = plan.steps[hop.target]
    if step.escapes is not None and shown not in step.escapes:
        return None
    if step.caught.get(shown):
        return None
    return plan.fails_as or shown


def _behind(flow: Flow, layer: Hop, signal: str, owner: RetryOwner, told: _Told) -> Owned:
    """Whether whatever fails behind a layer, so that it tries again, is a state that is tried again."""
    if (id(layer), signal) not in told:
        told[id(layer), signal] = _asked_behind(flow, layer, signal, owner, told)
    return told[id(layer), signal]


def _asked_behind(flow: Flow, layer: Hop, signal: str, owner: RetryOwner, told: _Told) -> Owned:
    answers = []
    onward = [hop for hop in flow.out_of(layer.target) if hop.awaits]
    for hop in onward:
        if is_owner(hop, owner) and any(hop.tries_for(each).unknown for each in CLASSES):
            answers.append(Owned(Ownership.PART, f"how often {hop.target} is tried is not known"))
        elif is_owner(hop, owner) and retried(hop):
            missing = [each for each in CLASSES if hop.tries_for(each).total == 1 and layer.tries_for(each).total != 1]
            answers.append(Owned(Ownership.NONE, f"{hop.target} does not retry a {missing[0]}") if missing else WHOLE)
        else:
            answers.append(_behind(flow, hop, signal, owner, told))
    site: Site = flow.sites[layer.target]
    if site.works and site.plan is None and answers:
        answers.append(Owned(Ownership.NONE, f"{site.id} can fail by itself, and then only this layer tries again"))
    return _together(answers) if answers else Owned(Ownership.NONE, f"nothing retries {site.id} but this layer")
