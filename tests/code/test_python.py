# ruff: noqa: E501, ISC004 -- programs as text
"""Python handlers: which calls they make, to what, when, and what becomes of a failure."""

from __future__ import annotations

import pytest

from seawall.code import UnreadCode
from seawall.graph.turns import Copies

from .reading import account, aims, call, told

SQS = "import json, os, boto3\nsqs = boto3.client('sqs')\n"


@pytest.mark.parametrize(
    ("program", "aim"),
    [
        ("def handler(e, c):\n    sqs.send_message(QueueUrl=os.environ['Q'], MessageBody='x')", "$Q"),
        ("def handler(e, c):\n    sqs.send_message(QueueUrl=os.environ.get('Q'), MessageBody='x')", "$Q"),
        ("def handler(e, c):\n    sqs.send_message(QueueUrl=os.getenv('Q', 'd'), MessageBody='x')", "$Q"),
        ("URL = os.environ['Q']\ndef handler(e, c):\n    sqs.send_message(QueueUrl=URL, MessageBody='x')", "$Q"),
        ("def handler(e, c):\n    sqs.send_message(QueueUrl='https://sqs/1/q', MessageBody='x')", "https://sqs/1/q"),
        ("def handler(e, c):\n    sqs.send_message(QueueUrl=f'https://{\"sqs\"}/q', MessageBody='')", "https://sqs/q"),
        ("def handler(e, c):\n    sqs.send_message(QueueUrl=e['url'], MessageBody='x')", "?"),
        (
            "class Config:\n    url = os.environ['Q']\n"
            "def handler(e, c):\n    sqs.send_message(QueueUrl=Config.url, MessageBody='x')",
            "$Q",
        ),
        (
            "def send(url, body):\n    sqs.send_message(QueueUrl=url, MessageBody=body)\n"
            "def handler(e, c):\n    send(os.environ['Q'], 'x')",
            "$Q",
        ),
        (
            "def sender(url):\n    def send(body):\n        sqs.send_message(QueueUrl=url, MessageBody=body)\n"
            "    return send\nsend = sender(os.environ['Q'])\ndef handler(e, c):\n    send('x')",
            "$Q",
        ),
        (
            "SETTINGS = json.loads(os.environ['SETTINGS'])\n"
            "def handler(e, c):\n    sqs.send_message(QueueUrl=SETTINGS['queues']['orders'], MessageBody='x')",
            "$SETTINGS/queues/orders",
        ),
        (
            "class Sender:\n    def __init__(self, url=None):\n        self.url = url or os.environ['Q']\n"
            "        self.client = boto3.client('sqs')\n"
            "    def send(self, body):\n        self.client.send_message(QueueUrl=self.url, MessageBody=body)\n"
            "sender = Sender()\ndef handler(e, c):\n    sender.send('x')",
            "$Q",
        ),
        (
            "queue = boto3.resource('sqs').Queue(os.environ['Q'])\n"
            "def handler(e, c):\n    queue.send_message(MessageBody='x')",
            "$Q",
        ),
        (
            "client = None\ndef get():\n    global client\n    if client is None:\n"
            "        client = boto3.session.Session(region_name='eu-west-1').client(service_name='sqs')\n    return client\n"
            "def handler(e, c):\n    get().send_message(QueueUrl=os.environ['Q'], MessageBody='x')",
            "$Q",
        ),
        (
            "def handler(e, c):\n    request = {'QueueUrl': os.environ['Q']}\n    request['MessageBody'] = 'x'\n"
            "    sqs.send_message(**request)",
            "$Q",
        ),
        (
            "import aioboto3, asyncio\nasync def work():\n    async with aioboto3.Session().client('sqs') as q:\n"
            "        await q.send_message(QueueUrl=os.environ['Q'], MessageBody='x')\n"
            "def handler(e, c):\n    return asyncio.run(work())",
            "$Q",
        ),
        (
            "def handler(e, c):\n    url = sqs.get_queue_url(QueueName='orders')['QueueUrl']\n"
            "    sqs.send_message(QueueUrl=url, MessageBody='x')",
            "orders",
        ),
    ],
)
def test_where_a_message_goes(program: str, aim: str) -> None:
    found = account(SQS + program)
    assert found.gaps == ()
    assert aims(call(found, "SendMessage"), "QueueUrl") == [aim]


