"""What functions' code says, joined with the template: hops that it makes, hops that it does not, what it swallows.

Evidence that was read takes the place of what role and environment suggest. Only an account without gaps rules a hop
out; a call whose target only a run tells leaves inference of its kind in place, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.code import Account, AwsCall, Cause, Inline, ParsedModules, UnreadCode, language_of, literal, moved, read
from seawall.code.bounds import laps as laps_of
from seawall.code.http import SERVICE as HTTP
from seawall.code.tries import default_tries
from seawall.code.values import RecordValue
from seawall.graph.model import (
    CLASSES,
    Evidence,
    FailureClass,
    GapKind,
    Handling,
    Hop,
    Place,
    RuledOut,
    Tries,
    When,
    class_of,
)
from seawall.graph.turns import ONE_COPY, Turn, copies
from seawall.template import Absent, Resource, SourceLine, ValueStatus, render
from seawall.template.model import CODE
from seawall.words import some

from ..registry import Arrival, finisher
from ..s3.buckets import BUCKET
from ..sdk_calls import SDK_CALLS
from ..streams.streams import TABLES
from ..wiring import Wiring
from .code_batches import each_sent
from .code_conditions import Settled, settled, text_of, told
from .code_events import written
from .code_places import Absence, CodePlace, code_of
from .code_targets import Aim, aims, naming_of, places
from .code_ways import by_branch, taking
from .durable import noted
from .functions import FUNCTION, durable

_RETRIED = (FailureClass.THROTTLE, FailureClass.FAULT)
"""What an SDK's client tries again: throttling, and service faults and broken connections."""
_TRACED = ("sqs", "sns", "lambda", "s3")
_TYPES = {"states": ("stepfunctions",), "events": ("events", "eventsv2"), "firehose": ("kinesisfirehose",)}
"""How resource types call a service that IAM calls otherwise."""
_MOST_STUB = 60
"""Characters of inline text below which it is a placeholder."""


_SENDING = frozenset("states" if service == "sfn" else service for service, _ in SDK_CALLS)
"""Services, as IAM calls them, that have operations which send something on."""

RECEIVES = ("sqs", "ReceiveMessage")
"""The call by which code reads a queue itself."""


def receiving(wiring: Wiring) -> dict[str, SourceLine]:
    """By site of a function: the line at which its code receives messages itself."""
    return wiring.kept("functions that receive", dict)


def handed_on(wiring: Wiring) -> dict[str, frozenset[str]]:
    """By site of a function: the environment variables that go into requests, programs and unread libraries."""
    return wiring.kept("variables that go into libraries", dict)


class _Joined(Struct):
    """What was joined of one function."""

    reached: set[tuple[str, str]] = field(default_factory=set)
    """Families of calls and the sites that they reach."""
    dynamic: dict[str, tuple[str, AwsCall]] = field(default_factory=dict)
    """Families of calls of which only a run tells the target, with why."""
    unknown: set[int] = field(default_factory=set)
    """Expressions of calls that may wait for something, of which only a run tells what."""
    refused: dict[str, tuple[str, AwsCall]] = field(default_factory=dict)
    """Families of calls that are made only under a condition which the template's values do not meet: the condition."""

    def only_a_run_tells(self, kind: str, why: str, call: AwsCall) -> None:
        """Note a call of which only a run tells the target, or whether it waits."""
        self.dynamic.setdefault(_family(kind), (why, call))
        self.unknown.update(turn.expression for turn in call.turns)


