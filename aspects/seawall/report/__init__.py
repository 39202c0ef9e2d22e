"""Reports: one file per output format behind one small interface."""

from .check import check
from .model import Report

__all__ = ["Report", "check"]
