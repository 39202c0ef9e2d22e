"""The JSON report: the document of the contract, valid by its own schema, the same bytes for the same input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from seawall.engine import report_of
from seawall.graph import CLASSES, Bound, Gap, Tries
from seawall.report.format import Screen
from seawall.report.json_ import render, schema
from seawall.rules import Acknowledgement, Suppressed
from seawall.template import Skipped, ValueStatus, load

from .building import CHARGE, MACHINE, PIPE, QUEUE, STATE, TRACE, finding, place, report

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))


def parsed(made: Any) -> Any:
    """The document, checked against the schema that ships."""
    document = json.loads(render(made, Screen()))
    jsonschema.Draft202012Validator(schema(), format_checker=None).validate(document)
    return document


def test_the_schema_is_a_schema_and_says_what_every_field_is() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())

    def fields(node: Any, path: str) -> list[str]:
        if isinstance(node, list):
            return [name for item in node for name in fields(item, path)]
        if not isinstance(node, dict):
            return []
        bare: list[str] = []
        for name, field in node.get("properties", {}).items():
            referred = schema()["$defs"].get(str(field.get("$ref", "")).rpartition("/")[2], {}) if field else {}
            if field and not {**referred, **field}.get("description"):
                bare.append(f"{path}.{name}")
        return bare + [found for key, value in node.items() if key != "if" for found in fields(value, f"{path}.{key}")]

    undescribed = [
        name for name in fields(schema(), "") if not name.endswith((".error", ".timeout", ".throttle", ".fault"))
    ]
    assert undescribed == []


def test_every_field_of_the_contract_is_there(tmp_path: Path) -> None:
    document = parsed(report(tmp_path))
    assert list(document) == [
        "schema", "tool", "settings", "inputs", "sites", "hops", "hops_ruled_out", "loops", "images", "findings",
        "suppressed", "broken",
    ]  # fmt: skip
    assert document["schema"] == "seawall.report/1"
    assert document["tool"]["name"] == "seawall"
    assert document["inputs"] == {
        "templates": 1, "resources": 4, "sites": 5, "hops": 4, "images": 0, "images_ignored": 0,
        "read_percent": 100, "unknown": [], "skipped": [],
    }  # fmt: skip


def test_a_site_gives_its_figures_and_the_layers_that_make_them(tmp_path: Path) -> None:
    sites = {site["id"]: site for site in parsed(report(tmp_path))["sites"]}
    assert list(sites) == sorted(sites)
    charge = sites[CHARGE]
    assert charge["attempts"] == {failure: {"max": 20, "bounded_by": "count"} for failure in CLASSES}
    assert (charge["logical_id"], charge["construct_path"]) == ("Charge1F0A2B3C", "Webhook/Charge/Resource")
    assert (charge["entry"], charge["layers_for"], charge["give_up_seconds"]) == (QUEUE, "error", 1800)
    assert [(layer["at"], layer["property"], layer["tries"], layer["value"]) for layer in charge["layers"]] == [
        (QUEUE, "RedrivePolicy.maxReceiveCount", 5, "known"),
        (STATE, "States.Charge.Retry", 4, "known"),
    ]
    assert sites[STATE]["logical_id"] == "Machine38B5FA2B"
    assert {"site": CHARGE, "runs": 5} in sites[MACHINE]["collateral"]


def test_no_count_is_null_and_says_what_is_certain(tmp_path: Path) -> None:
    unknown = Tries(None, status=ValueStatus.UNKNOWN, setting="RedrivePolicy.maxReceiveCount", note="a parameter")
    charge = parsed(report(tmp_path, receives=unknown))["sites"][0]
    assert charge["attempts"]["error"] == {"max": None, "bounded_by": "count", "at_least": 4}
    assert charge["layers"][0]["value"] == "unknown"
    assert charge["layers"][0]["tries"] is None
    assert charge["give_up_seconds"] is None


def test_a_figure_bounded_by_age_says_so(tmp_path: Path) -> None:
    aged = Tries(11_520, Bound.TIME, ValueStatus.DEFAULT, note="4 days / 30 s", interval=30.0, limit=345_600.0)
    charge = parsed(report(tmp_path, receives=aged))["sites"][0]
    assert charge["attempts"]["fault"] == {"max": 46_080, "bounded_by": "time"}
    assert charge["give_up_seconds"] == 345_600


def test_a_finding_names_its_place_and_its_path(tmp_path: Path) -> None:
    found = parsed(report(tmp_path))["findings"][0]
    assert (found["rule"], found["severity"], found["failure"], found["attempts"]) == (
        "stacked-retries", "error", "error", 20,
    )  # fmt: skip
    assert found["resource"] == {
        "logical_id": "Charge1F0A2B3C",
        "type": "AWS::Lambda::Function",
        "construct_path": "Webhook/Charge/Resource",
        "app": None,
        "template": "Webhook.template.json",
        "property": None,
        "line": 34,
        "source": None,
    }
    assert [(mark["site"], mark["tries"], mark["running"]) for mark in found["trace"]] == [
        (QUEUE, 1, None), (PIPE, 5, 5), (MACHINE, 1, 5), (STATE, 4, 20), (CHARGE, 1, 20),
    ]  # fmt: skip
    assert found["trace"][1]["line"] == 8  # of maxReceiveCount
    assert found["trace"][3]["line"] == 28  # of DefinitionString, which holds States.Charge.Retry


def test_acknowledged_findings_keep_their_form_and_gain_a_reason(tmp_path: Path) -> None:
    accepted = Suppressed(finding(), Acknowledgement("stacked-retries", "paid for", CHARGE, "metadata"))
    document = parsed(report(tmp_path, [], [accepted]))
    assert document["findings"] == []
    (found,) = document["suppressed"]
    assert (found["reason"], found["by"], found["stated_at"]) == ("paid for", "metadata", CHARGE)
    assert found["rule"] == "stacked-retries"
    assert len(found["trace"]) == 5


def test_what_is_unknown_and_what_was_skipped_is_listed_in_order(tmp_path: Path) -> None:
    made = report(
        tmp_path,
        [],
        unknown=[
            Gap(QUEUE, "RedrivePolicy", "a parameter", place("Queue4A7E3555", "RedrivePolicy")),
            Gap(PIPE, "Target", "an import"),
        ],
        skipped=(Skipped("b.json", "not JSON"), Skipped("a.json", "not JSON")),
    )
    inputs = parsed(made)["inputs"]
    assert [entry["site"] for entry in inputs["unknown"]] == [PIPE, QUEUE]
    assert [entry["line"] for entry in inputs["unknown"]] == [None, 7]
    assert [entry["path"] for entry in inputs["skipped"]] == ["a.json", "b.json"]


def test_names_that_no_stream_can_encode_pass(tmp_path: Path) -> None:
    odd = finding(site="Webhook/\ud800\x1b[31m", trace=(replace(TRACE[0], site="\ud800"),))
    text = render(report(tmp_path, [odd]), Screen())
    assert text.isascii()
    assert json.loads(text)["findings"][0]["site"] == "Webhook/\ud800\x1b[31m"


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    first = render(report(tmp_path), Screen())
    assert render(report(tmp_path), Screen(width=40, color=True, terminal=True)) == first


@pytest.mark.parametrize("template", SCENARIOS, ids=lambda path: path.stem)
def test_reports_of_real_templates_are_valid(template: Path) -> None:
    document = parsed(report_of(load([template])))
    ids = {site["id"] for site in document["sites"]}
    assert {end for hop in document["hops"] for end in (hop["from"], hop["to"])} <= ids
    assert {layer["at"] for site in document["sites"] for layer in site["layers"]} <= ids
    for site in document["sites"]:
        for path in site.get("paths", ()):
            assert path["entry"] in ids
        paths = site.get("paths", [])
        figure = site["attempts"][site["layers_for"]]["max"]
        if paths and figure is not None:
            assert sum(path["runs"] for path in paths) + site["further_paths"]["runs"] == figure
    prints = [found["fingerprint"] for found in (*document["findings"], *document["suppressed"])]
    assert len(set(prints)) == len(prints)


def test_a_sum_lists_the_paths_it_is_the_sum_of() -> None:
    document = parsed(report_of(load([next(path for path in SCENARIOS if path.stem.startswith("case-12"))])))
    worker = next(site for site in document["sites"] if site["attempts"]["error"]["max"] == 5)
    assert [path["runs"] for path in worker["paths"]] == [3, 2]
    assert worker["further_paths"] == {"paths": 0, "runs": 0}
    assert worker["layers"] == worker["paths"][0]["layers"]


def test_the_order_does_not_hang_on_hashes() -> None:
    """Sets of names come in another order in every process, unless the seed of their hashes is fixed."""
    program = (
        "import sys; from seawall.engine import report_of; from seawall.report.format import Screen; "
        "from seawall.report.json_ import render; from seawall.template import load; "
        "sys.stdout.write(render(report_of(load(sys.argv[1:])), Screen()))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, *map(str, SCENARIOS)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
