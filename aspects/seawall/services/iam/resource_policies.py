"""Policies of resources: who may send to a queue, a topic, a bus, a bucket, a stream, a table, or invoke a function.

Within an account such a policy is enough, without a word in the role of who calls.

Source (2026-11-30): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and the
pages of the types under https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from seawall.template import Props, Resource

from ..wiring import Wiring

_DOCUMENT = "PolicyDocument"


class _Form(Struct, frozen=True):
    """How one type of resource says it."""

    named: str
    """The property that names what the policy is of; empty: the resource itself."""
    service: str
    """What a bare name there names."""
    document: tuple[str, ...]
    """Where the policy stands, or one statement of it; empty: the resource is one statement."""
    statement: bool = False
    """Whether that is one statement."""


_FORMS = (
    ("AWS::SQS::QueuePolicy", _Form("Queues", "sqs", (_DOCUMENT,))),
    ("AWS::SQS::QueueInlinePolicy", _Form("Queue", "sqs", (_DOCUMENT,))),
    ("AWS::SNS::TopicPolicy", _Form("Topics", "sns", (_DOCUMENT,))),
    ("AWS::SNS::TopicInlinePolicy", _Form("TopicArn", "sns", (_DOCUMENT,))),
    ("AWS::S3::BucketPolicy", _Form("Bucket", "s3", (_DOCUMENT,))),
    ("AWS::Kinesis::ResourcePolicy", _Form("ResourceArn", "kinesis", ("ResourcePolicy",))),
    ("AWS::DynamoDB::Table", _Form("", "", ("ResourcePolicy", _DOCUMENT))),
    ("AWS::Events::EventBus", _Form("", "", ("Policy",))),
    ("AWS::Events::EventBusPolicy", _Form("EventBusName", "events:event-bus", ("Statement",), statement=True)),
    ("AWS::Events::EventBusPolicy", _Form("EventBusName", "events:event-bus", (), statement=True)),
    ("AWS::Lambda::Permission", _Form("FunctionName", "lambda", (), statement=True)),
)


class ResourcePolicy(Struct, frozen=True):
    """The policy of one or several resources."""

    resource: Resource
    """That declares it."""
    statements: tuple[Props, ...]
    form: _Form

    def targets(self, wiring: Wiring) -> frozenset[str]:
        """Site ids of what it is of."""
        if not self.form.named:
            return frozenset((self.resource.site_id,))
        return frozenset(
            found.site_id
            for item in wiring.props(self.resource).items(self.form.named)
            for target in wiring.targets(self.resource, item.props.value(), self.form.service)
            if (found := wiring.app.resource(target.address)) is not None
        )


def resource_policies(wiring: Wiring) -> Iterator[ResourcePolicy]:
    """Every policy of a resource in the templates."""
    for kind, form in _FORMS:
        for resource in wiring.app.by_type.get(kind, ()):
            props = wiring.props(resource)
            statements = tuple(_statements(props, form))
            if statements:
                yield ResourcePolicy(resource, statements, form)


def _statements(props: Props, form: _Form) -> Iterator[Props]:
    section = props.at(*form.document) if form.document else props
    if not form.statement:
        yield from (item.props for item in section.items("Statement"))
    elif section.exists("Principal"):
        yield section
