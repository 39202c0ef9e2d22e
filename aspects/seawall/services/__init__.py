"""AWS services, a folder each, translated into sites and hops."""

from .build import build
from .wiring import Wiring, read

__all__ = ["Wiring", "build", "read"]
