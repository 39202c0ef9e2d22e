"""What Python's own names and packages mean: boto3 and what wraps it, Powertools, retry libraries."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from seawall.template import SourceLine

from .. import syntax as s
from ..calling import RESCUE, any_of, aws, bound
from ..context import Around, Catch, LexicalScope
from ..durable import config_in, step
from ..errors import UnreadableError
from ..files import Below, BundledFile, Files, first
from ..http import HttpRequest, first_url
from ..services import PARTS, operation, service
from ..tries import NOT_SET, SdkTries
from ..values import (
    NOTHING,
    UNKNOWN,
    ClassValue,
    Client,
    Environment,
    External,
    FromEvent,
    FunctionValue,
    Instance,
    JsonText,
    LambdaContext,
    ListValue,
    Lit,
    ModuleValue,
    Operation,
    RecordValue,
    UnknownValue,
    Value,
    Variable,
    either,
    plain,
)
from ..words import words
from .parse import parse

if TYPE_CHECKING:
    from ..reader import Reader

_SDK = ("boto3", "botocore", "aioboto3", "aiobotocore", "aws_xray_sdk")
_PRESENT = frozenset({"boto3", "botocore", "s3transfer", "dateutil", "jmespath", "urllib3", "six"})
"""What Lambda's Python runtimes bring along.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html, read 2026-11-29."""
_KNOWN = words(
    "aws_lambda_powertools aws_xray_sdk requests httpx aiohttp pydantic numpy pandas PIL jwt jose yaml jinja2 "
    "psycopg2 psycopg pymysql pg8000 sqlalchemy redis pymongo cryptography cfnresponse crhelper tenacity backoff "
    "retrying pytz attr attrs marshmallow fastapi mangum flask starlette openai anthropic langchain opensearchpy "
    "elasticsearch requests_aws4auth aws_requests_auth simplejson orjson ujson lxml bs4 stripe twilio slack_sdk "
    "sentry_sdk opentelemetry datadog_lambda ddtrace wrapt typing_extensions feedparser markdown reportlab fitz "
    "pypdf PyPDF2 docx openpyxl xlrd pyarrow fastavro avro confluent_kafka kafka aws_embedded_metrics jsonschema "
    "loguru structlog aws_lambda_context aws_durable_execution_sdk_python mysql aws_advanced_python_wrapper valkey "
    "qrcode cv2 sklearn scipy matplotlib torch transformers tiktoken dotenv ulid shortuuid nanoid"
)
"""Public packages that send nothing to what they are handed, but for what is said of them here."""
_WRAPPERS = words(
    "awswrangler pynamodb smart_open s3fs boto moto dynamorm celery kombu dramatiq zappa chalice chalicelib "
    "sqs_extended_client aws_sqs_batchlib mypy_boto3 fsspec"
)
"""Packages that make AWS clients of their own."""
_QUIET = re.compile(
    r"^(logging|logger|warnings|traceback|os|sys|time|datetime|uuid|random|math|re|string|collections|itertools|"
    r"functools|operator|typing|types|enum|dataclasses|copy|decimal|hashlib|hmac|base64|secrets|contextlib|abc|"
    r"inspect|platform|pathlib|posixpath|urllib\.parse|html|textwrap|pprint|calendar|zoneinfo|pytz|dateutil|"
    r"concurrent\.futures|multiprocessing|queue|contextvars|structlog|loguru|aws_xray_sdk|aws_embedded_metrics|typing_extensions|asyncio|threading|gc|signal|locale|io|"
    r"attr|attrs|aws_lambda_powertools\.(logging|metrics|tracing|utilities\.(typing|data_classes))|"
    r"aws_lambda_powertools\.(Logger|Tracer|Metrics|single_metric)|botocore|boto3\.dynamodb|"
    r"opentelemetry|sentry_sdk\.init|datadog_lambda|ddtrace|mypy_boto3_.*|json\.dumps|simplejson\.dumps|unittest)\b"
)
"""Paths whose calls do no work that fails by its own."""
_PROGRAMS = re.compile(
    r"^(subprocess\.(run|call|check_call|check_output|Popen|getoutput|getstatusoutput)"
    r"|os\.(system|popen|exec[lvpe]+|spawn[lvpe]+|posix_spawnp?)|pty\.spawn|asyncio\.create_subprocess_\w+)$"
)
_REACHES = re.compile(
    r"^(urllib\.request|urllib\.parse\.url(parse|split)|urllib3|http\.client|httpx|requests|requests_aws4auth|aiohttp"
    r"|httplib2|pycurl|socket|websockets?|smtplib|paramiko)\b"
)
_BUILTIN_QUIET = words(
    "print len str repr bool list dict set tuple frozenset enumerate zip range sorted reversed isinstance "
    "issubclass hasattr getattr setattr max min sum abs round map filter any all type id format vars dir iter next "
    "super callable hash bytes bytearray object property staticmethod classmethod chr ord slice locals globals "
    "input Exception ValueError KeyError TypeError RuntimeError"
)
_FAILED_OUTRIGHT = frozenset({"sys.exit", "os._exit", "os.abort"})
_BATCH = "aws_lambda_powertools.utilities.batch"
_PARTIAL = re.compile(r"\.(async_)?process_partial_response$")
_RETRY = re.compile(r"^(tenacity\.retry|backoff\.on_(exception|predicate)|retrying\.retry|retry\.retry|stamina\.retry)")


