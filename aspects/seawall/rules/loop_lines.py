"""What a loop does, in sentences: the ordinary case first, then what comes back by kind of failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import prod

from msgspec import Struct

from seawall.cost import Cost
from seawall.cost.cycles import QUICK, Pace
from seawall.cost.model import dollars
from seawall.cost.wording import LEAST, full
from seawall.graph import CLASSES, ONCE, Bound, Evidence, FailureClass, Flow, Hop, HopKind, SiteKind, When, in_words
from seawall.remedies.search import JUDGED
from seawall.retries import Factor, Loop, Path
from seawall.retries.loops import LAMBDA_STOPS
from seawall.retries.wording import number, up_to
from seawall.words import one, plural, some

from .loop_fixes import calls, writes
from .model import Mark
from .wording import fails, fails_itself, service_error

_SHOWN = 5
_FEW = 20
"""Events that come back up to which their number is said without what makes it."""
_GUESSED: Mapping[Evidence, str] = {Evidence.WEAK: "environment", Evidence.MEDIUM: "role"}
"""What suggests by itself that anything is sent back, by how that is known."""
_MULTIPLY: Mapping[int, str] = {2: "double", 3: "triple", 4: "quadruple"}
_COUNTED = 10**6
"""Events up to which a number is said."""
_UNITS: Mapping[str, str] = {
    SiteKind.QUEUE: "message",
    SiteKind.TOPIC: "message",
    SiteKind.STREAM: "record",
    SiteKind.TABLE: "record",
}
"""What is called by another name than event, by where it comes back to."""


class LoopWay(Struct, frozen=True):
    """A loop and one way round it."""

    flow: Flow
    loop: Loop
    hops: tuple[Hop, ...]
    drawn: tuple[Mark, ...] = ()
    """The same or another way, whose tries make the number of the worst kind of failure, where one does."""

    @property
    def sure(self) -> bool:
        """Whether an event comes back for certain when what sends it fails."""
        return any(self.loop.gain_min[failure].value for failure in JUDGED)

    @property
    def guessed(self) -> bool:
        """Whether nothing but a permission, or a name in the environment, says that anything is sent back."""
        return self.loop.evidence <= Evidence.MEDIUM

    @property
    def failing(self) -> tuple[str, ...]:
        """What fails: who sends back, the state whose Catch leads to one that does, or who works where a dead letter
        comes from; the one that is drawn first.
        """
        found: list[str] = []
        for hop in self.loop.returns:
            readers = [each.target for each in self.flow.out_of(hop.source) if each.awaits]
            works = self.flow.sites[hop.source].works or not readers
            found += self.flow.failing_before(hop.source) if works else readers
        drawn = [mark.site for mark in self.drawn]
        return tuple(sorted(dict.fromkeys(found), key=lambda site: site not in drawn))

    @property
    def by_queue(self) -> bool:
        """Whether a queue sends back what its tries are spent for, and no code."""
        return all(hop.when is When.EXHAUSTED for hop in self.loop.returns)

    @property
    def by_state(self) -> bool:
        """Whether what comes back is an event, of no code, that says of a failure."""
        return all(hop.stop and hop.when is When.FAILURE for hop in self.loop.returns)

    @property
    def it(self) -> str:
        """The same where it was named before."""
        return self.failing[0] if len(self.failing) == 1 else "one of them"

    @property
    def of_lambda(self) -> bool:
        """Whether what sends back, or works where a dead letter comes from, is a function."""
        return any(
            self.flow.sites[site].kind == SiteKind.FUNCTION
            for hop in self.loop.returns
            for site in (hop.source, *(each.target for each in self.flow.out_of(hop.source) if each.awaits))
        )

    @property
    def unit(self) -> str:
        """A message, a record or an event."""
        return _UNITS.get(self.flow.sites[self.loop.start].kind, "event")


def headline(way: LoopWay, worst: FailureClass) -> str:
    """What happens when something fails, and whether that ends; then by how much it grows, and on what."""
    may = "" if way.sure and not way.guessed else "may "
    alone = way.guessed and (calls(way.loop) or writes(way.loop))
    one_of_them = len({hop.source for hop in way.loop.returns}) == 1
    holds = _GUESSED.get(way.loop.evidence, "")
    says = f"its {holds} says so" if one_of_them else f"their {holds}s say so"
    only = f": only {says}" if alone else ""
    ends = _ends(way, may)
    if only and way.loop.stopped_by == LAMBDA_STOPS:
        return f"{_happens(way, may)}{only}; Lambda would stop it after about {plural(way.loop.laps or 0, 'round')}"
    return f"{_happens(way, may)}{ends}{only}{_grows(way, worst)}"


def _happens(way: LoopWay, may: str) -> str:
    loop, start = way.loop, way.loop.start
    last = max(loop.returns, key=lambda hop: hop.evidence)
    first, others = way.failing[0], len(way.failing) - 1
    both = some(list(way.failing))
    if calls(loop):
        if both == start:
            return f"{start} {may}call{'' if may else 's'} itself (recursion)"
        return f"{start} and {both} {may}call each other"
    if writes(loop):
        write = f"write{'' if others else 's'}"
        return f"what {both} {write} to {start} {may}start{'' if may else 's'} it again"
    if not loop.needs_failure and not _more(loop):
        back = f"may come back to it from {last.source}" if may else f"comes back to it from {last.source}"
        onward = all(hop.kind == HopKind.DESTINATION and hop.when is When.ALWAYS for hop in loop.returns)
        return f"{one(way.unit)} of {start}{' that ends well' if onward else ', failed or not,'} {back}"
    if last.when is When.EXHAUSTED:
        return f"what fails in {both} goes to {start}, {may}come{'' if may else 's'} back from there"
    if way.by_state:
        starts = f"{may}start" if may else "starts"
        return f"when {both} fail{'' if others else 's'}, the event that says so {starts} it again"
    or_others = f" (or one of {others:,} others)" if others > 1 else f" or {way.failing[1]}" if others else ""
    return f"when {first}{or_others} fails, its {way.unit} {may}go{'' if may else 'es'} back to {start}"


def _more(loop: Loop) -> bool:
    return any(loop.gain[failure].value > 1 for failure in JUDGED)


def _ends(way: LoopWay, may: str) -> str:
    loop = way.loop
    if loop.stopped_by == LAMBDA_STOPS:
        return f", until Lambda stops it after about {plural(loop.laps or 0, 'round')}"
    if loop.laps is not None:
        return f", for {plural(loop.laps, 'round')} at most"
    if loop.expires is not None:
        return " until it expires"
    if way.by_state:
        return ", for ever"
    return " and so go round for ever" if may else " and goes round for ever"


def _grows(way: LoopWay, worst: FailureClass) -> str:
    """How it multiplies; empty where it does not."""
    loop, most = way.loop, way.loop.gain[worst]
    if most.value <= 1:
        return ""
    back = "follow" if calls(loop) else "come back"
    bounded = up_to(most) if loop.gain_min[worst].value < most.value else number(most)
    several = f"at most {number(most)}" if worst in loop.at_most else bounded
    several = several if _explained(way, worst) else "several"
    if most.bounded_by is Bound.TIME:
        return f"; {several} {back}, one at each try until it expires"
    if loop.gain[FailureClass.ERROR].value >= most.value:
        return f"; {several} {back} each round"
    return f"; {several} {back} each round when {fails_itself(worst, way.of_lambda)}"


def comes_back(way: LoopWay, worst: FailureClass, cost: Cost | None, pace: Pace | None) -> Iterator[str]:
    """What comes back, a line for each kind of failure that brings as much, with how fast that goes: of the ordinary
    one, and of the one that brings most.
    """
    loop, error, filled = way.loop, service_error(way.of_lambda), _filled(way, worst, cost)
    ends = {failure: (loop.gain_min[failure].value, loop.gain[failure].value) for failure in CLASSES}
    alike, read = len(set(ends.values())) == 1, loop.evidence >= Evidence.READ and not way.by_queue
    grows = loop.gain[worst].value > 1 and read and ends[FailureClass.ERROR] == (1, 1)
    for (least, most), group in groupby((each for each in CLASSES if _sends(way, each)), key=ends.__getitem__):
        kinds = list(group)
        if calls(loop):
            if most > 1:
                yield f"each call {_called(loop, kinds[0])}"
        elif most:
            failed = ", or ".join(fails(one, error) for one in kinds)
            said = "whatever fails" if alike else f"if {way.it} {failed}"
            grown = _grown(way, worst, filled=bool(filled), sure=least >= most) if worst in kinds else ""
            if kinds == [FailureClass.ERROR] and least == most == 1 and read:
                case = "ordinary case: " if grows else ""
                said = f"if the work in {way.it if len(way.failing) == 1 else 'one of them'} fails"
                yield from _ordinary(way, f"{case}{said}, {_known(way)} sends 1 back", pace)
            else:
                case = "worst case: " if grows and worst in kinds and not alike else ""
                yield f"{case}{said}: {_brought(way, kinds[0], least, most)}{grown}"
                yield from filled if worst in kinds else ()


def _ordinary(way: LoopWay, said: str, pace: Pace | None) -> Iterator[str]:
    """The ordinary case, and how often that is in a day, with what makes it."""
    loop, unit = way.loop, way.unit
    if pace is None or loop.laps is not None or loop.expires is not None:
        yield f"{said} each round{_never(loop)}"
        return
    yield f"{said}, for ever"
    made, one = " + ".join(pace.lasts.parts), in_words(pace.lasts.seconds)
    each = f"; {one} = {made}" if made != one else ""
    rounds = plural(pace.rounds_a_day, "round")
    many = f"{rounds} a day"
    if pace.runs:
        many = f"{plural(pace.rounds_a_day * pace.runs, 'run')} a day = {rounds} of {plural(pace.runs, 'run')}"
    longest = f"{many} for each such {unit} (24 h / {one}{each}), for {_price(pace.per_day)}"
    yield f"if its runs take all their time: {longest}"
    if pace.quick is not None:
        many = f"about {plural(pace.quick.runs_a_day, 'run')} a day, for {_price(pace.quick.per_day)}"
        yield f"if its runs end after {QUICK:g} s: {many}"


def _price(amount: float) -> str:
    """US dollars a day."""
    return f"about {dollars(amount)}" if amount >= LEAST else f"less than ${LEAST:g}"


def _sends(way: LoopWay, failure: FailureClass) -> bool:
    """Whether a failure can bring anything back: code that is throttled does not run, and sends nothing by itself."""
    return failure is not FailureClass.THROTTLE or not way.sure or way.loop.gain_min[failure].value > 0


def _called(loop: Loop, failure: FailureClass) -> str:
    least, most = loop.gain_min[failure], loop.gain[failure]
    if least.value >= most.value:
        return f"causes {plural(most.value, 'more call')}"
    return f"causes {number(least)} more where it is waited for, {up_to(most)} where it is not"


def _brought(way: LoopWay, failure: FailureClass, least: int, most: int) -> str:
    told, each = number(way.loop.gain[failure]), _for_each_try(way, failure, most)
    most_told = up_to(way.loop.gain[failure])
    if failure in way.loop.at_most:
        return f"at most {told} come back each round, with what the other cycles send round"
    if most > 1 and not _explained(way, failure):
        return f"several come back{'' if least else _condition(way)}"
    never = _never(way.loop)
    if most <= 1:
        return f"1 comes back each round{never}" if least else f"1 comes back{_condition(way)}"
    if least >= most:
        return f"{told} come back each round{each}"
    if least:
        does = "writes" if writes(way.loop) else "sends"
        return f"1 comes back if it {does} and returns{never}; {most_told}{each}, if it {does} and fails as well"
    return f"{most_told} come back{each}{_condition(way)}"


def _never(loop: Loop) -> str:
    if loop.expires is not None:
        return ", until the message expires"
    return "" if loop.laps is not None else ", so it goes round for ever"


def _condition(way: LoopWay) -> str:
    """What a failure that sends nothing for certain hangs on."""
    if way.sure and not way.by_queue:
        return f" if it had {'written' if writes(way.loop) else 'sent'} before that"
    return ", unless something that was not seen ends it, such as a count in the message"


def _explained(way: LoopWay, failure: FailureClass) -> bool:
    """Whether a reader can see where the number comes from."""
    most = way.loop.gain[failure].value
    return most <= _FEW or bool(_for_each_try(way, failure, most))


def _for_each_try(way: LoopWay, failure: FailureClass, most: int) -> str:
    """The product that makes the number, where one way does."""
    found = counted(way.loop, way.hops, failure)
    tries = [one.tries.total for one in found.layers]
    copies = prod(one.copies for one in found.factors)
    if found.count.value != most:
        tries = [mark.tries for mark in way.drawn if mark.tries != 1]
        copies = prod(mark.copies for mark in way.drawn)
    if (not tries and copies == 1) or None in tries or copies * prod(filter(None, tries)) != most:
        return ""
    sent = "one" if copies == 1 else f"{copies:,}"
    if not tries:
        return f", {sent} from each run"
    each = " x ".join(f"{one:,}" for one in tries)
    return f", {sent} for each try" if len(tries) == 1 else f", {sent} for each of {each} tries"


def counted(loop: Loop, way: Sequence[Hop], failure: FailureClass) -> Path:
    """A way with the tries that count: those since the last hand-off before the hop that leads back."""
    *before, back = way
    last = max((position for position, hop in enumerate(before) if not hop.awaits), default=-1)
    factors = [
        Factor(hop, hop.tries_for(failure), hop.copies_for(failure))
        if position > last
        else Factor(hop, ONCE, hop.copies)
        for position, hop in enumerate(before)
    ]
    return Path.of(loop.start, (*factors, Factor(back, ONCE, back.copies)))


def _known(way: LoopWay) -> str:
    """Who sends, and where that is read or stated."""
    surest = max(way.loop.returns, key=lambda hop: hop.evidence)
    stated = surest.evidence is Evidence.STATED
    where = f" ({surest.at.short})" if surest.at is not None else ""
    its = "its" if len(way.failing) == 1 else "its own"
    return f"as its Metadata states{where}, it" if stated else f"{its} code{where}"


def _grown(way: LoopWay, worst: FailureClass, *, filled: bool, sure: bool) -> str:
    """What becomes of one event, round by round; `filled`: it is told besides when all that may run at once does."""
    loop = way.loop
    total, gain = loop.total(worst), loop.gain[worst].value
    if gain <= 1:
        return ""
    if total is not None and loop.laps is not None and total.value <= _COUNTED:
        powers = " + ".join(f"{gain**lap:,}" for lap in range(min(loop.laps, _SHOWN) + 1))
        more = " + ..." if loop.laps > _SHOWN else ""
        return f"; one becomes {number(total)} in {plural(loop.laps, 'round')}: {powers}{more}"
    powers = ", ".join(f"{gain**lap:,}" for lap in range(1, _SHOWN + 1) if gain**lap <= _COUNTED)
    grows = f"it {'grows until it is stopped' if loop.laps is not None else 'grows without bound'}"
    if loop.laps is None and _explained(way, worst):
        times = _MULTIPLY.get(gain, f"become {gain:,} times as many")
        grows = f"so they {times} each round{'' if sure else ' at worst'}"
    shown = not filled and "," in powers and gain < _COUNTED // gain and _explained(way, worst)
    return f"; {grows}{f': one becomes {powers}, ...' if shown else ''}"


def _filled(way: LoopWay, worst: FailureClass, cost: Cost | None) -> tuple[str, ...]:
    """When all that may run at once does, a line each; empty where that is not told."""
    counts = way.loop.gain[worst].bounded_by is Bound.COUNT  # else they come back one by one until they expire
    if cost is None or not counts or not _explained(way, worst):
        return ()
    return full(cost, way.loop.gain[worst].value)
