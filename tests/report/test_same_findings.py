"""Every format carries the same findings, with the same severities and numbers, and the reasons of accepted ones."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import aws_cdk as cdk
import pytest

from seawall.baseline.entry import Baseline, BaselineEntry
from seawall.baseline.measure import Measure
from seawall.baseline.update import renewed
from seawall.engine import Report, against, report_of
from seawall.report.format import Screen, all_formats
from seawall.report.names import WHOLE, Names
from seawall.retries import Count
from seawall.rules import Acknowledgement, Finding, Severity
from seawall.template import load
from seawall.words import sentence
from stacks.review_incident import ReviewServerIncidentStack
from stacks.webhook_incident import WebhookIncidentStack

from .pipelines import pipeline, write

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))
FITTING = [
    each
    for each in SCENARIOS
    if each.stem not in ("case-22-counted-laps", "silent-bounded-self-enqueue", "case-13-stated-laps")
]
"""As many as a comment on a pull request has room for."""

Found = tuple[str, str, str, str]
"""Severity, rule, headline, and the reason of an accepted finding, else nothing."""

ABOUT_SITES = {"concise", "csv-attempts"}
"""Formats that say the figure in place of the headline; or a table of figures, with each site's findings beside it."""


def of_json(text: str) -> Iterator[Found]:
    document = json.loads(text)
    for found in (*document["findings"], *document["suppressed"]):
        yield found["severity"], found["rule"], found["message"].splitlines()[0], found.get("reason", "")


def of_sarif(text: str) -> Iterator[Found]:
    for result in json.loads(text)["runs"][0]["results"]:
        reasons = [one["justification"] for one in result.get("suppressions", ())]
        yield result["level"], result["ruleId"], result["message"]["text"].splitlines()[0], "".join(reasons)


def of_gitlab(text: str) -> Iterator[Found]:
    for issue in json.loads(text):
        if issue["check_name"] == "gap":
            continue
        accepted = re.fullmatch(r"acknowledged \((.*?)\): (.*)", issue["description"])
        severity = {"critical": "error", "major": "warning", "info": "note"}[issue["severity"]]
        headline, reason = (accepted[2], accepted[1]) if accepted else (issue["description"], "")
        yield severity, issue["check_name"], headline, reason


def of_csv(text: str) -> Iterator[Found]:
    for row in csv.DictReader(io.StringIO(text, newline="")):
        if row["rule"] != "gap":
            yield row["severity"], row["rule"], row["message"], row["reason"]


def of_junit(text: str) -> Iterator[Found]:
    for case in ElementTree.fromstring(text).iter("testcase"):
        if case.get("name") == "nothing found" or case.get("classname") == "seawall.gap":
            continue
        failure, skipped = case.find("failure"), case.find("skipped")
        output = (case.findtext("system-out") or "").strip().splitlines()
        said = failure.get("message", "") if failure is not None else output[0]
        severity, _, headline = said.partition(": ")
        reason = skipped.get("message", "").removeprefix("acknowledged: ") if skipped is not None else ""
        yield severity, case.get("classname", "").removeprefix("seawall."), headline, reason


def of_github(text: str) -> Iterator[Found]:
    accepted = False
    for line in text.splitlines():
        accepted = "::acknowledged: " in line or (accepted and not line.startswith("::"))
        command = re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line)
        listed = re.fullmatch(r"- (\w+)\[([\w-]+)\] (.*) --> .*?(?:: ([^:]*))?", line)
        if command and "title=Seawall" not in command[2]:
            rule = unquote(command[2]).partition("title=")[2].partition(":")[0]
            severity = "note" if command[1] == "notice" else command[1]
            yield severity, rule, unquote(command[3]).splitlines()[0], ""
        elif listed:
            reason = line.rpartition(": ")[2] if accepted else ""
            yield listed[1], listed[2], listed[3], reason


def of_comments(mark: str) -> Callable[[str], Iterator[Found]]:
    def read(text: str) -> Iterator[Found]:
        for line in text.splitlines():
            found = re.fullmatch(mark + r" (acknowledged: )?(error|warning|note)\[([\w-]+)\] (.*)", line)
            if found:
                headline, _, reason = found[4].rpartition(": ") if found[1] else (found[4], "", "")
                yield found[2], found[3], headline, reason

    return read


def of_markdown(text: str) -> Iterator[Found]:
    summary = r"<summary>(\w+) <code>([\w-]+)</code> at <code>[^<]*</code>(?:: <code>([^<]*)</code>)?</summary>"
    for found in re.finditer(summary + r"\n\n\*\*(.*)\*\*\n", text):
        yield found[1], found[2], found[4].replace("`", ""), unescape(found[3] or "")


