"""What an author states about a construct, because its template cannot say it. See `docs/statements.md`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from seawall.services.statements.forms import TRAITS, not_of
from seawall.services.statements.stated import KEY

if TYPE_CHECKING:
    from aws_cdk import CfnResource
    from constructs import IConstruct

Named: TypeAlias = "IConstruct | str"
"""A construct; or text: a logical id of the same stack, a construct path, an ARN or a URL."""

_ARNS = (
    "queue_arn",
    "topic_arn",
    "function_arn",
    "state_machine_arn",
    "event_bus_arn",
    "stream_arn",
    "table_arn",
    "bucket_arn",
    "rule_arn",
    "delivery_stream_arn",
)
"""Under which name a construct of the CDK has its ARN, for those that were imported."""


class Flow:
    """States what code decides and no template shows, on the resource itself.

    Statements go into the `Metadata` of the construct's resource, so that `cdk synth`, the command line and apps in
    other languages see the same. They add up, and can be chained::

        Flow.of(worker).sends_to(queue, when="failure", laps=5).idempotent("keyed by order id")
        Flow.of(worker).never_sends_to(topic)
        Flow.of(machine).once_per_batch()
        Flow.of(repository).pushes_per_day(3).also_tagged("sha-*")

    Nothing here makes one resource depend on another: what is named in the same stack is written as its logical id,
    what is in another one as its construct path, and what was imported as its ARN.

    What contradicts the rest of the template shows once that is written: rule `wrong-statement`.
    """

    def __init__(self, resource: CfnResource) -> None:
        self._resource = resource

    @classmethod
    def of(cls, construct: IConstruct) -> Flow:
        """What is to be stated of `construct`.

        Args:
            construct: A function, state machine, rule, subscription, topic, pipe or any other construct that is one
                resource, or that resource itself.

        Raises:
            TypeError: It is no construct, or it is none of one resource: it was imported, or holds several.
        """
        found = _resource(construct)
        if found is None:
            raise TypeError(
                f"Flow.of takes a construct that makes a resource, not {_said(construct)}: of what was imported, state "
                "it where it is made; of a construct that holds several resources, take one of them"
            )
        return cls(found)

    def sends_to(
        self, target: Named, *, when: Literal["failure", "always"] = "failure", laps: int | None = None
    ) -> Flow:
        """Its code sends the event to `target` and is done once it is accepted.

        Args:
            target: To what.
            when: ``failure``: if its run failed; ``always``: in any case.
            laps: How often at most one event comes round this way, if it leads back. At least 1.

        Raises:
            TypeError: `target` is nothing that can be named, or `laps` no whole number.
            ValueError: `when` is neither of the two, or `laps` is below 1.
        """
        if when not in ("failure", "always"):
            raise ValueError(f"when takes 'failure' or 'always', not {when!r}")
        return self._add("sends_to", target, when=when, laps=_laps(laps))

    def calls(self, target: Named, *, raises: bool = True, laps: int | None = None) -> Flow:
        """Its code calls `target` and waits for the outcome.

        Args:
            target: What it calls.
            raises: Whether it fails when the call does.
            laps: How often at most one event comes round this way, if it leads back. At least 1.

        Raises:
            TypeError: `target` is nothing that can be named, `raises` no bool, or `laps` no whole number.
            ValueError: `laps` is below 1.
        """
        return self._add("calls", target, raises=None if _flag("raises", raises) else False, laps=_laps(laps))

    def never_sends_to(self, target: Named) -> Flow:
        """It neither sends anything to `target` nor calls it, whatever its role allows.

        Raises:
            TypeError: `target` is nothing that can be named.
        """
        return self._add("never_sends_to", target)

    def idempotent(self, reason: str = "") -> Flow:
        """Running again has no further effect; `reason` says why. It runs, and costs, as often all the same.

        Raises:
            TypeError: `reason` is no text.
            ValueError: It is stated of something else than a function or a state machine.
        """
        if not isinstance(reason, str):
            raise TypeError(f"idempotent takes a reason, or nothing, not {reason!r}")
        return self._set("idempotent", reason or True)

    def raises(self, raises: bool) -> Flow:
        """Whether errors leave the handler; they do unless it swallows them all, and answers as if all were well.

        Raises:
            TypeError: `raises` is no bool.
            ValueError: It is stated of something else than a function.
        """
        return self._set("raises", _flag("raises", raises))

    def once_per_batch(self) -> Flow:
        """One run takes all events that its starter read at once, not one run each.

        Raises:
            ValueError: It is stated of something else than a function or a state machine.
        """
        return self._set("once_per_batch", True)

    def matches(self, matches: bool) -> Flow:
        """Whether events of this app pass the rule's pattern, or the subscription's filter policy.

        Raises:
            TypeError: `matches` is no bool.
            ValueError: It is stated of something else than a rule or a subscription.
        """
        return self._set("matches", _flag("matches", matches))

    def pushes_per_day(self, pushes: float | Mapping[str, float]) -> Flow:
        """How many builds a day its images get; or how many each family of tags, such as ``{"sha-*": 20}``.

        Raises:
            ValueError: It is no number above 0, or it is stated of something else than a repository.
        """
        return self._image("pushes_per_day", dict(pushes) if isinstance(pushes, Mapping) else pushes)

    def days_between_deployments(self, days: int) -> Flow:
        """How many days one deployment of its images stays.

        Raises:
            ValueError: It is no whole number from 1, or it is stated of something else than a repository.
        """
        return self._image("days_between_deployments", days)

    def rollbacks(self, rollbacks: int) -> Flow:
        """To how many earlier images whatever runs one of them must be able to go back.

        Raises:
            ValueError: It is no whole number from 0, or it is stated of something else than a repository.
        """
        return self._image("rollbacks", rollbacks)

    def images_per_push(self, images: int) -> Flow:
        """How many manifests a push leaves: an index, its platforms, attestations.

        Raises:
            ValueError: It is no whole number from 1, or it is stated of something else than a repository.
        """
        return self._image("images_per_push", images)

    def build_tags(self, *patterns: str) -> Flow:
        """Patterns of tags that CI pushes, one for each build.

        Raises:
            ValueError: A pattern is no text, or it is stated of something else than a repository.
        """
        return self._image("build_tags", list(patterns))

    def moving_tags(self, *patterns: str) -> Flow:
        """Patterns of all tags that are pushed again; none: no tag is.

        Raises:
            ValueError: A pattern is no text, or it is stated of something else than a repository.
        """
        return self._image("moving_tags", list(patterns))

    def also_tagged(self, *patterns: str) -> Flow:
        """Patterns of the further tags that each image in use carries; none: it carries none.

        Raises:
            ValueError: A pattern is no text, or it is stated of something else than a repository.
        """
        return self._image("also_tagged", list(patterns))

    def used_elsewhere(self, *tags: str, images: int | None = None) -> Flow:
        """Tags of images that others than this app run; or only how many such `images` there are.

        Raises:
            ValueError: Both are given or none, or it is stated of something else than a repository.
        """
        if bool(tags) is (images is not None):
            raise ValueError("used_elsewhere takes tags, or a number of images")
        return self._image("used_elsewhere", list(tags) or images)

    def pulled_daily(self) -> Flow:
        """What is in use of it is pulled every day.

        Raises:
            ValueError: It is stated of something else than a repository.
        """
        return self._image("pulled_daily", True)

    def _image(self, trait: str, value: Any) -> Flow:
        form = TRAITS[trait]
        if not form.fits(value):
            raise ValueError(f"{trait} takes {form.words}, not {value!r}")
        return self._set(trait, value)

    def _add(self, verb: str, target: Named, **more: object) -> Flow:
        entry = {"to": self._named(verb, target), **{name: value for name, value in more.items() if value is not None}}
        section = self._section()
        entries = section.setdefault(verb, [])
        if entry not in entries:
            entries.append(entry)
        self._resource.add_metadata(KEY, section)
        return self

    def _set(self, trait: str, value: object) -> Flow:
        why = not_of(trait, self._resource.cfn_resource_type)
        if why:
            raise ValueError(f"{self._resource.node.path}: {why}")
        self._resource.add_metadata(KEY, {**self._section(), trait: value})
        return self

    def _section(self) -> dict[str, Any]:
        """What has been stated so far."""
        section = self._resource.get_metadata(KEY)
        if section is not None and not isinstance(section, dict):
            raise TypeError(f"{self._resource.node.path}: its metadata {KEY!r} is no object, but {section!r}")
        return dict(section or {})

    def _named(self, verb: str, target: Named) -> str:
        if isinstance(target, str) and target:
            return target
        found = _resource(target)
        if found is None:
            arns = (getattr(target, name, None) for name in _ARNS)
            arn = next((each for each in arns if isinstance(each, str)), None)
            if arn is None:
                raise TypeError(f"{verb} takes a construct that makes a resource, or an ARN, not {_said(target)}")
            return arn
        same = found.stack.node.path == self._resource.stack.node.path
        return found.logical_id if same else found.node.path


def _resource(construct: object) -> CfnResource | None:
    """The resource that a construct is or makes."""
    try:
        from aws_cdk import CfnResource
    except ModuleNotFoundError as error:
        raise ImportError("Flow needs the AWS CDK: pip install 'seawall[cdk]'", name=error.name) from None
    if isinstance(construct, CfnResource):
        return construct
    node = getattr(construct, "node", None)
    child = getattr(node, "default_child", None)
    return child if isinstance(child, CfnResource) else None


def _said(thing: object) -> str:
    node = getattr(thing, "node", None)
    return repr(thing) if node is None else str(node.path or "the app")


def _laps(laps: object) -> int | None:
    if laps is None:
        return None
    if not isinstance(laps, int) or isinstance(laps, bool):
        raise TypeError(f"`laps` takes a whole number such as 5, not {laps!r}")
    if laps < 1:
        raise ValueError(f"`laps` must be at least 1, not {laps}")
    return laps


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} takes True or False, not {value!r}")
    return value
