"""The network that both review servers share: as little of it as a task needs to start."""

from __future__ import annotations

import aws_cdk.aws_ec2 as ec2
from constructs import Construct


def public_network(scope: Construct) -> ec2.Vpc:
    """A public subnet in each of two zones. There is no NAT gateway: a task needs an address of its own to pull by."""
    return ec2.Vpc(
        scope,
        "Network",
        max_azs=2,
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(
                name="Public",
                subnet_type=ec2.SubnetType.PUBLIC,
                # The service asks for the addresses; nothing else is to get one unasked.
                map_public_ip_on_launch=False,
            )
        ],
        # Emptying the default group takes a function of CDK's. Nothing here is in that group.
        restrict_default_security_group=False,
    )
