"""What lies in a package: its modules and its files, read without what a start would load for nothing else.

`importlib.resources` and the `inspect` that `pkgutil` asks for names of modules are a tenth of a start.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.machinery import all_suffixes
from pkgutil import get_data, iter_modules

_SUFFIXES = tuple(sorted(all_suffixes(), key=len, reverse=True))


def package_text(package: str, name: str) -> str:
    """The text of a file in a package; `name` is its path there."""
    data = get_data(package, name)
    if data is None:
        raise FileNotFoundError(f"{name} in {package}")
    return data.decode("utf-8")


def modules_in(folders: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The modules of a package whose `__path__` is given, in order, and whether each is a package itself."""
    for folder in folders:
        try:
            names = sorted(os.listdir(folder))
        except OSError:  # no folder: an archive, or whatever else an importer reads
            yield from ((found.name, found.ispkg) for found in iter_modules([folder]))
            continue
        seen = {"__init__"}
        for name in names:
            path = os.path.join(folder, name)
            suffix = next((each for each in _SUFFIXES if name.endswith(each)), "")
            module = name.removesuffix(suffix)
            package = not suffix and os.path.isfile(os.path.join(path, "__init__.py"))
            if module not in seen and module.isidentifier() and (suffix or package):
                seen.add(module)
                yield module, package
