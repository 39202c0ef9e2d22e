"""Jobs that a task describes in its request, and that no resource of the template stands for."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.template import Value

from ..batch.jobs import setting
from ..eks.jobs import DESCRIBED as OF_EKS
from ..emr.jobs import DESCRIBED as OF_EMR
from ..holders import Holder, hold
from ..sagemaker.jobs import DESCRIBED as OF_SAGEMAKER
from ..wiring import Wiring
from ..work import described
from .definition import State
from .integrations import Integration, argument
from .reading import Machine

_DESCRIBED = {**OF_SAGEMAKER, **OF_EMR, **OF_EKS}


def described_job(wiring: Wiring, found: Machine, state: State, called: Integration) -> str | None:
    """The site at which a job starts that the task describes; None where it describes none."""
    job = _DESCRIBED.get((called.service, called.action))
    if job is None:
        return None
    where, role = argument(state, found.embedded, *job.role) if job.role else ("", None)
    place = found.place(state, where.removeprefix(f"{state.path}.") or "Resource")
    limit = None
    if job.retries:
        property_, value = argument(state, found.embedded, *job.retries)
        limit = setting(value, property_)
    work, start = described(wiring, found.resource, f"{found.id(state)}.job", job, place, limit)
    environment = tuple(_environment(found, state, job.environment)) if job.environment else ()
    hold(wiring, Holder(work, found.resource, place, () if role is None else (role,), environment))
    return start


def _environment(found: Machine, state: State, path: tuple[str, ...]) -> Iterator[Value]:
    node = state.body.get("Arguments" if state.jsonata else "Parameters")
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    for value in node.values() if isinstance(node, dict) else ():
        if isinstance(value, str):
            yield found.embedded.value(value)
