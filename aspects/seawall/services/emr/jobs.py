"""Steps of EMR clusters and runs of EMR Serverless and EMR on EKS, as a request describes them.

A step is never tried again. `maxAttempts` counts every run on EMR Serverless, in batch mode; on EMR on EKS it is how
often the driver is started again.

Sources, read 2026-11-29: https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr.html,
https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_RetryPolicy.html and
https://docs.aws.amazon.com/emr/latest/EMR-on-EKS-DevelopmentGuide/jobruns-using-retry-policies.html
"""

from __future__ import annotations

from collections.abc import Mapping

from ..work import Described

DESCRIBED: Mapping[tuple[str, str], Described] = {
    ("elasticmapreduce", "addStep"): Described("emr-step"),
    ("emr-serverless", "startJobRun"): Described(
        "emr-job", ("ExecutionRoleArn",), retries=("RetryPolicy", "MaxAttempts")
    ),
    ("emr-containers", "startJobRun"): Described(
        "emr-job", ("ExecutionRoleArn",), retries=("RetryPolicyConfiguration", "MaxAttempts"), first=1
    ),
}
"""By service and action, as Step Functions writes them."""
