"""AWS Lambda's asynchronous invocation: a queue per function and qualifier, with its retries, age and destinations.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html,
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html,
https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk-retries.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventinvokeconfig.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec.structs import replace

from seawall.graph.clocks import after_waits
from seawall.graph.durations import in_words
from seawall.graph.facts import Fact
from seawall.graph.layers import Layer, Offer, Put, Replayed, RetryOwner, Sets, fixed
from seawall.graph.model import Bound, Drop, FailureClass, IdleSetting, Place, Site, Tries, When
from seawall.template import Json, Props, Resource, Target, ValueStatus
from seawall.words import AWS_DEFAULT, plural

from ..keeping import WATCHED, added, free_name, sent_by_role
from ..recording import TOO_MANY_WORLDS, each_world
from ..registry import Arrival, finisher, receiver
from ..wiring import Wiring
from .destinations import send
from .durable import durable_tries
from .functions import FUNCTION, LATEST, QUALIFIED, durable, function_at, function_of, halted, qualifier_of
from .functions import qualifier as qualifier_named

CONFIG = "AWS::Lambda::EventInvokeConfig"
_ASYNC = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"

RETRY_ATTEMPTS = Fact(2, _ASYNC, "2026-11-22")
"""Retries of an asynchronous invocation after a function error, the first try not included."""
EVENT_AGE = Fact(21_600, _ASYNC, "2026-11-22")
"""Seconds that Lambda keeps an asynchronous event: 6 hours."""
RETRY_WAITS = Fact((60.0, 120.0), _ASYNC, "2026-11-22")
"""Seconds before the first and the second retry."""
ASYNC_CALLERS = Fact(
    frozenset(
        f"{service}.amazonaws.com"
        for service in ("s3", "sns", "events", "logs", "iot", "ses", "config", "codecommit", "cloudformation")
    ),
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html",
    "2026-11-22",
)
"""Services that invoke a function asynchronously."""


@receiver(FUNCTION)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Synchronous events reach the function itself, asynchronous ones the queue of the qualifier called."""
    return resource.site_id if arrival is Arrival.SYNC else asynchronous_queue(wiring, resource, _suffixed(target))


