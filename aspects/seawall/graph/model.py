"""The vocabulary that every service is translated into: sites, hops, tries and plans.

Nothing here knows an AWS service. The words are those of the model (`docs/model.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from functools import cache
from math import inf

from msgspec import Struct, field

from seawall.template import Address, Setting, SourceLine, ValueStatus

from .durations import LONGEST
from .guards import ALWAYS, Carries, Event, Guard
from .layers import Layer, Put, RetryOwner
from .turns import Turn


class FailureClass(StrEnum):
    """The ways in which a run can fail, told apart because layers retry them differently."""

    ERROR = "error"
    """The handler raised, or returned an error."""
    TIMEOUT = "timeout"
    """The function timed out, ran out of memory or crashed."""
    THROTTLE = "throttle"
    """429: the code did not run."""
    FAULT = "fault"
    """Service 5xx or transport: the code may or may not have run."""
    ABANDONED = "abandoned"
    """The waiter gave up while the work goes on. Counted apart, as runs started: the waiter sees one of the others."""


CLASSES = (FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.THROTTLE, FailureClass.FAULT)
"""The classes that a failing run shows to whoever waits for it."""


@cache
def class_of(signal: str) -> FailureClass:
    """The failure class of a signal.

    >>> class_of("error:States.TaskFailed")
    <FailureClass.ERROR: 'error'>
    """
    return FailureClass(signal.partition(":")[0])


ANSWER = "answer"
"""Begins the detail of a signal of which the answer of a call that succeeded tells."""


def told_by_answer(signal: str) -> bool:
    """Whether a call has succeeded, with an answer that tells of a failure.

    >>> told_by_answer("error:answer"), told_by_answer("error")
    (True, False)
    """
    return signal.partition(":")[2].startswith(ANSWER)


class When(StrEnum):
    """On which occasion a hop is taken."""

    ALWAYS = "always"
    FAILURE = "failure"
    """The sender's run failed and it passes the event on."""
    EXHAUSTED = "exhausted"
    """The sender's tries are spent."""


class Evidence(IntEnum):
    """How a hop is known, weakest first."""

    WEAK = 1
    MEDIUM = 2
    STRONG = 3
    READ = 4
    """The sender's code was read, and makes the call."""
    STATED = 5
    DECLARED = 6

    @property
    def word(self) -> str:
        """`declared`, `stated`, `read`, or `inferred (strong|medium|weak)`."""
        return self.name.lower() if self >= Evidence.READ else f"inferred ({self.name.lower()})"


class Bound(IntEnum):
    """What ends the tries, firmest first."""

    COUNT = 0
    TIME = 1
    NOTHING = 2

    @property
    def word(self) -> str:
        """`count`, `time` or `nothing`."""
        return self.name.lower()


class Tries(Struct, frozen=True):
    """Worst-case deliveries of one unit over one hop when every delivery fails with one class: a total.

    `total` is None where no count can be given: bounded by age alone, or the setting is unknown.
    """

    total: int | None
    bounded_by: Bound = Bound.COUNT
    status: ValueStatus = ValueStatus.KNOWN
    setting: str = ""
    """The property that decides, as its service names it."""
    note: str = ""
    """How the figure comes about, e.g. ``maxReceiveCount = 5`` or ``4 days / 30 s``."""
    interval: float | None = None
    """Seconds from one try to the next, the run itself included (a visibility timeout)."""
    backoff: float | None = 0.0
    """Seconds waited between the tries in all, the runs themselves not included; None where that is unknown."""
    limit: float | None = None
    """Seconds after which the tries end whatever their count (event age, retention)."""
    interval_set: str = ""
    """What sets `interval`: ``VisibilityTimeout, AWS's default``."""
    limit_set: str = ""
    """What sets `limit`."""
    layer: Layer | None = None
    """Who tries again, and what an author may change about it; None where nothing is tried again."""
    counted: int | None = None
    """The tries that are set, where `limit` ends them before all are used."""
    waits: tuple[float, ...] = ()
    """Seconds before each further try, where they are known and not all alike."""
    beside: int = 0
    """Of `total`, the tries that use up none of the count: runs of a batch that is halved."""
    value: int | None = None
    """The number that `setting` holds, or its service puts there, where one number decides."""
    drawn: str = ""
    """`note` without the division that makes the figure; empty where it is none."""

    @property
    def unknown(self) -> bool:
        """True where a setting could not be resolved, so that the figure is only a least one."""
        return self.status is ValueStatus.UNKNOWN

    def seconds(self, inner: float) -> float | None:
        """Time from the first try to giving up, where one run takes `inner` seconds; None where that is unknown.

        Never more than a hundred years.
        """
        if self.bounded_by is not Bound.COUNT or self.total is None:
            return self.limit
        if self.backoff is None:
            return None
        if self.interval is not None:
            return min((self.total - 1) * self.interval + max(self.interval, inner), LONGEST)
        return min(self.backoff + self.total * inner, LONGEST)


