"""The CDK is loaded by those who use it, and missed with a hint by those who lack it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import seawall


def python(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_the_package_alone_loads_neither_the_cdk_nor_much_else() -> None:
    code = "import sys, seawall; print(seawall.__version__, [name for name in sys.modules if 'cdk' in name])"
    assert python(code) == f"{seawall.__version__} []"


@pytest.mark.parametrize("statement", ["from seawall import RetryGuard", "from seawall import testing"])
def test_without_the_cdk_there_is_a_hint(statement: str) -> None:
    code = f"""
import sys
for name in ("aws_cdk", "constructs", "jsii"):
    sys.modules[name] = None
try:
    {statement}
except ImportError as error:
    print(error)
"""
    assert "pip install 'seawall[cdk]'" in python(code)


def test_names() -> None:
    assert {"RetryGuard", "__version__"} <= set(dir(seawall))
    with pytest.raises(AttributeError, match="module 'seawall' has no attribute 'RetryGard'"):
        seawall.RetryGard  # noqa: B018
