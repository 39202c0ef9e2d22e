"""Amazon SageMaker: models resolve the tag when they are hosted, jobs when they run.

`DescribeEndpoint` gives the digest of each deployed image (`DeployedImages[].ResolvedImage`), so hosting binds; that
jobs pull the tag each time is inferred.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeployedImage.html; the paths are those of the
resource schemas.
"""

from __future__ import annotations

from msgspec.structs import replace

from seawall.graph.images import Binding, ImageUse
from seawall.template import Props

from .recording import image_at

MODEL, JOB = "sagemaker-model", "sagemaker-job"


def _digest_beside(found: ImageUse, container: Props) -> ImageUse:
    """A model package may give the digest beside the image."""
    digest = container.text("ImageDigest").value
    if not digest or not found.image.repository.private:
        return found
    return replace(found, image=replace(found.image, digest=digest, why=""))


_SPECIFICATIONS = ("InferenceSpecification", "AdditionalInferenceSpecifications[]")
for _type, _paths in {
    "AWS::SageMaker::Model": ("PrimaryContainer.Image", "Containers[].Image"),
    "AWS::SageMaker::ModelPackage": tuple(f"{each}.Containers[].Image" for each in _SPECIFICATIONS),
    "AWS::SageMaker::InferenceComponent": ("Specification.Container.Image",),
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

image_at("AWS::SageMaker::ImageVersion", "BaseImage", kind="sagemaker-image", binds=Binding.DEPLOYMENT)