@finisher(order=12)
def code_reading(wiring: Wiring) -> None:
    """Read the code of every function that is at hand, and join it."""
    if not wiring.reads_code:
        return
    accounts: dict[tuple[str, str], Account | UnreadCode] = wiring.app.memo.setdefault(CODE, {})
    sources = ParsedModules()
    inferred: dict[str, list[Hop]] = {}
    for hop in wiring.hops:
        if hop.evidence < Evidence.READ:
            inferred.setdefault(hop.source, []).append(hop)
    gone: set[Hop] = set()
    absent: dict[tuple[str, bool], list[tuple[Resource, Absence]]] = {}
    read_ones: list[tuple[Resource, Account]] = []
    for resource in wiring.app.by_type.get(FUNCTION, ()):
        site = wiring.sites.get(resource.site_id)
        if site is None or site.framework:
            continue
        found = _account(wiring, resource, sources, accounts)
        suggested = inferred.get(resource.site_id, [])
        if isinstance(found, Absence):
            if suggested and _retried(wiring, resource.site_id):
                absent.setdefault((found.runtime, bool(found.place)), []).append((resource, found))
            continue
        if isinstance(found, UnreadCode):
            wiring.unknown(resource, "Code", found.why, _line(found))
        elif found is not None:
            gone.update(_join(wiring, resource, found, suggested))
            read_ones.append((resource, found))
    for (runtime, missing), which in absent.items():
        _absent(wiring, runtime, missing, which)
    wiring.hops = [hop for hop in wiring.hops if hop not in gone]
    for resource, account in read_ones:
        if durable(wiring, resource):
            noted(wiring, resource, account)
        _handling(wiring, resource, account)


def _retried(wiring: Wiring, site: str) -> bool:
    """Whether something would run the function again when it fails."""
    into = [hop for hop in wiring.hops if _owner(hop.target) == site and hop.awaits]
    return any(hop.tries_for(failure).total != 1 for hop in into for failure in CLASSES)


def _absent(wiring: Wiring, runtime: str, missing: bool, which: list[tuple[Resource, Absence]]) -> None:
    """One gap for all functions of a runtime that may send, are tried again, and whose code cannot be read."""
    names = some([resource.site_id for resource, _ in which], 4)
    they, send, roles = ("it", "sends", "its role") if len(which) == 1 else ("they", "send", "their roles")
    if missing:
        places = some(sorted({each.place for _, each in which}), 3)
        why = f"the code of {names} ({runtime}) is not here: {places}; what {they} {send} is inferred from {roles}"
    else:
        why = f"code in {runtime} is not read: what {names} {send} is inferred from {roles}"
    wiring.unknown(which[0][0], "Code", why, what=GapKind.CODE)


def _line(gap: UnreadCode) -> SourceLine:
    return SourceLine(gap.file, gap.line)


def _account(
    wiring: Wiring, resource: Resource, sources: ParsedModules, accounts: dict[tuple[str, str], Account | UnreadCode]
) -> Account | UnreadCode | Absence | None:
    place = code_of(wiring, resource)
    if place is None or isinstance(place, (UnreadCode, Absence)):
        return place
    language = language_of(place.runtime)
    if language is None or wiring.leaves_out(place.everywhere[0].shown("")):
        return None
    key = (place.handler, repr(place.everywhere))
    if key not in accounts:
        own = ParsedModules(contents=sources.contents) if place.inline else sources
        accounts[key] = read(place.handler, language, place.everywhere, own)
    found = accounts[key]
    if _stub(place, found):
        return None
    return moved(found, place.line_of) if place.inline else found


def _stub(place: CodePlace, found: Account | UnreadCode) -> bool:
    """Whether a short text in the template only stands in for code."""
    if isinstance(found, Account):
        return found.idle
    own = place.everywhere[0]
    return isinstance(own, Inline) and all(len(text) <= _MOST_STUB for text in own.texts.values())


