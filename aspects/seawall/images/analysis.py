"""From what the templates declare to verdicts: every image in use, against the policy of the repository that holds it.

Where the templates leave a policy or an image open, the verdict is unknown, with the reason: nothing is guessed in its
place. Uses and policies that exist only under conditions are judged as if these let them be; `Used.conditions` says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import (
    Binding,
    Flow,
    Gap,
    GapKind,
    Habits,
    ImageUse,
    Origin,
    PolicyText,
    RepositoryFound,
    RepositoryRef,
)
from seawall.template import Address, Json

from .dead import DeadRule, dead_rules
from .facts import BOOTSTRAP_WINDOW
from .kinds import KINDS
from .parse import Malformed, parse
from .policy import DAYS, CountType, LifecyclePolicy, LifecycleRule, Selection, TagStatus
from .problems import Problem
from .questions import made_from, unknown_repository
from .references import Binds, Consumer, ImageReference
from .repair import PolicyRepair, Unrepairable, repair
from .repositories import IMMUTABLE, MUTABLE, REFUSED, UNDECLARED, Mode, Mutability, Repository, RepositoryKind
from .settings import ImageSettings
from .stated import elsewhere, known, stated
from .uri import is_asset_tag
from .validate import validate
from .verdicts import Judgement, Verdict, judge

STOCK = LifecyclePolicy(
    (LifecycleRule(1, Selection(TagStatus.UNTAGGED, CountType.PUSHED, BOOTSTRAP_WINDOW.value, count_unit=DAYS)),)
)
"""The policy of CDK's own asset repository, as its bootstrap template sets it."""
STOCK_WHY = "CDK's asset repository under its stock policy, which expires untagged images only; assets keep their tags"
NOT_RUN = "ecs-task-definition"
"""Kind of a use by a task definition that nothing in the templates starts."""
CREATION = "creation-template"
"""Kind of what ECR makes repositories from that do not exist yet."""
STATED = "stated"
"""Kind of a use by others than the app, which its author states."""
NAMED = "named"
"""Kind of a use of which only the name of the image is known."""

_BINDS = {
    Binding.REVISION: Binds.DIGEST,
    Binding.DEPLOYMENT: Binds.DIGEST,
    Binding.START: Binds.TAG,
    Binding.RUN: Binds.TAG,
    Binding.UNKNOWN: Binds.UNKNOWN,
}


class Used(Struct, frozen=True):
    """One image in use, and what becomes of it."""

    use: ImageUse
    consumer: Consumer
    judgement: Judgement
    conditions: tuple[str, ...] = ()
    """Conditions under which the verdict holds: those of the use, of the policy and of the repository."""

    @property
    def endangered(self) -> bool:
        """Whether a rule takes the image, for certain or after an ordinary course of events."""
        return self.judgement.verdict in (Verdict.ENDANGERED, Verdict.DOOMED)


class RepositoryCase(Struct, frozen=True, dict=True):
    """One repository under one policy, and the images of it that are in use."""

    repository: Repository
    used: tuple[Used, ...]
    settings: ImageSettings
    found: RepositoryFound | None = None
    """The resource; None for CDK's asset repository and others that no template declares."""
    text: PolicyText | None = None
    problems: tuple[Problem, ...] = ()
    dead: tuple[DeadRule, ...] = ()

    @property
    def consumers(self) -> tuple[Consumer, ...]:
        """Who uses images of it, others than this app included."""
        habits = None if self.found is None else self.found.habits
        return (*(each.consumer for each in self.used), *elsewhere(habits, self.repository))

    @cached_property
    def repaired(self) -> PolicyRepair | Unrepairable:
        """A corrected policy, proven to hold over the next deployments."""
        return repair(self.repository, self.consumers, self.settings)


