"""What lies in a package, as Python's own library finds it."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from zipfile import ZipFile

import pytest

from seawall.package_data import modules_in, package_text


@pytest.mark.parametrize(
    "name", ["seawall.rules", "seawall.services", "seawall.services.sqs", "seawall.report", "json"]
)
def test_modules_are_those_that_pkgutil_finds(name: str) -> None:
    paths = import_module(name).__path__
    assert list(modules_in(paths)) == [(found.name, found.ispkg) for found in iter_modules(paths)]


def test_what_is_no_module_is_none(tmp_path: Path) -> None:
    for name in ("b.py", "a.pyc", "__init__.py", "no-module.py", "text.txt", "b.pyi"):
        (tmp_path / name).touch()
    for name in ("inner", "folder"):
        (tmp_path / name).mkdir()
    (tmp_path / "inner" / "__init__.py").touch()
    assert list(modules_in([str(tmp_path)])) == [("a", False), ("b", False), ("inner", True)]


def test_an_archive_is_read_as_pkgutil_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "packed.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("packed_one/__init__.py", "")
        archive.writestr("packed_one/module.py", "")
        archive.writestr("packed_one/text.txt", "said")
    monkeypatch.syspath_prepend(path)
    paths = import_module("packed_one").__path__
    assert list(modules_in(paths)) == [("module", False)]
    assert package_text("packed_one", "text.txt") == "said"
    del sys.modules["packed_one"]
