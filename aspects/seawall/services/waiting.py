"""How long senders wait for what they await, and how long that may take.

Each limit was read on the page beside it, on 29 November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.durations import in_words
from seawall.graph.facts import Fact
from seawall.graph.model import FailureClass, Hop, Plan, Site, When
from seawall.graph.waiting import ShortWait
from seawall.template import Resource
from seawall.words import AWS_DEFAULT

from .apigateway.routes import routes_by_integration
from .eventsv2.subscribers import INVOCATION_TIMEOUT
from .lambda_.functions import FUNCTION, timeout_of
from .recording import TOO_MANY_WORLDS, each_world
from .registry import finisher
from .stepfunctions.failures import GAVE_UP
from .stepfunctions.machine import MACHINE
from .stepfunctions.reading import Machine, read
from .wiring import Wiring

_CHECKED = "2026-11-29"
_APIS = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
REST_API = Fact(29.0, f"{_APIS}/api-gateway-execution-service-limits-table.html", _CHECKED)
"""Seconds that a REST or WebSocket API waits for its integration; more can be asked for on Regional REST APIs."""
HTTP_API = Fact(30.0, f"{_APIS}/http-api-quotas.html", _CHECKED)
"""Seconds that an HTTP API waits for its integration."""
LOAD_BALANCER = Fact(
    60.0,
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
    _CHECKED,
)
"""Seconds of idle timeout of an Application Load Balancer where nothing is set."""
LONGEST_IDLE = Fact(
    4000.0,
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
    _CHECKED,
)
"""Seconds of idle timeout that can be set."""
LONGEST_RUN = Fact(900.0, "https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html", _CHECKED)
"""Seconds that a function can be given."""
USER_POOL = Fact(
    5.0,
    "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html",
    _CHECKED,
)
"""Seconds in which a trigger's function must answer a user pool, which calls it up to three times."""
API_DESTINATION = Fact(
    5.0, "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html", _CHECKED
)
"""Seconds in which an endpoint must answer EventBridge."""
FIREHOSE = Fact(300.0, "https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html", _CHECKED)
"""Seconds that a delivery stream waits for its transformation."""
PIPE = Fact(300.0, "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html", _CHECKED)
"""Seconds that a pipe waits for its enrichment or target."""
APPSYNC = Fact(30.0, "https://docs.aws.amazon.com/general/latest/gr/appsync.html", _CHECKED)
"""Seconds that AppSync gives the execution of a request."""
SNS_HTTPS = Fact(15.0, "https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html", _CHECKED)
"""Seconds in which an endpoint must answer SNS."""
SDK_READ = Fact(
    60.0, "https://docs.aws.amazon.com/botocore/latest/reference/config.html#botocore.config.Config", _CHECKED
)
"""Seconds after which an SDK takes a silent connection for broken, and sends the request again."""
_CALLS = ("lambda:Invoke", "states:StartSyncExecution")
"""Calls of an SDK that answer when the work is done."""
_IDLE_TIMEOUT = "idle_timeout.timeout_seconds"
_REST = ("AWS::ApiGateway::", "AWS::Serverless::Api")


@finisher(order=60)
def short_waits(wiring: Wiring) -> None:
    """Every awaited hop whose sender waits for less long than the receiver may work, in the worst of its worlds."""
    durations, noted = _Durations(wiring), len(wiring.unknowns)
    for hop in wiring.hops:
        if not hop.awaits or hop.when is When.EXHAUSTED or wiring.sites[hop.target].framework:
            continue
        found = list(_in_worlds(wiring, hop, durations))
        if found:
            worst = max(found, key=_shortness)
            wiring.waits.append(replace(worst, others=tuple(_others(found, worst))))
    # Whoever reads a resource itself has told what is not known of it.
    left_out = (gap for gap in wiring.unknowns[noted:] if gap.why == TOO_MANY_WORLDS)
    wiring.unknowns[noted:] = dict.fromkeys(left_out)


def _shortness(wait: ShortWait) -> tuple[bool, float]:
    """Orders waits from the least short; one of no time at all is the shortest."""
    return wait.seconds == 0, wait.works / (wait.seconds or 1)


def _others(found: Sequence[ShortWait], worst: ShortWait) -> Iterator[tuple[float, float]]:
    """Waits of other deployments: none that is longer than another one for a run that is no longer."""
    longest = 0.0
    for seconds, works in sorted({(one.seconds, one.works) for one in found}, key=lambda pair: (pair[0], -pair[1])):
        if works > longest:
            longest = works
            if (seconds, works) != (worst.seconds, worst.works):
                yield seconds, works


