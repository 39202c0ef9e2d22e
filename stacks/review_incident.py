"""The review server as it was in the week of the incident. Do not deploy it.

In that week a lifecycle rule deleted the very images that the production servers were running on. Again nothing here is
exotic: three ordinary settings were stacked.

1. One repository holds every image: production's, and those of the review environments, one for each feature branch.
   Every push to any branch adds one.
2. To save storage, the rule keeps the last five images. It does not say of which kind, and what CDK writes for that is
   `any`: the branches' images count as production's does.
3. Production runs the tag `production`, which moves with each release. A tag is no protection: the rule goes by the
   time of the push, and takes an image with all its tags.

So five pushes to branches, no more than a day's work, and the image that production runs is gone. Nothing happens at
first: the tasks that run go on. But the service has bound the image's digest for the whole of its deployment. Every
task that starts from then on (a host was lost, a health check failed, more load came) asks for that digest and fails
with CannotPullContainerError; as the old tasks end one by one, the service can go down to none. To deploy the same tag
again does not help, as the tag went with the image.

The builds that push the images, and the load balancer before the server, are not part of this app.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_ecr as ecr
import aws_cdk.aws_ecs as ecs
from constructs import Construct

from stacks.acknowledge import acknowledge
from stacks.review_network import public_network


class ReviewServerIncidentStack(cdk.Stack):
    """A Fargate service on a tag of the repository that every branch pushes to."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)

        images = ecr.Repository(self, "Images", lifecycle_rules=[ecr.LifecycleRule(max_image_count=5)])

        task = ecs.FargateTaskDefinition(self, "Task", cpu=256, memory_limit_mib=512)
        task.add_container("Server", image=ecs.ContainerImage.from_ecr_repository(images, "production"))
        service = ecs.FargateService(
            self,
            "Production",
            cluster=ecs.Cluster(self, "Cluster", vpc=public_network(self)),
            task_definition=task,
            desired_count=2,
            min_healthy_percent=100,
            assign_public_ip=True,
        )
        acknowledge(
            service,
            "Annotation::@aws-cdk/aws-ecs:shouldUseCircuitBreaker",
            "There was none, and it would not have helped: it watches deployments, and the image went after one.",
        )
