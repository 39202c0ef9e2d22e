"""Files that are none, or too many of them, or too much."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from seawall.template import InputError, NothingFound, documents, files, load
from seawall.template.files import read_text

from .conftest import resource, synth, template, write

BODY = template({"Queue": resource("AWS::SQS::Queue")})


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load([path])
    assert str(caught.value).startswith(str(path))
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe{\x00}\x00", ": is not UTF-8 text but UTF-16; save it as UTF-8"),
        (b"\xfe\xff\x00{\x00}", ": is not UTF-8 text but UTF-16; save it as UTF-8"),
        (b"{\x00}\x00", ": is not UTF-8 text but UTF-16 or UTF-32; save it as UTF-8"),
        (b"\x7fELF\x02\x01\x01\xff", ": is not UTF-8 text (byte 7)"),
        (b'{"Resources": {"Q": {"Type": "\xed\xa0\x80"}}}', ": is not UTF-8 text (byte 30)"),
        (b'{"Resources": {"Q": "a\nb"}}', ":1:23: is not JSON: Invalid control character at"),
        (b'{"Resources": {\n"Q": NaN}}', ":2:6: is not JSON: NaN is no number"),
        (b'{"a": "NaN", "b": [-Infinity]}', ":1:20: is not JSON: -Infinity is no number"),
        (b'{"Resources": 1e999}', ": holds a number that is too long"),
    ],
)
def test_bytes_that_are_no_template(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(data)
    assert refused(path) == why


def test_each_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = resource("AWS::S3::Bucket", BucketName={"Fn::If": ["Prod", "a", "b"]})
    body = template({"Queue": resource("AWS::SQS::Queue"), "Bucket": bucket}) | {
        "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}
    }
    paths = [write(tmp_path / name, body) for name in ("a.json", "b.json")]
    opened: list[str] = []
    own = os.open

    def noted(path: Path, flags: int) -> int:
        opened.append(path.name)
        return own(path, flags)

    monkeypatch.setattr(os, "open", noted)
    assert len(load(paths).templates) == 2
    assert sorted(opened) == ["a.json", "b.json"]


@pytest.mark.parametrize("size", [0, 1, 2, 100])
def test_a_file_that_grows_is_read_to_its_end(tmp_path: Path, size: int) -> None:
    path = tmp_path / "growing"
    path.write_bytes(b"ab" * 30)
    file = os.open(path, os.O_RDONLY)
    try:
        assert files._read(file, size) == b"ab" * 30, "what it was said to hold was wrong"
    finally:
        os.close(file)


def test_what_is_no_file_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "device.json").symlink_to("/dev/zero")
    assert refused(tmp_path / "pipe.json") == ": is a pipe, not a file"
    assert refused(tmp_path / "loop.json") == ": too many levels of symbolic links"
    assert refused(tmp_path / "gone.json") == ": no such file or directory"
    assert refused(tmp_path / "device.json") == ": is a device, not a file"


def test_sockets_are_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.json")
        with pytest.raises(InputError, match=r"socket\.json: is a socket, not a file"):
            read_text(Path("socket.json"))


def test_in_a_folder_they_are_left_out_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    write(tmp_path / "folder.json" / "t.json", BODY)
    (tmp_path / "binary.template").write_bytes(b"\x80")
    app = load([tmp_path])
    assert list(app.templates) == ["folder.json/t.json"]
    assert [(Path(each.path).name, each.why) for each in app.skipped] == [
        ("binary.template", "is not UTF-8 text (byte 0)"),
        ("loop.json", "too many levels of symbolic links"),
        ("pipe.json", "is a pipe, not a file"),
    ]


def test_files_that_are_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_JSON_BYTES", 2 * 1024**2)
    monkeypatch.setattr(documents, "MAX_YAML_BYTES", 1024**2)
    path = write(tmp_path / "t.json", BODY)
    os.truncate(path, 2 * 1024**2 + 1)
    assert refused(path) == ": is larger than 2 MB, the most that is read of a file"
    path = write(tmp_path / "t.yaml", "Resources: {}\n" + "#" * 1024**2)
    assert refused(path) == ": is larger than 1 MB, the most that is read of a YAML file"


def test_a_file_that_vanishes_while_the_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.json", BODY)
    gone = write(tmp_path / "b.json", BODY)
    whole = os.open

    def opened(path: Path, flags: int) -> int:
        gone.unlink(missing_ok=True)
        return whole(path, flags)

    monkeypatch.setattr(os, "open", opened)
    app = load([tmp_path])
    assert list(app.templates) == ["a.json"]
    assert [(each.path, each.why) for each in app.skipped] == [(str(gone), "no such file or directory")]


def test_folders_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.json", BODY)
    write(tmp_path / "closed" / "b.json", BODY)
    listed = Path.iterdir

    def refusing(self: Path) -> object:
        if self.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", refusing)
    app = load([tmp_path])
    assert [(each.path, each.why) for each in app.skipped] == [(str(tmp_path / "closed"), "permission denied")]
    assert refused(tmp_path / "closed") == ": permission denied"


def test_a_broken_assembly_below_a_folder_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "t.json", BODY)
    missing = synth(tmp_path / "missing", {"Orders": {"body": BODY}, "Gone": {"body": None}}) / "manifest.json"
    cut = synth(tmp_path / "truncated", {"Cut": {"body": '{"Resources": {'}}) / "Cut.template.json"
    app = load([tmp_path])
    assert list(app.templates) == ["t.json"]
    assert [each.path for each in app.skipped] == [str(missing), str(cut)]
    assert "which does not exist; synthesize again" in app.skipped[0].why
    assert "is not JSON" in app.skipped[1].why
    with pytest.raises(InputError, match=r"Cut\.template\.json:1:16: is not JSON"):
        load([tmp_path / "truncated"])


def test_where_nothing_is_left_the_reasons_are_said(tmp_path: Path) -> None:
    broken = write(tmp_path / "a.json", "{")
    write(tmp_path / "b.json", "{}")
    with pytest.raises(NothingFound) as caught:
        load([tmp_path])
    assert str(caught.value) == (
        f"no CloudFormation template in {tmp_path} (left out: {broken}: is not JSON: Expecting property name enclosed "
        "in double quotes (line 1, column 2), and 1 more)"
    )