def _join(wiring: Wiring, resource: Resource, account: Account, suggested: list[Hop]) -> list[Hop]:
    """Make the hops that code makes; gives the inferred ones that go."""
    joined = _Joined()
    before = len(wiring.hops)
    wiring.calls[resource.site_id] = frozenset(f"{each.service}:{each.operation}" for each in account.calls)
    gone: list[Hop] = []
    sent: list[AwsCall] = []
    for call in account.calls:
        if (call.service, call.operation) == RECEIVES:
            receiving(wiring)[resource.site_id] = call.at
        for one in each_sent(call):
            sent.append(one)
            wiring.reading(resource, partial(_hops, wiring, resource, one, joined))
    wiring.hops[before:] = _caused(wiring.hops[before:], sent, joined.unknown)
    _put_together(wiring, before)
    for gap in account.gaps:
        wiring.unknown(resource, "Code", gap.why, _line(gap))
    for why, call in joined.dynamic.values():
        wiring.unknown(resource, "Code", f"{call.service}:{call.operation} goes where {why}", call.at)
    elsewhere = _elsewhere(wiring, resource, account) | _wrapped(wiring, resource)
    for call in account.calls:
        if call.tries_open is not None:
            what = f"{call.service}:{call.operation} again"
            again = f"tries {what}, {_shown_at(call.tries_open)}, without a constant limit"
            wiring.unknown(resource, "Code", again, call.at)
    if account.complete and not joined.dynamic and not elsewhere:
        wiring.followed.add(resource.site_id)
    handed_on(wiring)[resource.site_id] = frozenset(variable.name for variable, _ in account.handed_on)
    handed = _handed(wiring, resource, account)
    for hop in suggested:
        family = _family(hop.kind)
        if (family, hop.target) in joined.reached or _default_bus(hop.target, joined):
            gone.append(hop)
        elif family.partition(":")[0] in elsewhere:
            continue
        elif account.complete and family not in joined.dynamic and _owner(hop.target) not in handed:
            wiring.ruled_out.append(_ruled_out(hop, family, account, joined))
            gone.append(hop)
    return gone


def _ruled_out(hop: Hop, family: str, account: Account, joined: _Joined) -> RuledOut:
    """An inferred hop that the code does not make."""
    if family in joined.refused:
        condition, call = joined.refused[family]
        why = f"the code calls {hop.kind} only where {condition}, which the template does not set"
        return RuledOut(hop.source, hop.target, hop.kind, why, call.at)
    number = sum(each.service != HTTP for each in account.calls)
    made = f"{number} calls of AWS in it" if number else "no call of AWS in it"
    why = f"the code does not call {hop.kind} of it ({made}, all resolved)"
    return RuledOut(hop.source, hop.target, hop.kind, why, account.handler)


def _elsewhere(wiring: Wiring, resource: Resource, account: Account) -> set[str]:
    """Services whose clients go into libraries that are not read, and which send events on."""
    found: set[str] = set()
    for service, library, at in account.handed_clients:
        if service in _SENDING and service not in found:
            found.add(service)
            wiring.unknown(resource, "Code", f"hands a client of {service} to {library}, which is not read", at)
    return found


_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
_KNOWN_WRAPPERS = re.compile(
    r"/opt/(otel-|adot-|datadog_wrapper|lumigo_wrapper|newrelic|dynatrace|appdynamics|sentry|bootstrap$)"
)
"""Wrappers that only watch the code, or hand it requests."""


def _wrapped(wiring: Wiring, resource: Resource) -> frozenset[str]:
    """All services, and a gap, where a program of its own starts the runtime: it may send whatever the role allows."""
    wrapper = wiring.props(resource).value("Environment", "Variables", _WRAPPER)
    if isinstance(wrapper, Absent) or _KNOWN_WRAPPERS.match(render(wrapper)):
        return frozenset()
    wiring.unknown(
        resource, "Code", f"starts by a program of its own ({_WRAPPER}), which is not read", what=GapKind.CODE
    )
    return _SENDING


def _default_bus(target: str, joined: _Joined) -> bool:
    """Whether a role's ARN of the default bus means the one that the code sends to."""
    return target.endswith(":event-bus/default") and any("default" in site for _, site in joined.reached)


def _family(kind: str) -> str:
    return kind if kind.startswith("states:") else kind.partition(":")[0]


def _owner(site: str) -> str:
    return site.partition("#")[0]


