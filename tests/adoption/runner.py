"""Plays what GitHub's runner does with a composite action, as far as `action.yml` makes use of it.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
ACTION: Mapping[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
INSTALL = "Install Seawall"
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_NAME = re.compile(r"'[^']*'|[a-z_]+(?:\.[\w-]+)+")


@dataclass
class Run:
    """What became of the action."""

    failed: bool = False
    log: str = ""
    """What its steps printed."""
    summary: str = ""
    steps: list[str] = field(default_factory=list)
    """Names of the steps that were run."""
    uploaded: dict[str, str] = field(default_factory=dict)
    """With which inputs another action was called."""
    outputs: dict[str, str] = field(default_factory=dict)


class _Value(str):
    """Compared with a number as GitHub does: converted to one."""

    def __lt__(self, other: object) -> bool:
        return isinstance(other, int) and float(self or 0) < other


def evaluated(expression: str, context: Mapping[str, str], cancelled: bool = False) -> Any:
    """The few operators that `action.yml` uses have a twin each in Python."""

    def value(name: re.Match[str]) -> str:
        return name[0] if name[0].startswith("'") else f"_Value({context.get(name[0], '')!r})"

    text = _NAME.sub(value, expression.strip()).replace("&&", " and ").replace("!cancelled()", str(not cancelled))
    return eval(text, {"_Value": _Value})


def filled(text: str, context: Mapping[str, str]) -> str:
    """`text` with its expressions replaced by what they stand for."""
    return _EXPRESSION.sub(lambda found: str(evaluated(found[1], context)), text)


def play(
    workspace: Path,
    temporary: Path,
    inputs: Mapping[str, str],
    *,
    event: str = "push",
    environment: Mapping[str, str] | None = None,
    only: str | None = None,
) -> Run:
    """Run the steps in `workspace`. The one that installs is run alone (`only`) and once, as it takes seconds."""
    run = Run()
    context = {"github.token": "secret", "github.event_name": event, "github.event.pull_request.number": "7"}
    for name, given in ACTION["inputs"].items():
        context[f"inputs.{name}"] = filled(inputs.get(name, str(given["default"])), context)
    for step in ACTION["runs"]["steps"]:
        if step["name"] != only if only else step["name"] == INSTALL:
            continue
        condition = step.get("if", "${{ true }}")
        wanted = condition.removeprefix("${{").removesuffix("}}").replace(" true ", "True")
        if (run.failed and "cancelled()" not in condition) or not evaluated(wanted, context):
            continue
        run.steps.append(step["name"])
        if "uses" in step:
            run.uploaded = {name: filled(value, context) for name, value in step["with"].items()}
            continue
        _shell(step, run, context, workspace, temporary, environment or {})
    run.outputs = {name: filled(output["value"], context) for name, output in ACTION["outputs"].items()}
    return run


def _shell(
    step: Mapping[str, Any],
    run: Run,
    context: dict[str, str],
    workspace: Path,
    temporary: Path,
    environment: Mapping[str, str],
) -> None:
    assert step["shell"] == "bash"
    script, output, summary = (temporary / name for name in ("step.sh", "output", "summary"))
    script.write_text(step["run"])
    output.write_text("")
    summary.write_text("")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GITHUB"))}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=workspace,
        env=outside
        | {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REPOSITORY": "shop/infra",
            "GITHUB_STEP_SUMMARY": str(summary),
            "RUNNER_TEMP": str(temporary),
        }
        | {name: filled(value, context) for name, value in step.get("env", {}).items()}
        | dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    run.log += done.stdout
    run.summary += summary.read_text()
    run.failed |= done.returncode != 0
    for line in output.read_text().splitlines():
        name, _, value = line.partition("=")
        context[f"steps.{step['id']}.outputs.{name}"] = value
