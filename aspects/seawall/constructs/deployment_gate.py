"""A gate on every deployment of an account and Region: a hook that CloudFormation calls before it deploys."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import aws_cdk as cdk
import aws_cdk.aws_cloudwatch as cloudwatch
import aws_cdk.aws_iam as iam
import aws_cdk.aws_kms as kms
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_logs as logs
import aws_cdk.aws_s3 as s3
import aws_cdk.aws_sns as sns
from constructs import Construct

from seawall.hook.bundling import MACHINES, RUNTIMES, BundlingError, Platform, bundle, here
from seawall.rules.choices import rule_named
from seawall.rules.fail_on import FailOn
from seawall.settings import DEFAULT_MAX_ATTEMPTS

from .accepting import NO_RESOURCE_TO_NAME, accept
from .webhook_alarms import heard, operators

ALIAS = "Seawall::Deployment::Gate"
_ALIAS = r"(?!(?i:aws))[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}"
"""Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-lambdahook.html,
read 2026-11-30."""
TIMEOUT = cdk.Duration.seconds(27)
"""Hooks wait for 30 seconds, in which a new instance has to start, too."""
_ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
SLOW = cdk.Duration.seconds(20)
"""From here on an answer may come to be partial."""


class DeploymentGate(Construct):
    """A Lambda hook on stacks and change sets that judges each template before CloudFormation deploys it.

    What it finds is a warning in the stack's events; with `enforce` it stops the operation. Its own failure stops
    nothing unless `block_on_failure` says so. The stack that holds the gate is not judged by it, so that it can always
    be mended. The CDK's acknowledgements are no part of a template: what the gate is to accept has to stand in the
    template's metadata.

    Args:
        alias: The hook's name, unique in an account and Region.
        enforce: Whether findings stop the operation (``FailureMode: FAIL``). False by default: they warn.
        max_attempts: How many runs of one function or state, for one event, are fine. 10 by default.
        fail_on: From which severity on a finding counts: ``error`` (the default), ``warning``, ``unknown``, or several
            with commas.
        select: The only rules to run, by id. All by default.
        ignore: Rules to leave out. None by default.
        block_on_failure: Whether what cannot be judged counts as a finding. False by default.
        exclude_stacks: Names of further stacks that it leaves alone.
        snapshot: A bucket with what `seawall audit` wrote, so that flows into stacks that are deployed already are
            followed. None by default.
        snapshot_key: The zip file of it in that bucket.
        code: The function's code, where it is not to be bundled here: a zip file that
            ``python -m seawall.hook.bundling`` wrote, or a place in S3.
        runtime: The Python that it runs on: that of this process by default, or what `code` was made for.
        architecture: That of this machine by default.
        wheels: A folder with wheels for another platform than this one.
        offline: Whether nothing may be downloaded to bundle the code.
        memory_size: In MiB. 1,769 by default, which is one whole processor.
        log_retention: How long logs are kept. Three months by default.
        encryption_key: Encrypts logs and environment. The keys of AWS's services do by default.
        alarm_topic: Hears that the gate fails or is slow. One is made by default.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alias: str = ALIAS,
        enforce: bool = False,
        max_attempts: int = DEFAULT_MAX_ATTEMPTS,
        fail_on: str = "error",
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        block_on_failure: bool = False,
        exclude_stacks: Sequence[str] = (),
        snapshot: s3.IBucket | None = None,
        snapshot_key: str = "snapshot.zip",
        code: lambda_.Code | None = None,
        runtime: lambda_.Runtime | None = None,
        architecture: lambda_.Architecture | None = None,
        wheels: str | Path | None = None,
        offline: bool = False,
        memory_size: int = 1769,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        encryption_key: kms.IKey | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        _check(alias, max_attempts)
        environment = {
            "SEAWALL_MAX_ATTEMPTS": str(max_attempts),
            "SEAWALL_FAIL_ON": str(FailOn(fail_on)),
            "SEAWALL_SELECT": ",".join(rule_named(name).id for name in select),
            "SEAWALL_IGNORE": ",".join(rule_named(name).id for name in ignore),
            "SEAWALL_ON_FAILURE": "block" if block_on_failure else "pass",
            "SEAWALL_SNAPSHOT": f"s3://{snapshot.bucket_name}/{snapshot_key}" if snapshot else "",
        }
        platform = _platform(runtime, architecture)
        self.function = self._function(
            code or _bundled(platform, None if wheels is None else str(wheels), offline),
            platform,
            {name: value for name, value in environment.items() if value},
            memory_size,
            log_retention,
            encryption_key,
        )
        if snapshot is not None:
            read = iam.PolicyStatement(actions=["s3:GetObject"], resources=[snapshot.arn_for_objects(snapshot_key)])
            self.function.add_to_role_policy(read)
            if snapshot.encryption_key is not None:
                snapshot.encryption_key.grant_decrypt(self.function)
        self.hook = self._hook(alias, enforce, exclude_stacks)
        self.topic = alarm_topic or operators(self)
        self._alarms()

    def _function(
        self,
        code: lambda_.Code,
        platform: Platform,
        environment: Mapping[str, str],
        memory_size: int,
        log_retention: logs.RetentionDays,
        key: kms.IKey | None,
    ) -> lambda_.Function:
        log_group = logs.LogGroup(
            self, "Logs", retention=log_retention, encryption_key=key, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        role = iam.Role(self, "FunctionRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        function = lambda_.Function(
            self,
            "Function",
            description="Judges templates for CloudFormation (Seawall)",
            code=code,
            handler="seawall.hook.handler",
            runtime=getattr(lambda_.Runtime, f"PYTHON_{platform.python.replace('.', '_')}"),
            architecture=lambda_.Architecture.ARM_64
            if platform.architecture == "arm64"
            else lambda_.Architecture.X86_64,
            timeout=TIMEOUT,
            memory_size=memory_size,
            environment=dict(environment),
            environment_encryption=key,
            role=role,
            tracing=lambda_.Tracing.ACTIVE,
            logging_format=lambda_.LoggingFormat.TEXT,
            log_group=log_group,
        )
        accept(role, NO_RESOURCE_TO_NAME, "Writing X-Ray segments is the only such permission: it names no resource.")
        accept(function, "Serverless::Serverless-LambdaDLQ", "CloudFormation calls it and waits: nothing is queued.")
        runs_on = "The Python that the packages in its code were built for."
        accept(function, "AwsSolutions::AwsSolutions-L1", runs_on)
        accept(function, "Serverless::Serverless-LambdaLatestVersion", runs_on)
        return function

    def _hook(self, alias: str, enforce: bool, exclude: Sequence[str]) -> cdk.CfnLambdaHook:
        role = iam.Role(self, "HookRole", assumed_by=iam.ServicePrincipal("hooks.cloudformation.amazonaws.com"))
        invoke = iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.function.function_arn])
        role.add_to_policy(invoke)
        hook = cdk.CfnLambdaHook(
            self,
            "Hook",
            alias=alias,
            execution_role=role.role_arn,
            failure_mode="FAIL" if enforce else "WARN",
            hook_status="ENABLED",
            lambda_function=self.function.function_arn,
            target_operations=["STACK", "CHANGE_SET"],
            stack_filters=cdk.CfnLambdaHook.StackFiltersProperty(
                filtering_criteria="ALL",
                stack_names=cdk.CfnLambdaHook.StackNamesProperty(exclude=[cdk.Aws.STACK_NAME, *exclude]),
            ),
        )
        # The construct library asks for a list of targets, too, which the type does not need.
        hook.add_property_override("TargetFilters", {"Actions": ["CREATE", "UPDATE"]})
        hook.node.add_dependency(role)
        return hook

    def _alarms(self) -> None:
        name = self.function.function_name
        says = "Deployments go on unless the gate is told to block on failure. Look at its log group."
        slow = (
            f"The gate {name} takes more than {SLOW.to_seconds():g} s: answers may be partial. Raise memory_size, or "
            "leave the snapshot out."
        )
        period = cdk.Duration.minutes(5)
        watched: Mapping[str, tuple[cloudwatch.IMetric, float, str]] = {
            "Errors": (self.function.metric_errors(period=period), 1, f"The gate {name} broke. {says}"),
            "Throttles": (self.function.metric_throttles(period=period), 1, f"The gate {name} is throttled. {says}"),
            "Slow": (
                self.function.metric_duration(period=period, statistic=cloudwatch.Stats.MAXIMUM),
                SLOW.to_milliseconds(),
                slow,
            ),
        }
        for construct_id, (metric, threshold, what) in watched.items():
            heard(self, construct_id, metric, threshold, what, self.topic)


