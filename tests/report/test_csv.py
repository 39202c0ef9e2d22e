"""The tables: as RFC 4180 has them, with numbers as numbers, and nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from seawall.report import csv_, csv_attempts
from seawall.report.format import Screen
from seawall.report.tables import table
from seawall.rules import Acknowledgement, Suppressed

from .building import CHARGE, QUEUE, STATE, UNKNOWN_RECEIVES, finding, report


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_rows_end_in_cr_lf_and_quotes_are_doubled() -> None:
    assert table(("a", "b"), [('say "x", y', 5), ("two\nlines", None)]) == (
        'a,b\r\n"say ""x"", y",5\r\ntwo\\nlines,\r\n'
    )


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\uff1d1", '=cmd|"/c calc"!A0'])
def test_text_that_looks_like_a_formula_is_marked_as_text(evil: str) -> None:
    (row,) = rows_of(table(("a",), [(evil,)]))
    assert row["a"] == f"'{evil}"


def test_numbers_stay_numbers() -> None:
    assert table(("a", "b", "c"), [(-1, 0.5, "-1")]) == "a,b,c\r\n-1,0.5,'-1\r\n"


def test_a_finding_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    accepted = Suppressed(finding(rule="retry-loop"), Acknowledgement("retry-loop", "paid for", CHARGE, "metadata"))
    first, second = rows_of(csv_.render(report(tmp_path, suppressed=[accepted]), Screen()))
    assert {name: first[name] for name in ("severity", "rule", "site", "attempts", "failure", "status", "reason")} == {
        "severity": "error", "rule": "stacked-retries", "site": CHARGE, "attempts": "20", "failure": "error",
        "status": "open", "reason": "",
    }  # fmt: skip
    assert (first["file"], first["line"], first["logical_id"]) == ("Webhook.template.json", "34", "Charge1F0A2B3C")
    assert first["message"] == "20 runs of Webhook/Charge for one event at Webhook/Queue"
    assert first["details"] == "error, timeout, throttle, fault: 5 x 4 = 20; gives up after 30 min"
    assert (second["status"], second["reason"], second["accepted_by"]) == ("acknowledged", "paid for", "metadata")


def test_a_site_is_a_row_with_the_factors_of_its_figure(tmp_path: Path) -> None:
    rows = {row["site"]: row for row in rows_of(csv_attempts.render(report(tmp_path), Screen()))}
    charge = rows[CHARGE]
    assert [charge[f"runs_{failure}"] for failure in ("error", "timeout", "throttle", "fault")] == ["20"] * 4
    assert (charge["entry"], charge["factors"], charge["give_up_seconds"]) == (QUEUE, "5 x 4", "1800")
    assert charge["layers"] == f"{QUEUE}: maxReceiveCount = 5; {STATE}: Retry States.ALL MaxAttempts 3"
    assert charge["findings"] == "error stacked-retries"
    assert rows[QUEUE]["factors"] == "1"


def test_a_figure_without_a_count_is_left_empty(tmp_path: Path) -> None:
    made = report(tmp_path, receives=UNKNOWN_RECEIVES)
    charge = next(row for row in rows_of(csv_attempts.render(made, Screen())) if row["site"] == CHARGE)
    assert (charge["runs_error"], charge["at_least"], charge["factors"]) == ("", "4", "? x 4")