@receiver(*QUALIFIED)
def arrives_qualified(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Through an alias or version, events reach its function."""
    called = function_of(wiring, resource)
    if called is None:
        return None
    if arrival is Arrival.SYNC:
        return called.site_id
    return asynchronous_queue(wiring, called, _meant(wiring, resource, target))


def _suffixed(target: Target) -> str:
    return target.suffix.removeprefix(":") if target.suffix.startswith(":") else LATEST


def _meant(wiring: Wiring, resource: Resource, target: Target) -> str:
    """The qualifier that a target means, which is an alias or a version; its function's bare name means none."""
    bare_name = target.reference is not None and target.reference.piece is not None and not target.suffix
    return LATEST if bare_name else qualifier_of(wiring, resource)


def asynchronous_queue(wiring: Wiring, called: Resource, qualifier: str) -> str:
    """The site of a function's asynchronous queue, made with its hops when something first leads there."""
    site = queue_id(called, qualifier)
    if site not in wiring.sites:
        config = _configs(wiring).get((called.site_id, qualifier))
        wiring.site(Site(site, "asynchronous-queue", Place((config or called).address)))
        _deliver(wiring, called, config, site)
    return site


def own_tries(wiring: Wiring, called: Resource) -> Mapping[str, Tries]:
    """How often a function runs for one event that a caller sends without waiting, if every run fails: at most, where
    conditions decide.
    """
    config = _configs(wiring).get((called.site_id, LATEST))

    def asked() -> Mapping[str, Tries]:
        if halted(wiring, called):
            return {}
        return _tries(wiring, called, config, wiring.props(config) if config else None, queue_id(called, LATEST))

    noted = len(wiring.unknowns)
    found = [tries for _, tries in each_world(wiring, called, wiring.app.reading.taken, asked)]
    unknown = any(map(_is_unknown, found))
    gaps = dict.fromkeys(wiring.unknowns[noted:])
    wiring.unknowns[noted:] = [gap for gap in gaps if unknown or gap.why == TOO_MANY_WORLDS]
    return {
        signal: max((tries[signal] for tries in found if signal in tries), key=_most)
        for signal in dict.fromkeys(signal for tries in found for signal in tries)
    }


def _most(tries: Tries) -> tuple[bool, bool, int]:
    """Orders tries from the fewest."""
    return tries.unknown, tries.total is None, tries.total or 0


def _is_unknown(tries: Mapping[str, Tries]) -> bool:
    return any(each.unknown for each in tries.values())


def queue_id(called: Resource, qualifier: str) -> str:
    """Id of a function's asynchronous queue."""
    return f"{called.site_id}#async" if qualifier == LATEST else f"{called.site_id}:{qualifier}#async"


def _deliver(wiring: Wiring, called: Resource, config: Resource | None, site: str) -> None:
    runs = not halted(wiring, called)
    tries: Mapping[str, Tries] = {}
    if runs:
        props = wiring.props(config) if config else None
        tries = _tries(wiring, called, config, props, site)
        wiring.hop(
            site,
            called.site_id,
            "asynchronous-invocation",
            Place(config.address, "MaximumRetryAttempts") if config else Place(called.address),
            awaits=True,
            tries=tries,
            traced=True,
        )
    if not _ends(wiring, called, config, site, runs):
        total = tries[FailureClass.ERROR].total if FailureClass.ERROR in tries else None
        last = plural(total, "try") if total is not None else "its last try"
        what = f"Lambda drops the event after {last}"
        keeps = f"an on-failure destination on {called.site_id}, a new queue,"
        if not runs:
            what = "no concurrency is reserved for the function, so Lambda drops the event at once"
        if durable(wiring, called):
            keeps = f"a dead-letter queue on {called.site_id},"
        fix = f"set {keeps} which keeps the event, {WATCHED}"
        puts = () if durable(wiring, called) else _destination(wiring, called, config, site)
        wiring.drops.append(Drop(site, Place(called.address), what, fix, puts))


def _ends(wiring: Wiring, called: Resource, config: Resource | None, site: str, runs: bool) -> bool:
    """Hops to where events end that fail, or succeed; False where failed ones end nowhere."""
    failed = When.EXHAUSTED if runs else When.ALWAYS
    caught = send(wiring, called, "DeadLetterConfig.TargetArn", site, failed, called)
    if config and not durable(wiring, called):
        caught |= send(wiring, config, "DestinationConfig.OnFailure.Destination", site, failed, called)
        if runs:
            send(wiring, config, "DestinationConfig.OnSuccess.Destination", site, When.ALWAYS, called)
    return caught


def _destination(wiring: Wiring, called: Resource, config: Resource | None, site: str) -> tuple[Put, ...]:
    """A destination for failures, to which the function may send; in a config of its own where there is none."""
    property_ = "DestinationConfig.OnFailure.Destination"
    if config is not None:
        return sent_by_role(wiring, config, property_, called, "Role")
    queue, destination, *policy = sent_by_role(wiring, called, property_, called, "Role")
    ends: Json = {"DestinationConfig": {"OnFailure": {"Destination": json.loads(destination.value)}}}
    return (queue, _configured(wiring, called, site, ends), *policy)


def _configured(wiring: Wiring, called: Resource, site: str, settings: Json) -> Put:
    """A config for asynchronous invocations that is added."""
    qualifier = site.removeprefix(called.site_id).removesuffix("#async").removeprefix(":") or LATEST
    properties: Json = {"FunctionName": {"Ref": called.address.logical_id}, "Qualifier": qualifier, **settings}
    return added(called, free_name(wiring, called, "AsyncConfig"), CONFIG, properties)


def _tries(
    wiring: Wiring, called: Resource, config: Resource | None, props: Props | None, site: str
) -> Mapping[str, Tries]:
    if durable(wiring, called):
        return durable_tries(wiring, called)
    retries, age = RETRY_ATTEMPTS.value, EVENT_AGE.value
    status, name, whose = ValueStatus.DEFAULT, "MaximumRetryAttempts", f"MaximumEventAgeInSeconds, {AWS_DEFAULT}"
    layer = _layer(None if config else _configured(wiring, called, site, {"MaximumRetryAttempts": 0}))
    if props and config:
        retry_setting = props.integer("MaximumRetryAttempts", default=retries)
        age_setting = props.integer("MaximumEventAgeInSeconds", default=age)
        age, whose = age_setting.value or age, age_setting.whose
        status = retry_setting.status
        if retry_setting.value is None:
            wiring.unknown(config, name, retry_setting.why)
            counted = Tries(
                None, status=ValueStatus.UNKNOWN, setting=name, note=retry_setting.why, backoff=None, layer=layer
            )
            return {FailureClass.ERROR: counted, FailureClass.TIMEOUT: counted, **_by_age(age, whose)}
        retries = retry_setting.value
    note = f"{retries} asynchronous retries" + (" by default" if status is ValueStatus.DEFAULT else "")
    counted = _within(Tries(1 + retries, Bound.COUNT, status, name, note, layer=layer, value=retries), age)
    return {FailureClass.ERROR: counted, FailureClass.TIMEOUT: counted, **_by_age(age, whose)}


def _within(counted: Tries, age: int) -> Tries:
    """Tries that start before the event is too old; where the last one is due at that moment, it may still run."""
    total = counted.total or 1
    fits = after_waits(RETRY_WAITS.value[: total - 1], age, inclusive=True)
    backoff = sum(RETRY_WAITS.value[: min(fits, total) - 1])
    if fits >= total:
        return replace(counted, backoff=backoff, limit=float(age), waits=RETRY_WAITS.value[: total - 1])
    waits = " and ".join(in_words(wait) for wait in RETRY_WAITS.value[: total - 1])
    note = f"{counted.note}, but the event is dropped when it is {in_words(age)} old, and they wait {waits}"
    clock = Bound.TIME
    return replace(counted, total=fits, bounded_by=clock, note=note, backoff=backoff, limit=float(age), counted=total)


def _layer(config: Put | None) -> Layer:
    """What an author may set about Lambda's own asynchronous retries; where there is no config, one is added."""
    drop = Offer(
        "set MaximumRetryAttempts {retries} on the asynchronous invocations of",
        "{target}",
        Sets.RETRIES,
        classes=frozenset({FailureClass.ERROR, FailureClass.TIMEOUT}),
        value="" if config is None else config.value,
        adds=None if config is None else config.address,
    )
    return Layer(RetryOwner.FUNCTION, drop=drop, replayed=Replayed.TIMED)


_AGE = fixed("only MaximumEventAgeInSeconds ends these tries", RetryOwner.FUNCTION)


def _by_age(age: int, whose: str) -> Mapping[str, Tries]:
    note = f"until the event is {in_words(age)} old"
    tries = Tries(None, Bound.TIME, ValueStatus.KNOWN, "MaximumEventAgeInSeconds", note, limit=float(age), layer=_AGE)
    tries = replace(tries, limit_set=whose)
    return {FailureClass.THROTTLE: tries, FailureClass.FAULT: tries}


def _configs(wiring: Wiring) -> Mapping[tuple[str, str], Resource]:
    """Event invoke configs by function and qualifier."""

    def index() -> dict[tuple[str, str], Resource]:
        found: dict[tuple[str, str], Resource] = {}
        for config in wiring.app.by_type.get(CONFIG, ()):
            called = function_of(wiring, config)
            if called is not None:
                qualifier = qualifier_named(wiring.props(config).value("Qualifier"))
                found[called.site_id, qualifier] = config
        return found

    return wiring.once("event invoke configs", index)


def _configs_of(wiring: Wiring) -> Mapping[str, list[Resource]]:
    """Event invoke configs by function."""

    def index() -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for (name, _), config in _configs(wiring).items():
            found.setdefault(name, []).append(config)
        return found

    return wiring.once("event invoke configs of each function", index)


def _discarded(wiring: Wiring) -> Mapping[str, list[tuple[Resource, Props]]]:
    """By function: its mappings that send discarded events somewhere, with the setting that says where."""

    def index() -> dict[str, list[tuple[Resource, Props]]]:
        found: dict[str, list[tuple[Resource, Props]]] = {}
        for mapping in wiring.app.by_type.get("AWS::Lambda::EventSourceMapping", ()):
            discarded = wiring.props(mapping).at("DestinationConfig", "OnFailure", "Destination")
            called = function_of(wiring, mapping) if discarded.exists() else None
            if called is not None:
                found.setdefault(called.site_id, []).append((mapping, discarded))
        return found

    return wiring.once("mappings that send on what they discard", index)


def failure_plumbing(wiring: Wiring, called: Resource) -> frozenset[str]:
    """Sites that Lambda itself writes to with this function's role: its dead-letter queue and destinations, and those
    of its mappings.
    """
    places: list[tuple[Resource, Props]] = [(called, wiring.props(called).at("DeadLetterConfig", "TargetArn"))]
    for config in _configs_of(wiring).get(called.site_id, ()):
        ends = wiring.props(config).at("DestinationConfig")
        places += [(config, ends.at(side, "Destination")) for side in ("OnFailure", "OnSuccess")]
    places += _discarded(wiring).get(called.site_id, ())
    found: set[str] = set()
    for owner, section in places:
        for target in wiring.targets(owner, section.value()):
            end = wiring.app.resource(target.address)
            if end is not None:
                found.add(end.site_id)
    return frozenset(found)


@finisher(order=16)
def rings(wiring: Wiring) -> None:
    """Functions that are each other's destinations in a circle: one event there goes round, whoever sends it."""
    configs = _configs(wiring)
    after = {key: _ends_at(wiring, config) & configs.keys() for key, config in configs.items()}
    for key, config in configs.items():
        seen: set[tuple[str, str]] = set()
        pending = [key]
        while pending:
            new = after[pending.pop()] - seen
            seen |= new
            pending += new
        called = function_of(wiring, config)
        if key in seen and called is not None:
            asynchronous_queue(wiring, called, key[1])


def _ends_at(wiring: Wiring, config: Resource) -> set[tuple[str, str]]:
    """The functions that a config names as destinations, each with the qualifier that is meant."""
    found: set[tuple[str, str]] = set()
    for property_ in ("OnSuccess", "OnFailure"):
        for target in wiring.targets(config, wiring.props(config).value("DestinationConfig", property_, "Destination")):
            end = wiring.app.resource(target.address)
            called = function_at(wiring, end) if end is not None else None
            if end is not None and called is not None:
                qualifier = _suffixed(target) if end.type == FUNCTION else _meant(wiring, end, target)
                found.add((called.site_id, qualifier))
    return found


@finisher(order=20)
def idle_settings(wiring: Wiring) -> None:
    """Asynchronous settings of functions that are called, but never asynchronously."""
    senders: dict[str, list[str]] = {}
    for hop in wiring.hops:
        senders.setdefault(hop.target, []).append(hop.source)
    for (name, qualifier), config in _configs(wiring).items():
        called = function_of(wiring, config)
        if called is None or durable(wiring, called) or queue_id(called, qualifier) in senders:
            continue
        if name in senders and not asynchronous_from_outside(wiring, called):
            callers = sorted({wiring.sites[sender].kind for sender in senders[name]})
            on = "" if qualifier == LATEST else f" on {qualifier!r}"
            settings = [
                key for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds") if wiring.props(config).exists(key)
            ]
            values = ", ".join(f"{key} = {wiring.props(config).integer(key).value}" for key in settings)
            wiring.idle.append(
                IdleSetting(
                    name,
                    Place(config.address, settings[0] if settings else "DestinationConfig"),
                    f"the event invoke config{on}{f' ({values})' if values else ''}",
                    f"it acts on asynchronous invocations, and all calls are synchronous (by {listed(callers)})",
                    removes=("",),
                )
            )


def asynchronous_from_outside(wiring: Wiring, called: Resource) -> bool:
    """Whether a permission or an invoking role lets something call the function asynchronously."""
    if called.site_id in wiring.may_be_asynchronous:
        return True
    return called.site_id in _asynchronously_permitted(wiring)


def _asynchronously_permitted(wiring: Wiring) -> frozenset[str]:
    """Functions that a permission lets a service call asynchronously."""

    def index() -> frozenset[str]:
        permissions = wiring.app.by_type.get("AWS::Lambda::Permission", ())
        callers = [(each, wiring.props(each).text("Principal").value) for each in permissions]
        called = [function_of(wiring, each) for each, principal in callers if principal in ASYNC_CALLERS.value]
        return frozenset(each.site_id for each in called if each is not None)

    return wiring.once("functions that services may call asynchronously", index)


def listed(words: list[str]) -> str:
    """Kinds of callers, as people say them."""
    names = {"state": "a state machine", "api": "an API", "function": "another function", "function-url": "its URL"}
    spoken = [names.get(word, f"a {word.replace('-', ' ')}") for word in words]
    return " and ".join(filter(None, [", ".join(spoken[:-1]), spoken[-1]]))
