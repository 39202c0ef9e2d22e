"""The review server as it should be: a lifecycle policy that names what is in use before anything else.

Production and the review environments still share a repository, and it is still cleaned up. But an image belongs to
the first rule whose tags it carries, and no later rule can take it, even where that first rule lets it live. So the
rules stand in the order of what must not be lost:

1. the release that runs, by its exact tag. It keeps one image, and as only one image can carry a tag at a time, there
   is never a second one to expire: whatever is pushed, this rule takes nothing and holds off all the others;
2. the releases, of which the 20 youngest stay. A rollback goes to one of these: it finds its image unless 20 releases
   were pushed after that one, the one that runs among them;
3. the images of review environments, for 30 days after their push;
4. what has no tag left, for longer than anything stays deployed.

No rule is for `any` image: one with a tag of another kind is left alone.

Each release has a tag of its own that cannot be moved, or the digest that the service bound would one day be without a
tag, and its image fall to rule 4. Only a review environment's tag moves along with its branch.

To release is to push `release-<date>`, to change `RELEASE`, and to deploy: the policy changes before the service does.
If the new tasks do not become healthy, the circuit breaker returns to the release before, which is rule 2's by then.

The builds that push the images, and the load balancer before the server, are not part of this app. They push for one
platform: then an image is one manifest, and no part of it stands in the repository without a tag.
"""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_ec2 as ec2
import aws_cdk.aws_ecr as ecr
import aws_cdk.aws_ecs as ecs
import aws_cdk.aws_iam as iam
import aws_cdk.aws_logs as logs
from constructs import Construct

from seawall.constructs import ReleaseRepository
from stacks.acknowledge import acknowledge
from stacks.review_network import public_network

RELEASE = "release-2026-11-20"

RELEASES = "release-*"
REVIEWS = "review-*"

# More than any rollback goes back.
RELEASES_KEPT = 20
# A review environment that nobody pushes to for a month is forgotten.
REVIEW_AGE = cdk.Duration.days(30)
# Longer than any service here, a review environment's included, goes without a deployment.
UNTAGGED_AGE = cdk.Duration.days(180)

PORT = 8080


class ReviewServerGuardedStack(cdk.Stack):
    """A Fargate service on a release that cannot move, in a repository that never expires it."""

    def __init__(self, scope: Construct, construct_id: str, *, release: str = RELEASE, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        if not re.fullmatch(r"release-[0-9A-Za-z._-]+", release):
            raise ValueError(f"{release!r} is not a release: its tag has to match {RELEASES!r}, which rule 2 keeps.")
        images = ReleaseRepository(
            self,
            "Images",
            keep_releases=RELEASES_KEPT,
            release_tags=[RELEASES],
            protect=[release],
            review_tags=[REVIEWS],
            expire_reviews_after=REVIEW_AGE,
            expire_untagged_after=UNTAGGED_AGE,
        )
        network = self._network()
        task = self._task(images, release)
        # For the load balancer's stack to connect to.
        self.service = ecs.FargateService(
            self,
            "Production",
            cluster=ecs.Cluster(self, "Cluster", vpc=network, container_insights_v2=ecs.ContainerInsights.ENABLED),
            task_definition=task,
            desired_count=2,
            # All of the old tasks stay until the new ones are healthy.
            min_healthy_percent=100,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            assign_public_ip=True,
            security_groups=[self._security_group(network)],
        )
        # The first tasks pull at once: the way out and the permission have to be there before them.
        self.service.node.add_dependency(
            network.select_subnets().internet_connectivity_established, task.obtain_execution_role()
        )

    def _task(self, images: ecr.IRepository, release: str) -> ecs.FargateTaskDefinition:
        task = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=256,
            memory_limit_mib=512,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
        )
        task.add_container(
            "Server",
            image=ecs.ContainerImage.from_ecr_repository(images, release),
            # Every task of a deployment runs the image that the first one found behind the tag.
            version_consistency=ecs.VersionConsistency.ENABLED,
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            # Without it a deployment succeeds as soon as its tasks have started.
            health_check=ecs.HealthCheck(command=["CMD", "curl", "--fail", f"http://localhost:{PORT}/health"]),
            logging=ecs.LogDriver.aws_logs(stream_prefix="server", log_group=self._log_group("ServerLogs")),
        )
        acknowledge(
            task.obtain_execution_role(),
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            "Getting the token to pull with is the only such permission: it has no resource to name.",
        )
        return task

    def _network(self) -> ec2.Vpc:
        network = public_network(self)
        network.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                self._log_group("FlowLogs"),
                iam.Role(self, "FlowLogRole", assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com")),
            ),
        )
        return network

    def _security_group(self, network: ec2.IVpc) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self,
            "ServerSecurityGroup",
            vpc=network,
            description="Review server: nothing comes in but what a load balancer is let in for",
            allow_all_outbound=False,
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "Images and logs")
        return group

    def _log_group(self, construct_id: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            construct_id,
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
