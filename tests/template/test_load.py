"""Which files are read, under which keys, and what is said of those that are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.template import InputError, NothingFound, load

from .conftest import asset, resource, synth, template, write

BODY = template({"Queue": resource("AWS::SQS::Queue", VisibilityTimeout=30)})


def test_a_template_file(tmp_path: Path) -> None:
    app = load([write(tmp_path / "orders.template.json", BODY)])
    (found,) = app.templates.values()
    assert (found.key, found.stack_name, found.region) == ("orders.template.json", "orders", None)
    assert found.resources["Queue"].properties == {"VisibilityTimeout": 30}
    assert found.resources["Queue"].site_id == "orders/Queue"


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(BODY).encode())
    assert load([path]).templates


def test_json_in_a_file_of_another_name(tmp_path: Path) -> None:
    assert load([write(tmp_path / "t.template", BODY)]).templates


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n  "b" 2}', ":2:7: is not JSON: Expecting ':' delimiter"),
        ("", ":1:1: is not JSON"),
        ("[1]", ": the top level is a list, not an object"),
        ('"x"', ": the top level is a string, not an object"),
        ("{}", ": is not a CloudFormation template: it has no Resources"),
        ('{"Resources": [1]}', ": Resources is a list, not an object"),
        ('{"Resources": null}', ": Resources is null, not an object"),
        ('{"artifacts": {}}', ": this is the manifest of a cloud assembly"),
        ("[" * 5000 + "]" * 5000, ": is nested too deeply"),
        ('{"Resources": {}, "x": ' + "[" * 400 + "]" * 400 + "}", ": is nested too deeply"),
        ('{"Resources": {}, "x": ' + "9" * 9000 + "}", ": holds a number that is too long"),
    ],
    ids=lambda text: text[:24],
)
def test_a_named_file_that_is_no_template_is_an_error_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path / "t.json", text)
    with pytest.raises(InputError) as caught:
        load([path])
    assert str(caught.value).startswith(f"{path}{message}")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load([tmp_path / "gone.json"])
    with pytest.raises(InputError, match="not a usable file name"):
        load(["a\0b"])
    binary = tmp_path / "b.json"
    binary.write_bytes(b"\xff\xfe{}")
    with pytest.raises(InputError, match="not UTF-8"):
        load([binary])


def test_a_folder_gives_its_templates_and_says_what_it_left_out(tmp_path: Path) -> None:
    write(tmp_path / "one.json", BODY)
    write(tmp_path / "sub" / "two.json", BODY)
    write(tmp_path / "package.json", {"name": "x"})
    write(tmp_path / "broken.json", "{")
    write(tmp_path / "t.yaml", "Resources: {Queue: {Type: AWS::SQS::Queue}}")
    write(tmp_path / "config.yaml", "a: 1")
    write(tmp_path / "several.yaml", "Resources: {}\n---\na: 1")
    for folder in ("node_modules", ".venv", ".git"):
        write(tmp_path / folder / "x.json", BODY)
    app = load([tmp_path])
    assert list(app.templates) == ["one.json", "t.yaml", "sub/two.json"]
    assert [(Path(each.path).name, each.why) for each in app.skipped] == [
        ("broken.json", "is not JSON: Expecting property name enclosed in double quotes (line 1, column 2)"),
        ("config.yaml", "is not a CloudFormation template: it has no Resources"),
        ("package.json", "is not a CloudFormation template: it has no Resources"),
        ("several.yaml", "holds more than one YAML document (line 2, column 1)"),
    ]


def test_folders_that_lead_to_themselves_end(tmp_path: Path) -> None:
    write(tmp_path / "a" / "one.json", BODY)
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "nowhere").symlink_to(tmp_path / "gone")
    assert list(load([tmp_path]).templates) == ["a/one.json"]


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(NothingFound):
        load([tmp_path])
    with pytest.raises(NothingFound):
        load([])


def test_a_file_named_twice_counts_once(tmp_path: Path) -> None:
    path = write(tmp_path / "one.json", BODY)
    assert list(load([tmp_path, path, path]).templates) == ["one.json"]


def test_keys_stay_apart_when_inputs_hold_files_of_one_name(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a" / "t.json", BODY), write(tmp_path / "b" / "t.json", BODY)
    app = load([first.parent, second.parent])
    assert list(app.templates) == ["a/t.json", "b/t.json"]
    assert len({each.site_id for each in app.resources()}) == 2


def test_resources_that_make_no_sense_are_left_out_by_name(tmp_path: Path) -> None:
    resources = {
        "Good": resource("AWS::SQS::Queue"),
        "Bare": {"Type": "AWS::SNS::Topic"},
        "List": [1],
        "NoType": {"Properties": {}},
        "BadProps": {"Type": "AWS::SQS::Queue", "Properties": [1]},
        "Odd": {"Type": "AWS::SQS::Queue", "Metadata": 5, "Condition": ["x"], "Properties": None},
    }
    app = load([write(tmp_path / "t.json", template(resources))])
    assert [each.address.logical_id for each in app.resources()] == ["Good", "Bare", "Odd"]
    assert [each.why for each in app.skipped] == [
        "resource List: is not an object",
        "resource NoType: has no Type",
        "resource BadProps: its Properties are not an object",
    ]


def test_an_assembly(tmp_path: Path) -> None:
    stacks: dict[str, dict[str, Any]] = {
        "Orders": {"body": BODY, "environment": "aws://111122223333/eu-west-1"},
        "Empty": {"body": {"Parameters": {}}, "stackName": "really-empty"},
    }
    tree = {"Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}}
    write(tmp_path / "stray.json", BODY)
    app = load([synth(tmp_path, stacks, **tree)])
    orders, empty = app.templates.values()
    assert (orders.key, orders.stack_name) == ("Orders.template.json", "Orders")
    assert (orders.account, orders.region) == ("111122223333", "eu-west-1")
    assert (empty.stack_name, empty.account, empty.region) == ("really-empty", None, None)
    assert not empty.resources


def test_the_stages_of_an_assembly_are_read_too(tmp_path: Path) -> None:
    synth(tmp_path / "assembly-Beta", {"BetaOrders": {"body": BODY, "stackName": "Beta-Orders"}})
    stage = {"assembly-Beta": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Beta"}}}
    app = load([synth(tmp_path, {"Orders": {"body": BODY}}, **stage)])
    assert [each.stack_name for each in app.templates.values()] == ["Beta-Orders", "Orders"]
    assert "assembly-Beta/BetaOrders.template.json" in app.templates


def test_an_assembly_below_a_folder_is_read_as_one(tmp_path: Path) -> None:
    synth(tmp_path / "cdk.out", {"Orders": {"body": BODY, "stackName": "orders-prod"}})
    write(tmp_path / "cdk.out" / "asset.abc" / "other.json", BODY)
    app = load([tmp_path])
    assert list(app.templates) == ["cdk.out/Orders.template.json"]
    assert app.templates["cdk.out/Orders.template.json"].stack_name == "orders-prod"


def test_a_web_manifest_makes_no_assembly(tmp_path: Path) -> None:
    write(tmp_path / "manifest.json", {"name": "my web app", "icons": []})
    write(tmp_path / "t.json", BODY)
    assert list(load([tmp_path]).templates) == ["t.json"]


def test_a_synth_that_did_not_finish_names_both_files(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load([synth(tmp_path, {"Orders": {"body": None}})])
    assert str(tmp_path / "manifest.json") in str(caught.value)
    assert str(tmp_path / "Orders.template.json") in str(caught.value)


def test_a_manifest_cut_off_in_the_middle(tmp_path: Path) -> None:
    write(tmp_path / "Orders.template.json", BODY)
    write(tmp_path / "manifest.json", '{"artifacts": {')
    with pytest.raises(InputError, match=r"manifest\.json:1:\d+: is not JSON"):
        load([tmp_path])


@pytest.mark.parametrize(
    "artifact",
    [
        {"type": "aws:cloudformation:stack"},
        {"type": "aws:cloudformation:stack", "properties": {"templateFile": 5}},
        {"type": "cdk:cloud-assembly", "properties": {}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": "gone"}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}},
    ],
)
def test_artifacts_that_make_no_sense(tmp_path: Path, artifact: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"manifest\.json"):
        load([synth(tmp_path, {}, X=artifact)])


def test_assets_are_found_by_hash_and_by_object_key(tmp_path: Path) -> None:
    files = {"abc": asset("asset.abc.json", "prefix/abc.json"), "odd": 5, "url": {"source": {"executable": ["x"]}}}
    app = load([synth(tmp_path, {"Orders": {"body": BODY, "files": files}})])
    place = str(tmp_path / "asset.abc.json")
    assets = app.templates["Orders.template.json"].assets
    assert assets == {"abc": place, "prefix/abc.json": place, "abc.json": place}
