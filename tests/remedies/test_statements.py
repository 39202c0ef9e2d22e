"""What an author states, as changes: one line in a template, more where something stands there already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.remedies.statements import repository_stated
from seawall.template import Address, load


@pytest.mark.parametrize(
    ("suffix", "metadata", "line"),
    [
        (".json", None, '"Metadata": {"seawall": {"moving_tags": []}}'),
        (".yaml", None, "Metadata: {seawall: {moving_tags: []}}"),
        (".json", {"Owner": "us"}, ""),
    ],
)
def test_what_is_said_of_a_repository_is_one_line(
    suffix: str, metadata: dict[str, Any] | None, line: str, tmp_path: Path
) -> None:
    images = {"Type": "AWS::ECR::Repository", **({"Metadata": metadata} if metadata else {})}
    path = tmp_path / f"app{suffix}"
    path.write_text(json.dumps({"Resources": {"Images": images}}))
    app = load([path])
    (name,) = app.templates
    (edit,) = repository_stated(app, Address(name, "Images"), "app/Images", "moving_tags", []).edits
    assert (edit.edit, edit.given) == (line, bool(line))
    assert (edit.place.property, edit.value) == ("Metadata.seawall.moving_tags", "[]")
