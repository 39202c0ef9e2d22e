# ruff: noqa: E501 -- programs as text
"""`swallowed-failure`: caught, returned, lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Severity

from .judging import Raw, found, judged, only
from .reading import arn, mapped, redrive, resource

RULE = "swallowed-failure"


def code(text: str, **properties: Any) -> Raw:
    return {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": text}, **properties}


def handler(caught: str, imports: str = "import json") -> str:
    return f"{imports}\ndef handler(event, context):\n    try:\n        json.loads(event['Records'][0]['body'])\n    except Exception as error:\n        {caught}\n"


@pytest.mark.parametrize(
    ("caught", "fires"),
    [
        ("print(error)", True),
        ("pass", True),
        ("return {'statusCode': 500}", True),
        ("raise", False),
        ("raise ValueError() from error", False),
        ("requests.post('https://alerts', json={'error': str(error)})", False),
        ("boto3.client('sns').publish(TopicArn='arn:aws:sns:eu-west-1:1:alarms', Message='x')", False),
    ],
)
def test_fires_where_nobody_learns_of_the_failure(tmp_path: Path, caught: str, fires: bool) -> None:
    text = handler(caught, "import json, requests, boto3")
    assert len(found(judged(tmp_path, mapped(redrive(3), code(text))), RULE)) == fires


def test_says_where_and_what_never_acts(tmp_path: Path) -> None:
    report = judged(tmp_path, mapped(redrive(3), code(handler("print(error)"))))
    finding = only(report, RULE)
    assert finding.severity is Severity.WARNING
    assert (
        finding.headline
        == "app/Worker swallows every error, so an event that fails is lost: the 3 tries of app/Queue never happen"
    )
    assert (
        finding.facts[2]
        == "runs by kind of failure: error 1, function timeout 3, throttle 3, Lambda service error (5xx) 3"
    )
    assert finding.place.code is not None
    attempts = report.analysis.attempts
    assert [attempts.of("app/Worker", each).max for each in ("error", "timeout", "fault")] == [1, 3, 3]


def test_is_silent_where_nothing_is_retried_or_nothing_can_fail(tmp_path: Path) -> None:
    called = resource("ApiGatewayV2::Api", Target=arn("Worker"))
    alone = {"Resources": {"Worker": resource("Lambda::Function", **code(handler("print(error)"))), "Api": called}}
    assert found(judged(tmp_path, alone), RULE) == []
    calm = "def handler(event, context):\n    try:\n        print(event)\n    except Exception:\n        pass\n"
    assert found(judged(tmp_path, mapped(redrive(3), code(calm))), RULE) == []


def test_is_silent_where_one_kind_is_caught_or_code_is_not_followed(tmp_path: Path) -> None:
    one = handler("print(error)").replace("except Exception", "except KeyError")
    assert found(judged(tmp_path, mapped(redrive(3), code(one))), RULE) == []
    gap = handler("print(error)", "import json\nfrom company import go") + "    go(event)\n"
    assert found(judged(tmp_path, mapped(redrive(3), code(gap))), RULE) == []


PARTIAL = """
import json
def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            json.loads(record["body"])
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""


@pytest.mark.parametrize("taken", [True, False])
def test_failed_records_that_are_returned_are_not_swallowed(tmp_path: Path, taken: bool) -> None:
    settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]} if taken else {}
    report = judged(tmp_path, mapped(redrive(3), code(PARTIAL), **settings))
    assert found(report, RULE) == []
    assert len(found(report, "unreturned-failures")) == (not taken)
    assert report.analysis.attempts.of("app/Worker", "error").max == (3 if taken else 1)


def test_a_mapping_that_asks_for_what_the_code_never_returns(tmp_path: Path) -> None:
    text = "import json\ndef handler(event, context):\n    for record in event['Records']:\n        json.loads(record['body'])\n"
    settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
    [finding] = found(judged(tmp_path, mapped(redrive(3), code(text), **settings)), "unreturned-failures")
    assert "never returns any" in finding.headline
    assert found(judged(tmp_path, mapped(redrive(3), code(text), BatchSize=1, **settings)), "unreturned-failures") == []


def test_healthy_records_returned_as_failed(tmp_path: Path) -> None:
    text = PARTIAL.replace(
        '            json.loads(record["body"])',
        '            json.loads(record["body"])\n            failed.append({"itemIdentifier": "x"})',
    ).replace('            failed.append({"itemIdentifier": record["messageId"]})', "            print(1)")
    report = judged(tmp_path, mapped(redrive(3), code(text), FunctionResponseTypes=["ReportBatchItemFailures"]))
    assert [each.headline for each in found(report, "unreturned-failures")] == [
        "app/Worker returns records that worked as batchItemFailures, so that they run again"
    ]


@pytest.mark.parametrize(
    ("given", "fires"), [("MessageDeduplicationId='fixed', ", 1), ("MessageDeduplicationId=str(uuid.uuid4()), ", 0)]
)
def test_one_deduplication_id_for_all_messages(tmp_path: Path, given: str, fires: int) -> None:
    text = (
        "import boto3, os, uuid\ndef handler(event, context):\n"
        f"    boto3.client('sqs').send_message(QueueUrl=os.environ['Q'], MessageGroupId='g', {given}MessageBody='x')\n"
    )
    template = mapped({"FifoQueue": True}, code("x"))
    template["Resources"]["Sender"] = resource(
        "Lambda::Function", **code(text, Environment={"Variables": {"Q": {"Ref": "Queue"}}})
    )
    assert len(found(judged(tmp_path, template), "lost-requeue")) == fires
