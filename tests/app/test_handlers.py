"""The functions' code: what each does with a webhook, and where a failing one goes."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

QUEUES = {
    "SOURCE_QUEUE_URL": "https://queue/source.fifo",
    "DEAD_LETTER_QUEUE_URL": "https://queue/dead.fifo",
    "LAST_QUEUE_URL": "https://queue/last.fifo",
}
MACHINE_ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:webhooks"


def webhook(**changes: Any) -> dict[str, Any]:
    """A healthy order webhook, as the decoder returns it."""
    return {
        "webhook_id": "w-1",
        "shop_id": "shop-1",
        "webhook_type": "order",
        "payload": {"id": 1, "total_price": "9.90"},
        **changes,
    }


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("STATE_MACHINE_ARN", MACHINE_ARN)
    for name, url in QUEUES.items():
        monkeypatch.setenv(name, url)


def load(name: str) -> ModuleType:
    """A function's module; it makes its client when imported, so the environment goes first."""
    return importlib.import_module(f"stacks.functions.{name}")


class TestTrigger:
    def test_each_record_starts_one_execution_with_its_body(self) -> None:
        trigger = load("trigger.index")
        with Stubber(trigger.step_functions) as stub:
            stub.add_response(
                "start_execution",
                {"executionArn": f"{MACHINE_ARN}:1", "startDate": 0},
                {"stateMachineArn": MACHINE_ARN, "input": json.dumps({"body": "hello"})},
            )
            assert trigger.handler({"Records": [{"messageId": "m", "body": "hello"}]}, None) is None
            stub.assert_no_pending_responses()

    def test_a_refused_start_fails_the_delivery(self) -> None:
        trigger = load("trigger.index")
        with Stubber(trigger.step_functions) as stub:
            stub.add_client_error("start_execution", "AccessDeniedException")
            with pytest.raises(trigger.step_functions.exceptions.ClientError):
                trigger.handler({"Records": [{"messageId": "m", "body": "hello"}]}, None)


class TestDecode:
    def test_a_payload_that_is_text_is_parsed(self) -> None:
        sent = webhook(payload='{"id": 1}')
        assert load("decode.index").handler({"body": json.dumps(sent)}, None) == webhook(payload={"id": 1})

    def test_an_event_that_comes_round_again_keeps_its_retry_count(self) -> None:
        sent = webhook(retry_count=3)
        assert load("decode.index").handler({"body": json.dumps(sent)}, None) == sent

    @pytest.mark.parametrize("field", ["webhook_id", "shop_id", "webhook_type"])
    def test_a_message_that_is_no_webhook_is_refused(self, field: str) -> None:
        decode = load("decode.index")
        sent = webhook()
        del sent[field]
        with pytest.raises(decode.InvalidWebhookError, match=field):
            decode.handler({"body": json.dumps(sent)}, None)


class TestProcessing:
    def test_every_type_has_its_required_fields(self) -> None:
        routing = importlib.import_module("stacks.webhook_routing")
        assert tuple(load("handle.processing").REQUIRED_FIELDS) == routing.WEBHOOK_TYPES

    def test_a_payload_without_a_required_field_is_refused(self) -> None:
        processing = load("handle.processing")
        with pytest.raises(processing.InvalidPayloadError, match="missing total_price"):
            processing.process(webhook(payload={"id": 1}))


class TestRequeueingHandler:
    @pytest.fixture
    def requeueing(self) -> ModuleType:
        return load("handle.requeueing")

    @pytest.fixture
    def stub(self, requeueing: ModuleType) -> Iterator[Stubber]:
        with Stubber(requeueing.sqs) as stub:
            yield stub
            stub.assert_no_pending_responses()

    def test_a_healthy_webhook_is_sent_nowhere(self, requeueing: ModuleType, stub: Stubber) -> None:
        assert requeueing.handler(webhook(), None) == {"status": "done"}

    @pytest.mark.parametrize(
        ("failures_before", "queue"),
        [
            (None, "SOURCE_QUEUE_URL"),
            (0, "SOURCE_QUEUE_URL"),
            (4, "SOURCE_QUEUE_URL"),
            (5, "DEAD_LETTER_QUEUE_URL"),
            (9, "DEAD_LETTER_QUEUE_URL"),
            (10, "LAST_QUEUE_URL"),
            (11, "LAST_QUEUE_URL"),
        ],
    )
    def test_a_failure_is_hidden_and_the_webhook_sent_on(
        self,
        requeueing: ModuleType,
        stub: Stubber,
        failures_before: int | None,
        queue: str,
    ) -> None:
        broken = webhook(payload={})
        if failures_before is not None:
            broken["retry_count"] = failures_before
        retry_count = (failures_before or 0) + 1
        stub.add_response(
            "send_message",
            {},
            {
                "QueueUrl": QUEUES[queue],
                "MessageBody": json.dumps({**broken, "retry_count": retry_count}),
                "MessageGroupId": "shop-1",
                "MessageDeduplicationId": ANY,
            },
        )
        assert requeueing.handler(broken, None) == {
            "status": "sent back",
            "retry_count": retry_count,
        }

    def test_two_sends_of_one_webhook_are_two_messages(
        self, requeueing: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent: list[str] = []

        class Queue:
            def send_message(self, **message: str) -> None:
                sent.append(message["MessageDeduplicationId"])

        monkeypatch.setattr(requeueing, "sqs", Queue())
        for _ in range(2):
            requeueing.handler(webhook(payload={}), None)
        assert len(set(sent)) == 2

    def test_only_a_failing_send_fails_the_task(self, requeueing: ModuleType, stub: Stubber) -> None:
        stub.add_client_error("send_message", "AccessDenied")
        with pytest.raises(requeueing.sqs.exceptions.ClientError):
            requeueing.handler(webhook(payload={}), None)


class TestRaisingHandler:
    def test_a_healthy_webhook_is_done(self) -> None:
        assert load("handle.raising").handler(webhook(), None) == {"status": "done"}

    def test_a_failure_is_raised(self) -> None:
        with pytest.raises(load("handle.processing").InvalidPayloadError):
            load("handle.raising").handler(webhook(payload={}), None)
