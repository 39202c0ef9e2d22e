"""The page about a folder of real templates, in Markdown: the same outcomes give the same text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from .corpus_tally import Outcome, Tally, cause
from .corpus_wires import JOB, PERSON, SERVER, SOURCE, TARGET, TASK
from .processes import table

_PLURALS = {JOB: "containers and jobs"}
_LADDER = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600)

HEAD = """\
# Real templates

Written by `make corpus CORPUS=FOLDER`. The folder holds templates that nobody on this project wrote: aws-samples'
serverless-patterns, step-functions-workflows-collection and aws-cdk-examples, awslabs' aws-solutions-constructs and
serverless-rules, cdk-patterns' serverless. It is data and no part of this repository, and none of it was changed: only
the original layout of folders is restored, so that templates find the files that they name. Each cloud assembly is one
app, and so is each other file, as if `seawall check` were given it alone. A definition or a nested stack's template
that another file uses is read with that file; it is run alone, too, but not counted twice.
"""
SHARE = """\
Counted are, from the templates and not from what Seawall found: **event sources** (event source mappings and what pipes
read; subscriptions to topics, buses and log groups; function URLs; notifications of buckets; integrations and
authorizers of APIs that call something, in OpenAPI documents, too; data sources of AppSync; triggers of user pools;
sources of delivery streams), **targets** (of rules, schedules, pipes, IoT rules, alarms, receipt rules, load balancers
and delivery streams; enrichments; destinations; dead-letter queues), **tasks** of state machines, where a definition
or an OpenAPI document that cannot be read counts as one, and **containers and jobs** (task and job definitions, builds,
Glue jobs, services of App Runner). One becomes a hop if a hop that the template declares stands for it and no part of
its receiver is unknown; a container or job if any hop, an inferred one included, leads to it or from it. Routes of one
API that lead to one receiver make one hop. A receiver outside the templates is known by its name, as is the `${Name}`
of a definition that is read alone. Left out is what is switched off, and what ends outside every app by its nature:"""


def page(outcomes: Sequence[Outcome], ends: Counter[tuple[str, int]], wrong: Sequence[str], findings: str) -> str:
    """The whole page."""
    held = frozenset(chain.from_iterable(each.holds for each in outcomes if each.unit.form != "folder"))
    apps = [each for each in outcomes if each.unit.form != "folder"]
    counted = [each for each in apps if each.unit.path.resolve() not in held]
    total = Tally()
    for each in counted:
        total.add(each.tally)
    parts = [
        HEAD,
        *_inputs(apps, held),
        "## What becomes a hop\n",
        f"{SHARE} {_aside(total)}.\n",
        _share(total),
        "Those that are none:\n",
        _misses(total),
        "## Sites\n",
        _counts(("sites", ""), total.sites),
        "## Hops\n",
        "Without those that only lead from a state machine to its steps.\n",
        _pairs(("kind", "evidence", "hops"), total.hops),
        "## Unknown\n",
        "Gaps, by what is not understood and what it could touch; then by cause. A figure that hangs on one says so.\n",
        _pairs(("what", "could touch", ""), total.gaps),
        _counts(("a run with the defaults", "apps"), total.runs),
        _pairs(("resource", "cause", ""), total.unknown),
        "## Left out of an analysis\n",
        _counts(("cause", ""), total.left_out),
        "## Findings\n",
        _pairs(("rule", "severity", "findings"), total.findings),
        "## Images\n",
        _counts(("verdict", "images"), total.verdicts),
        "## Findings read by hand\n",
        f"{findings}\n",
        "## Folders read together\n",
        _folders([each for each in outcomes if each.unit.form == "folder"]),
        *_processes(ends, wrong),
        "## Time\n",
        _time(outcomes),
        *_crashes(outcomes),
    ]
    return "\n".join(parts)


def _inputs(apps: Sequence[Outcome], held: frozenset[Path]) -> list[str]:
    kinds = sorted({each.kind for each in apps if not each.refused and not each.crash})
    rows = []
    for kind in kinds:
        mine = [each for each in apps if each.kind == kind and not each.refused and not each.crash]
        rows.append([kind, f"{len(mine):,}", f"{sum(each.unit.path.resolve() in held for each in mine):,}"])
    refused = sorted((each for each in apps if each.refused), key=lambda each: each.unit.name)
    causes = Counter(cause(each.refused) for each in refused)
    crashed = sum(bool(each.crash) for each in apps)
    said = (
        f"{len(apps):,} in all: {len(apps) - len(refused) - crashed:,} analysed, {len(refused):,} refused with a reason"
    )
    return [
        "## Inputs\n",
        f"{said}, {crashed:,} crashed.\n",
        table(("analysed", "", "of them read with another"), rows) + "\n",
        _counts(("refused, because", ""), causes),
        "Each of those:\n",
        "\n".join(f"* `{each.unit.name}`: {_cell(each.refused)}" for each in refused) + "\n",
    ]


def _aside(total: Tally) -> str:
    lost, aside, every = total.missed.total(), total.wires[PERSON] + total.wires[SERVER], total.wires.total()
    return (
        f"{total.wires[PERSON]:,} subscriptions of people and\n{total.wires[SERVER]:,} servers behind load balancers "
        f"(with these among what is no hop, {_percent(every - aside - lost, every)} would be left)"
    )


def _share(total: Tally) -> str:
    missed = Counter(dict.fromkeys((SOURCE, TARGET, TASK, JOB), 0))
    for (kind, _, _), count in total.missed.items():
        missed[kind] += count
    rows = [
        [
            _PLURALS.get(kind, f"{kind}s"),
            f"{count:,}",
            f"{count - missed[kind]:,}",
            _percent(count - missed[kind], count),
        ]
        for kind, count in ((kind, total.wires[kind]) for kind in (SOURCE, TARGET, TASK, JOB))
    ]
    every, lost = sum(total.wires[kind] for kind in missed), missed.total()
    rows.append(["**all**", f"{every:,}", f"{every - lost:,}", f"**{_percent(every - lost, every)}**"])
    return table(("", "declared", "hops", "share"), rows) + "\n"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"


def _misses(total: Tally) -> str:
    rows = sorted(total.missed.items(), key=lambda each: (-each[1], each[0]))
    lines = [f"| {count:,} | {kind} | `{type_}` | {_cell(why)} |" for (kind, type_, why), count in rows]
    return "\n".join(["| | | resource | because |", "| ---: | --- | --- | --- |", *lines]) + "\n"


def _counts(head: tuple[str, str], counts: Counter[str]) -> str:
    rows = [[_cell(name), f"{count:,}"] for name, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]
    return table(head, [*rows, ["**all**", f"{counts.total():,}"]]) + "\n"


def _pairs(head: tuple[str, str, str], counts: Counter[tuple[str, str]]) -> str:
    rows = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    lines = [f"| {_code(one)} | {_cell(other)} | {count:,} |" for (one, other), count in rows]
    total = f"| **all** | | {counts.total():,} |"
    return "\n".join([f"| {' | '.join(head)} |", "| --- | --- | ---: |", *lines, total]) + "\n"


def _folders(outcomes: Sequence[Outcome]) -> str:
    whole = Tally()
    for each in outcomes:
        whole.add(each.tally)
    analysed = sum(not each.refused and not each.crash for each in outcomes)
    refused = "".join(f"* `{each.unit.name}`: {_cell(each.refused)}\n" for each in outcomes if each.refused)
    return (
        f"{len(outcomes):,} folders hold several files that may be templates. Each was read with all below it, as one\n"
        f"app: {analysed:,} were analysed, with {whole.sites.total():,} sites, {whole.hops.total():,} hops, "
        f"{whole.unknown.total():,} unknown and {whole.findings.total():,} findings.\n\n{refused}"
    )


def _processes(ends: Counter[tuple[str, int]], wrong: Sequence[str]) -> list[str]:
    if not ends:
        return []
    codes = sorted({code for _, code in ends})
    formats = sorted({name for name, _ in ends})
    rows = [[f"`{name}`", *(f"{ends[name, code]:,}" for code in codes)] for name in formats]
    said = "nothing was wrong with any" if not wrong else "wrong were:\n\n" + "\n".join(f"* {_cell(w)}" for w in wrong)
    each = ends.total() // len(formats)
    how = (
        f"`seawall check --format …` on {each:,} of the apps, chosen at random (the same ones each time), by exit\n"
        f"code. Output was parsed where a parser exists, and exit codes have to agree between formats: {said}.\n"
    )
    head = ("format", *(f"exit {code}" for code in codes))
    return ["## Whole processes\n", how, table(head, rows) + "\n"]


def _time(outcomes: Sequence[Outcome]) -> str:
    seconds = sorted(each.seconds for each in outcomes)
    half, most = seconds[len(seconds) // 2], seconds[-1]
    return (
        f"Half of the apps took less than {_under(half)} each, the slowest less than {_under(most)}, "
        f"all {len(outcomes):,} together, one after the other,\nless than {_under(sum(seconds))}.\n"
    )


def _under(seconds: float) -> str:
    """The next round figure, so that the page stays the same from run to run."""
    return f"{next((step for step in _LADDER if seconds < step), _LADDER[-1]):g} s"


def _crashes(outcomes: Sequence[Outcome]) -> list[str]:
    crashed = [each for each in outcomes if each.crash]
    return ["## Crashes\n", *(f"`{each.unit.name}`:\n\n```\n{each.crash}```\n" for each in crashed)] if crashed else []


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