class Python:
    """Handlers in Python."""

    missing: Value = UNKNOWN
    blocks = False
    strict = True
    nests = True
    beside = False

    def prepare(self, scope: LexicalScope) -> None:
        """Nothing."""

    def exported(self, scope: LexicalScope) -> Value | None:
        """All its names."""
        return None

    def parse(self, text: str, path: str, name: str) -> s.ParsedModule:
        """The syntax tree of a module."""
        return parse(text, path)

    def handler(self, name: str, everywhere: Sequence[Files]) -> tuple[BundledFile, tuple[str, ...]] | None:
        """``package/module.function`` or ``package.module.function``."""
        module, _, function = name.rpartition(".")
        if not module:
            return None
        path = module.replace(".", "/").removeprefix("/")
        place = first(everywhere, [f"{path}.py", f"{path}/__init__.py"])
        return (place, (function,)) if place is not None else None

    def module(self, name: str, importer: BundledFile, everywhere: Sequence[Files]) -> BundledFile | None:
        """A module relative to its importer, or from the roots that a runtime looks in."""
        dots = len(name) - len(name.lstrip("."))
        path = name.lstrip(".").replace(".", "/")
        if dots:
            parts = importer.name.split("/")[:-dots]
            base = "/".join([*parts, path] if path else parts)
            names = [f"{base}/__init__.py" if base else "__init__.py", *([f"{base}.py"] if path else [])]
            return first([importer.files], names)
        if name.partition(".")[0] in _PRESENT:
            return None  # the SDK is known, however it came there
        roots = [*everywhere, *(Below(files, "python") for files in everywhere[1:])]
        return first(roots, [f"{path}.py", f"{path}/__init__.py"])

    def declared(self, path: str, everywhere: Sequence[Files]) -> bool:
        """A standard module, one that runtimes bring, a known package, or one that `requirements.txt` lists."""
        root = path.partition(".")[0]
        if root in _WRAPPERS or root.startswith("mypy_boto3"):
            return root.startswith("mypy_boto3")
        if hasattr(builtins, root) or root in sys.stdlib_module_names or root in _PRESENT or root in _KNOWN:
            return True
        if root in _SDK:
            return True
        return root.lower().replace("_", "-") in _requirements(everywhere)

    def retrying(self, over: Value) -> int | None:
        """``for attempt in Retrying(...)`` of tenacity, and the like."""
        value = plain(over)
        if not isinstance(value, External) or not value.made:
            return None
        looped = value.path.endswith("Retrying") or value.path in ("stamina.retry_context",)
        return _tries(value) if looped else None

    def harmless(self, path: str) -> bool:
        """Logging, text, clocks and the like."""
        if path in _FAILED_OUTRIGHT or self.program(path):
            return False
        return bool(_QUIET.match(path)) or path in _BUILTIN_QUIET

    def trusted(self, path: str) -> bool:
        """Known packages send nothing to what they are handed."""
        root = path.partition(".")[0]
        return hasattr(builtins, root) or root in sys.stdlib_module_names or root in _KNOWN or root in _PRESENT

    def reaches(self, path: str) -> bool:
        """Requests over HTTP and sockets, what takes their addresses apart, and programs."""
        return bool(_REACHES.match(path)) or self.program(path)

    def program(self, path: str) -> bool:
        """`subprocess`, and what of `os` and `asyncio` does the same."""
        return bool(_PROGRAMS.match(path))

    def constant(self, path: str) -> Value | None:
        """``os.environ``."""
        return Environment() if path == "os.environ" else None

    def builtin(self, name: str) -> Value | None:
        """Python's own functions."""
        if name == "__name__":
            return Lit("module")
        return External(name) if hasattr(builtins, name) else None

    def special(self, reader: Reader, node: s.CallExpression, scope: LexicalScope, around: Around) -> Value | None:
        """``asyncio.gather(..., return_exceptions=True)`` lets no failure out; ``update`` changes its owner."""
        from ..expressions import evaluate, updated

        if isinstance(node.function, s.Attr) and node.function.name == "update":
            found = [plain(evaluate(reader, each, scope, around)) for each in node.arguments]
            entries = {name: evaluate(reader, each, scope, around) for name, each in node.named if name is not None}
            for each in found:
                entries.update(each.entries if isinstance(each, RecordValue) else {})
            return NOTHING if updated(reader, node.function.of, entries, scope, around, node.line) else None
        quiet = any(name == "return_exceptions" and value == s.Const(True) for name, value in node.named)
        if not quiet:
            return None

        catch = Catch(SourceLine(scope.path, node.line), True, around.catches, frozenset({"next", "raise"}))
        inner = replace(around, catches=(*around.catches, catch))
        return ListValue([evaluate(reader, each, scope, inner) for each in node.arguments], open=True)

    def member(self, of: Value, name: str) -> Value | None:
        """Methods of clients are operations; members of the event are what it brings."""
        if isinstance(of, Client):
            return Operation(of, name)
        if isinstance(of, FromEvent) and name not in _EVENT_METHODS:
            return FromEvent((*of.path, name))
        return None

    def decorated(self, reader: Reader, function: Value, by: Value, line: int) -> Value | None:
        """Retry libraries try again; Powertools' batch processing runs another function for each record."""
        if not isinstance(by, External):
            return function if isinstance(by, Client) else None
        path = by.path
        if _RETRY.match(path) and isinstance(function, FunctionValue):
            at = SourceLine(function.scope.path, line)
            total = _tries(by)
            if _gives_up_quietly(by):
                function = replace(function, swallows=at)
            if total == 0:
                return replace(function, tries_open=at)
            return replace(function, tries=function.tries * total, tries_at=at)
        if path.endswith(_MIDDLEWARE):
            if by.made and by.kept:
                return bound(by.kept[0], [function], by.named)
            return External(path, kept=[function], made=True)
        if path.endswith(".exception_handler") and by.home is not None:
            caught = External(RESCUE, by.arguments, kept=[function], made=True)
            _kept(caught, by)
            return function
        if path.startswith(_BATCH) and isinstance(function, FunctionValue):
            record = by.named.get("record_handler", by.arguments[0] if by.arguments else UNKNOWN)
            return replace(function, records=(*function.records, record))
        if path.startswith("aws_durable") and path.endswith(("durable_step", "durable_with_child_context")):
            return External(path, kept=[function], made=True)
        if self.harmless(path) or path.startswith(("aws_lambda_powertools", "dataclasses")):
            return _kept(function, by)
        if path in ("staticmethod", "classmethod", "property") or path.startswith("functools."):
            return function
        return _kept(function, by) if self.declared(path, reader.everywhere) else None

    def call(
        self,
        reader: Reader,
        called: External,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        line: int,
        around: Around,
    ) -> Value | None:
        """What a call of a package gives, where it means something to us."""
        path = called.path
        root, _, last = path.partition(".")[0], "", path.rpartition(".")[2]
        first_ = arguments[0] if arguments else UNKNOWN
        if root in _SDK and last in ("client", "resource", "create_client"):
            return _client(first_ if arguments else named.get("service_name", UNKNOWN), named, scope, line)
        if root in _SDK and last in ("Session", "get_session", "AioSession"):
            return External("boto3", made=True)
        if root == "boto3" and last == "Table":
            return UNKNOWN
        if path == "os.getenv" or path in ("os.environ.get", "environ.get"):
            return _variable(first_, arguments[1] if len(arguments) > 1 else named.get("default"))
        if path in ("json.dumps", "simplejson.dumps", "ujson.dumps", "orjson.dumps"):
            return JsonText(first_)
        if path in ("json.loads", "simplejson.loads", "ujson.loads", "orjson.loads"):
            inner = plain(first_)
            if not isinstance(inner, (Variable, Lit, JsonText)):
                reader.risk(SourceLine(scope.path, line), around)
            return inner.of if isinstance(inner, JsonText) else inner
        if path in (
            "int",
            "float",
            "str",
            "bool",
            "list",
            "tuple",
            "dict",
            "sorted",
            "set",
            "copy.deepcopy",
            "copy.copy",
        ):
            return _converted(reader, path, arguments, named, scope, line, around)
        if path in ("enumerate", "zip", "range", "reversed"):
            return first_ if path == "reversed" else External(path, tuple(arguments), dict(named), made=True)
        if path in ("map", "filter") and len(arguments) > 1:
            from ..calling import _each

            found = _each(reader, plain(arguments[1]), arguments[:1], scope, line, around)
            return ListValue(found, depth=len(around.laps)) if path == "map" else arguments[1]
        if path == "getattr" and len(arguments) >= 2:
            name = plain(arguments[1])
            if isinstance(name, Lit):
                from ..expressions import member

                return member(reader, first_, str(name.value), scope, around)
            if isinstance(plain(first_), (Instance, ClassValue, ModuleValue)):
                return any_of(plain(first_))
            if isinstance(plain(first_), Client):
                reader.gap("an operation of a client whose name is made up while it runs", scope, line)
            return UNKNOWN
        if called.made and called.kept and path.startswith("aws_durable"):
            given = (LambdaContext(), *arguments)  # the caller leaves the step's context out
            return bound(plain(called.kept[0]), given, named)
        if path in ("globals", "locals", "vars") and not arguments:
            outermost = scope
            while path == "globals" and outermost.around is not None:
                outermost = outermost.around
            return RecordValue(dict(outermost.names))
        if path in ("functools.partial", "partial"):
            return bound(plain(first_), arguments[1:], named)
        if path == "super" or path.endswith("contextmanager"):
            return _super(scope) if path == "super" else None
        if path in _FAILED_OUTRIGHT:
            reader.risk(SourceLine(scope.path, line), around, explicit=True)
            reader.always_raised = True
            return UNKNOWN
        if _PARTIAL.search(path) or path.endswith(".process_partial_response"):
            reader.for_records(
                plain(named.get("record_handler", arguments[1] if len(arguments) > 1 else UNKNOWN)),
                SourceLine(scope.path, line), scope, around,
            )  # fmt: skip
            return RecordValue({"batchItemFailures": ListValue(failed=True, open=True)})
        if path.startswith(_BATCH) and last in ("process", "async_process", "response"):
            return self._processor(reader, called, last, scope, line, around)
        if last == "batch_processor" or last == "async_batch_processor":
            return External(path, tuple(arguments), dict(named), made=True, home=called)
        work = plain(first_)
        if path.endswith(_MIDDLEWARE) and not isinstance(work, FunctionValue):
            return External(path, named=dict(named), kept=list(called.kept), made=bool(called.kept))
        if path in _THREADS:
            reader.beside(plain(named.get("target", UNKNOWN)), named, scope, line, around)
            return External(path, made=True)
        if called.made and isinstance(work, FunctionValue) and _RETRY.match(path):
            return self.decorated(reader, work, called, line)
        if called.made and isinstance(work, FunctionValue) and path.endswith(("Retrying", "Retrying.call")):
            total, at = _tries(called), SourceLine(scope.path, line)
            again = replace(work, tries=work.tries * (total or 1), tries_at=at, tries_open=None if total else at)
            return reader.call(again, arguments[1:], named, scope, line, around)
        if path.startswith("asyncio.") and last in ("run", "gather", "create_task", "wait_for", "run_until_complete"):
            return first_ if len(arguments) == 1 else ListValue(list(arguments), open=True)
        if path.endswith("run_until_complete"):
            return first_
        if path in ("exec", "eval", "__import__", "importlib.import_module", "compile"):
            reader.gap(f"calls {path}: what runs there is made up while it runs", scope, line)
            return UNKNOWN
        return None

    def _processor(
        self, reader: Reader, called: External, last: str, scope: LexicalScope, line: int, around: Around
    ) -> Value:
        """A batch processor that was given a handler: ``with processor(records, handler): processor.process()``."""
        if last == "response":
            return RecordValue({"batchItemFailures": ListValue(failed=True, open=True)})
        home: External | None = called
        done: set[int] = set()
        while home is not None:
            for function in home.kept:
                if isinstance(function, FunctionValue) and id(function) not in done:
                    done.add(id(function))
                    reader.for_records(function, SourceLine(scope.path, line), scope, around)
            home = home.home
        return UNKNOWN

    def http(
        self, reader: Reader, called: External, arguments: Sequence[Value], named: Mapping[str, Value]
    ) -> HttpRequest | None:
        """requests, httpx, urllib3 and urllib; how a session tries again is set by `mount` or where it is made."""
        client, _, verb = called.path.rpartition(".")
        if client in ("requests.Session", "requests.session") and verb == "mount" and len(arguments) > 1:
            reader.clients[client] = arguments[1]
            return None
        if called.path == "urllib.request.urlopen":
            return HttpRequest(first_url(arguments), "", raises=True)
        if client not in _HTTP or verb not in _VERBS:
            return None
        method = verb.upper()
        if verb == "request":
            first_ = plain(arguments[0]) if arguments else NOTHING
            method = str(first_.value).upper() if isinstance(first_, Lit) else ""
            arguments = arguments[1:]
        made = called.home.named.get("retries", NOTHING) if called.home is not None else NOTHING
        return HttpRequest(named.get("url", first_url(arguments)), method, client, named.get("retries", made))

    def operation(
        self,
        reader: Reader,
        client: Client,
        name: str,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        line: int,
        around: Around,
    ) -> Value | None:
        """A method of a boto3 client or resource object."""
        if not client.service:
            if not name.startswith(("get_waiter", "close")):
                reader.gap(f"calls {name} of a client whose service is not literal", scope, line)
            return UNKNOWN
        if name == "_make_api_call" and arguments:
            asked = plain(arguments[0])
            if isinstance(asked, Lit):
                rest = arguments[1] if len(arguments) > 1 else UNKNOWN
                return aws(reader, client.service, str(asked.value), rest, client.tries, scope, line, around)
            reader.gap("an operation of a client whose name is made up while it runs", scope, line)
            return UNKNOWN
        if name[:1].isupper():
            return _part(client, name, arguments, named)
        if name in _NOT_CALLS:
            return client if name in ("get_paginator", "get_waiter", "meta", "load", "reload") else UNKNOWN
        request = RecordValue({**dict(client.fixed), **{key: each for key, each in named.items() if key != "*"}})
        if "*" in named:
            request.rest = (named["*"],)
        if name in ("get_queue_url", "get_queue_by_name", "create_queue"):
            queue = named.get("QueueName", UNKNOWN)
            if name == "get_queue_by_name":
                return Client("sqs", client.tries, (("QueueUrl", queue),), "Queue")
            return RecordValue({"QueueUrl": queue})
        if name == "batch_writer":
            return Client(client.service, client.tries, client.fixed, "batch")
        method = _METHODS.get((client.service, client.part, name)) or _METHODS.get((client.service, "", name)) or name
        if method in ("upload_file", "upload_fileobj", "put_object") and client.service == "s3":
            for key, value in zip(("Body", "Bucket", "Key"), arguments, strict=False):
                request.entries.setdefault(key, value)
            method = "put_object"
        if client.part == "batch":
            method = "batch_write_item"
        return aws(reader, client.service, operation(method), request, client.tries, scope, line, around)

    def method(
        self,
        reader: Reader,
        of: Value,
        name: str,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        line: int,
        around: Around,
    ) -> Value | None:
        """Methods that only Python's values have."""
        if isinstance(of, LambdaContext) or (
            isinstance(of, FromEvent) and name in ("invoke", "step", "run_in_child_context")
        ):
            return _durable(reader, name, arguments, named, scope, line, around)
        return None


