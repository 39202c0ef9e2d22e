"""How often code runs at worst, as Seawall itself works it out, before there is a template.

What a construct is about to make is written down as a small template and analysed by the engine behind the guard, so
that what a construct promises and what the guard finds cannot differ. Nothing here knows the CDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.engine import Report, report_of
from seawall.graph import CLASSES, SiteKind
from seawall.retries import Figure
from seawall.retries.wording import derivation, layer_site, times
from seawall.rules import Finding, Severity
from seawall.rules.retry_loop import RULE as RETRY_LOOP
from seawall.rules.wording import FAILS
from seawall.settings import Settings
from seawall.template.build import UnlinkedTemplate, build

Json = Any


@dataclass(frozen=True, slots=True)
class Sketch:
    """The resources that decide how often something runs, in the form of a template."""

    stack: str
    resources: Mapping[str, Json]

    def report(self, max_attempts: int) -> Report:
        """What Seawall says about them."""
        # A folder that is not there, so that no files of assets are looked for.
        folder = Path("(sketch)")
        draft = UnlinkedTemplate(
            folder / f"{self.stack}.template.json", folder, {"Resources": dict(self.resources)}, self.stack
        )
        return report_of(build([draft], []), Settings(max_attempts=max_attempts, topics=frozenset({"retries"})))


def worst_case(sketch: Sketch, *, max_attempts: int, queue: str, queue_owns: bool, changeable: str) -> int:
    """The most runs of any function or state for one event, whatever fails and however it does.

    Args:
        sketch: What is to be made.
        max_attempts: The promise.
        queue: The queue's site.
        queue_owns: Whether the queue is the one owner of the retry, or whoever is behind it.
        changeable: The settings that can be changed, for messages.

    Raises:
        ValueError: There are more runs, or no end of them, or a second layer tries again too. It shows the figure.
    """
    report = sketch.report(max_attempts)
    _refuse(finding for finding in report.findings if finding.rule == RETRY_LOOP.id)
    figures = sorted(_figures(report), key=lambda figure: figure.count.weight, reverse=True)
    for figure in figures:
        if figure.count.max is None or figure.count.value > max_attempts:
            raise ValueError(
                f"max_attempts={max_attempts} cannot be kept: {_runs(figure)}\n{derivation(figure)}\n"
                f"change {changeable}"
            )
    for figure in figures:
        _one_owner(figure, queue, queue_owns)
    _refuse(finding for finding in report.findings if finding.severity is Severity.ERROR)
    return figures[0].count.value


def _refuse(findings: Iterable[Finding]) -> None:
    for finding in findings:
        raise ValueError(f"{finding.message}\n{finding.fix.text} (Seawall: {finding.rule})")


def _figures(report: Report) -> Iterator[Figure]:
    """The figure of every place where work runs, for every class of failure; states first, as people know those."""
    for site in sorted(report.analysis.flow.sites.values(), key=lambda site: site.kind != SiteKind.STATE):
        if site.works:
            for failure in CLASSES:
                yield report.analysis.figure(site.id, failure)


def _one_owner(figure: Figure, queue: str, queue_owns: bool) -> None:
    for path in figure.paths:
        others = [layer for layer in path.layers if layer_site(layer.hop) != queue]
        if others and (queue_owns or len(others) < len(path.layers)):
            owner = "the queue" if queue_owns else "the machine"
            raise ValueError(
                f"{owner} owns the retry, but others try again as well: {_runs(figure)}\n"
                f"{derivation(figure)}\n"
                + (
                    "take the retries out of the definition, or give retry_owner='machine'"
                    if queue_owns
                    else "let every failure end in the machine, so that the queue sees none"
                )
            )


def _runs(figure: Figure) -> str:
    how = next(words for failure, words in FAILS.items() if failure == figure.signal)
    return f"one message can run {figure.site} {times(figure.count)} when it {how}"
