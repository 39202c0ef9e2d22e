"""The validation plugin: one per app, through which all its guards answer the CDK, and the form in which they do.

Never an exception: the CDK would swallow one, print nothing and exit 0.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Protocol

import aws_cdk as cdk
import jsii

from seawall._version import __version__
from seawall.cost.wording import said
from seawall.graph import Place
from seawall.graph.gaps import advice
from seawall.report.acknowledging import acknowledging
from seawall.report.deliveries import told_path
from seawall.report.path_drawing import draw
from seawall.report.plain_lines import WIDE, stop_lines
from seawall.report.written_edits import blocks_by_part
from seawall.rules import GAP, Finding, Severity
from seawall.rules.fixes import FIX
from seawall.rules.unmatched_acknowledgement import RULE as UNMATCHED
from seawall.settings import Settings
from seawall.template import PLUGIN, InputError, NothingFound

from .scoped_findings import GuardedScope, ScopedFinding, ScopedGaps, around, scoped_findings, scoped_gaps, within
from .synthesis import LEFT_OUT, Synthesis

FAILING = frozenset({"error", "fatal"})
"""Severities at which `cdk synth` fails."""

_SEVERITIES = {Severity.NOTE: "info", Severity.WARNING: "warning", Severity.ERROR: "error"}
_OFFER = (
    "note: to begin in an app that has a past: `seawall baseline` writes down what is there, and with `baseline` in "
    "seawall.toml only what is new or worse fails\n"
)
_MOST_LISTED = 20
"""Places of one gap that are listed."""
_silent: ContextVar[bool] = ContextVar("seawall_silent", default=False)
_plugins: dict[object, ValidationPlugin] = {}
"""By the app's identity. They stay as long as the process, as everything does that jsii knows."""


class Named:
    """Name and version, as properties of the class: the CDK sees no attributes of objects."""

    @property
    def name(self) -> str:
        """The first part of each rule's id in the CDK."""
        return PLUGIN

    @property
    def version(self) -> str:
        """The version of Seawall."""
        return __version__


class PluginMember(Protocol):
    """What the plugin wants of a guard."""

    settings: Settings
    fail_on_gaps: bool
    asked: bool

    def scopes(self, root: cdk.Stage) -> tuple[str, ...]:
        """The construct paths that it was attached to."""


