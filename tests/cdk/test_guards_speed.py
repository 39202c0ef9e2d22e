"""The app that `python -m bench` measures with is what it is said to be."""

from __future__ import annotations

from bench.app import build
from seawall import testing

from .conftest import MakeApp


def test_1680_resources_and_work_for_the_guard(make_app: MakeApp) -> None:
    app = make_app()
    build(app)
    report = testing.check(app)
    assert sum(1 for _ in report.app.resources()) == 1680
    assert len(app.node.find_all()) > 1000
    assert len(report.analysis.flow.hops) > 150
    assert report.findings
