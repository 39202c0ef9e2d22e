"""Apps in Python, run in this process."""

from __future__ import annotations

import runpy
from pathlib import Path

import jsii
import pytest
from jsii._kernel.providers import process

from seawall.cdk import source_lines


def synthesize(source: str, folder: Path, out: str) -> Path:
    """Run an app, which writes to its OUTDIR; its assembly."""
    app = folder / "app.py"
    app.write_text(source.replace("OUTDIR", repr(str(folder / out))))
    with pytest.MonkeyPatch.context() as patch:
        _keep_lines_off(patch)
        runpy.run_path(str(app), run_name="__main__")
    return folder / out


def _keep_lines_off(patch: pytest.MonkeyPatch) -> None:
    """What `record_source_lines` sets is for a whole process: behind this app it is as it was."""
    patch.setenv(source_lines._SWITCH, "1")
    kept = {source_lines: ["_recording"], process: ["capture_stack_trace"], jsii: ["create", "invoke", "sinvoke"]}
    for module, names in kept.items():
        for name in names:
            patch.setattr(module, name, getattr(module, name))
