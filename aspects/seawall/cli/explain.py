"""`seawall explain`: a rule's page, or the list of all rules."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from io import StringIO

from seawall.report.format import Screen
from seawall.report.pages import page
from seawall.report.styled_text import PROSE_WIDTH, painted, say, wrap
from seawall.rules import Rule, all_rules
from seawall.rules.choices import UnknownChoiceError, rule_named

from .exits import Exit, UsageError
from .output import emit
from .screen import screen_of

_PLAIN = {"markdown.code": "bold cyan", "markdown.code_block": "default"}
"""Only the terminal's own colours: a background would not suit every terminal."""


def explain(arguments: argparse.Namespace) -> Exit:
    """Run the command with parsed arguments."""
    screen = screen_of(sys.stdout, arguments.color)
    if arguments.rule is None:
        emit(_json(map(_facts, all_rules())) if arguments.format == "json" else _list(screen))
        return Exit.CLEAN
    try:
        rule = rule_named(arguments.rule)
    except UnknownChoiceError as error:
        raise UsageError(str(error)) from None
    if arguments.format == "json":
        emit(_json([_facts(rule)]))
        return Exit.CLEAN
    emit(_styled(rule, screen) if screen.terminal or screen.color else page(rule))
    return Exit.CLEAN


def _facts(rule: Rule) -> dict[str, object]:
    """A rule for programs: what its page says, under the names that stay."""
    return {
        "id": rule.id,
        "severity": rule.severity.word,
        "topic": rule.topic or "all",
        "title": " ".join(rule.title.split()),
        "what": rule.what,
        "why": rule.why,
        "fix": rule.fix,
        "sources": list(rule.sources),
    }


def _json(rules: Iterable[dict[str, object]]) -> str:
    return json.dumps({"schema": "seawall.rules/1", "rules": list(rules)}, indent=2, ensure_ascii=False) + "\n"


def _list(screen: Screen) -> str:
    rules = all_rules()
    name = max((len(rule.id) for rule in rules), default=0) + 2
    severity = max((len(rule.severity.word) for rule in rules), default=0) + 2
    hang = " " * (name + severity if name + severity < screen.width // 2 else 4)
    lines = []
    for rule in rules:
        line = say((rule.id.ljust(name), "bold"), rule.severity.word.ljust(severity), " ".join(rule.title.split()))
        lines += wrap(line, screen.width, hang=hang)
    return painted(lines, screen.color)


def _styled(rule: Rule, screen: Screen) -> str:
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    target = StringIO()
    console = Console(
        file=target,
        width=min(screen.width, PROSE_WIDTH),
        force_terminal=True,
        color_system="standard" if screen.color else None,
        no_color=not screen.color,
        legacy_windows=False,
        theme=Theme(_PLAIN),
    )
    console.print(Markdown(page(rule), code_theme="ansi_dark", hyperlinks=False))
    return "".join(f"{line.rstrip()}\n" for line in target.getvalue().splitlines())
