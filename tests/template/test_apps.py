"""Several apps in one call: what they are called, and what stays apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.template import Address, load
from seawall.template.apps import app_names
from seawall.template.assembly import SNAPSHOT

from .conftest import resource, synth, template, write
from .test_names import point

QUEUE = template({"Queue": resource("AWS::SQS::Queue", "Work/Queue/Resource", QueueName="orders")})
READER = template({"Fn": resource("AWS::Lambda::Function", "Work/Fn/Resource")})


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/a/orders/cdk.out"], [""]),
        (["/a/orders/cdk.out", "/a/billing/cdk.out"], ["orders", "billing"]),
        (["/a/orders/cdk.out", "/a/orders/cdk.out"], [""]),
        (["/x/orders/cdk.out", "/y/orders/cdk.out"], ["x/orders", "y/orders"]),
        (["/a/cdk.out.prod", "/b/cdk.out.prod"], ["a", "b"]),
        (["/a/orders/build/cdk.out", "/a/snapshot"], ["orders", "snapshot"]),
        (["/", "/cdk.out"], ["app", "cdk.out"]),
    ],
    ids=str,
)
def test_names(paths: list[str], names: list[str]) -> None:
    assert list(app_names(map(Path, paths)).values()) == names


def two(tmp_path: Path, **more: Any) -> list[Path]:
    """Two apps with one stack of one name each, and with constructs of one path."""
    both = {"Queue": QUEUE["Resources"]["Queue"], "Fn": READER["Resources"]["Fn"]}
    stack = {"body": template(both), "environment": "aws://unknown-account/unknown-region"}
    return [synth(tmp_path / name / "cdk.out", {"Work": stack}, **more) for name in ("orders", "billing")]


def test_keys_and_sites_carry_the_app_where_they_are_the_same_in_several(tmp_path: Path) -> None:
    app = load(two(tmp_path))
    assert list(app.templates) == ["orders/Work.template.json", "billing/Work.template.json"]
    assert app.apps == ("billing", "orders")
    assert [each.site_id for each in app.resources()] == [
        "orders:Work/Queue",
        "orders:Work/Fn",
        "billing:Work/Queue",
        "billing:Work/Fn",
    ]


def test_names_do_not_hang_on_the_order_of_the_inputs(tmp_path: Path) -> None:
    paths = two(tmp_path)
    ids = [sorted(each.site_id for each in load(some).resources()) for some in (paths, paths[::-1])]
    assert ids[0] == ids[1]


def test_one_app_has_no_name(tmp_path: Path) -> None:
    (app,) = [load([path]) for path in two(tmp_path)[:1]]
    assert app.apps == ()
    assert list(app.templates) == ["Work.template.json"]
    assert [each.site_id for each in app.resources()] == ["Work/Queue", "Work/Fn"]


def test_assemblies_below_a_folder_are_apps_of_their_own(tmp_path: Path) -> None:
    two(tmp_path)
    assert load([tmp_path]).apps == ("billing", "orders")


def test_stages_are_no_apps(tmp_path: Path) -> None:
    synth(tmp_path / "assembly-Prod", {"Q": {"body": QUEUE}})
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}
    app = load([synth(tmp_path, {"Top": {"body": READER}}, Stage=stage)])
    assert app.apps == ()


def test_a_file_beside_the_folder_that_holds_it_is_no_second_app(tmp_path: Path) -> None:
    inner = write(tmp_path / "sub" / "t.json", QUEUE)
    app = load([tmp_path, inner])
    assert (app.apps, list(app.templates)) == ((), ["sub/t.json"])


def test_of_two_resources_of_one_name_that_of_the_own_app_is_meant(tmp_path: Path) -> None:
    app = load(two(tmp_path))
    arn = "arn:aws:sqs:eu-west-1:111111111111:orders"
    for name in ("orders", "billing"):
        key = f"{name}/Work.template.json"
        assert point(app, arn, key=key).address == Address(key, "Queue")


def test_what_a_third_app_means_by_a_name_that_two_others_have_is_not_known(tmp_path: Path) -> None:
    third = synth(tmp_path / "web" / "cdk.out", {"Web": {"body": READER}})
    app = load([*two(tmp_path), third])
    found = point(app, "arn:aws:sqs:eu-west-1:111111111111:orders", key="web/Web.template.json")
    assert (found.address, found.why) == (None, "orders is the name of 2 analysed resources")


def test_an_arn_pins_the_account_and_with_it_the_app(tmp_path: Path) -> None:
    stacks = {name: {"body": QUEUE, "environment": f"aws://{name * 12}/eu-west-1"} for name in ("1", "2")}
    roots = [synth(tmp_path / f"app{name}" / "cdk.out", {"Work": stacks[name]}) for name in stacks]
    web = {"body": READER, "environment": f"aws://{'3' * 12}/eu-west-1"}
    app = load([*roots, synth(tmp_path / "web" / "cdk.out", {"Web": web})])
    for name in stacks:
        found = point(app, f"arn:aws:sqs:eu-west-1:{name * 12}:orders", key="web/Web.template.json")
        assert found.address == Address(f"app{name}/Work.template.json", "Queue")


def test_acknowledgements_hold_in_the_app_that_states_them(tmp_path: Path) -> None:
    paths = two(tmp_path)
    entry = {"type": "aws:cdk:acknowledged-rules", "data": {"Seawall::idle-retry": "ours"}}
    manifest = paths[0] / "manifest.json"
    body = json.loads(manifest.read_text("utf-8"))
    body["artifacts"]["Work"]["metadata"] = {"/Work": [entry]}
    manifest.write_text(json.dumps(body), "utf-8")
    assert [(one.app, one.path) for one in load(paths).acknowledged] == [("orders", "Work")]


def deployed(directory: Path, **stacks: Any) -> Path:
    """A snapshot as `seawall audit` writes it."""
    properties = {"unread": ["the policy of role web: not allowed (iam:GetRolePolicy)"]}
    return synth(directory, stacks, Snapshot={"type": SNAPSHOT, "properties": properties})


def test_a_deployed_stack_gives_way_to_the_one_that_is_about_to_replace_it(tmp_path: Path) -> None:
    here, elsewhere = "aws://111111111111/eu-west-1", "aws://222222222222/eu-west-1"
    shot = deployed(
        tmp_path / "snapshot",
        Work={"body": QUEUE, "environment": here},
        Other={"body": READER, "environment": here},
    )
    new = {"Work": {"body": QUEUE, "environment": "aws://unknown-account/unknown-region"}}
    app = load([synth(tmp_path / "orders" / "cdk.out", new), shot])
    assert list(app.templates) == ["orders/Work.template.json", "snapshot/Other.template.json"]
    assert [each.deployed for each in app.templates.values()] == [False, True]
    assert [each.why for each in app.skipped] == [
        "the audit could not read the policy of role web: not allowed (iam:GetRolePolicy)",
        f"stack Work is read as {tmp_path / 'orders/cdk.out/Work.template.json'} will deploy it",
    ]
    new["Work"]["environment"] = elsewhere
    app = load([synth(tmp_path / "orders" / "cdk.out", new), shot])
    assert len(app.templates) == 3


def test_two_snapshots_do_not_replace_each_other(tmp_path: Path) -> None:
    shots = [deployed(tmp_path / name, Work={"body": QUEUE, "environment": "aws://1/eu-west-1"}) for name in "ab"]
    assert len(load(shots).templates) == 2
