"""The real command line: what `cdk synth` prints, what it writes and how it ends.

A run takes seconds, most of which Python and jsii need to start. So most apps are synthesized in this process, and the
command line reads what that wrote, as it reads what an app of its own wrote: it prints, and ends, by the CDK's report
that lies there. Four runs are whole (`started`), one of them of an app that is synthesized here too.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

import seawall
from tests.whole import WHOLE

from .conftest import MakeApp, Outcome, read_report, synth, where

ROOT = Path(__file__).parents[2]
APPS = Path(__file__).parent / "apps"
CONTEXT = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
_SOURCE_LINE = re.compile(r"\S+\.py:[0-9]+")


@dataclass(frozen=True)
class Run:
    """What a run of the CLI gave."""

    code: int
    text: str
    """What it printed, but for the template."""
    directory: Path

    @property
    def blocks(self) -> list[list[str]]:
        """The lines of each violation printed, the first one without the plugin's name at its end, files as they are
        called in the assembly.

        Where the app records its lines, the CDK prints that of the construct before it.
        """
        said = "".join(line for line in self.text.splitlines(keepends=True) if not line.startswith("note: "))
        said = re.sub(rf"\S*\b{re.escape(self.directory.name)}/", "", said)
        blocks = [block.splitlines() for block in said.split("\n\n")]
        bare = [lines[1:] if lines and _SOURCE_LINE.fullmatch(lines[0]) else lines for lines in blocks]
        return [
            [lines[0].removesuffix(" (Seawall)"), *(line.strip() for line in lines[1:])]
            for lines in bare
            if lines and lines[0].endswith(" (Seawall)")
        ]

    @property
    def headlines(self) -> list[str]:
        return sorted(block[0] for block in self.blocks)

    @property
    def stacks(self) -> set[str]:
        """What was synthesized."""
        return {file.name.removesuffix(".template.json") for file in self.directory.glob("*.template.json")}

    @property
    def outcome(self) -> Outcome:
        return read_report(self.directory, self.code != 0)

    @property
    def gaps(self) -> int:
        """How many things are said not to be understood."""
        said = [re.search(r"not understood.* \((\d+) x\)$", headline) for headline in self.headlines]
        return sum(int(number[1]) for number in said if number)


Synth = Callable[..., Run]


def command_line(directory: Path, *arguments: str, validation: bool = False) -> Run:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    env |= {
        "PYTHONPATH": str(ROOT),
        "CDK_VALIDATION": str(validation).lower(),  # the CDK's own template checks
        "CDK_DISABLE_CLI_TELEMETRY": "1",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "18,20,21,22,23,24,25",
        "NO_COLOR": "1",
    }
    command = [str(ROOT / "node_modules/.bin/cdk"), "synth", "--quiet", "--no-notices"]
    done = subprocess.run([*command, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    return Run(done.returncode, done.stderr, directory)


@pytest.fixture
def started(tmp_path: Path) -> Synth:
    """The command line starts the app: one of ours by name, or that of `cdk.json`."""

    def run(app: str | None, *arguments: str, validation: bool = False) -> Run:
        directory = tmp_path / "started.out"
        named = [] if app is None else ["--app", f"{sys.executable} {APPS / app}.py"]
        return command_line(directory, "--output", str(directory), *named, *arguments, validation=validation)

    return run


@pytest.fixture
def cdk_synth(make_app: MakeApp) -> Synth:
    """The app is synthesized here, with that context, and read by the command line."""

    def run(name: str, **given: str) -> Run:
        app = make_app(context=CONTEXT | given)
        module = import_module(f"tests.cdk.apps.{name}")
        ended = synth(app, lambda: module.main(app))
        read = command_line(Path(app.outdir), "--app", app.outdir)
        assert (read.code != 0) is ended.failed
        return read

    return run


def test_several_stacks_overrides_inclusions_and_scopes(cdk_synth: Synth, started: Synth) -> None:
    run = cdk_synth("stacks")
    assert run.code == 1
    assert run.headlines == [
        "ERROR one failing event at Back/Inner/Stack/Queue can run Back/Inner/Stack/Function 20 times (5 x 4)",
        "ERROR one failing event at Back/Nested/Queue can run Back/Nested/Function 20 times (5 x 4)",
        "ERROR one failing event at Front/Queue can run Back/Function 20 times (5 x 4)",
        (
            "WARNING not understood, so that a figure may be too low: the role (r) is in none of the templates: "
            "what the code sends is not known (1 x)"
        ),
        *(
            f"WARNING one failing event can run {name}/Worker {times} times: maxReceiveCount = {times} ({name}/{queue})"
            for name, queue, times in (
                ("Front/Changed", "Queue", 66),
                ("Including/Include", "In", 55),
                ("Overridden", "Queue", 77),
            )
        ),
    ]
    assert run.gaps == len(seawall.check(run.directory).gaps), "every face tells as many"
    (block,) = [block for block in run.blocks if "Back/Nested" in block[0]]
    assert block[1].startswith("Back/Nested/Function/Resource (Function")
    assert block[1].endswith(") aws-cdk-lib.aws_lambda.CfnFunction")
    assert block[2].startswith("Suggested fix: let only Back/Nested/Queue retry: remove the Retry of")
    assert block.pop(3) == '# remove .add_retry(..., errors=["States.ALL"]) of the state "Charge"'
    assert block.pop(3).startswith("trade-off: after a short failure Back/Nested/Queue runs all of it again")
    assert block[3] == "Back/Nested/Queue", "its path is drawn"
    assert block[-1] == "Acknowledge with 'Seawall::stacked-retries'"
    assert run.text.rstrip().endswith("Synthesis finished with errors")

    # Construct paths do not depend on what the templates' metadata hold, and nothing on who starts the app.
    bare = started("stacks", "--no-path-metadata", "--no-asset-metadata")
    assert '"aws:cdk:path"' not in (bare.directory / "Front.template.json").read_text()
    assert (bare.code, bare.blocks) == (run.code, run.blocks)


def test_a_stage_fails_the_synth_though_none_of_its_stacks_is_selected(cdk_synth: Synth) -> None:
    run = cdk_synth("stage")
    assert run.code == 1
    (block,) = run.blocks
    assert block[0] == "ERROR one failing event at Prod/Web/Queue can run Prod/Web/Function 20 times (5 x 4)"
    assert block[1].startswith("assembly-Prod/ProdWeb")
    assert " Prod/Web/Function/Resource (Function" in block[1]
    (violation,) = run.outcome.violations
    assert where(violation)[0] == ""
    assert violation["ruleMetadata"]["construct_path"] == "Prod/Web/Function/Resource"
    every = command_line(run.directory, "--app", str(run.directory), "**")
    assert (every.code, every.text) == (run.code, run.text)


PIPELINE = [(False, "assembly-Prod/ProdWeb"), (True, "Prod/Web/Function/Resource (Function")]
"""Without the CDK's own template checks, and with them, which take five seconds more."""


