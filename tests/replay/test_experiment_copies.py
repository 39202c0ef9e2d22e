"""Code that sends several times, or calls in a loop: the stubs do the same, and counts are what the model says."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.replay import MiniStack

from .playing import play
from .test_experiment_readings import TEMPLATE, function, queue, reads, role

Raw = dict[str, Any]
SEND = (
    "    for n in range(3):\n        boto3.client('sqs').send_message(QueueUrl=os.environ['NEXT'], MessageBody='x')\n"
)
CALL = (
    "    for n in range(3):\n        answer = boto3.client('lambda').invoke(FunctionName=os.environ['CALLEE'])\n"
    "        if 'FunctionError' in answer:\n            raise RuntimeError(n)\n"
)
CAUGHT = (
    "    for n in range(3):\n        try:\n"
    "            answer = boto3.client('lambda').invoke(FunctionName=os.environ['CALLEE'])\n"
    "            if 'FunctionError' in answer:\n                raise RuntimeError(n)\n"
    "        except Exception as error:\n            print(error)\n"
)


def template(body: str) -> Raw:
    """Queue (4) -> Caller -> Next (2) -> Callee, or Caller -> Callee."""
    code = f"import boto3, os\ndef handler(event, context):\n{body}"
    resources = {
        "CallerRole": role({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        "Next": queue(2),
        "FromNext": reads("Next", "Callee"),
        "Caller": function("CallerRole", code, NEXT={"Ref": "Next"}, CALLEE={"Ref": "Callee"}),
    }
    return {"Resources": TEMPLATE["Resources"] | resources}


@pytest.mark.parametrize(
    ("body", "runs"),
    [
        pytest.param(SEND, 6, id="3 messages, 2 receives each"),
        pytest.param(CALL, 4, id="4 receives, the first failure raises"),
        pytest.param(CAUGHT, 3, id="3 calls, each failure is caught"),
    ],
)
def test_what_is_sent_several_times_is_played_as_often(emulator: MiniStack, body: str, runs: int) -> None:
    outcome, _ = play(emulator, template(body), "Callee")
    (row,) = (row for row in outcome.rows if row.key.site == "app/Callee")
    assert (row.predicted.count, row.observed, row.verdict) == (runs, runs, "equal")
    assert not outcome.differs
