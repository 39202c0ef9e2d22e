"""Image references as values: which repository, which tag, which digest.

    <account>.dkr.ecr[-fips].<region>.amazonaws.com[.cn]/<repository>[:tag][@sha256:...]
    <account>.dkr-ecr[-fips].<region>.on.aws/<repository>[:tag][@sha256:...]        (dual stack; inferred)

The CDK puts such a text together from the pieces of a repository's ARN and a `Ref` to it, so the repository is known
as a resource although neither its account nor its name is. To read a text with holes in it, each part that is not
literal is written as one sign that occurs in no reference.

Sources: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ecr-repository.html (`Ref` gives the name;
`Arn` and `RepositoryUri` are the attributes) and `Repository.repositoryUriForTagOrDigest` of aws-cdk-lib 2.276.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.images import ImageName, Origin, RepositoryRef
from seawall.template import (
    App,
    Concat,
    Known,
    Props,
    Reference,
    Resource,
    Template,
    Unknown,
    Value,
    concat,
    refers_to,
    render,
    resolve,
)

from ..ecr.kinds import PUBLIC_REPOSITORY, REPLICATION, REPOSITORY
from ..walking import spots
from .sides import sides

PUBLIC_HOST = "public.ecr.aws"
DEFAULT_TAG = "latest"
_FIRST_HOLE = 0xE000
"""Start of Unicode's private use area."""
_HOLE = re.compile("[\ue000-\uf8ff]")
_PART = r"(?:[a-z0-9-]+|[\ue000-\uf8ff])"
_HOST = (  # compiled where an image is read: these patterns take a fiftieth of a start
    rf"(?P<account>\d{{12}}|[\ue000-\uf8ff])\."
    rf"(?:dkr\.ecr(?:-fips)?\.(?P<region>{_PART})\.(?:amazonaws\.com(?:\.cn)?|[\ue000-\uf8ff])"
    rf"|dkr-ecr(?:-fips)?\.(?P<dual>{_PART})\.on\.aws)"
)
_FIELD = r"(?:[^:{}]|\$\{[^}]*\})+"
"""A part of an ARN, which may hold pseudo parameters."""
_ASSETS = r"cdk-[^-]{1,10}-container-assets-.+-.+|aws-cdk/assets"
"""The second is that of the first version of the CDK, and of its `LegacyStackSynthesizer`."""


def is_asset_repository(name: str) -> bool:
    """Whether a repository's name is that of CDK's container assets.

    >>> is_asset_repository("cdk-hnb659fds-container-assets-${AWS::AccountId}-eu-west-1"), is_asset_repository("web")
    (True, False)
    """
    return re.fullmatch(_ASSETS, name) is not None


def image_names(app: App, template: Template, value: Value) -> tuple[ImageName, ...]:
    """The images that `value`, resolved in `template`, names: one per side of the conditions in it."""
    found: dict[ImageName, None] = {}
    for side, choices in sides(value):
        found[replace(_image(app, template, side), choices=choices)] = None
    return tuple(found)


_SIGN = r"[\ue000-\uf8ff]"
_MENTION = rf"(?:(?:\d{{12}}|{_SIGN})\.dkr[.-]ecr(?:-fips)?\.|{_SIGN})(?:[\w.\-/@:]|{_SIGN})*"


def images_in(app: App, template: Template, value: Value) -> Iterator[ImageName]:
    """The images of analysed and private repositories that a text names, wherever in it."""
    if isinstance(value, Unknown) or (isinstance(value, Known) and not isinstance(value.value, str)):
        return
    text, holes = _masked(value)
    for found in re.finditer(_MENTION, text, re.ASCII):
        reading = _Reading(app, template, found[0].rstrip(".:-/@"), holes)
        image = reading.image()
        if image.repository.private:
            yield image
        elif (bare := reading.bare()) is not None:
            yield ImageName(bare, text=found[0], implied=True)


