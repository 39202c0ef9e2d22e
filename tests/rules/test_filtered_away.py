"""`filtered-away`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.remedies.applying import make
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
    assert finding.fix.accept == "first"
    assert finding.fix.trade_off == "app/Worker runs for every message"


def test_without_its_filter_the_only_reader_gets_every_message(tmp_path: Path) -> None:
    template = app(
        Queue=resource("SQS::Queue", **redrive(5)), Worker=resource("Lambda::Function"), Map=mapping(**filtered("a"))
    )
    edits = [edit for change in only(judged(tmp_path, template), RULE).changes for edit in change.edits]
    assert [(edit.place.property, edit.removes) for edit in edits] == [("FilterCriteria", True)]
    for edit in edits:
        make(template["Resources"], edit)
    assert not found(judged(tmp_path, template), RULE)


def test_of_several_readers_no_filter_can_go_alone(tmp_path: Path) -> None:
    """Each would get a part of what the other wants."""
    finding = only(judged(tmp_path, two(filtered("a"), filtered("b"))), RULE)
    assert finding.changes == ()
    assert finding.fix.text == (
        "give each kind of message a queue of its own: a topic with filter policies in front routes; otherwise: take "
        "the filter off app/One and app/Other and decide in the code"
    )


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
