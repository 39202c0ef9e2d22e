"""How the CDK's states take their retriers, and whose those are: an author's `add_retry`, or a task's own default.

Source of the default: `retryOnServiceExceptions` of aws-cdk-lib 2.275.0, read 2026-11-30.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from seawall.graph import Place
from seawall.template import App, Embedded, Json, Resource, definition_body
from seawall.template.authors import construct_kinds
from seawall.template.sources import by_id, nearest

from .code import HERE, Assignment, Call, Code, CodeLine, Identifier, Member, literal
from .constructs import class_of, made

DEFAULT_ERRORS = frozenset(
    {
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
    }
)
"""What the retrier names that a task for Lambda has unless its author says otherwise: 6 retries from 2 s on."""
_OWN = ("LambdaInvoke", "CallAwsServiceCrossRegion")
_CAUGHT = re.compile(r"^.*States\.(?P<name>[^.]+)\.Catch$")
_USUAL = "aws_stepfunctions_tasks.LambdaInvoke"
"""What has the default retrier, where nothing tells the class."""
_STATE = re.compile(r"^(?P<state>.*States\.(?P<name>[^.]+))\.Retry(?:[.\[](?P<number>\d+)\]?)?(?:\.(?P<member>\w+))?$")


def task_of(app: App, resource: Resource, name: str) -> tuple[str, str] | None:
    """The path and class of the construct that makes a state of a machine; None where none is sure to."""
    near = nearest(_steps(app, resource), resource.construct_path or "", name)
    return (near[0], class_of(construct_kinds(app, resource)[near[0]])) if len(near) == 1 else None


def _steps(app: App, resource: Resource) -> Mapping[str, Sequence[str]]:
    """Paths of machines and their states in the app that made `resource`, by id."""
    kinds = construct_kinds(app, resource)
    known: dict[int, Mapping[str, Sequence[str]]] = app.memo.setdefault("steps of machines", {})
    if id(kinds) not in known:
        known[id(kinds)] = by_id(path for path, kind in kinds.items() if "aws_stepfunctions" in kind)
    return known[id(kinds)]


def catch_lines(place: Place, queue: Code, *, first: bool) -> list[CodeLine]:
    """How an author catches what fails in a state, and keeps its input in a queue; the steps for that stand with the
    first of several states.
    """
    found = _CAUGHT.match(place.property)
    if found is None or found["name"] is None:
        return []
    keeps = Call(
        "tasks.SqsSendMessage",
        (HERE, literal("KeepFailed")),
        (("queue", queue), ("messageBody", Call("sfn.TaskInput.fromJsonPathAt", (literal("$"),), makes=False))),
    )
    fails = Call("sfn.Fail", (HERE, literal("Failed")))
    steps = [
        CodeLine(Assignment("kept", keeps)),
        CodeLine(Call("kept.next", (fails,), makes=False)),
    ]
    caught = Call(".addCatch", (Identifier("kept"),), (("resultPath", literal("$.error")),), makes=False)
    return [*(steps if first else ()), CodeLine(caught, of=found["name"])]


def retrier_lines(app: App, resource: Resource, place: Place, value: str) -> list[CodeLine] | None:
    """What an author changes about the retriers of a state; None where no construct makes the state."""
    found = _STATE.match(place.property)
    if found is None:
        return None
    retriers = _retriers(app, resource, place.property[found.start("state") : found.end("state")])
    state = task_of(app, resource, found["name"])
    if state is None and not construct_kinds(app, resource):
        state = (found["name"], _USUAL if any(map(_is_default, retriers)) else "")
    if state is None:
        return None
    path, kind = state
    own = [_is_default(each) for each in retriers] if kind.rpartition(".")[2] in _OWN else [False] * len(retriers)
    task = made(kind, path)
    without = Call(task.name, task.given, (("retryOnServiceExceptions", literal(False)),), rest=True)
    number, member = found["number"], found["member"]
    if number is None:
        lines = [CodeLine(without)] if any(own) else []
        return lines + [
            _removed(each, found["name"]) for each, default in zip(retriers, own, strict=True) if not default
        ]
    retrier = retriers[int(number)] if int(number) < len(retriers) else {}
    if int(number) < len(own) and own[int(number)]:
        return [CodeLine(without), CodeLine(_added(retrier, member or "", value), of=found["name"])]
    return [CodeLine(_member(member or "", value), of=found["name"])]


def _retriers(app: App, resource: Resource, state: str) -> list[Json]:
    body = definition_body(app, resource)
    node: Json = body.document if isinstance(body, Embedded) else None
    for step in state.replace("[", ".").replace("]", "").split(".")[1:]:
        if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        elif isinstance(node, dict):
            node = node.get(step)
    retriers = node.get("Retry") if isinstance(node, dict) else None
    return retriers if isinstance(retriers, list) else []


def _is_default(retrier: Json) -> bool:
    errors = retrier.get("ErrorEquals") if isinstance(retrier, dict) else None
    return isinstance(errors, list) and {str(each) for each in errors} == DEFAULT_ERRORS


def _removed(retrier: Json, state: str) -> CodeLine:
    """An author's own retrier that goes."""
    errors = retrier.get("ErrorEquals") if isinstance(retrier, dict) else []
    return CodeLine(
        Call(".addRetry", named=(("errors", literal(errors)),), rest=True, makes=False), removes=True, of=state
    )


def _added(retrier: Json, member: str, value: str) -> Code:
    """The default retrier written out, with one member changed."""
    whole = {**(retrier if isinstance(retrier, dict) else {})}
    named: list[tuple[str, Code]] = [("errors", literal(whole.get("ErrorEquals")))]
    return Call(".addRetry", named=(*named, *_named(member, value)), makes=False)


def _member(member: str, value: str) -> Code:
    return Call(".addRetry", named=_named(member, value), rest=True, makes=False)


def _named(member: str, value: str) -> tuple[tuple[str, Code], ...]:
    match member:
        case "MaxAttempts":
            return (("maxAttempts", literal(int(value))),)
        case "JitterStrategy":
            return (("jitterStrategy", Member("sfn", "JitterType", value.strip('"'))),)
    return ()