_EVENT_METHODS = words(
    "get items keys values pop setdefault copy update append strip lower upper split replace startswith endswith "
    "encode decode format join rstrip lstrip isdigit find count index title splitlines"
)
_NOT_CALLS = words(
    "get_paginator get_waiter generate_presigned_url generate_presigned_post exceptions meta close can_paginate "
    "load reload wait paginate wait_until_exists"
)
_METHODS: Mapping[tuple[str, str, str], str] = {
    ("sqs", "Queue", "send_messages"): "send_message_batch",
    ("s3", "", "copy"): "copy_object",
    ("s3", "Bucket", "upload_file"): "upload_file",
    ("s3", "Object", "put"): "put_object",
    ("lambda", "", "invoke_async"): "invoke_async",
}


_HTTP = ("requests", "requests.Session", "requests.session", "httpx", "httpx.Client", "urllib3.PoolManager", "urllib3")
_VERBS = words("get post put delete patch head options request")
_MIDDLEWARE = "middleware_factory.lambda_handler_decorator"
"""Makes a decorator of a function that takes the handler, the event and the context.
Source: https://docs.powertools.aws.dev/lambda/python/latest/utilities/middleware_factory/, read 2026-11-30."""
_THREADS = frozenset({"threading.Thread", "multiprocessing.Process", "threading.Timer"})
"""What runs a function beside, whose failures nobody sees."""


