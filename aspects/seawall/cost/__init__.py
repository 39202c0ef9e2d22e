"""What failing events cost at list price, and how soon a cycle fills all that may run at once."""

from .model import Cost, CostItem, Saturation

__all__ = ["Cost", "CostItem", "Saturation"]
