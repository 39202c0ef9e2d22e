"""Amazon SageMaker's training, tuning, processing and transform jobs, as a request describes them.

A training job is run again after an internal error of the service, as often as its retry strategy says; what its own
code fails with ends it.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RetryStrategy.html, read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.graph.model import FailureClass

from ..work import Described

_KIND = "sagemaker-job"
_RETRIES = ("RetryStrategy", "MaximumRetryAttempts")
_FAULT = frozenset({FailureClass.FAULT})
DESCRIBED: Mapping[tuple[str, str], Described] = {
    ("sagemaker", "createTrainingJob"): Described(_KIND, ("RoleArn",), ("Environment",), _RETRIES, 1, _FAULT),
    ("sagemaker", "createProcessingJob"): Described(_KIND, ("RoleArn",), ("Environment",)),
    ("sagemaker", "createTransformJob"): Described(_KIND, (), ("Environment",)),
    ("sagemaker", "createHyperParameterTuningJob"): Described(
        _KIND,
        ("TrainingJobDefinition", "RoleArn"),
        ("TrainingJobDefinition", "Environment"),
        ("TrainingJobDefinition", *_RETRIES),
        1,
        _FAULT,
    ),
}
"""By service and action, as Step Functions writes them."""
