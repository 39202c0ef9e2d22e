"""Makes the changes that a proposal names in the template itself."""

from __future__ import annotations

from seawall.remedies.applying import make
from seawall.remedies.search import Change
from tests.rules.judging import Raw


def apply(template: Raw, changes: tuple[Change, ...]) -> None:
    """Set every property that `changes` name."""
    for edit in (edit for change in changes for edit in change.edits):
        make(template["Resources"], edit)
