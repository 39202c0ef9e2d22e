"""A folder of real templates, laid out again as their authors had them, and the apps in it.

In the folder, `COLLECTION/REPOSITORY/FILE`, file names are flattened: `orders__statemachine__pay.asl.json` was
`orders/statemachine/pay.asl.json`. Templates find the files that they name only in the original layout. Collections
of one repository become one tree. Files of a cloud assembly keep their names.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seawall.template.assembly import is_assembly
from seawall.template.folders import SUFFIXES

FLATTENED = "__"
"""Stands for ``/`` in a flattened name."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One app: what `seawall check` would be given."""

    name: str
    """Path in the original layout."""
    path: Path
    form: str
    """`assembly`, `file` or `folder`."""


def restore(corpus: Path, tree: Path) -> None:
    """Copy `corpus` into the empty folder `tree`, in the original layout."""
    for path in sorted(corpus.rglob("*")):
        if path.is_file():
            _, *rest = path.relative_to(corpus).parts
            name = path.name if is_assembly(path.parent) else path.name.replace(FLATTENED, "/")
            place = tree.joinpath(*rest[:-1], name)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def units(tree: Path) -> Iterator[Unit]:
    """Every assembly, every other file that may hold a template, and every folder with several such files."""
    folders = [tree, *sorted(path for path in tree.rglob("*") if path.is_dir())]
    assemblies = {folder for folder in folders if is_assembly(folder) and any(folder.glob("*.template.json"))}
    for folder in folders:
        name = folder.relative_to(tree).as_posix()
        if folder in assemblies:
            yield Unit(name, folder, "assembly")
        elif not assemblies & set(folder.parents):
            files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix.lower() in SUFFIXES]
            for path in files:
                yield Unit(path.relative_to(tree).as_posix(), path, "file")
            if len(files) > 1:
                yield Unit(name, folder, "folder")
