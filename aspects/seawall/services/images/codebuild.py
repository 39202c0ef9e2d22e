"""AWS CodeBuild projects: each build pulls the tag. Images called ``aws/codebuild/...`` are supplied by CodeBuild.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-codebuild-project-environment.html
"""

from __future__ import annotations

from msgspec.structs import replace

from seawall.graph.images import Binding, ImageUse, Origin
from seawall.template import Props

from .recording import image_at

_SUPPLIED = "aws/codebuild/"


def _supplied(found: ImageUse, environment: Props) -> ImageUse:
    repository = found.image.repository
    if repository.origin is not Origin.THIRD_PARTY or not found.image.text.startswith(_SUPPLIED):
        return found
    return replace(found, image=replace(found.image, repository=replace(repository, why="is supplied by CodeBuild")))


image_at("AWS::CodeBuild::Project", "Environment.Image", kind="codebuild", binds=Binding.RUN, change=_supplied)
