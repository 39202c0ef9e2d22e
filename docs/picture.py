"""Draws docs/terminal.svg: what `seawall check` really prints for a small template, in colour.

Usage:
    python docs/picture.py
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from seawall.engine import report_of
from seawall.report.format import Screen
from seawall.report.text import render
from seawall.template import load

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "tests" / "scenarios" / "case-15-collateral.json"
WIDTH = 104

THEME = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [
        (72, 79, 88),
        (255, 123, 114),
        (63, 185, 80),
        (210, 153, 34),
        (88, 166, 255),
        (188, 140, 255),
        (57, 197, 207),
        (177, 186, 196),
    ],
    [
        (110, 118, 129),
        (255, 161, 152),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (240, 246, 252),
    ],
)
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img" xml:space="preserve"
     aria-label="A Seawall finding in a terminal">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    """Render the report and frame it."""
    with tempfile.TemporaryDirectory() as folder:
        template = shutil.copy(TEMPLATE, Path(folder) / "Shop.json")
        report = report_of(load([template]))
        shown = render(report, Screen(width=WIDTH, terminal=True, color=True, drawing=True)).replace(f"{folder}/", "")
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(shown))
    svg = console.export_svg(title="$ seawall check Shop.json", theme=THEME, code_format=FRAME, unique_id="seawall")
    (ROOT / "docs" / "terminal.svg").write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
