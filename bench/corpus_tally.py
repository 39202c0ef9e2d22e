"""What came of one app, and of many: counters only."""

from __future__ import annotations

import re
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from seawall.engine import Report, report_of
from seawall.services import read
from seawall.template import App, InputError, NothingFound, load
from seawall.template.asl import is_own_file
from seawall.template.definition_files import definition_files

from .corpus_layout import Unit
from .corpus_wires import PERSON, SERVER, Outcomes, wires

_SAM = "AWS::Serverless-2016-10-31"
_CAUSES = (
    (re.compile(r"\s+"), " "),
    (re.compile(r"parameter [\w:]+ has no default"), "a parameter has no default"),
    (re.compile(r"is \{.*, which only the deployment knows"), "is text that only the deployment knows"),
    (re.compile(r"^\w+ is chosen when the state runs.*"), "is chosen when the state runs"),
    (re.compile(r"is chosen by each request.*"), "is chosen by each request"),
    (re.compile(r"lies in [^,]+,"), "lies in a place"),
    (re.compile(r"cannot be read: .*?: no such file.*"), "cannot be read: no such file"),
    (re.compile(r"template \(\S+\) is"), "template is"),
    (re.compile(r"(nested stack|resource|macro) \S+?(?=[ :])"), r"\1 …"),
    (re.compile(r"AWS::Include at \S+ is not expanded: \S+: "), "AWS::Include at … is not expanded: "),
    (re.compile(r"^\S+ stands twice.*(: the last|: which)"), r"a key stands twice\1"),
    (re.compile(r"^\d+:\d+: "), ""),
    (re.compile(r"can a lifecycle policy delete .*\? Its"), "can a lifecycle policy delete …? Its"),
    (re.compile(r"which repository holds .*"), "which repository holds the image?"),
    (re.compile(r"handler \S+$"), "handler"),
    (re.compile(r"the code of .* is not here.*"), "the code is not here"),
    (re.compile(r"code in .* is not read.*"), "code in this language is not read"),
    (re.compile(r"what its code sends, and .*, was not checked: .*"), "its role allows what it does not name"),
    (re.compile(r"the role allows .*, on which .* may act:.*"), "its role allows a call on which something may act"),
    (
        re.compile(r"the role allows .* stands in none of.*"),
        "its role allows code to connect what no template connects",
    ),
    (re.compile(r"the role( \(.*\))? is in none of the templates.*"), "its role is in none of the templates"),
    (re.compile(r"a policy of the role .* is in none of.*"), "a policy of its role is in none of the templates"),
    (re.compile(r"the environment names .*: whether the code sends.*"), "its environment names an API, a URL or a log"),
    (
        re.compile(r"its role \(.*\) lets it send to or read .*"),
        "it is not followed, and its role lets it send or read",
    ),
    (re.compile(r"the code calls .*, on which .* may act:.*"), "the code makes a call on which something may act"),
    (re.compile(r"the code calls .* stands in none of.*"), "the code connects what no template connects"),
    (re.compile(r"the code may call .* over HTTP:.*"), "the code may call something of the app over HTTP"),
    (re.compile(r"is on events of aws\..* may cause some by .*"), "what it starts may cause the events that it is on"),
    (
        re.compile(r"(the role allows|the code calls) .*, of which .* tells:.*"),
        "code may change objects that are told of",
    ),
    (re.compile(r"its role allows sqs:ReceiveMessage on .*"), "its role allows it to read a queue by itself"),
    (
        re.compile(r"its role allows it to read the stream of .*"),
        "its role allows it to read a table's stream by itself",
    ),
    (re.compile(r"its role allows sqs:StartMessageMoveTask on .*"), "its role allows it to move messages back"),
    (re.compile(r"is on a metric that .* may write,.*"), "its action leads back to what may write its metric"),
    (re.compile(r"connector \S+ of \S+ is left out by SAM: .*"), "a connector is left out by SAM"),
    (re.compile(r"runs the program \S+, which.*"), "the code runs a program"),
    (re.compile(r"^(Ref|Fn::\w+) stands beside other keys.*"), "a function stands beside other keys"),
    (
        re.compile(r"only \S+ ends the rounds of .*"),
        "what ends the rounds of what is sent back is not counted in the machine",
    ),
    (re.compile(r"how long it waits is chosen .*"), "how long it waits is chosen when the state runs"),
    (
        re.compile(r"(no resource .* has it, and it )?lets code send to or read .*"),
        "nothing has the role, which lets code send or read",
    ),
    (re.compile(r"watches .*, where its own action leads back.*"), "its action leads back to what it watches"),
    (re.compile(r"names .* and .*: a custom resource that .*"), "a custom resource that may connect something"),
    (re.compile(r"[\d,]+ functions share it.*"), "several functions share the role"),
    (re.compile(r"names .*, and an (\S+) is not followed"), r"names something of the app, and an \1 is not followed"),
    (re.compile(r"event \S+ of \S+ is left out by SAM: .*"), "an event is left out by SAM"),
    (re.compile(r"not (YAML|JSON): .*"), r"not \1"),
    (re.compile(r"'[^']*'|\d+(\.\d+)*"), "…"),
)


