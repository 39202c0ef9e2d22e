"""Judging one template in a process of its own, so that neither time nor memory of it can take the gate along.

Two answers are given, as far as there is time: that of the template alone, then that of the template among what is
deployed. The last one that came counts.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from msgspec import Struct

from seawall.engine import Report, report_of
from seawall.graph import Place
from seawall.rules import Finding
from seawall.template import Given, InputError, load
from seawall.template.assembly import MANIFEST
from seawall.template.source import read_template

from .options import GateOptions
from .payload import Payload
from .request import HookRequest
from .resolved import told
from .telling import GateVerdict, verdict

SPARE_MEMORY = 64 * 1024 * 1024
"""Bytes that the gate itself keeps."""

Context = Callable[[], "Path | None"]
"""Gives the folder of a snapshot, where there is one."""


class GateAnswer(Struct, frozen=True):
    """What came of judging."""

    verdict: GateVerdict | None
    """None: nothing, `why` says why."""
    why: str = ""
    partial: str = ""
    """What could not be looked at any more; empty: nothing."""


def judged(
    asked: HookRequest,
    payload: Payload,
    options: GateOptions,
    seconds: float,
    context: Context = lambda: None,
    memory: int | None = None,
) -> GateAnswer:
    """The verdict on a template within `seconds`, using at most `memory` bytes."""
    deadline = time.monotonic() + seconds
    folder = Path(tempfile.mkdtemp(prefix="seawall-"))
    ours, theirs = get_context("fork").Pipe(duplex=False)
    work = _Work(asked, payload, options, context, folder)
    worker = get_context("fork").Process(target=_run, args=(work, theirs, memory), daemon=True)
    worker.start()
    theirs.close()
    try:
        return _last(ours, deadline)
    finally:
        worker.kill()
        worker.join(1)
        ours.close()
        shutil.rmtree(folder, ignore_errors=True)


def _last(answers: Connection, deadline: float) -> GateAnswer:
    """The last answer that comes before the deadline, or before the worker ends."""
    found: GateAnswer | None = None
    while (left := deadline - time.monotonic()) > 0 and answers.poll(left):
        try:
            found = answers.recv()
        except EOFError:
            return found or GateAnswer(None, "judging it broke off, most likely for want of memory")
        if not found.partial:
            return found
    return found or GateAnswer(None, "it takes longer than there is time")


def _run(work: _Work, answers: Connection, memory: int | None) -> None:
    """What the worker does; its end is the end of the process, whatever happens in it."""
    try:
        _bound(memory)
        for answer in work.answers():
            answers.send(answer)
    except MemoryError:
        answers.send(GateAnswer(None, "judging it takes more memory than there is"))
    except Exception as error:  # whatever breaks here must not break the deployment
        answers.send(GateAnswer(None, f"internal error: {type(error).__name__}: {error}"))
    finally:
        answers.close()
        os._exit(0)


def _bound(memory: int | None) -> None:
    if memory is not None:
        import resource

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


class _Work:
    """One template and what surrounds it."""

    def __init__(
        self, asked: HookRequest, payload: Payload, options: GateOptions, context: Context, folder: Path
    ) -> None:
        self._options, self._context, self._payload = options, context, payload
        self._home = folder / _file_name(asked.stack)
        self._file = _write(self._home, asked, payload)

    def answers(self) -> Iterator[GateAnswer]:
        """The verdict on the template alone, then that among what is deployed, where that is known."""
        try:
            report = self._report([self._home])
        except InputError as error:
            yield GateAnswer(None, f"the template cannot be read: {error.why}")
            return
        alone = verdict(report, report.findings, report.gaps, self._options.fail_on)
        if self._options.snapshot:
            yield GateAnswer(alone, partial="what is deployed already was not looked at")
            yield self._among(alone)
        else:
            yield GateAnswer(alone)

    def _among(self, alone: GateVerdict) -> GateAnswer:
        """The verdict among what is deployed: on findings that this stack has a part in."""
        try:
            around = self._context()
            report = self._report([self._home] if around is None else [self._home, around])
        except Exception as error:  # what is around it is a help, and its faults are not those of the template
            return GateAnswer(alone, why=f"the snapshot {self._options.snapshot} cannot be used: {error}")
        findings = tuple(one for one in report.findings if _concerns(report, one))
        gaps = tuple(gap for gap in report.gaps if _is_new(report, gap.place))
        return GateAnswer(verdict(report, findings, gaps, self._options.fail_on))

    def _report(self, paths: list[Path]) -> Report:
        body = read_template(self._file, synthesized=True).body
        values = told(body, self._payload.changes)
        given = [Given(name, value, source="the change set") for name, value in values.items()]
        return report_of(load(paths, given), self._options.settings)


def _concerns(report: Report, finding: Finding) -> bool:
    """Whether a finding stands in what is to be deployed, or its path goes through it."""
    names = (*(mark.site for mark in finding.trace), *finding.also)
    sites = (report.analysis.flow.sites.get(name) for name in names)
    places = (
        finding.place,
        *(mark.place for mark in finding.trace),
        *(site.place for site in sites if site is not None),
    )
    return any(_is_new(report, place) for place in places if place is not None)


def _is_new(report: Report, place: Place | None) -> bool:
    template = report.app.templates.get(place.address.template) if place is not None else None
    return template is None or not template.deployed


def _file_name(stack: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in stack)[:100] or "stack"


def _write(home: Path, asked: HookRequest, payload: Payload) -> Path:
    """The template as an assembly of one stack: so its name, account and Region are known."""
    home.mkdir()
    suffix = "json" if payload.template.lstrip("\ufeff \t\r\n").startswith("{") else "yaml"
    file = home / f"{home.name}.template.{suffix}"
    file.write_text(payload.template, "utf-8", "surrogatepass")
    place = f"aws://{asked.account or 'unknown-account'}/{asked.region or 'unknown-region'}"
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": place,
        "properties": {"templateFile": file.name, "stackName": asked.stack},
        "displayName": asked.stack,
    }
    (home / MANIFEST).write_text(json.dumps({"version": "48.0.0", "artifacts": {asked.stack: artifact}}), "utf-8")
    return file