ONCE = Tries(1)


LAPS = "laps"
"""Kind of the layer that a way back inside a container makes: a retry written by hand."""


class Place(Struct, frozen=True):
    """A property of a resource: where a hop, a layer or a finding stands in the template."""

    address: Address
    property: str = ""
    """Dotted path below `Properties`; a path into a state machine's definition reads ``States.Name.Retry``."""
    code: SourceLine | None = None
    """The line of a function's code that is meant, where that was read."""


class StateStep(Struct, frozen=True):
    """One state in the course of a container's run, entered with what is known of its data.

    `caught` gives, by signal, where a failure of this step may go on; `escapes` the signals by which it may still
    leave the container.
    """

    site: str
    next: tuple[str, ...] = ()
    caught: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    escapes: frozenset[str] | None = None
    """None: every signal that is not caught."""
    fails: str | None = None
    """The signal that the container fails with when this step is reached."""
    chooses: bool = False
    """The step decides on data where to go: what leads through it may end."""
    events: int = 0
    """Entries that it makes in the history of the container's run, at least."""


class Plan(Struct, frozen=True):
    """What a container (state machine, Parallel, Map) does: branches that run beside each other, made of steps.

    A site has several steps where it can be entered with different data, such as a counter: one for each.
    """

    branches: tuple[str, ...]
    """First steps; the same one as often as a branch is run."""
    steps: Mapping[str, StateStep]
    """By a name of the plan's own; the first step of a site bears the site's id."""
    fails_as: str | None = None
    """The signal that any failure inside turns into where it leaves the container; None: it keeps its own."""
    laps: Mapping[str, Hop] = field(default_factory=dict)
    """By site, where a way may lead back: the layer that further laps make of it."""
    clock: float | None = None
    """Seconds after which the container is ended, where that cuts a way short."""
    timeless: Plan | None = None
    """The same without that clock."""
    items: int = 1
    """How often each branch is among them: of a Map whose items the definition tells, once for each."""
    at_once: int | None = None
    """Branches that run side by side at most, each further one after one that ended well; None: all of them."""
    history: int | None = None
    """Entries of a history after which the run is ended; None: it has none that ends it."""
    mixed: bool = False
    """It holds the courses of several worlds, of which a deployment has one: figures are upper bounds."""


class Site(Struct, frozen=True):
    """A place where an event waits or work runs."""

    id: str
    kind: str
    place: Place | None = None
    """None for something outside the app."""
    inside: str | None = None
    """The container whose step this site is."""
    plan: Plan | None = None
    works: bool = False
    """Code or an execution runs here, as opposed to an event waiting or passing."""
    recursion_limit: int | None = None
    """Runs after which the service stops a loop through this site, where it watches for that."""
    framework: bool = False
    """Made by a framework for its own use (a custom-resource provider), not by the author."""
    one_reader: bool = False
    """Its readers compete: each delivery of an event goes to one of them."""
    budget: int | None = None
    """Runs for one event that its author allows, throttled ones not counted; None: as many as everywhere."""
    idempotent: str = ""
    """Why a repeated run has no further effect, as its author stated; empty where nothing was."""


