# ruff: noqa: E501 -- programs as text
"""Handlers of further kinds, each with its right account: guards, counters, middlewares, threads, timeouts, tries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from seawall.code import Account, Folder, Inline, ParsedModules, language_of, literal, read
from seawall.code.bounds import laps

from .test_read import JAVASCRIPT, PYTHON
from .test_read import told as told_of

Right = Mapping[str, object]


def told(found: Account) -> dict[str, object]:
    """What a case may say of an account: a set in it allows for each of its values."""
    first = found.calls[0] if found.calls else None
    return told_of(found) | {
        "laps": first and laps(first.bounds, first.request),
        "copies": first and (None if first.copies.for_each else first.copies.most),
        "per_record": first and first.per_record,
        "fails_told": first and first.fails_told,
        "gaps": len(found.gaps),
        "open": first is not None and first.tries_open is not None,
        "invocation": [literal(each) for call in found.calls for each in call.asked("InvocationType")],
    }


def fits(folder: Path, name: str, program: str, right: Right, files: Mapping[str, str]) -> None:
    for path, text in {name: program, **files}.items():
        full = path if "." in path else path + Path(name).suffix
        (folder / full).parent.mkdir(parents=True, exist_ok=True)
        (folder / full).write_text(text)
    language = language_of("python3.13" if name.endswith(".py") else "nodejs22.x")
    assert language is not None
    found = read("app.handler", language, [Folder(folder)], ParsedModules())
    assert isinstance(found, Account), found
    shown = told(found)
    for key, want in right.items():
        seen = tuple(shown[key]) if isinstance(shown[key], list) else shown[key]  # type: ignore[arg-type]
        wanted = tuple(want) if isinstance(want, list) else want
        assert seen in want if isinstance(want, set) else seen == wanted, (key, seen, want)


@pytest.mark.parametrize(
    ("program", "right", "files"),
    [
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.idempotency import idempotent, DynamoDBPersistenceLayer, IdempotencyConfig\nlayer=DynamoDBPersistenceLayer(table_name='t')\n@idempotent(persistence_store=layer)\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="pt idempotent fn",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.idempotency import idempotent_function, DynamoDBPersistenceLayer\nlayer=DynamoDBPersistenceLayer(table_name='t')\n@idempotent_function(data_keyword_argument='order', persistence_store=layer)\ndef work(order):\n    send(order)\ndef handler(e,c):\n    for r in e['Records']:\n        work(order=r['body'])",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="pt idempotent_function",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.middleware_factory import lambda_handler_decorator\n@lambda_handler_decorator\ndef mw(handler, event, context):\n    try:\n        return handler(event, context)\n    except Exception as x:\n        print(x)\n        return {}\n@mw\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="pt lambda_handler_decorator swallow",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.middleware_factory import lambda_handler_decorator\n@lambda_handler_decorator(trace_execution=True)\ndef mw(handler, event, context, fields=None):\n    try:\n        return handler(event, context)\n    except Exception as x:\n        print(x)\n        return {}\n@mw(fields=['a'])\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="pt lambda_handler_decorator args",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.middleware_factory import lambda_handler_decorator\n@lambda_handler_decorator\ndef mw(handler, event, context):\n    print(event)\n    return handler(event, context)\n@mw\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="pt lambda_handler_decorator pass",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.middleware_factory import lambda_handler_decorator\n@lambda_handler_decorator\ndef mw(handler, event, context):\n    try:\n        return handler(event, context)\n    except Exception as x:\n        send(str(x))\n        return {}\n@mw\ndef handler(e,c):\n    urllib.request.urlopen(e['u'])",
            {"calls": ["SendMessage $Q"], "on_failure": True, "fails_after": False, "reported": True},
            {},
            id="pt mw sends",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response\napp=APIGatewayRestResolver()\n@app.get('/x')\ndef x():\n    send()\n    return {}\ndef handler(e,c):\n    return app.resolve(e,c)",
            {"calls": ["SendMessage $Q"], "raises": {None, True}},
            {},
            id="pt api resolver exception handler",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response\napp=APIGatewayRestResolver()\n@app.exception_handler(Exception)\ndef bad(ex):\n    return Response(status_code=500, body='x')\n@app.get('/x')\ndef x():\n    send()\n    return {}\ndef handler(e,c):\n    return app.resolve(e,c)",
            {"calls": ["SendMessage $Q"], "raises": {False, None}},
            {},
            id="pt api resolver swallow",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.batch import AsyncBatchProcessor, EventType, async_process_partial_response\nprocessor = AsyncBatchProcessor(event_type=EventType.SQS)\nasync def rec(r):\n    send(r.body)\ndef handler(e,c):\n    return async_process_partial_response(event=e, record_handler=rec, processor=processor, context=c)",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="pt batch async",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response\nprocessor = SqsFifoPartialProcessor()\ndef rec(r):\n    send(r.body)\ndef handler(e,c):\n    return process_partial_response(e, rec, processor, c)",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="pt batch fifo",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.kafka import kafka_consumer\n@kafka_consumer()\ndef handler(e,c):\n    for r in e.records:\n        send(r.value)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="pt kafka consumer",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.validation import validator\n@validator(inbound_schema={})\ndef handler(e,c):\n    send()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="pt validator",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.utilities.parser import event_parser, envelopes\n@event_parser(model=dict, envelope=envelopes.SqsEnvelope)\ndef handler(e,c):\n    for m in e:\n        send(m)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="pt parser envelope",
        ),
        pytest.param(
            PYTHON
            + "from aws_lambda_powertools.event_handler import AppSyncEventsResolver\napp=AppSyncEventsResolver()\n@app.on_publish('/x')\ndef x(p):\n    send(p)\ndef handler(e,c):\n    return app.resolve(e,c)",
            {"calls": ["SendMessage $Q"]},
            {},
            id="pt appsync events",
        ),
        pytest.param(
            PYTHON
            + "ENABLED = os.environ.get('ENABLED','false') == 'true'\ndef handler(e,c):\n    if ENABLED:\n        send()",
            {"calls": ["SendMessage $Q"], "conditional": True},
            {},
            id="guard const flag",
        ),
        pytest.param(
            PYTHON
            + "from tenacity import retry, stop_after_attempt, wait_exponential\n@retry(stop=stop_after_attempt(4), wait=wait_exponential())\ndef go():\n    send()\ndef handler(e,c):\n    go()",
            {"calls": ["SendMessage $Q"], "tries": 4, "raises": True},
            {},
            id="tenacity default args",
        ),
        pytest.param(
            PYTHON
            + "from tenacity import retry, stop_after_attempt, stop_after_delay\n@retry(stop=(stop_after_delay(10) | stop_after_attempt(5)))\ndef go():\n    send()\ndef handler(e,c):\n    go()",
            {"calls": ["SendMessage $Q"], "tries": 5},
            {},
            id="tenacity pipe delay",
        ),
        pytest.param(
            PYTHON
            + "import tenacity\nN=3\n@tenacity.retry(stop=tenacity.stop_after_attempt(N))\ndef go():\n    send()\ndef handler(e,c):\n    go()",
            {"calls": ["SendMessage $Q"], "tries": 3},
            {},
            id="tenacity constant attempts",
        ),
        pytest.param(
            PYTHON
            + "from tenacity import retry, stop_after_attempt\n@retry(stop=stop_after_attempt(3), retry_error_callback=lambda s: None)\ndef go():\n    send()\ndef handler(e,c):\n    go()",
            {"calls": ["SendMessage $Q"], "tries": 3, "raises": {False, None}},
            {},
            id="tenacity swallow callback",
        ),
        pytest.param(
            PYTHON
            + "from tenacity import retry, stop_after_attempt, retry_if_exception_type\n@retry(stop=stop_after_attempt(3), retry=retry_if_exception_type(TimeoutError))\ndef go():\n    send()\ndef handler(e,c):\n    go()",
            {"calls": ["SendMessage $Q"], "tries": {1, 3}},
            {},
            id="tenacity specific exc",
        ),
        pytest.param(
            PYTHON
            + "import backoff\n@backoff.on_exception(backoff.expo, Exception, max_tries=6)\ndef go():\n    send()\ndef handler(e,c):\n    go()",
            {"calls": ["SendMessage $Q"], "tries": 6},
            {},
            id="backoff on_exception",
        ),
        pytest.param(
            PYTHON
            + "import backoff\n@backoff.on_exception(backoff.expo, Exception, max_time=60)\ndef go():\n    send()\ndef handler(e,c):\n    go()",
            {"calls": ["SendMessage $Q"], "open": True},
            {},
            id="backoff max_time",
        ),
        pytest.param(
            PYTHON
            + "import backoff\n@backoff.on_exception(backoff.expo, Exception, max_tries=3)\ndef go():\n    for i in range(2):\n        try:\n            send(); return\n        except Exception:\n            pass\n    raise RuntimeError()\ndef handler(e,c):\n    go()",
            {"calls": ["SendMessage $Q"], "tries": 6},
            {},
            id="two layers code",
        ),
        pytest.param(
            PYTHON
            + "import functools\ndef retry(times):\n    def deco(f):\n        @functools.wraps(f)\n        def inner(*a, **k):\n            for i in range(times):\n                try:\n                    return f(*a, **k)\n                except Exception:\n                    if i == times - 1:\n                        raise\n        return inner\n    return deco\n@retry(times=4)\ndef go():\n    send()\ndef handler(e,c):\n    go()",
            {"calls": ["SendMessage $Q"], "tries": 4},
            {},
            id="retry deco own",
        ),
        pytest.param(
            PYTHON
            + "def with_retries(f, n=3):\n    last=None\n    for _ in range(n):\n        try:\n            return f()\n        except Exception as x:\n            last=x\n    raise last\ndef handler(e,c):\n    with_retries(lambda: send())",
            {"calls": ["SendMessage $Q"], "tries": 3, "raises": True},
            {},
            id="retry own helper fn",
        ),
        pytest.param(
            PYTHON
            + "from botocore.config import Config\ns2=boto3.client('sqs',config=Config(retries={'total_max_attempts':7,'mode':'adaptive'},read_timeout=3,connect_timeout=1))\ndef handler(e,c):\n    s2.send_message(QueueUrl=os.environ['Q'],MessageBody='')",
            {"calls": ["SendMessage $Q"], "sdk": 7, "timeout": 3},
            {},
            id="sdk total_max",
        ),
        pytest.param(
            PYTHON
            + "from botocore.config import Config\nR=dict(max_attempts=4, mode='standard')\ns2=boto3.client('sqs',config=Config(retries=R))\ndef handler(e,c):\n    s2.send_message(QueueUrl=os.environ['Q'],MessageBody='')",
            {"calls": ["SendMessage $Q"], "sdk": 5},
            {},
            id="sdk config dict const",
        ),
        pytest.param(
            PYTHON
            + "from botocore.config import Config\nbase=Config(read_timeout=9)\ns2=boto3.client('sqs',config=base.merge(Config(retries={'max_attempts':1})))\ndef handler(e,c):\n    s2.send_message(QueueUrl=os.environ['Q'],MessageBody='')",
            {"calls": ["SendMessage $Q"], "sdk": {2, None}},
            {},
            id="sdk config merge",
        ),
        pytest.param(
            PYTHON
            + "import botocore\ns2=boto3.client('sqs',config=botocore.config.Config(retries={'max_attempts':0}))\ndef handler(e,c):\n    s2.send_message(QueueUrl=os.environ['Q'],MessageBody='')",
            {"calls": ["SendMessage $Q"], "sdk": 1},
            {},
            id="sdk botocore.config dotted",
        ),
        pytest.param(
            PYTHON
            + "import botocore.session\nfrom botocore.config import Config\nses=boto3.Session(region_name='eu-west-1')\ns2=ses.client('sqs',config=Config(retries={'max_attempts':2}))\ndef handler(e,c):\n    s2.send_message(QueueUrl=os.environ['Q'],MessageBody='')",
            {"calls": ["SendMessage $Q"], "sdk": 3},
            {},
            id="session config default",
        ),
        pytest.param(
            PYTHON
            + "acct=os.environ['ACCOUNT']\ndef handler(e,c):\n    sqs.send_message(QueueUrl=f\"https://sqs.us-east-1.amazonaws.com/{acct}/orders\",MessageBody='')",
            {"ops": ["SendMessage"]},
            {},
            id="fstring url",
        ),
        pytest.param(
            PYTHON
            + "CFG=json.loads(os.environ['CFG'])\ndef handler(e,c):\n    sqs.send_message(QueueUrl=CFG['queues']['orders'],MessageBody='')",
            {"calls": ["SendMessage $CFG/queues/orders"]},
            {},
            id="json config env",
        ),
        pytest.param(
            PYTHON
            + "class Settings:\n    QUEUE = os.environ['Q']\nclass Svc:\n    def __init__(self, url=None):\n        self.url = url or Settings.QUEUE\n    def go(self):\n        sqs.send_message(QueueUrl=self.url,MessageBody='')\ndef handler(e,c):\n    Svc().go()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="class attr env",
        ),
        pytest.param(
            PYTHON + "ENV=os.environ\ndef handler(e,c):\n    sqs.send_message(QueueUrl=ENV['Q'],MessageBody='')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="os.environ mapping var",
        ),
        pytest.param(
            PYTHON
            + "from os import environ, getenv\ndef handler(e,c):\n    sqs.send_message(QueueUrl=getenv('Q') if getenv('Q') else environ.get('Q'),MessageBody='')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="environ get method",
        ),
        pytest.param(
            PYTHON
            + "URLS={'a':os.environ['Q'],'b':os.environ['R']}\ndef handler(e,c):\n    sqs.send_message(QueueUrl=URLS[e['k']],MessageBody='')",
            {
                "calls": {
                    ("SendMessage $Q", "SendMessage $R"),
                    ("SendMessage $Q", "SendMessage $R", "SendMessage ?"),
                    ("SendMessage ?", "SendMessage $Q", "SendMessage $R"),
                }
            },
            {},
            id="dict of queues by event",
        ),
        pytest.param(
            PYTHON
            + "from collections import namedtuple\nC=namedtuple('C','q r')\ncfg=C(os.environ['Q'],os.environ['R'])\ndef handler(e,c):\n    sqs.send_message(QueueUrl=cfg.q,MessageBody='')",
            {"calls": {("SendMessage $Q",), ("SendMessage ?",)}},
            {},
            id="namedtuple cfg",
        ),
        pytest.param(
            PYTHON
            + "from types import SimpleNamespace\ncfg=SimpleNamespace(q=os.environ['Q'])\ndef handler(e,c):\n    sqs.send_message(QueueUrl=cfg.q,MessageBody='')",
            {"calls": {("SendMessage $Q",), ("SendMessage ?",)}},
            {},
            id="SimpleNamespace",
        ),
        pytest.param(
            PYTHON
            + "from functools import lru_cache\n@lru_cache\ndef url():\n    return os.environ['Q']\ndef handler(e,c):\n    sqs.send_message(QueueUrl=url(),MessageBody='')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="lru_cache getter",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    if (q := os.environ.get('Q')):\n        sqs.send_message(QueueUrl=q,MessageBody='')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="walrus",
        ),
        pytest.param(
            PYTHON
            + "ssm=boto3.client('ssm')\ndef handler(e,c):\n    q=ssm.get_parameter(Name='x')['Parameter']['Value']\n    sqs.send_message(QueueUrl=q,MessageBody='')",
            {"calls": {("SendMessage ?",)}},
            {},
            id="ssm",
        ),
        pytest.param(
            PYTHON + "from lib.deep import sender\ndef handler(e,c):\n    sender.fire('x')",
            {"calls": ["SendMessage $Q"], "raises": True},
            {
                "lib/deep/sender.py": "import os, boto3\n_c = boto3.client('sqs')\ndef fire(b):\n    _c.send_message(QueueUrl=os.environ['Q'], MessageBody=b)\n",
                "lib/__init__.py": "",
                "lib/deep/__init__.py": "",
            },
            id="module two levels",
        ),
        pytest.param(
            PYTHON
            + "from libx.deep import sender\nfrom libx.deep.sender import fire\ndef handler(e,c):\n    sender.fire('x')",
            {"calls": ["SendMessage $Q"], "raises": True},
            {
                "libx/deep/sender.py": "import os, boto3\n_c = boto3.client('sqs')\ndef fire(b):\n    _c.send_message(QueueUrl=os.environ['Q'], MessageBody=b)\n"
            },
            id="namespace package",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    b=json.loads(e['Records'][0]['body'])\n    try:\n        urllib.request.urlopen(b['u'])\n    except Exception:\n        if 'n' not in b:\n            b['n']=0\n        b['n'] += 1\n        if b['n'] > 3:\n            raise\n        sqs.send_message(QueueUrl=os.environ['Q'],MessageBody=json.dumps(b))",
            {"calls": ["SendMessage $Q"], "laps": 3},
            {},
            id="laps init if missing",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    b=json.loads(e['Records'][0]['body'])\n    try:\n        urllib.request.urlopen(b['u'])\n    except Exception:\n        n=b.get('n',0)\n        if n >= 3:\n            raise\n        b.update({'n': n+1})\n        sqs.send_message(QueueUrl=os.environ['Q'],MessageBody=json.dumps(b))",
            {"calls": ["SendMessage $Q"], "laps": 3},
            {},
            id="laps update",
        ),
        pytest.param(
            PYTHON + "from .util import fire\ndef handler(e,c):\n    fire()",
            {"calls": ["SendMessage $Q"]},
            {
                "util": "import os, boto3\ndef fire():\n    boto3.client('sqs').send_message(QueueUrl=os.environ['Q'], MessageBody='')\n"
            },
            id="relative import",
        ),
        pytest.param(
            PYTHON
            + "def fire(client=boto3.client('sqs'), url=os.environ['Q']):\n    client.send_message(QueueUrl=url, MessageBody='')\ndef handler(e,c):\n    fire()",
            {"calls": ["SendMessage $Q"]},
            {},
            id="client in default arg",
        ),
        pytest.param(
            PYTHON
            + "from abc import ABC, abstractmethod\nclass Base(ABC):\n    def run(self, e):\n        self.before(e)\n        return self.work(e)\n    def before(self, e):\n        pass\n    @abstractmethod\n    def work(self, e): ...\nclass Mine(Base):\n    def work(self, e):\n        send()\ndef handler(e,c):\n    return Mine().run(e)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="abstract base",
        ),
        pytest.param(
            PYTHON
            + "class H:\n    @classmethod\n    def handle(cls, e, c):\n        return cls().run(e)\n    def run(self, e):\n        send()\nhandler = H.handle",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="classmethod handler factory",
        ),
        pytest.param(
            PYTHON
            + "class H:\n    @staticmethod\n    def get_handler(*a):\n        def inner(e, c):\n            send()\n        return inner\nhandler = H.get_handler()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="get_handler static",
        ),
        pytest.param(
            PYTHON
            + "import aioboto3, asyncio\nasync def go():\n    async with aioboto3.Session().client('sqs') as c:\n        await c.send_message(QueueUrl=os.environ['Q'], MessageBody='')\ndef handler(e,c):\n    asyncio.get_event_loop().run_until_complete(go())",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="aioboto3",
        ),
        pytest.param(
            PYTHON
            + "q=boto3.resource('sqs').Queue(os.environ['Q'])\ndef handler(e,c):\n    q.send_message(MessageBody='x')",
            {"calls": ["SendMessage $Q"]},
            {},
            id="resource queue",
        ),
        pytest.param(
            PYTHON
            + "import asyncio\nasync def go(r):\n    try:\n        send()\n    except Exception as x:\n        print(x)\nasync def main(e):\n    await asyncio.gather(*[go(r) for r in e['Records']])\ndef handler(e,c):\n    asyncio.run(main(e))",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="async swallowed",
        ),
        pytest.param(
            PYTHON
            + "from concurrent.futures import ThreadPoolExecutor\ndef handler(e,c):\n    with ThreadPoolExecutor() as ex:\n        for r in e['Records']:\n            ex.submit(send, r['body'])",
            {"calls": ["SendMessage $Q"], "raises": {False, None}},
            {},
            id="thread pool swallowed",
        ),
        pytest.param(
            PYTHON
            + "from concurrent.futures import ThreadPoolExecutor\ndef handler(e,c):\n    with ThreadPoolExecutor() as ex:\n        fs=[ex.submit(send, r['body']) for r in e['Records']]\n        for f in fs:\n            f.result()",
            {"calls": ["SendMessage $Q"], "raises": {None, True}},
            {},
            id="thread pool result",
        ),
        pytest.param(
            PYTHON
            + "import threading\ndef handler(e,c):\n    t=threading.Thread(target=send)\n    t.start(); t.join()",
            {"calls": ["SendMessage $Q"], "raises": {False, None}},
            {},
            id="thread swallows",
        ),
        pytest.param(
            PYTHON
            + "from botocore.exceptions import ClientError\ndef handler(e,c):\n    try:\n        send()\n    except ClientError as x:\n        print(x)",
            {"calls": ["SendMessage $Q"], "raises": {None, True}},
            {},
            id="botocore ClientError only",
        ),
        pytest.param(
            PYTHON + "def handler(e,c):\n    try:\n        send()\n    except BaseException:\n        return",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="except BaseException",
        ),
        pytest.param(
            PYTHON + "def handler(e,c):\n    try:\n        send()\n    except:\n        print('x')",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="bare except",
        ),
        pytest.param(
            PYTHON
            + "def inner():\n    try:\n        send()\n    except ValueError:\n        raise\ndef handler(e,c):\n    try:\n        inner()\n    except Exception:\n        return {'statusCode': 500}",
            {"calls": ["SendMessage $Q"], "raises": False, "answers": True},
            {},
            id="nested try outer swallow",
        ),
        pytest.param(
            PYTHON
            + "class Retry(Exception): pass\ndef handler(e,c):\n    try:\n        send()\n    except Exception as x:\n        raise Retry() from x",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="raise new in except",
        ),
        pytest.param(
            PYTHON
            + "sns=boto3.client('sns')\ndef handler(e,c):\n    try:\n        urllib.request.urlopen(e['u'])\n    except Exception as x:\n        sns.publish(TopicArn=os.environ['T'],Message=str(x))",
            {"ops": ["Publish"], "on_failure": True, "fails_after": False, "reported": True},
            {},
            id="sns report then return",
        ),
        pytest.param(
            PYTHON
            + "t=boto3.resource('dynamodb').Table(os.environ['T'])\ndef handler(e,c):\n    try:\n        urllib.request.urlopen(e['u'])\n    except Exception as x:\n        t.update_item(Key={'id':e['id']})",
            {
                "ops": ["UpdateItem"],
                "on_failure": True,
                "fails_after": False,
                "reported": True,
                "raises": {False, None},
            },
            {},
            id="dynamo status on failure",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    ok=False\n    try:\n        urllib.request.urlopen(e['u'])\n        ok=True\n    finally:\n        if not ok:\n            send()",
            {"calls": ["SendMessage $Q"], "on_failure": {False, True}, "raises": True},
            {},
            id="send in else failure raise",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    failed=None\n    try:\n        urllib.request.urlopen(e['u'])\n    except Exception as x:\n        failed=x\n    if failed:\n        send()",
            {"calls": ["SendMessage $Q"], "on_failure": {False, True}, "raises": {False, None, True}},
            {},
            id="flag failure then send after",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    bad=[]\n    for r in e['Records']:\n        try:\n            urllib.request.urlopen(r['u'])\n        except Exception:\n            bad.append(r)\n    for b in bad:\n        send(b)",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="failures collected then send",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    f=[]\n    for r in e['Records']:\n        try:\n            send()\n        except Exception:\n            f.append({'itemIdentifier':r['messageId']})\n    return {'batchItemFailures':f}",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="partial fn",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    f=[]\n    for r in e['Records']:\n        send()\n        f.append({'itemIdentifier':r['messageId']})\n    return {'batchItemFailures':f}",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": False},
            {},
            id="partial healthy",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    for r in e['Records']:\n        send()\n    return {'batchItemFailures':[]}",
            {"calls": ["SendMessage $Q"], "partial": {False, True}, "failed": False},
            {},
            id="partial empty const",
        ),
        pytest.param(
            PYTHON
            + "def one(r):\n    try:\n        send(); return None\n    except Exception:\n        return r['messageId']\ndef handler(e,c):\n    ids=[one(r) for r in e['Records']]\n    return {'batchItemFailures':[{'itemIdentifier':i} for i in ids if i]}",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="partial dict comp",
        ),
        pytest.param(
            PYTHON
            + "class Res:\n    def __init__(self): self.f=[]\n    def add(self, r): self.f.append({'itemIdentifier':r['messageId']})\n    def out(self): return {'batchItemFailures':self.f}\ndef handler(e,c):\n    res=Res()\n    for r in e['Records']:\n        try:\n            send()\n        except Exception:\n            res.add(r)\n    return res.out()",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="partial helper class",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    for r in e['Records']:\n        try:\n            send()\n        except Exception:\n            return {'batchItemFailures':[{'itemIdentifier':r['kinesis']['sequenceNumber']}]}\n    return {'batchItemFailures':[]}",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="break on first failure stream",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    try:\n        send()\n        return {'statusCode':200}\n    except Exception as x:\n        return {'statusCode':500,'body':str(x)}",
            {"calls": ["SendMessage $Q"], "raises": False, "answers": True},
            {},
            id="api status 500",
        ),
        pytest.param(
            PYTHON
            + "def resp(code, body):\n    return {'statusCode':code,'body':body}\ndef handler(e,c):\n    try:\n        send()\n        return resp(200,'')\n    except Exception as x:\n        return resp(502,str(x))",
            {"calls": ["SendMessage $Q"], "raises": False, "answers": True},
            {},
            id="api status helper",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    for r in e['Records']:\n        b=json.loads(r['body'])\n        try:\n            urllib.request.urlopen(b['u'])\n        except Exception:\n            n=b.get('attempt',0)\n            if n >= 5:\n                raise\n            b['attempt']=n+1\n            sqs.send_message(QueueUrl=os.environ['Q'],MessageBody=json.dumps(b))",
            {"calls": ["SendMessage $Q"], "laps": 5, "on_failure": True},
            {},
            id="laps attr",
        ),
        pytest.param(
            PYTHON
            + "MAX=3\ndef handler(e,c):\n    b=json.loads(e['Records'][0]['body'])\n    n=int(b.get('n',0))\n    try:\n        urllib.request.urlopen(b['u'])\n    except Exception:\n        if n < MAX:\n            sqs.send_message(QueueUrl=os.environ['Q'],MessageBody=json.dumps({**b,'n':n+1}))\n        else:\n            print('giving up')",
            {"calls": ["SendMessage $Q"], "laps": 3},
            {},
            id="laps lt",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    r=e['Records'][0]\n    n=int(r['messageAttributes'].get('retry',{}).get('stringValue','0'))\n    try:\n        urllib.request.urlopen(r['body'])\n    except Exception:\n        if n < 4:\n            sqs.send_message(QueueUrl=os.environ['Q'],MessageBody=r['body'],MessageAttributes={'retry':{'DataType':'Number','StringValue':str(n+1)}})",
            {"calls": ["SendMessage $Q"], "laps": {4, None}},
            {},
            id="laps msg attribute",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    b=json.loads(e['Records'][0]['body'])\n    try:\n        urllib.request.urlopen(b['u'])\n    except Exception:\n        if b.get('n',0) < 4:\n            sqs.send_message(QueueUrl=os.environ['Q'],MessageBody=json.dumps(b))",
            {"calls": ["SendMessage $Q"], "laps": None},
            {},
            id="laps not carried",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    r=e['Records'][0]\n    try:\n        urllib.request.urlopen(r['body'])\n    except Exception:\n        if int(r['attributes']['ApproximateReceiveCount']) < 3:\n            raise\n        send()",
            {"calls": ["SendMessage $Q"], "on_failure": True},
            {},
            id="receive count guard",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    sqs.send_message_batch(QueueUrl=os.environ['Q'],Entries=[{'Id':str(i),'MessageBody':r['body']} for i,r in enumerate(e['Records'])])",
            {"calls": ["SendMessageBatch $Q"], "per_record": False, "copies": 1},
            {},
            id="entries comp batch",
        ),
        pytest.param(
            PYTHON
            + "sfn=boto3.client('stepfunctions')\ndef handler(e,c):\n    sfn.start_execution(stateMachineArn=os.environ['M'],input=json.dumps([r['body'] for r in e['Records']]))",
            {"ops": ["StartExecution"], "per_record": False, "raises": True},
            {},
            id="one start per batch",
        ),
        pytest.param(
            PYTHON + "def handler(e,c):\n    for r in e['Records']:\n        send(r['body'])",
            {"calls": ["SendMessage $Q"], "per_record": True},
            {},
            id="per record",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    for r in e['Records']:\n        for i in range(3):\n            send(r['body'])",
            {"calls": ["SendMessage $Q"], "per_record": True, "copies": 3},
            {},
            id="inner const loop",
        ),
        pytest.param(
            PYTHON
            + "def handler(e,c):\n    while True:\n        m=sqs.receive_message(QueueUrl=os.environ['Q'])\n        if not m.get('Messages'):\n            break\n        for x in m['Messages']:\n            send(x['Body'])",
            {"copies": {None}},
            {},
            id="unbounded loop",
        ),
        pytest.param(
            PYTHON
            + "lam=boto3.client('lambda')\ndef handler(e,c):\n    r=lam.invoke(FunctionName=os.environ['F'])\n    if r.get('FunctionError'):\n        raise RuntimeError(r['Payload'].read())",
            {"ops": ["Invoke"], "fails_told": True, "raises": True},
            {},
            id="invoke heeded FunctionError",
        ),
        pytest.param(
            PYTHON
            + "class L:\n    def __init__(self): self.c=boto3.client('lambda')\n    def call(self, p, sync=True):\n        return self.c.invoke(FunctionName=os.environ['F'],InvocationType='RequestResponse' if sync else 'Event',Payload=json.dumps(p))\ndef handler(e,c):\n    L().call(e, sync=False)",
            {"ops": ["Invoke"], "invocation": ["Event"]},
            {},
            id="invoke in class",
        ),
        pytest.param(
            PYTHON
            + "sfn=boto3.client('stepfunctions')\ndef handler(e,c):\n    r=sfn.start_sync_execution(stateMachineArn=os.environ['M'],input='{}')\n    if r['status'] != 'SUCCEEDED':\n        raise RuntimeError()",
            {"ops": ["StartSyncExecution"], "fails_told": True},
            {},
            id="start_sync heeded",
        ),
        pytest.param(
            PYTHON
            + "sfn=boto3.client('stepfunctions')\ndef handler(e,c):\n    for r in e['Records']:\n        b=json.loads(r['body'])\n        try:\n            urllib.request.urlopen(b['u'])\n            sfn.send_task_success(taskToken=b['t'],output='{}')\n        except Exception as x:\n            sfn.send_task_failure(taskToken=b['t'],error='E',cause=str(x))",
            {"ops": ["SendTaskFailure", "SendTaskSuccess"], "raises": {None, True}, "reported": True},
            {},
            id="task token",
        ),
        pytest.param(
            PYTHON
            + "import requests\nfrom requests.adapters import HTTPAdapter\nfrom urllib3.util.retry import Retry\ns=requests.Session()\ns.mount('https://',HTTPAdapter(max_retries=Retry(total=5)))\ndef handler(e,c):\n    s.post('https://x', json=e)\n    send()",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="requests adapter",
        ),
        pytest.param(
            PYTHON
            + "ec2=boto3.client('ec2')\ndef handler(e,c):\n    try:\n        r = ec2.describe_instances()\n    except Exception as x:\n        print(x)\n    print(r['Reservations'])",
            {"ops": ["DescribeInstances"], "raises": {None, True}},
            {},
            id="unbound after except",
        ),
        pytest.param(
            PYTHON
            + "ec2=boto3.client('ec2')\ndef handler(e,c):\n    r = {}\n    try:\n        r = ec2.describe_instances()\n    except Exception as x:\n        print(x)\n    if r['Reservations']:\n        print(r)",
            {"ops": ["DescribeInstances"], "raises": {None, True}},
            {},
            id="empty dict after except",
        ),
        pytest.param(
            PYTHON
            + "ec2=boto3.client('ec2')\ndef handler(e,c):\n    try:\n        r = ec2.describe_instances()\n    except Exception as x:\n        r = {'Reservations': []}\n    print(r['Reservations'])",
            {"ops": ["DescribeInstances"], "raises": False},
            {},
            id="bound again in except",
        ),
        pytest.param(
            PYTHON
            + "ec2=boto3.client('ec2')\ndef handler(e,c):\n    r = {}\n    try:\n        r = ec2.describe_instances()\n    except Exception as x:\n        print(x)\n    print(r.get('Reservations'))",
            {"ops": ["DescribeInstances"], "raises": False},
            {},
            id="get of dict is quiet",
        ),
        pytest.param(
            PYTHON
            + "from crhelper import CfnResource\nhelper = CfnResource()\n@helper.create\n@helper.update\ndef do(e, c):\n    send()\n@helper.delete\ndef no(e, c):\n    pass\ndef handler(e,c):\n    helper(e, c)",
            {"calls": ["SendMessage $Q"]},
            {},
            id="crhelper",
        ),
        pytest.param(
            PYTHON
            + "from flask import Flask\nimport serverless_wsgi\napp = Flask('x')\n@app.route('/')\ndef index():\n    send()\n    return 'ok'\ndef handler(e,c):\n    return serverless_wsgi.handle_request(app, e, c)",
            {"calls": ["SendMessage $Q"]},
            {"requirements.txt": "serverless-wsgi\n"},
            id="app handed to an adapter",
        ),
        pytest.param(
            PYTHON
            + "from fastapi import FastAPI\nfrom mangum import Mangum\napp = FastAPI()\n@app.get('/')\ndef index():\n    send()\nhandler = Mangum(app)",
            {"calls": ["SendMessage $Q"]},
            {},
            id="mangum",
        ),
        pytest.param(
            "from boto3 import *\nimport os\nc=client('sqs')\ndef handler(e,c2):\n    c.send_message(QueueUrl=os.environ['Q'],MessageBody='')",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="star of boto3",
        ),
        pytest.param(
            PYTHON + "from decimal import *\ndef handler(e,c):\n    send(str(Decimal('1')))",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="star of decimal",
        ),
    ],
)
def test_python(tmp_path: Path, program: str, right: Right, files: Mapping[str, str]) -> None:
    fits(tmp_path, "app.py", program, right, files)


@pytest.mark.parametrize(
    ("program", "right", "files"),
    [
        pytest.param(
            JAVASCRIPT
            + "const { NodeHttpHandler } = require('@smithy/node-http-handler');\nconst s2 = new SQSClient({ requestHandler: new NodeHttpHandler({ requestTimeout: 3000, connectionTimeout: 1000, throwOnRequestTimeout: true }), maxAttempts: 2 });\nexports.handler = async () => { await s2.send(new SendMessageCommand({ QueueUrl: process.env.Q })); };",
            {"calls": ["SendMessage $Q"], "sdk": 2, "timeout": 3.0},
            {},
            id="js timeouts v3",
        ),
        pytest.param(
            JAVASCRIPT
            + "const s2 = new SQSClient({ requestHandler: { requestTimeout: 1500 } });\nexports.handler = async () => { await s2.send(new SendMessageCommand({ QueueUrl: process.env.Q })); };",
            {"calls": ["SendMessage $Q"], "timeout": None},
            {},
            id="js timeouts v3 plain",
        ),
        pytest.param(
            JAVASCRIPT
            + "const { NodeHttpHandler } = require('@aws-sdk/node-http-handler');\nconst s2 = new SQSClient({ requestHandler: new NodeHttpHandler({ socketTimeout: 4000 }) });\nexports.handler = async () => { await s2.send(new SendMessageCommand({ QueueUrl: process.env.Q })); };",
            {"calls": ["SendMessage $Q"], "timeout": 4.0},
            {},
            id="js timeouts v3 socketTimeout",
        ),
        pytest.param(
            "const AWS=require('aws-sdk');\nconst sqs=new AWS.SQS({ maxRetries: 1, httpOptions: { timeout: 5000, connectTimeout: 1000 } });\nexports.handler = async () => { await sqs.sendMessage({ QueueUrl: process.env.Q }).promise(); };",
            {"calls": ["SendMessage $Q"], "sdk": 2, "timeout": 5.0},
            {},
            id="js v2 httpOptions",
        ),
        pytest.param(
            "const AWS=require('aws-sdk');\nAWS.config.update({ maxRetries: 4, region: 'x' });\nconst sqs=new AWS.SQS();\nexports.handler = async () => { await sqs.sendMessage({ QueueUrl: process.env.Q }).promise(); };",
            {"calls": ["SendMessage $Q"], "sdk": {5, None}},
            {},
            id="js v2 global config",
        ),
        pytest.param(
            JAVASCRIPT
            + "const { ConfiguredRetryStrategy } = require('@smithy/util-retry');\nconst s2 = new SQSClient({ retryStrategy: new ConfiguredRetryStrategy(4, (a) => 100) });\nexports.handler = async () => { await s2.send(new SendMessageCommand({ QueueUrl: process.env.Q })); };",
            {"calls": ["SendMessage $Q"], "sdk": 4},
            {},
            id="js ConfiguredRetryStrategy",
        ),
        pytest.param(
            JAVASCRIPT
            + "const { StandardRetryStrategy } = require('@aws-sdk/middleware-retry');\nconst s2 = new SQSClient({ retryStrategy: new StandardRetryStrategy(async () => 6) });\nexports.handler = async () => { await s2.send(new SendMessageCommand({ QueueUrl: process.env.Q })); };",
            {"calls": ["SendMessage $Q"], "sdk": {6, None}},
            {},
            id="js StandardRetryStrategy",
        ),
        pytest.param(
            JAVASCRIPT
            + "const middy = require('@middy/core'); const httpErrorHandler = require('@middy/http-error-handler');\nconst base = async (e) => { await send('x'); };\nexports.handler = middy(base).use(httpErrorHandler());",
            {"calls": ["SendMessage $Q"], "raises": {False, None, True}},
            {},
            id="middy error mw",
        ),
        pytest.param(
            JAVASCRIPT
            + "const middy = require('@middy/core');\nconst base = async (e) => { await send('x'); };\nexports.handler = middy(base).onError((request) => { request.response = { statusCode: 500 }; });",
            {"calls": ["SendMessage $Q"], "raises": {False, None}},
            {},
            id="middy onError own swallow",
        ),
        pytest.param(
            JAVASCRIPT
            + "const { BatchProcessor, EventType, processPartialResponse } = require('@aws-lambda-powertools/batch');\nconst processor = new BatchProcessor(EventType.SQS);\nconst rec = async (r) => { await send(r.body); };\nexports.handler = async (e, c) => processPartialResponse(e, rec, processor, { context: c });",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="powertools js batch async",
        ),
        pytest.param(
            JAVASCRIPT
            + "const { makeIdempotent } = require('@aws-lambda-powertools/idempotency');\nconst work = async (r) => { await send(r); };\nexports.handler = makeIdempotent(async (e) => { await work(e); }, { persistenceStore: {} });",
            {"calls": ["SendMessage $Q"], "raises": {None, True}},
            {},
            id="makeIdempotent",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { await Promise.all(e.Records.map((r) => send(r.body).catch((x) => console.error(x)))); };",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="promise all catch per item",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { for (const r of e.Records) { try { await send(r.body); } catch (x) { console.error(x); continue; } } };",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="for of try continue",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { try { await send('x'); } catch (x) { if (x.name === 'ThrottlingException') throw x; console.log(x); } };",
            {"calls": ["SendMessage $Q"], "raises": {None, True}},
            {},
            id="throw in catch conditional",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { for (const r of e.Records) { const b = JSON.parse(r.body); try { await fetch(b.u); } catch (x) { const n = (b.retries || 0) + 1; if (n > 3) throw x; await sqs.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: JSON.stringify({ ...b, retries: n }) })); } } };",
            {"calls": ["SendMessage $Q"], "on_failure": True, "laps": 3},
            {},
            id="requeue counter js",
        ),
        pytest.param(
            JAVASCRIPT
            + "const LIMIT = 5;\nexports.handler = async (e) => { const b = JSON.parse(e.Records[0].body); const { attempt = 0 } = b; try { await fetch(b.u); } catch { if (attempt < LIMIT) await sqs.send(new SendMessageCommand({ QueueUrl: process.env.Q, DelaySeconds: 2 ** attempt, MessageBody: JSON.stringify({ ...b, attempt: attempt + 1 }) })); else throw new Error('x'); } };",
            {"calls": ["SendMessage $Q"], "on_failure": True, "laps": 5},
            {},
            id="requeue delay ts-like",
        ),
        pytest.param(
            JAVASCRIPT
            + "const { SendMessageBatchCommand: SMB } = require('@aws-sdk/client-sqs');\nexports.handler = async (e) => { await sqs.send(new SMB({ QueueUrl: process.env.Q, Entries: e.Records.map((r, i) => ({ Id: String(i), MessageBody: r.body })) })); };",
            {"calls": ["SendMessageBatch $Q"], "per_record": False},
            {},
            id="esm named alias",
        ),
        pytest.param(
            JAVASCRIPT
            + "class Bus { constructor(c) { this.c = c; } async emit(d) { return this.c.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: d })); } }\nconst bus = new Bus(sqs);\nexports.handler = async (e) => { await bus.emit('x'); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="lib wrapper class",
        ),
        pytest.param(
            JAVASCRIPT
            + "const make = ({ client, url }) => async (e) => { await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: '' })); };\nexports.handler = make({ client: sqs, url: process.env.Q });",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="dep injection factory",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async () => { let n = 0; while (n < 4) { try { await send('x'); return; } catch (e) { n++; await new Promise(r => setTimeout(r, 100)); } } throw new Error('x'); };",
            {"calls": ["SendMessage $Q"], "tries": 4, "raises": True},
            {},
            id="async retry while",
        ),
        pytest.param(
            JAVASCRIPT
            + "const pRetry = require('p-retry');\nexports.handler = async () => { await pRetry(() => send('x'), { retries: 2 }); };",
            {"calls": ["SendMessage $Q"], "tries": 3, "raises": True},
            {},
            id="p-retry nested",
        ),
        pytest.param(
            JAVASCRIPT
            + "const retry = require('async-retry');\nexports.handler = async () => { await retry(async (bail) => { try { await send('x'); } catch (e) { if (e.name === 'A') { bail(e); return; } throw e; } }, { retries: 4 }); };",
            {"calls": ["SendMessage $Q"], "tries": 5, "raises": {None, True}},
            {},
            id="async-retry bail",
        ),
        pytest.param(
            JAVASCRIPT
            + "const axios = require('axios'); const axiosRetry = require('axios-retry');\naxiosRetry(axios, { retries: 3 });\nexports.handler = async (e) => { await axios.post('https://x', e); await send('x'); };",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="axios-retry",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = (e, c, cb) => { sqs.send(new SendMessageCommand({ QueueUrl: process.env.Q })).then((d) => cb(null, d)).catch((err) => cb(err)); };",
            {"calls": ["SendMessage $Q"], "raises": {None, True}},
            {},
            id="callback style nested",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = (e, c, cb) => { c.callbackWaitsForEmptyEventLoop = false; send('x').then(() => cb(null, 'ok'), (err) => { console.log(err); cb(null, 'failed'); }); };",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="context.callbackWaits",
        ),
        pytest.param(
            JAVASCRIPT + "exports.handler = async () => { if (process.env.STAGE === 'prod') { await send('x'); } };",
            {"calls": ["SendMessage $Q"], "conditional": True},
            {},
            id="env guard js",
        ),
        pytest.param(
            JAVASCRIPT
            + "const middy = require('@middy/core'); const batch = require('@middy/sqs-partial-batch-failure');\nconst base = async (e) => Promise.allSettled(e.Records.map((r) => send(r.body)));\nexports.handler = middy(base).use(batch());",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="middy batch",
        ),
        pytest.param(
            JAVASCRIPT
            + "const middy = require('@middy/core');\nexports.handler = middy(async (e) => { await fetch(e.u); }).use({ onError: async (r) => { await send('x'); } });",
            {"calls": ["SendMessage $Q"], "on_failure": True},
            {},
            id="middy onError sends",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = (e) => e.Records.reduce((p, r) => p.then(() => send(r.body)), Promise.resolve());",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="stream reduce chain",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { try { await Promise.all(e.Records.map((r) => send(r.body))); } catch (x) { console.log(x); } };",
            {"calls": ["SendMessage $Q"], "raises": False},
            {},
            id="Promise.all swallow outer",
        ),
        pytest.param(
            JAVASCRIPT
            + "exports.handler = async (e) => { const rs = await Promise.allSettled(e.Records.map((r) => send(r.body))); return { batchItemFailures: rs.map((x, i) => x.status === 'rejected' ? { itemIdentifier: e.Records[i].messageId } : null).filter(Boolean) }; };",
            {"calls": ["SendMessage $Q"], "partial": True, "failed": True},
            {},
            id="allSettled failures named",
        ),
        pytest.param(
            JAVASCRIPT
            + "const r = require('./cfn-response');\nexports.handler = async (e, c) => { await send('x'); r.send(e, c, r.SUCCESS, {}); };",
            {"calls": ["SendMessage $Q"], "gaps": 0},
            {},
            id="cfn-response beside",
        ),
    ],
)
def test_javascript(tmp_path: Path, program: str, right: Right, files: Mapping[str, str]) -> None:
    fits(tmp_path, "app.js", program, right, files)


@pytest.mark.parametrize(
    ("program", "right", "files"),
    [
        pytest.param(
            "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nexport class Producer { private readonly client = new SQSClient({}); constructor(private readonly url: string) {} async publish<T>(body: T): Promise<void> { await this.client.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody: JSON.stringify(body) })); } }\nconst p = new Producer(process.env.Q!);\nexport const handler = async (event: any): Promise<void> => { for (const r of event.Records) { await p.publish(r); } };",
            {"calls": ["SendMessage $Q"], "raises": True, "per_record": True},
            {},
            id="ts nest style",
        ),
        pytest.param(
            "import { SQS } from '@aws-sdk/client-sqs';\nconst cfg = { url: process.env.Q as string } as const;\nconst sqs = new SQS({ maxAttempts: 5 } satisfies object);\nexport async function handler(event: unknown) { try { await sqs.sendMessage({ QueueUrl: cfg.url, MessageBody: '' }); } catch (e: unknown) { console.error(e as Error); } }",
            {"calls": ["SendMessage $Q"], "sdk": 5, "raises": False},
            {},
            id="ts satisfies const",
        ),
        pytest.param(
            "import { Logger, injectLambdaContext } from '@aws-lambda-powertools/logger';\nimport { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nconst logger = new Logger(); const c = new SQSClient({});\nclass L { @logger.injectLambdaContext() public async handler(e: any, x: any): Promise<void> { await this.go(e); } private async go(e: any) { await c.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: '' })); } }\nconst l = new L();\nexport const handler = l.handler.bind(l);",
            {"calls": ["SendMessage $Q"], "raises": True},
            {},
            id="ts decorator class",
        ),
        pytest.param(
            "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nconst c = new SQSClient({});\ntype R = { ok: boolean };\nconst safe = async (): Promise<R> => { try { await c.send(new SendMessageCommand({ QueueUrl: process.env.Q! })); return { ok: true }; } catch { return { ok: false }; } };\nexport const handler = async () => { const r = await safe(); if (!r.ok) throw new Error('x'); };",
            {"calls": ["SendMessage $Q"], "raises": {None, True}},
            {},
            id="ts result type",
        ),
    ],
)
def test_typescript(tmp_path: Path, program: str, right: Right, files: Mapping[str, str]) -> None:
    fits(tmp_path, "app.ts", program, right, files)


def test_copies_of_a_module_are_parsed_once_and_each_is_followed() -> None:
    """Two copies within one function that call one another: that is no function that calls itself."""
    head = "import boto3, os\nsqs = boto3.client('sqs')\n"
    copy = "def go(then):\n    then()\n"
    program = head + (
        "import a, b\ndef send():\n    sqs.send_message(QueueUrl=os.environ['Q'], MessageBody='')\n"
        "def handler(e, c):\n    a.go(lambda: b.go(send))\n"
    )
    language, sources = language_of("python3.13"), ParsedModules()
    assert language is not None
    for place in ("one", "two"):
        files = {"app.py": program, "a.py": copy, "b.py": copy}
        found = read("app.handler", language, [Inline(files, place)], ParsedModules(contents=sources.contents))
        assert isinstance(found, Account)
        assert [call.operation for call in found.calls] == ["SendMessage"]
        assert len(sources.contents) == 2, "the copies are one content"


def test_a_function_that_calls_itself_with_other_arguments_is_followed_once_more() -> None:
    program = (
        "import boto3, os\nsqs = boto3.client('sqs')\ndef walk(item, last=False):\n    if last:\n"
        "        sqs.send_message(QueueUrl=os.environ['Q'], MessageBody=item)\n        return\n"
        "    walk(item, True)\ndef handler(event, context):\n    walk(event['body'])\n"
    )
    language = language_of("python3.13")
    assert language is not None
    found = read("app.handler", language, [Inline({"app.py": program}, "app")], ParsedModules())
    assert isinstance(found, Account)
    assert [call.operation for call in found.calls] == ["SendMessage"]
