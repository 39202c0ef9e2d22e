"""Templates in YAML: the same as in JSON, short forms written out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from seawall.template import InputError, load
from seawall.template.source import read_template

from .conftest import only, write


def read(tmp_path: Path, text: str) -> Any:
    """The properties of a queue, written in YAML."""
    indented = "\n".join(f"      {line}" for line in text.splitlines())
    path = write(tmp_path / "t.yaml", f"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n{indented}\n")
    return read_template(path).body["Resources"]["Q"]["Properties"]


def refused(tmp_path: Path, text: str) -> str:
    path = write(tmp_path / "t.yaml", text)
    with pytest.raises(InputError) as caught:
        load([path])
    return str(caught.value).removeprefix(str(path))


FILLED_IN = "another program fills it in: have what that writes read"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Q", {"Ref": "Q"}),
        ("!Condition IsProd", {"Condition": "IsProd"}),
        ("!GetAtt Q.Arn", {"Fn::GetAtt": ["Q", "Arn"]}),
        ("!GetAtt Child.Outputs.QueueArn", {"Fn::GetAtt": ["Child", "Outputs.QueueArn"]}),
        ("!GetAtt [Q, Arn]", {"Fn::GetAtt": ["Q", "Arn"]}),
        ("!Sub '${AWS::StackName}-q'", {"Fn::Sub": "${AWS::StackName}-q"}),
        ("!Sub ['${A}', {A: !Ref Q}]", {"Fn::Sub": ["${A}", {"A": {"Ref": "Q"}}]}),
        ("!If [IsProd, 5, !Ref AWS::NoValue]", {"Fn::If": ["IsProd", 5, {"Ref": "AWS::NoValue"}]}),
        ("!Join [':', [a, !Ref B]]", {"Fn::Join": [":", ["a", {"Ref": "B"}]]}),
        ("!FindInMap [M, !Ref R, '1']", {"Fn::FindInMap": ["M", {"Ref": "R"}, "1"]}),
        ("!Select [0, !Split [',', a]]", {"Fn::Select": [0, {"Fn::Split": [",", "a"]}]}),
        ("!ImportValue\n  Fn::Sub: '${N}-arn'", {"Fn::ImportValue": {"Fn::Sub": "${N}-arn"}}),
        ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
        ("!Base64 |\n  a\n  b", {"Fn::Base64": "a\nb\n"}),
        ("!Sub 12", {"Fn::Sub": "12"}),
    ],
)
def test_short_forms(tmp_path: Path, text: str, value: Any) -> None:
    assert read(tmp_path, f"A: {text}") == {"A": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5), ("-1", -1), ("0", 0), ("1.5", 1.5), ("2.0", 2.0), ("1.5e+3", 1500.0),
        ("yes", True), ("Off", False), ("TRUE", True), ("n", "n"), ("~", None), ("", None), ("null", None),
        ("'5'", "5"), ('"yes"', "yes"), ("!!str 5", "5"), ("!!int '5'", 5), ("! 5", "5"),
        # what stands in names far more often than in counts stays as it is written
        ("2012-10-17", "2012-10-17"), ("012345678901", "012345678901"), ("0123456701", "0123456701"),
        ("22:30", "22:30"), ("1_000", "1_000"), ("0x1F", "0x1F"), ("+5", "+5"), ("1e3", "1e3"), (".5", ".5"),
        (".inf", ".inf"), (".nan", ".nan"), ("=", "="), ("9" * 1001, "9" * 1001), ("1" * 101 + ".5", "1" * 101 + ".5"),
    ],
)  # fmt: skip
def test_scalars(tmp_path: Path, text: str, value: Any) -> None:
    found = read(tmp_path, f"A: {text}")["A"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_text_as_they_are_written(tmp_path: Path) -> None:
    assert read(tmp_path, "on: 1\n012345678901: 2\n5: 3\n'<<': 4") == {"on": 1, "012345678901": 2, "5": 3, "<<": 4}


def test_scalars_over_several_lines(tmp_path: Path) -> None:
    assert read(tmp_path, "A: >-\n  one\n  two\nB: |\n  {\n  }\nC: one\n  two") == {
        "A": "one two", "B": "{\n}\n", "C": "one two",
    }  # fmt: skip


def test_aliases_and_merges(tmp_path: Path) -> None:
    text = (
        "A: &a {x: 1, y: 2}\nB: *a\nC: {y: 3, <<: *a}\nD: {<<: [{x: 7}, *a]}\nE: &e !Ref Q\nF: [*e, *e]\n? &k G\n: *k"
    )
    found = read(tmp_path, text)
    assert found["B"] == {"x": 1, "y": 2}
    assert found["C"] == {"x": 1, "y": 3}
    assert found["D"] == {"x": 7, "y": 2}
    assert found["F"] == [{"Ref": "Q"}, {"Ref": "Q"}]
    assert found["G"] == "G"
    assert found["A"] is not found["B"]  # nothing that changes one side changes the other


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Resources:\n  a: b: c", ":2:7: is not YAML: mapping values are not allowed in this context"),
        ("Resources:\n  a: [1, 2\n", ":3:1: is not YAML: did not find expected ',' or ']'"),
        ("Resources: {}\n---\nb: 1", ":2:1: holds more than one YAML document"),
        ("Resources: *x", ":1:12: the alias *x names nothing that is complete before it"),
        ("Resources: &x {a: *x}", ":1:19: the alias *x names nothing that is complete before it"),
        ("Resources:\n  {a: b}: c", ":2:3: a key is not text"),
        ("Resources:\n  !Ref a: c", ":2:3: a key is not text"),
        ("Resources:\n  A: &a {b: 1}\n  *a : c", ":3:3: a key is not text"),
        ("Resources:\n  <<: 5", ":2:7: << takes an object or a list of objects"),
        ("Resources:\n  A: \x01", ":2:6: is not YAML: it holds the control character U+0001"),
        ("- Resources", ": the top level is a list, not an object"),
        ("Resources", ": the top level is a string, not an object"),
        ("a: 1", ": is not a CloudFormation template: it has no Resources"),
        ("Resources:", ": Resources is null, not an object"),
        ("{% if Resources %}", f":1:2: is not YAML: found character that cannot start any token; {FILLED_IN}"),
        ("Resources: " + "[" * 251, ":1:261: is nested too deeply"),
        ("Resources:\n" + "- " * 9000, ":2:499: is nested too deeply"),
    ],
    ids=lambda text: text[:24],
)
def test_what_is_no_template(tmp_path: Path, text: str, why: str) -> None:
    assert refused(tmp_path, text) == why


def laughs(levels: int, width: int) -> str:
    """A list of `width` lists of `width` lists ..., in a few hundred bytes."""
    lines = [f"a{each}: &a{each} [{', '.join([f'*a{each - 1}'] * width)}]" for each in range(1, levels + 1)]
    return "\n".join(["Resources: {}", "a0: &a0 [x]", *lines])


def test_aliases_that_expand_without_end(tmp_path: Path) -> None:
    assert refused(tmp_path, laughs(9, 10)).endswith("its aliases stand for more than 1,000,000 values")


def test_aliases_that_nest_without_end(tmp_path: Path) -> None:
    assert refused(tmp_path, laughs(300, 1)).endswith(": is nested too deeply")


def test_either_syntax_in_a_file_of_any_name(tmp_path: Path) -> None:
    written, braced = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n", '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'
    for name in ("a.template", "a.yml", "a.json", "a.txt"):
        for text in (written, braced):
            assert list(only(load([write(tmp_path / name, text)])).resources) == ["Q"]
    flow = "{Resources: {Q: {Type: AWS::SQS::Queue}}}"
    assert list(only(load([write(tmp_path / "flow.yaml", flow)])).resources) == ["Q"]


def test_the_parser_in_python_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert read(tmp_path, "A: !GetAtt Q.Arn\nB: [012345678901, yes]") == {
        "A": {"Fn::GetAtt": ["Q", "Arn"]},
        "B": ["012345678901", True],
    }
    assert refused(tmp_path, "Resources:\n  a: b: c").startswith(":2:7: is not YAML: ")
    assert refused(tmp_path, "Resources:\n  A: \x01") == ":2:6: is not YAML: it holds the control character U+0001"


def test_who_has_no_yaml_does_not_wait_for_its_parser(tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    code = "import sys; from seawall.template import load; load(sys.argv[1:]); sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == 0