def _handed(wiring: Wiring, resource: Resource, account: Account) -> frozenset[str]:
    """Sites of what environment variables hold that go into libraries which are not read."""
    found: set[str] = set()
    for variable, _ in account.handed_on:
        value = wiring.props(resource).value("Environment", "Variables", variable.name)
        for target in wiring.targets(resource, value):
            held = wiring.app.resource(target.address)
            if held is not None:
                found.add(held.site_id)
    return frozenset(found)


def _hops(wiring: Wiring, resource: Resource, call: AwsCall, joined: _Joined) -> None:
    if call.service == HTTP:
        _requests(wiring, resource, call)
        return
    naming = naming_of(call)
    kind = f"{call.service}:{call.operation}"
    if naming is None:
        return
    if call.service == "sns" and call.asked("PhoneNumber"):
        return  # a text message to a telephone
    for aim in aims(wiring, resource, call, naming):
        conditions = settled(wiring, resource, (*call.bounds, *aim.bounds))
        if conditions.refused is not None:
            joined.refused.setdefault(_family(kind), (told(conditions.refused), call))
            continue
        if aim.target is None:
            joined.only_a_run_tells(kind, aim.why, call)
            continue
        made = call if aim.option is None else taking(call, aim.option)
        for arrival in _arrivals(wiring, resource, call):
            if arrival is None:
                joined.only_a_run_tells(kind, "the code chooses how to invoke while it runs", call)
                continue
            _hop(wiring, resource, made, kind, aim, conditions, arrival, joined)


def _requests(wiring: Wiring, resource: Resource, call: AwsCall) -> None:
    """Hops of a request over HTTP that the code has tried again; without that it is none of the app's retries."""
    total = (call.sdk.total or 1) * call.tries
    for aim in places(wiring, resource, call.asked("Url")) if total > 1 else ():
        site = wiring.arrive(aim.target, Arrival.SYNC) if aim.target is not None else None
        if site is None or settled(wiring, resource, (*call.bounds, *aim.bounds)).refused is not None:
            continue
        shows, assumption = _shown(call, "http:Request")
        note = f"{total} tries of the request in the code, {_shown_at(call.sdk.at or call.tries_at)}"
        wiring.hop(
            resource.site_id,
            site,
            "http:Request",
            Place(resource.address, "Code"),
            awaits=True,
            when=When.FAILURE if call.on_failure else When.ALWAYS,
            evidence=Evidence.READ,
            tries=dict.fromkeys(CLASSES, Tries(total, setting="Code", note=note)),
            shows=shows,
            assumption=assumption,
            at=call.at,
            conditional=call.conditional,
            turns=call.turns,
            copies_failed=_ends_run(call, "http:Request"),
        )


def _arrivals(wiring: Wiring, resource: Resource, call: AwsCall) -> tuple[Arrival | None, ...]:
    """Whether the caller waits; None where only a run tells."""
    if call.service == "states" and call.operation == "StartSyncExecution":
        return (Arrival.SYNC,)
    if call.service != "lambda":
        return (Arrival.ASYNC,)
    if call.operation == "InvokeAsync":
        return (Arrival.ASYNC,)
    given = call.asked("InvocationType")
    names = {text_of(wiring, resource, each) for each in given} or {"RequestResponse"}
    if None in names:
        return (None,)
    return tuple(
        Arrival.ASYNC if name == "Event" else Arrival.SYNC for name in sorted(filter(None, names)) if name != "DryRun"
    )


