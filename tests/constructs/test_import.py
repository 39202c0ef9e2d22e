"""The library is loaded when it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import seawall.constructs


def test_the_package_alone_does_not_load_the_cdk() -> None:
    code = "import sys, seawall.constructs, seawall.cli; print('aws_cdk' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_every_public_name_is_there() -> None:
    for name in seawall.constructs.__all__:
        assert getattr(seawall.constructs, name).__doc__
    assert set(seawall.constructs.__all__) <= set(dir(seawall.constructs))
    with pytest.raises(AttributeError, match="has no attribute 'Webhook'"):
        _ = seawall.constructs.Webhook