def _in_worlds(wiring: Wiring, hop: Hop, durations: _Durations) -> Iterator[ShortWait]:
    """How a hop is too short, for each side of what decides that."""
    about, asked = wiring.app.resource(hop.place.address), partial(_short_wait, wiring, hop, durations)
    for sides, one in each_world(wiring, about, hop.guard.world, asked):
        if one is not None:
            decided = len(sides) > len(hop.guard.world)
            yield replace(one, world=wiring.worlds.words(sides), sides=sides) if decided else one


def _short_wait(wiring: Wiring, hop: Hop, durations: _Durations) -> ShortWait | None:
    limit = None if _disconnected(wiring, hop) else _waits(wiring, hop)
    works = durations.of(hop.target) if limit is not None else None
    if limit is None or works is None or limit.seconds >= works:
        return None
    waiter, shows = _given_up(wiring, hop)
    own = FailureClass.FAULT if _client_first(wiring, hop) else FailureClass.TIMEOUT
    sdk = _sdk(wiring, hop, works)
    return ShortWait(hop, limit.seconds, works, waiter, shows, limit.by, sdk, own, limit.most, limit.whose)


class _Limit(Struct, frozen=True):
    """How long a sender waits."""

    seconds: float
    by: str
    """What limits it, in words."""
    most: float | None = None
    """Seconds that it can be made to wait at most; None: no such end is known."""
    whose: str = ""
    """Who decided that: a property, or AWS."""


def _disconnected(wiring: Wiring, hop: Hop) -> bool:
    """Whether only the route of a WebSocket API leads there that is called once the client is gone: nobody waits.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html,
    read 2026-11-30
    """
    routes = routes_by_integration(wiring).get(hop.place.address, ())
    return {wiring.props(each).text("RouteKey").value for each in routes} == {"$disconnect"}


def _sdk(wiring: Wiring, hop: Hop, works: float) -> str:
    """What an SDK's client does of its own accord, where no figure counts it."""
    silent = SDK_READ.value if hop.read_timeout is None else hop.read_timeout
    if hop.kind not in _CALLS or works <= silent or (hop.read_timeout is None and _waits_on(wiring, hop.source)):
        return ""
    unjudged = hop.unjudged.get(FailureClass.FAULT)
    if hop.read_timeout is not None:
        again = f", {unjudged.total} tries in all by default" if unjudged is not None else ""
        return f"a client with a read timeout of {in_words(silent)} sends the call again by itself{again}"
    return f"an SDK whose read timeout is left at {in_words(silent)} sends the call again by itself"


def _waits_on(wiring: Wiring, sender: str) -> bool:
    """Whether the sender's SDK waits without an end by default, as the third generation for JavaScript does: its
    ``requestTimeout`` and ``socketTimeout`` are 0. Current runtimes of Node bring that one.

    Source: https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-node-http-handler/, read 2026-11-30
    """
    place = wiring.sites[sender].place
    found = wiring.app.resource(place.address) if place is not None else None
    runtime = wiring.props(found).text("Runtime").value if found is not None and found.type == FUNCTION else None
    return (runtime or "").startswith("nodejs")


def _client_first(wiring: Wiring, hop: Hop) -> bool:
    """Whether the client that the code made gives up before the function around it is ended."""
    timeout = _timeout(wiring, wiring.sites[hop.source])
    return hop.read_timeout is not None and (timeout is None or hop.read_timeout < timeout)


def _given_up(wiring: Wiring, hop: Hop) -> tuple[str, str]:
    """Whose tries start the work again, and the signal that it shows then."""
    site = wiring.sites[hop.source]
    if _client_first(wiring, hop):
        return hop.source, hop.shown(FailureClass.FAULT) or FailureClass.ERROR
    if site.kind == "state":
        machine = _machine(wiring, site)
        if machine is not None and _state_limit(machine, hop.source) is None:
            return machine.resource.site_id, FailureClass.ERROR  # its own clock ended the execution
        return hop.source, GAVE_UP
    return hop.source, FailureClass.TIMEOUT


def _waits(wiring: Wiring, hop: Hop) -> _Limit | None:
    """How long the sender of an awaited hop waits, and by what limit; None where nothing known ends it."""
    site = wiring.sites[hop.source]
    if hop.read_timeout is not None and _client_first(wiring, hop):
        return _Limit(hop.read_timeout, f"its client's read timeout of {in_words(hop.read_timeout)}")
    if site.kind == "function":
        timeout = _timeout(wiring, site)
        return (
            None
            if timeout is None
            else _Limit(timeout, f"its timeout of {in_words(timeout)}", LONGEST_RUN.value, "Timeout")
        )
    if site.kind == "state":
        return _of_state(wiring, site, hop)
    if site.kind == "queue":
        interval = hop.tries_for(FailureClass.ERROR).interval if hop.kind == "pipe-source" else None
        return None if interval is None else _Limit(interval, f"its visibility timeout of {in_words(interval)}")
    if site.kind == "api":
        return _of_api(wiring, site, hop)
    if site.kind in ("load-balancer", "target-group"):
        idle = _idle(wiring, site)
        return _Limit(idle, f"the load balancer's idle timeout of {in_words(idle)}", LONGEST_IDLE.value, "idle timeout")
    if hop.kind == "subscriber-target":
        return _of_subscriber(wiring, site)
    limit = _BY_KIND.get(hop.kind) or _BY_SITE.get(site.kind)
    if limit is None:
        return None
    seconds = limit[0].value
    return _Limit(seconds, f"{limit[1]} {in_words(seconds)}", seconds, _FIXED)


