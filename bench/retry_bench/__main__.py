"""Runs every tool that is there and prints the table."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from ..processes import table
from .adapters import MissingToolError
from .cases import HAZARDS, cases
from .scoring import Score, score

TOOLS = ("seawall_", "cfn_lint", "cdk_nag", "checkov", "cloudformation_validate")


def scores(names: tuple[str, ...] = TOOLS) -> list[tuple[str, Score]]:
    """How each tool is asked, and its score; one that is not there is named on standard error."""
    found = []
    for name in names:
        tool: ModuleType = import_module(f"{__package__}.adapters.{name}")
        try:
            found.append((tool.about(), score(tool.NAME, cases(), tool.run(cases()))))
        except MissingToolError as missing:
            print(f"{tool.NAME} is not there: {missing}", file=sys.stderr)
    return found


def rendered(found: list[tuple[str, Score]]) -> str:
    """The table."""
    head = ["tool", *(f"{hazard}: found" for hazard in HAZARDS), "figures right", "alarms where nothing is wrong"]
    rows = []
    for about, one in found:
        hazards = [f"{one.found[hazard][0]} of {one.found[hazard][1]}" for hazard in HAZARDS]
        figures = f"{one.figures[0]} of {one.figures[1]}"
        rows.append([f"{one.tool} ({about})", *hazards, figures, f"{one.clean[0]} of {one.clean[1]}"])
    return table(head, rows)


if __name__ == "__main__":
    print(rendered(scores(tuple(sys.argv[1:]) or TOOLS)))
