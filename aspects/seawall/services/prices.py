"""List prices of AWS in one Region, without free tiers and volume discounts: a table with source and date.

Prices of other Regions differ by some percent. To renew the table, read the pages named and change the date.
"""

from __future__ import annotations

from seawall.graph.facts import Fact

REGION = "us-east-1"
"""US East (N. Virginia)."""

_MILLION = 1_000_000


def _price(dollars: float, page: str, checked: str) -> Fact[float]:
    return Fact(dollars, f"https://aws.amazon.com/{page}/pricing/", checked)


LAMBDA_REQUEST = _price(0.20 / _MILLION, "lambda", "2026-06-18")
LAMBDA_GIGABYTE_SECOND = {
    "x86_64": _price(0.0000166667, "lambda", "2026-06-18"),
    "arm64": _price(0.0000133334, "lambda", "2026-06-18"),
}
SQS_REQUEST = _price(0.40 / _MILLION, "sqs", "2026-06-13")
SQS_FIFO_REQUEST = _price(0.50 / _MILLION, "sqs", "2026-06-13")
STATE_TRANSITION = _price(0.000025, "step-functions", "2026-03-14")
"""Of a Standard workflow; every retry is a further transition."""
EXPRESS_REQUEST = _price(1.00 / _MILLION, "step-functions", "2026-03-14")
EXPRESS_GIGABYTE_SECOND = _price(0.00001667, "step-functions", "2026-03-14")
PIPE_REQUEST = _price(0.40 / _MILLION, "eventbridge", "2026-06-13")
CUSTOM_EVENT = _price(1.00 / _MILLION, "eventbridge", "2026-06-13")
"""An event that is put on a bus; those of AWS services on the default bus are free."""
SCHEDULED_INVOCATION = _price(1.00 / _MILLION, "eventbridge", "2026-03-13")
SNS_PUBLISH = _price(0.50 / _MILLION, "sns", "2026-06-13")
SNS_FIFO_PUBLISH = _price(0.30 / _MILLION, "sns", "2026-06-13")
REST_REQUEST = _price(3.50 / _MILLION, "api-gateway", "2026-06-13")
HTTP_REQUEST = _price(1.00 / _MILLION, "api-gateway", "2026-06-13")

TABLE_DATE = "2026-06-18"
"""The day on which the newest of these was read."""