def repository_named(app: App, template: Template, value: Value) -> RepositoryRef:
    """The repository whose bare name or ARN `value` is."""
    for target in refers_to(app, template, value, "ecr"):
        resource = app.resource(target.address)
        if resource is not None:
            return analysed(app, resource)
        if target.literal is None or "${?}" in target.literal or target.reference is not None:
            return RepositoryRef(Origin.UNKNOWN, why=target.why)
        owner, _, name = target.literal.rpartition(":repository/")
        account, region = _owner_of(owner, template)
        origin = Origin.ASSETS if is_asset_repository(name) else Origin.OUTSIDE
        return RepositoryRef(origin, None, name, account, region, target.why)
    return RepositoryRef(Origin.UNKNOWN, why="no repository is named")


def _owner_of(arn: str, template: Template) -> tuple[str, str]:
    """Account and Region in the beginning of an ARN; those of the template where there is none."""
    found = re.fullmatch(rf"arn:{_FIELD}:ecr:(?P<region>{_FIELD}):(?P<account>{_FIELD})", arn)
    if found is None:
        return template.account or "${AWS::AccountId}", template.region or "${AWS::Region}"
    return found["account"], found["region"]


def _image(app: App, template: Template, value: Value) -> ImageName:
    if isinstance(value, Unknown):
        return _unresolved(value.why, "${?}")
    if isinstance(value, Known) and not isinstance(value.value, str):
        return _unresolved("what stands here is no text", "")
    return _Reading(app, template, *_masked(value)).image()


def _unresolved(why: str, text: str) -> ImageName:
    return ImageName(RepositoryRef(Origin.UNKNOWN, why=why), text=text, why=why)


def _masked(value: Value) -> tuple[str, tuple[Value, ...]]:
    """`value` with a sign for every part that is not literal, and what the signs stand for."""
    holes: list[Value] = []
    text = ""
    for part in value.parts if isinstance(value, Concat) else (value,):
        if isinstance(part, Known):
            text += _HOLE.sub("\ufffd", str(part.value))
        else:
            text += chr(_FIRST_HOLE + len(holes))
            holes.append(part)
            if len(holes) > 6000:
                return "", ()
    return text.strip(), tuple(holes)