def _gives_up_quietly(by: External) -> bool:
    """Whether a retry library returns as if nothing had happened when its tries are spent."""
    callback = plain(by.named.get("retry_error_callback", NOTHING))
    return callback != NOTHING or plain(by.named.get("raise_on_giveup", NOTHING)) == Lit(False)


def _kept(function: Value, by: External) -> Value:
    """The function itself, which the package may call later."""
    keep: External | None = by
    while keep is not None:
        if not any(each is function for each in keep.kept):
            keep.kept.append(function)
        keep = keep.home
    return function


def _client(name: Value, named: Mapping[str, Value], scope: LexicalScope, line: int) -> Value:
    found = plain(name)
    tries = _configured(plain(named.get("config", NOTHING)), SourceLine(scope.path, line))
    names = found.options if hasattr(found, "options") else (found,)
    clients = [
        Client(service(str(each.value)), tries) if isinstance(each, Lit) else Client("", tries) for each in names
    ]
    return either(*clients)


def _configured(config: Value, at: SourceLine) -> SdkTries:
    """Tries that ``Config(retries={...})`` sets. `max_attempts` there does not count the first try, other than in the
    environment and in configuration files; `total_max_attempts` does.
    Source: https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html, read 2026-11-29.
    """
    if not isinstance(config, External):
        return NOT_SET
    retries, timeout = plain(config.named.get("retries", NOTHING)), plain(config.named.get("read_timeout", NOTHING))
    total = None
    if isinstance(retries, RecordValue):
        most, every = (plain(retries.entries.get(key, NOTHING)) for key in ("max_attempts", "total_max_attempts"))
        if isinstance(every, Lit) and isinstance(every.value, int):
            total = every.value
        elif isinstance(most, Lit) and isinstance(most.value, int):
            total = most.value + 1
    seconds = timeout.value if isinstance(timeout, Lit) and isinstance(timeout.value, (int, float)) else None
    return SdkTries(total, at if total is not None or seconds is not None else None, seconds)


