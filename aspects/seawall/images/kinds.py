"""When each kind of consumer binds and fetches its image, and what happens if the image is gone.

Read from the documentation of each service, from API models, and from reports of users; what is inferred says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from .references import Binds, Consumer, ImageReference

ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html"
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html"


class Kind(Struct, frozen=True):
    """How one kind of consumer behaves."""

    binds: Binds
    pulls: bool | None
    needs_rollback: bool
    again: str
    """When the repository must have the image again."""
    gone: str
    """What happens if it has not."""
    source: str


_SERVICE_GONE = "new tasks fail (CannotPullContainerError), down to no task at all"

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "ecs-service": Kind(
            Binds.DIGEST,
            None,
            True,
            "at every task start (scale-out, lost host, health replacement)",
            _SERVICE_GONE,
            ECS,
        ),
        "ecs-service-unversioned": Kind(
            Binds.TAG, None, True, "at every task start (versionConsistency disabled)", _SERVICE_GONE, ECS
        ),
        "ecs-daemon": Kind(Binds.DIGEST, None, True, "at every task start", _SERVICE_GONE, "API model of ECS"),
        "ecs-task": Kind(Binds.TAG, None, False, "at every run", "the run fails", ECS + " (inferred for single tasks)"),
        "lambda": Kind(
            Binds.DIGEST,
            False,
            True,
            "when Lambda fetches it again for its own copy, and when the function is updated",
            "the function works for a while, then becomes Inactive (ImageDeleted) and refuses invocations and updates",
            LAMBDA,
        ),
        "batch-job": Kind(
            Binds.TAG, None, False, "at every job", "the job fails with CannotPullImageManifestError", "reports"
        ),
        "codebuild": Kind(Binds.TAG, None, False, "at every build", "the build is not provisioned", "API model"),
        "apprunner": Kind(
            Binds.UNKNOWN,
            None,
            True,
            "at every deployment; resuming and scaling are not documented",
            "deployments fail",
            "reports",
        ),
        "sagemaker-model": Kind(
            Binds.DIGEST,
            False,
            True,
            "when an instance starts or scales out (inferred)",
            "scaling out fails (inferred)",
            "API model of SageMaker",
        ),
        "sagemaker-job": Kind(Binds.TAG, None, False, "at every job", "the job fails (inferred)", "inferred"),
        "emr-serverless": Kind(Binds.DIGEST, None, False, "at start or submission", "start fails", "API model of EMR"),
        "eks-pod": Kind(
            Binds.TAG,
            None,
            True,
            "when a node that lacks the image gets the pod",
            "the pod stays in ImagePullBackOff",
            "reports",
        ),
        "standby": Kind(Binds.TAG, False, False, "at fail-over", "nothing starts in the other Region", "reports"),
    }
)


def consumer(id: str, kind: str, reference: ImageReference, *, retained: int = 0) -> Consumer:  # noqa: A002
    """A consumer that behaves as its kind does; a kind that is not listed binds and fetches in unknown ways.

    >>> consumer("Web", "lambda", ImageReference("web", "latest")).binds.value
    'digest at deployment'
    """
    known = KINDS.get(kind)
    if known is None:
        return Consumer(id, kind, reference, retained=retained)
    return Consumer(id, kind, reference, known.binds, known.pulls, known.needs_rollback, retained)