class ImageAnalysis(Struct, frozen=True):
    """Every image in use and every lifecycle policy of an app."""

    cases: tuple[RepositoryCase, ...] = ()
    elsewhere: tuple[ImageUse, ...] = ()
    """Uses whose repository the templates do not tell."""
    ignored: int = 0
    """Uses of images outside private registries, which no lifecycle policy touches."""

    @property
    def used(self) -> tuple[Used, ...]:
        """Every use of an image that was judged."""
        return tuple(each for case in self.cases for each in case.used)

    @property
    def uses(self) -> tuple[ImageUse, ...]:
        """Every use of an image of a private registry, of those of which nothing is known as well."""
        return (*(each.use for each in self.used), *self.elsewhere)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is open about images, one entry for each place that uses one and each question.

        Where the app declares no lifecycle policy, nothing of it can delete an image: such a question touches no site.
        """
        policies = any(case.text is not None for case in self.cases)
        judged = (
            _question(each.use, question.text, policies)
            for each in self.used
            if not each.endangered
            for question in each.judgement.open
        )
        named = (
            _question(use, unknown_repository(use.image.text, use.image.repository.why or use.image.why).text, policies)
            for use in self.elsewhere
        )
        return tuple(dict.fromkeys((*judged, *named)))


def _question(use: ImageUse, text: str, touches: bool) -> Gap:
    touched = (use.site,) if touches else ()
    return Gap(use.site, use.place.property, text, use.place, what=GapKind.IMAGE, touches=touched)


NOTHING = ImageAnalysis()


Earlier: TypeAlias = "Callable[[str, str], ImageReference | None]"
"""What a consumer ran before, by its name and that of the repository."""


class _Users(Struct, frozen=True):
    """Whoever uses an image."""

    names: Mapping[ImageUse, str]
    earlier: Earlier | None = None

    def consumer(self, use: ImageUse, repository: Repository) -> Consumer:
        """Who runs the image, with what it ran before."""
        name = self.names[use]
        before = None if self.earlier is None else self.earlier(name, repository.key)
        return replace(_consumer(use, name, repository), earlier=before)


def analyse_images(flow: Flow, settings: ImageSettings | None = None, earlier: Earlier | None = None) -> ImageAnalysis:
    """Judge every image that `flow` knows to be in use; `earlier` tells what each rollback goes back to."""
    settings = settings or ImageSettings()
    uses = tuple(dict.fromkeys(flow.images))
    private = [use for use in uses if use.image.repository.private]
    unclear = tuple(use for use in uses if use.image.repository.origin is Origin.UNKNOWN)
    users = _Users(_names(private), earlier)
    cases: list[RepositoryCase] = []
    taken: set[ImageUse] = set()
    assets = [found for found in flow.repositories if found.bootstraps]
    by_home: dict[Address | None, list[ImageUse]] = {}
    for use in private:
        by_home.setdefault(_home(use.image.repository, assets), []).append(use)
    for found in flow.repositories:
        mine = by_home.get(found.place.address, [])
        taken.update(mine)
        cases.extend(_cases(found, mine, users, settings))
    others: dict[str, list[ImageUse]] = {}
    for use in private:
        if use not in taken:
            others.setdefault(use.image.repository.key, []).append(use)
    makers = [found for found in flow.repositories if found.kind == CREATION]
    cases.extend(_undeclared(mine, users, settings, makers) for _, mine in sorted(others.items()))
    return ImageAnalysis(tuple(cases), unclear, len(uses) - len(private) - len(unclear))


def _names(uses: Iterable[ImageUse]) -> Mapping[ImageUse, str]:
    """What to call whoever uses an image: its site, and the container where one site runs several images."""
    by_site: dict[str, list[ImageUse]] = {}
    for use in uses:
        by_site.setdefault(use.site, []).append(use)
    found = {}
    for site, mine in by_site.items():
        several = len({(use.container, use.place) for use in mine}) > 1
        for use in mine:
            found[use] = f"{site} ({use.container})" if several and use.container else site
            if use.kind == STATED and use.container:
                found[use] = use.container
    return found


def _home(ref: RepositoryRef, assets: Sequence[RepositoryFound]) -> Address | None:
    """The repository that `ref` means. A bootstrap template among the templates speaks for all assets."""
    if ref.address is None and ref.origin is Origin.ASSETS and len(assets) == 1:
        return assets[0].place.address
    return ref.address


def _cases(
    found: RepositoryFound, uses: list[ImageUse], users: _Users, settings: ImageSettings
) -> Iterator[RepositoryCase]:
    for text in found.policies or (None,):
        policy, unknown, problems = _policy(text)
        repository = Repository(found.site, policy, _mutability(found), _kind(found, uses), unknown)
        under = (*((found.condition,) if found.condition else ()), *(text.conditions if text else ()))
        habits = stated(found.habits, _staged(repository, found, settings))
        used = _judged(repository, uses, users, habits, under, found.habits)
        dead = () if policy is None or unknown else dead_rules(policy, (each.consumer for each in used))
        yield RepositoryCase(repository, used, habits, found, text, problems, dead)


def _undeclared(
    uses: list[ImageUse], users: _Users, settings: ImageSettings, makers: Sequence[RepositoryFound]
) -> RepositoryCase:
    """Uses of a repository that no template declares."""
    ref = uses[0].image.repository
    if ref.origin is Origin.ASSETS:
        repository = Repository(ref.name or ref.key, STOCK, IMMUTABLE, RepositoryKind.ASSETS)
        used = tuple(
            replace(each, judgement=replace(each.judgement, why=STOCK_WHY))
            if each.judgement.verdict is Verdict.SAFE
            else each
            for each in _judged(repository, uses, users, settings, ())
        )
        return RepositoryCase(repository, used, settings)
    repository = Repository(ref.name or ref.key, unknown=UNDECLARED)
    used = _judged(repository, uses, users, settings, ())
    maker = _maker(ref, makers)
    if maker is not None:
        case = next(_cases(maker, uses, users, settings))
        then = {each.use: f"{each.judgement.verdict}: {each.judgement.why}" for each in case.used}
        used = tuple(_asked(each, maker.site, then[each.use]) for each in used)
    return RepositoryCase(repository, used, settings)


def _maker(ref: RepositoryRef, makers: Iterable[RepositoryFound]) -> RepositoryFound | None:
    """The template from which ECR makes a repository of this name: the longest prefix, else the one for all (ROOT).

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html (2026-11-22)
    """
    name = ref.name or ""
    mine = [each for each in makers if each.name and (each.name == "ROOT" or name.startswith(f"{each.name}/"))]
    return max(mine, key=lambda each: (each.name != "ROOT", len(each.name or "")), default=None)


def _asked(used: Used, maker: str, judged: str) -> Used:
    asked = tuple(made_from(question, maker, judged) for question in used.judgement.open)
    return replace(used, judgement=replace(used.judgement, open=asked))


def _policy(text: PolicyText | None) -> tuple[LifecyclePolicy | None, str, tuple[Problem, ...]]:
    """A policy, why it is not known, and what is wrong with it."""
    if text is None:
        return None, "", ()
    source: Json = text.text
    if source is None:
        source = _literal(text.document) if text.unknown is not None else text.document
    if not isinstance(source, (str, dict)):
        why = text.unknown.why if text.unknown is not None else "what stands in its place is no policy"
        return None, why, ()
    if text.unknown is not None and text.document is None:
        unread = parse(source)
        return None, text.unknown.why, unread.problems if isinstance(unread, Malformed) and text.text else ()
    policy = parse(source)
    if isinstance(policy, Malformed):
        return None, REFUSED, policy.problems
    problems = validate(policy)
    return policy, REFUSED if any(problem.certain for problem in problems) else "", problems


def _literal(document: Json) -> Json:
    """`document` if only descriptions in it are not literal; these do not matter."""
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list):
        return None
    rules: list[Any] = document["rules"]
    plain = [
        {k: v for k, v in rule.items() if k != "description"} if isinstance(rule, dict) else rule for rule in rules
    ]
    found: dict[str, Any] = {**document, "rules": plain}
    return None if "${" in json.dumps(found) else found


def _mutability(found: RepositoryFound) -> Mutability:
    filters = [each.value.value for each in found.filters]
    word = found.mutability.value
    if word is None or word not in set(Mode) or None in filters:
        return Mutability(None)
    mode = Mode(word)
    return MUTABLE if mode is Mode.MUTABLE else Mutability(mode, tuple(each for each in filters if each is not None))


def _kind(found: RepositoryFound, uses: Iterable[ImageUse]) -> RepositoryKind:
    tags = [use.image.tag for use in uses]
    staged = bool(tags) and all(tag is not None and is_asset_tag(tag) for tag in tags)
    if found.bootstraps or staged:
        return RepositoryKind.ASSETS
    return RepositoryKind.PULL_THROUGH if "PULL_THROUGH_CACHE" in found.applied_for else RepositoryKind.ORDINARY


def _staged(repository: Repository, found: RepositoryFound, settings: ImageSettings) -> ImageSettings:
    """The habits around a repository of one asset, as a staging stack of the CDK makes them: what arrives there is the
    next deployment's own image, so that a number of images to keep is a number of deployments, however soon they come.
    In the repository that all apps of an account share, all of them push.
    """
    staged = repository.kind is RepositoryKind.ASSETS and not found.bootstraps
    return replace(settings, deployments_only=True) if staged else settings


def _judged(
    repository: Repository,
    uses: Iterable[ImageUse],
    users: _Users,
    settings: ImageSettings,
    under: tuple[str, ...],
    habits: Habits | None = None,
) -> tuple[Used, ...]:
    """The verdicts on `uses`, each beside those that exist whenever it does, and beside what is used elsewhere."""
    made = {use: users.consumer(use, repository) for use in sorted(uses, key=lambda use: users.names[use])}
    made = {use: known(each, habits, number) for number, (use, each) in enumerate(made.items(), 1)}
    others = elsewhere(habits, repository)
    together: dict[tuple[ImageUse, ...], tuple[Judgement, ...]] = {}
    found = []
    for use in made:
        beside = tuple(other for other in made if other is use or _exists_with(other, use))
        if beside not in together:
            together[beside] = judge(repository, [*(made[each] for each in beside), *others], settings)
        judgement = together[beside][beside.index(use)]
        if not use.image.resolved and judgement.verdict is Verdict.UNKNOWN and use.image.why:
            judgement = replace(judgement, why=f"{judgement.why} (which image it is: {use.image.why})")
        conditions = tuple(dict.fromkeys((*under, *use.conditions)))
        found.append(Used(use, made[use], judgement, conditions))
    return tuple(found)


def _exists_with(other: ImageUse, use: ImageUse) -> bool:
    """Whether `other` surely exists where `use` does; of a condition only its name is known, not its side."""
    return not other.image.conditions and set(other.conditions) <= set(use.conditions)


def _consumer(use: ImageUse, name: str, repository: Repository) -> Consumer:
    image = use.image
    reference = ImageReference(repository.key, image.tag, image.digest, pinned=image.pinned)
    known = KINDS.get(use.kind)
    frozen = sum(1 for version in use.versions if version.number is not None and version.aliases)
    binds = _BINDS[use.binds]
    if known is None:
        return Consumer(name, use.kind, reference, binds, retained=frozen, pulled_every=use.pulled_every)
    pulls = False if use.unrecorded else known.pulls
    return Consumer(name, use.kind, reference, binds, pulls, known.needs_rollback, frozen, use.pulled_every)