def test_a_part_of_a_list_holds_what_the_list_holds() -> None:
    """Events are put ten at a time; a part of a text is another text."""
    found = account(
        "import boto3, os\nevents = boto3.client('events')\n"
        "def handler(event, context):\n"
        "    made = [{'EventBusName': os.environ['BUS'], 'Detail': r['body']} for r in event['Records']]\n"
        "    for i in range(0, len(made), 10):\n        events.put_events(Entries=made[i:i + 10])\n"
    )
    [bus] = call(found).asked("Entries", "*", "EventBusName")
    assert getattr(bus, "name", None) == "BUS"
    cut = account(SQS + "def handler(e, c):\n    sqs.send_message(QueueUrl=os.environ['Q'][1:], MessageBody='x')\n")
    assert aims(call(cut), "QueueUrl") == ["?"]


def test_a_call_has_its_file_and_line() -> None:
    found = account(
        "from lib import send\ndef handler(e, c):\n    send(e)\n",
        lib=f"{SQS}def send(e):\n    sqs.send_message(QueueUrl='q')\n",
    )
    assert (call(found).at.file, call(found).at.line) == ("app", 4)


def test_a_helper_is_followed_from_each_place_that_calls_it() -> None:
    found = account(
        f"{SQS}def send(url):\n    sqs.send_message(QueueUrl=url)\n"
        "def handler(e, c):\n    send(os.environ['A'])\n    send(os.environ['B'])\n"
    )
    assert sorted(aim for one in found.calls for aim in aims(one, "QueueUrl")) == ["$A", "$B"]


SENDS_BACK = "sqs.send_message(QueueUrl=os.environ['Q'], MessageBody=json.dumps(e))"


@pytest.mark.parametrize(
    ("body", "on_failure", "fails_after", "raises"),
    [
        (f"    work(e)\n    {SENDS_BACK}", False, None, True),
        (f"    try:\n        work(e)\n    except Exception:\n        {SENDS_BACK}", True, False, False),
        (f"    try:\n        work(e)\n    except:\n        {SENDS_BACK}\n        return 1", True, False, False),
        (f"    try:\n        work(e)\n    except Exception:\n        {SENDS_BACK}\n        raise", True, True, True),
        (f"    try:\n        work(e)\n    except KeyError:\n        {SENDS_BACK}", True, False, True),
        (
            f"    try:\n        work(e)\n    except Exception as x:\n        {SENDS_BACK}\n"
            "        if c.strict:\n            raise\n        return 0",
            True, None, None,
        ),
        (
            f"    try:\n        work(e)\n    except Exception as x:\n        {SENDS_BACK}\n        raise ValueError() from x",
            True, True, True,
        ),
        (
            "    try:\n        inner(e)\n    except Exception:\n        return 0\n"
            f"def inner(e):\n    try:\n        work(e)\n    except Exception:\n        {SENDS_BACK}\n        raise",
            True, False, False,
        ),
    ],
)  # fmt: skip
def test_when_it_is_sent_and_what_follows(
    body: str, on_failure: bool, fails_after: bool | None, raises: bool | None
) -> None:
    found = account(
        f"{SQS}from lib import work\ndef handler(e, c):\n{body}\n", lib="def work(e):\n    return int(e['n'])\n"
    )
    one = call(found)
    assert (one.on_failure, one.fails_after, found.raises) == (on_failure, fails_after, raises)


