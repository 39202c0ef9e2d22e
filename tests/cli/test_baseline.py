"""`seawall baseline`, and `seawall check` with what it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.cli import main
from tests.report.pipelines import pipeline, write

Capture = pytest.CaptureFixture[str]

RULES = ["--select", "stacked-retries,unbounded-retry,retry-loop"]


def app(receives: int = 5, attempts: int | None = 3, *, sends_back: bool = False) -> str:
    return str(write(Path("app.json"), pipeline(receives, attempts, sends_back=sends_back)))


def test_what_is_there_passes_until_the_number_grows(capsys: Capture) -> None:
    assert main(["check", app(60), *RULES]) == 1
    assert main(["baseline", app(60), *RULES, "--reason", "before we had Seawall"]) == 0
    printed = capsys.readouterr()
    assert printed.err == "seawall: 1 finding and 1 gap in seawall-baseline.json (1 new)\n"
    known = ["--baseline", "seawall-baseline.json"]
    assert main(["check", app(60), *RULES, *known]) == 0
    assert "1 in the baseline, 2 left out by settings." in capsys.readouterr().out
    assert main(["check", app(120), *RULES, *known]) == 1
    assert "worse than in the baseline: 240 -> 480" in capsys.readouterr().out.replace("\n  ", " ")
    assert main(["check", app(60, sends_back=True), *RULES, *known]) == 1
    assert main(["check", app(30), *RULES, *known]) == 0
    assert "before we had Seawall (improved, 240 -> 120)" in capsys.readouterr().out


def test_what_is_gone_is_listed_and_dropped(capsys: Capture) -> None:
    main(["baseline", app(), *RULES])
    capsys.readouterr()
    assert main(["check", app(attempts=None), *RULES, "--baseline", "seawall-baseline.json"]) == 0
    printed = capsys.readouterr().out
    assert "gone: 1 entry of seawall-baseline.json; run `seawall baseline` to drop them" in printed
    assert "stacked-retries at Charge: nothing like it is found any more" in printed
    assert main(["baseline", app(attempts=None), *RULES, "--prune"]) == 0
    assert capsys.readouterr().err == "seawall: 0 findings and 1 gap in seawall-baseline.json (1 dropped)\n"
    assert json.loads(Path("seawall-baseline.json").read_text())["findings"] == []


def test_the_settings_name_it(capsys: Capture) -> None:
    Path("ci").mkdir()
    Path("ci/seawall.toml").write_text('baseline = "known.json"\n')
    config = ["--config", "ci/seawall.toml", *RULES]
    assert main(["check", app(), *config]) == 2
    assert "ci/known.json: there is no such baseline; `seawall baseline` writes one" in capsys.readouterr().err
    assert main(["baseline", app(), *config]) == 0
    assert Path("ci/known.json").exists()
    assert main(["check", app(), *config]) == 0
    assert main(["check", app(), *config, "--no-baseline"]) == 1


def test_it_is_written_again_with_its_reasons_and_the_same_bytes() -> None:
    main(["baseline", app(), *RULES, "--output", "known.json", "--reason", "cheap"])
    before = Path("known.json").read_bytes()
    main(["baseline", app(), *RULES, "--output", "known.json", "--reason", "other"])
    assert Path("known.json").read_bytes() == before
    assert b'"reason": "cheap"' in before


def test_standard_output_gets_the_file_and_nothing_else(capsys: Capture) -> None:
    assert main(["baseline", app(), *RULES, "--output", "-"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["schema"] == "seawall.baseline/1"
    assert not Path("seawall-baseline.json").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["check", "app.json", "--baseline", "known.json"], 2, "known.json:1:2: is not JSON"),
        (["baseline", "app.json", "--output", "known.json"], 2, "known.json:1:2: is not JSON"),
        (["baseline", "app.json", "--prune"], 2, "seawall-baseline.json: there is no such baseline"),
        (["baseline", "app.json", "--prune", "--reason", "x", "--output", "empty.json"], 2, "--prune adds none"),
        (["baseline"], 3, "seawall baseline PATH"),
        (["check", "app.json", "--baseline", "known.json", "--no-baseline"], 2, "not allowed with"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], code: int, said: str, capsys: Capture) -> None:
    app()
    Path("known.json").write_text("{nonsense")
    Path("empty.json").write_text('{"schema": "seawall.baseline/1", "findings": []}')
    assert main(arguments) == code
    assert said in capsys.readouterr().err
