"""Places as SARIF writes them: files as URIs, lines as regions, constructs as logical locations."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, TypeAlias
from urllib.parse import quote

from seawall.template import App

from .entries import shown_path
from .places import Location

Json: TypeAlias = "dict[str, Any]"

BASE = "%SRCROOT%"
"""What relative URIs are relative to. Where it lies on this machine is nobody's business, so it is not said."""


def artifact(path: str) -> Json:
    """A file: relative to the base where it lies below it, else with all of its path."""
    if PurePath(path).is_absolute():
        return {"uri": PurePath(path).as_uri()}
    return {"uri": quote(path, safe="/~"), "uriBaseId": BASE}


def physical(app: App, at: Location) -> Json:
    """A place in a file, with its line where that is known."""
    found: Json = {"artifactLocation": artifact(shown_path(app, at))}
    return found if at.file_line is None else found | {"region": {"startLine": at.file_line}}


def logical(name: str, kind: str = "resource") -> Json:
    """A construct, or a site, by its path."""
    return {"name": name.rpartition("/")[2] or name, "fullyQualifiedName": name, "kind": kind}