class Granted(Struct, frozen=True):
    """A statement of a policy that lets code make a call."""

    place: Place
    """Of the statement."""
    action: str
    """As it is written there."""
    on: str
    """What it speaks of, for a reader: an id, an ARN, or ``*``."""
    removable: Place | None = None
    """What takes the permission away, and nothing else; None where more hangs on all that does."""
    shared: bool = False
    """Others have the policy or the role, too."""


class Hop(Struct, frozen=True, eq=False):
    """A delivery from one site to another.

    `awaits`: the sender sees the receiver fail. `tries` by signal of the receiver; absent means once.
    `shows` gives the signal the sender shows when the receiver fails; absent means the same one, None that the
    sender does not fail.
    """

    source: str
    target: str
    kind: str
    awaits: bool
    place: Place
    when: When = When.ALWAYS
    evidence: Evidence = Evidence.DECLARED
    tries: Mapping[str, Tries] = field(default_factory=dict)
    shows: Mapping[str, str | None] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    assumption: str = ""
    """What has to hold in code that the template does not show, as a clause: ``the handler raises when ...``."""
    laps: int | None = None
    """How often the sender sends an event back at most, as its author stated."""
    traced: bool = False
    """The service's loop detection sees an event pass here."""
    stated: Place | None = None
    """Where its author stated it, or its laps."""
    per_batch: bool = False
    """One run of the receiver takes all events that the sender read at once, as its author stated or its code says."""
    after: str | None = None
    """The site that the sender calls first: while that one fails, nothing comes over this hop."""
    guard: Guard = ALWAYS
    """What must hold of one event, or of the deployment, for it to be taken; the event is meant as its sender has it,
    before `carries` and `event`. Where work runs at the sender, the new event is meant, with its literals."""
    event: Event = field(default_factory=dict)
    """The literals that the sender writes: into a new event, or over what `carries` leaves of the one it passes on."""
    world: str = ""
    """The world in which it exists, as a clause behind "when"; empty where it exists in every one."""
    carries: Carries | None = None
    """How fields are called behind the hop, where it passes an event on; None: as before it."""
    at: SourceLine | None = None
    """The line of code that makes the call, where that was read."""
    fails_after: bool | None = None
    """Of a hop that code takes on failure: False where the run then ends well, so that the event is sent *instead of*
    failing; True where it fails all the same, so that its source tries again as well; None: not known, or either."""
    conditional: bool = False
    """The code makes the call under a condition, so that a run need not make it."""
    copies: int = 1
    """How many events one run of the sender sends over it for each that came, at most."""
    copies_least: int = 1
    """The same at least, where it sends any."""
    for_each: bool = False
    """It sends them in a loop of which its code does not tell the laps: so many in each of them."""
    turns: tuple[Turn, ...] = ()
    """The occasions on which the sender's code sends, until they are put together with those of its other lines."""
    also_at: tuple[SourceLine, ...] = ()
    """Further lines of code that send over it in the same run."""
    copies_failed: Mapping[FailureClass, int] = field(default_factory=dict)
    """Of one that is awaited: how many events one run sends over it where the receiver fails with a class each time,
    because its code ends at a failure, or goes on to the next one only then; absent: `copies`."""
    causes: Mapping[str, frozenset[FailureClass]] | None = None
    """Of a hop that code takes on failure: the sites that it waits for and whose failure leads there, with the classes;
    None: any failure of the sender does."""
    skipped: Mapping[str, frozenset[FailureClass]] = field(default_factory=dict)
    """The sites that its sender's code waits for before it, with the classes of failure with which it does not come to
    it."""
    stop: str = ""
    """What ends it, as an imperative, where no code sends but a service of its own accord."""
    stop_by: tuple[Put, ...] = ()
    """The same as data; empty where it is the author's to decide."""
    instead: tuple[Put, ...] = ()
    """What leads it into a new queue that nothing reads, where a property of the template names its end."""
    granted: Granted | None = None
    """Of a call that was inferred from a role: what allows it."""
    unread: bool = False
    """The sender's code was not read: it may go on as if nothing had happened when the receiver fails."""
    unawaited: Mapping[str, Tries] = field(default_factory=dict)
    """Of an unread call that may not wait at all: the receiver's own tries then."""
    same_id: bool | None = None
    """Of messages whose sender's code was read: True, all are sent under one and the same deduplication id; False,
    each under one of its own; None: without one, or not told."""
    read_timeout: float | None = None
    """Seconds of silence after which the sender's client takes the call for broken, where its code sets them."""
    defaults: tuple[str, ...] = ()
    """Parameters whose default its tries rest on, as clauses: ``parameter Receives keeps its default 5``."""
    unjudged: Mapping[str, Tries] = field(default_factory=dict)
    """Tries of the sender's SDK by failure class where neither code nor environment sets them: shown, not counted."""

    @property
    def owner(self) -> RetryOwner | None:
        """Who tries again over it; None where nobody does."""
        return next((one.layer.owner for one in self.tries.values() if one.layer is not None), None)

    @property
    def keeps(self) -> bool:
        """Whether the sender keeps the event while it is tried, as a queue does: the natural owner of a retry."""
        return any(one.layer is not None and one.layer.keeps for one in self.tries.values())

    def tries_for(self, signal: str) -> Tries:
        """Tries when the receiver fails with `signal`."""
        return self.tries.get(signal) or self.tries.get(class_of(signal)) or ONCE

    def shown(self, signal: str) -> str | None:
        """What the sender shows when the receiver fails with `signal`."""
        if signal in self.shows:
            return self.shows[signal]
        return self.shows.get(class_of(signal), signal)

    def copies_for(self, signal: str | None) -> int:
        """How many events one run sends over it where the receiver fails with `signal`; None: where it works."""
        if signal is None or not self.awaits:
            return self.copies
        return self.copies_failed.get(class_of(signal), self.copies)

    @property
    def led_by(self) -> object:
        """What its sender's code says of failures that lead to it or away from it: equal where it says the same."""
        causes = None if self.causes is None else frozenset(self.causes.items())
        return causes, frozenset(self.skipped.items())

    @property
    def ends_run(self) -> frozenset[FailureClass]:
        """Classes of failure with which one run sends less over it."""
        return frozenset(failure for failure, number in self.copies_failed.items() if number < self.copies)


