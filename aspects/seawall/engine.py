"""The one way through all floors: from templates to a report, with what a baseline and a what-if add to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict, replace

from seawall.graph import CLASSES, Gap
from seawall.graph.gaps import HIDING, read_percent
from seawall.images.analysis import NOTHING, Earlier, ImageAnalysis
from seawall.retries import Analysis, analyse
from seawall.rules import GAP, AcceptedGap, Acknowledgement, Context, Finding, Judged, Severity, judge, proposals
from seawall.rules.acknowledgements import split_gaps
from seawall.rules.choices import rule_named
from seawall.rules.run import of_limits, of_rules_off
from seawall.services import build
from seawall.settings import (
    DEFAULT_DAYS_BETWEEN_DEPLOYMENTS,
    DEFAULT_MAX_ATTEMPTS,
    DEFAULT_PUSHES_PER_DAY,
    DEFAULT_ROLLBACKS,
    Settings,
    StatedSettings,
)
from seawall.side_effects import MOST_RESOURCES, MOST_SITES, side_effects
from seawall.template import App, InputError, NothingFound, Skipped, load, load_body
from seawall.template.json_reader import no_collection
from seawall.template.parameters import Given, parse_pair

if TYPE_CHECKING:
    from seawall.baseline.entry import Baseline, BaselineComparison
    from seawall.remedies.search import Remedy
    from seawall.remedies.what_if import Proposal


class Report(Judged, frozen=True, dict=True):
    """What was analysed and what was found: what every output format renders."""

    images: ImageAnalysis = NOTHING
    """Empty where images were none of the topics."""
    baseline: BaselineComparison | None = None
    """What became of the findings that were known before; None where no baseline was given."""
    what_if: tuple[tuple[Finding, Proposal], ...] | None = None
    """What can be done about the open findings, and what that brings; None where nobody asked."""
    stated: StatedSettings = StatedSettings()
    """Where the settings come from."""

    @property
    def ok(self) -> bool:
        """No open finding is an error, and every rule ran."""
        return not self.broken and not any(one.severity is Severity.ERROR for one in self.findings)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Files, and what of them, that were left out; what that hides of an app is among the gaps."""
        return tuple(each for each in self.app.skipped if each.hides is None)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Everything that could not be told and that nobody has accepted, what matters first: gaps that touch a site
        which failing work makes run again, then others that touch a site.
        """
        return self._split[0]

    @property
    def accepted_gaps(self) -> tuple[AcceptedGap, ...]:
        """Gaps that an acknowledgement or the baseline accepts."""
        return self._split[1]

    @property
    def read_percent(self) -> int:
        """The share of the sites that no open gap could touch, in whole percents."""
        return read_percent(self.analysis.flow, self.gaps)

    @cached_property
    def left_out(self) -> Mapping[str, int]:
        """Findings that nobody sees because of the settings, by rule: of rules that are off (`select`, `ignore`), and
        of parts of the app in which a rule is (`per-path-ignores`), and of limits that let more pass than by default.
        """
        found = Counter(one.rule for one in self.ignored)
        found.update(of_limits(self))
        found.update(of_rules_off(Context(self.app, self.analysis, self.settings.unrelaxed())))
        return dict(sorted(found.items()))

    @cached_property
    def retried(self) -> frozenset[str]:
        """Sites that run more than once for one event."""
        counts = self.analysis.attempts
        return frozenset(
            name
            for name in self.analysis.flow.sites
            if any(not count.exact or count.value > 1 for count in map(partial(counts.of, name), CLASSES))
        )

    @cached_property
    def _split(self) -> tuple[tuple[Gap, ...], tuple[AcceptedGap, ...]]:
        asked = {gap.place for gap in self.images.gaps}  # the question says more than that nothing resolves it
        every = (*(gap for gap in self.analysis.flow.unknown if gap.place not in asked), *self.images.gaps)
        left, accepted, _ = split_gaps(self.app, every, self.accepting_gaps)
        if self.baseline is not None and self.baseline.gaps:
            by = Acknowledgement(GAP, "in the baseline", "", "baseline")
            accepted += tuple(AcceptedGap(gap, by) for gap in left if gap.key() in self.baseline.gaps)
            left = tuple(gap for gap in left if gap.key() not in self.baseline.gaps)
        return tuple(sorted(left, key=lambda gap: (-self.weight(gap), gap.key()))), accepted

    def weight(self, gap: Gap) -> int:
        """How much it matters: 2 on a path with retries or where it may hide some, else 1 where it touches a site."""
        if not gap.touches:
            return 0
        return 2 if gap.what in HIDING or not self.retried.isdisjoint(gap.touches) else 1


def check(
    source: str | Path | Mapping[str, Any] | Iterable[str | Path],
    *,
    max_attempts: int = DEFAULT_MAX_ATTEMPTS,
    rollbacks: int = DEFAULT_ROLLBACKS,
    pushes_per_day: float = DEFAULT_PUSHES_PER_DAY,
    days_between_deployments: int = DEFAULT_DAYS_BETWEEN_DEPLOYMENTS,
    images_per_push: int = 1,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    parameters: Mapping[str, str] | None = None,
    baseline: str | Path | None = None,
) -> Report:
    """Analyse a cloud assembly, templates or one template, and report what is wrong.

    Nothing is printed, nothing exits, and no settings file is read.

    Args:
        source: The path of a cloud assembly, of a template or of a folder of them; several such paths; or a template
            as a mapping.
        max_attempts: How many runs of one function or state, for one event, are fine. At least 1.
        rollbacks: To how many earlier images whatever runs an image must be able to go back. At least 0.
        pushes_per_day: How many builds a repository of images gets per day. Above 0.
        days_between_deployments: How many days one deployment of an image stays. At least 1.
        images_per_push: How many images one push leaves: an index, its platforms, attestations. At least 1.
        select: The only rules to run, by id. All by default.
        ignore: Rules to leave out. None by default.
        parameters: Values that the deployment gives to parameters of the templates, by name.
        baseline: A file that `seawall baseline` wrote: what it covers is in `Report.suppressed`.

    Raises:
        InputError: An input cannot be read, or there is no template; the message names the file and the place in it.
        ValueError: No such rule, or a number that is too small.

    >>> queue = {"Type": "AWS::SQS::Queue"}
    >>> report = check({"Resources": {"Orders": queue}})
    >>> report.ok, report.findings, report.gaps
    (True, (), ())
    """
    settings = Settings(
        max_attempts=max_attempts,
        rollbacks=rollbacks,
        pushes_per_day=pushes_per_day,
        days_between_deployments=days_between_deployments,
        images_per_push=images_per_push,
        select=frozenset(rule_named(name).id for name in _several(select)),
        ignore=frozenset(rule_named(name).id for name in _several(ignore)),
    )
    values = [parse_pair(f"{name}={value}") for name, value in (parameters or {}).items()]
    report = report_of(_loaded(source, values), settings)
    given = {"parameters": [f"{name}={value}" for name, value in (parameters or {}).items()]}
    defaults, chosen = Settings().by_key(), settings.by_key() | {key: value for key, value in given.items() if value}
    by_argument = {key: "argument" for key, value in chosen.items() if value != defaults.get(key)}
    report = replace(report, stated=StatedSettings(given, by_argument))
    if baseline is None:
        return report
    from seawall.baseline.file import read

    return against(report, read(Path(baseline)))


def _several(names: Iterable[str]) -> Iterable[str]:
    return [names] if isinstance(names, str) else names


def _loaded(source: str | Path | Mapping[str, Any] | Iterable[str | Path], values: Sequence[Given]) -> App:
    try:
        if isinstance(source, Mapping):
            return load_body(source, parameters=values)
        return load([source] if isinstance(source, str | Path) else list(source), values)
    except NothingFound as error:
        where = "the mapping" if isinstance(source, Mapping) else str(source)
        raise InputError(where, str(error)) from None


@no_collection()
def report_of(
    app: App,
    settings: Settings | None = None,
    acknowledgements: Iterable[Acknowledgement] = (),
    analysis: Analysis | None = None,
    earlier: Earlier | None = None,
) -> Report:
    """Analyse `app` and judge it by the rules that `settings` choose.

    `acknowledgements` come on top of those that the app itself states; `analysis` is that of the same app, if it has
    been made before; `earlier` tells which images ran before a change, where that is known.
    """
    settings = settings or Settings()
    analysis = analysis or analyse(build(app, settings.reads_code, settings.code_left_out))
    context = Context(app, analysis, settings, earlier)
    acknowledgements = tuple(acknowledgements)
    before = analysis.recounted.sites
    judged = judge(context, acknowledgements)
    sites = sum(entry.effort for entry in analysis.attempts.entries) + analysis.recounted.sites - before
    judged = replace(judged, findings=tuple(_acted_on(context, judged, acknowledgements, sites)))
    return Report(**asdict(judged), images=context.images if settings.about("images") else NOTHING)


def _acted_on(
    context: Context, judged: Judged, acknowledgements: Sequence[Acknowledgement], sites: int
) -> Iterator[Finding]:
    """The findings with their changes as an author writes them, and with what these bring besides.

    `sites`: those that were looked at to judge the app once.
    """
    left = min(MOST_RESOURCES // max(_resources(judged.app), 1), MOST_SITES // max(sites, 1))
    for finding in judged.findings:
        if not finding.changes:
            yield finding
            continue
        from seawall.remedies.recipes.write import written  # few apps need it in a run that finds nothing

        left -= 1
        besides = _besides(context, judged, finding, acknowledgements) if left >= 0 else ()
        fix = finding.fix.with_changes(partial(written, judged.app))
        yield replace(finding, fix=fix, side_effects=besides)


def _resources(app: App) -> int:
    return sum(len(template.resources) for template in app.templates.values())


def _besides(
    context: Context, judged: Judged, finding: Finding, acknowledgements: Sequence[Acknowledgement]
) -> tuple[str, ...]:
    """What making the changes of a finding brings besides, as far as they can be made without their author."""
    from seawall.remedies.definitions import UneditableError

    try:
        return side_effects(judged, judged_with(context, finding.changes, acknowledgements))
    except UneditableError:
        return ()


def judged_with(
    context: Context, changes: Sequence[Remedy], acknowledgements: Sequence[Acknowledgement] = ()
) -> Judged:
    """The app judged again with changes made: those of its templates, and what its code does no more. `UneditableError`
    where one is its author's to decide.
    """
    from seawall.remedies.applying import applied

    gone = {hop for change in changes for hop in change.gone}
    left = [change for change in changes if not change.gone]
    app = applied(context.app, [edit for change in left for edit in change.edits])
    flow = build(app, context.settings.reads_code, context.settings.code_left_out)
    if gone:
        flow = flow.without(hop for hop in flow.hops if (hop.source, hop.kind, hop.target) in gone)
    return judge(replace(context, app=app, analysis=analyse(flow)), acknowledgements)


def besides(report: Judged, finding: Finding) -> tuple[str, ...]:
    """What the changes of a finding bring besides, if they are made: findings that appear then or get worse."""
    return finding.side_effects or _besides(Context.of(report), report, finding, ())


def against(report: Report, baseline: Baseline) -> Report:
    """`report` with what `baseline` covers set apart, and with what it says about the rest."""
    from seawall.baseline.match import compare_with_baseline  # few runs have one

    findings, suppressed, said = compare_with_baseline(report, baseline)
    return replace(report, findings=findings, suppressed=suppressed, baseline=said)


def with_what_if(report: Report) -> Report:
    """`report` with what each fix of an open finding would bring."""
    context = Context.of(report)
    return replace(report, what_if=tuple(proposals(context, report.findings)))
