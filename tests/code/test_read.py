# ruff: noqa: E501 -- programs as text
"""Small handlers of every make, each with its right account: the calls, and what becomes of a failure."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from seawall.code import Account, Inline, ParsedModules, language_of, read
from seawall.code.values import VariableTest

from .reading import account, aims

PYTHON = """\
import urllib.request, json, os, boto3, logging, time
sqs = boto3.client('sqs')
logger = logging.getLogger()
def send(b='x'):
    sqs.send_message(QueueUrl=os.environ['Q'], MessageBody=b)
"""
JAVASCRIPT = """\
const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient({});
const send = (b) => sqs.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: b }));
"""
LIBRARY = {"requirements.txt": "pydantic_settings\n"}
CONFIG = {
    "conf": "from botocore.config import Config\nCFG = Config(retries={'max_attempts': 2, 'mode': 'standard'}, read_timeout=5)\n"
}
OTHER = {
    "other": "const { SQS } = require('@aws-sdk/client-sqs'); const c = new SQS({}); "
    "exports.go = () => c.sendMessage({ QueueUrl: process.env.Q, MessageBody: '' });"
}


def told(found: Account) -> dict[str, object]:
    """What a case may say of an account."""
    first = found.calls[0] if found.calls else None
    return {
        "calls": sorted({f"{call.operation} {aim}" for call in found.calls for aim in aims(call, "QueueUrl")}),
        "ops": sorted({call.operation for call in found.calls}),
        "raises": found.raises,
        "partial": found.partial,
        "failed": found.names_failed,
        "reported": found.reported,
        "answers": found.answers is not None,
        "on_failure": first and first.on_failure,
        "fails_after": first and first.fails_after,
        "conditional": first and (first.conditional or any(isinstance(each, VariableTest) for each in first.bounds)),
        "tries": first and first.tries,
        "sdk": first and first.sdk.total,
        "timeout": first and first.sdk.read_timeout,
    }


def fits(found: Account, right: Mapping[str, object]) -> None:
    """A set in `right` allows for each of its values."""
    shown = told(found)
    for key, want in right.items():
        assert shown[key] in want if isinstance(want, set) else shown[key] == want, (key, shown[key], want)


@pytest.mark.parametrize(
    ("program", "right", "files"),
    [
        pytest.param(
            PYTHON + "class H:\n    def __call__(self, e, c):\n        send()\nhandler = H()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="class handler",
        ),
        pytest.param(
            PYTHON + "def handler(e,c):\n    if os.environ['STAGE'] == 'prod':\n        send()",
            {"calls": ["SendMessage $Q"], "raises": True, "conditional": True},
            {},
            id="env guard",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response\nprocessor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)\ndef rec(r):\n    send(r.body)\ndef handler(e,c):\n    return process_partial_response(event=e, record_handler=rec, processor=processor, context=c)",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="batch raise_on_entire",
        ),
        pytest.param(
            PYTHON
            + "import functools\ndef safe(f):\n    @functools.wraps(f)\n    def inner(e,c):\n        try:\n            return f(e,c)\n        except Exception:\n            return {'ok': False}\n    return inner\n@safe\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="swallowing decorator",
        ),
        pytest.param(
            PYTHON
            + "def safe(default=None):\n    def deco(f):\n        def inner(*a, **k):\n            try:\n                return f(*a, **k)\n            except Exception as x:\n                logger.error(x)\n                return default\n        return inner\n    return deco\n@safe(default={})\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="decorator with arguments",
        ),
        pytest.param(
            PYTHON + "def handler(e,c):\n    try:\n        send()\n    finally:\n        return {}",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="return in finally",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        urllib.request.urlopen(e['u'])\n    finally:\n        send()",
            {"calls": ["SendMessage $Q"], "raises": True, "on_failure": False},
            {},
            id="finally that sends",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        x = json.loads(e['body'])\n    except Exception:\n        x = None\n    else:\n        send()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="try else",
        ),
        pytest.param(
            PYTHON + "def handler(e,c):\n    def a():\n        def b():\n            send()\n        b()\n    a()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="nested functions",
        ),
        pytest.param(
            PYTHON
            + "import asyncio\nasync def gen(e):\n    for r in e['Records']:\n        send()\n        yield r\nasync def main(e):\n    async for r in gen(e):\n        print(r)\ndef handler(e,c):\n    asyncio.run(main(e))",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="async generator",
        ),
        pytest.param(
            PYTHON
            + "def gen(e):\n    for r in e['Records']:\n        yield r['body']\ndef handler(e,c):\n    for b in gen(e):\n        send(b)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="generator",
        ),
        pytest.param(
            PYTHON
            + "from contextlib import suppress\ndef handler(e,c):\n    with suppress(Exception):\n        send()",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="suppress",
        ),
        pytest.param(
            PYTHON + "def handler(e,c):\n    try:\n        send()\n    except (ValueError, KeyError):\n        pass",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="some kinds",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        send()\n    except Exception as x:\n        if 'Throttl' in str(x):\n            raise\n        logger.error(x)",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="some of them again",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    for attempt in range(3):\n        try:\n            send()\n            break\n        except Exception:\n            time.sleep(1)",
            {"calls": ["SendMessage $Q"], "raises": False, "tries": 3},
            {},
            id="loop then lost",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    for attempt in range(3):\n        try:\n            send()\n            break\n        except Exception:\n            time.sleep(1)\n    else:\n        raise RuntimeError('x')",
            {"calls": ["SendMessage $Q"], "raises": True, "tries": 3},
            {},
            id="loop else raise",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    for attempt in range(4):\n        try:\n            return send()\n        except Exception:\n            if attempt == 3:\n                raise\n            time.sleep(2 ** attempt)",
            {"calls": ["SendMessage $Q"], "raises": {True, None}, "tries": 4},
            {},
            id="loop raise on last",
        ),
        pytest.param(
            PYTHON
            + "MAX = 5\ndef handler(e,c):\n    n = 0\n    while n < MAX:\n        try:\n            send()\n            return\n        except Exception:\n            n += 1\n    raise RuntimeError()",
            {"calls": ["SendMessage $Q"], "raises": True, "tries": 5},
            {},
            id="while attempts",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    n = 0\n    while True:\n        try:\n            send()\n            return\n        except Exception:\n            n += 1\n            if n >= 3:\n                raise",
            {"calls": ["SendMessage $Q"], "raises": {True, None}, "tries": {1, 3}},
            {},
            id="while True counting",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        urllib.request.urlopen(e['u'])\n    except Exception as x:\n        send(json.dumps(e))",
            {"calls": ["SendMessage $Q"], "on_failure": True, "fails_after": False, "reported": True},
            {},
            id="requeue on failure",
        ),
        pytest.param(
            PYTHON
            + "import sys\ndef handler(e,c):\n    try:\n        send()\n    except Exception:\n        sys.exit(1)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="sys.exit",
        ),
        pytest.param(
            PYTHON
            + "from concurrent.futures import ThreadPoolExecutor\ndef work(r):\n    send(r['body'])\ndef handler(e,c):\n    with ThreadPoolExecutor() as ex:\n        list(ex.map(work, e['Records']))",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="executor map",
        ),
        pytest.param(
            PYTHON
            + "from concurrent.futures import ThreadPoolExecutor, as_completed\ndef work(r):\n    send(r['body'])\ndef handler(e,c):\n    with ThreadPoolExecutor(max_workers=3) as ex:\n        futures = [ex.submit(work, r) for r in e['Records']]\n        for f in as_completed(futures):\n            f.result()",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="executor submit",
        ),
        pytest.param(
            PYTHON
            + "import threading\ndef work(b):\n    send(b)\ndef handler(e,c):\n    t = threading.Thread(target=work, args=('x',))\n    t.start()\n    t.join()",
            {"calls": ["SendMessage $Q"]},
            {},
            id="thread target",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    match e['type']:\n        case 'a':\n            send()\n        case _:\n            raise ValueError()",
            {"calls": ["SendMessage $Q"], "raises": True, "conditional": True},
            {},
            id="match",
        ),
        pytest.param(
            PYTHON
            + "clients = {'sqs': boto3.client('sqs')}\ndef handler(e,c):\n    clients['sqs'].send_message(QueueUrl=os.environ['Q'], MessageBody='')",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="dict of clients",
        ),
        pytest.param(
            PYTHON + "def a(e):\n    send()\nROUTES = {'a': a}\ndef handler(e,c):\n    ROUTES[e['type']](e)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="dispatch",
        ),
        pytest.param(
            PYTHON
            + "def a(e):\n    send()\ndef b(e):\n    pass\nROUTES = {'a': a, 'b': b}\ndef handler(e,c):\n    f = ROUTES.get(e['type'], b)\n    f(e)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="dispatch get",
        ),
        pytest.param(
            PYTHON
            + "class Base:\n    def __init__(self, url):\n        self.url = url\n    def run(self, e):\n        self.work(e)\nclass Mine(Base):\n    def __init__(self):\n        super().__init__(os.environ['Q'])\n    def work(self, e):\n        sqs.send_message(QueueUrl=self.url, MessageBody='')\ndef handler(e,c):\n    Mine().run(e)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="super",
        ),
        pytest.param(
            PYTHON
            + "from dataclasses import dataclass\n@dataclass\nclass S:\n    url: str = os.environ.get('Q')\ndef handler(e,c):\n    s = S()\n    sqs.send_message(QueueUrl=s.url, MessageBody='')",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="dataclass",
        ),
        pytest.param(
            PYTHON
            + "class Quiet:\n    def __enter__(self):\n        return self\n    def __exit__(self, t, v, tb):\n        return True\ndef handler(e,c):\n    with Quiet():\n        send()",
            {"calls": ["SendMessage $Q"], "raises": {False, None}},
            {},
            id="exit swallows",
        ),
        pytest.param(
            PYTHON
            + "from contextlib import contextmanager\n@contextmanager\ndef quiet():\n    try:\n        yield\n    except Exception as x:\n        logger.error(x)\ndef handler(e,c):\n    with quiet():\n        send()",
            {"calls": ["SendMessage $Q"], "raises": {False, None}},
            {},
            id="contextmanager swallows",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    errors = []\n    for r in e['Records']:\n        try:\n            send(r['body'])\n        except Exception as x:\n            errors.append(x)\n    if errors:\n        raise RuntimeError(errors)",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="collect then raise",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        send()\n    except Exception:\n        return {'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in e['Records']]}\n    return {'batchItemFailures': []}",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="all failed",
        ),
        pytest.param(
            PYTHON
            + "from conf import CFG\nq = boto3.client('sqs', config=CFG)\ndef handler(e,c):\n    q.send_message(QueueUrl=os.environ['Q'], MessageBody='')",
            {"calls": ["SendMessage $Q"], "sdk": 3, "timeout": 5},
            CONFIG,
            id="config in another module",
        ),
        pytest.param(
            PYTHON
            + "q = boto3.resource('sqs').get_queue_by_name(QueueName='orders')\ndef handler(e,c):\n    q.send_message(MessageBody='')",
            {"ops": ["SendMessage"]},
            {},
            id="queue by name",
        ),
        pytest.param(
            PYTHON
            + "sfn = boto3.client('stepfunctions')\ndef handler(e,c):\n    try:\n        urllib.request.urlopen(e['u'])\n    except Exception as x:\n        sfn.send_task_failure(taskToken=e['token'], error='E')",
            {"ops": ["SendTaskFailure"], "reported": True, "on_failure": True, "raises": False},
            {},
            id="task failure",
        ),
        pytest.param(
            PYTHON
            + "def inner(e,c):\n    send()\ndef log(f):\n    def g(e,c):\n        print(e)\n        return f(e,c)\n    return g\nhandler = log(inner)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="composition",
        ),
        pytest.param(
            PYTHON
            + "import asyncio\nasync def main(e):\n    send()\ndef handler(e,c):\n    return asyncio.get_event_loop().run_until_complete(main(e))",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="event loop",
        ),
        pytest.param(
            PYTHON + "handler = lambda e, c: send()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="handler lambda",
        ),
        pytest.param(
            PYTHON
            + "try:\n    import ujson as js\nexcept ImportError:\n    import json as js\ndef handler(e,c):\n    send(js.dumps(e))",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="import fallback",
        ),
        pytest.param(
            PYTHON
            + "from tenacity import Retrying, stop_after_attempt\ndef handler(e,c):\n    for attempt in Retrying(stop=stop_after_attempt(3), reraise=True):\n        with attempt:\n            send()",
            {"calls": ["SendMessage $Q"], "raises": {True, None}, "tries": 3},
            {},
            id="Retrying with",
        ),
        pytest.param(
            PYTHON
            + "from tenacity import retry, stop_after_attempt\nsafe = retry(stop=stop_after_attempt(4))(send)\ndef handler(e,c):\n    safe('x')",
            {"calls": ["SendMessage $Q"], "tries": 4},
            {},
            id="retry called",
        ),
        pytest.param(
            PYTHON
            + "from botocore.exceptions import ClientError\ndef handler(e,c):\n    try:\n        send()\n    except ClientError as x:\n        if x.response['Error']['Code'] != 'QueueDoesNotExist':\n            raise",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="ClientError code",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    for r in e['Records']:\n        try:\n            send(r['body'])\n        except Exception:\n            continue",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="every error per record",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        send()\n    except Exception as x:\n        logger.exception(x)\n        return {'statusCode': 500}",
            {"calls": ["SendMessage $Q"], "raises": False, "reported": False, "answers": True},
            {},
            id="logged as reported?",
        ),
        pytest.param(
            PYTHON
            + "import sentry_sdk\ndef handler(e,c):\n    try:\n        send()\n    except Exception as x:\n        sentry_sdk.capture_exception(x)",
            {"calls": ["SendMessage $Q"], "raises": False, "reported": True},
            {},
            id="error to sentry",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    ok = True\n    try:\n        send()\n    except Exception:\n        ok = False\n    if not ok:\n        raise RuntimeError()",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="flag then raise",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    err = None\n    try:\n        send()\n    except Exception as x:\n        err = x\n    if err:\n        raise err",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="error kept and raised",
        ),
        pytest.param(
            PYTHON
            + "def work():\n    try:\n        send()\n        return True\n    except Exception:\n        return False\ndef handler(e,c):\n    if not work():\n        raise RuntimeError()",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="helper swallows returns False then raise",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    assert e['x']\n    try:\n        send()\n    except Exception:\n        pass",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="assert",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        send(e['body'])\n    except Exception:\n        pass\n    return e['id']",
            {"calls": ["SendMessage $Q"], "raises": {False, True, None}},
            {},
            id="event key missing",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        urllib.request.urlopen(e['u'])\n    except Exception:\n        send()\n        raise",
            {"calls": ["SendMessage $Q"], "on_failure": True, "fails_after": True, "raises": True},
            {},
            id="dlq of own then raise",
        ),
        pytest.param(
            PYTHON + "def handler(e,c):\n    getattr(sqs, 'send_message')(QueueUrl=os.environ['Q'], MessageBody='')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="guarded by SDK name lower",
        ),
        pytest.param(
            PYTHON
            + "from functools import lru_cache\n@lru_cache\ndef client():\n    return boto3.client('sqs')\ndef handler(e,c):\n    client().send_message(QueueUrl=os.environ['Q'], MessageBody='')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="cached client",
        ),
        pytest.param(
            PYTHON
            + "from functools import cached_property\nclass A:\n    @cached_property\n    def url(self):\n        return os.environ['Q']\n    @property\n    def c(self):\n        return boto3.client('sqs')\n    def go(self):\n        self.c.send_message(QueueUrl=self.url, MessageBody='')\ndef handler(e,c):\n    A().go()",
            {"calls": ["SendMessage $Q"]},
            {},
            id="cached property",
        ),
        pytest.param(
            PYTHON
            + "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    queue_url: str\ns = S()\ndef handler(e,c):\n    sqs.send_message(QueueUrl=s.queue_url, MessageBody='')",
            {"calls": ["SendMessage ?"]},
            LIBRARY,
            id="pydantic settings",
        ),
        pytest.param(
            PYTHON
            + "import asyncio\nasync def a(x):\n    send()\nasync def main(e):\n    await asyncio.gather(*[a(r) for r in e['Records']])\ndef handler(e,c):\n    asyncio.run(main(e))",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="gather",
        ),
        pytest.param(
            PYTHON
            + "import asyncio\nasync def a(x):\n    send()\nasync def main(e):\n    await asyncio.gather(*[a(r) for r in e['Records']], return_exceptions=True)\ndef handler(e,c):\n    asyncio.run(main(e))",
            {"calls": ["SendMessage $Q"], "raises": {False, None}},
            {},
            id="gather exceptions",
        ),
        pytest.param(
            PYTHON
            + "import asyncio\nasync def a(x):\n    send()\nasync def main(e):\n    async with asyncio.TaskGroup() as g:\n        for r in e['Records']:\n            g.create_task(a(r))\ndef handler(e,c):\n    asyncio.run(main(e))",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="TaskGroup",
        ),
        pytest.param(
            PYTHON + "def handler(e,c):\n    try:\n        send()\n    except* Exception:\n        pass",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="except star",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools import Logger, Tracer\nlogger = Logger(); tracer = Tracer()\n@logger.inject_lambda_context\n@tracer.capture_lambda_handler\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="logger decorator",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.data_classes import event_source, SQSEvent\n@event_source(data_class=SQSEvent)\ndef handler(event: SQSEvent, c):\n    for r in event.records:\n        send(r.body)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="event_source",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.idempotency import idempotent, DynamoDBPersistenceLayer\nlayer = DynamoDBPersistenceLayer(table_name='t')\n@idempotent(persistence_store=layer)\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="idempotent",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.middleware_factory import lambda_handler_decorator\n@lambda_handler_decorator\ndef mw(handler, event, context):\n    try:\n        return handler(event, context)\n    except Exception as x:\n        return {'ok': False}\n@mw\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": {False, True, None}},
            {},
            id="middleware factory",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.event_handler import APIGatewayRestResolver\napp = APIGatewayRestResolver()\n@app.post('/x')\ndef x():\n    send()\n    return {}\ndef handler(e,c):\n    return app.resolve(e,c)",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="api resolver",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, batch_processor\nproc = BatchProcessor(event_type=EventType.SQS)\ndef rec(r):\n    send(r.body)\n@batch_processor(record_handler=rec, processor=proc)\ndef handler(e,c):\n    return proc.response()",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="batch_processor deco",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType\nproc = BatchProcessor(event_type=EventType.SQS)\ndef rec(r):\n    send(r.body)\ndef handler(e,c):\n    with proc(e['Records'], rec):\n        proc.process()\n    return proc.response()",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="batch with",
        ),
        pytest.param(
            PYTHON
            + "CONFIG = {'queue': os.environ['Q'], 'n': 3}\ndef handler(e,c):\n    sqs.send_message(QueueUrl=CONFIG['queue'], MessageBody='')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="config dict",
        ),
        pytest.param(
            PYTHON
            + "def post(**kw):\n    sqs.send_message(**kw)\ndef handler(e,c):\n    post(QueueUrl=os.environ['Q'], MessageBody='')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="kwargs",
        ),
        pytest.param(
            PYTHON
            + "Q = {k: v for k, v in os.environ.items()}['Q']\ndef handler(e,c):\n    sqs.send_message(QueueUrl=Q, MessageBody='')",
            {"ops": ["SendMessage"]},
            {},
            id="environ.items",
        ),
        pytest.param(
            PYTHON
            + "URL = None\ndef init():\n    global URL\n    URL = os.environ['Q']\ndef handler(e,c):\n    init()\n    sqs.send_message(QueueUrl=URL, MessageBody='')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="global set in handler",
        ),
        pytest.param(
            PYTHON + "def handler(e,c):\n    if not e.get('Records'):\n        return\n    send()",
            {"calls": ["SendMessage $Q"], "raises": True, "conditional": True},
            {},
            id="early return",
        ),
        pytest.param(
            PYTHON
            + "class Bad(Exception):\n    pass\ndef check(x):\n    if not x:\n        raise Bad()\ndef handler(e,c):\n    try:\n        check(e.get('a'))\n        send()\n    except Bad:\n        return None",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="raise from helper",
        ),
        pytest.param(
            PYTHON
            + "class Bad(Exception):\n    pass\ndef handler(e,c):\n    try:\n        send()\n    except Bad:\n        raise\n    except Exception:\n        logger.error('x')",
            {"calls": ["SendMessage $Q"], "raises": {False, None}},
            {},
            id="typed except of own",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    for r in e['Records']:\n        try:\n            send(r['body'])\n        except Exception as x:\n            print(x)\n            return {'statusCode': 500}\n    return {'statusCode': 200}",
            {"calls": ["SendMessage $Q"], "raises": False, "answers": True},
            {},
            id="return in loop in try",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        send()\n    except Exception as x:\n        handle(x)\ndef handle(x):\n    logger.error(x)\n    raise x",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="dict of exceptions reraised",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        send()\n    except Exception as x:\n        raise RuntimeError('x') from x\n    finally:\n        print('x')",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="on error hook raises type",
        ),
        pytest.param(
            PYTHON
            + "session = boto3.Session()\nq = session.client('sqs')\ndef handler(e,c):\n    q.send_message(QueueUrl=os.environ['Q'], MessageBody='')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="session client",
        ),
        pytest.param(
            PYTHON
            + "from aws_xray_sdk.core import patch_all, xray_recorder\npatch_all()\n@xray_recorder.capture('x')\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="xray patch",
        ),
        pytest.param(
            PYTHON
            + "from functools import singledispatch\n@singledispatch\ndef go(x):\n    send()\ndef handler(e,c):\n    go(e)",
            {"calls": ["SendMessage $Q"]},
            {},
            id="singledispatch",
        ),
        pytest.param(
            PYTHON
            + "HANDLERS = {}\ndef register(name):\n    def deco(f):\n        HANDLERS[name] = f\n        return f\n    return deco\n@register('a')\ndef a(e):\n    send()\ndef handler(e,c):\n    return HANDLERS[e['type']](e)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="registry decorator",
        ),
        pytest.param(
            PYTHON
            + "class H:\n    def on_a(self, e):\n        send()\nh = H()\ndef handler(e,c):\n    getattr(h, 'on_' + e['type'])(e)",
            {"calls": ["SendMessage $Q"]},
            {},
            id="getattr dispatch",
        ),
        pytest.param(
            PYTHON + "def on_a(e):\n    send()\ndef handler(e,c):\n    globals()['on_' + e['type']](e)",
            {"calls": ["SendMessage $Q"]},
            {},
            id="globals dispatch",
        ),
        pytest.param(
            PYTHON
            + "def work(client, url):\n    client.send_message(QueueUrl=url, MessageBody='')\ndef handler(e,c):\n    work(boto3.client('sqs'), os.environ['Q'])",
            {"calls": ["SendMessage $Q"]},
            {},
            id="event client passes",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    list(map(lambda r: sqs.send_message(QueueUrl=os.environ['Q'], MessageBody=r['body']), e['Records']))",
            {"calls": ["SendMessage $Q"]},
            {},
            id="map op",
        ),
        pytest.param(
            PYTHON + "put = sqs.send_message\ndef handler(e,c):\n    put(QueueUrl=os.environ['Q'], MessageBody='x')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="alias method",
        ),
        pytest.param(
            PYTHON
            + "import asyncio\nasync def main():\n    await asyncio.to_thread(sqs.send_message, QueueUrl=os.environ['Q'], MessageBody='x')\ndef handler(e,c):\n    asyncio.run(main())",
            {"calls": ["SendMessage $Q"]},
            {},
            id="to_thread op",
        ),
        pytest.param(
            PYTHON
            + "from concurrent.futures import ThreadPoolExecutor\nex = ThreadPoolExecutor()\ndef handler(e,c):\n    f = [ex.submit(sqs.send_message, QueueUrl=os.environ['Q'], MessageBody='x') for r in e['Records']]\n    [x.result() for x in f]",
            {"calls": ["SendMessage $Q"]},
            {},
            id="submit op",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    token = None\n    while True:\n        r = sqs.receive_message(QueueUrl=os.environ['Q'])\n        if not r.get('Messages'):\n            break\n        send()",
            {"ops": ["ReceiveMessage", "SendMessage"]},
            {},
            id="while queue paging",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    import boto3 as b\n    b.client('sqs').send_message(QueueUrl=os.environ['Q'], MessageBody='x')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="try import boto in function",
        ),
        pytest.param(
            PYTHON
            + "def retry(n):\n    def deco(f):\n        def inner(*a, **k):\n            for i in range(n):\n                try:\n                    return f(*a, **k)\n                except Exception:\n                    if i == n - 1:\n                        raise\n        return inner\n    return deco\n@retry(3)\ndef go():\n    send()\ndef handler(e,c):\n    go()",
            {"calls": ["SendMessage $Q"], "raises": {True, None}, "tries": 3},
            {},
            id="nested closure counter",
        ),
    ],
)
def test_python(program: str, right: Mapping[str, object], files: Mapping[str, str]) -> None:
    """What a handler in Python is told to do."""
    fits(account(program, runtime="python3.13", **files), right)


@pytest.mark.parametrize(
    ("program", "right", "files"),
    [
        pytest.param(
            JAVASCRIPT + "exports.handler = async (e) => { send('x').catch(() => {}); };",
            {"calls": ["SendMessage $Q"], "raises": {False, None}},
            {},
            id="chain caught unawaited",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = async (e) => { try { send('x'); } catch (x) { console.log(x); } };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="unawaited in try",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = async (e) => { try { return send('x'); } catch (x) { console.log(x); } };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="returned without await in try",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { try { return await send('x'); } catch (x) { console.log(x); } };",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="return await in try",
        ),
        pytest.param(
            "const AWS = require('aws-sdk'); const q = new AWS.SQS();\nexports.handler = (e, c, callback) => { q.sendMessage({QueueUrl: process.env.Q, MessageBody: ''}, (err, d) => { if (err) callback(err); else callback(null, d); }); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="callback err",
        ),
        pytest.param(
            "const AWS = require('aws-sdk'); const q = new AWS.SQS();\nexports.handler = (e, c, callback) => { q.sendMessage({QueueUrl: process.env.Q, MessageBody: ''}, (err, d) => { if (err) console.log(err); callback(null, d); }); };",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="callback null err",
        ),
        pytest.param(
            "const AWS = require('aws-sdk'); const q = new AWS.SQS();\nexports.handler = (e, c, callback) => { q.sendMessage({QueueUrl: process.env.Q, MessageBody: ''}, callback); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="callback passes",
        ),
        pytest.param(
            JAVASCRIPT
            + "const middy = require('@middy/core');\nconst base = async (e) => { await send('x'); };\nexports.handler = middy(base).use({});",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="middy",
        ),
        pytest.param(
            JAVASCRIPT
            + "const middy = require('@middy/core');\nexports.handler = middy().use({}).handler(async (e) => { await send('x'); });",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="middy().handler",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { await Promise.all(e?.Records?.map(async (r) => { await sqs?.send(new SendMessageCommand({ QueueUrl: process.env?.Q, MessageBody: r?.body })); })); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="optional chaining",
        ),
        pytest.param(
            "export const handler = async (e) => { const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs'); const c = new SQSClient({}); await c.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: '' })); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="dynamic import",
        ),
        pytest.param(
            "export const handler = async (e) => { const m = await import('./other.js'); await m.go(); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            OTHER,
            id="dynamic import then",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = async (e) => { e.Records.forEach(async (r) => { await send(r.body); }); };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="forEach async",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { try { e.Records.forEach(async (r) => { await send(r.body); }); } catch (x) { console.log(x); } };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="forEach async in try",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { try { const p = e.Records.map(async (r) => { await send(r.body); }); await Promise.all(p); } catch (x) { console.log(x); } };",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="map unawaited in try",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = async (e) => { for await (const r of e.Records) { await send(r.body); } };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="for await",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = (e) => { return send('x').then((d) => d).catch(console.error); };",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="then catch returned",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = (e) => send('x').catch((x) => { throw x; });",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="catch rethrow",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = (e) => send('x').catch((x) => Promise.reject(x));",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="catch Promise.reject",
        ),
        pytest.param(
            "const AWS = require('aws-sdk'); const q = new AWS.SQS();\nexports.handler = (e) => new Promise((res, rej) => q.sendMessage({QueueUrl: process.env.Q, MessageBody: ''}, (err, d) => err ? rej(err) : res(d)));",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="new promise reject ternary",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { const r = await Promise.allSettled(e.Records.map((x) => send(x.body))); if (r.some((x) => x.status === 'rejected')) throw new Error('x'); };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="allSettled then throw",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { await Promise.allSettled(e.Records.map((x) => send(x.body))); };",
            {"calls": ["SendMessage $Q"], "raises": {False, None}},
            {},
            id="allSettled lost",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { try { await send('x'); } finally { console.log('done'); } };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="finally",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = (e) => send('x').finally(() => console.log('done'));",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="promise finally",
        ),
        pytest.param(
            JAVASCRIPT
            + "const { Q = 'd' } = process.env;\nexports.handler = async (e) => { await sqs.send(new SendMessageCommand({ QueueUrl: Q, MessageBody: '' })); };",
            {"calls": ["SendMessage $Q"]},
            {},
            id="env destructured",
        ),
        pytest.param(
            JAVASCRIPT
            + "const wrap = (f) => async (e, c) => { try { return await f(e, c); } catch (x) { console.error(x); return { statusCode: 500 }; } };\nmodule.exports.handler = wrap(async (e) => { await send('x'); });",
            {"calls": ["SendMessage $Q"], "raises": False, "answers": True},
            {},
            id="module.exports wrap",
        ),
        pytest.param(
            JAVASCRIPT
            + "class A { #url = process.env.Q; async #send() { await sqs.send(new SendMessageCommand({ QueueUrl: this.#url, MessageBody: '' })); } async go() { await this.#send(); } }\nexports.handler = async (e) => new A().go();",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="private method",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { let n = 0; while (n < 3) { try { await send('x'); return; } catch (x) { n++; } } throw new Error('x'); };",
            {"calls": ["SendMessage $Q"], "raises": True, "tries": 3},
            {},
            id="while retry",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { for (let i = 0; i < 4; i++) { try { await send('x'); break; } catch (x) { if (i === 3) throw x; } } };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}, "tries": 4},
            {},
            id="for retry",
        ),
        pytest.param(
            JAVASCRIPT
            + "const pRetry = require('p-retry');\nexports.handler = async (e) => { await pRetry(() => send('x'), { retries: 2 }); };",
            {"calls": ["SendMessage $Q"], "raises": True, "tries": 3},
            {},
            id="p-retry",
        ),
        pytest.param(
            JAVASCRIPT
            + "const retry = require('async-retry');\nexports.handler = async (e) => { await retry(async (bail) => { await send('x'); }, { retries: 4 }); };",
            {"calls": ["SendMessage $Q"], "raises": True, "tries": 5},
            {},
            id="async-retry",
        ),
        pytest.param(
            JAVASCRIPT
            + "const go = async (n) => { try { await send('x'); } catch (x) { if (n > 0) return go(n - 1); throw x; } };\nexports.handler = async (e) => { await go(3); };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="recursive retry",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { await e.Records.reduce(async (p, r) => { await p; await send(r.body); }, Promise.resolve()); };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="reduce",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { switch (e.type) { case 'a': case 'b': await send('x'); break; default: throw new Error(); } };",
            {"calls": ["SendMessage $Q"], "raises": True, "conditional": True},
            {},
            id="switch",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = (e, context) => { send('x').then(() => context.succeed()).catch((x) => context.fail(x)); };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="context.fail",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = (e, context) => { send('x').then(() => context.done(null)).catch((x) => context.done(x)); };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="context.done",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { const batchItemFailures = []; await Promise.all(e.Records.map(async (r) => { try { await send(r.body); } catch (x) { batchItemFailures.push({ itemIdentifier: r.messageId }); } })); return { batchItemFailures }; };",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="batch failures",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { const r = await Promise.allSettled(e.Records.map((x) => send(x.body))); return { batchItemFailures: r.map((x, i) => x.status === 'rejected' ? { itemIdentifier: e.Records[i].messageId } : null).filter(Boolean) }; };",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="batch of rejected",
        ),
        pytest.param(
            "const AWS = require('aws-sdk'); const { promisify } = require('util'); const q = new AWS.SQS(); const s = promisify(q.sendMessage.bind(q));\nexports.handler = async (e) => { await s({QueueUrl: process.env.Q, MessageBody: ''}); };",
            {"calls": ["SendMessage $Q"]},
            {},
            id="util.promisify",
        ),
        pytest.param(
            "const AWS = require('aws-sdk'); const q = new AWS.SQS();\nexports.handler = async (e) => { const r = q.sendMessage({QueueUrl: process.env.Q, MessageBody: ''}); await r.promise(); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="v2 send",
        ),
        pytest.param(
            "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs'; const c = new SQSClient({ maxAttempts: 5 });\nasync function handler(e) { await c.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: '' })); }\nexport { handler };",
            {"calls": ["SendMessage $Q"], "sdk": 5},
            {},
            id="default export",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { try { await fetch(e.x); } catch (x) { await send(JSON.stringify(e)); } };",
            {"calls": ["SendMessage $Q"], "on_failure": True, "fails_after": False, "reported": True},
            {},
            id="error in catch sends",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = async (e) => { void send('x'); return 'ok'; };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="void",
        ),
        pytest.param(
            "const AWS=require('aws-sdk');const q=new AWS.SQS();\nexports.handler=(e,c,cb)=>q.sendMessage({QueueUrl:process.env.Q},(err)=>cb(err));",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="ternary callback",
        ),
        pytest.param(
            "const AWS=require('aws-sdk');const q=new AWS.SQS();\nexports.handler=(e,c,cb)=>{cb(new Error('x')); q.sendMessage({QueueUrl:process.env.Q},()=>{});};",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="cb after more",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = async () => { await (async () => { await send('x'); })(); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="async iife",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { const ps = []; for (const r of e.Records) ps.push(send(r.body)); await Promise.all(ps); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="map spread all",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = async (e) => { for (const k in e) { await send(k); } };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="for in",
        ),
        pytest.param(
            JAVASCRIPT
            + "function* g(e) { for (const r of e.Records) { yield send(r.body); } }\nexports.handler = async (e) => { for (const p of g(e)) await p; };",
            {"calls": ["SendMessage $Q"]},
            {},
            id="generator",
        ),
        pytest.param(
            JAVASCRIPT
            + "class B { async run(e) { return this.work(e); } }\nclass C extends B { async work(e) { await send('x'); } }\nexports.handler = (e) => new C().run(e);",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="class extends",
        ),
        pytest.param(
            JAVASCRIPT
            + "class C { static client = new SQSClient({}); static async go() { await C.client.send(new SendMessageCommand({QueueUrl: process.env.Q})); } }\nexports.handler = () => C.go();",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="static",
        ),
        pytest.param(
            JAVASCRIPT
            + "let c; const get = () => { if (!c) { c = new SQSClient({}); } return c; };\nexports.handler = async () => { await get().send(new SendMessageCommand({QueueUrl: process.env.Q})); };",
            {"calls": ["SendMessage $Q"]},
            {},
            id="lazy client",
        ),
        pytest.param(
            JAVASCRIPT
            + "let c; exports.handler = async () => { c ??= new SQSClient({}); await c.send(new SendMessageCommand({QueueUrl: process.env.Q})); };",
            {"calls": ["SendMessage $Q"]},
            {},
            id="nullish assign",
        ),
        pytest.param(
            JAVASCRIPT
            + "const make = (url) => ({ put: (b) => sqs.send(new SendMessageCommand({QueueUrl: url, MessageBody: b})) });\nconst out = make(process.env.Q);\nexports.handler = async () => { await out.put('x'); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="factory",
        ),
        pytest.param(
            JAVASCRIPT
            + "const routes = { a: async () => { await send('x'); }, b: async () => {} };\nexports.handler = async (e) => routes[e.type](e);",
            {"calls": ["SendMessage $Q"]},
            {},
            id="object dispatch",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { try { await send('x'); return { statusCode: 200 }; } catch (err) { return { statusCode: 500, body: err.message }; } };",
            {"calls": ["SendMessage $Q"], "raises": False, "answers": True},
            {},
            id="switch true catch status",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { const ok = await send('x').then(() => true).catch(() => false); if (!ok) throw new Error('x'); };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="catch reject false",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { await send('x').catch(async (err) => { await fetch('https://a', {method:'POST'}); }); };",
            {"calls": ["SendMessage $Q"], "raises": False, "reported": True},
            {},
            id="await in catch chain",
        ),
        pytest.param(
            JAVASCRIPT
            + "const safe = async (p) => { try { return [null, await p]; } catch (e) { return [e]; } };\nexports.handler = async () => { const [err] = await safe(send('x')); if (err) throw err; };",
            {"calls": ["SendMessage $Q"], "raises": {True, None}},
            {},
            id="error first helper",
        ),
        pytest.param(
            JAVASCRIPT
            + "const safe = async (p) => { try { return [null, await p]; } catch (e) { return [e]; } };\nexports.handler = async () => { const [err] = await safe(send('x')); console.log(err); };",
            {"calls": ["SendMessage $Q"]},
            {},
            id="error first unthrown",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = async () => { try { await send('x'); } finally { return 1; } };",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="finally return",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { outer: for (const a of e.a) { for (const b of a) { if (b) continue outer; await send('x'); } } };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="labels",
        ),
        pytest.param(
            JAVASCRIPT
            + "const name = 'send'; exports.handler = async () => { await sqs[name](new SendMessageCommand({QueueUrl: process.env.Q})); };",
            {"calls": ["SendMessage $Q"]},
            {},
            id="tagged/computed",
        ),
        pytest.param(
            "exports.handler = async () => { const { SQS } = require('@aws-sdk/client-sqs'); await new SQS().sendMessage({QueueUrl: process.env.Q}); };",
            {"calls": ["SendMessage $Q"]},
            {},
            id="require destructure in fn",
        ),
        pytest.param(
            JAVASCRIPT
            + "const { BatchProcessor, EventType, processPartialResponse } = require('@aws-lambda-powertools/batch');\nconst p = new BatchProcessor(EventType.SQS);\nexports.handler = async (e, c) => processPartialResponse(e, async (r) => { await send(r.body); }, p, { context: c });",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="powertools batch js",
        ),
        pytest.param(
            JAVASCRIPT
            + "const put = (url, b) => sqs.send(new SendMessageCommand({QueueUrl: url}));\nconst bound = put.bind(null, process.env.Q);\nexports.handler = async () => { await bound('x'); };",
            {"calls": ["SendMessage $Q"]},
            {},
            id="bind args",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = () => new Promise((res) => setTimeout(async () => { await send('x'); res(); }, 10));",
            {"calls": ["SendMessage $Q"]},
            {},
            id="setTimeout promise",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = async (e) => { e.a && await send('x'); };",
            {"calls": ["SendMessage $Q"], "conditional": True, "raises": True},
            {},
            id="comma and or",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async () => { let n = 0; do { try { await send('x'); break; } catch (e) { n++; } } while (n < 3); };",
            {"calls": ["SendMessage $Q"], "raises": {False, None}, "tries": 3},
            {},
            id="do while retry",
        ),
    ],
)
def test_javascript(program: str, right: Mapping[str, object], files: Mapping[str, str]) -> None:
    """What a handler in JavaScript is told to do."""
    fits(account(program, runtime="nodejs22.x", **files), right)


@pytest.mark.parametrize(
    ("program", "right"),
    [
        pytest.param(
            "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nenum Urls { A = 'https://q' }\nconst sqs = new SQSClient({});\nexport const handler = async (e: any) => { await sqs.send(new SendMessageCommand({ QueueUrl: Urls.A, MessageBody: '' })); };",
            {"calls": ["SendMessage https://q"], "raises": True},
            id="ts enum",
        ),
        pytest.param(
            "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nclass S { constructor(private readonly c: SQSClient, private readonly url: string = process.env.Q!) {}\n async go(): Promise<void> { await this.c.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody: '' } as const)); } }\nconst s = new S(new SQSClient({}));\nexport const handler = async (e: unknown): Promise<void> => s.go();",
            {"calls": ["SendMessage $Q"], "raises": True},
            id="ts class ctor",
        ),
        pytest.param(
            "import { Logger } from '@aws-lambda-powertools/logger';\nimport { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nconst logger = new Logger(); const c = new SQSClient({});\nclass L { @logger.injectLambdaContext()\n public async handler(e: any, ctx: any): Promise<void> { await c.send(new SendMessageCommand({ QueueUrl: process.env.Q as string, MessageBody: '' })); } }\nconst l = new L();\nexport const handler = l.handler.bind(l);",
            {"calls": ["SendMessage $Q"], "raises": True},
            id="ts powertools class",
        ),
        pytest.param(
            "import { SNSClient, PublishCommand } from '@aws-sdk/client-sns';\nexport class N { private client = new SNSClient({}); static make() { return new N(); } publish = async (m: string) => { await this.client.send(new PublishCommand({ TopicArn: process.env.T, Message: m })); } }\nexport const handler = async () => { await N.make().publish('x'); };",
            {"ops": ["Publish"], "raises": True},
            id="class client field",
        ),
        pytest.param(
            "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nabstract class B { protected abstract url(): string; async go(): Promise<void> { await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: this.url() })); } }\nclass C extends B { protected url(): string { return process.env.Q!; } }\nexport const handler = async (): Promise<void> => new C().go();",
            {"calls": ["SendMessage $Q"], "raises": True},
            id="ts abstract",
        ),
        pytest.param(
            "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nconst wrap = <T,>(f: (e: T) => Promise<void>) => async (e: T) => { await f(e); };\nexport const handler = wrap<any>(async (e) => { await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: process.env.Q })); });",
            {"calls": ["SendMessage $Q"], "raises": True},
            id="ts generics arrow",
        ),
    ],
)
def test_typescript(program: str, right: Mapping[str, object]) -> None:
    """Classes, enums and types."""
    language = language_of("nodejs22.x")
    assert language is not None
    found = read("app.handler", language, [Inline({"app.ts": program}, "app.ts")], ParsedModules())
    assert isinstance(found, Account), found
    assert not found.gaps
    fits(found, right)


@pytest.mark.parametrize(
    "program",
    [
        "from functools import partial\nput = partial(sqs.send_message, QueueUrl=os.environ['Q'])\ndef handler(e, c):\n    put(MessageBody='x')",
        "clients = [boto3.client(s) for s in services()]\ndef handler(e, c):\n    clients[0].send_message(QueueUrl='x')",
        "import importlib\ndef handler(e, c):\n    importlib.import_module(e['m']).run(e)",
    ],
)
def test_a_call_that_cannot_be_followed_is_never_silent(program: str) -> None:
    found = account(PYTHON + program)
    assert found.gaps or found.handed_clients