_FIXED = "AWS's fixed limit"
_RAISED = f"{AWS_DEFAULT}; AWS raises it on request, as this is a Regional or private REST API"
_SET = "TimeoutInMillis"
_BY_SITE: Mapping[str, tuple[Fact[float], str]] = {
    "user-pool": (USER_POOL, "a user pool's"),
    "delivery-stream": (FIREHOSE, "Firehose's"),
    "pipe": (PIPE, "a pipe's"),
    "api-destination": (API_DESTINATION, "EventBridge's"),
    "topic": (SNS_HTTPS, "the limit that SNS sets of"),
}
_BY_KIND: Mapping[str, tuple[Fact[float], str]] = {"rule-target": (API_DESTINATION, "EventBridge's")}


def _idle(wiring: Wiring, site: Site) -> float:
    """The shortest idle timeout of the load balancers in front."""
    balancers = [site.id]
    if site.kind == "target-group":
        balancers = [hop.source for hop in wiring.hops if hop.target == site.id] or balancers
    return min(_idle_of(wiring, wiring.sites[name]) for name in balancers)


def _idle_of(wiring: Wiring, balancer: Site) -> float:
    declared = wiring.app.resource(balancer.place.address) if balancer.place else None
    if declared is not None:
        for item in wiring.props(declared).items("LoadBalancerAttributes"):
            if item.props.text("Key").value == _IDLE_TIMEOUT:
                set_ = item.props.integer("Value").value
                return LOAD_BALANCER.value if set_ is None else float(set_)
    return LOAD_BALANCER.value


def _of_subscriber(wiring: Wiring, site: Site) -> _Limit | None:
    """What a subscriber of a custom event bus gives one call."""
    declared = wiring.app.resource(site.place.address) if site.place else None
    if declared is None:
        return None
    section, most = wiring.props(declared).at("InvokeConfiguration"), float(INVOCATION_TIMEOUT.value)
    for name in ("LambdaParameters", "StepFunctionsParameters", "HttpParameters"):
        if section.exists(name, "InvocationTimeoutSeconds"):
            set_ = section.integer(name, "InvocationTimeoutSeconds").value
            if set_ is None:
                return _Limit(most, f"a subscriber's {in_words(most)} at most", most)
            return _Limit(float(set_), f"its InvocationTimeoutSeconds of {set_}", most)
    return _Limit(INVOCATION_TIMEOUT.value, f"a subscriber's {in_words(INVOCATION_TIMEOUT.value)}", most)


def _of_api(wiring: Wiring, site: Site, hop: Hop) -> _Limit | None:
    declared = wiring.app.resource(site.place.address) if site.place else None
    integration = wiring.app.resource(hop.place.address)
    if declared is None or hop.kind == "authorizer":
        return None
    if "AppSync" in declared.type:
        return _Limit(APPSYNC.value, f"AppSync's {in_words(APPSYNC.value)}", APPSYNC.value, _FIXED)
    socket = wiring.props(declared).text("ProtocolType").value == "WEBSOCKET"
    rest = socket or declared.type.startswith(_REST)
    limit, most = (REST_API if rest else HTTP_API).value, _longest(wiring, declared, rest)
    whose = _RAISED if most is None else _FIXED
    if integration is not None:
        props = wiring.props(integration)
        for path in (("Integration", _SET), (_SET,)):
            stated = props.integer(*path).value
            limit, whose = (limit, whose) if stated is None else (stated / 1_000, _SET)
    return _Limit(limit, f"the API's {in_words(limit)}", most, whose)


def _longest(wiring: Wiring, api: Resource, rest: bool) -> float | None:
    """Seconds that an API can be made to wait: more than its default only where it is a Regional or private REST API,
    for which more can be asked for; never a WebSocket API, whose 29 s are the most.
    """
    if not rest:
        return HTTP_API.value
    regional = any(
        value in ("REGIONAL", "PRIVATE")
        for path in (("EndpointConfiguration", "Types", "0"), ("EndpointConfiguration", "Type"))
        for value in (wiring.props(api).text(*path).value,)
    )
    return None if regional and api.type.startswith(_REST) else REST_API.value


