"""Guards: `guard(app)` for a whole app in one line; the Aspects `RetryGuard` and `ImageGuard` for a scope."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from seawall.settings import Settings

from .guard_settings import settings
from .scoped_findings import GuardedScope, around
from .validation_plugin import Named, answer, plugin_of, same


@dataclass(frozen=True, slots=True)
class _Attachment:
    root: IConstruct
    scope: str


_made: list[AspectGuard] = []


@jsii.implements(cdk.IAspect, cdk.IPolicyValidationPlugin)
class AspectGuard(Named):
    """What all guards have in common: each is an Aspect and a validation plugin in one object.

    As an Aspect it learns from its visits where it was attached, and leaves the judgement to the app's
    plugin, which answers for all guards of the app in one report. Given to `Validations` it answers for itself.
    """

    def __init__(self, settings: Settings, fail_on_gaps: bool = False) -> None:
        if not isinstance(fail_on_gaps, bool):
            raise TypeError(f"fail_on_gaps takes True or False, not {fail_on_gaps!r}")
        self.settings = settings
        self.fail_on_gaps = fail_on_gaps
        self.asked = False
        """Whether the CDK has asked it for its verdict."""
        self._attachments: list[_Attachment] = []
        self._handed_over = 0
        self._ref: object = None
        _made.append(self)

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
        if not any(same(one.root, root) and around(one.scope, path) for one in self._attachments):
            self._attach(root, path)

    def _attach(self, root: IConstruct, path: str) -> None:
        self._attachments.append(_Attachment(root, path))
        if isinstance(root, cdk.Stage):
            plugin_of(root).join(self)

    @property
    def attached(self) -> bool:
        """Whether it was given to an app at all, as an Aspect or a plugin."""
        return bool(self._handed_over or self._attachments)

    def scopes(self, root: cdk.Stage) -> tuple[str, ...]:
        """The construct paths in the app `root` that the guard was attached to as an Aspect."""
        return tuple(one.scope for one in self._attachments if same(one.root, root))

    @property
    def rule_ids(self) -> list[str]:
        """The rules that run."""
        return sorted(self.settings.select)

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Called by the CDK once the templates are written, if the guard was given to `Validations`."""
        self.asked = True
        return answer(
            lambda: plugin_of(cast(cdk.Stage, context.app_construct)),
            lambda synthesis: [
                GuardedScope(self.settings, synthesis.scopes(context.template_paths), self.fail_on_gaps)
            ],
        )


class RetryGuard(AspectGuard):
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
        fail_on_gaps: Fail as well where something is met and not understood, so that a figure may be too low. By
            default each cause is a warning.

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
        fail_on_gaps: bool = False,
    ) -> None:
        super().__init__(settings("retries", select, ignore, max_attempts=max_attempts), fail_on_gaps)


class ImageGuard(AspectGuard):
    """Finds ECR lifecycle rules that would delete or archive an image that the same app uses.

    Attached, scoped, acknowledged and configured as `RetryGuard` is; where both are attached, one report speaks for
    both::

        cdk.Aspects.of(app).add(ImageGuard(rollbacks=2))

    Args:
        rollbacks: To how many earlier images whatever runs an image must be able to go back. At least 0; 1 by default.
        pushes_per_day: How many builds a repository of images gets per day. Above 0; 10 by default.
        days_between_deployments: How many days one deployment of an image stays. At least 1; 30 by default.
        images_per_push: How many images one push leaves: an index, its platforms, attestations. At least 1; 1 by
            default.
        select: The only rules to run, by id (`seawall explain` lists them). All by default.
        ignore: Rules to leave out. None by default.
        fail_on_gaps: Fail as well where it is not known what becomes of an image in use.

    Raises:
        ValueError: No such rule, no rule left to run, a number that is too small, or an unreadable settings file.
        TypeError: An argument of another type.
    """

    def __init__(
        self,
        rollbacks: int | None = None,
        *,
        pushes_per_day: float | None = None,
        days_between_deployments: int | None = None,
        images_per_push: int | None = None,
        select: Iterable[str] | None = None,
        ignore: Iterable[str] | None = None,
        fail_on_gaps: bool = False,
    ) -> None:
        chosen = settings(
            "images",
            select,
            ignore,
            rollbacks=rollbacks,
            pushes_per_day=pushes_per_day,
            days_between_deployments=days_between_deployments,
            images_per_push=images_per_push,
        )
        super().__init__(chosen, fail_on_gaps)


def guard(
    app: IConstruct,
    max_attempts: int | None = None,
    *,
    rollbacks: int | None = None,
    pushes_per_day: float | None = None,
    days_between_deployments: int | None = None,
    images_per_push: int | None = None,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] | None = None,
    fail_on_gaps: bool = False,
) -> None:
    """Have `cdk synth` fail on retries that multiply, failing work that loops, and images in use that would be deleted.

    One line in ``app.py``, anywhere before ``app.synth()``::

        app = cdk.App()
        seawall.guard(app)

    It judges the synthesized templates, as `RetryGuard` and `ImageGuard` do, and visits no construct, which is faster.
    What could not be understood is a warning, one for each cause.

    Args:
        app: The app; or a Stage, a stack or any other construct of one, to report only on what is within it.
        max_attempts: How many runs of one function or state, for one event, are fine. At least 1; 10 by default.
        rollbacks: To how many earlier images whatever runs an image must be able to go back. At least 0; 1 by default.
        pushes_per_day: How many builds a repository of images gets per day. Above 0; 10 by default.
        days_between_deployments: How many days one deployment of an image stays. At least 1; 30 by default.
        images_per_push: How many images one push leaves: an index, its platforms, attestations. At least 1; 1 by
            default.
        select: The only rules to run, by id (`seawall explain` lists them). All by default.
        ignore: Rules to leave out. None by default.
        fail_on_gaps: Fail as well where something is met and not understood, so that a figure may be too low.

    What is not given here is taken from the settings file, as by `RetryGuard`.

    Raises:
        TypeError: `app` is no construct or is not in an app; or an argument of another type.
        ValueError: No such rule, no rule left to run, a number that is too small, or an unreadable settings file.
    """
    node = getattr(app, "node", None)
    if node is None:
        raise TypeError(f"guard takes an app, a stack or another construct, not {app!r}")
    root = node.root
    if not isinstance(root, cdk.Stage):
        raise TypeError(f"{node.path or 'the construct'} is not in an app: give the app, or put it into one")
    chosen = settings(
        "",
        select,
        ignore,
        max_attempts=max_attempts,
        rollbacks=rollbacks,
        pushes_per_day=pushes_per_day,
        days_between_deployments=days_between_deployments,
        images_per_push=images_per_push,
    )
    AspectGuard(chosen, fail_on_gaps)._attach(root, node.path)


def _note_silence() -> None:
    """Say at the end of a run that a guard was attached and never asked: it cannot tell by itself.

    Not where the run failed for another reason, and not in tests, which attach guards without a synth.
    """
    unasked = sum(guard.attached and not guard.asked for guard in _made)
    main = getattr(sys.modules.get("__main__"), "__spec__", None)
    testing = "pytest" in sys.modules or (main is not None and main.name.startswith("unittest."))
    if unasked and not testing and not hasattr(sys, "last_type"):
        what = "a guard was" if unasked == 1 else f"{unasked} guards were"
        sys.stderr.write(f"note: Seawall judged nothing: {what} attached after the last synth, or without one\n")


atexit.register(_note_silence)
