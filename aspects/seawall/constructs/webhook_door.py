"""The way in: an HTTP API that puts each request straight on a queue, with no code that could fail before."""

from __future__ import annotations

import json
from collections.abc import Sequence

import aws_cdk as cdk
import aws_cdk.aws_apigateway as apigateway
import aws_cdk.aws_apigatewayv2 as apigatewayv2
import aws_cdk.aws_apigatewayv2_integrations as integrations
import aws_cdk.aws_logs as logs
import aws_cdk.aws_sqs as sqs
import jsii
from constructs import Construct

from .accepting import accept
from .request_value import RequestValue, header_name

MOST_ATTRIBUTES = 10
"""Attributes of a message.
Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"""
_SUBTYPE = apigatewayv2.HttpIntegrationSubtype.SQS_SEND_MESSAGE


def kept_headers(signature: str | None, others: Sequence[str], authorized: bool) -> tuple[str, ...]:
    """The headers that become message attributes, the signature's first.

    Raises:
        ValueError: Nothing keeps strangers out, a name is none, or there are too many.
    """
    if signature is None and not authorized:
        raise ValueError(
            "give signature_header (the header with which senders sign) or authorizer: with neither, nobody could tell "
            "a webhook from what a stranger sends"
        )
    given = [("headers", name) for name in others]
    if signature is not None:
        given.insert(0, ("signature_header", signature))
    names = tuple(dict.fromkeys(header_name(argument, name) for argument, name in given))
    if len(names) > MOST_ATTRIBUTES:
        raise ValueError(f"headers: a message has {MOST_ATTRIBUTES} attributes at most, not {len(names)}")
    return names


class WebhookDoor(Construct):
    """An HTTP API with one route, whose requests become messages: the body as it came, headers as attributes.

    A sender that gets an answer of 200 knows that its event is on the queue. Nothing is tried again here, and a request
    without one of the headers is not accepted. Made by `WebhookPipeline`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        queue: sqs.IQueue,
        path: str,
        headers: Sequence[str],
        tenant: RequestValue | None,
        authorizer: apigatewayv2.IHttpRouteAuthorizer | None,
        rate_limit: float,
        burst_limit: int,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        self.access_log = logs.LogGroup(
            self, "AccessLog", retention=log_retention, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        self.api = apigatewayv2.HttpApi(self, "Api", create_default_stage=False)
        self.stage = apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(rate_limit=rate_limit, burst_limit=burst_limit),
            access_log_settings=_AccessLog(self.access_log),
        )
        (self.route,) = self.api.add_routes(
            path=path,
            methods=[apigatewayv2.HttpMethod.POST],
            integration=integrations.HttpSqsIntegration(
                "ToQueue", queue=queue, subtype=_SUBTYPE, parameter_mapping=_mapping(queue, headers, tenant)
            ),
            authorizer=authorizer,
        )
        if authorizer is None:
            accept(
                self.route,
                "AwsSolutions::AwsSolutions-APIG4",
                f"Senders of webhooks sign what they send. The signature is kept as message attribute {headers[0]}, "
                "and the consumer verifies it.",
            )

    @property
    def url(self) -> str:
        """Where senders post to, up to the path."""
        return self.stage.url


def _mapping(queue: sqs.IQueue, headers: Sequence[str], tenant: RequestValue | None) -> apigatewayv2.ParameterMapping:
    found = {"QueueUrl": queue.queue_url, "MessageBody": "$request.body"}
    if headers:
        found["MessageAttributes"] = json.dumps(
            {name: {"DataType": "String", "StringValue": f"${{request.header.{name}}}"} for name in headers}
        )
    if tenant is not None:
        found["MessageGroupId"] = tenant.expression
        # New for each request, so that a webhook that is sent again is never taken for the one before.
        found["MessageDeduplicationId"] = "$context.requestId"
    mapping = apigatewayv2.ParameterMapping()
    for name, value in found.items():
        mapping = mapping.custom(name, value)
    return mapping


@jsii.implements(apigatewayv2.IAccessLogSettings)
class _AccessLog:
    """One line of JSON for each request."""

    def __init__(self, log_group: logs.ILogGroup) -> None:
        self._destination = apigatewayv2.LogGroupLogDestination(log_group)

    @property
    def destination(self) -> apigatewayv2.IAccessLogDestination:
        return self._destination

    @property
    def format(self) -> apigateway.AccessLogFormat:
        names = ("requestId", "requestTime", "routeKey", "status", "integrationErrorMessage", "error.message")
        line = {name: f"$context.{name}" for name in names}
        return apigateway.AccessLogFormat.custom(json.dumps(line, separators=(",", ":")))