@pytest.mark.parametrize(("validation", "place"), PIPELINE if WHOLE else PIPELINE[:1])
def test_a_pipeline_fails_the_synth_for_what_it_deploys(started: Synth, validation: bool, place: str) -> None:
    run = started("pipeline", validation=validation)
    assert run.code == 1
    (block,) = run.blocks
    assert block[1].startswith(place)


def test_warnings_fail_a_strict_synth_only(cdk_synth: Synth) -> None:
    run = cdk_synth("only_warnings")
    assert run.code == 0
    many, bare, stale = run.headlines
    assert many == "WARNING one failing event can run A/Worker 30 times: maxReceiveCount = 30 (A/Queue)"
    assert bare.startswith("WARNING the acknowledgement of excessive-retries at A/Queue accepts nothing: without")
    assert stale.startswith("WARNING the acknowledgement of retry-loop at A/Queue matches nothing: no such finding")
    strict = command_line(run.directory, "--app", str(run.directory), "--strict")
    assert strict.code == 1
    assert strict.headlines == run.headlines


def test_an_unresolved_parameter_on_the_path_is_printed_and_fails_where_asked(cdk_synth: Synth) -> None:
    said = "not understood, so that a figure may be too low: parameter Receives has no default (1 x)"
    run = cdk_synth("unresolved")
    assert run.code == 0
    (block,) = [block for block in run.blocks if block[0] == f"WARNING {said}"]
    assert "A/Queue RedrivePolicy.maxReceiveCount" in block
    assert block[-1] == "Acknowledge with 'Seawall::gap'"
    assert run.gaps == len(seawall.check(run.directory).gaps) > 0
    failing = cdk_synth("unresolved", fail="true")
    assert failing.code == 1
    assert f"ERROR {said}" in failing.headlines