@jsii.implements(cdk.IPolicyValidationPlugin)
class ValidationPlugin(Named):
    """The validation plugin that answers for all guards of an app, in one report."""

    def __init__(self, root: cdk.Stage) -> None:
        self._root = root
        self._members: list[PluginMember] = []
        self._stamp: object = None
        self._offered = False
        self._synthesis: Synthesis | None = None

    def join(self, guard: PluginMember) -> None:
        """Answer for `guard` too."""
        if not self._members:
            cdk.Validations.of(self._root).add_plugins(self)
        if not any(guard is member for member in self._members):
            self._members.append(guard)

    @property
    def rule_ids(self) -> list[str]:
        """The rules that run."""
        return sorted({rule for member in self._members for rule in member.settings.select})

    def validate(self, _context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Called by the CDK once the templates are written."""
        for member in self._members:
            member.asked = True
        report = answer(lambda: self, lambda _: self._cases())
        if not report.success:
            self._offer_baseline()
        self._note_left_out()
        return report

    def _note_left_out(self) -> None:
        """What settings keep from being said is said in one line."""
        said = {} if self._synthesis is None or _silent.get() else self._synthesis.inputs()
        if LEFT_OUT in said:
            with suppress(OSError, ValueError):
                sys.stderr.write(f"note: Seawall's findings {LEFT_OUT}: {said[LEFT_OUT]}\n")

    def _offer_baseline(self) -> None:
        """An app with a past fails at first on much that is known: say how to begin, once."""
        if not self._offered and not _silent.get() and self._synthesis is not None and self._synthesis.knows_nothing:
            self._offered = True
            with suppress(OSError, ValueError):
                sys.stderr.write(_OFFER)

    def _cases(self) -> list[GuardedScope]:
        return [GuardedScope(one.settings, one.scopes(self._root), one.fail_on_gaps) for one in self._members]

    def directory(self) -> Path:
        """Where the app is being written."""
        return Path(self._root.outdir).absolute()

    def synthesis(self, directory: Path) -> Synthesis:
        """The synthesis in progress there, read by whoever asks first."""
        stamp = (directory, (directory / "manifest.json").stat().st_mtime_ns)
        if self._synthesis is None or stamp != self._stamp:
            self._synthesis, self._stamp = Synthesis.read(self._root, directory), stamp
        return self._synthesis


def plugin_of(root: cdk.Stage) -> ValidationPlugin:
    """The plugin of the app `root`."""
    identity = _identity(root)
    if identity not in _plugins:
        _plugins[identity] = ValidationPlugin(root)
    return _plugins[identity]


def same(one: object, other: object) -> bool:
    """Whether two Python objects stand for the same construct: jsii may make a new one for each answer."""
    return one is other or _identity(one) == _identity(other)


def _identity(construct: object) -> object:
    return getattr(getattr(construct, "__jsii_ref__", None), "ref", None) or id(construct)


def answer(
    plugin: Callable[[], ValidationPlugin], cases: Callable[[Synthesis], Sequence[GuardedScope]]
) -> cdk.PolicyValidationPluginReport:
    """The report on an app for some cases; whatever goes wrong becomes a violation of its own."""
    if _silent.get():
        return _report([], {})
    directory: Path | None = None
    try:
        here = plugin()
        directory = here.directory()
        synthesis = here.synthesis(directory)
        asked = cases(synthesis)
        found = [violation(synthesis, each) for each in scoped_findings(synthesis, asked)]
        gaps = [gap_violation(synthesis, each) for each in scoped_gaps(synthesis, asked)]
        return _report([*found, *gaps], synthesis.inputs())
    except NothingFound:
        return _report([], {})
    except Exception as error:
        return _report([_no_verdict(error, directory)], {})


@contextmanager
def silenced() -> Iterator[None]:
    """While this lasts, guards say nothing and note nothing: somebody else reads the app."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def _report(violations: list[cdk.PolicyViolation], metadata: dict[str, str]) -> cdk.PolicyValidationPluginReport:
    return cdk.PolicyValidationPluginReport(
        success=not any(one.severity in FAILING for one in violations),
        violations=violations,
        plugin_version=__version__,
        metadata=metadata,
    )


def _no_verdict(error: Exception, directory: Path | None) -> cdk.PolicyViolation:
    """Fatal, so that `cdk synth` fails and nobody can acknowledge it away."""
    if os.environ.get("SEAWALL_DEBUG"):
        traceback.print_exception(error)
    file = directory / "manifest.json" if directory else None
    if isinstance(error, InputError):
        file = Path(error.path)
        what = str(error)
        fix = "synthesize again into an empty directory; if that does not help, it is a mistake in Seawall: report it"
    else:
        what = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}{_raised_at(error)}"
        fix = "this is a mistake in Seawall, not in the app: report it, with what SEAWALL_DEBUG=1 makes it print"
    return cdk.PolicyViolation(
        rule_name="analysis-failed",
        severity="fatal",
        description=" ".join(f"there is no verdict, because the app could not be analysed: {what}".split()),
        fix=f"{fix}\nto go on without a verdict, remove the guard from the app",
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id="(no verdict)", template_path=str(file) if file else None, locations=[]
            )
        ],
    )


def _raised_at(error: Exception) -> str:
    """The last line of ours on the way to the error."""
    package = Path(__file__).parents[1]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if package in Path(frame.filename).parents:
            return f" ({Path(frame.filename).relative_to(package.parent).as_posix()}, line {frame.lineno})"
    return ""


def violation(synthesis: Synthesis, scoped: ScopedFinding) -> cdk.PolicyViolation:
    """One violation with one violating resource, as the CDK prints a block for each pair.

    The CDK prints the description with the plugin's name behind it, so it is one line; what can be pasted follows the
    fix, and then why, line by line, as in the text of a check. What to do at once comes last: who synthesizes has the
    code at hand.
    """
    finding = synthesis.names.finding(scoped.finding)
    first = finding.headline
    why = _path(synthesis, scoped.finding)
    why += [*(f"= {line}" for line in finding.facts), *(f"| {line}" for line in finding.events)]
    why += [f"= {line}" for line in finding.assumptions]
    if finding.cost is not None and (price := said(finding.cost)):
        why.append(f"= price: {price}")
    parts, to_do = finding.fix.parts, list[str]()
    for part, written in zip(parts, blocks_by_part(synthesis.app, scoped.finding), strict=True):
        label = part.label.removeprefix(f"{FIX}, ")  # the CDK says "Suggested fix: " before all of it
        to_do += [part.said if label == FIX else f"{label}: {part.said}", *part.notes]
        accepting = acknowledging(synthesis.app, scoped.finding) if part.label == finding.fix.accept else ()
        to_do += [line for block in (*written, *accepting) for line in block.told.splitlines()]
    besides = [f"side effect: {line}" for line in finding.side_effects]
    now = stop_lines(finding.stop_now)
    fix = [*(to_do or [f"see: seawall explain {finding.rule}"]), *besides, *why, *now]
    return cdk.PolicyViolation(
        rule_name=finding.rule,
        severity=_SEVERITIES[finding.severity],
        description=first,
        fix="\n".join(fix),
        rule_metadata=_metadata(scoped),
        violating_resources=[_resource(synthesis, scoped)],
    )


