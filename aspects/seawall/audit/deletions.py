"""Images that run against lifecycle policies: what each rule would delete or archive today.

ECR carries a policy out within 24 hours, so what is said here is about to happen or has just happened. What an index
lists is not read: the call for it (`BatchGetImage`) is a pull, and would move the clock of `sinceImagePulled`.
Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html, read 2026-11-30.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from seawall.images import Image, ImageStatus, LifecyclePolicy, evaluate, parse, parse_uri
from seawall.images.evaluate import ImageFate, Reason
from seawall.images.uri import EcrImage

from .model import Json

KEPT, DELETED, GONE, UNSURE = "kept", "deleted today", "gone", "unsure"
_INDEXES = ("manifest.list", "image.index")
_OF_NO_IMAGE = "an index may list it, which is not read"


def fates(repositories: list[Json], running: list[Json], now: datetime | None = None) -> list[Json]:
    """For each repository: what its rules would act on at `now`, and what becomes of the images that run."""
    now = now or datetime.now(UTC)
    return [_repository(each, running, now) for each in repositories]


def _repository(said: Json, running: list[Json], now: datetime) -> Json:
    images = [_image(each) for each in said["images"]]
    users = list(_users(said, running))
    policy = parse(said["policy"]) if said["policy"] else None
    if not isinstance(policy, LifecyclePolicy):
        acted: list[ImageFate] = []
    else:
        acted = list(evaluate(policy, images, now).acted)
    by_digest: dict[str, list[Json]] = {}
    for user in users:
        by_digest.setdefault(user["digest"], []).append(user)
    indexed = any(str(each.get("media_type")).endswith(_ENDS) for each in said["images"])
    return {
        "repository": said["name"],
        "images": len(images),
        "policy": "none" if policy is None else "as written" if isinstance(policy, LifecyclePolicy) else "not readable",
        "deletes": list(_by_rule(acted, by_digest, indexed)),
        "running": [
            {**{key: user[key] for key in ("consumer", "image", "digest")}, **_state(user, images, acted, indexed)}
            for user in users
        ],
    }


_ENDS = (".manifest.list.v2+json", ".image.index.v1+json")


def _by_rule(acted: list[ImageFate], users: dict[str, list[Json]], indexed: bool) -> Iterator[Json]:
    """What each rule acts on, in the order of the rules."""
    priorities = sorted({fate.rule.priority for fate in acted if fate.rule is not None})
    for priority in priorities:
        some = [fate for fate in acted if fate.rule is not None and fate.rule.priority == priority]
        rule = some[0].rule
        yield {
            "rule": priority,
            "action": rule.action.outcome if rule is not None else "",
            "images": [
                {
                    "digest": fate.image.name,
                    "tags": sorted(fate.image.tags),
                    "pushed": fate.image.pushed.isoformat(),
                    "runs": [user["consumer"] for user in users.get(fate.image.name, ())],
                    "unsure": _OF_NO_IMAGE if indexed and not fate.image.tags else None,
                }
                for fate in some
            ],
        }


def _state(user: Json, images: list[Image], acted: list[ImageFate], indexed: bool) -> Json:
    """What becomes of an image that runs."""
    if not user["digest"]:
        return {"state": UNSURE, "why": "its digest is not known, and no image of the repository has its tag"}
    fate = next((each for each in acted if each.image.name == user["digest"]), None)
    if fate is not None and fate.reason is Reason.FOLLOWS:
        return {"state": DELETED, "why": fate.text}
    if fate is not None:
        maybe = indexed and not fate.image.tags
        return {"state": UNSURE if maybe else DELETED, "why": f"{fate.text}; {_OF_NO_IMAGE}" if maybe else fate.text}
    if any(each.name == user["digest"] for each in images):
        return {"state": KEPT, "why": ""}
    if indexed:
        return {"state": UNSURE, "why": f"it is none of the repository's own images; {_OF_NO_IMAGE}"}
    return {"state": GONE, "why": "the repository does not hold it any more: what runs cannot be started again"}


def _users(said: Json, running: list[Json]) -> Iterator[Json]:
    """What runs images of a repository, with the digest: as told, in the reference, or that of the tag."""
    tags = {tag: each["digest"] for each in said["images"] for tag in each["tags"]}
    for user in running:
        found = parse_uri(user["image"])
        if (
            isinstance(found, EcrImage)
            and found.repository == said["name"]
            and found.account in (said["account"], None)
        ):
            digest = user.get("digest") or found.digest or tags.get(found.tag or "latest")
            yield {**user, "digest": digest}


def _image(said: Json) -> Image:
    return Image(
        said["digest"],
        frozenset(said["tags"]),
        _time(said.get("imagePushedAt")) or datetime.fromtimestamp(0, UTC),
        _time(said.get("lastRecordedPullTime")),
        _time(said.get("lastArchivedAt")),
        _time(said.get("lastActivatedAt")),
        ImageStatus(said["status"]) if said.get("status") in list(ImageStatus) else ImageStatus.ACTIVE,
        (),
        said.get("subject"),
    )


def _time(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