def _hop(
    wiring: Wiring,
    resource: Resource,
    call: AwsCall,
    kind: str,
    aim: Aim,
    conditions: Settled,
    arrival: Arrival,
    joined: _Joined,
) -> None:
    target = aim.target
    if target is None:
        return
    called = wiring.app.resource(target.address)
    if called is not None and not _of_service(called, call.service):
        why = f"the code names {called.site_id}, an {called.type}"
        joined.dynamic.setdefault(_family(kind), (why, call))
        return
    for way in (arrival, Arrival.SYNC):
        site = wiring.arrive(target, way) if called is not None or target.literal else None
        if site is not None:
            joined.reached.add((_family(kind), site))
    site = wiring.arrive(target, arrival)
    if site is None or (called is not None and called.type in TABLES and not _read(wiring, called)):
        return  # nobody reads the table's stream
    if called is not None and called.type == BUCKET and not _notifies(wiring, called):
        return  # nobody learns of the objects written
    awaits = arrival is Arrival.SYNC
    if awaits and call.sdk.warned_after is not None:
        after = f"requestTimeout ({call.sdk.warned_after:g} s) without throwOnRequestTimeout"
        why = f"{after} ends a call of {kind} in versions of the SDK before October 2025 only; later ones warn"
        wiring.unknown(resource, "Code", why, call.sdk.at or call.at)
    named = call.partial and _names_failed(wiring, resource)
    shows, assumption = ({}, "") if not awaits else (_SHOWS_ALL, "") if named else _shown(call, kind)
    tries, unjudged = _tries(wiring, resource, call, kind, awaits)
    laps = laps_of(conditions.counters, call.request)
    wiring.hop(
        resource.site_id,
        site,
        kind,
        Place(resource.address, "Code"),
        awaits=awaits,
        when=When.FAILURE if call.on_failure else When.ALWAYS,
        evidence=Evidence.READ,
        tries=tries,
        shows=shows,
        conditions=target.conditions,
        assumption=assumption,
        laps=laps,
        traced=call.service in _TRACED and called is not None,
        event=written(call),
        at=call.at,
        fails_after=call.fails_after,
        conditional=call.conditional or conditions.open or (bool(conditions.counters) and laps is None),
        turns=call.turns,
        copies_failed=_ends_run(call, kind) if awaits else {},
        same_id=_same_id(call),
        read_timeout=call.sdk.read_timeout if awaits else None,
        unjudged=unjudged,
        per_batch=_per_batch(wiring, resource, call),
    )


def _per_batch(wiring: Wiring, resource: Resource, call: AwsCall) -> bool:
    """Whether one run makes the call once for all records that it was given, though it may be given several."""
    if call.per_record or call.copies != ONE_COPY or call.service not in ("lambda", "states"):
        return False
    return any(each.reader == resource.site_id and each.batch.value != 1 for each in wiring.pollings)


def _of_service(called: Resource, service: str) -> bool:
    """Whether a resource is one of the service that is called: where it is not, its name was misread."""
    names = _TYPES.get(service, (service,))
    return called.type.lower().startswith(tuple(f"aws::{name}::" for name in names))


def _same_id(call: AwsCall) -> bool | None:
    """Whether every message is sent under one deduplication id; None where none is given."""
    given = call.asked("MessageDeduplicationId") or call.asked("Entries", "*", "MessageDeduplicationId")
    if not given or (isinstance(call.request, RecordValue) and call.request.rest):
        return None
    return all(literal(each) is not None for each in given)


def _read(wiring: Wiring, table: Resource) -> bool:
    return any(hop.source == table.site_id for hop in wiring.hops)


def _notifies(wiring: Wiring, bucket: Resource) -> bool:
    return any(hop.source == bucket.site_id for hop in wiring.hops)


def _names_failed(wiring: Wiring, resource: Resource) -> bool:
    """Whether somebody delivers to a function who takes the records that it names as failed."""
    return any(hop.target == resource.site_id and _takes_partial(wiring, hop) for hop in wiring.hops)


_SHOWS_ALL: Mapping[str, str | None] = dict.fromkeys(CLASSES, FailureClass.ERROR)


def _told_classes(kind: str) -> Collection[FailureClass]:
    """The failures of the work behind a call that its answer tells; the others it raises. The answer to an invocation
    says so in its status; the call itself raises only where it was refused or not answered.
    """
    return CLASSES if kind.startswith("states:") else (FailureClass.ERROR, FailureClass.TIMEOUT)


