"""What can be typed. Only argparse is imported until a command runs, so that `--version` takes no time."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from seawall._version import __version__

from .exits import Exit
from .options import (
    Formats,
    add_code,
    add_color,
    add_fail_on,
    add_parameters,
    add_paths,
    add_reports,
    add_rules,
    add_skip_unreadable,
    add_thresholds,
    at_least,
    known_format,
)

_EXITS = """\
exit codes:
  0  analysed, nothing at or above --fail-on
  1  findings at or above --fail-on
  2  wrong usage, or an input that cannot be read: the message names the file
     and the place in it
  3  nothing to analyse: no template found
"""

_ABOUT = """\
Says, before you deploy, how many times your AWS code runs again when something
fails: reads synthesized templates, follows events through queues, functions,
state machines and pipes, and multiplies the retries that stack up on the way.
"""

_EXAMPLES = """\
examples:
  cdk synth && seawall check          the app in cdk.out
  seawall check template.json         one template
  seawall baseline                    accept what is there, and fail on more
  seawall diff main/cdk.out cdk.out   what a change does
  seawall replay --fail Worker        fail on purpose, on a local emulator
  seawall fix --diff                  what can be changed safely
  seawall audit -o snapshot           what is deployed, as files
  seawall explain stacked-retries     what a rule means, and how to fix it
"""

_CHECK = """\
Analyses synthesized templates and reports what runs again, how often and why.
"""

_CHECK_EXAMPLES = """\
examples:
  seawall check                                   the app in cdk.out
  seawall check build/cdk.out                     an assembly elsewhere
  seawall check api.json worker.json              templates, analysed together
  seawall check --fail-on warning                 be strict in CI
  seawall check --baseline seawall-baseline.json  fail on what is new or worse
  seawall check --output seawall.json             the format from the suffix
  seawall check --format text --output - --format sarif --output seawall.sarif
  seawall check --what-if                         which changes bring what
  seawall check --ignore idle-retry,handoff-gap

Settings may stand in seawall.toml, or in [tool.seawall] of pyproject.toml:
max-attempts, rollbacks, pushes-per-day, days-between-deployments,
images-per-push, endangered-days, window-days, visibility-factor,
blocked-group-seconds, least-receives, code, code-left-out, fail-on, format,
select, ignore, per-path-ignores, baseline, docs-url. The nearest file counts,
up to the root of the repository; the command line wins over it.

"""

_BASELINE = """\
Writes the present findings to a file that is reviewed and kept with the code.
`seawall check --baseline FILE` then fails on new findings only, and on known
ones that got worse. Run again, it brings the file up to date: reasons in it
are kept, numbers are those of today, what has gone is dropped.
"""

_BASELINE_EXAMPLES = """\
examples:
  seawall baseline                                  write, or bring up to date
  seawall baseline --reason "before we had Seawall" with a reason for new ones
  seawall baseline --prune                          only drop and lower, in CI
  seawall baseline --output retries.json            another file

exit codes:
  0  written
  2  wrong usage, or an input that cannot be read
  3  nothing to analyse: no template found
"""

_DIFF = """\
Compares two apps, as they were before a change and after it: how often
everything runs, loops, images, findings, and which setting made the difference.
"""

_DIFF_EXAMPLES = """\
examples:
  seawall diff main/cdk.out cdk.out                     what a branch changes
  seawall diff old.json new.json --max-increase 0       nothing may run more often
  seawall diff main/cdk.out cdk.out --output diff.md    for the pull request
  seawall diff --base main/a --base main/b a b          of several together

exit codes:
  0  nothing got worse, or not by as much as counts
  1  something got worse and runs more often than --max-attempts, or by more than
     --max-increase; or a finding at or above --fail-on is new or worse
  2  wrong usage, or an input that cannot be read
  3  nothing to analyse: no template found on one side
"""

_REPLAY = """\
Makes one function fail on a local emulator of AWS and counts what runs again,
beside what the model predicts. Needs: pip install 'seawall[replay]'. Code of
the app is not run: stubs fail or pass in its place and make the calls that
the model sees. Nothing is sent to AWS.
"""

_REPLAY_EXAMPLES = """\
examples:
  seawall replay --fail Worker                     every run ends in an error
  seawall replay --fail Worker --with timeout      the function times out
  seawall replay --fail Handler --with fault --events 2 --laps 3
  seawall replay --fail Worker --output replay.html
  seawall replay --fail Worker --export fis > experiment.json

exit codes:
  0  counted, and as predicted as far as there is a comparison; or exported
  1  something was counted otherwise than predicted, and nothing explains it
  2  wrong usage, an input that cannot be read, or an emulator that is not
     installed, does not start or dies
  3  nothing to replay: no template found
