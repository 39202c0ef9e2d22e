"""Writes docs/command-reference.md: every command and option, from the parser that reads them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from seawall.cli.arguments import parser

NAME = "command-reference.md"
_NOTICE = "<!-- Written by docs/build.py from the parser: change the code, not this page. -->\n\n"
_ABOUT = (
    "Every command and every option, as `--help` says them. What they are for, with examples, stands in "
    "[the command line](command-line.md)."
)


def page() -> str:
    """The page, as Markdown."""
    top = parser()
    commands = _commands(top)
    lines = ["# Command reference", "", _ABOUT, ""]
    lines += ["| command | does |", "| --- | --- |"]
    lines += [f"| [`seawall {name}`](#seawall-{name}) | {_cell(about)} |" for name, about, _ in commands]
    for name, _, command in commands:
        lines += ["", f"## seawall {name}", "", *_paragraph(command.description), *_usage(command)]
        lines += _table(command)
        lines += _epilog(command.epilog or "")
    return _NOTICE + "\n".join(lines).rstrip() + "\n"


def _commands(top: argparse.ArgumentParser) -> list[tuple[str, str, argparse.ArgumentParser]]:
    (choices,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    about = {choice.dest: choice.help or "" for choice in choices._choices_actions}
    return [(name, about.get(name, ""), command) for name, command in choices.choices.items()]


def _paragraph(text: str | None) -> list[str]:
    return [" ".join((text or "").split()), ""] if text else []


def _usage(command: argparse.ArgumentParser) -> list[str]:
    """What stands without a dash, in its order: options have their own rows."""
    typed = [_positional(action) for action in command._actions if not action.option_strings]
    return ["```", " ".join([command.prog, "[OPTION ...]", *typed]), "```", ""]


def _positional(action: argparse.Action) -> str:
    name = _metavar(action) or action.dest.upper()
    return {"*": f"[{name} ...]", "+": f"{name} ...", "?": f"[{name}]"}.get(str(action.nargs), name)


def _table(command: argparse.ArgumentParser) -> list[str]:
    actions = [action for action in command._actions if action.help != argparse.SUPPRESS]
    actions.sort(key=lambda action: bool(action.option_strings))
    rows = [f"| {_cell(_typed(action))} | {_cell(_help(action))} |" for action in actions]
    return ["| option | means |", "| --- | --- |", *rows]


def _typed(action: argparse.Action) -> str:
    value = _metavar(action)
    if not action.option_strings:
        return f"`{value or action.dest.upper()}`"
    return ", ".join(f"`{flag} {value}`" if value else f"`{flag}`" for flag in action.option_strings)


def _metavar(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, str):
        return action.metavar
    if action.choices:
        return "|".join(map(str, action.choices))
    return action.dest.upper() if action.option_strings else ""


def _help(action: argparse.Action) -> str:
    choices = ", ".join(map(str, action.choices or ()))
    said = (action.help or "").replace("%(choices)s", choices).replace("%%", "%")
    return f"{said} (may be repeated)" if isinstance(action, argparse._AppendAction) and "repeat" not in said else said


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _epilog(text: str) -> Iterator[str]:
    """What stands below, which is laid out by hand: headings end in a colon, and their text is indented."""
    for block in filter(None, text.strip().split("\n\n")):
        head, *rest = block.splitlines()
        if head.endswith(":") and all(line.startswith("  ") for line in rest):
            yield from ("", f"{head.capitalize()}", "", "```", *(line[2:] for line in rest), "```")
        else:
            yield from ("", " ".join(block.split()))
