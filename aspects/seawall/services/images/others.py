"""Services that run an image named by one property, and of which no more is known than where it stands.

Sources: the resource schemas of each type; when EMR Serverless binds is read from its API model
(`resolvedImageDigest`), as for GameLift (`ResolvedImageDigest`); of the rest nothing is documented. Not listed is
`InstanceConfiguration.Image` of an Image Builder recipe, which names a machine image.
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.graph.images import Binding

from .recording import image_at

_WORKFLOW = (
    "ContainerRegistryMap.ImageMappings[].SourceImage",
    "ContainerRegistryMap.ImageMappings[].DestinationImage",
)
_ALGORITHM = ("TrainingContainerConfig.ImageUri", "InferenceContainerConfig.ImageUri")
_TABLE: Mapping[str, tuple[str, Binding, tuple[str, ...]]] = {
    "AWS::BedrockAgentCore::Runtime": (
        "agentcore-runtime",
        Binding.UNKNOWN,
        ("AgentRuntimeArtifact.ContainerConfiguration.ContainerUri",),
    ),
    "AWS::BedrockAgentCore::Harness": (
        "agentcore-harness",
        Binding.UNKNOWN,
        ("EnvironmentArtifact.ContainerConfiguration.ContainerUri",),
    ),
    "AWS::ElasticBeanstalk::ApplicationVersion": ("codebuild", Binding.RUN, ("BuildConfiguration.Image",)),
    "AWS::CleanRoomsML::ConfiguredModelAlgorithm": ("cleanrooms-algorithm", Binding.UNKNOWN, _ALGORITHM),
    "AWS::EMRServerless::Application": (
        "emr-serverless",
        Binding.DEPLOYMENT,
        ("ImageConfiguration.ImageUri", "WorkerTypeSpecifications{}.ImageConfiguration.ImageUri"),
    ),
    "AWS::GameLift::ContainerGroupDefinition": (
        "gamelift-container",
        Binding.DEPLOYMENT,
        ("GameServerContainerDefinition.ImageUri", "SupportContainerDefinitions[].ImageUri"),
    ),
    "AWS::ImageBuilder::ContainerRecipe": ("image-builder", Binding.RUN, ("ParentImage",)),
    "AWS::IoTAnalytics::Dataset": ("iotanalytics-action", Binding.UNKNOWN, ("Actions[].ContainerAction.Image",)),
    "AWS::Lightsail::Container": (
        "lightsail-container",
        Binding.UNKNOWN,
        ("ContainerServiceDeployment.Containers[].Image",),
    ),
    "AWS::Omics::Workflow": ("omics-workflow", Binding.UNKNOWN, _WORKFLOW),
    "AWS::Omics::WorkflowVersion": ("omics-workflow", Binding.UNKNOWN, _WORKFLOW),
}
"""By resource type: kind of use, when it binds, where the images stand."""

for _type, (_kind, _binds, _paths) in _TABLE.items():
    image_at(_type, *_paths, kind=_kind, binds=_binds)
