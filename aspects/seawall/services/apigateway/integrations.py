"""What one integration of an API calls: read from its URI or subtype, its parameters and its mapping templates.

An action that reads, or whose work the called service does by itself, leads to that service and no further.

Sources:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-method-integration.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest

from msgspec import Struct

from seawall.template import ABSENT, Absent, Concat, Known, Props, Unknown, Value, alternatives, concat, render

from ..registry import Arrival
from ..sdk_calls import BUSES


class IntegrationCall(Struct, frozen=True):
    """Something that an integration calls or writes to."""

    property: str
    target: Value
    naming: str
    """What a bare name names."""
    arrival: Arrival
    conditions: tuple[str, ...] = ()
    caller_decides: bool = False
    """Whether a request's header says if a function is called asynchronously."""
    method: str = ""
    """Of one that goes to a URL: how; empty where it is not known."""
    silent: bool = False
    """The API answers that all is well although the work has failed."""


class _Receiver(Struct, frozen=True):
    parameters: str
    """Pattern of the request's field that names the receiver."""
    naming: str
    actions: frozenset[str]
    absent: Value = ABSENT
    """The receiver where a request names none."""


_RECEIVERS: Mapping[str, _Receiver] = {
    "sqs": _Receiver("QueueUrl", "sqs", frozenset({"sendmessage", "sendmessagebatch"})),
    "sns": _Receiver("TopicArn|TargetArn", "sns", frozenset({"publish", "publishbatch"})),
    "states": _Receiver("stateMachineArn", "states", frozenset({"startexecution", "startsyncexecution"})),
    "events": _Receiver("EventBusName", BUSES, frozenset({"putevents"}), Known("default")),
    "firehose": _Receiver("DeliveryStreamName", "firehose", frozenset({"putrecord", "putrecordbatch"})),
    "kinesis": _Receiver("StreamName|StreamARN", "kinesis", frozenset({"putrecord", "putrecords"})),
    "dynamodb": _Receiver(
        "TableName",
        "dynamodb",
        frozenset({"putitem", "updateitem", "deleteitem", "batchwriteitem", "transactwriteitems"}),
    ),
}
"""By service: the actions that send something on."""
URL = "url"
"""`IntegrationCall.naming` where the target is a URL."""
SERVICE = "service"
"""`IntegrationCall.naming` where the target is the called service itself, as ``service:action``."""
_SUBTYPES = {"StepFunctions": "states", "EventBridge": "events", "SQS": "sqs", "Kinesis": "kinesis"}
_AWAITED_ACTION = "startsyncexecution"
"""The action whose work is awaited. It answers with status 200 and a `status` of its own, FAILED as well.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html, read 2026-11-30
"""
_OVERRIDE = "responseOverride.status"
"""How a template sets the status of the API's answer, as the one that the CDK writes does.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html,
read 2026-11-30
"""
_HTTP = ("HTTP", "HTTP_PROXY")

_SERVICE = re.compile(
    r":apigateway:[^:]*:(?:[^:]*\.)?(?P<service>[^:.]+):(?P<form>path|action)/(?P<rest>.*)$", re.DOTALL
)
_ACTION = re.compile(r"""(?:\bAction["']?\s*[=:]\s*|X-Amz-Target["'\s]*[=:][\s"']*\w+\.)["']?(?P<action>[A-Za-z]+)""")
_EVENT = re.compile(r"""X-Amz-Invocation-Type["'\s]*[=:]\s*["']*(?P<type>[\w.]+)""", re.IGNORECASE)
_FIELD = r"""\b(?:{})\b["'\\]*\s*[=:]\s*(?:\$util\.urlEncode\(\s*)?["'\\]*(?P<value>[^"'\\&\s,)}}\]]+)"""
_FUNCTIONS = "/functions/"
_PATH = ":path/"
_INVOCATIONS = re.compile(r"/(?:response-streaming-)?invocations$")
_HOLE = re.compile("\ue000(\\d+)\ue001")


def integration_calls(section: Props) -> Iterator[IntegrationCall]:
    """What the integration in `section` calls; sections of methods, HTTP APIs and OpenAPI documents read alike."""
    kind = (section.either("Type", "IntegrationType", "type").text().value or "").upper()
    uri = section.either("Uri", "IntegrationUri", "uri")
    subtype = section.either("IntegrationSubtype", "integrationSubtype")
    if kind in (*_HTTP, "MOCK"):
        if kind in _HTTP:
            method = section.either("IntegrationHttpMethod", "IntegrationMethod", "httpMethod").text().value or ""
            yield IntegrationCall(uri.property, uri.value(), URL, Arrival.SYNC, method=method)
    elif subtype.exists():
        named = subtype.text()
        service, _, action = (named.value or "").partition("-")
        if named.value is None:
            yield IntegrationCall(subtype.property, Unknown(named.why), SERVICE, Arrival.ASYNC)
        else:
            yield from _sends(section, subtype, _SUBTYPES.get(service, service.lower()), action, None, ())
    else:
        for value, conditions in alternatives(uri.value()):
            yield from _by_uri(section, uri, value, conditions)


def function_calls(uri: Props) -> Iterator[IntegrationCall]:
    """The function behind a URI: its ARN, or a path of Lambda's API around it."""
    for value, conditions in alternatives(uri.value()):
        if not isinstance(value, Absent):
            yield IntegrationCall(uri.property, _function(value), "lambda", Arrival.SYNC, conditions)