def test_a_counter_that_the_event_carries_limits_the_laps() -> None:
    """Sent with page + 1 as long as page is under 40: from 0 that is 40 times."""
    from seawall.code.bounds import laps

    one = call(
        account(
            f"{SQS}def handler(e, c):\n    page = json.loads(e['Records'][0]['body'])['page']\n    if page < 40:\n"
            "        sqs.send_message(QueueUrl=os.environ['Q'], MessageBody=json.dumps({'page': page + 1}))\n"
        )
    )
    assert laps(one.bounds, one.request) == 40


@pytest.mark.parametrize(
    ("guard", "carried", "expected"),
    [
        ("if n > 3:\n        return", "n", 3),
        ("if n >= 3:\n        raise ValueError()", "n", 2),
        ("if c.late:\n        return", "n", None),
        ("if n > 3:\n        return", "1", None),
    ],
)
def test_laps_need_a_guard_and_a_counter_that_is_sent_along(guard: str, carried: str, expected: int | None) -> None:
    """n counts from 1 (the event's 0 and one more): sent while n <= 3, or while n < 3."""
    from seawall.code.bounds import laps

    one = call(
        account(
            f"{SQS}def handler(e, c):\n    n = e.get('n', 0) + 1\n    {guard}\n"
            f"    sqs.send_message(QueueUrl=os.environ['Q'], MessageBody=json.dumps({{**e, 'n': {carried}}}))\n"
        )
    )
    assert laps(one.bounds, one.request) == expected


@pytest.mark.parametrize(
    ("program", "tries", "sdk"),
    [
        ("@tenacity.retry(stop=tenacity.stop_after_attempt(4))\ndef send():\n    {send}", 4, None),
        ("@backoff.on_exception(backoff.expo, Exception, max_tries=5)\ndef send():\n    {send}", 5, None),
        ("@retry(stop_max_attempt_number=3)\ndef send():\n    {send}", 3, None),
        (
            "def send():\n    for attempt in range(3):\n        try:\n            {send}\n            break\n"
            "        except Exception:\n            time.sleep(1)",
            3, None,
        ),
        (
            "def send():\n    n = 0\n    while n < 4:\n        try:\n            return {send}\n"
            "        except Exception:\n            n += 1",
            4, None,
        ),
        ("sqs = boto3.client('sqs', config=Config(retries={{'max_attempts': 5}}))\ndef send():\n    {send}", 1, 6),
        ("sqs = boto3.client('sqs', config=Config(retries={{'total_max_attempts': 5}}))\ndef send():\n    {send}", 1, 5),
    ],
)  # fmt: skip
def test_tries_of_the_code_and_of_the_client(program: str, tries: int, sdk: int | None) -> None:
    """boto3's Config counts retries in `max_attempts` and all tries in `total_max_attempts`."""
    found = account(
        f"{SQS}import time, tenacity, backoff\nfrom retrying import retry\nfrom botocore.config import Config\n"
        + program.format(send="sqs.send_message(QueueUrl='q')")
        + "\ndef handler(e, c):\n    send()\n"
    )
    one = call(found)
    assert (one.tries, one.sdk.total, found.gaps) == (tries, sdk, ())


def test_a_loop_over_records_is_no_retry() -> None:
    one = call(
        account(f"{SQS}def handler(e, c):\n    for r in e['Records']:\n        sqs.send_message(QueueUrl='q')\n")
    )
    assert (one.per_record, one.tries, one.copies) == (True, 1, Copies())


