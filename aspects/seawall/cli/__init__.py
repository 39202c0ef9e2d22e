"""The command line: `seawall check`, `seawall explain`."""

from .main import main

__all__ = ["main"]