def _of_state(wiring: Wiring, site: Site, hop: Hop) -> _Limit | None:
    machine = _machine(wiring, site)
    if machine is None:
        return None
    own = _state_limit(machine, site.id)
    if own is not None:
        return _Limit(own, f"its TimeoutSeconds of {in_words(own)}")
    if machine.limit is not None:
        return _Limit(machine.limit, f"the end of its machine after {in_words(machine.limit)}")
    return None


def _state_limit(machine: Machine, site: str) -> float | None:
    """Seconds that a state gives its task."""
    for state in machine.definition.states():
        if machine.id(state) == site:
            raw = state.body.get("TimeoutSeconds")
            return float(raw) if isinstance(raw, (int, float)) and not isinstance(raw, bool) and raw > 0 else None
    return None


def _machine(wiring: Wiring, site: Site) -> Machine | None:
    resource = wiring.app.resource(site.place.address) if site.place else None
    return read(wiring, resource) if resource is not None and resource.type == MACHINE else None


def _timeout(wiring: Wiring, site: Site) -> float | None:
    """Seconds that a function may run; None where that is unknown."""
    resource = wiring.app.resource(site.place.address) if site.place else None
    if resource is None or resource.type != FUNCTION:
        return None
    timeout = timeout_of(wiring, resource)
    return None if timeout is None else float(timeout)


class _Durations:
    """How long work may take: None where that is not known, so that nothing is said about it."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._by_world: dict[frozenset[tuple[str, bool]], dict[str, float | None]] = {}
        self._out_of: dict[str, list[Hop]] = {}
        self._own: dict[str, Hop] = {}
        """By state: the hop from its container."""
        for hop in wiring.hops:
            if hop.awaits:
                self._out_of.setdefault(hop.source, []).append(hop)
                if wiring.sites[hop.target].inside == hop.source:
                    self._own[hop.target] = hop

    def of(self, name: str) -> float | None:
        """Seconds that one run of a site may take."""
        known = self._by_world.setdefault(frozenset(self._wiring.app.reading.taken.items()), {})
        if name not in known:
            known[name] = None  # also what a circle finds
            known[name] = self._of(self._wiring.sites[name])
        return known[name]

    def _of(self, site: Site) -> float | None:
        if site.kind == "function":
            return _timeout(self._wiring, site)
        if site.plan is not None:
            found = self._plan(site.plan)
            machine = _machine(self._wiring, site)
            limit = machine.limit if machine is not None and site.inside is None else None
            return found if found is None or limit is None else min(found, limit)
        if site.kind == "state":
            return self._state(site)
        if site.kind in ("api", "pipe", "target-group", "load-balancer", "topic"):
            return self._passing(site)
        return None

    def _state(self, site: Site) -> float | None:
        """One try of a task: what it calls, or next to nothing where a service answers at once."""
        called = [hop for hop in self._out_of.get(site.id, ()) if self._wiring.sites[hop.target].works]
        longest = 0.0
        for hop in called:
            works, waits = self.of(hop.target), _waits(self._wiring, hop)
            if works is None:
                return None
            longest = max(longest, works if waits is None else min(works, waits.seconds))
        return longest

    def _passing(self, site: Site) -> float | None:
        found: list[float] = []
        for hop in self._out_of.get(site.id, ()):
            works, waits = self.of(hop.target), _waits(self._wiring, hop)
            if works is not None:
                found.append(works if waits is None else min(works, waits.seconds))
        return max(found, default=None)

    def _plan(self, plan: Plan) -> float | None:
        """The longest way through a plan, each state tried as often as it retries what takes too long."""
        longest: dict[str, float] = {}
        for start in plan.branches:
            if not self._longest(plan, start, longest):
                return None
        turns = 1 if plan.at_once is None else ceil(plan.items / plan.at_once)
        return turns * max((longest[start] for start in plan.branches), default=0.0)

    def _longest(self, plan: Plan, start: str, longest: dict[str, float]) -> bool:
        """Fills in `longest` from `start` on; False where something on the way takes nobody knows how long."""
        stack, on_way = [start], set[str]()
        while stack:
            name = stack[-1]
            step = plan.steps[name]
            after: Sequence[str] = (*step.next, *(each for targets in step.caught.values() for each in targets))
            if name not in on_way and name not in longest:
                on_way.add(name)
                stack.extend(each for each in after if each not in longest and each not in on_way)
                continue
            stack.pop()
            if name in longest:
                continue
            own = self._tried(step.site)
            if own is None:
                return False
            longest[name] = own + max((longest.get(each, 0.0) for each in after), default=0.0)
        return True

    def _tried(self, name: str) -> float | None:
        site = self._wiring.sites.get(name)
        if site is None:
            return 0.0
        once = self.of(name)
        own = self._own.get(name)
        tries = own.tries_for(FailureClass.TIMEOUT) if own else None
        if once is None or tries is None or tries.total is None:
            return once
        return once * tries.total + (tries.backoff or 0.0)
