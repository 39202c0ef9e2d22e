"""Numbers that ECR decides, each with where it was read, when, and how sure it is."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")

USER_GUIDE = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/"
CHECKED = "2026-11-22"


class EcrFact(Struct, Generic[T], frozen=True):
    """A limit or default of ECR."""

    value: T
    source: str
    checked: str = CHECKED
    """ISO date on which the source said so."""


MOST_RULES = EcrFact(50, USER_GUIDE + "service-quotas.html")
"""Rules per policy; cannot be raised."""

LEAST_CHARACTERS = EcrFact(100, "API model of ECR, LifecyclePolicyText")
MOST_CHARACTERS = EcrFact(30720, "API model of ECR, LifecyclePolicyText")
"""Length of the policy as text, in characters as sent."""

MOST_WILDCARDS = EcrFact(4, USER_GUIDE + "LifecyclePolicies.html")
"""``*`` in one entry of a tag pattern list."""

ARCHIVE_DAYS = EcrFact(90, USER_GUIDE + "archive-image.html")
"""Least number of days before an archived image may be expired."""

IMAGE_QUOTA = EcrFact(100_000, USER_GUIDE + "service-quotas.html")
"""Images per repository by default; the quota can be raised, so an argument that rests on it says so."""

MOST_FILTERS = EcrFact(5, USER_GUIDE + "image-tag-mutability.html")
"""Exclusion filters of a repository's tag mutability."""

BOOTSTRAP_WINDOW = EcrFact(365, "bootstrap template of the AWS CDK CLI")
"""Days after which CDK's own asset repository expires untagged images."""

PRICE = EcrFact(0.10, "https://aws.amazon.com/ecr/pricing/", "2026-11-29")
"""US dollars per gigabyte and month of private storage, standard class, us-east-1. Layers that images share are stored
once, so the product with whole images is an upper end."""
