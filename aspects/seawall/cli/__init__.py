"""The command line: `seawall check`, `seawall explain`."""

from .main import main
from .process import run

__all__ = ["main", "run"]
