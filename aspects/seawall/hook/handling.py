"""The function's handler: an event in, an answer out, whatever happens, in time."""

from __future__ import annotations

import json
import os
import time
from functools import partial
from pathlib import Path
from typing import Any

from seawall.engine import report_of
from seawall.template import load_body

from .deployed import snapshot_at
from .judging import SPARE_MEMORY, GateAnswer, judged
from .options import GateOptions, blocks_on_failure, options
from .payload import Fetch, PayloadError, fetch, payload_of
from .request import TARGETS, HookRequest, request_of
from .telling import Json, breakdown, refusal, success

LONGEST = 25.0
"""Seconds for one answer. Hooks wait for 30, and the start of a new instance counts among them.
Source: https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/hooks-concepts.html, read 2026-11-30."""
SPARE = 1.5
"""Seconds that writing the answer may take."""
FETCHING = 8.0
"""Seconds for the payload."""

WARM_UP: Json = {
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}},
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 30}},
        "Map": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Fn"}},
        },
        "Images": {"Type": "AWS::ECR::Repository"},
    }
}
report_of(load_body(WARM_UP))  # whatever is loaded late is loaded while the instance starts, and not for each answer


def handler(event: Any, context: Any) -> Json:
    """GateAnswer one event of CloudFormation."""
    return answer(event, context)


def answer(event: Any, context: Any, fetching: Fetch = fetch) -> Json:
    """GateAnswer one event; `fetching` reads the payload."""
    started = time.monotonic()
    asked = request_of(event)
    try:
        chosen = options()
    except ValueError as error:
        say = breakdown if blocks_on_failure(os.environ) else success
        return _told(asked, say(asked.token, f"Seawall did not judge: its settings are wrong: {error}"), started)
    return _told(asked, _answered(asked, chosen, context, started, fetching), started)


def _answered(asked: HookRequest, chosen: GateOptions, context: Any, started: float, fetching: Fetch) -> Json:
    if asked.target not in TARGETS:
        return success(asked.token, f"Seawall judges stacks and change sets, not {asked.target or 'this'}.")
    if asked.deletes:
        return success(asked.token, "Seawall: a stack that is deleted runs nothing again.")
    try:
        seconds = min(LONGEST, _left(context)) - SPARE
        payload = payload_of(fetching(asked.payload, min(FETCHING, seconds)))
        left = seconds - (time.monotonic() - started)
        around = partial(_around, chosen)
        found = judged(asked, payload, chosen, left, around, _memory(context))
    except PayloadError as error:
        return _unjudged(asked, chosen, str(error))
    except Exception as error:  # its own failure never blocks, unless that was asked for
        return _unjudged(asked, chosen, f"internal error: {type(error).__name__}: {error}")
    return _of(asked, chosen, found)


def _of(asked: HookRequest, chosen: GateOptions, found: GateAnswer) -> Json:
    if found.verdict is None:
        return _unjudged(asked, chosen, found.why)
    notes = [f"Note: {each}." for each in (found.partial, found.why) if each]
    message = "\n".join([*notes, found.verdict.message])
    say = refusal if found.verdict.fails else success
    return say(asked.token, message, found.verdict.annotations)


def _unjudged(asked: HookRequest, chosen: GateOptions, why: str) -> Json:
    message = f"Seawall could not judge the template of {asked.stack}: {why}."
    if chosen.blocks_on_failure:
        return breakdown(asked.token, message)
    return success(asked.token, f"{message} It was let pass.")


def _left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return float(remaining()) / 1000 if callable(remaining) else LONGEST


def _memory(context: Any) -> int | None:
    """Bytes that judging may use: what the function has, less what the gate itself keeps."""
    try:
        return max(int(context.memory_limit_in_mb) * 1024**2 - SPARE_MEMORY, SPARE_MEMORY)
    except (AttributeError, TypeError, ValueError):
        return None


def _around(chosen: GateOptions) -> Path | None:
    return snapshot_at(chosen.snapshot) if chosen.snapshot else None


def _told(asked: HookRequest, found: Json, started: float) -> Json:
    """One line of JSON for the log, without the template and without the signed address."""
    entry = {
        "gate": "seawall",
        "stack": asked.stack,
        "target": asked.target,
        "action": asked.action,
        "status": found["hookStatus"],
        "error": found.get("errorCode"),
        "seconds": round(time.monotonic() - started, 3),
        "message": found["message"].partition("\n")[0],
    }
    print(json.dumps(entry), flush=True)  # noqa: T201 -- Lambda keeps what is printed as its log
    return found