"""


_AUDIT = """\
Writes what is deployed in one account and Region as files: the templates of
stacks as CloudFormation processed them, and what differs from them or stands in
none. Only describing and listing calls are made, no secret is written. Also
says which images each lifecycle rule would delete today, and which of them run.
Needs: pip install 'seawall[audit]'.
"""

_AUDIT_EXAMPLES = """\
examples:
  seawall audit -o snapshot                        the account of the profile
  seawall audit --profile prod --region eu-west-1 -o prod
  seawall audit --stack Orders -o orders           one stack, and what it nests
  seawall check snapshot                           then, offline
  seawall check cdk.out snapshot                   an app among what is deployed

An audit that was broken off goes on where it stopped when it is run again.

exit codes:
  0  written
  1  written, and a lifecycle rule would delete an image that runs today
  2  wrong usage, or AWS cannot be asked
"""

_FIX = """\
Makes the changes that are safe: numbers are lowered, and retries removed where
an outer layer that dead-letters tries again, so that nothing is lost, replaced
or reordered. Comments and layout stay. What has to be looked at, or is written by the
CDK, is printed for you to change.
"""

_FIX_EXAMPLES = """\
examples:
  seawall fix template.yaml --diff               show, and write nothing
  seawall fix template.yaml                      write
  seawall fix . --select stacked-retries         one rule only

exit codes:
  0  written, or nothing to do
  1  errors remain that have to be looked at
  2  wrong usage, or an input that cannot be read
  3  nothing to fix: no template found
"""


class _Parser(argparse.ArgumentParser):
    """Errors read like every other error of this program."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **{**named, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is."""
        from .output import complain

        complain(f"error: {message}")
        complain(f"see {self.prog} --help")
        raise SystemExit(int(Exit.USAGE))


