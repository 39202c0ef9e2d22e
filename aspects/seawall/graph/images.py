"""The vocabulary of images in use: repositories as declared, and what names an image in one of them.

Nothing here judges: what a lifecycle policy means, and whether an image survives it, is decided on a higher floor.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from seawall.template import Address, Json, Setting, Unknown, side_of

from .model import Place


class Origin(StrEnum):
    """Where a repository stands, seen from the templates analysed."""

    ANALYSED = "analysed"
    """A resource of an analysed template: its lifecycle policy is known."""
    OUTSIDE = "outside"
    """A private repository of ECR that no analysed template declares."""
    ASSETS = "cdk-assets"
    """CDK's own repository for container assets, which all apps of an account and Region share."""
    PUBLIC = "public"
    """ECR Public, whose repositories have no lifecycle policies."""
    THIRD_PARTY = "third-party"
    """A registry that is not ECR, or an image that the service itself supplies."""
    UNKNOWN = "unknown"
    """The template does not tell."""


class RepositoryRef(Struct, frozen=True):
    """The repository that an image reference points at."""

    origin: Origin
    address: Address | None = None
    """The resource, if it is an analysed one."""
    name: str | None = None
    """The name as `Fn::Sub` would write it; of a registry that is not ECR, the whole name with its host."""
    account: str | None = None
    """As written: digits, ``${AWS::AccountId}``, or None where that is not known."""
    region: str | None = None
    why: str = ""
    """Why nothing is known of it, or why nothing needs to be."""

    @property
    def private(self) -> bool:
        """Whether it is a repository whose lifecycle policy may matter."""
        return self.origin in (Origin.ANALYSED, Origin.OUTSIDE, Origin.ASSETS)

    @property
    def key(self) -> str:
        """The same for two references to one repository.

        >>> RepositoryRef(Origin.OUTSIDE, None, "web", "111122223333", "eu-west-1").key
        '111122223333/eu-west-1/web'
        """
        if self.address is not None:
            return f"{self.address.template}#{self.address.logical_id}"
        return "/".join((self.account or "?", self.region or "?", self.name or "?")) if self.private else self.origin


