"""`unreturned-failures`: what to do about it, beside `batch-retry` for the same mapping."""

from __future__ import annotations

from pathlib import Path

from seawall.remedies.applying import make

from .judging import Raw, found, judged, only
from .reading import app, mapping, redrive, resource

RULE = "unreturned-failures"
CODE = """\
import json

def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            json.loads(record["body"])["id"]
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""


def returning() -> Raw:
    """A handler that names the messages that failed, and a mapping that does not take that."""
    worker = resource("Lambda::Function", Runtime="python3.13", Handler="index.handler", Code={"ZipFile": CODE})
    return app(Queue=resource("SQS::Queue", **redrive(5)), Worker=worker, Map=mapping())


def test_the_mapping_takes_what_the_handler_returns(tmp_path: Path) -> None:
    template = returning()
    (change,) = only(judged(tmp_path, template), RULE).changes
    for edit in change.edits:
        make(template["Resources"], edit)
    report = judged(tmp_path, template)
    assert not found(report, RULE)
    assert not found(report, "batch-retry")


def test_what_is_in_the_code_already_is_not_asked_for(tmp_path: Path) -> None:
    """Every error is caught, so that only a timeout or a crash brings the batch again."""
    finding = only(judged(tmp_path, returning()), "batch-retry")
    assert finding.headline.startswith(
        "a timeout or crash on one message of app/Queue makes app/Worker process up to 9 "
    )
    assert [step.said for step in finding.fix.steps] == ["set ReportBatchItemFailures"]
    assert finding.fix.steps[0].notes == ("app/Worker returns those that failed already",)
