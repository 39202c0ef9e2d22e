"""What a baseline lets pass, what it does not, and the file it is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from seawall.baseline.entry import Baseline, BaselineEntry
from seawall.baseline.file import read, schema, written
from seawall.baseline.measure import Measure
from seawall.baseline.update import pruned, renewed
from seawall.engine import Report, against
from seawall.graph import Bound, FailureClass
from seawall.retries import Count
from seawall.rules import Severity
from seawall.template import InputError
from tests.report.building import finding, report
from tests.report.pipelines import judged, pipeline
from tests.whole import examples

MANY = settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def baseline_of(made: Report, reason: str = "") -> Baseline:
    return Baseline(renewed(made, Baseline(), reason).entries, "known.json")


def compared(path: Path, before: Any, now: Any, **options: Any) -> Report:
    """The report on `now` with the baseline of `before`."""
    known = baseline_of(judged(path / "app.json", before, **options), "known since March")
    return against(judged(path / "app.json", now, **options), known)


def states(made: Report) -> tuple[int, int, int, int, int]:
    """Open findings, covered ones, better ones, those in doubt, and entries that have gone."""
    assert made.baseline is not None
    held = made.baseline
    return len(made.findings), held.covered, len(held.better), len(held.unclear), len(held.gone)


def test_what_is_known_passes_with_its_reason(tmp_path: Path) -> None:
    made = compared(tmp_path, pipeline(), pipeline())
    assert states(made) == (0, 1, 0, 0, 0)
    assert [(each.by.by, each.by.reason, each.by.where) for each in made.suppressed] == [
        ("baseline", "known since March", "app/Charge")
    ]


def test_what_got_worse_stays_open_and_says_so(tmp_path: Path) -> None:
    made = compared(tmp_path, pipeline(60), pipeline(120), select=frozenset({"stacked-retries"}))
    assert states(made) == (1, 0, 0, 0, 0)
    assert made.findings[0].message.splitlines()[0] == (
        "one failing event at app/Queue can run app/Charge 480 times (120 x 4); worse than in the baseline: 240 -> 480"
    )


def test_what_got_better_passes_and_is_mentioned(tmp_path: Path) -> None:
    made = compared(tmp_path, pipeline(10), pipeline(5))
    assert states(made) == (0, 1, 1, 0, 0)
    assert made.suppressed[0].by.reason == "known since March (improved, 40 -> 20)"


def test_what_is_mended_is_gone_and_no_error(tmp_path: Path) -> None:
    made = compared(tmp_path, pipeline(), pipeline(attempts=None))
    assert states(made) == (0, 0, 0, 0, 1)
    assert made.baseline is not None
    assert made.baseline.gone[0].why == "nothing like it is found any more"


def test_what_is_new_fails(tmp_path: Path) -> None:
    made = compared(tmp_path, pipeline(), pipeline(sends_back=True))
    assert [one.rule for one in made.findings] == ["retry-loop"]
    assert "baseline" not in made.findings[0].message
    assert states(made)[1] == 1


def test_a_bound_by_time_is_worse_than_a_count(tmp_path: Path) -> None:
    made = compared(tmp_path, pipeline(12_000, kept=1_209_600), pipeline(redrive=False))
    worse = [one.message.splitlines()[0] for one in made.findings if one.rule == "stacked-retries"]
    assert len(worse) == 1
    assert worse[0].endswith("; worse than in the baseline: 48,000 -> 46,080 (bounded by time)")


def test_a_loop_that_multiplies_more_is_worse(tmp_path: Path) -> None:
    before, now = pipeline(1, attempts=None, sends_back=True), pipeline(1, attempts=3, sends_back=True)
    made = compared(tmp_path, before, now)
    assert (
        made.findings[0]
        .message.splitlines()[0]
        .endswith("events that come back 1 -> 4 (on an error, a timeout or a service error (5xx))")
    )
    assert states(compared(tmp_path, now, before)) == (0, 1, 1, 0, 0)


def test_a_warning_that_becomes_an_error_is_worse(tmp_path: Path) -> None:
    known = baseline_of(report(tmp_path, [finding(severity=Severity.WARNING)]))
    made = against(report(tmp_path), known)
    assert made.findings[0].message.splitlines()[0].endswith("; worse than in the baseline: warning -> error")
    assert states(against(report(tmp_path, [finding(severity=Severity.NOTE)]), known)) == (0, 1, 1, 0, 0)


def test_a_danger_that_becomes_certain_is_worse_under_whatever_rule(tmp_path: Path) -> None:
    endangered, doomed = (finding(rule=rule, attempts=None) for rule in ("image-endangered", "image-doomed"))
    made = against(report(tmp_path, [doomed]), baseline_of(report(tmp_path, [endangered])))
    assert made.findings[0].message.splitlines()[0].endswith("; worse than in the baseline: endangered -> doomed")
    assert states(made) == (1, 0, 0, 0, 0)
    milder = against(report(tmp_path, [endangered]), baseline_of(report(tmp_path, [doomed])))
    assert states(milder) == (0, 1, 1, 0, 0)


def test_a_finding_that_concerns_more_sites_is_worse(tmp_path: Path) -> None:
    known = baseline_of(report(tmp_path, [finding(also=("Webhook/SaveDEADBEEF",))]))
    assert states(against(report(tmp_path, [finding(also=("Webhook/Save0BADF00D",))]), known)) == (0, 1, 0, 0, 0)
    made = against(report(tmp_path, [finding(also=("Webhook/SaveDEADBEEF", "Webhook/Bill"))]), known)
    assert "worse than in the baseline: it concerns Webhook/Bill as well" in made.findings[0].message


def test_unknown_is_neither_worse_nor_gone(tmp_path: Path) -> None:
    made = compared(tmp_path, pipeline(), pipeline({"Ref": "Receives"}))
    assert states(made) == (0, 0, 0, 1, 0)
    assert made.baseline is not None
    assert made.baseline.unclear[0].change.said == "20 -> unknown, at least 4"
    known = baseline_of(judged(tmp_path / "app.json", pipeline()))
    assert renewed(made, known).entries == known.entries  # it is kept until it can be told


def test_known_again_after_being_unknown_is_said_and_no_verdict(tmp_path: Path) -> None:
    unknown = finding(attempts=None)
    known = baseline_of(report(tmp_path, [unknown]))
    assert known.entries[0].measure.attempts == Count(20, False)
    made = against(report(tmp_path, [finding(attempts=240)]), known)
    assert states(made) == (0, 1, 0, 1, 0)
    assert made.suppressed[0].by.reason == "in the baseline (cannot be compared, unknown, at least 20 -> 240)"


def test_a_renamed_logical_id_is_the_same_finding(tmp_path: Path) -> None:
    old = {name: f"{name}1A2B3C4D" for name in ("Queue", "Dead", "Pipe", "Machine", "Charge")}
    new = {name: f"{name}DEADBEEF" for name in old}
    for constructs in (True, False):
        before, now = (pipeline(names=names, constructs=constructs) for names in (old, new))
        assert states(compared(tmp_path, before, now)) == (0, 1, 0, 0, 0)


def test_what_is_acknowledged_is_not_in_it(tmp_path: Path) -> None:
    stated = {"seawall": {"acknowledge": [{"rule": "stacked-retries", "reason": "cheap"}]}}
    accepted = judged(tmp_path / "app.json", pipeline(metadata=stated))
    assert renewed(accepted, Baseline()).entries == ()
    made = compared(tmp_path, pipeline(), pipeline(metadata=stated))
    assert states(made) == (0, 0, 0, 0, 1)
    assert made.baseline is not None
    assert made.baseline.gone[0].why == "it is acknowledged where it stands"


def test_rules_that_were_not_run_say_nothing_about_their_entries(tmp_path: Path) -> None:
    known = baseline_of(judged(tmp_path / "app.json", pipeline()), "why")
    other = judged(tmp_path / "app.json", pipeline(attempts=None), select=frozenset({"retry-loop"}))
    assert states(against(other, known)) == (0, 0, 0, 0, 0)
    assert renewed(other, known).entries == pruned(other, known).entries == known.entries


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rule": "no-such-rule"}, "there is no such rule"),
        ({"file": "other.json"}, "other.json is not among what was analysed"),
        ({"fingerprint": "0" * 24}, "nothing like it is found any more"),
    ],
)
def test_why_an_entry_matches_nothing(tmp_path: Path, changes: Any, why: str) -> None:
    made = judged(tmp_path / "app.json", pipeline(attempts=None))
    (entry,) = baseline_of(judged(tmp_path / "app.json", pipeline())).entries
    found = against(made, Baseline((replace(entry, **changes),)))
    assert found.baseline is not None
    assert [one.why for one in found.baseline.gone] == [why]


def test_renewing_keeps_reasons_and_counts_what_is_different(tmp_path: Path) -> None:
    first = renewed(judged(tmp_path / "app.json", pipeline()), Baseline(), "old")
    assert (first.said, [one.reason for one in first.entries]) == (" (1 new)", ["old"])
    worse = judged(tmp_path / "app.json", pipeline(10, sends_back=True))
    again = renewed(worse, Baseline(first.entries), "since the requeue")
    assert {(one.rule, one.reason) for one in again.entries} == {
        ("stacked-retries", "old"),
        ("retry-loop", "since the requeue"),
    }
    assert again.said == " (1 new, 1 worse)"
    assert renewed(judged(tmp_path / "app.json", pipeline(5)), Baseline(again.entries)).said == " (1 better, 1 dropped)"


def test_pruning_adds_nothing_and_raises_nothing(tmp_path: Path) -> None:
    known = baseline_of(judged(tmp_path / "app.json", pipeline(10)), "why")
    worse = judged(tmp_path / "app.json", pipeline(20, sends_back=True), ignore=frozenset({"excessive-retries"}))
    assert pruned(worse, known).entries == known.entries
    (better,) = pruned(judged(tmp_path / "app.json", pipeline(5)), known).entries
    assert (better.measure.attempts, better.reason) == (Count(20), "why")
    assert pruned(judged(tmp_path / "app.json", pipeline(attempts=None)), known).entries == ()


@MANY
@given(receives=st.integers(1, 30), attempts=st.integers(0, 8), back=st.booleans(), redrive=st.booleans())
def test_a_baseline_and_then_a_check_of_the_same_is_clean(
    tmp_path: Path, receives: int, attempts: int, back: bool, redrive: bool
) -> None:
    template = pipeline(receives, attempts, sends_back=back, redrive=redrive)
    resources = list(template["Resources"].items())
    random.Random(receives).shuffle(resources)
    known = baseline_of(judged(tmp_path / "app.json", template))
    (tmp_path / "known.json").write_text(written(known.entries), "utf-8")
    found = against(judged(tmp_path / "app.json", {"Resources": dict(resources)}), read(tmp_path / "known.json"))
    assert states(found) == (0, len(known.entries), 0, 0, 0)


@MANY
@given(receives=st.integers(3, 9), more=st.integers(1, 5), back=st.booleans())
def test_a_worse_number_always_opens(tmp_path: Path, receives: int, more: int, back: bool) -> None:
    before, now = pipeline(receives, sends_back=back), pipeline(receives + more, sends_back=back)
    made = compared(tmp_path, before, now)
    assert "stacked-retries" in {one.rule for one in made.findings}
    assert states(made)[1] == 0


def example() -> list[BaselineEntry]:
    place = ("App/Charge", "App.template.json")
    gain = {FailureClass.ERROR: Count(1), FailureClass.FAULT: Count(4, bounded_by=Bound.TIME)}
    return [
        BaselineEntry("b" * 24, "unbounded-retry", *place, Measure(Severity.ERROR, Count(1, False, Bound.NOTHING))),
        BaselineEntry("a" * 24, "retry-loop", *place, Measure(Severity.ERROR, None, gain, "stated", 5), "für später"),
        BaselineEntry(
            "c" * 24, "image-doomed", *place, Measure(Severity.ERROR, verdict="doomed", also=("App/B", "App/A"))
        ),
        BaselineEntry(
            "d" * 24, "stacked-retries", "App/Bill\u202e", place[1], Measure(Severity.WARNING, Count(240)), "cheap"
        ),
    ]


def test_the_file_has_an_order_and_a_line_for_each_number() -> None:
    text = written(example())
    assert text == written(reversed(example()))
    found = json.loads(text)
    assert [one["site"] for one in found["findings"]] == ["App/Bill\u202e", "App/Charge", "App/Charge", "App/Charge"]
    assert '\n      "attempts": 240,\n' in text
    assert "für später" in text
    assert "\u202e" not in text
    assert text.endswith("}\n")
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.Draft202012Validator(schema()).validate(found)


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "known.json").write_text(written(example()), "utf-8")
    assert list(read(tmp_path / "known.json").entries) == sorted(example(), key=lambda one: one.order)
    (tmp_path / "none.json").write_text(written(()), "utf-8")
    assert read(tmp_path / "none.json").entries == ()


def edit(change: Callable[[Any], object]) -> str:
    document = json.loads(written(example()))
    change(document)
    return json.dumps(document, indent=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"^known\.json:1:1: is not JSON"),
        ("[1", r"^known\.json:1:\d+: is not JSON"),
        ("[]", r"^known\.json:1: schema: is no baseline that this version reads: it names no schema"),
        ('{"schema": "seawall.report/1"}', r"its schema is 'seawall\.report/1', not 'seawall\.baseline/1'"),
        ('{"schema": "seawall.baseline/1"}', r"^known\.json:1: findings: takes a list"),
        ('{"schema": "seawall.baseline/1",\n"findings": [7]}', r"^known\.json:2: findings\[0\]: takes an object"),
        ('{"schema": "seawall.baseline/1", "schema": "seawall.baseline/1", "findings": []}', r"a key is there twice"),
        ("{\n<<<<<<< ours\n", r"a merge has left its marks in it"),
        (edit(lambda d: d.update(more=1)), r"more: unknown key 'more'"),
        (edit(lambda d: d["findings"][0].update(resaon="x")), r":\d+: findings\[0\]\.resaon: .*did you mean reason\?"),
        (edit(lambda d: d["findings"][0].pop("site")), r"findings\[0\]\.site: is missing"),
        (edit(lambda d: d["findings"][0].pop("attempts")), r"findings\[0\]\.attempts: lacks its number of runs"),
        (edit(lambda d: d["findings"][0].update(attempts="x")), r"^known\.json:10: findings\[0\]\.attempts: takes"),
        (edit(lambda d: d["findings"][0].update(attempts=True)), r"takes a whole number of at least 1, not True"),
        (edit(lambda d: d["findings"][0].update(attempts=0)), r"takes a whole number of at least 1, not 0"),
        (edit(lambda d: d["findings"][0].update(severity="fatal")), r"takes note or warning or error, not 'fatal'"),
        (edit(lambda d: d["findings"][0].update(also="x")), r"findings\[0\]\.also: takes a list"),
        (edit(lambda d: d["findings"][0].update(reason=None)), r"findings\[0\]\.reason: is missing"),
        (edit(lambda d: d["findings"].append(d["findings"][1])), r"\[4\]: is the same finding as findings\[1\]"),
    ],
)  # fmt: skip
def test_nonsense_is_named_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "known.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        read(Path("known.json"))


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.json: there is no such baseline; `seawall baseline` writes one"):
        read(tmp_path / "gone.json")
    with pytest.raises(InputError, match="is a directory"):
        read(tmp_path)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read(tmp_path / "bytes")


KEYS = st.sampled_from(["fingerprint", "rule", "site", "gain", "attempts", "also"])
NONSENSE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
)


@MANY
@given(NONSENSE)
def test_nothing_in_it_raises_anything_else(tmp_path: Path, value: Any) -> None:
    text = json.dumps({"schema": "seawall.baseline/1", "findings": value})
    (tmp_path / "known.json").write_text(text, "utf-8")
    try:
        read(tmp_path / "known.json")
    except InputError as error:
        assert error.line is not None
