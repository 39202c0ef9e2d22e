"""Whatever stands in a template: its transforms end, raise nothing, and leave something that can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.template import Props, load

from ..conftest import write

KINDS = st.sampled_from(
    ["Function", "StateMachine", "Api", "HttpApi", "SimpleTable", "Application", "Connector", "LayerVersion"]
).map("AWS::Serverless::{}".format)
NAMES = st.sampled_from(
    [
        "Events", "Properties", "Type", "Queue", "Policies", "CodeUri", "Definition", "DefinitionBody", "StageName",
        "Source", "Location", "AutoPublishAlias", "EventInvokeConfig", "DeadLetterQueue", "Auth", "E", "Condition",
    ]
)  # fmt: skip
FUNCTIONS = st.sampled_from(
    ["Ref", "Fn::If", "Fn::Sub", "Fn::Transform", "Fn::ForEach::A", "Fn::ForEach::B", "Fn::FindInMap", "Fn::GetAtt"]
)
WORDS = st.sampled_from(["A", "B", "C", "${A}", "&{A}", "SQS", "Api", "Schedule", "AWS::Include", "x.yaml", "s3://b/k"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | FUNCTIONS | WORDS, inner, max_size=4),
    max_leaves=12,
)
TRANSFORM = st.sampled_from(
    [
        "AWS::Serverless-2016-10-31",
        ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"],
        {"Name": "AWS::Include", "Parameters": {"Location": "t.json"}},
        ["Macro", 5, None],
    ]
)
RESOURCE = st.fixed_dictionaries({"Type": KINDS, "Properties": JSON}) | JSON


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    transform=TRANSFORM,
    resources=st.dictionaries(WORDS | FUNCTIONS, RESOURCE, min_size=1, max_size=4),
    sections=st.dictionaries(
        st.sampled_from(["Globals", "Conditions", "Parameters", "Mappings", "Outputs", "Rules"]), JSON, max_size=3
    ),
)
def test_a_template_of_any_shape(tmp_path: Path, transform: Any, resources: Any, sections: Any) -> None:
    body = {"Transform": transform, "Resources": resources, **sections}
    app = load([write(tmp_path / "t.json", body)])
    for resource in app.resources():
        Props.of(app, resource).value("Events", "E", "Properties", "Queue")
