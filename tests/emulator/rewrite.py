"""What a replay changes in a template before it is deployed, and all it changes.

Code becomes the stub, clocks become short, and `stand_ins` takes the place of what the emulator
does not play. No retry count, redrive count, retrier, catcher or batch size is touched: those are
what is being asked about.
"""

import copy
import json
from pathlib import Path
from typing import Any

from .play import Call, Play
from .stand_ins import install

Template = dict[str, Any]
HANGING_TIMEOUT = 1
REDELIVERY = 1
PLENTY = 30


def rewritten(template: Template, play: Play, log: Path, code: dict[str, str]) -> Template:
    """The template a replay deploys: stubs note their runs in `log` and take `code` as theirs."""
    changed = copy.deepcopy(template)
    resources = changed["Resources"]
    calls = [*play.calls, *(install(resources) if play.stand_ins else ())]
    for name, one in resources.items():
        if one["Type"] == "AWS::Lambda::Function":
            _stub(name, one["Properties"], play, calls, log)
            one["Properties"]["Code"] = code
        elif one["Type"] == "AWS::SQS::Queue":
            soon = play.fails in _readers(resources, name)
            visible = REDELIVERY if soon else PLENTY
            one.setdefault("Properties", {})["VisibilityTimeout"] = visible
    return changed


def _stub(name: str, function: Template, play: Play, calls: list[Call], log: Path) -> None:
    fails = name == play.fails
    hangs = fails and play.failure == "timeout"
    own = [call for call in calls if call.function == name]
    spec = {
        "function": name,
        "log": str(log),
        "errors": play.error_names if fails else (),
        "hangs": hangs,
        "calls": [{"action": c.action, "variable": c.variable, "when": c.when} for c in own],
        "laps": play.laps,
    }
    function["Runtime"] = "provided.al2023"
    function["Handler"] = "bootstrap"
    function["Timeout"] = HANGING_TIMEOUT if hangs else PLENTY
    variables = function.get("Environment", {}).get("Variables", {})
    function["Environment"] = {"Variables": variables | {"REPLAY": json.dumps(spec)}}


def _readers(resources: dict[str, Template], queue: str) -> list[str]:
    source = {"Fn::GetAtt": [queue, "Arn"]}
    return [
        one["Properties"]["FunctionName"]["Ref"]
        for one in resources.values()
        if one["Type"] == "AWS::Lambda::EventSourceMapping" and one["Properties"]["EventSourceArn"] == source
    ]
