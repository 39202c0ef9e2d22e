"""Amazon SageMaker: models resolve the tag when they are hosted, jobs when they run.

`DescribeEndpoint` gives the digest of each deployed image (`DeployedImages[].ResolvedImage`), so hosting binds; that
jobs pull the tag each time is inferred.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeployedImage.html; the paths are those of the
resource schemas.
"""

from __future__ import annotations

from msgspec.structs import replace

from seawall.graph.images import Binding, ImageUse
from seawall.template import Embedded, Props, Resource, parse_embedded

from ..registry import hops
from ..wiring import Wiring
from .documents import named
from .recording import image_at, note, reads

MODEL, JOB = "sagemaker-model", "sagemaker-job"


def _digest_beside(found: ImageUse, container: Props) -> ImageUse:
    """A model package may give the digest beside the image."""
    digest = container.text("ImageDigest").value
    if not digest or not found.image.repository.private:
        return found
    return replace(found, image=replace(found.image, digest=digest, why=""))


_SPECIFICATIONS = (
    "InferenceSpecification",
    "AdditionalInferenceSpecifications[]",
    "AdditionalInferenceSpecificationsToAdd[]",
)
for _type, _paths in {
    "AWS::SageMaker::Model": ("PrimaryContainer.Image", "Containers[].Image"),
    "AWS::SageMaker::ModelPackage": tuple(f"{each}.Containers[].Image" for each in _SPECIFICATIONS),
    "AWS::SageMaker::InferenceComponent": ("Specification.Container.Image", "Specifications[].Container.Image"),
    "AWS::SageMaker::Algorithm": ("InferenceSpecification.Containers[].Image",),
}.items():
    image_at(_type, *_paths, kind=MODEL, binds=Binding.DEPLOYMENT, change=_digest_beside)

for _type, _path in {
    "AWS::SageMaker::DataQualityJobDefinition": "DataQualityAppSpecification.ImageUri",
    "AWS::SageMaker::ModelBiasJobDefinition": "ModelBiasAppSpecification.ImageUri",
    "AWS::SageMaker::ModelExplainabilityJobDefinition": "ModelExplainabilityAppSpecification.ImageUri",
    "AWS::SageMaker::ModelQualityJobDefinition": "ModelQualityAppSpecification.ImageUri",
    "AWS::SageMaker::MonitoringSchedule": (
        "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringAppSpecification.ImageUri"
    ),
    "AWS::SageMaker::ProcessingJob": "AppSpecification.ImageUri",
}.items():
    image_at(_type, _path, kind=JOB, binds=Binding.RUN)

image_at("AWS::SageMaker::Algorithm", "TrainingSpecification.TrainingImage", kind=JOB, binds=Binding.RUN)
image_at("AWS::SageMaker::ImageVersion", "BaseImage", kind="sagemaker-image", binds=Binding.DEPLOYMENT)

_PIPELINE = "AWS::SageMaker::Pipeline"
_BODY = "PipelineDefinition.PipelineDefinitionBody"
_KEYS = ("Image", "ImageUri", "TrainingImage")
reads(_PIPELINE, _BODY, kind=JOB)


@hops(_PIPELINE)
def pipeline(wiring: Wiring, resource: Resource) -> None:
    """Each run of a pipeline starts jobs with the images that its steps name."""
    section = wiring.props(resource).at("PipelineDefinition")
    raw = section.raw("PipelineDefinitionBody")
    document = None if raw is None else parse_embedded(wiring.app, wiring.template(resource), raw)
    if isinstance(document, Embedded):
        for where, value in named(document, document.document, _KEYS):
            note(wiring, resource, f"{_BODY}.{where}", value, JOB, Binding.RUN)
