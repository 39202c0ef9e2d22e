"""What a Task state's `Resource` calls, and what the task sees of its failure.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html and
https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from seawall.graph.guards import Event
from seawall.graph.turns import ONE_COPY, Copies
from seawall.template import ABSENT, Embedded, Json, Known, Unknown, Value

from ..batches import sent_by
from ..literals import sent
from ..pattern_language import PatternDocument
from ..registry import Arrival
from ..sdk_calls import EACH, EITHER, IN_PARTIQL, NAMES, PARTIQL, SDK_CALLS, SdkCall
from .definition import State

_INTEGRATION = re.compile(
    r":states:[^:]*:[^:]*:(?!activity:)(?P<sdk>aws-sdk:)?(?P<service>[^:.]+):(?P<action>[^.]+?)(?P<pattern>\..+)?$"
)
_LITERAL = re.compile(r"""\{%\s*['"]([^'"]*)['"]\s*%\}$""")
"""A JSONata expression that is one piece of text."""

_UNFILLED = re.compile(r"\$\{(?!AWS::)[A-Za-z0-9_.]+\}")
"""A place in a definition for a substitution."""


ITSELF = "$$.StateMachine.Id"
"""The context object's name of the machine that runs."""
_ITSELF = re.compile(r"\{%\s*\$states\.context\.StateMachine\.Id\s*%\}$")


class Integration(Struct, frozen=True):
    """The service call that a Task makes."""

    service: str
    """As Step Functions writes it: ``lambda``, ``states``, ``sqs``, ..."""
    action: str
    pattern: str = ""
    """Empty (request response), ``sync``, ``sync:2`` or ``waitForTaskToken``."""
    sdk: bool = False

    @property
    def error_prefix(self) -> str:
        """What the names of its errors start with, such as ``DynamoDB``."""
        return _ERROR_PREFIXES.get(self.service, self.service[:1].upper() + self.service[1:])


class TaskCall(Struct, frozen=True):
    """Where a task sends its event."""

    parameter: str
    target: Value
    arrival: Arrival
    fails_with_callee: bool
    """Whether the task fails when the callee does."""
    naming: str
    """What a bare name in the parameter names."""
    kind: str
    ends: bool = False
    """The work is the called service's own, known even where the request does not tell on what."""
    event: Event = {}
    """The literals that the task writes into what it sends."""
    copies: Copies = ONE_COPY
    """How many events it sends there at once."""
    method: str = ""
    """Of a request to a URL; empty where it is not known."""
    path: str = ""
    """What such a request puts behind its URL."""


HTTP = "http"
"""`TaskCall.naming` where the target is a URL."""
SERVICE = "service"
"""`TaskCall.naming` where the target is the called service itself, as ``service:action``."""
NOT_GIVEN = "{} is not given"
_CALLING_URLS = ("http", "apigateway")
_ERROR_PREFIXES = {
    "sqs": "SQS",
    "sns": "SNS",
    "dynamodb": "DynamoDB",
    "states": "StepFunctions",
    "events": "EventBridge",
    "http": "States.Http",
    "apigateway": "ApiGateway",
}


def integration(state: State, embedded: Embedded) -> Integration | Value:
    """The service call of a Task, or the ARN of a function or an activity that stands in its place."""
    value = embedded.value(state.body.get("Resource"))
    text = embedded.text(state.body.get("Resource")) if isinstance(state.body.get("Resource"), str) else ""
    found = _INTEGRATION.search(text.replace("AWS::", ""))  # so that colons are those of the ARN
    if found:
        return Integration(found["service"], found["action"], (found["pattern"] or "").lstrip("."), bool(found["sdk"]))
    if not text:
        return Unknown("the task has no Resource")
    return value


_OPTIMIZED = frozenset(
    {
        "apigateway",
        "athena",
        "batch",
        "bedrock",
        "codebuild",
        "databrew",
        "dynamodb",
        "ecs",
        "eks",
        "elasticmapreduce",
        "emr-containers",
        "emr-serverless",
        "events",
        "glue",
        "http",
        "lambda",
        "mediaconvert",
        "sagemaker",
        "sns",
        "sqs",
        "states",
    }
)
"""Services that a Task calls without `aws-sdk:`.
Source (2026-11-30): https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html"""


def unheard_of(found: Integration) -> bool:
    """Whether no integration of that name is known: Step Functions tells their case apart."""
    return not found.sdk and found.service not in _OPTIMIZED


def calls(found: Integration, state: State, embedded: Embedded, template: str) -> Iterator[TaskCall]:
    """Where the task sends its event; a task that does not send it on calls the service itself.

    `template` is the key of the template that holds the machine.
    """
    section = "Arguments" if state.jsonata else "Parameters"
    arguments = state.body.get(section)
    kind = f"{found.service}:{found.action}"
    parameter = f"{state.path}.{section}"
    if found.service in _CALLING_URLS and not found.sdk:
        name = "ApiEndpoint"
        for path, url in _at(arguments, (name,), embedded):
            given = Unknown(NOT_GIVEN.format(name)) if url == ABSENT else url
            at = f"{parameter}.{path}"
            method, behind = _asked(arguments, embedded, whole=found.service == "http")
            yield TaskCall(at, given, Arrival.SYNC, True, HTTP, kind, method=method, path=behind)
        return
    known = SDK_CALLS.get((found.service, found.action))
    if (found.service, found.action) in PARTIQL and not _only_reads(arguments):
        yield TaskCall(f"{parameter}.Statement", Unknown(IN_PARTIQL), Arrival.ASYNC, False, "dynamodb", kind)
        return
    if known is None:
        awaits = Arrival.SYNC if found.pattern.startswith("sync") else Arrival.ASYNC
        yield TaskCall(f"{state.path}.Resource", Known(kind), awaits, True, SERVICE, kind)
        return
    arrival, fails = _mode(found, arguments)
    for one in sent_by(found.service, found.action, arguments):
        event = sent(found.service, found.action, one.request, PatternDocument(embedded, template))
        for path, target in _named(one.request, known, embedded):
            where = f"{parameter}.{one.place(path)}"
            yield TaskCall(where, target, arrival, fails, known.naming, kind, known.ends, event, one.copies)