class ImageName(Struct, frozen=True):
    """One image as a template names it."""

    repository: RepositoryRef
    tag: str | None = None
    """None beside a digest that stands alone, and where the tag cannot be resolved."""
    digest: str | None = None
    """Beside a tag the digest counts; ECS and the container runtimes ignore the tag then."""
    text: str = ""
    """The reference for a reader, what is not literal as `Fn::Sub` would write it."""
    why: str = ""
    """Why neither tag nor digest is known; empty exactly if one is."""
    implied: bool = False
    """Whether the tag is `latest` only because none is written."""
    choices: tuple[tuple[str, bool], ...] = ()
    """Conditions that decide that it is this image, and whether each holds. Two names of one place whose choices
    contradict each other are never in use at the same time."""

    pinned: bool = False
    """Whether a digest stands here, known or not."""

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions in `choices`, each with its side; what a parameter is instead of what it is not."""
        known = {name.partition(" is ")[0] for name, holds in self.choices if holds and " is " in name}
        told = (each for each in self.choices if each[1] or each[0].partition(" is ")[0] not in known)
        return tuple(side_of(name, holds=holds) for name, holds in told)

    def excludes(self, other: ImageName) -> bool:
        """Whether a condition lets only one of the two be in use.

        Only for names in one template, since conditions are its own.
        """
        taken = dict(self.choices)
        return any(taken.get(name, holds) is not holds for name, holds in other.choices)

    @property
    def resolved(self) -> bool:
        """Whether it is known which image this is."""
        return self.tag is not None or self.digest is not None


class Binding(StrEnum):
    """When a consumer turns the tag that it names into a digest."""

    REVISION = "digest per service revision"
    """The first task of a deployment fixes the digest, and every later start of that revision uses it."""
    DEPLOYMENT = "digest at deployment"
    """Once, when the resource is created or updated."""
    START = "tag at each start"
    """Whenever a task, pod or worker starts."""
    RUN = "per run"
    """For each build, job or run, which uses the image once."""
    UNKNOWN = "unknown"


class FunctionVersion(Struct, frozen=True):
    """A published version of a function: frozen, with a digest of its own."""

    address: Address | None = None
    """None where SAM publishes the version (``AutoPublishAlias``), and where only its number is named."""
    number: str | None = None
    """The number that an alias names: a version that exists already, and whose image the template does not tell."""
    aliases: tuple[str, ...] = ()
    """Names of the aliases that route to it."""
    retained: bool = False
    """Earlier versions stay when the template publishes a new one, and so do the images they use."""


class Runner(Struct, frozen=True):
    """What starts tasks of a definition: a service, a rule, a schedule, a pipe or a state machine."""

    site: str
    place: Place
    kind: str
    """A kind of `ImageUse`."""
    binds: Binding
    desired: Setting[int] | None = None
    conditions: tuple[str, ...] = ()


class ImageUse(Struct, frozen=True):
    """One container image that something in the template runs."""

    site: str
    """Site id of the consumer: what runs the image, so of an ECS service the service, not its task definition."""
    kind: str
    place: Place
    """Where the image is named."""
    image: ImageName
    binds: Binding
    runs_at: Place
    """Where the consumer refers to the thing that names the image; the same as `place` if it names the image itself."""
    via: str = ""
    """Resource type of the consumer, or what stands in its place (a Helm chart, a state machine's task)."""
    container: str | None = None
    """The container's name, where there are several."""
    desired: Setting[int] | None = None
    """How many copies a service or deployment wants; None for what has no such number."""
    consistency: Setting[bool] | None = None
    """Version consistency of an ECS container: whether a service pins the digest. None outside ECS."""
    versions: tuple[FunctionVersion, ...] = ()
    """Published versions of a Lambda function; each one uses an image beside `$LATEST`."""
    automatic: bool = False
    """Whether the service deploys by itself when the tag moves (App Runner)."""
    conditions: tuple[str, ...] = ()
    """Conditions under which the use exists; those of the image's name included."""
    pulled_every: float | None = None
    """Longest time in days between two pulls that a schedule of the app makes; None where there is none."""
    unrecorded: bool = False
    """Whether its pulls are excluded from ECR's record of the last pull."""


class PolicyText(Struct, frozen=True):
    """A lifecycle policy as far as it can be read; its meaning is not looked at here."""

    place: Place
    text: str | None = None
    """As ECR would get it, if every part is literal."""
    document: Json | None = None
    """The JSON in it; where only some values are not literal, these are ``${...}`` tokens. None: unreadable."""
    unknown: Unknown | None = None
    """Why the text, or a part of it, is not known; or why it is not JSON."""
    conditions: tuple[str, ...] = ()


class TagFilter(Struct, frozen=True):
    """An exclusion from a repository's tag mutability."""

    type: Setting[str]
    value: Setting[str]


class Retention(Struct, frozen=True):
    """What CloudFormation does with a repository that leaves the template, or is replaced."""

    on_delete: str
    """``Delete``, ``Retain``, ``RetainExceptOnCreate``; as written, or CloudFormation's default."""
    on_replace: str
    written: tuple[str, ...] = ()
    """Which of the two attributes the template sets."""
    empty_on_delete: Setting[bool] | None = None
    emptied_by: Address | None = None
    """The custom resource that deletes all images before the repository goes, if there is one."""
    create_only: tuple[str, ...] = ()
    """Properties set here of which a change replaces the repository."""


class Habits(Struct, frozen=True):
    """What an author states of a repository; None is what is not stated."""

    pushes_per_day: float | None = None
    paces: tuple[tuple[str, float], ...] = ()
    """Patterns of tags and how many builds a day get such tags, where that is stated family by family."""
    rollbacks: int | None = None
    days_between_deployments: int | None = None
    images_per_push: int | None = None
    also_tagged: tuple[str, ...] | None = None
    """Patterns of the tags that each image in use carries besides the one named; empty: none."""
    used_elsewhere: tuple[str, ...] = ()
    """Tags that others than this app run."""
    images_elsewhere: int = 0
    """Images that others run, where only their number is stated."""
    pulled_daily: bool = False
    """Whether everything in use is pulled every day."""
    build_tags: tuple[str, ...] | None = None
    moving_tags: tuple[str, ...] | None = None


class RepositoryFound(Struct, frozen=True):
    """A private repository, or a template from which ECR itself makes repositories."""

    site: str
    place: Place
    kind: str
    """``repository``, ``cdk-assets`` (the bootstrap template itself) or ``creation-template``."""
    name: str | None
    """`RepositoryName` as `Fn::Sub` would write it, None where it is made up or not known; of a creation template the
    prefix (``ROOT``: all repositories that no other template covers)."""
    policies: tuple[PolicyText, ...]
    """None without a policy, one as a rule, several where a condition chooses."""
    mutability: Setting[str]
    filters: tuple[TagFilter, ...] = ()
    retention: Retention | None = None
    """None for a creation template."""
    registry: str | None = None
    """Account named beside the policy (`LifecyclePolicy.RegistryId`)."""
    applied_for: tuple[str, ...] = ()
    """Of a creation template: ``REPLICATION``, ``PULL_THROUGH_CACHE``, ``CREATE_ON_PUSH``."""
    account: str | None = None
    region: str | None = None
    condition: str | None = None
    habits: Habits | None = None

    @property
    def bootstraps(self) -> bool:
        """Whether it is the repository that all CDK apps of an account and Region share."""
        return self.kind == "cdk-assets"

    @property
    def policy(self) -> PolicyText | None:
        """The only policy; None if there is none, or if a condition chooses."""
        return self.policies[0] if len(self.policies) == 1 else None
