"""AWS Lambda: functions, their aliases and versions, function URLs, and the asynchronous queue.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html,
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventinvokeconfig.html
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.template import Known, Props, Reference, Resource, Status, Target, Value

from .durations import in_words
from .facts import Fact
from .model import Bound, Drop, FailureClass, IdleSetting, Place, Site, Tries, When
from .registry import Arrival, finisher, hops, receiver, sites
from .wiring import Wiring

FUNCTION = "AWS::Lambda::Function"
_QUALIFIED = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
_CONFIG = "AWS::Lambda::EventInvokeConfig"
_ASYNC = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"
LATEST = "$LATEST"

RETRY_ATTEMPTS = Fact(2, _ASYNC, "2026-11-22")
"""Retries of an asynchronous invocation after a function error, the first try not included."""
EVENT_AGE = Fact(21_600, _ASYNC, "2026-11-22")
"""Seconds that Lambda keeps an asynchronous event: 6 hours."""
RETRY_WAITS = Fact((60.0, 120.0), _ASYNC, "2026-11-22")
"""Seconds before the first and the second retry."""
LOOP_LIMIT = Fact(16, "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html", "2026-11-22")
"""Runs of a function in one chain of requests after which Lambda stops the loop, approximately."""
ASYNC_CALLERS = Fact(
    frozenset(
        f"{service}.amazonaws.com"
        for service in ("s3", "sns", "events", "logs", "iot", "ses", "config", "codecommit", "cloudformation")
    ),
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html",
    "2026-11-22",
)
"""Services that invoke a function asynchronously."""
_FRAMEWORK_HANDLERS = ("framework.onEvent", "framework.isComplete", "framework.onTimeout")
"""Handlers of the functions that CDK's custom-resource provider adds."""
_DEPLOYMENT_HELPERS = ("AWS679f53fac002430cb0da5b7982bd2287", "Custom::", "LogRetention", "BucketNotificationsHandler")
"""Constructs whose functions CDK adds to act during a deployment only, by how their names begin."""


@sites(FUNCTION)
def function(wiring: Wiring, resource: Resource) -> None:
    """A function is a site where code runs."""
    props = wiring.props(resource)
    handler = props.text("Handler").value
    loops = props.text("RecursiveLoop", default="Terminate").value
    wiring.site(
        Site(
            resource.site_id,
            "function",
            Place(resource.address),
            works=True,
            recursion_limit=LOOP_LIMIT.value if loops == "Terminate" else None,
            framework=handler in _FRAMEWORK_HANDLERS or _is_deployment_helper(resource.construct_path),
        )
    )


def _is_deployment_helper(path: str | None) -> bool:
    return any(part.startswith(_DEPLOYMENT_HELPERS) for part in (path or "").split("/"))


@sites("AWS::Lambda::Url")
def url(wiring: Wiring, resource: Resource) -> None:
    """A function URL is an entry."""
    wiring.site(Site(resource.site_id, "function-url", Place(resource.address)))


@hops("AWS::Lambda::Url")
def url_calls(wiring: Wiring, resource: Resource) -> None:
    """A function URL calls its function and relays the outcome; it never retries."""
    value = wiring.props(resource).value("TargetFunctionArn")
    for site, target in wiring.receivers(resource, "TargetFunctionArn", value, Arrival.SYNC, "lambda"):
        place = Place(resource.address, "TargetFunctionArn")
        wiring.hop(resource.site_id, site, "function-url", place, awaits=True, conditions=target.conditions)


@receiver(FUNCTION)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Synchronous events reach the function itself, asynchronous ones the queue of the qualifier called."""
    if arrival is Arrival.SYNC:
        return resource.site_id
    qualifier = target.suffix.removeprefix(":") if target.suffix.startswith(":") else LATEST
    return asynchronous_queue(wiring, resource, qualifier)


@receiver(*_QUALIFIED)
def arrives_qualified(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Through an alias or version, events reach its function."""
    called = function_of(wiring, resource)
    if called is None:
        return None
    if arrival is Arrival.SYNC:
        return called.site_id
    bare_name = target.reference is not None and target.reference.piece is not None and not target.suffix
    return asynchronous_queue(wiring, called, LATEST if bare_name else qualifier_of(wiring, resource))