def _path(synthesis: Synthesis, finding: Finding) -> list[str]:
    """The path, a line for each station, as a check draws it."""
    if synthesis.first is None or len(finding.trace) < 2:
        return []
    told = told_path(synthesis.first.analysis.flow, synthesis.names, finding.trace)
    return [line.plain.rstrip() for line in draw(synthesis.app, told, WIDE, margin=0)]


def gap_violation(synthesis: Synthesis, gaps: ScopedGaps) -> cdk.PolicyViolation:
    """One violation for all gaps of one cause: a line that says how many, and then where they are."""
    number = len(gaps.entries)
    each = sorted({" ".join(filter(None, (entry.site, entry.property))) for entry in gaps.entries})
    more = [f"and {len(each) - _MOST_LISTED} more: seawall check -v"] if len(each) > _MOST_LISTED else []
    steps = dict.fromkeys(advice(entry) for entry in gaps.entries)
    return cdk.PolicyViolation(
        rule_name=GAP,
        severity="error" if gaps.fails else "warning",
        description=f"not understood, so that a figure may be too low: {gaps.why} ({number:,} x)",
        fix="\n".join([*steps, "it is at", *each[:_MOST_LISTED], *more]),
        rule_metadata={"count": str(number), "sites": json.dumps(sorted({entry.site for entry in gaps.entries}))},
        violating_resources=[_construct(synthesis, gaps.path)],
    )


def _resource(synthesis: Synthesis, scoped: ScopedFinding) -> cdk.PolicyViolatingResource:
    finding, accepted = scoped.finding, scoped.accepted
    if finding.rule == UNMATCHED.id and not finding.place.property:
        return _construct(synthesis, scoped.path)
    if accepted is not None and not around(accepted.where, scoped.path):
        # Accepted by those who send the event here: the CDK finds an acknowledgement from the inside outwards only.
        return cdk.PolicyViolatingResource(construct_path=accepted.where, locations=[])
    address = finding.place.address
    template = synthesis.app.templates[address.template]
    name = address.logical_id
    if accepted is None and not synthesis.enforced(template):
        # `cdk synth` passes over whatever is within a Stage of the app, unless it stands where no construct is.
        name = f"{scoped.path} ({name})"
    return cdk.PolicyViolatingResource(
        resource_logical_id=name,
        template_path=str(Path(template.path).absolute()),
        locations=_locations(synthesis, finding.place),
    )


def _construct(synthesis: Synthesis, path: str) -> cdk.PolicyViolatingResource:
    if within(synthesis.enforced_stacks, path):
        return cdk.PolicyViolatingResource(construct_path=path, locations=[])
    return cdk.PolicyViolatingResource(
        resource_logical_id=path or "(the app)",
        template_path=str(synthesis.directory / "manifest.json"),
        locations=[],
    )


def _locations(synthesis: Synthesis, place: Place) -> list[str]:
    """The path of the property in the template."""
    if not place.property:
        return []
    resource = synthesis.app.resource(place.address)
    first = place.property.partition(".")[0].partition("[")[0]
    below = [] if resource is not None and first not in resource.properties and first == "Metadata" else ["Properties"]
    return [".".join([*below, place.property])]


def _metadata(scoped: ScopedFinding) -> dict[str, str]:
    """What programs want to know, under the names of the JSON report. The CDK takes nothing but strings."""
    finding = scoped.finding
    facts: dict[str, object] = {
        "confidence": finding.confidence.value,
        "failure": finding.failure.value if finding.failure else None,
        "attempts": finding.attempts,
        "site": finding.site,
        "construct_path": scoped.path or None,
        "logical_id": finding.place.address.logical_id or None,
        "template": finding.place.address.template or None,
        "property": finding.place.property or None,
        "also": json.dumps(finding.also) if finding.also else None,
        "trace": _trace(finding) if finding.trace else None,
        "fingerprint": scoped.fingerprint,
    }
    return {name: str(fact) for name, fact in facts.items() if fact is not None}


def _trace(finding: Finding) -> str:
    marks = [
        {
            "site": mark.site,
            "tries": mark.tries,
            "note": mark.note,
            "hop": mark.hop,
            "awaits": mark.awaits,
            **({"copies": mark.copies} if mark.copies != 1 else {}),
        }
        for mark in finding.trace
    ]
    return json.dumps(marks, separators=(",", ":"))
