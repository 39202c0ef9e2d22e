"""What an author states, as changes: one line in a template, more where something stands there already."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from seawall.remedies.statements import repository_stated
from seawall.template import Address, load


@pytest.mark.parametrize(
    ("name", "written", "metadata", "line"),
    [
        ("app.json", json.dumps, None, '"Metadata": {"seawall": {"moving_tags": []}}'),
        ("app.yaml", yaml.safe_dump, None, "Metadata: {seawall: {moving_tags: []}}"),
        ("app.template", yaml.safe_dump, None, "Metadata: {seawall: {moving_tags: []}}"),
        ("app.yaml", json.dumps, None, '"Metadata": {"seawall": {"moving_tags": []}}'),
        ("app.json", json.dumps, {"Owner": "us"}, ""),
    ],
)
def test_what_is_said_of_a_repository_is_one_line(
    name: str, written: Callable[[Any], str], metadata: dict[str, Any] | None, line: str, tmp_path: Path
) -> None:
    """In the language of the file, whatever its name."""
    images = {"Type": "AWS::ECR::Repository", **({"Metadata": metadata} if metadata else {})}
    path = tmp_path / name
    path.write_text(written({"Resources": {"Images": images}}))
    app = load([path])
    (template,) = app.templates
    (edit,) = repository_stated(app, Address(template, "Images"), "app/Images", "moving_tags", []).edits
    assert (edit.edit, edit.given) == (line, bool(line))
    assert (edit.place.property, edit.value) == ("Metadata.seawall.moving_tags", "[]")
