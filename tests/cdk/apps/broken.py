"""A mistake within the guard itself."""

from __future__ import annotations

from typing import NoReturn

import aws_cdk as cdk

import seawall.cdk.synthesis
from seawall import RetryGuard
from tests.cdk.apps import parts


def _broken(*_: object, **__: object) -> NoReturn:
    raise KeyError("Properties")


seawall.cdk.synthesis.check = _broken
app = cdk.App()
parts.stacked(cdk.Stack(app, "A"))
cdk.Aspects.of(app).add(RetryGuard())
app.synth()
