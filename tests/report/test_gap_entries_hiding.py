"""Every format tells the same of each way to hide a cycle, in a file as well as in a dict: as many findings and gaps.

`make whole` goes through all ways, `make test` through a part. `cdk synth` is asked in `tests/cdk`.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

import seawall
from seawall.report.format import Screen, all_formats
from tests.services.test_hiding import BASE, WAYS
from tests.services.test_hiding_further import WAYS as FURTHER_WAYS
from tests.services.test_hiding_further import Change
from tests.whole import part

from .test_gap_entries import READERS as GAPS
from .test_same_findings import READERS as FINDINGS

FACES = ("json", "text", "html", "sarif")


@pytest.mark.parametrize(("name", "change", "_wanted"), part([*WAYS, *FURTHER_WAYS], 7, 3))
def test_every_face_tells_the_same_of_it(tmp_path: Path, name: str, change: Change, _wanted: object) -> None:
    made = copy.deepcopy(BASE)
    change(made)
    file = tmp_path / "template.json"
    file.write_text(json.dumps(made), "utf-8")
    report = seawall.check(file)
    assert len(report.gaps) == len(seawall.check(made).gaps)
    for face in FACES:
        told = all_formats()[face].render(report, Screen(verbose=face == "text"))
        assert GAPS[face](told)[0] == len(report.gaps), (name, face)
        found = sorted((severity, rule) for severity, rule, *_ in FINDINGS[face](told))
        assert found == sorted((one.severity.word, one.rule) for one in report.findings), (name, face)
