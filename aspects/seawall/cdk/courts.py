"""Courts: one per app, where guards bring what they look for and the CDK gets its answer."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import aws_cdk as cdk
import jsii

from seawall.settings import Settings

from .answering import answer
from .judging import Case
from .named import Named
from .synthesis import Synthesis

_courts: dict[object, Court] = {}
"""By the app's identity. They stay as long as the process, as everything does that jsii knows."""


class Member(Protocol):
    """What a court wants of a guard."""

    settings: Settings

    def scopes(self, root: cdk.Stage) -> tuple[str, ...]:
        """The construct paths that it was attached to."""


@jsii.implements(cdk.IPolicyValidationPlugin)
class Court(Named):
    """The validation plugin that answers for all guards attached to an app as Aspects, in one report."""

    def __init__(self, root: cdk.Stage) -> None:
        self._root = root
        self._members: list[Member] = []
        self._stamp: object = None
        self._synthesis: Synthesis | None = None

    def join(self, guard: Member) -> None:
        """Answer for `guard` too."""
        if not self._members:
            cdk.Validations.of(self._root).add_plugins(self)
        if not any(guard is member for member in self._members):
            self._members.append(guard)

    @property
    def rule_ids(self) -> list[str]:
        """The rules that run."""
        return sorted({rule for member in self._members for rule in member.settings.select})

    def validate(self, _context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Called by the CDK once the templates are written."""
        return answer(lambda: self, lambda _: [Case(one.settings, one.scopes(self._root)) for one in self._members])

    def directory(self) -> Path:
        """Where the app is being written."""
        return Path(self._root.outdir).absolute()

    def synthesis(self, directory: Path) -> Synthesis:
        """The synthesis in progress there, read by whoever asks first."""
        stamp = (directory, (directory / "manifest.json").stat().st_mtime_ns)
        if self._synthesis is None or stamp != self._stamp:
            self._synthesis, self._stamp = Synthesis.read(self._root, directory), stamp
        return self._synthesis


def of(root: cdk.Stage) -> Court:
    """The court of the app `root`."""
    identity = _identity(root)
    if identity not in _courts:
        _courts[identity] = Court(root)
    return _courts[identity]


def same(one: object, other: object) -> bool:
    """Whether two Python objects stand for the same construct: jsii may make a new one for each answer."""
    return one is other or _identity(one) == _identity(other)


def _identity(construct: object) -> object:
    return getattr(getattr(construct, "__jsii_ref__", None), "ref", None) or id(construct)