def test_what_is_acknowledged_passes_and_is_on_record_with_the_reason(cdk_synth: Synth) -> None:
    run = cdk_synth("accepted")
    assert (run.code, run.blocks) == (0, [])
    accepted = {
        (one["ruleName"], one["ruleMetadata"]["site"], one.get("acknowledgedAt", "the app"), one["reason"])
        for one in run.outcome.suppressed
    }
    assert accepted == {
        ("stacked-retries", "A/Function", "A/Function", "on the function"),
        ("stacked-retries", "Prod/Web/Function", "Prod", "on the Stage"),
        ("retry-loop", "Loop/Queue", "Loop/Worker", "on the sender"),
        ("excessive-retries", "Many/Queue", "the app", "on the app"),
    }
    # The command line has nothing but the files, and comes to the same verdict.
    check = [sys.executable, "-m", "seawall", "check", str(run.directory)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "4 acknowledged." in done.stdout


def test_cdk_nag_and_guards_as_plugin_and_aspect_do_not_get_in_each_others_way(cdk_synth: Synth) -> None:
    run = cdk_synth("nag")
    assert run.code == 1
    assert run.headlines == ["ERROR one failing event at A/Queue can run A/Function 20 times (5 x 4)"]
    assert "(AwsSolutions)" in run.text
    assert "(Serverless)" in run.text


def test_a_mistake_of_ours_fails_the_synth(cdk_synth: Synth) -> None:
    run = cdk_synth("broken")
    assert run.code == 1
    (block,) = run.blocks
    assert block[0].startswith(
        "FATAL there is no verdict, because the app could not be analysed: KeyError: 'Properties'"
    )
    assert block[1] == "manifest.json (no verdict)"
    assert "Traceback" not in run.text


def test_the_incident_fails_and_is_named(started: Synth) -> None:
    run = started(None, "-c", "scenario=incident")
    assert run.code == 1
    assert run.stacks == {"WebhookIncident", "ReviewServerIncident"}
    by_place = {(block[0].partition(" ")[0], block[1].partition(" ")[0]): block for block in run.blocks}
    loop = by_place["ERROR", "WebhookIncident/SourceQueue/Resource"]
    assert "stacks/webhook_incident.py:58\nERROR when " in run.text, "the line of the queue"
    assert "its message goes back to WebhookIncident/SourceQueue, for 5 rounds at most" in loop[0]
    assert "up to 4 come back each round when Lambda itself returns service errors (5xx)" in loop[0]
    assert any(" sends 1 back each round" in line for line in loop)
    dead_letters = [block for block in run.blocks if block[1].startswith("WebhookIncident/DeadLetterQueue/Resource")]
    assert any("Acknowledge with 'Seawall::retry-loop'" in block for block in dead_letters)
    gap = by_place["WARNING", "WebhookIncident/Machine/Resource"]
    assert "fails unnoticed" in gap[0]
    (idle,) = [block for block in run.blocks if "Acknowledge with 'Seawall::idle-retry'" in block]
    assert "MaximumRetryAttempts = 0" in idle[0]
    assert "never acts" in idle[0]
    image = by_place["ERROR", "ReviewServerIncident/Images/Resource"]
    assert "rule 1 of ReviewServerIncident/Images (any image, keep 5) deletes :production" in image[0]
    assert "| day 1: 5 pushes, pr-101 to pr-105" in image
    assert 'tag_pattern_list=["production"],' in image, "the corrected policy can be pasted"


def test_the_guarded_app_passes_without_a_word(started: Synth) -> None:
    run = started(None)
    assert (run.code, run.blocks) == (0, [])
    assert run.stacks == {"WebhookGuarded", "ReviewServerGuarded"}
