"""A gate on CloudFormation itself: the handler of a Lambda hook that judges templates before they are deployed.

`seawall.constructs.DeploymentGate` deploys it; the function's handler is ``seawall.hook.handler``. It needs no CDK.
"""

from .handling import handler

__all__ = ["handler"]
