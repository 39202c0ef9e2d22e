"""Templates as their authors write them, and where in them something stands."""

from __future__ import annotations

from pathlib import Path

from seawall.template import App, Template, line_of, load

from ..conftest import only, write

SAM = "Transform: AWS::Serverless-2016-10-31\n"


def read(directory: Path, text: str, name: str = "app.yaml") -> App:
    """The app of one template."""
    return load([write(directory / name, text)])


def notes(app: App) -> list[str]:
    """What was left out, in order."""
    return [each.why for each in app.skipped]


def written_at(app: App, logical_id: str, *path: str) -> str:
    """The line of the author's file on which a resource, or something in it, is found; without its indentation."""
    template: Template = only(app)
    line = line_of(template, ["Resources", logical_id, *path])
    assert line is not None
    return Path(template.path).read_text(encoding="utf-8").splitlines()[line - 1].strip()
