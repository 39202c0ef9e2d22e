"""AWS CodePipeline: a source action that reads an image's details whenever its tag is pushed.

Source: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html (without `ImageTag` it is
``latest``)
"""

from __future__ import annotations

from msgspec.structs import replace

from seawall.graph.images import Binding, ImageName
from seawall.template import Absent, Known, Resource, Unknown, render

from ..registry import hops
from ..walking import spots
from ..wiring import Wiring
from .naming import DEFAULT_TAG, repository_named
from .recording import reads, use
from .sides import sides

KIND = "codepipeline-source"
reads("AWS::CodePipeline::Pipeline", "Stages[].Actions[].Configuration.RepositoryName", kind=KIND)


@hops("AWS::CodePipeline::Pipeline")
def pipeline(wiring: Wiring, resource: Resource) -> None:
    """A pipeline uses the image that its source action names."""
    for spot in spots(wiring.props(resource), "Stages[].Actions[].Configuration.RepositoryName"):
        action = wiring.props(resource).at(*spot.around.path[:-1])
        if action.text("ActionTypeId", "Provider").value != "ECR":
            continue
        tag = spot.around.value("ImageTag")
        tags = ((Known(DEFAULT_TAG), ()),) if isinstance(tag, Absent) else sides(tag)
        for value, choices in sides(spot.value):
            repository = repository_named(wiring.app, wiring.template(resource), value)
            for side, more in tags:
                found = ImageName(repository, implied=isinstance(tag, Absent), choices=(*choices, *more))
                if isinstance(side, Known):
                    found = replace(found, tag=str(side.value))
                else:
                    why = side.why if isinstance(side, Unknown) else f"is {render(side)}, known at deployment only"
                    found = replace(found, why=why)
                found = replace(found, text=f"{render(value)}:{render(side)}")
                made = use(wiring, resource, spot.property, found, KIND, Binding.RUN, conditions=spot.conditions)
                wiring.images.append(made)