def parser(given: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of the whole command line; of a line that begins with a command, as far as that one needs it."""
    top = _Parser(
        prog="seawall",
        description=_ABOUT,
        epilog=f"{_EXAMPLES}\n{_EXITS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"seawall {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    adders = {
        "check": _add_check,
        "baseline": _add_baseline,
        "diff": _add_diff,
        "replay": _add_replay,
        "fix": _add_fix,
        "audit": _add_audit,
        "explain": _add_explain,
        "completions": _add_completions,
    }
    named = given[0] if given and given[0] in adders else None
    for name, add in adders.items():
        if named in (None, name):
            add(commands)
    return top


def _add_check(commands: argparse._SubParsersAction[_Parser]) -> None:
    check = commands.add_parser(
        "check",
        help="analyse templates and report what runs again",
        description=_CHECK,
        epilog=_CHECK_EXAMPLES + _EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_paths(check)
    add_parameters(check)
    add_skip_unreadable(check)
    add_reports(check, "report", Formats(), known_format)
    add_thresholds(check)
    add_code(check)
    add_fail_on(
        check,
        "exit with 1 if a finding is at least that severe, error by default; unknown: errors, and gaps "
        "that could touch a figure",
    )
    add_rules(check)
    add_baseline(check)
    check.add_argument(
        "--what-if",
        action="store_true",
        help="list the fewest changes that bring each path under --max-attempts or open each loop, with the figures "
        "that result",
    )
    add_color(check)
    check.add_argument("--statistics", action="store_true", help="as text: count the findings of each rule")
    how_much = check.add_mutually_exclusive_group()
    how_much.add_argument("-q", "--quiet", action="store_true", help="print open findings only, and nothing else")
    how_much.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="list every unknown setting, every skipped file, and the figures of everything that does work",
    )


def add_baseline(command: _Parser) -> None:
    """Which known findings are let pass."""
    known = command.add_mutually_exclusive_group()
    known.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="let what `seawall baseline` wrote there pass, unless it got worse",
    )
    known.add_argument("--no-baseline", action="store_true", help="report all, whatever baseline the settings name")


def _add_baseline(commands: argparse._SubParsersAction[_Parser]) -> None:
    baseline = commands.add_parser(
        "baseline",
        help="write the present findings to a file that `check` lets pass",
        description=_BASELINE,
        epilog=_BASELINE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_paths(baseline)
    add_parameters(baseline)
    baseline.add_argument(
        "--output",
        metavar="FILE",
        help="write it there; - for standard output; what the settings name, or else seawall-baseline.json, by default",
    )
    baseline.add_argument("--reason", metavar="TEXT", help="why, for entries that have no reason yet")
    baseline.add_argument(
        "--prune",
        action="store_true",
        help="drop what has gone and lower what got better; add nothing and raise nothing",
    )
    add_thresholds(baseline)
    add_code(baseline)
    add_rules(baseline)


def _add_diff(commands: argparse._SubParsersAction[_Parser]) -> None:
    diff = commands.add_parser(
        "diff",
        help="compare two apps: what a change does to retries, loops and images",
        description=_DIFF,
        epilog=_DIFF_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sides = "cloud assembly directory, template file, or a folder of either, "
    diff.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help=f"BASE and HEAD: {sides}before and now; with --base all are HEAD",
    )
    diff.add_argument("--base", action="append", type=Path, metavar="BASE", help="as it was before; may be repeated")
    add_parameters(diff)
    add_reports(diff, "comparison", ("json", "markdown", "text"))
    add_thresholds(diff)
    add_code(diff)
    diff.add_argument(
        "--max-increase",
        type=at_least(0),
        metavar="N",
        help="runs for one event by which a function or state may run more often than before; no limit by default",
    )
    add_fail_on(diff, "exit with 1 if a finding that is new or worse is at least that severe; error by default")
    add_rules(diff)
    add_baseline(diff)
    diff.add_argument("--what-if", action="store_true", help="taken as by check, and of no effect here")
    add_color(diff)


def _add_replay(commands: argparse._SubParsersAction[_Parser]) -> None:
    replay = commands.add_parser(
        "replay",
        help="fail on purpose, on a local emulator, and count",
        description=_REPLAY,
        epilog=_REPLAY_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_paths(replay)
    add_parameters(replay)
    replay.add_argument("--fail", required=True, metavar="SITE", help="function, or state that calls one, that fails")
    replay.add_argument(
        "--with",
        dest="failure",
        choices=("error", "timeout", "fault"),
        default="error",
        help="how every run of it fails; error by default",
    )
    replay.add_argument("--events", type=at_least(1), default=1, metavar="N", help="events sent; 1 by default")
    replay.add_argument(
        "--laps",
        type=at_least(0),
        default=2,
        metavar="L",
        help="times that failing code sends an event back over each way; 2 by default",
    )
    replay.add_argument(
        "--calls",
        choices=("heeded", "unheeded", "unawaited"),
        default="heeded",
        help="what code that was not read does where it calls: fail with what it calls, go on, or not wait",
    )
    replay.add_argument(
        "--speed", type=at_least(1), default=100, metavar="N", help="how much shorter delays are; 100 by default"
    )
    replay.add_argument("--endpoint", metavar="URL", help="use the emulator that runs there, rather than start one")
    replay.add_argument(
        "--max-runs", type=at_least(1), default=20_000, metavar="N", help="stop after as many runs; 20000 by default"
    )
    replay.add_argument(
        "--max-seconds", type=at_least(1), default=100, metavar="N", help="stop after as many seconds; 100 by default"
    )
    replay.add_argument("--export", choices=("fis",), help="print an experiment for AWS FIS instead, as JSON")
    add_reports(replay, "result", ("html", "json", "text"))
    add_color(replay)


def _add_fix(commands: argparse._SubParsersAction[_Parser]) -> None:
    fix = commands.add_parser(
        "fix",
        help="make the safe changes in YAML, JSON, SAM and ASL files",
        description=_FIX,
        epilog=_FIX_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_paths(fix)
    add_parameters(fix)
    fix.add_argument("--diff", action="store_true", help="print what would change, and write nothing")
    add_thresholds(fix)
    add_code(fix)
    add_rules(fix)


def _add_audit(commands: argparse._SubParsersAction[_Parser]) -> None:
    audit = commands.add_parser(
        "audit",
        help="write what is deployed as files that check reads",
        description=_AUDIT,
        epilog=_AUDIT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    audit.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="directory of the snapshot")
    audit.add_argument("--profile", metavar="NAME", help="of the AWS configuration; that of the environment by default")
    audit.add_argument("--region", metavar="REGION", help="that of the profile by default")
    audit.add_argument("--stack", action="append", default=[], metavar="NAME", help="this stack only; may be repeated")
    audit.add_argument("--code", action="store_true", help="take the code of functions along, for check to read")


def _add_explain(commands: argparse._SubParsersAction[_Parser]) -> None:
    explain = commands.add_parser(
        "explain",
        help="show a rule's page: what, why, example, fix, sources",
        description="Shows a rule's page: what it does, why that is bad, an example, how to fix it, sources.\n"
        "Without a rule: lists all rules.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    explain.add_argument("rule", nargs="?", metavar="RULE", help="such as stacked-retries")
    explain.add_argument(
        "--format", choices=("json", "text"), default="text", help="for programs or people; text by default"
    )
    add_color(explain)


def _add_completions(commands: argparse._SubParsersAction[_Parser]) -> None:
    completions = commands.add_parser(
        "completions",
        help="print what has a shell complete commands, options and rules",
        description="Prints a script for a shell. Needs: pip install shtab. For bash, in ~/.bashrc:\n"
        '  eval "$(seawall completions bash)"',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    completions.add_argument("shell", choices=("bash", "zsh"))
