"""Two stacks, a nested stack and a Stage in one of them; overrides, an included template, a later Aspect."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import aws_cdk.cloudformation_include as include
import jsii
from constructs import IConstruct

from seawall import RetryGuard
from tests.cdk.apps import parts

INCLUDED = {
    "Resources": {
        "Dead": {"Type": "AWS::SQS::Queue"},
        "In": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 55}
            },
        },
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "..."}, "Role": "r"}},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["In", "Arn"]},
                "FunctionName": {"Ref": "Worker"},
                "BatchSize": 1,
            },
        },
    }
}


@jsii.implements(cdk.IAspect)
class Later:
    """Sets receives to 66, after all other Aspects."""

    def visit(self, node: IConstruct) -> None:
        """One construct."""
        if node.node.path == "Front/Changed/Queue/Resource" and isinstance(node, cdk.CfnResource):
            node.add_property_override("RedrivePolicy.maxReceiveCount", 66)


def main(app: cdk.App) -> None:
    """Synthesize."""
    front, back = cdk.Stack(app, "Front"), cdk.Stack(app, "Back")
    parts.pipe(front, parts.queue(front), parts.machine(back))
    parts.stacked(cdk.NestedStack(back, "Nested"))
    parts.stacked(cdk.Stack(cdk.Stage(back, "Inner"), "Stack"))

    overridden = parts.many(cdk.Stack(app, "Overridden"), receives=3).node.default_child
    assert isinstance(overridden, cdk.CfnResource)
    overridden.add_property_override("RedrivePolicy.maxReceiveCount", 77)
    parts.many(cdk.Stack(front, "Changed"), receives=3)
    template = Path(app.outdir) / "included.json"
    template.write_text(json.dumps(INCLUDED))
    include.CfnInclude(cdk.Stack(app, "Including"), "Include", template_file=str(template))

    cdk.Aspects.of(app).add(RetryGuard(select=["excessive-retries"]))
    cdk.Aspects.of(back).add(RetryGuard(max_attempts=15))
    cdk.Aspects.of(app).add(Later(), priority=cdk.AspectPriority.READONLY + 100)
    app.synth()


if __name__ == "__main__":
    main(cdk.App())