def _shown(call: AwsCall, kind: str) -> tuple[Mapping[str, str | None], str]:
    """What the function shows when what it waits for fails, and what has to be so for it."""
    told = _told_classes(kind)
    fates = {each: call.fails_told if each in told else call.fails_raised for each in CLASSES}
    shows: dict[str, str | None] = {}
    for failure, fails in fates.items():
        shows[failure] = None if fails is False else FailureClass.ERROR
    if None not in fates.values():
        return shows, ""
    if fates[FailureClass.ERROR] is None:
        return shows, "the handler raises where the answer says that the work failed"
    return shows, "the handler fails in the end where it has caught that the call failed"


def _ends_run(call: AwsCall, kind: str) -> dict[FailureClass, int]:
    """Failures of what was called with which the run makes no further call for certain."""
    told = _told_classes(kind)
    return {each: 1 for each in CLASSES if (call.ends_told if each in told else call.ends_raised)}


def _tries(
    wiring: Wiring, resource: Resource, call: AwsCall, kind: str, awaits: bool
) -> tuple[Mapping[str, Tries], Mapping[str, Tries]]:
    """Tries that code or environment set, and those that only the SDK's default brings."""
    total, note = call.sdk.total, ""
    if total is not None and call.sdk.at is not None:
        note = f"{total} tries by the client's configuration, {_shown_at(call.sdk.at)}"
    else:
        set_ = wiring.props(resource).integer("Environment", "Variables", "AWS_MAX_ATTEMPTS")
        if set_.value is not None and set_.status is ValueStatus.KNOWN:
            total, note = set_.value, f"AWS_MAX_ATTEMPTS = {set_.value}"
    own, told = call.tries, call.tries_told
    if max(own, told) > 1 and call.tries_at is not None:
        by_code = f"{max(own, told)} tries in the code, {_shown_at(call.tries_at)}"
        note = f"{note}, times {by_code}" if note else by_code
    judged = (total or 1) * own
    found: dict[str, Tries] = {}
    if judged > 1:
        found = dict.fromkeys(_RETRIED, Tries(judged, setting="Code", note=note))
    if told > 1 and awaits:
        again = Tries(told, setting="Code", note=f"{told} tries in the code, {_shown_at(call.tries_at)}")
        found |= dict.fromkeys(_told_classes(kind), again)
    if total is not None:
        return found, {}
    default = default_tries(call.service)
    return found, dict.fromkeys(_RETRIED, Tries(default * own, note=f"{default} tries by the SDK's default"))


def _shown_at(at: SourceLine | None) -> str:
    return "" if at is None else at.short


def _put_together(wiring: Wiring, before: int) -> None:
    """One hop for calls that differ in nothing but their line and their turn, which says how often they send. Hops
    that a call was the first to need, as those of a function's asynchronous queue, stay as they are.
    """
    alike: dict[object, list[Hop]] = {}
    for hop in wiring.hops[before:]:
        way = (hop.source, hop.target, _family(hop.kind), hop.when)
        key = (*way, hop.fails_after, hop.awaits, hop.conditions, hop.led_by)
        event = sorted((path, sorted(map(repr, values))) for path, values in hop.event.items())
        fates = (sorted(hop.shows.items()), hop.assumption, sorted(hop.copies_failed))
        told = (sorted(hop.guard.world.items()), fates, hop.laps, sorted(hop.tries.items(), key=str))
        alike.setdefault((key, repr((told, event))), []).append(hop)
    wiring.hops[before:] = [each for hops in by_branch(list(alike.values())) for each in _together(hops)]


def _together(hops: Sequence[Hop]) -> Iterator[Hop]:
    """Turns in loops whose laps are not told stand beside those that are counted."""
    yield from (hop for hop in hops if not hop.turns)
    for for_each in (False, True):
        own = [hop for hop in hops if any(turn.for_each is for_each for turn in hop.turns)]
        turns = [turn for hop in own for turn in hop.turns if turn.for_each is for_each]
        if own:
            found = copies(turns)
            first = next((hop for hop in own if not hop.conditional), own[0])
            lines = dict.fromkeys(hop.at for hop in own if hop.at is not None and hop.at != first.at)
            yield replace(
                first,
                turns=(),
                copies=found.most,
                copies_least=found.least,
                copies_failed=_copies_failed(first, turns, found.most),
                for_each=found.for_each,
                also_at=tuple(lines) if found.most > 1 else (),
            )


