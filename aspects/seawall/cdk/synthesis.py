"""One synthesis of an app: its files, read once, however many guards ask."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from constructs import IConstruct
from msgspec.structs import replace

from seawall.engine import Report, against, report_of
from seawall.report.names import WHOLE, Names
from seawall.report.summary import Summary
from seawall.rules.fingerprint import fingerprints
from seawall.services.registry import discover
from seawall.settings import Settings
from seawall.template import ACKNOWLEDGED_RULES, Acknowledged, App, Template, acknowledgements, load_assembly
from seawall.template.language import AuthorLanguage, written_in

from .guard_settings import baseline
from .scoped_findings import ancestors, widest, within

LEFT_OUT = "left out by settings"
"""What the CDK's report calls findings that nobody sees because of the settings."""

discover()  # while the app is imported, so that the synth does not wait for it


class Synthesis:
    """What was written for an app, and what has been said about it so far."""

    def __init__(self, directory: Path, app: App) -> None:
        self.directory = directory
        self.app = app
        self.reports: dict[Settings, Report] = {}
        self._said: set[object] = set()
        self._stacks = [template for template in app.templates.values() if template.parent is None]

    @classmethod
    def read(cls, root: IConstruct, directory: Path) -> Synthesis:
        """Read the assembly of the app `root` in `directory`.

        `InputError` names the file that cannot be read; `NothingFound` says that the app has no stack.
        """
        app = load_assembly(directory)
        stacks = {template.construct_path for template in app.templates.values() if template.construct_path}
        stated = (*app.acknowledged, *_outside(root, stacks))
        app = replace(app, acknowledged=stated)
        written_in(app, AuthorLanguage.PYTHON)
        return cls(directory, app)

    def report(self, settings: Settings) -> Report:
        """The verdict on the whole app, by the rules that `settings` choose."""
        if settings not in self.reports:
            analysis = None if self.first is None else self.first.analysis
            report, known = report_of(self.app, settings, analysis=analysis), baseline()
            self.reports[settings] = report if known is None else against(report, known)
        return self.reports[settings]

    @property
    def first(self) -> Report | None:
        """The verdict that was asked for first, whose analysis all share; None before any was."""
        return next(iter(self.reports.values()), None)

    @cached_property
    def names(self) -> Names:
        """What places inside constructs are called."""
        return WHOLE if self.first is None else Names.whole(self.first)

    @property
    def knows_nothing(self) -> bool:
        """Whether it was judged, and no baseline said what is known."""
        return bool(self.reports) and all(report.baseline is None for report in self.reports.values())

    def first_time(self, thing: object) -> bool:
        """True the first time that `thing` is to be said about this synthesis."""
        if thing in self._said:
            return False
        self._said.add(thing)
        return True

    def scopes(self, files: Sequence[str]) -> tuple[str, ...]:
        """The part of the app that a plugin is asked about, from the template files that it is named."""
        paths = {os.path.realpath(stack.path): _path(stack) for stack in self._stacks}
        named = [paths.get(os.path.realpath(file)) for file in files]
        known = [path for path in named if path is not None]
        # A file that is not known must not mean that nothing is reported.
        return widest(known, paths.values()) if len(known) == len(named) else ("",)

    def fingerprints(self, report: Report) -> Mapping[int, str]:
        """By `id` of the finding."""
        return fingerprints(self.app, [*report.findings, *(one.finding for one in report.suppressed)])

    def inputs(self) -> dict[str, str]:
        """What was looked at, for the CDK's report."""
        if self.first is None:
            return {}
        left_out = {rule: number for each in self.reports.values() for rule, number in each.left_out.items()}
        said = ", ".join(f"{rule} {number:,}" for rule, number in sorted(left_out.items()))
        return {"analysed": Summary.of(self.first).inputs} | ({LEFT_OUT: said} if said else {})

    def enforced(self, template: Template) -> bool:
        """Whether `cdk synth`, not told which stacks, acts on what is reported at a construct of this template."""
        return within(self.enforced_stacks, _path(template))

    @cached_property
    def enforced_stacks(self) -> tuple[str, ...]:
        """The stacks that it acts on: those outside Stages, and those whose app or pipeline asks for it.

        What stands in a Stage within such a stack lies within it. Nobody's asking counts with `--no-validation`,
        which the app sees as a variable.
        """
        heard = os.environ.get("CDK_VALIDATION", "true") == "true"
        return tuple(
            _path(stack)
            for stack in self._stacks
            if (stack.validate_on_synth and heard) or Path(stack.path).absolute().parent == self.directory
        )


def _path(template: Template) -> str:
    return template.construct_path or template.stack_name


def _outside(root: IConstruct, stacks: set[str]) -> Iterator[Acknowledged]:
    """What is acknowledged on the app, on Stages and on other constructs around stacks, which no file tells."""
    places = {scope for stack in stacks for scope in ancestors(stack) if not within(stacks, scope)}
    for path in sorted({"", *places}):
        construct: IConstruct | None = root
        for name in filter(None, path.split("/")):
            construct = construct.node.try_find_child(name) if construct else None
        entries: list[Any] = list(construct.node.metadata) if construct else []
        for entry in entries:
            if entry.type == ACKNOWLEDGED_RULES:
                yield from acknowledgements(path, entry.data)