def test_a_constant_loop_sends_as_often() -> None:
    one = call(account(f"{SQS}def handler(e, c):\n    for r in range(5):\n        sqs.send_message(QueueUrl='q')\n"))
    assert (one.per_record, one.tries, one.copies) == (False, 1, Copies(5, 5))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x", "does not define the handler app.handler"),
        ("def main(e, c):\n    pass\n", "does not define the handler app.handler"),
        ("def handler(e, c:\n", "is not Python that can be parsed: '(' was never closed"),
        ("def handler(e, c):\n" + "    x = " + "(" * 300 + ")" * 300 + "\n", None),
    ],
)
def test_what_cannot_be_read_is_a_gap(text: str, why: str | None) -> None:
    found = told(text)
    assert isinstance(found, UnreadCode)
    assert why is None or found.why == why


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("from shared_layer import queue\ndef handler(e, c):\n    queue.put(e)\n", "calls shared_layer.queue.put"),
        ("import boto3\ndef handler(e, c):\n    boto3.client(e['s']).send(e)\n", "whose service is not literal"),
        ("import lib\ndef handler(e, c):\n    lib.go()\n", "is not Python"),
        (
            "def handler(e, c):\n    thing.send_message(QueueUrl='q')\n",
            "of something that could not be followed",
        ),
        ("def handler(e, c):\n    exec(e['code'])\n", "made up while it runs"),
    ],
)
def test_what_cannot_be_followed_is_a_gap(program: str, why: str) -> None:
    found = account(program, lib="def go(:\n")
    assert not found.complete
    assert any(why in gap.why for gap in found.gaps), found.gaps


def test_packages_that_are_known_or_listed_are_none() -> None:
    program = "import requests, acme\ndef handler(e, c):\n    requests.post('https://x')\n    acme.go()\n"
    assert account(program, **{"requirements.txt": "acme==1.0\n"}).complete
    assert not account(program).complete


def test_a_placeholder_says_nothing() -> None:
    for text in ("def handler(e, c):\n    return {}\n", "def handler(e, c): ...", "def handler(e, c):\n    print(e)\n"):
        assert account(text).idle
        assert not account(text).complete


BATCH = "from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response\n"


def test_powertools_batch_processing_names_what_failed() -> None:
    found = account(
        f"{SQS}{BATCH}processor = BatchProcessor(event_type=EventType.SQS)\n"
        "def record_handler(record):\n    sqs.send_message(QueueUrl=os.environ['Q'], MessageBody=record.body)\n"
        "def handler(event, context):\n"
        "    return process_partial_response(event=event, record_handler=record_handler, processor=processor,\n"
        "                                    context=context)\n"
    )
    assert (found.partial, found.names_failed, found.names_healthy) == (True, True, None)
    assert (call(found).per_record, aims(call(found), "QueueUrl")) == (True, ["$Q"])


def test_powertools_event_handlers_run_their_routes() -> None:
    found = account(
        f"{SQS}from aws_lambda_powertools.event_handler import APIGatewayRestResolver\n"
        "from aws_lambda_powertools import Logger\nlogger = Logger()\napp = APIGatewayRestResolver()\n"
        "@app.post('/orders')\ndef orders():\n    sqs.send_message(QueueUrl=os.environ['Q'], MessageBody='x')\n"
        "@logger.inject_lambda_context\ndef handler(event, context):\n    return app.resolve(event, context)\n"
    )
    assert aims(call(found), "QueueUrl") == ["$Q"]
    assert found.gaps == ()


def test_records_that_failed_are_named_by_hand() -> None:
    found = account(
        f"{SQS}def handler(event, context):\n    failed = []\n    for record in event['Records']:\n        try:\n"
        "            int(record['body'])\n        except Exception:\n"
        "            failed.append({'itemIdentifier': record['messageId']})\n    return {'batchItemFailures': failed}\n"
    )
    assert (found.partial, found.names_failed, found.names_healthy) == (True, True, None)


def test_an_answer_with_a_status_of_failure() -> None:
    found = account(
        f"{SQS}def handler(event, context):\n    try:\n        sqs.send_message(QueueUrl='q')\n"
        "    except Exception:\n        return {'statusCode': 500}\n    return {'statusCode': 200}\n"
    )
    assert (found.raises, found.reported) == (False, False)
    assert found.answers is not None
    assert found.answers.line == 7


