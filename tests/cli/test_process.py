"""The command as a process: how fast it starts, how it dies, and what it never does."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import seawall.cli.check
from seawall._version import __version__
from seawall.cli import main

from .conftest import ERROR, SCENARIOS

Scenario = Callable[[str], str]
Capture = pytest.CaptureFixture[str]

SEAWALL = (sys.executable, "-m", "seawall")


def run(*arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SEAWALL, *arguments], capture_output=True, text=True, env={**os.environ, **options}, check=False
    )


def processor_seconds() -> float:
    """Of all processes that were started and have ended: what else the machine does is not in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_version_is_there_at_once() -> None:
    seconds = []
    for _ in range(5):
        start = processor_seconds()
        found = run("--version")
        seconds.append(processor_seconds() - start)
        assert (found.returncode, found.stdout) == (0, f"seawall {__version__}\n")
    assert min(seconds) < 0.15


def in_shell(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command, "sh", *SEAWALL, *arguments], capture_output=True, text=True, check=False
    )


def test_small_templates_take_little_memory() -> None:
    template = str(SCENARIOS / "case-04-pipe-to-express.json")
    found = in_shell('ulimit -v 307200; exec "$@"', "check", template, "--fail-on", "never")
    assert (found.returncode, found.stderr) == (0, "")
    assert "stacked-retries" in found.stdout


def test_an_output_that_is_closed_is_said() -> None:
    found = in_shell('exec "$@" >&-', "check", str(SCENARIOS / "case-04-pipe-to-express.json"))
    assert (found.returncode, found.stderr) == (2, "seawall: error: cannot write to standard output: it is closed\n")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_nothing_heavy_is_imported_before_it_is_needed(arguments: list[str]) -> None:
    program = (
        "import sys; from seawall.cli import main; main(sys.argv[1:]); "
        "print(*sorted({name.partition('.')[0] for name in sys.modules} & {'rich', 'aws_cdk', 'jsii', 'tomllib'}), "
        "*(name for name in sys.modules if name.startswith(('seawall.template', 'seawall.report'))), file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    assert found.stderr == "\n"


def test_a_check_leaves_out_what_it_does_not_call() -> None:
    seldom = {"dataclasses", "importlib.metadata", "importlib.resources", "inspect", "typing_extensions", "zipfile"}
    program = (
        "import sys; before = set(sys.modules); from seawall.cli import main; main(sys.argv[1:]); "
        "print(*(sys.modules.keys() - before), file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, "check", str(SCENARIOS / f"{ERROR}.json")]
    loaded = subprocess.run(command, capture_output=True, text=True, check=False).stderr.split()
    assert not seldom.intersection(loaded)


def test_the_command_works_where_no_cdk_can_be_imported() -> None:
    program = (
        "import sys; sys.modules.update(aws_cdk=None, jsii=None, constructs=None, cdk_nag=None); "
        "from seawall.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    template = str(SCENARIOS / f"{ERROR}.json")
    command = [sys.executable, "-c", program, "check", template]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "\nerror[unbounded-retry]" in found.stdout


def test_help_is_for_newcomers() -> None:
    top, check = run("--help"), run("check", "--help")
    assert top.returncode == check.returncode == 0
    for text in (top.stdout, check.stdout):
        assert "examples:\n" in text
        assert "  3  nothing to analyse: no template found\n" in text
        assert max(map(len, text.splitlines())) <= 80
    assert "csv, csv-attempts, dot, github, gitlab," in " ".join(check.stdout.split())
    assert "sarif, text; without it what the suffix of FILE says, else text" in " ".join(check.stdout.split())


def test_a_run_as_a_process(scenario: Scenario) -> None:
    found = run("check", scenario(ERROR))
    assert found.returncode == 1
    assert found.stdout.isascii()
    assert found.stderr == ""


@pytest.mark.parametrize("arguments", [["check", "--format", "json"], ["check"], ["explain", "retry-loop"], ["--help"]])
def test_a_reader_that_leaves_early_is_no_error(arguments: list[str]) -> None:
    paths = [str(SCENARIOS)] if "check" in arguments else []
    process = subprocess.Popen([*SEAWALL, *arguments, *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaints = process.stderr.read()
    process.stderr.close()
    assert process.wait() == (1 if paths else 0)  # the findings are findings all the same
    assert complaints == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_behind_standard_output_is_said(scenario: Scenario) -> None:
    with open("/dev/full", "w") as full:
        found = subprocess.run(
            [*SEAWALL, "check", scenario(ERROR)], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert found.returncode == 2
    assert found.stderr == "seawall: error: cannot write to standard output: no space left on device\n"


def test_an_interrupt_is_130_and_a_word(monkeypatch: pytest.MonkeyPatch, scenario: Scenario, capsys: Capture) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(seawall.cli.check, "report_of", interrupted)
    assert main(["check", scenario(ERROR)]) == 130
    assert capsys.readouterr().err == "seawall: interrupted\n"


@pytest.mark.parametrize("debug", [False, True])
def test_an_internal_error_asks_to_be_reported(
    monkeypatch: pytest.MonkeyPatch, scenario: Scenario, capsys: Capture, debug: bool
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("no such\x1b[31m thing")

    monkeypatch.setattr(seawall.cli.check, "report_of", broken)
    if debug:
        monkeypatch.setenv("SEAWALL_DEBUG", "1")
    template = scenario(ERROR)
    assert main(["check", template]) == 2
    said = capsys.readouterr().err
    assert rf"seawall: error: internal error in `seawall check {template}`: LookupError: no such\x1b[31m thing" in said
    assert "please report it" in said
    assert f"SEAWALL_DEBUG=1 seawall check {template}" in said
    assert ("Traceback" in said) is debug


def test_an_output_of_another_encoding_is_no_trap(scenario: Scenario, directory: Path) -> None:
    template = directory / scenario(ERROR)
    template.write_text(template.read_text().replace('"Queue"', '"Schlange→"'), "utf-8")
    found = run("check", template.name, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert found.returncode == 1
    assert r"Schlange\u2192" in found.stdout


@pytest.mark.parametrize(
    "module", ["seawall.cli.main", "argparse", "seawall.cli.check", "seawall.retries", "seawall.report.text"]
)
def test_an_interrupt_while_it_loads_leaves_no_traceback(module: str) -> None:
    program = f"""if True:
        import sys
        sys.modules.pop("argparse", None)
        class Interrupted:
            def find_spec(self, name, *_):
                if name == {module!r}:
                    raise KeyboardInterrupt
        sys.meta_path.insert(0, Interrupted())
        from seawall.cli import main
        sys.exit(main(["check", {str(SCENARIOS / f"{ERROR}.json")!r}]))
    """
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert found.returncode == 130
    assert "Traceback" not in found.stderr
