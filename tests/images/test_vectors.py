"""The documented examples, and the cases derived from them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from seawall.images.evaluate import evaluate
from seawall.images.inventory import Image, ImageStatus
from seawall.images.parse import parse
from seawall.images.policy import LifecyclePolicy
from seawall.images.validate import validate

VECTORS = Path(__file__).parent / "vectors"
LIFECYCLE = json.loads((VECTORS / "ecr-lifecycle.json").read_text())
VALIDITY = json.loads((VECTORS / "ecr-validity.json").read_text())

# What AWS's API is reported to answer, and the constraint that says the same here.
ANSWERS = {
    "Rule for tagStatus=ANY must have the lowest priority per storage class": "any-last",
    "Only one rule can select Untagged images per storage class": "one-untagged",
    "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.": "needs-list",
    "numeric instance is lower than the required minimum (minimum: 1, found: 0)": "count",
}


def read(policy: object) -> LifecyclePolicy:
    parsed = parse(json.dumps(policy))
    assert isinstance(parsed, LifecyclePolicy)
    return parsed


def image(entry: dict[str, Any]) -> Image:
    def time(key: str) -> datetime | None:
        return datetime.fromisoformat(entry[key]) if key in entry else None

    pushed = time("pushed")
    assert pushed is not None
    return Image(
        entry["name"],
        frozenset(entry["tags"]),
        pushed,
        time("pulled"),
        time("archived"),
        time("activated"),
        ImageStatus(entry.get("status", "ACTIVE")),
        tuple(entry.get("refs", ())),
    )


@pytest.mark.parametrize("vector", LIFECYCLE, ids=[vector["name"] for vector in LIFECYCLE])
def test_lifecycle(vector: dict[str, Any]) -> None:
    found = evaluate(read(vector["policy"]), map(image, vector["images"]), datetime.fromisoformat(vector["now"]))
    assert sorted(fate.image.name for fate in found.acted) == sorted(vector["expected"])
    assert found.tied == ()
    assert [fate.image.name for fate in found.fates] == [entry["name"] for entry in vector["images"]]
    for fate in found.fates:
        assert fate.text


@pytest.mark.parametrize("vector", VALIDITY, ids=[vector["why"] for vector in VALIDITY])
def test_validity(vector: dict[str, Any]) -> None:
    problems = validate(read({"rules": vector["rules"]}))
    assert (not [problem for problem in problems if problem.certain]) is vector["ok"]
    if vector.get("error"):
        assert ANSWERS[vector["error"]] in {problem.constraint.id for problem in problems}
    if vector["ok"]:
        assert problems == ()
