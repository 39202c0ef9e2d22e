"""A fingerprint outlives what does not matter, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.graph import FailureClass
from seawall.rules import Fix
from seawall.rules.fingerprint import fingerprint, fingerprints
from tests.report.building import BODY, CHARGE, app, finding, place

PLAIN: Any = {
    "Resources": {name: {**resource, "Metadata": {}} for name, resource in BODY["Resources"].items()},
}


def renamed(body: Any, old: str, new: str) -> Any:
    return json.loads(json.dumps(body).replace(old, new))


@pytest.mark.parametrize(
    "changes",
    [
        {"headline": "40 runs of Webhook/Charge", "attempts": 40},
        {"fix": Fix.of("something else")},
        {"failure": FailureClass.FAULT},
        {"trace": ()},
    ],
)
def test_numbers_and_wording_do_not_matter(tmp_path: Path, changes: Any) -> None:
    made = app(tmp_path)
    assert fingerprint(made, finding(**changes)) == fingerprint(made, finding())


def test_the_hash_of_a_logical_id_does_not_matter(tmp_path: Path) -> None:
    before = fingerprint(app(tmp_path), finding())
    moved = app(tmp_path, renamed(BODY, "Charge1F0A2B3C", "ChargeDEADBEEF"))
    assert fingerprint(moved, finding(place=place("ChargeDEADBEEF"))) == before


def test_nor_does_it_where_no_construct_path_is_known(tmp_path: Path) -> None:
    def print_of(logical_id: str) -> str:
        made = app(tmp_path, renamed(PLAIN, "Charge1F0A2B3C", logical_id))
        site = f"Webhook/{logical_id}"
        return fingerprint(made, finding(place=place(logical_id), site=site, shape=(f"task>{site}",)))

    assert print_of("Charge1F0A2B3C") == print_of("ChargeDEADBEEF")
    assert print_of("Charge1F0A2B3C") != print_of("Refund1F0A2B3C")


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "excessive-retries"},
        {"shape": ("Webhook/Queue", "Webhook/Charge")},
        {"place": place("Queue4A7E3555")},
        {"place": place("Machine38B5FA2B"), "site": "Webhook/Machine#Charge"},
    ],
)
def test_rule_place_and_shape_do_matter(tmp_path: Path, changes: Any) -> None:
    made = app(tmp_path)
    assert fingerprint(made, finding(**changes)) != fingerprint(made, finding())


def test_states_of_one_machine_are_told_apart(tmp_path: Path) -> None:
    made = app(tmp_path)
    machine = place("Machine38B5FA2B")
    first, second = (finding(place=machine, site=f"Webhook/Machine#{name}", shape=()) for name in ("Charge", "Save"))
    assert fingerprint(made, first) != fingerprint(made, second)


def test_findings_that_are_alike_are_still_told_apart(tmp_path: Path) -> None:
    made = app(tmp_path)
    alike = [finding(), finding(), finding(rule="idle-retry")]
    found = fingerprints(made, alike)
    assert len(set(found.values())) == 3
    assert found[id(alike[0])] == fingerprint(made, alike[0])


def test_it_is_short_and_hexadecimal(tmp_path: Path) -> None:
    assert int(fingerprint(app(tmp_path), finding(site=CHARGE)), 16) >= 0
    assert len(fingerprint(app(tmp_path), finding())) == 24


def test_the_order_in_which_a_template_names_things_does_not_matter(tmp_path: Path) -> None:
    made = app(tmp_path)
    one, other = (finding(shape=("sqs>a", "sqs>b")), finding(shape=("sqs>b", "sqs>a")))
    assert fingerprint(made, one) == fingerprint(made, other)
