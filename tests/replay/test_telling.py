"""How an outcome is told, and the experiment for AWS."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from seawall.cli import main
from seawall.graph import Bound
from seawall.replay import Key, Predicted, ReplayOutcome, Row, What, plan
from seawall.replay.counts import LapRuns
from seawall.replay.formats import FORMATS
from seawall.replay.live import live
from seawall.replay.log import Log
from seawall.report.format import Screen
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load

SCENARIOS = Path(__file__).parents[1] / "scenarios"
QUEUE = SCENARIOS / "case-01-queue-function.json"


@pytest.fixture
def outcome() -> ReplayOutcome:
    app = load([QUEUE])
    rows = (
        Row(Key("a/Queue", What.RECEIVES), "queue", Predicted(3), 3),
        Row(Key("a/<Worker>", What.RUNS), "function", Predicted(3), 4),
        Row(Key("a/Old", What.RUNS), "function", Predicted(11_520, Bound.TIME), 2),
        Row(Key("a/In", What.STATE_RUNS), "state", Predicted(2), None, "no history"),
    )
    moments = ((0.0, "a/<Worker>"), (1.0, "a/<Worker>"), (2.0, "a/<Worker>"))
    experiment = plan(app, analyse(build(app)), "Worker")
    return ReplayOutcome(experiment, rows, ("a note",), "", 2.5, moments, {})


def test_a_difference_is_told_and_counted(outcome: ReplayOutcome) -> None:
    text = FORMATS["text"](outcome, Screen())
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "a/Queue receives 3 3 =" in lines
    assert "a/<Worker> runs 3 4 !" in lines
    assert "a/Old runs 11,520 (time) 2" in lines
    assert "a/In state runs 2 -" in lines
    assert lines[-1] == "1 of 2 counts are as predicted; 1 differs, and nothing explains it: please report it (2.5 s)."
    assert outcome.differs


def test_what_is_explained_does_not_differ(outcome: ReplayOutcome) -> None:
    known = replace(outcome, rows=(replace(outcome.rows[1], why="the emulator waits"),))
    assert (known.rows[0].verdict, known.differs) == ("explained", False)


def test_what_was_stopped_is_judged_only_where_more_was_counted_than_predicted(outcome: ReplayOutcome) -> None:
    assert replace(outcome, stopped_by="40 runs").differs  # 4 of 3: no longer wait makes that less
    fewer = replace(outcome.rows[1], predicted=Predicted(40))
    assert not replace(outcome, rows=(outcome.rows[0], fewer), stopped_by="40 runs").differs


@pytest.mark.parametrize(
    ("observed", "laps", "verdict"),
    [
        (40, 10, "equal"),
        (36, 10, "equal"),
        (44, 10, "equal"),
        (35, 10, "differs"),
        (45, 10, "differs"),
        (40, None, "open"),
    ],
)
def test_laps_without_end_are_compared_lap_by_lap(observed: int, laps: int | None, verdict: str) -> None:
    """Four a lap: the last lap may be cut short, or the next one begun."""
    row = Row(Key("a/Worker", What.RUNS), "function", Predicted(None, Bound.NOTHING, 4), observed, laps=laps)
    assert row.verdict == verdict


@pytest.mark.parametrize(
    ("predicted", "timed", "observed", "verdict"),
    [
        (Predicted(4), True, 3, "within"),  # by count, and a clock runs behind it
        (Predicted(4, least=1), False, 4, "equal"),
        (Predicted(4, least=1), False, 1, "within"),
        (Predicted(4, least=2), False, 1, "differs"),
        (Predicted(4, least=1), False, 5, "differs"),
        (Predicted(3, Bound.TIME), True, 3, "equal"),
        (Predicted(3, Bound.TIME), True, 2, "within"),  # an emulator is slower than a clock
        (Predicted(3, Bound.TIME), True, 4, "differs"),
        (Predicted(3, Bound.TIME), False, 10, "open"),  # the clock does not run there
        (Predicted(None, Bound.TIME), True, 10, "open"),
    ],
)
def test_what_lies_between_two_ends_is_as_predicted(
    predicted: Predicted, timed: bool, observed: int, verdict: str
) -> None:
    row = Row(Key("a/Worker", What.RUNS), "function", predicted, observed, timed=timed, hurried=timed)
    assert row.verdict == verdict


def test_laps_are_told_one_by_one(outcome: ReplayOutcome) -> None:
    laps = (LapRuns("a/<Worker>", 0, 4, 4), LapRuns("a/<Worker>", 1, 16, 15))
    told = replace(outcome, rows=(), laps=laps)
    assert "  a/<Worker>, 2 laps: 4, 15 (predicted 16)\n" in FORMATS["text"](told, Screen())
    assert "a/&lt;Worker&gt;, 2 laps: 4, 15 (predicted 16)" in FORMATS["html"](told, Screen())
    assert json.loads(FORMATS["json"](told, Screen()))["by_lap"][1] == {
        "site": "a/<Worker>",
        "lap": 1,
        "predicted": 16,
        "observed": 15,
    }
    assert told.differs
    assert not replace(told, laps=laps[:1]).differs


def test_without_a_terminal_a_line_is_written_now_and_then(outcome: ReplayOutcome) -> None:
    log, stream = Log(lambda: ()), io.StringIO()
    site = outcome.experiment.site
    log.runs.update({site: 7, "a/Other": 3})
    with live(outcome.experiment, stream, False) as progress:
        for second in range(25):
            progress(log, float(second))
    assert stream.getvalue() == "".join(f"seawall: {second} s: 10 runs, 7 of {site}\n" for second in (10, 20))


def test_what_should_go_round_and_comes_to_rest_differs(outcome: ReplayOutcome) -> None:
    site = outcome.experiment.site
    row = Row(Key(site, What.RUNS), "function", Predicted(None, Bound.NOTHING, 4), 4)
    assert replace(outcome, rows=(row,)).differs
    assert "Everything came to rest" in FORMATS["text"](replace(outcome, rows=(row,)), Screen())
    assert not replace(outcome, rows=(row,), stopped_by="40 runs").differs


def test_the_page_escapes_names_and_draws_the_curve(outcome: ReplayOutcome) -> None:
    page = FORMATS["html"](outcome, Screen())
    assert "a/&lt;Worker&gt;" in page
    assert "<Worker>" not in page
    assert page.count("<polyline ") == 1
    assert not re.findall("<(script|img|link)", page)


def test_the_experiment_for_aws(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(QUEUE), "--fail", "Worker", "--export", "fis"]) == 0
    found = json.loads(capsys.readouterr().out)
    template = found["experimentTemplate"]
    assert template["actions"]["fail"] == {
        "actionId": "aws:lambda:invocation-error",
        "parameters": {"duration": "PT15M", "invocationPercentage": "100", "preventExecution": "true"},
        "targets": {"Functions": "function"},
    }
    assert template["targets"]["function"]["resourceType"] == "aws:lambda:function"
    (alarm,) = found["alarms"]
    (stop,) = template["stopConditions"]
    assert stop["value"].endswith(f":alarm:{alarm['AlarmName']}")
    assert alarm["Threshold"] == 2 * 3
    assert {"site": "case-01-queue-function/Worker", "what": "runs", "max": 3, "bounded_by": "count"} in found[
        "expected"
    ]
