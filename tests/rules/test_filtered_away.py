"""`filtered-away`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.rules import Severity

from .judging import Raw, found, judged, only
from .reading import TABLE, app, mapping, redrive, resource

RULE = "filtered-away"


def filtered(*kinds: str) -> Raw:
    return {"FilterCriteria": {"Filters": [{"Pattern": json.dumps({"body": {"t": [*kinds]}})}]}}


def two(one: Raw, other: Raw) -> Raw:
    return app(
        Queue=resource("SQS::Queue", **redrive(5)),
        Worker=resource("Lambda::Function"),
        One=mapping(**one),
        Other=mapping(**other),
    )


@pytest.mark.parametrize(
    ("one", "other", "severity"),
    [
        (filtered("a"), filtered("b"), Severity.ERROR),
        (filtered("a", "b"), filtered("b", "c"), Severity.WARNING),
        (filtered("a"), {}, Severity.WARNING),
    ],
)
def test_readers_of_one_queue(tmp_path: Path, one: Raw, other: Raw, severity: Severity) -> None:
    finding = only(judged(tmp_path, two(one, other)), RULE)
    assert (finding.severity, finding.site) == (severity, "app/Queue")


def test_one_reader(tmp_path: Path) -> None:
    template = app(
        Queue=resource("SQS::Queue", **redrive(5)), Worker=resource("Lambda::Function"), Map=mapping(**filtered("a"))
    )
    finding = only(judged(tmp_path, template), RULE)
    assert finding.headline == (
        "messages of app/Queue that the filter of app/Map rejects are deleted: nobody else gets them"
    )
    assert finding.place.property == "FilterCriteria"


@pytest.mark.parametrize("source", ["Table", "Stream"])
def test_a_filter_on_a_stream_chooses(tmp_path: Path, source: str) -> None:
    template = app(
        Table=TABLE,
        Stream=resource("Kinesis::Stream"),
        Worker=resource("Lambda::Function"),
        Map=mapping(source, **filtered("a")),
    )
    assert not found(judged(tmp_path, template), RULE)


def test_without_filters(tmp_path: Path) -> None:
    assert not found(judged(tmp_path, two({}, {})), RULE)
