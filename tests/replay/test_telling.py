"""How an outcome is told, and the experiment for AWS."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from seawall.cli import main
from seawall.graph import Bound
from seawall.replay import Key, Predicted, ReplayOutcome, Row, What, plan
from seawall.replay.formats import FORMATS
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