REACH = {2: "a site that is retried", 1: "a site", 0: "no figure"}
"""By the weight of a gap: what it could touch."""


@dataclass(slots=True)
class Tally:
    """Counts of one app or, added up, of several."""

    sites: Counter[str] = field(default_factory=Counter)
    hops: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind and evidence; without those that only lead from a container to its steps."""
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By type of resource and cause."""
    gaps: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By what is not understood, and what it could touch."""
    runs: Counter[str] = field(default_factory=Counter)
    """How a run ends, and what of it is not understood."""
    wires: Counter[str] = field(default_factory=Counter)
    missed: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Wires that are no hop, by kind, type of resource and cause."""
    findings: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    """Parts that were left out of an analysis, by cause."""

    def add(self, other: Tally) -> None:
        """Count what `other` counted, too."""
        self.sites += other.sites
        self.hops += other.hops
        self.unknown += other.unknown
        self.gaps += other.gaps
        self.runs += other.runs
        self.wires += other.wires
        self.missed += other.missed
        self.findings += other.findings
        self.verdicts += other.verdicts
        self.left_out += other.left_out


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one app."""

    unit: Unit
    kind: str
    """What it is, in words; of a refused file, what it would be by its name."""
    seconds: float
    tally: Tally = field(default_factory=Tally)
    refused: str = ""
    """The reason given, if it was not analysed."""
    crash: str = ""
    """The traceback, if there was one: a defect."""
    holds: frozenset[Path] = frozenset()
    """Further files that were read as parts of it."""


def run(unit: Unit, tree: Path) -> Outcome:
    """Analyse one app, whatever comes of it."""
    started = time.perf_counter()
    kind = "cloud assembly" if unit.form == "assembly" else unit.form
    try:
        report = report_of(load([unit.path]))
        tally = tallied(report)
        kind = _kind(unit, report.app)
        return Outcome(unit, kind, time.perf_counter() - started, tally, holds=_holds(unit, report.app))
    except (InputError, NothingFound) as error:
        why = str(error).replace(f"{unit.path}/", "").replace(f"{tree}/", "")
        why = re.sub(rf"^{re.escape(unit.name)}: ?", "", why)
        return Outcome(unit, kind, time.perf_counter() - started, refused=why)
    except Exception:
        return Outcome(unit, kind, time.perf_counter() - started, crash=traceback.format_exc())


def tallied(report: Report) -> Tally:
    """Everything in a report, counted."""
    found, app, flow = Tally(), report.app, report.analysis.flow
    found.sites.update(site.kind for site in flow.sites.values())
    found.hops.update((hop.kind, hop.evidence.word) for hop in flow.hops if hop.kind != "state")
    for unknown in report.gaps:
        resource = app.resource(unknown.place.address) if unknown.place else None
        found.unknown[resource.type if resource else "", cause(unknown.why)] += 1
        found.gaps[unknown.what.value, REACH[report.weight(unknown)]] += 1
    touched = any(gap.touches for gap in report.gaps)
    known = "something that could touch a figure" if touched else "what can touch none" if report.gaps else "nothing"
    found.runs[f"{'passes' if report.ok else 'fails'}, not understood: {known}"] += 1
    outcomes = Outcomes(read(app))
    for wire in wires(app):
        found.wires[wire.kind] += 1
        why = None if wire.kind in (PERSON, SERVER) else outcomes.why_not(wire)
        if why is not None:
            found.missed[wire.kind, wire.type, cause(why)] += 1
    found.findings.update((finding.rule, finding.severity.word) for finding in report.findings)
    found.verdicts.update(str(used.judgement.verdict) for used in report.images.used)
    found.left_out.update(cause(skipped.why) for skipped in report.skipped)
    return found


def cause(why: str) -> str:
    """A reason without what is particular to one template.

    >>> cause("parameter BusName has no default")
    'a parameter has no default'
    """
    for pattern, instead in _CAUSES:
        why = pattern.sub(instead, why)
    return why.strip()


def _kind(unit: Unit, app: App) -> str:
    if unit.form != "file":
        return "cloud assembly" if unit.form == "assembly" else unit.form
    first = next(iter(app.templates.values()))
    if is_own_file(first.body):
        return "state machine definition"
    language = "JSON" if unit.path.suffix.lower() == ".json" else "YAML"
    sam = _SAM in unit.path.read_text("utf-8", "replace")
    return f"{'SAM' if sam else 'CloudFormation'} template, {language}"


def _holds(unit: Unit, app: App) -> frozenset[Path]:
    own = unit.path.resolve()
    paths = [Path(template.path) for template in app.templates.values()]
    used = [path for template in app.templates.values() for path in _definitions(template.body, Path(template.path))]
    return frozenset(path.resolve() for path in [*paths, *used]) - {own}


def _definitions(body: object, path: Path) -> list[Path]:
    return list(definition_files(body, path.parent)) if isinstance(body, dict) else []
