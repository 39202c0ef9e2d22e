"""Sites and hops: the graph of events and its queries."""

from .build import build
from .cycles import on_way, return_hops
from .graph import Flow, components, reach, topological

__all__ = ["Flow", "build", "components", "on_way", "reach", "return_hops", "topological"]
