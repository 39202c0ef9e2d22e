"""What lifecycle rules would do today to images that run. Worked out by hand from the rules of evaluation."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from seawall.audit.deletions import fates

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOST = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"


def image(digest: str, days: float, *tags: str, **more: Any) -> dict[str, Any]:
    return {
        "digest": f"sha256:{digest}",
        "tags": list(tags),
        "imagePushedAt": (NOW - timedelta(days=days)).isoformat(),
        **more,
    }


def repository(policy: Any, *images: dict[str, Any]) -> dict[str, Any]:
    return {"name": "web", "account": "1" * 12, "policy": policy and json.dumps(policy), "images": list(images)}


def keep(number: int, status: str = "any") -> dict[str, Any]:
    selection = {"tagStatus": status, "countType": "imageCountMoreThan", "countNumber": number}
    return {"rules": [{"rulePriority": 1, "action": {"type": "expire"}, "selection": selection}]}


def running(reference: str, digest: str | None = None) -> dict[str, Any]:
    return {"consumer": "service web", "image": f"{HOST}/web{reference}", "digest": digest and f"sha256:{digest}"}


def test_a_rule_that_would_take_what_runs() -> None:
    """Three images, two are kept: the oldest goes, and it is the one that runs."""
    images = (image("a", 9, "v1"), image("b", 5, "v2"), image("c", 1, "v3"))
    (found,) = fates([repository(keep(2), *images)], [running(":v1", "a")], NOW)
    (rule,) = found["deletes"]
    assert (rule["rule"], [(each["digest"], each["runs"]) for each in rule["images"]]) == (
        1,
        [("sha256:a", ["service web"])],
    )
    (user,) = found["running"]
    assert (user["state"], user["why"].split(" by ")[0]) == ("deleted today", "expired")


def test_the_youngest_stay() -> None:
    images = (image("a", 9, "v1"), image("b", 5, "v2"), image("c", 1, "v3"))
    (found,) = fates([repository(keep(2), *images)], [running(":v3", "c")], NOW)
    assert [user["state"] for user in found["running"]] == ["kept"]


def test_a_tag_tells_the_digest_where_nothing_else_does() -> None:
    (found,) = fates([repository(keep(1), image("a", 9, "v1"), image("b", 1, "v2"))], [running(":v1")], NOW)
    assert [(user["digest"], user["state"]) for user in found["running"]] == [("sha256:a", "deleted today")]


def test_a_tag_that_moved_on_does_not_stand_for_what_runs() -> None:
    """The task runs the old image; the tag is on the new one by now."""
    images = (image("old", 9), image("new", 1, "live"))
    (found,) = fates([repository(keep(1, "untagged"), *images)], [running(":live", "old")], NOW)
    assert [user["state"] for user in found["running"]] == ["kept"]
    (found,) = fates([repository(keep(1), *images)], [running(":live", "old")], NOW)
    assert [user["state"] for user in found["running"]] == ["deleted today"]


def test_what_is_gone_already_is_said() -> None:
    (found,) = fates([repository(None, image("b", 1, "v2"))], [running(":v2", "gone")], NOW)
    (user,) = found["running"]
    assert user["state"] == "gone"
    assert found["policy"] == "none"


def test_what_an_index_may_list_is_not_said_to_be_lost() -> None:
    """An index keeps its parts; which they are is not read, so that an untagged image may be one."""
    index = image("i", 1, "v2", media_type="application/vnd.oci.image.index.v1+json")
    images = (image("part", 9), image("other", 8), index)
    (found,) = fates([repository(keep(1, "untagged"), *images)], [running(":v2", "part")], NOW)
    assert [user["state"] for user in found["running"]] == ["unsure"]
    assert found["deletes"][0]["images"][0]["unsure"] == "an index may list it, which is not read"


def test_ages_count_from_the_day_of_the_audit() -> None:
    selection = {"tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 30}
    policy = {"rules": [{"rulePriority": 7, "action": {"type": "expire"}, "selection": selection}]}
    images = (image("old", 30.5, "v1"), image("new", 29.5, "v2"))
    (found,) = fates([repository(policy, *images)], [running(":v1"), running(":v2")], NOW)
    assert [(each["rule"], [one["tags"] for one in each["images"]]) for each in found["deletes"]] == [(7, [["v1"]])]


def test_images_of_other_accounts_and_repositories_are_no_users() -> None:
    others = [
        running("-b:v1", "a"),
        {**running(":v1", "a"), "image": f"2{HOST[1:]}/web:v1"},
        {**running(":v1"), "image": "nginx:1"},
    ]
    (found,) = fates([repository(keep(1), image("a", 1, "v1"))], others, NOW)
    assert found["running"] == []