def function_of(wiring: Wiring, resource: Resource) -> Resource | None:
    """The function behind a resource that names one in `FunctionName`, aliases and versions followed."""
    for target in wiring.targets(resource, wiring.props(resource).value("FunctionName"), "lambda"):
        found = wiring.app.resource(target.address) if target.address else None
        if found is not None and found.type in _QUALIFIED and found != resource:
            found = function_of(wiring, found)
        if found is not None and found.type == FUNCTION:
            return found
    return None


def qualifier_of(wiring: Wiring, resource: Resource) -> str:
    """The qualifier that an alias or version stands for."""
    if resource.type == "AWS::Lambda::Alias":
        return _qualifier(wiring.props(resource).value("Name"))
    return f"version {resource.address.logical_id}"


def _qualifier(value: Value) -> str:
    if isinstance(value, Known):
        return str(value.value)
    if isinstance(value, Reference):
        return f"version {value.address.logical_id}"
    return "?"


def asynchronous_queue(wiring: Wiring, called: Resource, qualifier: str) -> str:
    """The site of a function's asynchronous queue, made with its hops when something first leads there."""
    site = queue_id(called, qualifier)
    if site not in wiring.sites:
        config = _configs(wiring).get((called.site_id, qualifier))
        wiring.site(Site(site, "asynchronous-queue", Place((config or called).address)))
        _deliver(wiring, called, config, site)
    return site


def queue_id(called: Resource, qualifier: str) -> str:
    """Id of a function's asynchronous queue."""
    return f"{called.site_id}#async" if qualifier == LATEST else f"{called.site_id}:{qualifier}#async"


def _deliver(wiring: Wiring, called: Resource, config: Resource | None, site: str) -> None:
    props = wiring.props(config) if config else None
    place = Place(config.address, "MaximumRetryAttempts") if config else Place(called.address)
    wiring.hop(
        site,
        called.site_id,
        "asynchronous-invocation",
        place,
        awaits=True,
        tries=_tries(wiring, called, config, props),
        traced=True,
    )
    ends = [(called, "DeadLetterConfig.TargetArn", wiring.props(called).value("DeadLetterConfig", "TargetArn"))]
    if config and props:
        property_ = "DestinationConfig.OnFailure.Destination"
        ends.append((config, property_, props.value("DestinationConfig", "OnFailure", "Destination")))
        _destination(wiring, config, "DestinationConfig.OnSuccess.Destination", site, When.ALWAYS)
    caught = [_destination(wiring, owner, property_, site, When.EXHAUSTED) for owner, property_, _ in ends]
    if not any(caught):
        what = "Lambda drops the event after its last try"
        wiring.drops.append(Drop(site, Place(called.address), what, "set an on-failure destination on the function"))


def _destination(wiring: Wiring, owner: Resource, property_: str, site: str, when: When) -> bool:
    """Hops into a destination or dead-letter queue; False where none is set."""
    value = wiring.props(owner).value(*property_.split("."))
    if not wiring.props(owner).exists(*property_.split(".")):
        return False
    kind = "dead-letter" if property_.startswith("DeadLetter") else "destination"
    for end, target in wiring.receivers(owner, property_, value, Arrival.ASYNC):
        wiring.hop(site, end, kind, Place(owner.address, property_), when=when, conditions=target.conditions, traced=True)
    return True


def _tries(wiring: Wiring, called: Resource, config: Resource | None, props: Props | None) -> Mapping[str, Tries]:
    retries, age = RETRY_ATTEMPTS.value, EVENT_AGE.value
    status, name = Status.DEFAULT, "MaximumRetryAttempts"
    if props and config:
        retry_setting = props.integer("MaximumRetryAttempts", default=retries)
        age_setting = props.integer("MaximumEventAgeInSeconds", default=age)
        age = age_setting.value or age
        status = retry_setting.status
        if retry_setting.value is None:
            wiring.unknown(config, name, retry_setting.why)
            counted = Tries(None, status=Status.UNKNOWN, setting=name, note=retry_setting.why, backoff=None)
            return {FailureClass.ERROR: counted, FailureClass.TIMEOUT: counted, **_by_age(age)}
        retries = retry_setting.value
    if wiring.props(called).exists("DurableConfig"):
        retries, status = 0, Status.KNOWN  # a failed durable execution is not retried
    note = f"{retries} asynchronous retries" + (" by default" if status is Status.DEFAULT else "")
    counted = Tries(1 + retries, Bound.COUNT, status, name, note, backoff=sum(RETRY_WAITS.value[:retries]))
    return {FailureClass.ERROR: counted, FailureClass.TIMEOUT: counted, **_by_age(age)}