def _copies_failed(hop: Hop, turns: Sequence[Turn], most: int) -> dict[FailureClass, int]:
    """How many events one run sends where the receiver fails each time: one where the first failure ends it."""
    told = _told_classes(hop.kind)
    found: dict[FailureClass, int] = {}
    for failure in CLASSES if hop.awaits else ():
        failing = [turn.failing(failure not in told) for turn in turns]
        number = 1 if failure in hop.copies_failed else copies(failing).most
        if number != most:
            found[failure] = number
    return found


def _caused(hops: Sequence[Hop], calls: Sequence[AwsCall], unknown: Collection[int]) -> Iterator[Hop]:
    """Hops with the sites whose failure leads there, where they are taken on failure, or keeps the code from them."""
    waits: dict[int, list[Hop]] = {}
    for hop in hops:
        for turn in hop.turns if hop.awaits else ():
            waits.setdefault(turn.expression, []).append(hop)
    by_expression = {turn.expression: call for call in calls for turn in call.turns}
    for hop in hops:
        own = [by_expression[turn.expression] for turn in hop.turns if turn.expression in by_expression]
        skipped = [_classes_by_site(call.behind, waits, every=True) for call in own]
        hop = replace(hop, skipped=skipped[0]) if skipped and all(each == skipped[0] for each in skipped) else hop
        causes = {cause for call in own for cause in call.causes}
        if hop.when is not When.FAILURE or any(cause.expression in unknown for cause in causes):
            yield hop
        else:
            yield replace(hop, causes=_classes_by_site(causes, waits))


def _classes_by_site(
    causes: Collection[Cause], waits: Mapping[int, list[Hop]], every: bool = False
) -> Mapping[str, frozenset[FailureClass]]:
    """The sites that some calls wait for, with the classes of failure; `every`: of those that reach one site only."""
    found: dict[str, set[FailureClass]] = {}
    for cause in causes:
        reached = waits.get(cause.expression, ())
        for each in reached if not every or len(reached) == 1 else ():
            told = _told_classes(each.kind)
            led = {failure for failure in CLASSES if (cause.told if failure in told else cause.raised)}
            found.setdefault(each.target, set()).update(led)
    return {site: frozenset(classes) for site, classes in found.items() if classes}


def _handling(wiring: Wiring, resource: Resource, account: Account) -> None:
    """What the function does with failures; where it swallows them, nobody who calls it sees one."""
    site = resource.site_id
    made = Handling(
        site=site,
        handler=account.handler,
        raises=account.raises if account.fails else None,
        swallowed=account.swallowed,
        reported=account.reported,
        answers=account.answers,
        partial=account.partial,
        partial_at=account.partial_at,
        names_failed=account.names_failed,
        names_healthy=account.names_healthy,
    )
    wiring.handlings.append(made)
    if account.raises is False and account.fails and not account.gaps:
        for index, hop in enumerate(wiring.hops):
            if hop.target == site and hop.awaits and not (account.names_failed and _takes_partial(wiring, hop)):
                wiring.hops[index] = _unraised(hop)


def _takes_partial(wiring: Wiring, hop: Hop) -> bool:
    """Whether whoever delivers takes the records that a handler names as failed."""
    return any(
        each.source == hop.source and each.reader == hop.target and each.partial.value is not False
        for each in wiring.pollings
    )


def _unraised(hop: Hop) -> Hop:
    """A hop into a function that lets no error out."""
    tries = {signal: tries for signal, tries in hop.tries.items() if class_of(signal) != FailureClass.ERROR}
    shows = {signal: shown for signal, shown in hop.shows.items() if class_of(signal) != FailureClass.ERROR}
    return replace(hop, tries=tries, shows={**shows, FailureClass.ERROR: None})