class RuledOut(Struct, frozen=True):
    """A hop that role or environment suggest and that cannot be taken."""

    source: str
    target: str
    kind: str
    why: str
    at: SourceLine | None = None
    """The line of code that was read to tell so."""


class Handling(Struct, frozen=True):
    """What a function's code does with its failures, as it was read."""

    site: str
    handler: SourceLine
    """Where the handler is defined."""
    raises: bool | None
    """Whether an error of its work leaves the handler; None: not told by what could be read."""
    swallowed: tuple[SourceLine, ...] = ()
    """Where errors of the work are caught and end."""
    reported: bool = False
    """A failure is sent, published or reported somewhere before it ends."""
    answers: SourceLine | None = None
    """Where an answer with a status of failure is returned, which only an HTTP caller understands."""
    partial: bool | None = None
    """Whether it returns `batchItemFailures` that can name a record; None: not told."""
    partial_at: SourceLine | None = None
    names_failed: bool = False
    """Records that failed are among those that it returns."""
    names_healthy: SourceLine | None = None
    """Where records that worked are returned among the failures."""


class Watch(Struct, frozen=True):
    """An alarm, or a rule on failures, that sees a site fail."""

    site: str
    by: str


class SharedRole(Struct, frozen=True):
    """A role that several have, so that it does not tell whose call it allows."""

    site: str
    place: Place
    users: tuple[str, ...]
    """Sites that have it."""
    called: tuple[str, ...]
    """What it lets them call, and the environment of none, or not of all, of them holds."""


class GapKind(StrEnum):
    """What it is that could not be told."""

    SETTING = "setting"
    """A property whose value, or what it points at, nothing resolves."""
    CODE = "code"
    """Code that was not read, or not followed to its end."""
    ROLE = "role"
    """What a role allows: it is wide, or in none of the templates."""
    RESOURCE = "resource"
    """A resource of a type that is not followed, and that names something that is."""
    IMAGE = "image"
    """A question about an image in use."""
    FILE = "file"
    """A file with a definition that is not there, or cannot be read: what stands in it may retry."""
    MISTAKE = "mistake"
    """What AWS refuses as it is written, or what does nothing as it is: what was meant is not known."""


