"""Stable names for people."""

from __future__ import annotations

from seawall.template.sites import SiteIds

from .conftest import Make, resource, template


def test_a_construct_path_loses_its_last_resource() -> None:
    ids = SiteIds(["t.json"])
    assert ids.give("t.json", "Q1", "App/Queue/Resource") == "App/Queue"
    assert ids.give("t.json", "Q2", "App/Resource/Queue") == "App/Resource/Queue"


def test_without_metadata_the_template_and_logical_id_name_it() -> None:
    ids = SiteIds(["Orders.template.json", "a/t.json", "b/t.template.json"])
    assert ids.give("Orders.template.json", "Q", None) == "Orders/Q"
    assert ids.give("a/t.json", "Q", None) == "a/t/Q"
    assert ids.give("b/t.template.json", "Q", None) == "b/t/Q"


def test_two_constructs_of_one_name_are_told_apart() -> None:
    ids = SiteIds(["t.json", "u.json"])
    given = [
        ids.give("t.json", "A", "App/X"),
        ids.give("t.json", "B", "App/X/Resource"),
        ids.give("u.json", "B", "App/X/Resource"),
        ids.give("u.json", "B", "App/X/Resource"),
    ]
    assert given == ["App/X", "App/X[B]", "App/X[u/B]", "App/X[u/B~2]"]


def test_ids_are_unique_within_an_app(make: Make) -> None:
    queues = {
        "A": resource("AWS::SQS::Queue", "App/X"),
        "B": resource("AWS::SQS::Queue", "App/X/Resource"),
        "C": resource("AWS::SQS::Queue"),
    }
    app = make(one=template(queues), two=template(queues))
    ids = [each.site_id for each in app.resources()]
    assert len(set(ids)) == len(ids)
    assert ids[:3] == ["App/X", "App/X[B]", "one/C"]
