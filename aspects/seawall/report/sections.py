"""What a report says besides its findings: accepted ones, unknown settings, skipped inputs, and all figures."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from seawall.baseline.entry import DROP
from seawall.baseline.match import BY
from seawall.engine import Report
from seawall.graph import CLASSES, Gap, GapKind, SiteKind
from seawall.graph.durations import in_words
from seawall.graph.gaps import advice
from seawall.paths import below
from seawall.retries import Count
from seawall.retries.wording import beside
from seawall.rules import Severity, Suppressed
from seawall.rules.image_unknown import RULE as IMAGE_UNKNOWN
from seawall.words import plural, some

from .deliveries import class_words
from .entries import in_file
from .format import Screen
from .images import images_of
from .names import Names
from .places import locate
from .styled_text import PROSE_WIDTH, Line, say, wrap
from .what_if import edits, headline, imperative, ranked
from .what_if import figures as figures_of

_WEIGHTS = {
    2: "could not be read, and events pass there: findings may be missing, or figures too low",
    1: "could not be read, where no retry is known: findings about it may be missing",
    0: "could not be read, which changes no figure",
}
_ASKED = "a question about an image, which a finding asks (image-unknown)"
_NAMED = 3
"""Whose gap it is, as far as they are named."""
_SHORT = 5
"""Entries of a list that are shown unless everything is asked for."""


class Sections(Struct, frozen=True):
    """The parts of the text of a report; each is empty where there is nothing to say."""

    report: Report
    screen: Screen
    names: Names

    def broken(self) -> list[Line]:
        """Rules that raised an error of their own."""
        found = self.report.broken
        if not found:
            return []
        what = f"broken: {plural(len(found), 'rule')} could not run; what they look for is not known"
        return self._title(what) + [line for one in found for line in self._entry((one.rule, "bold"), f": {one.why}")]

    def acknowledged(self) -> list[Line]:
        """Findings that somebody has accepted, each with the reason."""
        found = [each for each in self.report.suppressed if each.by.by != BY]
        if not found:
            return []
        lines = self._title(f"acknowledged: {plural(len(found), 'finding')}")
        return lines + [line for each in found for line in self._entry(*_accepted(each))]

    def in_baseline(self) -> list[Line]:
        """Findings that the baseline covers, those that changed first."""
        covered = [each for each in self.report.suppressed if each.by.by == BY]
        if not covered:
            return []
        lines = self._title(f"in the baseline: {plural(len(covered), 'finding')}")
        return lines + self._listed([_accepted(each) for each in sorted(covered, key=_unchanged)])

    def gone(self) -> list[Line]:
        """Entries of the baseline that match nothing any more, and those of which that cannot be told."""
        known = self.report.baseline
        if known is None:
            return []
        lines: list[Line] = []
        if known.gone:
            lines += self._title(f"gone: {plural(len(known.gone), 'entry')} of {known.name}; {DROP}")
            lines += self._listed([((what, "bold"), f": {why}") for what, why in (one.line for one in known.gone)])
        if known.unclear:
            lines += self._title(f"unclear: {plural(len(known.unclear), 'entry')} of {known.name} cannot be compared")
            lines += self._listed([((what, "bold"), f": {said}") for what, said in (one.line for one in known.unclear)])
        return lines

    def unknown(self) -> list[Line]:
        """What could not be told, by cause or one by one: first what could touch the figure of something retried."""
        report, verbose = self.report, self.screen.verbose
        lines: list[Line] = []
        told: set[str] = set()
        for weight, meaning in _WEIGHTS.items():
            found = [gap for gap in report.gaps if report.weight(gap) == weight]
            if found:
                lines += self._title(f"unknown: {plural(len(found), 'thing')} {meaning}")
                lines += self._with_advice(found, told) if weight else self._told(found)
        if not verbose and len({gap.why for gap in report.gaps}) < len(report.gaps):
            lines += self._entry(("-v says where each of them stands", "dim"))
        accepted = report.accepted_gaps
        if accepted:
            lines += self._title(f"accepted as unknown: {plural(len(accepted), 'thing')}")
            lines += self._listed(
                [
                    ((each.gap.site, "bold"), f": {each.by.reason or 'no reason given'}", (f" ({each.by.by})", "dim"))
                    for each in accepted
                ]
            )
        return lines

    def _with_advice(self, found: Sequence[Gap], told: set[str]) -> list[Line]:
        """Gaps, and below those of which one thing is to be done what that is, said once; `told`: what was said."""
        by_advice: dict[str, list[Gap]] = {}
        for gap in found:
            by_advice.setdefault(advice(gap), []).append(gap)
        lines: list[Line] = []
        for step, gaps in sorted(by_advice.items(), key=lambda pair: -len(pair[1])):
            lines += self._told(gaps)
            lines += [] if step in told else self._entry((f"to do: {step}", "dim"))
            told.add(step)
        return lines

    def _told(self, found: Sequence[Gap]) -> list[Line]:
        return self._each(found) if self.screen.verbose else self._causes(found)

    def _each(self, found: Sequence[Gap]) -> list[Line]:
        lines: list[Line] = []
        for gap in found:
            lines += self._entry((_whose([gap]), "bold"), f": {gap.why}", (self._at(gap), "dim"))
        return lines

    def _causes(self, found: Sequence[Gap]) -> list[Line]:
        asked = any(finding.rule == IMAGE_UNKNOWN.id for finding in self.report.findings)
        whys = (_ASKED if gap.what is GapKind.IMAGE and asked else gap.why for gap in found)
        whose: dict[str, list[Gap]] = {}
        for gap, why in zip(found, whys, strict=True):
            whose.setdefault(why, []).append(gap)
        causes = sorted(whose.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        return self._listed([((_whose(gaps), "bold"), f": {why}", (self._at(*gaps), "dim")) for why, gaps in causes])

    def _at(self, first: Gap, *others: Gap) -> str:
        """Where a single gap stands."""
        return f" ({in_file(locate(self.report.app, first.place))})" if first.place and not others else ""

    def skipped(self) -> list[Line]:
        """Inputs that were left out, with the reason for each."""
        left_out = sorted(self.report.skipped, key=lambda entry: (entry.path, entry.why))
        if not left_out:
            return []
        told = [((below(entry.path), "bold"), f": {entry.why}") for entry in left_out]
        if len(told) == 1:
            return self._title("skipped: ", *told[0])
        return self._title(f"skipped: {plural(len(left_out), 'file')}") + self._listed(told)

    def ruled_out(self) -> list[Line]:
        """Deliveries that were suggested and that no event can take, each with the reason."""
        flow = self.report.analysis.flow
        found = sorted(flow.ruled_out, key=lambda each: (each.source, each.target, each.kind, each.why))
        if not found:
            return []
        lines = self._title(f"ruled out: {plural(len(found), 'delivery')} that no event can take")
        for each in found:
            way = f"{each.source} -> {each.target}"
            lines += self._entry((way, "bold"), f": {each.why}", (f" ({each.kind})", "dim"))
        return lines

    def figures(self) -> list[Line]:
        """How often everything that does work runs at worst, by kind of failure."""
        analysis = self.report.analysis
        lines: list[Line] = []
        for name, site in sorted(analysis.flow.sites.items()):
            if not site.works:
                continue
            found = analysis.figure(name, CLASSES[0])
            counts = {failure: _said(analysis.attempts.of(name, failure)) for failure in CLASSES}
            same = len(set(counts.values())) == 1
            of_lambda = site.kind == SiteKind.FUNCTION
            each = (f"{class_words(failure, of_lambda=of_lambda)} {runs}" for failure, runs in counts.items())
            runs = counts[CLASSES[0]] if same else ", ".join(each)
            if not all(analysis.attempts.exact(name, failure) for failure in CLASSES):
                runs = f"at most {runs}"
            outlived = analysis.abandoned.get(name)
            runs += "" if outlived is None else f", {beside(outlived)}"
            after = "" if not found.seconds else f", over {in_words(found.seconds)}"
            lines += self._entry((name, "bold"), f": {runs}{after}", (f", from {found.main.entry}", "dim"))
        return [*self._title("runs for one event at worst, by kind of failure:"), *lines] if lines else []

    def what_if(self) -> list[Line]:
        """For each finding the smallest sets of changes that mend it, and what each brings."""
        width = min(self.screen.width, PROSE_WIDTH)
        lines: list[Line] = []
        told_before: set[str] = set()
        for finding, proposal in self.report.what_if or ():
            lines += self._entry((headline(finding, proposal), "bold"))
            same = "; ".join(imperative(outcome) for _, outcome in ranked(proposal))
            if same in told_before:
                lines += wrap(say("as above"), width, "    ")
                continue
            told_before.add(same)
            for rank, outcome in ranked(proposal):
                lines += wrap(self._say((rank, "bold"), f" {imperative(outcome)}"), width, "    ", "       ")
                told = [line for change in outcome.changes for line in edits(self.report, change)]
                shown = told if self.screen.verbose or len(told) <= _SHORT + 1 else told[:_SHORT]
                more = [f"and {len(told) - len(shown):,} more (-v lists all)"] if len(shown) < len(told) else []
                for line in [*shown, *more]:
                    lines += wrap(self._say((line, "dim")), self.screen.width, "       ", "         ")
                for line in figures_of(outcome):
                    lines += wrap(self._say(line), width, "       = ", "         ")
        title = "what if: the fewest changes that mend a finding, each made in the model and counted again"
        return [*self._title(title), *lines] if lines else []

    def images(self) -> list[Line]:
        """What becomes of each image in use, and why."""
        lines: list[Line] = []
        for entry in images_of(self.report):
            name = f"{entry['consumer']} {entry['repository']}{entry['reference']}"
            lines += self._entry((name, "bold"), f": {entry['verdict']}", (f", {entry['why']}", "dim"))
        return [*self._title("images in use, and what lifecycle policies do to them:"), *lines] if lines else []

    def statistics(self) -> list[Line]:
        """How many open findings each rule has, and the worst figure among them: the most severe first."""
        counted: dict[tuple[Severity, str], list[int]] = {}
        for one in self.report.findings:
            counted.setdefault((one.severity, one.rule), []).append(one.attempts or 0)
        lines = []
        ordered = sorted(counted.items(), key=lambda pair: (-pair[0][0], -len(pair[1]), pair[0][1]))
        for (severity, rule), figures in ordered:
            worst = f"  at worst {plural(max(figures), 'run')}" if max(figures) > 1 else ""
            lines.append(say(f"{len(figures):>6,}  {severity.word:<7}  {rule}{worst}"))
        return lines

    def _listed(self, entries: Sequence[tuple[str | tuple[str, str], ...]]) -> list[Line]:
        shown = entries if self.screen.verbose or len(entries) <= _SHORT + 1 else entries[:_SHORT]
        lines = [line for entry in shown for line in self._entry(*entry)]
        if len(shown) < len(entries):
            lines += self._entry((f"and {len(entries) - len(shown):,} more (-v lists all)", "dim"))
        return lines

    def _title(self, text: str, *more: str | tuple[str, str]) -> list[Line]:
        return wrap(say((text, "bold"), *more), min(self.screen.width, PROSE_WIDTH), hang="  ")

    def _entry(self, *parts: str | tuple[str, str]) -> list[Line]:
        return wrap(self._say(*parts), min(self.screen.width, PROSE_WIDTH), "  ", "    ")

    def _say(self, *parts: str | tuple[str, str]) -> Line:
        """A line with short names."""
        short = self.names.short
        return say(*(short(part) if isinstance(part, str) else (short(part[0]), part[1]) for part in parts))


def _accepted(each: Suppressed) -> tuple[str | tuple[str, str], ...]:
    reason = each.by.reason or "no reason given"
    return (each.finding.rule, "bold"), f" at {each.finding.site}: {reason}", (f" ({each.by.by})", "dim")


def _whose(gaps: Sequence[Gap]) -> str:
    """Whose gap it is, each once, and how often where one has several; of a single one, what of it as well."""
    if len(gaps) == 1:
        return " ".join(filter(None, (gaps[0].site, gaps[0].property if gaps[0].what is not GapKind.ROLE else "")))
    each = list(dict.fromkeys(gap.site for gap in gaps))
    return some(each, _NAMED) if len(each) == len(gaps) else f"{some(each, _NAMED)} ({len(gaps):,} x)"


def _unchanged(each: Suppressed) -> bool:
    return not each.by.changed


def _said(count: Count) -> str:
    if not count.exact:
        return f"at least {count.value:,}" if count.value > 1 else f"no count (bounded by {count.bounded_by.word})"
    return f"{count.value:,}"
