"""Jobs that a state machine runs on an EKS cluster, as the request describes them: `eks:runJob`.

A pod that fails is run again up to `backoffLimit` times, whoever waits for the job.

Sources (2026-11-30): https://docs.aws.amazon.com/step-functions/latest/dg/connect-eks.html and
https://kubernetes.io/docs/concepts/workloads/controllers/job/ ("Pod backoff failure policy")
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.graph.facts import Fact

from ..work import Described

BACKOFF_LIMIT = Fact(6, "https://kubernetes.io/docs/concepts/workloads/controllers/job/", "2026-11-30")
"""Retries of a job that does not say."""
DESCRIBED: Mapping[tuple[str, str], Described] = {
    ("eks", "runJob"): Described(
        "kubernetes-job", retries=("Job", "spec", "backoffLimit"), first=1, default=BACKOFF_LIMIT.value
    ),
}
"""By service and action, as Step Functions writes them."""
