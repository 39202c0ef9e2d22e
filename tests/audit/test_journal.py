"""An audit that was broken off goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.audit.errors import AuditError
from seawall.audit.journal import NAME, Journal


def test_what_was_read_is_not_read_again(tmp_path: Path) -> None:
    first = Journal(tmp_path, "1/eu-west-1")
    assert first.once("queue a", lambda: {"x": 1}) == {"x": 1}
    assert first.once("queue a", lambda: pytest.fail("asked twice")) == {"x": 1}
    first.close()
    second = Journal(tmp_path, "1/eu-west-1")
    assert second.resumed == 2
    assert second.once("queue a", lambda: pytest.fail("asked twice")) == {"x": 1}
    assert second.once("queue b", lambda: None) is None
    second.done()
    assert not (tmp_path / NAME).exists()


def test_a_line_that_was_cut_off_is_read_again(tmp_path: Path) -> None:
    first = Journal(tmp_path, "1/eu-west-1")
    first.once("queue a", lambda: 1)
    first.close()
    with (tmp_path / NAME).open("a") as file:
        file.write('{"key": "queue b", "val')
    second = Journal(tmp_path, "1/eu-west-1")
    assert second.once("queue b", lambda: 2) == 2
    second.close()
    third = Journal(tmp_path, "1/eu-west-1")
    assert third.once("queue b", lambda: pytest.fail("asked twice")) == 2
    third.close()


def test_another_account_is_not_mixed_in(tmp_path: Path) -> None:
    Journal(tmp_path, "1/eu-west-1").close()
    with pytest.raises(AuditError, match="an audit of 1/eu-west-1, not of 2/eu-west-1"):
        Journal(tmp_path, "2/eu-west-1")
