"""Files that lie in the package, read without what only their place on a disk or in an archive needs.

`importlib.resources` would be a thirtieth of a start.
"""

from __future__ import annotations

from pkgutil import get_data


def package_text(package: str, name: str) -> str:
    """The text of a file in a package; `name` is its path there."""
    data = get_data(package, name)
    if data is None:
        raise FileNotFoundError(f"{name} in {package}")
    return data.decode("utf-8")