class _Reading(Struct, frozen=True):
    """One reference, being taken apart."""

    app: App
    template: Template
    text: str
    holes: tuple[Value, ...]

    def image(self) -> ImageName:
        """The image that the text names."""
        whole = self._resource(self.text[:1])
        if whole is not None and self._attribute(self.text[0]) == "RepositoryUri":
            return self._beside(self._declared(whole), self.text[1:])
        host, slash, rest = self.text.partition("/")
        found = re.fullmatch(_HOST, host) if slash else None
        if found is None:
            return self._elsewhere(host, bool(slash))
        account, region = (self._filled(found[part]) for part in ("account", "region" if found["region"] else "dual"))
        name, after = _split_name(rest)
        repository = self._repository(name, account, region)
        if repository is None:  # the tag, with its colon, is in what follows the repository's name
            return self._beside(self._declared(self._resource(name[0])), rest[1:])
        if repository.origin is Origin.UNKNOWN and (owner := self._owner(found["account"])) is not None:
            repository = owner
        return self._beside(repository, after)

    def bare(self) -> RepositoryRef | None:
        """The analysed repository whose name, ARN or URI is a part of the text."""
        for sign in _HOLE.findall(self.text):
            resource = self._resource(sign)
            if resource is not None and resource.type == REPOSITORY:
                return analysed(self.app, resource)
        return None

    def _beside(self, repository: RepositoryRef, after: str) -> ImageName:
        """The image of `repository` that the tag or digest in `after` means."""
        shown = self._shown(self.text)
        if repository.address is not None:
            shown = f"${{{repository.address.logical_id}}}{self._shown(after)}"
        if after and after[0] not in ":@":
            return ImageName(repository, text=shown, why=self._why(after))
        named, at, pinned = after.removeprefix(":").partition("@")
        tag = None if _HOLE.search(named) else named or None
        digest = None if _HOLE.search(pinned) else pinned or None
        if at:
            why = "" if digest else self._why(pinned)
            return ImageName(repository, tag if digest else None, digest, shown, why, pinned=True)
        if not named:
            return ImageName(repository, DEFAULT_TAG, None, shown, implied=True)
        return ImageName(repository, tag, None, shown, "" if tag else self._why(named))

    def _elsewhere(self, host: str, slash: bool) -> ImageName:
        """An image whose host is not a private registry of ECR."""
        name, after = _split_name(self.text)
        if _HOLE.search(host if slash else name) or not name:
            repository = RepositoryRef(Origin.UNKNOWN, name=self._shown(name) or None, why=self._why(name))
        elif host == PUBLIC_HOST:
            repository = RepositoryRef(
                Origin.PUBLIC, name=self._shown(name), why="ECR Public has no lifecycle policies"
            )
        elif self.text.startswith("arn:"):
            repository = RepositoryRef(Origin.THIRD_PARTY, why="an ARN that names no image in a registry")
        else:
            registry = host if slash and re.search(r"[.:]|^localhost$", host) else "Docker Hub"
            repository = RepositoryRef(Origin.THIRD_PARTY, name=self._shown(name), why=f"lies in {registry}")
        found = self._beside(repository, after)
        unknown = repository.origin is Origin.UNKNOWN and found.implied
        return replace(found, tag=None, implied=False, why=repository.why) if unknown else found

    def _repository(self, name: str, account: str | None, region: str | None) -> RepositoryRef | None:
        """The repository called `name`; None where an analysed one's name is run together with its tag."""
        declared = self._resource(name[:1])
        if declared is not None and declared.type == REPOSITORY and self._attribute(name[0]) == "Ref":
            if len(name) == 1:
                return analysed(self.app, declared)
            if _HOLE.fullmatch(name[1:]):
                return None
        holes = [self._hole(sign) for sign in _HOLE.findall(name)]
        shown = self._shown(name)
        unclear = next((hole for hole in holes if isinstance(hole, (Unknown, Reference))), None)
        alike = _named_alike(self.app, self.template).get(signature(concat(self._parts(name)))) if unclear else None
        if alike is not None:
            return analysed(self.app, alike)
        if unclear is not None or not name:
            return RepositoryRef(Origin.UNKNOWN, None, shown or None, account, region, self._why(name))
        arn = concat(
            [Known(f"arn:aws:ecr:{region or '*'}:{account or '*'}:repository/"), *self._parts(name)],
        )
        for target in refers_to(self.app, self.template, arn, "ecr"):
            resource = self.app.resource(target.address)
            replica = resource is not None and _is_replica(self.app, resource, account, region)
            if resource is not None and resource.type == REPOSITORY and not replica:
                return analysed(self.app, resource)
        origin = Origin.ASSETS if is_asset_repository(shown) else Origin.OUTSIDE
        return RepositoryRef(origin, None, shown, account, region, "not among the analysed resources")

    def _owner(self, account: str) -> RepositoryRef | None:
        """The analysed repository out of whose ARN the registry's account was taken."""
        hole = self._hole(account)
        resource = self._resource(account)
        taken = isinstance(hole, Reference) and hole.attribute == "Arn" and hole.piece is not None
        return analysed(self.app, resource) if taken and resource is not None and resource.type == REPOSITORY else None

    def _declared(self, resource: Resource | None) -> RepositoryRef:
        if resource is not None and resource.type == REPOSITORY:
            return analysed(self.app, resource)
        if resource is not None and resource.type == PUBLIC_REPOSITORY:
            return RepositoryRef(Origin.PUBLIC, resource.address, why="ECR Public has no lifecycle policies")
        return RepositoryRef(Origin.UNKNOWN, why=f"an attribute of {resource.address.logical_id}" if resource else "")

    def _hole(self, sign: str) -> Value | None:
        at = ord(sign) - _FIRST_HOLE if len(sign) == 1 else -1
        return self.holes[at] if 0 <= at < len(self.holes) else None

    def _resource(self, sign: str) -> Resource | None:
        hole = self._hole(sign)
        return self.app.resource(hole.address) if isinstance(hole, Reference) else None

    def _attribute(self, sign: str) -> str | None:
        hole = self._hole(sign)
        return hole.attribute if isinstance(hole, Reference) and hole.piece is None else None

    def _parts(self, text: str) -> list[Value]:
        return [self._hole(sign) or Known(sign) for sign in text]

    def _shown(self, text: str) -> str:
        return render(concat(self._parts(text)))

    def _filled(self, text: str) -> str | None:
        """An account or a Region as written; that of the template where it says "here"; None if it is unknown."""
        hole = self._hole(text)
        if isinstance(hole, (Unknown, Reference)):
            return None
        here = {"${AWS::AccountId}": self.template.account, "${AWS::Region}": self.template.region}
        shown = self._shown(text)
        return here.get(shown) or shown

    def _why(self, text: str) -> str:
        """Why `text` is not known."""
        holes = [hole for sign in _HOLE.findall(text) if (hole := self._hole(sign)) is not None]
        unknown = next((hole for hole in holes if isinstance(hole, Unknown)), None)
        if unknown is not None:
            return unknown.why
        return f"is {self._shown(text)}, which only the deployment knows" if holes else "nothing is named"