def _asked(arguments: Json, embedded: Embedded, *, whole: bool) -> tuple[str, str]:
    """Method and path of a request; `whole`: the path stands in the URL."""

    def text(name: str) -> str | None:
        _, value = next(_at(arguments, (name,), embedded))
        return "" if value == ABSENT else str(value.value) if isinstance(value, Known) else None

    stage, path = ("", "") if whole else (text("Stage"), text("Path"))
    parts = [_ANY if part is None else part.strip("/") for part in (stage, path)]
    return text("Method") or "", "".join(f"/{part}" for part in parts if part)


_ANY = "*"
"""A part of a path that is not known."""


def written_results(state: State, embedded: Embedded, template: str) -> Iterator[TaskCall]:
    """Where a Map writes the results of its items.

    Source (2026-11-30): https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    """
    writer = state.body.get("ResultWriter")
    section = "Arguments" if state.jsonata else "Parameters"
    request = writer.get(section) if isinstance(writer, dict) else None
    if request is None:
        return
    for path, target in _named(request, SDK_CALLS["s3", "putObject"], embedded):
        at = f"{state.path}.ResultWriter.{section}.{path}"
        event = sent("s3", "putObject", {}, PatternDocument(embedded, template))
        yield TaskCall(at, target, Arrival.ASYNC, False, "s3", "s3:putObject", ends=True, event=event)


def _only_reads(arguments: Json) -> bool:
    statement = arguments.get("Statement") if isinstance(arguments, dict) else None
    return isinstance(statement, str) and statement.lstrip().upper().startswith("SELECT")


def argument(state: State, embedded: Embedded, *path: str) -> tuple[str, Value]:
    """What a request names at `path`, with its place below the state; absent where it does not."""
    section = "Arguments" if state.jsonata else "Parameters"
    where, value = next(_at(state.body.get(section), path, embedded))
    return f"{state.path}.{section}.{where}", value


def _mode(found: Integration, arguments: Json) -> tuple[Arrival, bool]:
    """Whether the task waits for its callee, and whether it fails when the callee fails."""
    if found.service == "lambda":
        event = isinstance(arguments, dict) and arguments.get("InvocationType") == "Event"
        if event or found.action == "invokeAsync":
            return Arrival.ASYNC, False
        return Arrival.SYNC, not found.sdk
    if found.pattern.startswith("sync"):
        return Arrival.SYNC, True
    if found.action == "startSyncExecution":
        return Arrival.SYNC, False  # a failed execution is a successful answer that says FAILED
    return Arrival.ASYNC, False


def _named(arguments: Json, known: SdkCall, embedded: Embedded) -> list[tuple[str, Value]]:
    """What a request names as its receivers, each once, with its path in the request."""
    choices = [list(_at(arguments, path, embedded)) for path in known.paths]
    given = next((found for found in choices if any(value != ABSENT for _, value in found)), choices[0])
    missing = Unknown(NOT_GIVEN.format(known.paths[0][-1])) if known.absent is None else Known(known.absent)
    named: list[tuple[str, Value]] = []
    told = [(where, value) for where, value in given if value != ABSENT]
    for where, value in told if told and known.absent is None else given:
        chosen = missing if value == ABSENT else value
        if chosen not in (value for _, value in named):
            named.append((where, chosen))
    return named


def _at(node: Json, path: tuple[str, ...], embedded: Embedded, where: str = "") -> Iterator[tuple[str, Value]]:
    """What stands at `path` below `node`; absent where nothing does."""
    if not path:
        yield where, _leaf(node, where.rpartition(".")[2], embedded)
        return
    names, rest = path[0].split(EITHER), path[1:]
    step = next((name for name in names if isinstance(node, dict) and {name, f"{name}.$"} & node.keys()), names[0])
    inner = f"{where}.{step}".lstrip(".")
    if isinstance(node, str) and node.startswith("{%"):
        yield inner, _leaf(node, where or "the request", embedded)
    elif isinstance(node, dict) and step == NAMES and node:
        yield from ((f"{where}.{name}", embedded.value(name)) for name in node)
    elif isinstance(node, list) and step == EACH and node:
        for index, entry in enumerate(node):
            yield from _at(entry, rest, embedded, f"{where}.{index}")
    elif isinstance(node, dict) and f"{step}.$" in node:
        chosen = Unknown(f"{step} is chosen when the state runs ({node[f'{step}.$']})")
        yield inner, embedded.values.get(str(node[f"{step}.$"]), chosen)
    elif isinstance(node, dict) and step in node:
        yield from _at(node[step], rest, embedded, inner)
    else:
        yield ".".join((inner, *rest)).replace(EACH, "0"), ABSENT


def _leaf(node: Json, name: str, embedded: Embedded) -> Value:
    if isinstance(node, str) and node.startswith("{%"):
        literal = _LITERAL.match(node)
        if _ITSELF.match(node) and ITSELF in embedded.values:
            return embedded.values[ITSELF]
        return embedded.value(literal[1]) if literal else Unknown(f"{name} is chosen when the state runs ({node})")
    if node is None:
        return ABSENT
    value = embedded.value(node) if isinstance(node, str) else Known(node)
    unfilled = isinstance(value, Known) and not embedded.alone and _UNFILLED.search(str(value.value))
    return Unknown(f"holds {unfilled[0]}, which nothing fills") if unfilled else value
