"""AWS Step Functions: tasks that run a container.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph.images import Binding
from seawall.graph.model import Place
from seawall.template import Json, Resource, Value

from ..registry import hops
from ..stepfunctions.definition import State
from ..stepfunctions.integrations import Integration
from ..stepfunctions.machine import MACHINE
from ..stepfunctions.reading import Machine
from ..stepfunctions.reading import read as read_machine
from ..wiring import Wiring
from .documents import containers, entries
from .ecs_tasks import runs
from .recording import note
from .sagemaker import JOB, MODEL

_IMAGES: Mapping[tuple[str, str], tuple[str, Binding, tuple[str, ...]]] = {
    ("sagemaker", "createTrainingJob"): (JOB, Binding.RUN, ("AlgorithmSpecification.TrainingImage",)),
    ("sagemaker", "createProcessingJob"): (JOB, Binding.RUN, ("AppSpecification.ImageUri",)),
    ("sagemaker", "createHyperParameterTuningJob"): (
        JOB,
        Binding.RUN,
        (
            "TrainingJobDefinition.AlgorithmSpecification.TrainingImage",
            "TrainingJobDefinitions[].AlgorithmSpecification.TrainingImage",
        ),
    ),
    ("sagemaker", "createModel"): (MODEL, Binding.DEPLOYMENT, ("PrimaryContainer.Image", "Containers[].Image")),
    ("codebuild", "startBuild"): ("codebuild", Binding.RUN, ("ImageOverride",)),
    ("batch", "registerJobDefinition"): ("batch-job", Binding.RUN, ("ContainerProperties.Image",)),
    ("ecs", "registerTaskDefinition"): ("ecs-task-definition", Binding.UNKNOWN, ("ContainerDefinitions[].Image",)),
    ("emr-serverless", "createApplication"): (
        "emr-serverless",
        Binding.DEPLOYMENT,
        ("ImageConfiguration.ImageUri",),
    ),
}
"""By service and action: kind of use, when it binds, where in the parameters the images stand."""
_PODS = ("runJob", "call")
"""Actions of EKS whose parameters hold Kubernetes objects."""


@hops(MACHINE)
def tasks(wiring: Wiring, resource: Resource) -> None:
    """Each run of a task starts a container."""
    found = read_machine(wiring, resource)
    if found is None:
        return
    for state in found.definition.states():
        called = found.call(state) if state.type == "Task" else None
        if isinstance(called, Integration):
            _task(wiring, found, state, called)


def _task(wiring: Wiring, found: Machine, state: State, called: Integration) -> None:
    via = f"{called.service}:{called.action}"
    if (called.service, called.action) == ("ecs", "runTask"):
        for place, value in _entries(found, state, "TaskDefinition"):
            runs(wiring, found.resource, place.property, value)
    kind, binds, paths = _IMAGES.get((called.service, called.action), ("", Binding.UNKNOWN, ()))
    for path in paths:
        for place, value in _entries(found, state, path):
            note(wiring, found.resource, place.property, value, kind, binds, via=via)
    if called.service == "eks" and called.action in _PODS:
        part, parameters = _parameters(state)
        for each in containers(found.embedded, parameters):
            place = found.place(state, f"{part}.{each.path}")
            note(wiring, found.resource, place.property, each.value, "eks-pod", Binding.RUN, via=via)


def _entries(found: Machine, state: State, path: str) -> Iterator[tuple[Place, Value]]:
    part, parameters = _parameters(state)
    for where, value in entries(found.embedded, parameters, path):
        yield found.place(state, f"{part}.{where}"), value


def _parameters(state: State) -> tuple[str, Json]:
    part = "Arguments" if state.jsonata else "Parameters"
    return part, state.body.get(part)