def signature(value: Value) -> tuple[str, ...]:
    """The same for two expressions that have the same value in one template, whatever it is; empty for what may differ
    although it reads the same.
    """
    parts = value.parts if isinstance(value, Concat) else (value,)
    found: list[str] = []
    for part in parts:
        if isinstance(part, Known):
            found.append(f"={part.value}")
        elif isinstance(part, Unknown) and part.symbol:
            found.append(f"?{part.symbol}")
        else:
            return ()
    return tuple(found)


def _is_replica(app: App, resource: Resource, account: str | None, region: str | None) -> bool:
    """Whether a registry is one that the registry of a repository is replicated to, so that it is another one.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html (read 2026-11-30: to other Regions
    and other accounts; a lifecycle policy acts where it is set)
    """
    ends = _replicated_to(app).get(resource.address.template, ())
    return any(region == end[1] and end[0] in (account, None) for end in ends)


def _replicated_to(app: App) -> dict[str, list[tuple[str | None, str]]]:
    """By template, the accounts (None: the template does not tell) and Regions that its registry is replicated to."""
    found: dict[str, list[tuple[str | None, str]]] = {}
    for resource in app.by_type.get(REPLICATION, ()):
        template = app.templates[resource.address.template]
        for spot in spots(Props.of(app, resource), "ReplicationConfiguration.Rules[].Destinations[].Region"):
            region, account = spot.around.text("Region").value, spot.around.text("RegistryId").value
            if region is not None:
                literal = account is not None and account.isdecimal()
                found.setdefault(template.key, []).append((account if literal else None, region))
    return found


def _named_alike(app: App, template: Template) -> dict[tuple[str, ...], Resource]:
    """By the expression of their name, repositories whose name only the deployment knows."""
    found: dict[tuple[str, ...], Resource] = {}
    for resource in app.by_type.get(REPOSITORY, ()):
        raw = resource.properties.get("RepositoryName")
        if resource.address.template == template.key and raw is not None:
            made = signature(resolve(app, template, raw))
            if any(not part.startswith("=") for part in made):
                found[made] = resource
    return found


def _split_name(text: str) -> tuple[str, str]:
    """A repository's name, and what follows it: a tag with its colon, a digest with its sign.

    >>> _split_name("team/web:v1@sha256:ab"), _split_name("registry:5000/web"), _split_name("web")
    (('team/web', ':v1@sha256:ab'), ('registry:5000/web', ''), ('web', ''))
    """
    before, at, digest = text.partition("@")
    colon = before.find(":", before.rfind("/") + 1)
    if colon < 0:
        return before, at + digest
    return before[:colon], before[colon:] + at + digest


def is_bootstrap(resource: Resource) -> bool:
    """Whether this is the repository that CDK's bootstrap template declares."""
    return resource.type == REPOSITORY and resource.address.logical_id == "ContainerAssetsRepository"


def name_of(app: App, resource: Resource, property_: str = "RepositoryName") -> str | None:
    """A repository's name as `Fn::Sub` would write it; None where it is not set, or depends on what is not known."""
    template = app.templates[resource.address.template]
    raw = resource.properties.get(property_)
    found = None if raw is None else sides(resolve(app, template, raw))
    if not found or len(found) > 1 or isinstance(found[0][0], Reference):
        return None
    shown = render(found[0][0])
    return None if "${?}" in shown else shown


def analysed(app: App, resource: Resource) -> RepositoryRef:
    """The repository that a resource of the app is."""
    template = app.templates[resource.address.template]
    origin = Origin.ASSETS if is_bootstrap(resource) else Origin.ANALYSED
    return RepositoryRef(origin, resource.address, name_of(app, resource), template.account, template.region)
