"""The same failure on AWS: an experiment template for Fault Injection Service, and the numbers to expect.

Sources: https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html and
https://docs.aws.amazon.com/fis/latest/userguide/use-lambda-actions.html
"""

from __future__ import annotations

import json
from typing import Any

from seawall.graph import FailureClass
from seawall.graph.facts import Fact

from .counts import What
from .errors import ReplayError
from .experiment import Experiment
from .predicting import predict

_ACTIONS = "https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html"
_EXTENSION = "https://docs.aws.amazon.com/fis/latest/userguide/use-lambda-actions.html"

ACTION = Fact("aws:lambda:invocation-error", _ACTIONS, "2026-11-22")
"""Marks invocations as failed. Parameters: `duration`, `invocationPercentage`, `preventExecution`, all of them text."""
VARIABLES = Fact(
    {
        "AWS_FIS_CONFIGURATION_LOCATION": "arn:aws:s3:::${Bucket}/FisConfigs/",
        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/aws-fis/bootstrap",
    },
    _EXTENSION,
    "2026-11-22",
)
"""What the function's environment must hold for the extension to act."""
_LAYER = "/aws/service/fis/lambda-extension/AWS-FIS-extension-x86_64/1.x.x (or -arm64)"
_MARGIN = 2
"""An alarm stops the experiment at this multiple of the number to expect."""
_NOTHING_MORE = "every name in ${...} is yours to fill in"


def export(experiment: Experiment) -> str:
    """JSON with the template for `aws fis create-experiment-template`, its alarms, and what to expect."""
    if experiment.failure is not FailureClass.ERROR:
        raise ReplayError(f"{ACTION.value} brings about an error, not a {experiment.failure}: leave --with out")
    logical = _logical(experiment)
    expected = predict(experiment).counts
    runs = next(
        (
            answer.count
            for key, answer in expected.items()
            if key.site == experiment.site and key.what is What.RUNS and answer.count is not None
        ),
        experiment.events,
    )
    alarm = f"seawall-{logical}"
    document = {
        "schema": "seawall.fis/1",
        "note": f"for a test account; {_NOTHING_MORE}",
        "experimentTemplate": _template(experiment, logical, alarm),
        "alarms": [_alarm(alarm, logical, runs)],
        "prerequisites": _prerequisites(logical),
        "steps": [
            "create the alarm, then the experiment template, and start the experiment",
            "wait a minute, in which the extension learns of it",
            f"send {experiment.events} event(s) to {experiment.skipped[0] if experiment.skipped else experiment.entry}",
            "count when nothing moves any more; the experiment must still be running then",
        ],
        "expected": [
            {
                "site": key.site,
                "what": key.what.value,
                "max": answer.count,
                "bounded_by": answer.bounded_by.word,
            }
            for key, answer in expected.items()
        ],
        "sources": [_ACTIONS, _EXTENSION],
    }
    return json.dumps(document, indent=2) + "\n"


def _logical(experiment: Experiment) -> str:
    place = experiment.analysis.flow.sites[experiment.site].place
    return place.address.logical_id if place else experiment.site


def _template(experiment: Experiment, logical: str, alarm: str) -> dict[str, Any]:
    return {
        "description": f"{experiment.site} fails: every invocation ends in an error",
        "roleArn": "${FisRoleArn}",
        "targets": {
            "function": {
                "resourceType": "aws:lambda:function",
                "resourceArns": [f"arn:aws:lambda:${{Region}}:${{Account}}:function:${{{logical}}}"],
                "selectionMode": "ALL",
            }
        },
        "actions": {
            "fail": {
                "actionId": ACTION.value,
                "parameters": {"duration": "PT15M", "invocationPercentage": "100", "preventExecution": "true"},
                "targets": {"Functions": "function"},
            }
        },
        "stopConditions": [
            {"source": "aws:cloudwatch:alarm", "value": f"arn:aws:cloudwatch:${{Region}}:${{Account}}:alarm:{alarm}"}
        ],
        "experimentOptions": {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"},
        "tags": {"Name": f"seawall {experiment.site}"[:128]},
    }


def _alarm(name: str, logical: str, runs: int) -> dict[str, Any]:
    """As `aws cloudwatch put-metric-alarm` takes it."""
    return {
        "AlarmName": name,
        "AlarmDescription": f"Stops the experiment: more runs than {_MARGIN} times the {runs} to expect",
        "Namespace": "AWS/Lambda",
        "MetricName": "Invocations",
        "Dimensions": [{"Name": "FunctionName", "Value": f"${{{logical}}}"}],
        "Statistic": "Sum",
        "Period": 900,
        "EvaluationPeriods": 1,
        "Threshold": _MARGIN * runs,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }


def _prerequisites(logical: str) -> list[str]:
    variables = ", ".join(f"{name}={value}" for name, value in VARIABLES.value.items())
    return [
        f"the function {logical} carries the FIS extension as a layer; its ARN is in the SSM parameter {_LAYER}",
        f"its environment holds {variables}",
        "its role may read the configuration: s3:ListBucket and s3:GetObject on the bucket's FisConfigs/",
        "the experiment's role may s3:PutObject and s3:DeleteObject there, lambda:GetFunction, tag:GetResources",
        "it does not stream its response, which the extension suppresses",
    ]