def _part(client: Client, name: str, arguments: Sequence[Value], named: Mapping[str, Value]) -> Value:
    parameter = PARTS.get(name)
    given = (
        arguments[0]
        if arguments
        else next((named[each] for each in ("name", "url", "arn", "bucket_name") if each in named), UNKNOWN)
    )
    if parameter is None:
        return Client(client.service, client.tries, client.fixed, name)
    fixed: tuple[tuple[str, Value], ...] = ((parameter, given),)
    if client.part == "Bucket" and name == "Object":
        fixed = (*client.fixed, ("Key", given))
    elif name == "Object" and len(arguments) > 1:
        fixed = (*fixed, ("Key", arguments[1]))
    return Client(client.service, client.tries, fixed, name)


def _variable(name: Value, default: Value | None) -> Value:
    key = plain(name)
    if not isinstance(key, Lit):
        return UnknownValue("an environment variable whose name is made up")
    return Variable(str(key.value), default=None if default is None or default == NOTHING else default)


def _converted(
    reader: Reader,
    path: str,
    arguments: Sequence[Value],
    named: Mapping[str, Value],
    scope: LexicalScope,
    line: int,
    around: Around,
) -> Value | None:
    if path == "dict" and not arguments:
        return RecordValue({key: value for key, value in named.items() if key != "*"})
    if path == "list" and not arguments:
        return ListValue()
    if not arguments:
        return Lit("") if path == "str" else RecordValue() if path == "dict" else ListValue()
    value = plain(arguments[0])
    if path in ("int", "float") and isinstance(value, Lit):
        try:
            return Lit(int(str(value.value)) if path == "int" else float(str(value.value)))
        except ValueError:
            return UNKNOWN
    if path in ("int", "float") and not isinstance(value, (Lit, Variable)):
        reader.risk(SourceLine(scope.path, line), around)
    if path in ("int", "float") and isinstance(value, Variable):
        return _numbered(value)
    return value


