"""Where an expression is being resolved: the template, what led here, and how much work is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from .model import App, Template
from .values import Json, Known, Unknown, Value

MAX_DEPTH = 60
MAX_STEPS = 50_000


def is_intrinsic(raw: Json) -> bool:
    """True for an object that CloudFormation replaces, such as ``{"Ref": "Queue"}``."""
    if not isinstance(raw, dict) or len(raw) != 1:
        return False
    name = next(iter(raw))
    return isinstance(name, str) and (name == "Ref" or name.startswith("Fn::"))


def may_be_intrinsic(raw: Json) -> bool:
    """False for most of what is walked through, at no cost: an intrinsic is an object with one key."""
    return isinstance(raw, dict) and len(raw) == 1


def is_literal(raw: Json) -> bool:
    """True for what stands for itself: anything but an intrinsic, or text with a dynamic reference in it."""
    if isinstance(raw, str):
        return "{{" not in raw
    return not is_intrinsic(raw)


class Budget(Struct):
    """How many expressions may still be looked at for one question; keeps exponential templates from hanging."""

    left: int = MAX_STEPS


class TemplateScope(Struct, frozen=True):
    """One template, seen from inside."""

    app: App
    template: Template
    evaluate: Callable[[TemplateScope, Json], Value]
    depth: int = 0
    trail: frozenset[tuple[str, str, str]] = frozenset()
    """Parameters, outputs and the like that are being resolved: meeting one again is a cycle."""
    decided: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    """Sides taken of enclosing `Fn::If`, by template and condition."""
    budget: Budget = field(default_factory=Budget)
    in_text: bool = False
    """Text is being put together here: names stay whole, and a parameter keeps its default."""

    def resolve(self, raw: Json) -> Value:
        """What `raw` stands for here; unknown when nested too deeply or too much work."""
        if is_literal(raw):
            return Known(raw)
        self.budget.left -= 1
        if self.depth >= MAX_DEPTH:
            return Unknown("expressions are nested too deeply")
        if self.budget.left < 0:
            return Unknown("the expression is too large to work out")
        deeper = TemplateScope(
            self.app, self.template, self.evaluate, self.depth + 1, self.trail, self.decided, self.budget, self.in_text
        )
        return self.evaluate(deeper, raw)

    def follow(self, kind: str, template: Template, name: str, raw: Json) -> Value:
        """Resolve `raw` in `template`, to which `name` (a parameter, an output, ...) led; a cycle is unknown."""
        step = (kind, template.key, name)
        if step in self.trail:
            return Unknown(f"{name} refers to itself")
        return replace(self, template=template, trail=self.trail | {step}).resolve(raw)

    def given(self, condition: str, holds: bool) -> TemplateScope:
        """This scope where `condition` is taken to hold, or not to."""
        return replace(self, decided={**self.decided, (self.template.key, condition): holds})

    def known(self, condition: str) -> bool | None:
        """Which side of `condition` holds here: taken by an enclosing `Fn::If`, or for all that is read just now."""
        taken = self.decided.get((self.template.key, condition))
        return self.app.reading.side(self.template, condition, self.decided) if taken is None else taken
