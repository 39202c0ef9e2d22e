"""What is different between two apps: worked out by hand from the numbers of the pipeline."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from seawall.baseline.difference import Direction
from seawall.diff.compare import compare
from seawall.diff.factors import equation
from seawall.diff.limits import Limits, objections
from seawall.diff.model import Comparison, DiffStatus
from seawall.engine import report_of
from seawall.graph import CLASSES, FailureClass
from seawall.report.diff.format import diff_formats
from seawall.report.diff.json_ import document, schema
from seawall.report.diff.sentences import cause, groups, matched
from seawall.report.format import Screen
from seawall.rules.fail_on import FailOn
from seawall.template import load
from tests.report.pipelines import judged, pipeline

SCENARIOS = Path(__file__).parents[1] / "scenarios"
MANY = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def compared(directory: Path, before: Any, now: Any, **options: Any) -> Comparison:
    """Two versions of one template, under different file names."""
    return compare(judged(directory / "old.json", before, **options), judged(directory / "new.json", now, **options))


def site(comparison: Comparison, name: str) -> Any:
    return next(each for each in comparison.sites if each.site == name)


def test_twice_the_receives_are_twice_the_runs_and_the_setting_is_named(tmp_path: Path) -> None:
    made = compared(tmp_path, pipeline(5), pipeline(10))
    charge = site(made, "new/Charge")
    assert (charge.fate, charge.direction) == (DiffStatus.CHANGED, Direction.WORSE)
    assert {name: change.said for name, change in charge.changes.items()} == dict.fromkeys(CLASSES, "20 -> 40")
    assert charge.factors.said == "new/Queue maxReceiveCount 5 -> 10, so 20 -> 40"
    assert equation(charge.factors.before).endswith(" = 20")
    assert charge.entries == ("old/Queue", "new/Queue")
    assert made.common == 6
    assert {each.site for each in made.sites} == {
        f"new/{name}" for name in ("Pipe", "Machine", "Machine#Charge", "Charge")
    }
    assert [group.sites for group in groups(made)] == [("new/Charge", "new/Machine#Charge"), ("new/Machine",)]
    (found,) = made.findings
    assert (found.fate, found.change.said) == (DiffStatus.CHANGED, "20 -> 40")


def test_a_layer_that_is_new_and_one_that_is_gone(tmp_path: Path) -> None:
    more = compared(tmp_path, pipeline(attempts=None), pipeline())
    assert site(more, "new/Charge").factors.said.startswith("new/Machine#Charge retries now (4 tries: ")
    assert site(more, "new/Charge").factors.said.endswith("), so 5 -> 20")
    less = compared(tmp_path, pipeline(), pipeline(attempts=None))
    assert site(less, "new/Charge").direction is Direction.BETTER
    assert "retries no more (4 tries before: " in site(less, "new/Charge").factors.said
    assert [(each.fate, each.change.said) for each in less.findings] == [(DiffStatus.LOST, "gone")]
    assert objections(less, Limits()) == ()


def test_a_loop_that_is_gained_and_lost_and_one_that_multiplies_more(tmp_path: Path) -> None:
    gained = compared(tmp_path, pipeline(), pipeline(sends_back=True))
    assert [(each.start, each.fate, each.change.direction) for each in gained.loops] == [
        ("new/Queue", DiffStatus.GAINED, Direction.WORSE)
    ]
    assert objections(gained, Limits()) == ("new error retry-loop at new/Queue",)
    lost = compared(tmp_path, pipeline(sends_back=True), pipeline())
    assert [(each.start, each.fate) for each in lost.loops] == [("old/Queue", DiffStatus.LOST)]
    grown = compared(tmp_path, pipeline(1, None, sends_back=True), pipeline(1, 3, sends_back=True))
    assert grown.loops[0].change.said.startswith(
        "events that come back 1 -> 4 (on an error, a timeout or a service error (5xx))"
    )


def test_unknown_is_said_and_is_no_verdict(tmp_path: Path) -> None:
    made = compared(tmp_path, pipeline(), pipeline({"Ref": "Receives"}))
    charge = site(made, "new/Charge")
    assert (charge.direction, charge.changes[FailureClass.ERROR].said) == (
        Direction.UNCLEAR,
        "20 -> unknown, at least 4",
    )
    assert charge.factors.said.startswith("new/Queue maxReceiveCount = 5 -> unknown (")
    assert [(each.fate, each.change.said) for each in made.findings] == [
        (DiffStatus.CHANGED, "20 -> unknown, at least 4")
    ]
    assert objections(made, Limits(max_increase=0)) == ()
    back = compared(tmp_path, pipeline({"Ref": "Receives"}), pipeline(2, attempts=4))
    assert site(back, "new/Charge").changes[FailureClass.ERROR].said == "unknown, at least 4 -> 10"
    assert objections(back, Limits(max_increase=0)) == ()


@pytest.mark.parametrize(
    ("before", "now", "limits", "fails"),
    [
        (pipeline(5, None), pipeline(9, None), Limits(), 0),  # 9 is fine
        (pipeline(5, None), pipeline(9, None), Limits(max_attempts=8), 3),  # machine, state and function
        (pipeline(5, None), pipeline(9, None), Limits(max_increase=4), 0),
        (pipeline(5, None), pipeline(9, None), Limits(max_increase=3), 3),
        (pipeline(5, None), pipeline(9, None), Limits(max_increase=0, fail_on=FailOn.NEVER), 0),
        (pipeline(10), pipeline(5), Limits(max_increase=0), 0),  # 20 is too many, and better
        (pipeline(5), pipeline(5), Limits(), 0),
    ],
)
def test_what_fails(tmp_path: Path, before: Any, now: Any, limits: Limits, fails: int) -> None:
    made = compared(tmp_path, before, now, max_attempts=1_000)
    assert len(objections(made, limits)) == fails


def test_no_bound_by_count_is_more_than_any_increase(tmp_path: Path) -> None:
    made = compared(
        tmp_path, pipeline(12_000, None, kept=1_209_600), pipeline(redrive=False, attempts=None), max_attempts=20_000
    )
    (said, *_) = (each for each in objections(made, Limits(20_000, 100)) if each.startswith("new/Charge"))
    assert said == (
        "new/Charge runs more often than before: 12,000 -> 11,520 (bounded by time), which is more than 100 on top"
    )


def test_what_is_accepted_in_the_code_does_not_fail(tmp_path: Path) -> None:
    stated = {"seawall": {"acknowledge": [{"rule": "stacked-retries", "reason": "cheap"}]}}
    made = compared(tmp_path, pipeline(), pipeline(10, metadata=stated))
    assert [each.accepted for each in made.findings] == ["cheap"]
    assert not [each for each in objections(made, Limits()) if "new/Charge " in each]


def test_renamed_hashes_are_the_same_sites(tmp_path: Path) -> None:
    old = {name: f"{name}1A2B3C4D" for name in ("Queue", "Dead", "Pipe", "Machine", "Charge")}
    new = {name: f"{name}DEADBEEF" for name in old}
    for constructs in (True, False):
        before, now = (pipeline(names=names, constructs=constructs) for names in (old, new))
        assert compared(tmp_path, before, now).same
        more = compared(tmp_path, before, pipeline(10, names=new, constructs=constructs))
        assert (more.common, [each.fate for each in more.findings]) == (6, [DiffStatus.CHANGED])


def test_apps_with_no_name_in_common_are_called_that(tmp_path: Path) -> None:
    old = {name: f"{name}Old" for name in ("Queue", "Dead", "Pipe", "Machine", "Charge")}
    made = compared(tmp_path, pipeline(names=old), pipeline())
    assert matched(made).startswith("0 sites in both, 6 gained, 6 lost; no name is in both")


def test_an_image_in_danger(tmp_path: Path) -> None:
    safe, danger = (load([SCENARIOS / name]) for name in ("image-exact-tag.json", "image-keep-any.json"))
    made = compare(report_of(safe), report_of(danger))
    verdicts = {each.now for each in made.images if each.change.direction is Direction.WORSE}
    assert verdicts & {"endangered", "doomed"}
    back = compare(report_of(danger), report_of(safe))
    assert not [each for each in back.images if each.change.direction is Direction.WORSE]


@MANY
@given(receives=st.integers(1, 20), attempts=st.integers(0, 6), back=st.booleans(), redrive=st.booleans())
def test_nothing_is_different_from_itself(
    tmp_path: Path, receives: int, attempts: int, back: bool, redrive: bool
) -> None:
    template = pipeline(receives, attempts, sends_back=back, redrive=redrive)
    resources = list(template["Resources"].items())
    random.Random(receives).shuffle(resources)
    made = compared(tmp_path, template, {"Resources": dict(resources)})
    assert made.same
    assert objections(made, Limits(1, 0, FailOn.WARNING)) == ()


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.json")), ids=lambda path: path.stem)
def test_no_scenario_is_different_from_itself(path: Path) -> None:
    assert compare(report_of(load([path])), report_of(load([path]))).same


@pytest.fixture
def whole(tmp_path: Path) -> Comparison:
    """Sites, loops and findings of every fate."""
    return compared(tmp_path, pipeline(), pipeline(10, sends_back=True))


def test_the_json_passes_its_schema(tmp_path: Path, whole: Comparison) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    validator = jsonschema.Draft202012Validator(schema())
    unknown = compared(tmp_path, pipeline({"Ref": "P"}), pipeline(redrive=False))
    images = compare(*(report_of(load([SCENARIOS / name])) for name in ("image-exact-tag.json", "image-keep-any.json")))
    for made in (whole, unknown, images):
        for limits in (Limits(), Limits(5, 0, FailOn.NEVER)):
            validator.validate(document(made, limits))
    found = document(whole, Limits())
    assert found["verdict"]["fails"]
    assert found["sites"][0]["attempts"]["error"]["before"] == {"max": 20, "bounded_by": "count"}


def test_text_says_the_verdict_first_and_the_factors_side_by_side(whole: Comparison) -> None:
    lines = diff_formats().formats["text"].render(whole, Limits(), Screen(width=200)).splitlines()
    assert lines[0] == "fails: 3 sites worse, 1 loop gained, 1 finding new, 1 finding changed, 1 gap gone"
    assert lines[1] == "6 sites in both, 0 gained, 0 lost"
    assert "worse 20 -> 40  new/Charge, new/Machine#Charge" in lines
    assert "  = new/Queue maxReceiveCount 5 -> 10, so 20 -> 40" in lines
    assert "  - new error retry-loop at new/Queue" in lines


def test_markdown_is_a_comment_with_the_verdict_first_and_escaped_names(tmp_path: Path, whole: Comparison) -> None:
    text = diff_formats().formats["markdown"].render(whole, Limits(), Screen())
    assert text.startswith("## Seawall fails: 3 sites worse, ")
    assert "| worse | `new/Charge`<br>`new/Machine#Charge` | 20 -> 40 | 5 x 4 | 10 x 4 | " in text
    assert text.count("<details>") == text.count("</details>") == 5
    evil = {"Charge": "<script>|@team`"}
    shown = compared(tmp_path, pipeline(names=evil), pipeline(10, names=evil))
    text = diff_formats().formats["markdown"].render(shown, Limits(), Screen())
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    assert "<script>" not in html
    assert "@team" not in re.sub(r"<code>.*?</code>", "", html)


def test_nothing_different_is_one_line_and_a_pass(tmp_path: Path) -> None:
    made = compared(tmp_path, pipeline(), pipeline())
    assert diff_formats().formats["text"].render(made, Limits(), Screen()).startswith("passes: nothing is different\n")
    assert (
        diff_formats()
        .formats["markdown"]
        .render(made, Limits(), Screen())
        .startswith("## Seawall passes: nothing is different\n")
    )


def test_the_class_that_got_worse_is_the_one_that_is_explained(tmp_path: Path) -> None:
    faults_only = json.loads(json.dumps(pipeline(1, 5)).replace("States.ALL", "Lambda.ServiceException"))
    made = compared(tmp_path, pipeline(1, 1), faults_only)
    (group,) = groups(made)
    assert group.first.direction is Direction.WORSE
    assert group.runs == "error and timeout and throttle 2 -> 1; service error (5xx) 2 -> 6"
    assert cause(group).startswith("new/Machine#Charge 2 tries -> 6 tries (")
    assert cause(group).endswith("), so 2 -> 6 (on a service error (5xx))")


QUEUE = "AWS::SQS::Queue"


def with_unknown(*names: str) -> Any:
    """A queue that a function reads, with parameters that have no default at some of its settings."""
    changed: Any = pipeline(5)
    changed["Parameters"] = {"U": {"Type": "Number"}}
    queue = next(
        each
        for each in changed["Resources"].values()
        if each["Type"] == QUEUE and "RedrivePolicy" in each["Properties"]
    )
    for name in names:
        at = queue["Properties"]["RedrivePolicy"] if name == "maxReceiveCount" else queue["Properties"]
        at[name] = {"Ref": "U"}
    return changed


def test_what_is_not_understood_any_more_is_told_and_fails_where_gaps_do(tmp_path: Path) -> None:
    made = compared(tmp_path, with_unknown(), with_unknown("maxReceiveCount"))
    (gap,) = made.gaps
    assert (gap.gap.site, gap.gap.property, gap.fate) == (
        "new/Queue",
        "RedrivePolicy.maxReceiveCount",
        DiffStatus.GAINED,
    )
    why = objections(made, Limits(fail_on=FailOn.UNKNOWN))
    assert [each for each in why if each.startswith("not understood any more at new/Queue: ")]
    assert not [each for each in objections(made, Limits()) if "understood" in each]
    texts = {name: each.render(made, Limits(), Screen()) for name, each in diff_formats().formats.items()}
    assert "not understood any more:" in texts["text"]
    assert "<summary>Not understood any more (1)</summary>" in texts["markdown"]
    found = json.loads(texts["json"])
    jsonschema.validate(found, schema())
    assert [(each["site"], each["fate"]) for each in found["gaps"]] == [("new/Queue", "gained")]


def test_gaps_of_both_sides_are_no_difference_and_those_that_went_are_good_news(tmp_path: Path) -> None:
    both = with_unknown("maxReceiveCount", "VisibilityTimeout")
    assert compared(tmp_path, both, both).same
    made = compared(tmp_path, both, with_unknown("VisibilityTimeout"))
    assert [(each.gap.property, each.fate) for each in made.gaps] == [
        ("RedrivePolicy.maxReceiveCount", DiffStatus.LOST)
    ]
    assert not [each for each in objections(made, Limits(fail_on=FailOn.UNKNOWN)) if "understood" in each]