def of_text(text: str) -> Iterator[Found]:
    """Accepted findings stand in their own list, without what they say."""
    for block in text.split("\n\n"):
        head = re.match(r"(error|warning|note)\[([\w-]+)\] ((?:.|\n)*?)\n  -->", block)
        if head:
            yield head[1], head[2], " ".join(head[3].split()), ""
        for entry in (
            re.split(r"\n  (?! )", block)[1:] if block.startswith(("acknowledged: ", "in the baseline: ")) else ()
        ):
            found = re.fullmatch(
                r"([\w-]+) at \S+(?: \(asynchronous\)| in \S+)?: (.*) \(\w+\)", " ".join(entry.split())
            )
            assert found, entry
            yield "", found[1], "", found[2]


def of_html(text: str) -> Iterator[Found]:
    """Each finding is an article; its reason stands in it."""
    card = (
        r'<article class="card finding \w+" id="f-\w+" data-severity="(\w+)" data-rule="([\w-]+)"[^>]*>(.*?)</article>'
    )
    for found in re.finditer(card, text, re.S):
        headline = re.search(r'<h[34] class="headline">(.*?)</h[34]>', found[3], re.S)
        reason = re.search(r'<span class="why">(.*?)</span>', found[3], re.S)
        assert headline
        shown = [unescape(re.sub("<[^>]*>", "", each[1])) if each else "" for each in (headline, reason)]
        yield found[1], found[2], shown[0], shown[1]


READERS: Mapping[str, Callable[[str], Iterator[Found]]] = {
    "csv": of_csv,
    "dot": of_comments("//"),
    "github": of_github,
    "gitlab": of_gitlab,
    "html": of_html,
    "json": of_json,
    "junit": of_junit,
    "markdown": of_markdown,
    "mermaid": of_comments("%%"),
    "sarif": of_sarif,
    "text": of_text,
}


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on the reference app as in the incident, one of its loops accepted."""
    app = cdk.App(outdir=str(tmp_path_factory.mktemp("incident")), builtin_cloud_formation_validation=False)
    WebhookIncidentStack(app, "WebhookIncident")
    ReviewServerIncidentStack(app, "ReviewServerIncident")
    accepted = Acknowledgement("retry-loop", "drained by hand", "WebhookIncident/SourceQueue")
    return report_of(load([app.synth().directory]), acknowledgements=[accepted])


@pytest.fixture(scope="module")
def scenarios() -> Report:
    """The report on all scenarios as one app: more findings of a kind than some formats show, several accepted."""
    accepted = [
        Acknowledgement(rule, f"as {rule} is meant here", f"{template.stem}")
        for template in SCENARIOS[:12]
        for rule in ("unbounded-retry", "handoff-gap", "stacked-retries")
    ]
    return report_of(load(FITTING), acknowledgements=accepted)


@pytest.fixture(scope="module")
def with_baseline(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A pipeline of 40 runs with a loop, and a baseline that knows 80 runs, no loop, all else, and one that is gone."""
    file = write(tmp_path_factory.mktemp("with_baseline") / "app.json", pipeline(10, sends_back=True))
    now = report_of(load([file]))
    entries = []
    for one in renewed(now, Baseline()).entries:
        runs = Count(80) if one.rule == "stacked-retries" else one.measure.attempts
        measure = Measure(one.measure.severity, runs, also=one.measure.also)
        if one.rule != "retry-loop":
            entries.append(BaselineEntry(one.fingerprint, one.rule, one.site, one.file, measure, "as it was"))
    gone = BaselineEntry("0" * 24, "stacked-retries", "app/Gone", "app.json", Measure(Severity.ERROR, Count(20)))
    made = against(now, Baseline((*entries, gone), "known.json"))
    assert made.baseline is not None
    assert len(made.baseline.better) == len(made.baseline.gone) == 1
    return made


@pytest.fixture(scope="module", params=["incident", "scenarios", "with_baseline"])
def made(request: pytest.FixtureRequest) -> Report:
    report: Report = request.getfixturevalue(request.param)
    assert report.findings
    assert report.suppressed
    return report


RELATIVE = {"html", "markdown", "text"}
"""Formats for people, in which names are relative to what they have in common."""


def expected(report: Report, name: str = "json") -> Counter[Found]:
    names = Names.of(report) if name in RELATIVE else WHOLE

    def headline(finding: Finding) -> str:
        said = names.finding(finding).headline
        return sentence(said) if name == "html" else said

    found = [(each.severity.word, each.rule, headline(each), "") for each in report.findings]
    found += [
        (each.finding.severity.word, each.finding.rule, headline(each.finding), each.by.reason)
        for each in report.suppressed
    ]
    return Counter(found)


