"""Guards: what users attach to their apps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from seawall.settings import Settings

from . import courts
from .answering import answer
from .choosing import settings
from .judging import Case
from .named import Named
from .scopes import around


@dataclass(frozen=True, slots=True)
class _Attachment:
    root: IConstruct
    scope: str


@jsii.implements(cdk.IAspect, cdk.IPolicyValidationPlugin)
class Guard(Named):
    """What all guards have in common: each is an Aspect and a validation plugin in one object.

    As an Aspect it learns from its visits where it was attached, and leaves the judgement to the app's court, a
    plugin that answers for all guards of the app in one report. Given to `Validations` it answers for itself.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._attachments: list[_Attachment] = []
        self._handed_over = 0
        self._ref: object = None

    @property
    def __jsii_ref__(self) -> object:
        """Jsii's handle on this object, which it sets each time the object is handed to JavaScript.

        So their number tells how often the guard can have been attached at most. If jsii ever stopped doing so, the
        number would stay 0, and `visit` would look at every construct: slower, and never wrong.
        """
        if self._handed_over == 0:
            raise AttributeError("not handed over yet")
        return self._ref

    @__jsii_ref__.setter
    def __jsii_ref__(self, ref: object) -> None:
        self._ref = ref
        self._handed_over += 1

    def visit(self, node: IConstruct) -> None:
        """Called by the CDK for each construct of the scope that the guard was attached to, the scope itself first."""
        if 0 < self._handed_over <= len(self._attachments):
            return  # as nearly all visits do: each question to a construct takes a tenth of a millisecond
        asked = node.node
        root, path = asked.root, asked.path
        if any(courts.same(one.root, root) and around(one.scope, path) for one in self._attachments):
            return
        self._attachments.append(_Attachment(root, path))
        if isinstance(root, cdk.Stage):
            courts.of(root).join(self)

    def scopes(self, root: cdk.Stage) -> tuple[str, ...]:
        """The construct paths in the app `root` that the guard was attached to as an Aspect."""
        return tuple(one.scope for one in self._attachments if courts.same(one.root, root))

    @property
    def rule_ids(self) -> list[str]:
        """The rules that run."""
        return sorted(self.settings.select)

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Called by the CDK once the templates are written, if the guard was given to `Validations`."""
        return answer(
            lambda: courts.of(cast(cdk.Stage, context.app_construct)),
            lambda synthesis: [Case(self.settings, synthesis.scopes(context.template_paths))],
        )


class RetryGuard(Guard):
    """Finds retries that multiply, loops of failing work, and failures that nobody sees.

    Attach it to what it shall report on: an app, a Stage, a stack, any construct. It follows events through the
    whole app in any case, and reports what it finds at constructs within its scope. It judges the synthesized
    templates, so raw overrides, included templates, nested stacks and later Aspects count::

        cdk.Aspects.of(app).add(RetryGuard(max_attempts=10))
        cdk.Aspects.of(payments).add(RetryGuard(max_attempts=5))    # stricter within one stack

    As a validation plugin it does the same for a whole app or Stage and visits nothing, which is faster::

        cdk.Validations.of(app).add_plugins(RetryGuard())

    `cdk synth` prints each finding and exits 1 if there is an error; 0 if there are only warnings, unless it is run
    with `--strict`. Stacks within Stages count as well, though `cdk synth` by itself acts on none of them. To accept a
    finding, acknowledge it on its construct, or on one around it, with a reason::

        cdk.Validations.of(queue).acknowledge(
            cdk.Acknowledgment(id="Seawall::stacked-retries", reason="idempotent, and 12 runs are cheap")
        )

    Args:
        max_attempts: How many runs of one function or state, for one event, are fine. At least 1; 10 by default.
        select: The only rules to run, by id (`seawall explain` lists them). All by default.
        ignore: Rules to leave out. None by default.

    What is not given here is taken from `seawall.toml`, or `[tool.seawall]` of `pyproject.toml`: the nearest one from
    the current directory up to the root of the repository. Its `fail-on` and `format` concern the command line only.

    Raises:
        ValueError: No such rule, no rule left to run, `max_attempts` below 1, or a settings file that cannot be read.
        TypeError: An argument of another type.
    """

    def __init__(
        self,
        max_attempts: int | None = None,
        *,
        select: Iterable[str] | None = None,
        ignore: Iterable[str] | None = None,
    ) -> None:
        super().__init__(settings("retries", select, ignore, max_attempts=max_attempts))


class ImageGuard(Guard):
    """Finds ECR lifecycle rules that would delete or archive an image that the same app uses.

    Attached, scoped, acknowledged and configured as `RetryGuard` is; where both are attached, one report speaks for
    both::

        cdk.Aspects.of(app).add(ImageGuard(rollbacks=2))

    Args:
        rollbacks: To how many earlier images whatever runs an image must be able to go back. At least 0; 1 by default.
        select: The only rules to run, by id (`seawall explain` lists them). All by default.
        ignore: Rules to leave out. None by default.

    Raises:
        ValueError: No such rule, no rule left to run, `rollbacks` below 0, or a settings file that cannot be read.
        TypeError: An argument of another type.
    """

    def __init__(
        self,
        rollbacks: int | None = None,
        *,
        select: Iterable[str] | None = None,
        ignore: Iterable[str] | None = None,
    ) -> None:
        super().__init__(settings("images", select, ignore, rollbacks=rollbacks))
