"""What in a folder is not read and may hold templates: it is named with its reason, and so is a file that was named."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from seawall.cli.main import main
from seawall.template import InputError, load
from seawall.template.passed_over import passed_over

from .conftest import resource, synth, template, write

QUEUE = template({"Queue": resource("AWS::SQS::Queue")})
YAML = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
FILLED_IN = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n{% if dead %}\n    Properties: {{ props }}\n{% endif %}\n"


def said(folder: Path) -> dict[str, str]:
    return {Path(each.path).relative_to(folder).as_posix(): each.why for each in passed_over(folder)}


def archive(path: Path, *names: str, comment: bytes = b"") -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, YAML)
        file.comment = comment


@pytest.mark.parametrize("name", ["stack.yaml.j2", "stack.json.tmpl", "stack.tftpl", "template.yaml.erb", "a.tpl"])
def test_a_template_for_another_program_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, FILLED_IN)
    write(tmp_path / "deployment.yaml.j2", "kind: {{ kind }}\n")
    assert said(tmp_path) == {name: "is filled in by another program: have what that writes read"}


def test_a_compressed_template_is_named(tmp_path: Path) -> None:
    (tmp_path / "Shop.template.json.gz").write_bytes(gzip.compress(YAML.encode()))
    (tmp_path / "logs.gz").write_bytes(gzip.compress(b"x"))
    assert said(tmp_path) == {"Shop.template.json.gz": "is compressed: unpack it, and have what is in it read"}


@pytest.mark.parametrize("comment", [b"", b"a note" * 100])
def test_an_archive_that_holds_a_template_is_named(tmp_path: Path, comment: bytes) -> None:
    archive(tmp_path / "release.zip", "readme.md", "cdk.out/Shop.template.json", comment=comment)
    archive(tmp_path / "code.zip", "index.py", "node_modules/a/template.yaml", "a/b/c/d/template.yaml")
    (tmp_path / "broken.zip").write_bytes(b"PK\5\6" + b"\xff" * 18)
    (tmp_path / "empty.zip").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.zip")
    assert said(tmp_path) == {
        "release.zip": "is an archive that holds cdk.out/Shop.template.json: unpack it to have it read"
    }


def test_a_hidden_folder_that_holds_one_is_named(tmp_path: Path) -> None:
    write(tmp_path / ".build/stacks/shop.template.json", QUEUE)
    synth(tmp_path / ".out/cdk.out", {"S": {"body": QUEUE}})
    write(tmp_path / ".github/workflows/ci.yaml", "on: push\n")
    for others in (".git", ".venv/lib/python3.11/site-packages", ".terraform/modules"):
        write(tmp_path / others / "template.yaml", YAML)
    write(tmp_path / ".aws-sam/build/template.yaml", YAML)  # which is read
    assert said(tmp_path) == {
        ".build": "is hidden, and holds stacks/shop.template.json: name it to have it read",
        ".out": "is hidden, and holds cdk.out: name it to have it read",
    }


def test_what_was_named_is_read_though_it_is_hidden(tmp_path: Path) -> None:
    write(tmp_path / ".build/stacks/shop.template.json", QUEUE)
    assert len(load([tmp_path / ".build"]).templates) == 1


def test_in_a_report_they_are_among_what_was_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "shop.yaml", YAML)
    write(tmp_path / "other.yaml.j2", FILLED_IN)
    assert main(["check", str(tmp_path)]) == 0
    assert "other.yaml.j2: is filled in by another program" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.zip", b"PK\3\4rest", "is a zip archive: unpack it, and have what is in it read"),
        ("a.json", b"\x1f\x8b\x08rest", "is a gzip file: unpack it, and have what is in it read"),
        ("a.yaml", FILLED_IN.encode(), "another program fills it in: have what that writes read"),
        ("a.json", b'{"Resources": {{ resources }}}', "another program fills it in: have what that writes read"),
    ],
)
def test_one_that_was_named_is_refused_with_the_reason(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as raised:
        load([tmp_path / name])
    assert raised.value.why.endswith(why)


def test_a_mistake_is_not_blamed_on_a_dynamic_reference(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", '{"Resources": {"Q": "{{resolve:ssm:/q}}",}')
    with pytest.raises(InputError) as raised:
        load([path])
    assert "another program" not in raised.value.why