def test_no_format_is_left_out() -> None:
    assert set(READERS) | ABOUT_SITES == set(all_formats())


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_format_carries_every_finding(made: Report, name: str) -> None:
    screen = Screen(verbose=name == "text")  # which tells findings that say the same as one, unless asked for all
    found = Counter(READERS[name](all_formats()[name].render(made, screen)))
    wanted = expected(made, name)
    if name == "gitlab":  # knows no accepted issues: they are of the lowest severity
        wanted = Counter(
            ("note" if reason else severity, rule, headline, reason)
            for severity, rule, headline, reason in wanted.elements()
        )
    if name == "text":
        wanted = Counter(("", rule, "", reason) if reason else (severity, rule, headline, "")
                         for severity, rule, headline, reason in wanted.elements())  # fmt: skip
    assert found == wanted


def test_numbers_are_the_same_wherever_they_have_a_field(made: Report) -> None:
    wanted = Counter(
        (found.rule, found.attempts) for found in (*made.findings, *(each.finding for each in made.suppressed))
    )
    formats, screen = all_formats(), Screen()
    document = json.loads(formats["json"].render(made, screen))
    results = json.loads(formats["sarif"].render(made, screen))["runs"][0]["results"]
    rows = csv.DictReader(io.StringIO(formats["csv"].render(made, screen), newline=""))
    assert Counter((one["rule"], one["attempts"]) for one in (*document["findings"], *document["suppressed"])) == wanted
    assert Counter((one["ruleId"], one["properties"]["attempts"]) for one in results) == wanted
    found = [row for row in rows if row["rule"] != "gap"]
    assert Counter((row["rule"], int(row["attempts"]) if row["attempts"] else None) for row in found) == wanted
    shown = re.findall(r'data-rule="([\w-]+)"(?: data-attempts="(\d+)")?', formats["html"].render(made, screen))
    assert Counter((rule, int(runs) if runs else None) for rule, runs in shown) == wanted
    cells = re.findall(r"^\| \w+ \| `([\w-]+)` \| .*? \| ([\d,]*) \| ", formats["markdown"].render(made, screen), re.M)
    numbers = Counter((rule, int(runs.replace(",", "")) if runs else None) for rule, runs in cells)
    assert numbers == Counter((found.rule, found.attempts) for found in made.findings)


def test_the_table_of_attempts_names_the_findings_of_each_site(made: Report) -> None:
    text = all_formats()["csv-attempts"].render(made, Screen())
    rows: dict[str, Any] = {row["site"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert set(rows) == set(made.analysis.flow.sites)
    for finding in made.findings:
        if finding.site in rows:
            assert f"{finding.severity.word} {finding.rule}" in rows[finding.site]["findings"].split("; ")
    for each in made.suppressed:
        if each.finding.site in rows:
            assert f"{each.finding.rule}: {each.by.reason}" in rows[each.finding.site]["acknowledged"]
    for name, row in rows.items():
        for failure in ("error", "timeout", "throttle", "fault"):
            count = made.analysis.attempts.of(name, failure).max
            assert row[f"runs_{failure}"] == ("" if count is None else str(count))


def first_of(name: str, text: str) -> str:
    """The headline that a face shows first of all."""
    if name == "markdown":
        worst = re.search(r"### The worst\n\n(.*)\n", text)
        row = re.search(r"^\| (?:error|warning|note) \|.*\| (.*) \|$", text, re.M)
        assert worst
        assert row
        assert worst[1] == row[1].replace("\\|", "|")
        return worst[1].replace("`", "")
    return next(READERS[name](text))[2]


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_every_face_begins_with_the_same_worst_finding(file: Path) -> None:
    found = report_of(load([file]))
    if not found.findings:
        return
    short = Names.of(found).finding(found.findings[0]).headline
    assert found.findings[0].headline == next(of_json(all_formats()["json"].render(found, Screen())))[2]
    assert first_of("text", all_formats()["text"].render(found, Screen())) == short
    assert first_of("markdown", all_formats()["markdown"].render(found, Screen())) == short
    page = all_formats()["html"].render(found, Screen())
    assert first_of("html", page) == sentence(short)
    assert page.count('id="worst"') == 1
    assert page.index('id="worst"') < page.index('class="card finding')


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_first_finding_fits_a_screen(file: Path) -> None:
    """40 lines of 100 columns: what happens, why, and what to do about it."""
    text = all_formats()["text"].render(report_of(load([file])), Screen(width=100))
    first = re.split(r"\n\n(?=(?:error|warning|note)\[|Check |unknown: |acknowledged: )", text)[0]
    assert len(first.splitlines()) <= 40
