"""Whatever stands in a template: an answer, never an exception."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.template import (
    InputError,
    NothingFound,
    Props,
    Setting,
    definition_body,
    load,
    parse_embedded,
    refers_to,
    resolve,
)
from tests.whole import examples

NAMES = st.sampled_from(["Q", "P", "L", "N", "AWS::Region", "AWS::NoValue", "AWS::StackName", "nowhere", "Q.Arn"])
WORDS = st.one_of(
    NAMES, st.sampled_from(["${Q.Arn}:x", "a:b", "{{resolve:ssm:/x}}", '{"a": 1}', "[1]", "${", "arn:aws:sqs:::x"])
)
FUNCTIONS = st.sampled_from(
    [
        "Ref",
        *(
            f"Fn::{name}"
            for name in (
                "GetAtt", "Join", "Sub", "Select", "Split", "If", "ImportValue", "GetStackOutput", "FindInMap",
                "ToJsonString", "Length", "Base64", "Transform",
            )
        ),
    ]
)  # fmt: skip
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(max_size=5),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(WORDS, FUNCTIONS), inner, max_size=3),
        st.builds(lambda name, argument: {name: argument}, FUNCTIONS, inner),
        st.builds(lambda a, b: {"Fn::If": ["C", a, b]}, inner, inner),
        st.builds(lambda a, b: {"Fn::Join": [":", [a, b]]}, inner, inner),
        st.builds(lambda a, n: {"Fn::Select": [n, {"Fn::Split": [":", a]}]}, inner, st.integers(0, 3)),
    ),
    max_leaves=12,
)
SECTION = st.one_of(JSON, st.dictionaries(NAMES, JSON, max_size=3))


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"DefinitionString": draw(JSON), "A": draw(JSON)},
    }
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": draw(JSON), "Metadata": draw(JSON)}
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": draw(JSON), "Value": draw(JSON)}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": draw(JSON), "R": draw(JSON)}}
    return {
        "Resources": {"Q": queue, "M": machine, "S": nested, "SSM": parameter, "X": draw(JSON)},
        "Parameters": {"P": {"Type": "String", "Default": draw(JSON)}, "L": draw(JSON), "N": {"Type": "Number"}},
        "Outputs": {"O": {"Value": draw(JSON), "Export": {"Name": draw(WORDS)}}, "Y": draw(JSON)},
        "Mappings": draw(SECTION),
        "Conditions": draw(SECTION),
    }


@settings(max_examples=examples(60), deadline=None)
@given(bodies(), JSON)
def test_a_template_of_nonsense_is_read(body: dict[str, Any], raw: Any) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "t.json"
        path.write_text(json.dumps(body))
        app = load([path])
    template = app.templates["t.json"]
    refers_to(app, template, resolve(app, template, raw))
    parse_embedded(app, template, raw)
    for resource in app.resources():
        definition_body(app, resource)
        pending = [Props.of(app, resource)]
        for props in pending[:40]:
            settings_read: list[Setting[Any]] = [props.integer(), props.number(default=1.5), props.text(), props.flag()]
            assert all(each.known or each.why for each in settings_read)
            refers_to(app, template, props.value())
            props.raw(), props.exists("a", 0, "b")
            pending += [each.props for each in props.items()]
            pending += [inner for _, inner in props.mapping()]


@settings(max_examples=examples(40), deadline=None)
@given(
    st.dictionaries(st.sampled_from(["manifest.json", "A.template.json", "A.assets.json", "b.json"]), JSON | bodies())
)
def test_a_folder_of_nonsense_is_read_or_refused(files: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        for name, body in files.items():
            (Path(directory) / name).write_text(json.dumps(body))
        try:
            load([directory])
        except (InputError, NothingFound) as error:
            assert str(error)
