"""The command line: `seawall check`, `seawall explain`."""

try:
    from .main import main
    from .process import run
except KeyboardInterrupt:  # before there is anything that could say so
    raise SystemExit(130) from None

__all__ = ["main", "run"]
