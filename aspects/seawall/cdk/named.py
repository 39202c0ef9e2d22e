"""What every validation plugin of ours says of itself."""

from __future__ import annotations

from seawall._version import __version__
from seawall.template import PLUGIN


class Named:
    """Name and version, as properties of the class: the CDK sees no attributes of objects."""

    @property
    def name(self) -> str:
        """The first part of each rule's id in the CDK."""
        return PLUGIN

    @property
    def version(self) -> str:
        """The version of Seawall."""
        return __version__