def _numbered(variable: Variable) -> Variable:
    """A variable whose text is read as a number; its default as well."""
    default = plain(variable.default) if variable.default is not None else None
    if isinstance(default, Lit) and isinstance(default.value, str):
        try:
            return replace(variable, default=Lit(float(default.value) if "." in default.value else int(default.value)))
        except ValueError:
            return replace(variable, default=None)
    return variable


def _super(scope: LexicalScope) -> Value:
    owner = scope.owner
    found = getattr(owner, "of", None)
    bases = found.bases if isinstance(found, ClassValue) else ()
    inner = [plain(base) for base in bases]
    base = next((each for each in inner if isinstance(each, ClassValue)), None)
    return UnknownValue("a class above") if base is None or owner is None else _Above(base, owner).value


class _Above:
    """The members of a class above, bound to the object at hand."""

    def __init__(self, base: ClassValue, owner: Value) -> None:
        entries = {
            name: replace(value, owner=owner) if isinstance(value, FunctionValue) else value
            for name, value in base.members.names.items()
        }
        self.value = RecordValue(entries)


def _tries(by: External) -> int:
    """Tries, a total, that a retry library allows; 0 where nothing but time ends them, or nothing at all.

    Their own defaults: none of tenacity, backoff, retrying and retry stops by itself, stamina after 10.
    Sources: their documentation on PyPI, read 2026-11-29.
    """
    named = by.named
    for key in ("max_tries", "stop_max_attempt_number", "tries", "attempts"):
        value = plain(named.get(key, NOTHING))
        if isinstance(value, Lit) and isinstance(value.value, int):
            return value.value
    stop = plain(named.get("stop", NOTHING))
    if isinstance(stop, External) and stop.path.endswith("stop_after_attempt"):
        value = plain(stop.arguments[0] if stop.arguments else stop.named.get("max_attempt_number", NOTHING))
        if isinstance(value, Lit) and isinstance(value.value, int):
            return value.value
    if isinstance(stop, UnknownValue):
        for each in stop.held:
            if isinstance(each, External) and each.path.endswith("stop_after_attempt") and each.arguments:
                value = plain(each.arguments[0])
                if isinstance(value, Lit) and isinstance(value.value, int):
                    return value.value
    return 10 if by.path.startswith("stamina") else 0