@pytest.mark.parametrize(
    ("looks", "fails"),
    [
        ("", False),
        (
            "    if 'FunctionError' in r:\n        print(r)\n    if not e.get('ok'):\n        raise ValueError()\n",
            False,
        ),
        ("    if 'FunctionError' in r:\n        raise ValueError()\n", True),
        ("    if r.get('FunctionError'):\n        raise ValueError()\n", True),
        ("    if e.get('strict') and r.get('FunctionError'):\n        raise ValueError()\n", None),
        ("    if r['StatusCode'] != 200:\n        raise ValueError()\n", None),  # 200 in either case: never, in fact
    ],
)
def test_whether_the_run_fails_where_an_answer_says_that_the_work_failed(looks: str, fails: bool | None) -> None:
    one = call(
        account(
            "import boto3\ndef handler(e, c):\n    r = boto3.client('lambda').invoke(FunctionName='f')\n"
            f"{looks}    return 1\n"
        )
    )
    assert one.fails_told is fails


def test_a_decorator_of_the_app_is_followed() -> None:
    found = account(
        f"{SQS}import functools\ndef quiet(f):\n    @functools.wraps(f)\n    def inner(*a, **k):\n        try:\n"
        "            return f(*a, **k)\n        except Exception:\n            print('x')\n    return inner\n"
        "@quiet\ndef handler(e, c):\n    sqs.send_message(QueueUrl=os.environ['Q'])\n"
    )
    assert (found.raises, len(found.swallowed), aims(call(found), "QueueUrl")) == (False, 1, ["$Q"])


def test_a_variable_that_goes_into_a_library_is_handed_on() -> None:
    found = account(
        "import acme, os\ndef handler(e, c):\n    acme.Queue(os.environ['Q']).put(e)\n", **{"requirements.txt": "acme"}
    )
    assert [variable.name for variable, _ in found.handed_on] == ["Q"]


def test_a_step_of_a_durable_function_is_called_without_its_context() -> None:
    found = account(
        f"{SQS}from aws_durable_execution_sdk_python import durable_execution, durable_step, DurableContext\n"
        "@durable_step\ndef send(step, url):\n    sqs.send_message(QueueUrl=url)\n"
        "@durable_execution\ndef handler(event, context: DurableContext):\n    context.step(send(os.environ['Q']))\n"
    )
    assert (aims(call(found), "QueueUrl"), found.gaps) == (["$Q"], ())


DURABLE = (
    f"{SQS}from aws_durable_execution_sdk_python import durable_execution, durable_step, DurableContext\n"
    "from aws_durable_execution_sdk_python.config import StepConfig\n"
    "from aws_durable_execution_sdk_python.retries import RetryPresets, RetryStrategyConfig, create_retry_strategy\n"
)


@pytest.mark.parametrize(
    ("config", "tries"),
    [
        ("", 6),
        (", config=StepConfig()", 6),
        (", config=StepConfig(retry_strategy=RetryPresets.none())", 1),
        (", config=StepConfig(retry_strategy=create_retry_strategy())", 3),
        (", config=StepConfig(create_retry_strategy(RetryStrategyConfig(2)))", 2),
        (", config=StepConfig(retry_strategy=create_retry_strategy(RetryStrategyConfig(max_attempts=9)))", 9),
        (", config=StepConfig(retry_strategy=lambda error, tries: decide(error))", None),
    ],
)
@pytest.mark.parametrize("made", ["@durable_step\ndef send(step):", "def send(step):"])
def test_tries_of_a_step_of_a_durable_function(config: str, tries: int | None, made: str) -> None:
    step = "send()" if made.startswith("@") else "send"
    found = account(
        f"{DURABLE}{made}\n    sqs.send_message(QueueUrl=os.environ['Q'])\n"
        f"@durable_execution\ndef handler(event, context: DurableContext):\n    context.step({step}{config})\n"
    )
    assert [each for each, _ in found.step_tries] == [tries]
    assert call(found).tries == (tries or 1)
    assert bool(found.gaps) is (tries is None)
