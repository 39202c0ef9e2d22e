"""What CloudFormation asks: the event that it gives the function.

Source: https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html,
read 2026-11-30. The page spells two keys in two ways (`clientRequesttoken`, `stackID`): either is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

STACK, CHANGE_SET = "STACK", "CHANGE_SET"
TARGETS = (STACK, CHANGE_SET)


class HookRequest(Struct, frozen=True):
    """One evaluation that is asked for."""

    token: str
    target: str
    """`STACK` or `CHANGE_SET`; anything else is not judged."""
    action: str
    """`CREATE`, `UPDATE` or `DELETE`."""
    payload: str
    """Where the templates are to be read: an address that S3 has signed."""
    stack: str
    """The stack's name."""
    account: str | None
    region: str | None

    @property
    def deletes(self) -> bool:
        """Whether the stack is to go: there is nothing to judge."""
        return self.action == "DELETE"


def request_of(event: Any) -> HookRequest:
    """The request in an event. Whatever is missing is empty: a strange event is no reason to fail."""
    said = {str(key).lower(): value for key, value in event.items()} if isinstance(event, Mapping) else {}
    data = said.get("requestdata")
    data = data if isinstance(data, Mapping) else {}
    arn = _text(said.get("stackid")).split(":")
    named = arn[5].split("/") if len(arn) > 5 else []
    target = _text(data.get("targetType"))
    return HookRequest(
        _text(said.get("clientrequesttoken")),
        target,
        _text(said.get("actioninvocationpoint")).partition("_")[0],
        _text(data.get("payload")),
        named[1] if len(named) > 1 else _text(data.get("targetLogicalId")) if target == STACK else "stack",
        _text(said.get("awsaccountid")) or (arn[4] if len(arn) > 5 else None) or None,
        arn[3] if len(arn) > 5 else None,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