def _durable(
    reader: Reader,
    name: str,
    arguments: Sequence[Value],
    named: Mapping[str, Value],
    scope: LexicalScope,
    line: int,
    around: Around,
) -> Value | None:
    """A durable function's ``context.invoke``, which waits for another function and fails with it."""
    if name == "invoke":
        called = named.get("function_name", arguments[0] if arguments else UNKNOWN)
        response = aws(reader, "lambda", "Invoke", RecordValue({"FunctionName": called}), NOT_SET, scope, line, around)
        response.raised = True  # type: ignore[union-attr]
        return UnknownValue("an answer", (response,))
    handed = [kept for one in map(plain, arguments) for kept in (one.kept if isinstance(one, External) else [one])]
    for each in [one for one in map(plain, handed) if isinstance(one, FunctionValue)]:
        if name == "step":
            each = step(reader, each, named.get("config", config_in(arguments)), scope, line)
        reader.call(each, [UNKNOWN], {}, scope, line, around)
    return UnknownValue("", tuple(arguments)) if name in ("step", "run_in_child_context") else UNKNOWN


def _requirements(everywhere: Sequence[Files]) -> frozenset[str]:
    """Packages that `requirements.txt` beside the code lists."""
    found: set[str] = set()
    for files in everywhere:
        for name in ("requirements.txt", "pyproject.toml", "Pipfile", "setup.py"):
            if files.has(name):
                try:
                    text = files.read(name)
                except UnreadableError:
                    continue
                found |= {each.lower().replace("_", "-") for each in re.findall(r"[A-Za-z][A-Za-z0-9_.-]*", text)}
    return frozenset(found)
