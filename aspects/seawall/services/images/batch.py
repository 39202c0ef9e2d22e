"""AWS Batch job definitions: each job pulls the tag when it starts.

The schemas list `AWS::GammaDilithium::JobDefinition` with the same properties; it is read alike.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-batch-jobdefinition.html
"""

from __future__ import annotations

from seawall.graph.images import Binding

from .recording import image_at

_ECS = "EcsProperties.TaskProperties[].Containers[].Image"
_EKS = ("EksProperties.PodProperties.Containers[].Image", "EksProperties.PodProperties.InitContainers[].Image")
_NODES = "NodeProperties.NodeRangeProperties[]."

for _type in ("AWS::Batch::JobDefinition", "AWS::GammaDilithium::JobDefinition"):
    image_at(
        _type,
        "ContainerProperties.Image",
        _ECS,
        *_EKS,
        f"{_NODES}Container.Image",
        f"{_NODES}{_ECS}",
        *(f"{_NODES}{path}" for path in _EKS),
        kind="batch-job",
        binds=Binding.RUN,
    )
