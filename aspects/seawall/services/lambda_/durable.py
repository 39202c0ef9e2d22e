"""AWS Lambda's durable functions: a run is an execution, which goes on where it stopped.

A step that raises is run again by the SDK, as often as its retry strategy says, before the execution fails; what a
crash or a throttle interrupts goes on by itself. Where the code was read, the figure is that of its steps. Where it was
not, it is a range: the function may work without steps.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk-retries.html,
https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html and
https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking-esm.html
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.code import Account
from seawall.code.durable import DEFAULT_TRIES
from seawall.graph.durations import in_words
from seawall.graph.facts import Fact
from seawall.graph.layers import Layer, RetryOwner, fixed
from seawall.graph.model import ONCE, Bound, Evidence, FailureClass, IdleSetting, Place, Site, Tries
from seawall.template import Resource, SourceLine, ValueStatus

from ..registry import finisher
from ..wiring import Wiring
from .functions import FUNCTION, durable, function_of

STEP_ATTEMPTS = Fact(
    DEFAULT_TRIES, "https://docs.aws.amazon.com/durable-execution/sdk-reference/error-handling/retries/", "2026-11-29"
)
"""Tries of a step where its code sets nothing, the first one included."""
STEP_BACKOFF = Fact(
    (5.0, 10.0, 20.0, 40.0, 60.0),
    "https://docs.aws.amazon.com/durable-execution/sdk-reference/error-handling/retries/",
    "2026-11-29",
)
"""Seconds before each further try of such a step, at most: the wait is drawn from zero up to that."""
STEPS = "durable-steps"
"""Kind of the site where the steps of a durable function run."""
_IGNORED = ("MaximumRetryAttempts", "DestinationConfig")
_WORKS_IN_STEPS = (
    "the durable function does its work in steps, and its code, which was not read, gives them no retry strategy"
)
_LAYER = Layer(
    no_offer="the tries of a step are set in its code",
    to_lower="give its steps a retry strategy with fewer attempts, or let only one of both layers try again",
)

_WAITS = STEP_BACKOFF.value
_SETTING = "retryStrategy"
_GOES_ON = fixed("Lambda goes on with a durable execution until it times out", RetryOwner.FUNCTION)


def durable_tries(wiring: Wiring, called: Resource) -> Mapping[str, Tries]:
    """Tries of an asynchronous event: a failed execution is not retried, what crashes or is throttled goes on."""
    timeout = wiring.props(called).integer("DurableConfig", "ExecutionTimeout")
    limit = None if timeout.value is None else float(timeout.value)
    note = "until the durable execution times out" + (f", after {in_words(limit)}" if limit else "")
    going_on = Tries(None, Bound.TIME, timeout.status, timeout.property, note, limit=limit, layer=_GOES_ON)
    backend = (FailureClass.TIMEOUT, FailureClass.THROTTLE, FailureClass.FAULT)
    return {FailureClass.ERROR: ONCE, **dict.fromkeys(backend, going_on)}


def noted(wiring: Wiring, resource: Resource, account: Account) -> None:
    """Keep what reading the code of a durable function told of its steps."""
    _read(wiring)[resource.site_id] = account


def _read(wiring: Wiring) -> dict[str, Account]:
    return wiring.kept("accounts of durable functions", dict)


@finisher(order=16)
def steps(wiring: Wiring) -> None:
    """The steps of a durable function are a site of their own: the SDK runs one again that raises.

    An execution that fails because its step did is started again by whoever waits for it, so both multiply.
    """
    for resource in wiring.app.by_type.get(FUNCTION, ()):
        site = wiring.sites.get(resource.site_id)
        if site is None or site.framework or not durable(wiring, resource):
            continue
        account = _read(wiring).get(resource.site_id)
        if account is not None and account.complete and not account.step_tries:
            continue
        place = Place(resource.address, "DurableConfig")
        inner = Site(f"{site.id}#steps", STEPS, place, works=True, budget=site.budget, idempotent=site.idempotent)
        told = account.step_tries if account is not None else ()
        worst = max(told, key=lambda one: (one[0] is None, one[0] or 0), default=None)
        tries = _step_tries(None if worst is None else worst)
        wiring.hop(
            site.id,
            wiring.site(inner),
            "durable-step",
            place,
            awaits=True,
            evidence=Evidence.READ if worst is not None else Evidence.DECLARED,
            tries={FailureClass.ERROR: tries},
            assumption="" if worst is not None else _WORKS_IN_STEPS,
            at=None if worst is None else worst[1],
            unread=worst is None,
        )


def _step_tries(told: tuple[int | None, SourceLine] | None) -> Tries:
    """Tries of the step that is tried most often; of one that nothing was read of, the default."""
    if told is None:
        note = f"{STEP_ATTEMPTS.value} tries of a step by the SDK's default"
        return Tries(STEP_ATTEMPTS.value, note=note, backoff=sum(_WAITS), waits=_WAITS, setting=_SETTING, layer=_LAYER)
    number, at = told
    if number is None:
        note = f"the retry strategy of the step at {at.short} could not be read"
        return Tries(None, status=ValueStatus.UNKNOWN, note=note, backoff=None, setting=_SETTING, layer=_LAYER)
    if number == 1:
        return ONCE
    waits = _WAITS if number == STEP_ATTEMPTS.value else ()
    note = f"{number} tries of the step, {at.short}"
    return Tries(number, note=note, backoff=sum(waits) if waits else None, waits=waits, setting=_SETTING, layer=_LAYER)


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
                    removes=tuple(ignored),
                )
            )
