"""Settings that break the promise, or contradict one another, are refused with the figure and the names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
import aws_cdk.aws_stepfunctions_tasks as tasks
import pytest

from seawall.constructs import RequestValue, WebhookPipeline, invoke
from tests.constructs.conftest import EXPRESS, SHOP, function

Props = dict[str, Any]
STANDARD = sfn.StateMachineType.STANDARD


def refusal(stack: cdk.Stack, **props: Any) -> str:
    signed: Props = {} if "queue" in props or "signature_header" in props else {"signature_header": "X-Signature"}
    with pytest.raises(ValueError, match=r"^Shop/Hooks") as caught:
        WebhookPipeline(stack, "Hooks", **signed, **props)
    return str(caught.value)


def worst_case(stack: cdk.Stack, **props: Any) -> int:
    return WebhookPipeline(stack, "Hooks", signature_header="X-Signature", **props).worst_case


def test_a_function_runs_as_often_as_its_message_is_received(stack: cdk.Stack) -> None:
    assert worst_case(stack, function=function(stack), max_receive_count=8) == 8


def test_receives_give_way_to_a_stricter_promise(stack: cdk.Stack) -> None:
    assert worst_case(stack, function=function(stack), max_attempts=3) == 3


def test_too_many_receives(stack: cdk.Stack) -> None:
    assert refusal(stack, function=function(stack), max_receive_count=20) == (
        "Shop/Hooks: max_attempts=10 cannot be kept: one message can run Shop/Worker 20 times when it raises an error\n"
        "20 (Shop/Hooks/Queue: maxReceiveCount = 20)\n"
        "change max_receive_count or max_attempts"
    )


def test_states_that_retry_behind_a_queue_that_does(stack: cdk.Stack) -> None:
    said = refusal(stack, definition=invoke(stack, "Charge", function(stack), tries=4))
    assert "one message can run Shop/Hooks/Machine#Charge 20 times when it raises an error" in said
    assert (
        "20 = 5 (Shop/Hooks/Queue: maxReceiveCount = 5) x 4 (Shop/Hooks/Machine#Charge: Retry on any error: "
        "3 retries + the first try = 4)"
    ) in said


def test_a_second_owner_is_one_too_many_even_within_the_promise(stack: cdk.Stack) -> None:
    said = refusal(stack, definition=invoke(stack, "Charge", function(stack), tries=2))
    assert "the queue owns the retry, but others try again as well" in said
    assert "Charge 10 times" in said  # 5 x 2


def test_the_hidden_retrier_of_the_cdk_is_seen(stack: cdk.Stack) -> None:
    task = tasks.LambdaInvoke(stack, "Charge", lambda_function=function(stack))
    assert "Charge 20 times when it meets a service error" in refusal(stack, definition=task)  # 5 x 7


def test_a_machine_that_owns_the_retry_tries_as_its_states_say(stack: cdk.Stack) -> None:
    charge = invoke(stack, "Charge", function(stack), tries=8)
    assert worst_case(stack, definition=charge, retry_owner="machine") == 8


def test_too_many_tries_of_a_state(stack: cdk.Stack) -> None:
    said = refusal(stack, definition=invoke(stack, "Charge", function(stack), tries=11), retry_owner="machine")
    assert "Charge 11 times when it raises an error\n11 (Shop/Hooks/Machine#Charge: Retry on any error: 10 " in said
    assert "change the tries of the states or max_attempts" in said


def test_a_function_that_two_states_call_counts_for_both(stack: cdk.Stack) -> None:
    worker = function(stack)
    again = invoke(stack, "Again", worker, tries=3)
    charge = invoke(stack, "Charge", worker, tries=4).add_catch(again)
    said = refusal(stack, definition=charge, retry_owner="machine", max_attempts=6)
    assert " 7 times when it raises an error\n7 = " in said  # 4 of Charge, then 3 of Again


def test_sending_to_the_own_queue_is_a_loop(stack: cdk.Stack) -> None:
    queue = sqs.Queue(
        stack,
        "Queue",
        visibility_timeout=cdk.Duration.minutes(3),
        dead_letter_queue=sqs.DeadLetterQueue(queue=sqs.Queue(stack, "Dead"), max_receive_count=5),
    )
    body = sfn.TaskInput.from_json_path_at("$[0].body")
    back = tasks.SqsSendMessage(stack, "Back", queue=queue, message_body=body)
    work = invoke(stack, "Charge", function(stack)).next(back)
    assert "Seawall: retry-loop" in refusal(stack, definition=work, queue=queue)


@pytest.mark.parametrize(
    ("props", "words"),
    [
        (lambda stack: {}, "give one consumer"),
        (lambda stack: {"function": function(stack), "retry_owner": "machine"}, "retry_owner"),
        (lambda stack: {"definition": sfn.Pass(stack, "P"), "machine_type": STANDARD}, "nothing waits for a Standard"),
        (lambda stack: {"definition": sfn.Pass(stack, "P"), "retry_owner": "both"}, "not 'both'"),
        (
            lambda stack: {"definition": sfn.Pass(stack, "P"), "batch_size": 5},
            "batch_size does not apply: the consumer is a machine",
        ),
        (
            lambda stack: {"function": function(stack), "machine_type": EXPRESS},
            "machine_type does not apply: the consumer is a function",
        ),
        (lambda stack: {"function": function(stack), "max_attempts": 0}, "max_attempts must be at least 1"),
        (lambda stack: {"function": function(stack), "signature_header": None}, "give signature_header"),
        (lambda stack: {"function": function(stack), "signature_header": "X Y"}, "no name of a header"),
        (
            lambda stack: {"function": function(stack), "headers": [f"X-{n}" for n in range(10)]},
            "10 attributes at most",
        ),
        (lambda stack: {"function": function(stack), "tenant": SHOP}, "no {shop} in path '/webhooks'"),
        (lambda stack: {"function": function(stack), "batch_size": 11}, "batch_size must be 1 to 10 here, not 11"),
        (lambda stack: {"function": function(stack), "max_concurrency": 1}, "max_concurrency must be 2 to 1,000"),
        (
            lambda stack: {"function": function(stack), "visibility_timeout": cdk.Duration.seconds(179)},
            "179 s are short for what runs behind the queue; it needs 180 s",
        ),
        (
            lambda stack: {"function": function(stack), "retention": cdk.Duration.days(14)},
            "dead_letter_retention (14 days) must be longer than retention (14 days)",
        ),
        (
            lambda stack: {"definition": sfn.Pass(stack, "P"), "machine_timeout": cdk.Duration.minutes(6)},
            "an Express machine runs for 300 s at most, not 360 s",
        ),
        (
            lambda stack: {
                "function": function(stack),
                "tenant": RequestValue.header("X-Shop"),
                "batching_window": cdk.Duration.seconds(5),
            },
            "batching_window",
        ),
        (
            lambda stack: {"function": lambda_.Function.from_function_name(stack, "F", "charge")},
            "give function_timeout",
        ),
        (lambda stack: {"function": function(stack), "max_receive_count": 0}, "max_receive_count must be 1 to 1,000"),
    ],
)
def test_settings_that_do_not_fit(stack: cdk.Stack, props: Callable[[cdk.Stack], Props], words: str) -> None:
    assert words in refusal(stack, **props(stack))


def test_a_cap_above_what_is_reserved_would_use_up_receives(stack: cdk.Stack) -> None:
    code = lambda_.Code.from_inline("def handler(event, context): pass")
    worker = lambda_.Function(
        stack,
        "Worker",
        code=code,
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_14,
        reserved_concurrent_executions=5,
    )
    said = refusal(stack, function=worker)
    assert "max_concurrency (10) is above what Shop/Worker may run at once (reserved_concurrent_executions = 5)" in said
    other = cdk.Stack(cdk.App(), "Shop")
    assert worst_case(other, function=worker, max_concurrency=5) == 5


def test_a_queue_that_is_there_has_to_fit(stack: cdk.Stack) -> None:
    worker = function(stack)
    dead = sqs.Queue(stack, "Dead")
    letters = sqs.DeadLetterQueue(queue=dead, max_receive_count=5)
    assert "has no dead-letter queue" in refusal(stack, function=worker, queue=sqs.Queue(stack, "Endless"))
    short = sqs.Queue(stack, "Short", dead_letter_queue=letters)
    other = cdk.Stack(cdk.App(), "Shop")
    assert "hides a message for 30 s, and what runs behind it needs 180 s" in refusal(
        other, function=worker, queue=short
    )


def test_an_imported_queue_tells_nothing(stack: cdk.Stack) -> None:
    queue = sqs.Queue.from_queue_arn(stack, "Queue", "arn:aws:sqs:eu-west-1:123456789012:hooks")
    said = refusal(stack, function=function(stack), queue=queue)
    assert "give dead_letter_queue and max_receive_count as they are set there" in said


def test_what_the_pipeline_makes_is_not_asked_of_a_queue_that_is_there(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Queue")
    said = refusal(stack, function=function(stack), queue=queue, signature_header="X-S", tenant=SHOP)
    assert "signature_header, tenant do not apply: the queue is there already" in said
