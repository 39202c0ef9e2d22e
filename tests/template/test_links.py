"""Values that come from another template: nested stacks, exports, stack outputs, SSM, other Regions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seawall.template import Address, App, Known, Pseudo, Reference, Unknown, Value, load, resolve

from .conftest import Make, asset, resource, synth, template

QUEUE = {"Queue": resource("AWS::SQS::Queue")}
FUNCTION = {"Fn": resource("AWS::Lambda::Function")}


def read(app: App, key: str, raw: Any) -> Value:
    return resolve(app, app.templates[key], raw)


def nested(hash_: str, **parameters: Any) -> dict[str, Any]:
    """A nested stack as CDK writes it without path metadata."""
    url = {
        "Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, f"/b/{hash_}.json"]]
    }
    return resource("AWS::CloudFormation::Stack", TemplateURL=url, Parameters=parameters)


def family(directory: Path) -> App:
    """A stack that nests one, which nests another; references run in and out."""
    files = {
        "h1": asset("Inner.nested.template.json", "h1.json"),
        "h2": asset("Deep.nested.template.json", "h2.json"),
    }
    top = template({**QUEUE, "Inner": nested("h1", ref={"Ref": "Queue"}, arn={"Fn::GetAtt": ["Queue", "Arn"]})})
    synth(directory, {"Top": {"body": top, "environment": "aws://111122223333/eu-west-1", "files": files}})
    inner = template(
        {**FUNCTION, "Deep": nested("h2", again={"Ref": "arn"}, list=[{"Ref": "AWS::Region"}, "b"])},
        Parameters={"ref": {"Type": "String"}, "arn": {"Type": "String"}},
        Outputs={
            "FnArn": {"Value": {"Fn::GetAtt": ["Fn", "Arn"]}},
            "Loop": {"Value": {"Fn::GetAtt": ["Deep", "Outputs.Back"]}},
        },
    )
    (directory / "Inner.nested.template.json").write_text(str_of(inner))
    deep = template(
        {},
        Parameters={"again": {"Type": "String"}, "list": {"Type": "CommaDelimitedList"}},
        Outputs={"Back": {"Value": {"Ref": "again"}}},
    )
    (directory / "Deep.nested.template.json").write_text(str_of(deep))
    return load([directory])


def str_of(body: Any) -> str:
    import json

    return json.dumps(body)


def test_a_parameter_of_a_nested_stack_is_what_the_parent_gives(tmp_path: Path) -> None:
    app = family(tmp_path)
    queue = Address("Top.template.json", "Queue")
    assert read(app, "Inner.nested.template.json", {"Ref": "ref"}) == Reference(queue)
    assert read(app, "Deep.nested.template.json", {"Ref": "again"}) == Reference(queue, "Arn")


def test_an_output_of_a_nested_stack_is_what_the_child_says(tmp_path: Path) -> None:
    app = family(tmp_path)
    fn = Reference(Address("Inner.nested.template.json", "Fn"), "Arn")
    assert read(app, "Top.template.json", {"Fn::GetAtt": ["Inner", "Outputs.FnArn"]}) == fn
    arn = Reference(Address("Top.template.json", "Queue"), "Arn")
    assert read(app, "Top.template.json", {"Fn::GetAtt": ["Inner", "Outputs.Loop"]}) == arn
    assert isinstance(read(app, "Top.template.json", {"Fn::GetAtt": ["Inner", "Outputs.No"]}), Unknown)


def test_a_nested_stack_lives_where_its_parent_does_under_a_name_nobody_knows(tmp_path: Path) -> None:
    app = family(tmp_path)
    deep = app.templates["Deep.nested.template.json"]
    assert (deep.account, deep.region) == ("111122223333", "eu-west-1")
    assert deep.parent == Address("Inner.nested.template.json", "Deep")
    assert resolve(app, deep, {"Ref": "AWS::StackName"}) == Pseudo("AWS::StackName")


def test_a_nested_stack_that_is_not_there_gives_unknown(make: Make) -> None:
    app = make(t=template({"Inner": nested("gone")}))
    value = read(app, "t.json", {"Fn::GetAtt": ["Inner", "Outputs.X"]})
    assert isinstance(value, Unknown)
    assert "Inner" in value.why
    assert any("Inner" in each.why for each in app.skipped)


def test_an_import_finds_its_export(make: Make) -> None:
    name = "a:ExportsOutputFnGetAttQueueArn"
    outputs = {"Out": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Export": {"Name": name}}}
    app = make(a=template(QUEUE, Outputs=outputs), b=template(FUNCTION))
    assert read(app, "b.json", {"Fn::ImportValue": name}) == Reference(Address("a.json", "Queue"), "Arn")
    missing = read(app, "b.json", {"Fn::ImportValue": "other"})
    assert missing == Unknown("imports other, which no analysed template exports")


def test_an_export_named_after_its_stack(make: Make) -> None:
    outputs = {"Out": {"Value": {"Ref": "Queue"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-Queue"}}}}
    app = make(
        net=template(QUEUE, Outputs=outputs),
        b=template(FUNCTION, Parameters={"Net": {"Type": "String", "Default": "net"}}),
    )
    assert read(app, "b.json", {"Fn::ImportValue": {"Fn::Sub": "${Net}-Queue"}}) == Reference(
        Address("net.json", "Queue")
    )


def test_an_import_takes_the_export_of_its_own_stage(tmp_path: Path) -> None:
    outputs = {"Out": {"Value": {"Ref": "Queue"}, "Export": {"Name": "shared"}}}
    for stage in ("assembly-Beta", "assembly-Prod"):
        bodies = {"P": {"body": template(QUEUE, Outputs=outputs)}, "C": {"body": template(FUNCTION)}}
        synth(tmp_path / stage, bodies)
    stages = {
        name: {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}}
        for name in ("assembly-Beta", "assembly-Prod")
    }
    other = {"Other": {"body": template(FUNCTION)}}
    app = load([synth(tmp_path, other, **stages)])
    found = read(app, "assembly-Prod/C.template.json", {"Fn::ImportValue": "shared"})
    assert found == Reference(Address("assembly-Prod/P.template.json", "Queue"))
    ambiguous = read(app, "Other.template.json", {"Fn::ImportValue": "shared"})
    assert ambiguous == Unknown("shared is found in several of the analysed templates")


def test_exports_of_another_region_are_not_seen(tmp_path: Path) -> None:
    outputs = {"Out": {"Value": {"Ref": "Queue"}, "Export": {"Name": "shared"}}}
    bodies = {
        "P": {"body": template(QUEUE, Outputs=outputs), "environment": "aws://1/us-east-1"},
        "C": {"body": template(FUNCTION), "environment": "aws://1/eu-west-1"},
    }
    app = load([synth(tmp_path, bodies)])
    assert isinstance(read(app, "C.template.json", {"Fn::ImportValue": "shared"}), Unknown)


def test_a_stack_output_is_found_by_the_stacks_name_and_region(tmp_path: Path) -> None:
    outputs = {"PublishOutputRef": {"Value": {"Ref": "Queue"}}}
    bodies = {
        "P": {"body": template(QUEUE, Outputs=outputs), "stackName": "Beta-P", "environment": "aws://1/us-east-1"},
        "C": {"body": template(FUNCTION), "environment": "aws://1/eu-west-1"},
    }
    app = load([synth(tmp_path, bodies)])
    raw = {"StackName": "Beta-P", "OutputName": "PublishOutputRef", "Region": "us-east-1"}
    assert read(app, "C.template.json", {"Fn::GetStackOutput": raw}) == Reference(Address("P.template.json", "Queue"))
    assert isinstance(read(app, "C.template.json", {"Fn::GetStackOutput": {**raw, "Region": "x"}}), Unknown)
    assert isinstance(read(app, "C.template.json", {"Fn::GetStackOutput": {**raw, "StackName": "P"}}), Unknown)


def test_a_reference_across_regions_goes_through_cdks_writer_and_reader(tmp_path: Path) -> None:
    name = "/cdk/exports/C/Puseast1FnGetAttQueueArn"
    writer = resource(
        "Custom::CrossRegionExportWriter",
        WriterProps={"region": "eu-west-1", "exports": {name: {"Fn::GetAtt": ["Queue", "Arn"]}}},
    )
    reader = resource(
        "Custom::CrossRegionExportReader",
        ReaderProps={"region": "eu-west-1", "imports": {name: f"{{{{resolve:ssm:{name}}}}}"}},
    )
    bodies = {
        "P": {"body": template({**QUEUE, "Writer": writer}), "environment": "aws://1/us-east-1"},
        "C": {"body": template({**FUNCTION, "Reader": reader}), "environment": "aws://1/eu-west-1"},
    }
    app = load([synth(tmp_path, bodies)])
    assert read(app, "C.template.json", {"Fn::GetAtt": ["Reader", name]}) == Reference(
        Address("P.template.json", "Queue"), "Arn"
    )


def test_an_ssm_parameter_of_another_template(make: Make) -> None:
    parameter = resource("AWS::SSM::Parameter", Name={"Fn::Sub": "/${AWS::StackName}/url"}, Value={"Ref": "Queue"})
    parameters = {"Url": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/url"}}
    app = make(a=template({**QUEUE, "P": parameter}), b=template(FUNCTION, Parameters=parameters))
    assert read(app, "b.json", {"Ref": "Url"}) == Reference(Address("a.json", "Queue"))


def test_exports_that_import_each_other_are_unknown(make: Make) -> None:
    one = {"O": {"Value": {"Fn::ImportValue": "two"}, "Export": {"Name": "one"}}}
    two = {"O": {"Value": {"Fn::ImportValue": "one"}, "Export": {"Name": "two"}}}
    app = make(a=template(QUEUE, Outputs=one), b=template(QUEUE, Outputs=two))
    assert read(app, "a.json", {"Fn::ImportValue": "one"}) == Unknown("one refers to itself")


def test_an_export_whose_name_is_imported_is_just_not_found(make: Make) -> None:
    outputs = {"O": {"Value": "x", "Export": {"Name": {"Fn::ImportValue": "other"}}}}
    app = make(a=template(QUEUE, Outputs=outputs))
    assert isinstance(read(app, "a.json", {"Fn::ImportValue": "x"}), Unknown)


def test_a_child_deployed_twice_is_two_templates(tmp_path: Path) -> None:
    (tmp_path / "child.json").write_text(str_of(template(QUEUE, Parameters={"P": {"Type": "String"}})))
    child = {"TemplateURL": "./child.json"}
    stacks = {
        "One": resource("AWS::CloudFormation::Stack", **child, Parameters={"P": "1"}),
        "Two": resource("AWS::CloudFormation::Stack", **child, Parameters={"P": "2"}),
    }
    (tmp_path / "top.json").write_text(str_of(template(stacks)))
    app = load([tmp_path])
    assert sorted(app.templates) == ["child.json", "child.json@Two", "top.json"]
    assert read(app, "child.json", {"Ref": "P"}) == Known("1")
    assert read(app, "child.json@Two", {"Ref": "P"}) == Known("2")


def test_a_template_that_nests_itself_ends(tmp_path: Path) -> None:
    stack = resource("AWS::CloudFormation::Stack", TemplateURL="me.json")
    (tmp_path / "me.json").write_text(str_of(template({"Me": stack})))
    app = load([tmp_path])
    assert list(app.templates) == ["me.json"]
    assert app.skipped


def test_an_export_named_after_the_region_is_found_by_its_name(make: Make) -> None:
    name = {"Fn::Sub": "queue-${AWS::Region}"}
    out = {"Q": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Export": {"Name": name}}}
    app = make(out=template(QUEUE, Outputs=out), use=template(FUNCTION))
    found = Reference(Address("out.json", "Queue"), "Arn")
    assert read(app, "use.json", {"Fn::ImportValue": name}) == found
    assert isinstance(read(app, "use.json", {"Fn::ImportValue": "queue-eu-west-1"}), Unknown)


def test_an_export_of_a_known_region_is_found_by_either_spelling(tmp_path: Path) -> None:
    name = {"Fn::Sub": "queue-${AWS::Region}"}
    out = {"Q": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Export": {"Name": name}}}
    here = "aws://111122223333/eu-west-1"
    synth(
        tmp_path,
        {
            "Out": {"body": template(QUEUE, Outputs=out), "environment": here},
            "Use": {"body": template(FUNCTION), "environment": here},
        },
    )
    app = load([tmp_path])
    found = Reference(Address("Out.template.json", "Queue"), "Arn")
    assert read(app, "Use.template.json", {"Fn::ImportValue": "queue-eu-west-1"}) == found
    assert read(app, "Use.template.json", {"Fn::ImportValue": name}) == found
