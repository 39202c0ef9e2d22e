"""Names of a package that load the module they live in when somebody asks for them: what needs the CDK costs nothing
to those who do not have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

_CDK = ("aws_cdk", "constructs", "jsii")


def lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of `package`; `homes` gives the module of each name."""

    def attribute(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in _CDK:
                raise
            why = "this part of Seawall needs the AWS CDK: pip install 'seawall[cdk]'"
            raise ImportError(why, name=error.name) from None

    return attribute