def _by_age(age: int) -> Mapping[str, Tries]:
    note = f"until the event is {in_words(age)} old"
    tries = Tries(None, Bound.TIME, Status.KNOWN, "MaximumEventAgeInSeconds", note, limit=float(age))
    return {FailureClass.THROTTLE: tries, FailureClass.FAULT: tries}


def _configs(wiring: Wiring) -> Mapping[tuple[str, str], Resource]:
    """Event invoke configs by function and qualifier."""

    def index() -> dict[tuple[str, str], Resource]:
        found: dict[tuple[str, str], Resource] = {}
        for config in wiring.app.by_type.get(_CONFIG, ()):
            called = function_of(wiring, config)
            if called is not None:
                qualifier = _qualifier(wiring.props(config).value("Qualifier"))
                found[called.site_id, qualifier] = config
        return found

    return wiring.once("event invoke configs", index)


def failure_plumbing(wiring: Wiring, called: Resource) -> frozenset[str]:
    """Sites that Lambda itself writes to for this function: its dead-letter queue and destinations."""
    places: list[tuple[Resource, Props]] = [(called, wiring.props(called).at("DeadLetterConfig", "TargetArn"))]
    for (name, _), config in _configs(wiring).items():
        if name == called.site_id:
            ends = wiring.props(config).at("DestinationConfig")
            places += [(config, ends.at(side, "Destination")) for side in ("OnFailure", "OnSuccess")]
    found: set[str] = set()
    for owner, section in places:
        for target in wiring.targets(owner, section.value()):
            end = wiring.app.resource(target.address) if target.address else None
            if end is not None:
                found.add(end.site_id)
    return frozenset(found)


@finisher(order=20)
def idle_settings(wiring: Wiring) -> None:
    """Asynchronous settings of functions that are called, but never asynchronously."""
    reached = {hop.target for hop in wiring.hops}
    for (name, qualifier), config in _configs(wiring).items():
        called = function_of(wiring, config)
        if called is None or queue_id(called, qualifier) in reached:
            continue
        if name in reached and not _asynchronous_from_outside(wiring, called):
            callers = sorted({wiring.sites[hop.source].kind for hop in wiring.hops if hop.target == name})
            on = "" if qualifier == LATEST else f" on {qualifier!r}"
            settings = [key for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds") if wiring.props(config).exists(key)]
            values = ", ".join(f"{key} = {wiring.props(config).integer(key).value}" for key in settings)
            wiring.idle.append(
                IdleSetting(
                    name,
                    Place(config.address, settings[0] if settings else "DestinationConfig"),
                    f"the event invoke config{on}{f' ({values})' if values else ''}",
                    f"it acts on asynchronous invocations, and all calls are synchronous (by {_listed(callers)})",
                )
            )


def _asynchronous_from_outside(wiring: Wiring, called: Resource) -> bool:
    """Whether a permission or an invoking role lets something call the function asynchronously."""
    if called.site_id in wiring.may_be_asynchronous:
        return True
    for permission in wiring.app.by_type.get("AWS::Lambda::Permission", ()):
        principal = wiring.props(permission).text("Principal").value
        if principal in ASYNC_CALLERS.value and function_of(wiring, permission) == called:
            return True
    return False


def _listed(words: list[str]) -> str:
    names = {"state": "a state machine", "api": "an API", "function": "another function", "function-url": "its URL"}
    spoken = [names.get(word, f"a {word}") for word in words]
    return " and ".join(filter(None, [", ".join(spoken[:-1]), spoken[-1]]))
