"""Image URIs as text: which repository of ECR, which tag, which digest.

    <account>.dkr.ecr[-fips].<region>.amazonaws.com[.cn]/<repository>[:tag][@sha256:...]
    <account>.dkr-ecr[-fips].<region>.on.aws/<repository>[:tag][@sha256:...]        (dual stack; inferred)

A part may be a placeholder such as ``${AWS::Region}``, as `Fn::Sub` writes it. Without tag and digest the tag is
`latest`. Everything else is somebody else's registry, whose images no lifecycle policy here can touch.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_PART = r"(?:[a-z0-9-]+|\$\{[^}]*\})"
_HOST = re.compile(
    rf"(?P<account>\d{{12}}|\$\{{[^}}]*\}})\."
    rf"(?:dkr\.ecr(?:-fips)?\.(?P<region>{_PART})\.(?:amazonaws\.com(?:\.cn)?|\$\{{[^}}]*\}})"
    rf"|dkr-ecr(?:-fips)?\.(?P<dual>{_PART})\.on\.aws)"
)
_ASSETS = re.compile(r"cdk-[A-Za-z0-9_-]{1,10}-container-assets-.+-.+")
_ASSET_TAG = re.compile(r"[0-9a-f]{64}")

PUBLIC_HOST = "public.ecr.aws"
DEFAULT_TAG = "latest"


class Registry(StrEnum):
    """Registries that are not a private ECR."""

    PUBLIC = "public"
    """ECR Public: its repositories have no lifecycle policies."""
    OTHER = "other"
    UNREADABLE = "unreadable"
    """The whole text, or its host, is a placeholder."""


class EcrImage(Struct, frozen=True):
    """An image in a private repository of ECR."""

    account: str
    region: str
    repository: str
    """The repository's name, placeholders included."""
    tag: str | None = None
    """None where a digest stands alone, or where the tag holds a placeholder."""
    digest: str | None = None


class Elsewhere(Struct, frozen=True):
    """An image that is none of ours, and in which kind of registry it lies."""

    registry: Registry
    text: str


def parse_uri(text: str) -> EcrImage | Elsewhere:
    """Reads an image URI.

    >>> parse_uri("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web:v42")
    EcrImage(account='111122223333', region='eu-west-1', repository='team/web', tag='v42', digest=None)
    >>> parse_uri("111122223333.dkr.ecr.eu-west-1.amazonaws.com/web").tag
    'latest'
    >>> parse_uri("public.ecr.aws/nginx/nginx:1.27").registry.value, parse_uri("redis:7").registry.value
    ('public', 'other')
    """
    text = text.strip()
    masked = _PLACEHOLDER.sub(lambda found: "x" * len(found[0]), text)
    slash = masked.find("/")
    if not text.strip("/") or (slash < 0 and text.startswith("${")):
        return Elsewhere(Registry.UNREADABLE, text)
    host = _HOST.fullmatch(text[:slash]) if slash >= 0 else None
    if host is None:
        if slash >= 0 and text[:slash] == PUBLIC_HOST:
            return Elsewhere(Registry.PUBLIC, text)
        whole = slash >= 0 and _PLACEHOLDER.fullmatch(text[:slash])
        return Elsewhere(Registry.UNREADABLE if whole else Registry.OTHER, text)
    end = len(text)
    digest = None
    if (at := masked.find("@", slash)) >= 0:
        digest, end = text[at + 1 :], at
    colon = masked.find(":", masked.rfind("/", 0, end), end)
    tag: str | None = None if digest is not None else DEFAULT_TAG
    if colon >= 0:
        tag, end = text[colon + 1 : end], colon
        if _PLACEHOLDER.search(tag):
            tag = None
    return EcrImage(host["account"], host["region"] or host["dual"], text[slash + 1 : end], tag, digest)


def is_asset_repository(name: str) -> bool:
    """Whether a repository name is that of CDK's container assets, shared by all apps of an account and Region.

    >>> is_asset_repository("cdk-hnb659fds-container-assets-111122223333-eu-west-1"), is_asset_repository("web")
    (True, False)
    """
    return _ASSETS.fullmatch(name) is not None


def is_asset_tag(tag: str) -> bool:
    """Whether a tag is a CDK asset hash, possibly behind a prefix of the synthesizer (`dockerTagPrefix`)."""
    return _ASSET_TAG.fullmatch(tag[-64:]) is not None