class Gap(Struct, frozen=True):
    """Something met and not understood, so that a hop or a figure may be missing."""

    site: str
    """Id of the site, or of the resource, at which it stands."""
    property: str
    """Dotted path of the property."""
    why: str
    place: Place | None = None
    at: SourceLine | None = None
    """The line of code that could not be read or followed, where it is one; line 0 where it is the whole file."""
    what: GapKind = GapKind.SETTING
    touches: tuple[str, ...] = ()
    """Sites whose figures it could touch, by id: where it stands, and all to which events go on from there."""

    def key(self) -> tuple[str, str, str]:
        """What makes it the same one in another run; gaps are listed in the order of it."""
        return (self.site, self.property, self.why)


class IdleSetting(Struct, frozen=True):
    """A retry or dead-letter setting that cannot act on any path, as its service can tell."""

    site: str
    place: Place
    what: str
    why: str
    removes: tuple[str, ...] = ()
    """Properties that go with it, each empty for the resource as a whole; none: that of the place."""


class DeadLetterClock(Struct, frozen=True):
    """The clock of a queue that somebody reads and that moves what fails to a dead-letter queue.

    A message expires by the time of its first send. A standard dead-letter queue keeps that time, so it has what is
    left of its own retention; a FIFO one counts from the move.
    """

    queue: str
    dead: str
    place: Place
    """Of the queue's retention."""
    dead_place: Place
    """Of the dead-letter queue's retention."""
    receives: int
    interval: float
    """Seconds from one receive to the next."""
    lived: float
    """Seconds that a message has lived at least when it arrives at the queue."""
    kept: Setting[int]
    """Retention of the queue, in seconds."""
    dead_kept: Setting[int]
    renewed: bool
    """The dead-letter queue counts from the move."""
    delay: float = 0.0
    """Seconds for which the queue hides each message at first, whatever its sender says."""
    world: str = ""
    """The deployment in which it is so, as a clause; empty where no condition decides it."""

    @property
    def first(self) -> float:
        """Seconds of a message's life after which it is received first, at the earliest."""
        return self.lived + self.delay

    @property
    def moved_at(self) -> float:
        """Seconds of a message's life after which it moves, at the earliest: at the receive after the last one."""
        return self.first + self.receives * self.interval

    @property
    def left(self) -> float | None:
        """Seconds of its life that are left to the queue then; none or less: it is deleted before."""
        return None if self.kept.value is None else self.kept.value - self.moved_at

    @property
    def dead_left(self) -> float | None:
        """Seconds for which the dead-letter queue keeps it; none or less: it is deleted on arrival."""
        if self.dead_kept.value is None:
            return None
        return self.dead_kept.value - (0.0 if self.renewed else self.moved_at)

    @property
    def least(self) -> float:
        """What is left at least, in the queue or behind it; without end where that is not known."""
        return min((each for each in (self.left, self.dead_left) if each is not None), default=inf)


class RefusedDeadLetters(Struct, frozen=True):
    """A place for dead letters of a kind that its service refuses."""

    site: str
    place: Place
    end: str
    why: str


class Drop(Struct, frozen=True):
    """A place where an event that fails for good is lost, because nothing is set up to receive it."""

    site: str
    place: Place
    what: str
    """What becomes of the event, as a clause: ``Lambda drops the event after its last try``."""
    fix: str
    """What to set up, as an imperative."""
    puts: tuple[Put, ...] = ()
    """The same as data; empty where it is the author's to decide."""
    note: str = ""
    """What to know of it, as a sentence."""
    sides: tuple[tuple[str, bool], ...] = ()
    """Conditions with the side on which it is so; empty: on all."""


class WrongStatement(Struct, frozen=True):
    """Something that an author stated and that cannot be so."""

    site: str
    place: Place
    what: str
    """Why not, as a clause."""
    fix: str
    """What to do, as an imperative."""
    moot: bool = False
    """It contradicts nothing, and there is nothing that it settles."""
