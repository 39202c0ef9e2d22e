"""A value that each request carries."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
"""What is both the name of a header and, in lower case, that of a message attribute.
Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"""


def header_name(argument: str, name: str) -> str:
    """`name` in lower case, as header names make no difference; `ValueError` if it can be none.

    >>> header_name("signature_header", "X-Hub-Signature-256")
    'x-hub-signature-256'
    """
    if not _HEADER.fullmatch(name):
        raise ValueError(f"{argument}: {name!r} is no name of a header: letters, digits, - and _")
    return name.lower()


@dataclass(frozen=True, slots=True)
class RequestValue:
    """Where in a request a value stands: `RequestValue.header("X-Shop")` or `RequestValue.path("shop")`."""

    expression: str
    """As API Gateway maps it.
    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html"""
    parameter: str = ""
    """The parameter of the route's path, if that is where it stands."""

    @classmethod
    def header(cls, name: str) -> RequestValue:
        """The value of a header. A sender sets it as it likes.

        >>> RequestValue.header("X-Shop").expression
        '$request.header.x-shop'
        """
        return cls(f"$request.header.{header_name('header', name)}")

    @classmethod
    def path(cls, name: str) -> RequestValue:
        """The value of a parameter of the route, such as ``shop`` in ``/webhooks/{shop}``."""
        if not name.isidentifier():
            raise ValueError(f"path: {name!r} is no name of a path parameter")
        return cls(f"$request.path.{name}", name)
