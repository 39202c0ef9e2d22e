"""What stands within one value that holds several things."""

from __future__ import annotations

import pytest

from seawall.services.pieces import pieces
from seawall.template import Address, Concat, Known, Reference, Value

QUEUE = Reference(Address("t", "Q"))
URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/work"
ARN = "arn:aws:sqs:eu-west-1:111122223333:work"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (Known(URL), []),
        (Known(ARN), []),
        (Known("work"), []),
        (Known(5), []),
        (QUEUE, []),
        (Concat((Known("https://"), QUEUE, Known("/x"))), []),
        (Known(f"{URL},{ARN}"), [Known(URL), Known(ARN)]),
        (Known(f"{URL}; other"), [Known(URL), Known("other")]),
        (Concat((Known("a,"), QUEUE)), [Known("a"), QUEUE]),
        (Concat((Known('{"to":"'), QUEUE, Known('"}'))), [Known("to"), Known(":"), QUEUE]),
        (
            Concat((Known("TO=https://"), QUEUE, Known("/x OTHER=1"))),
            [Known("TO"), Concat((Known("https://"), QUEUE, Known("/x"))), Known("OTHER"), Known("1")],
        ),
    ],
)
def test_a_list_and_json_hold_several(value: Value, found: list[Value]) -> None:
    assert list(pieces(value)) == found


def test_the_last_of_many_entries_is_one_as_well() -> None:
    assert len(list(pieces(Known("a," * 10_000)))) == 10_000
    settings = ", ".join(f'"{name}": {number}' for number, name in enumerate(["limit"] * 500))
    assert list(pieces(Concat((Known("{" + settings + ', "queue": "'), QUEUE, Known('"}')))))[-1] == QUEUE
