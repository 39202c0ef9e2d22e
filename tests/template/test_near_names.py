"""Names in another case than AWS has them."""

from __future__ import annotations

import pytest

from seawall.template.near_names import did_you_mean, in_another_case


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["Type"], None),
        (["type"], "type"),
        (["TYPE", "Type"], "TYPE"),
        (["Types", "Typ"], None),
        ([5, None, "tyPe"], "tyPe"),
        ([], None),
    ],
)
def test_the_first_key_that_differs_in_its_case_alone(keys: list[object], found: str | None) -> None:
    assert in_another_case(keys, "Type") == found
    assert bool(did_you_mean(keys, "Type")) == (found is not None)