def _by_uri(section: Props, uri: Props, value: Value, conditions: tuple[str, ...]) -> Iterator[IntegrationCall]:
    if isinstance(value, Absent):
        return
    found = _SERVICE.search(_flat(render(value)))
    if found is None or found["service"] == "lambda":
        event = _EVENT.search(_text(section)[0])
        word = event["type"] if event else ""
        arrival = Arrival.ASYNC if word == "Event" else Arrival.SYNC
        yield IntegrationCall(uri.property, _function(value), "lambda", arrival, conditions, word.startswith("method."))
    elif found["form"] == "action":
        yield from _sends(section, uri, found["service"], found["rest"].partition("?")[0], None, conditions)
    elif found["service"] == "s3":
        yield _of_bucket(section, uri, value, conditions)
    else:
        named = value if "/" in found["rest"].strip("/") else None
        yield from _sends(section, uri, found["service"], "", named, conditions)


def _of_bucket(section: Props, uri: Props, value: Value, conditions: tuple[str, ...]) -> IntegrationCall:
    """A request to S3, whose path starts with the bucket's name."""
    method = section.either("IntegrationHttpMethod", "httpMethod").text().value or ""
    if method.upper() != "PUT":
        return IntegrationCall(uri.property, Known("s3"), SERVICE, Arrival.ASYNC, conditions)
    return IntegrationCall(uri.property, _bucket(value), "s3", Arrival.ASYNC, conditions)


def _bucket(uri: Value) -> Value:
    parts = uri.parts if isinstance(uri, Concat) else (uri,)
    for part, after in zip_longest(parts, parts[1:], fillvalue=Unknown("its path names no bucket")):
        if isinstance(part, Known) and _PATH in str(part.value):
            name = str(part.value).partition(_PATH)[2].partition("/")[0]
            if name.startswith("{"):
                return Unknown(f"is chosen by each request ({name})")
            return Known(name) if name else after
    return Unknown("its path names no bucket")


def _sends(
    section: Props, uri: Props, service: str, action: str, named: Value | None, conditions: tuple[str, ...]
) -> Iterator[IntegrationCall]:
    """What a request to a service's API is sent on to; `named` is the URI if its path names a receiver."""
    receiver = _RECEIVERS.get(service)
    text, parts = _text(section)
    action = action or (found["action"] if (found := _ACTION.search(text)) else "")
    if receiver is None or (action and action.lower() not in receiver.actions):
        called = Known(f"{service}:{action}" if action else service)
        yield IntegrationCall(uri.property, called, SERVICE, Arrival.ASYNC, conditions)
        return
    arrival = Arrival.SYNC if action.lower() == _AWAITED_ACTION else Arrival.ASYNC
    values = [_filled(found["value"], parts) for found in re.finditer(_FIELD.format(receiver.parameters), text, re.I)]
    if not values and named is not None:
        values = [named]
    if not values:
        missing = Unknown(f"its request names no {receiver.parameters.partition('|')[0]}")
        values = [missing if receiver.absent == ABSENT else receiver.absent]
    silent = arrival is Arrival.SYNC and not _tells_status(section)
    for value in dict.fromkeys(values):
        yield IntegrationCall(uri.property, value, receiver.naming, arrival, conditions, silent=silent)


def _tells_status(section: Props) -> bool:
    """Whether a template for the response may give a failed execution another status than the 200 of its answer."""
    responses = [item.props for item in section.items("IntegrationResponses")]
    responses += [response for _, response in section.mapping("responses")]
    texts = (
        entry.text()
        for response in responses
        for _, entry in response.either("ResponseTemplates", "responseTemplates").mapping()
    )
    return any(text.value is None or _OVERRIDE in text.value for text in texts)


def _text(section: Props) -> tuple[str, list[Value]]:
    """Parameters and mapping templates as one text, with holes for what is not literal."""
    pieces: list[str] = []
    parts: list[Value] = []
    for names in (("RequestParameters", "requestParameters"), ("RequestTemplates", "requestTemplates")):
        for name, entry in section.either(*names).mapping():
            pieces.append(f"\n{name}=")
            for value, _ in alternatives(entry.value()):
                for part in value.parts if isinstance(value, Concat) else (value,):
                    if isinstance(part, Known):
                        pieces.append(str(part.value))
                    elif not isinstance(part, Absent):
                        pieces.append(f"\ue000{len(parts)}\ue001")
                        parts.append(part)
    return "".join(pieces), parts


def _filled(text: str, parts: list[Value]) -> Value:
    """A piece of such a text as a value; what a request decides is unknown."""
    if text.startswith(("$", "method.", "context.")):
        return Unknown(f"is chosen by each request ({text})")
    pieces = _HOLE.split(text)
    return concat(parts[int(piece)] if index % 2 else Known(piece) for index, piece in enumerate(pieces))


def _function(uri: Value) -> Value:
    """What stands between ``/functions/`` and ``/invocations``; `uri` itself if it is no such path."""
    parts = list(uri.parts) if isinstance(uri, Concat) else [uri]
    for index, part in enumerate(parts):
        if isinstance(part, Known) and _FUNCTIONS in str(part.value):
            parts = [Known(str(part.value).partition(_FUNCTIONS)[2]), *parts[index + 1 :]]
            break
    if isinstance(last := parts[-1], Known):
        parts[-1] = Known(_INVOCATIONS.sub("", str(last.value)))
    return concat(parts)


def _flat(text: str) -> str:
    """Text in which what is not literal holds no colon."""
    return re.sub(r"\$\{[^}]*\}", "_", text)