def _check(alias: str, max_attempts: int) -> None:
    import re

    if not cdk.Token.is_unresolved(alias) and not re.fullmatch(_ALIAS, alias):
        raise ValueError(f"alias is of the form Name1::Name2::Name3 and does not begin with AWS, not {alias!r}")
    if max_attempts < 1:
        raise ValueError(f"max_attempts must be at least 1, not {max_attempts}")


def _platform(runtime: lambda_.Runtime | None, architecture: lambda_.Architecture | None) -> Platform:
    default = here()
    python = default.python if runtime is None else runtime.name.removeprefix("python")
    machine = default.architecture if architecture is None else architecture.name
    if python not in RUNTIMES or machine not in MACHINES:
        raise ValueError(f"the gate runs on Python {RUNTIMES[0]} to {RUNTIMES[-1]}, not on {python} on {machine}")
    return Platform(python, machine)


def _bundled(platform: Platform, wheels: str | None, offline: bool) -> lambda_.Code:
    """The code of the function, put together once for each platform in a process."""
    return lambda_.Code.from_asset(str(_folder(platform, wheels, offline)))


@cache
def _folder(platform: Platform, wheels: str | None, offline: bool) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="seawall-gate-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # the CDK has its own copy by then
    try:
        bundle(folder, platform, None if wheels is None else Path(wheels), download=not offline)
    except BundlingError as error:
        raise ValueError(str(error)) from None
    return folder
