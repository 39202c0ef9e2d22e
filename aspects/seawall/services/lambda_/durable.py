"""AWS Lambda's durable functions: a run is an execution, which goes on where it stopped.

How often a step is tried stands in code, so no figure here counts that.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk-retries.html,
https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html and
https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking-esm.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from seawall.graph.durations import in_words
from seawall.graph.facts import Fact
from seawall.graph.layers import RetryOwner, fixed
from seawall.graph.model import ONCE, Bound, FailureClass, IdleSetting, Place, Tries
from seawall.template import Resource

from ..registry import finisher
from ..wiring import Wiring
from .functions import FUNCTION, durable, function_of

STEP_ATTEMPTS = Fact(
    6, "https://docs.aws.amazon.com/durable-execution/sdk-reference/error-handling/retries/", "2026-11-22"
)
"""Tries of a step where its code sets nothing, the first one included; said to the reader, never counted."""
_IGNORED = ("MaximumRetryAttempts", "DestinationConfig")
_STEPS = (
    "no step of the durable function is tried again: its code decides that, and where it sets nothing a step is tried "
    f"up to {STEP_ATTEMPTS.value} times"
)

_GOES_ON = fixed("Lambda goes on with a durable execution until it times out", RetryOwner.FUNCTION)


def durable_tries(wiring: Wiring, called: Resource) -> Mapping[str, Tries]:
    """Tries of an asynchronous event: a failed execution is not retried, what crashes or is throttled goes on."""
    timeout = wiring.props(called).integer("DurableConfig", "ExecutionTimeout")
    limit = None if timeout.value is None else float(timeout.value)
    note = "until the durable execution times out" + (f", after {in_words(limit)}" if limit else "")
    going_on = Tries(None, Bound.TIME, timeout.status, timeout.property, note, limit=limit, layer=_GOES_ON)
    backend = (FailureClass.TIMEOUT, FailureClass.THROTTLE, FailureClass.FAULT)
    return {FailureClass.ERROR: ONCE, **dict.fromkeys(backend, going_on)}


@finisher(order=16)
def uncounted_steps(wiring: Wiring) -> None:
    """Whoever waits for a durable execution waits for the retries of its steps, too."""
    found = {each.site_id for each in wiring.app.by_type.get(FUNCTION, ()) if durable(wiring, each)}
    for index, hop in enumerate(wiring.hops):
        if hop.awaits and hop.target in found:
            assumed = f"{hop.assumption}, and {_STEPS}" if hop.assumption else _STEPS
            wiring.hops[index] = replace(hop, assumption=assumed)


@finisher(order=20)
def idle_settings(wiring: Wiring) -> None:
    """Asynchronous settings that Lambda ignores for durable functions."""
    for config in wiring.app.by_type.get("AWS::Lambda::EventInvokeConfig", ()):
        called = function_of(wiring, config)
        ignored = [name for name in _IGNORED if wiring.props(config).exists(name)]
        if called is not None and ignored and durable(wiring, called):
            wiring.idle.append(
                IdleSetting(
                    called.site_id,
                    Place(config.address, ignored[0]),
                    f"{' and '.join(ignored)} of the event invoke config",
                    "the function is durable: a failed execution is not retried, and only a dead-letter queue gets it",
                )
            )
