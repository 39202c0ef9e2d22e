"""What a run of a function uses: a request, and its memory for as long as it may take.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html, read 2026-11-30
"""

from __future__ import annotations

from seawall.graph.durations import in_words
from seawall.graph.facts import Fact
from seawall.graph.usage import Charge, Usage
from seawall.template import Resource

from ..prices import LAMBDA_GIGABYTE_SECOND, LAMBDA_REQUEST
from ..registry import sites
from ..wiring import Wiring
from .functions import FUNCTION, FUNCTION_TIMEOUT

MEMORY = Fact(128, "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html", "2026-11-30")
"""Megabytes where nothing is set."""


@sites(FUNCTION)
def function_usage(wiring: Wiring, resource: Resource) -> None:
    """A run is charged as if it took its whole timeout."""
    props = wiring.props(resource)
    memory_set = props.integer("MemorySize", default=MEMORY.value)
    timeout_set = props.integer("Timeout", default=FUNCTION_TIMEOUT.value)
    memory, timeout = memory_set.value, timeout_set.value
    reserved = props.integer("ReservedConcurrentExecutions").value
    charges = [Charge("Lambda request", LAMBDA_REQUEST)]
    if memory is not None and timeout is not None:
        kinds = props.value("Architectures")
        price = LAMBDA_GIGABYTE_SECOND["arm64" if "arm64" in str(kinds) else "x86_64"]
        lasts = f"a run lasts {in_words(timeout)} at {memory:,} MB"
        each = f"{timeout:,} s ({timeout_set.whose}) x {memory:,} MB ({memory_set.whose})"
        quantity, seconds, size = memory / 1024 * timeout, f"{timeout:,} s", f"{memory:,} MB"
        charges.append(
            Charge("Lambda GB-second", price, quantity, assumption=lasts, lasts=seconds, memory=size, each=each)
        )
    unknown = "" if memory is not None and timeout is not None else "its memory or timeout"
    longest = None if timeout is None else float(timeout)
    wiring.usages.append(Usage(resource.site_id, tuple(charges), longest, reserved, unknown))


@sites("AWS::Lambda::Url")
def url_usage(wiring: Wiring, resource: Resource) -> None:
    """A function URL costs nothing beside its function."""
    wiring.usages.append(Usage(resource.site_id))
