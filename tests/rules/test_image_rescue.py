"""What to do before the policy is corrected: steps with their conditions, and their commands as a shell runs them.

The CLI stands in for itself here: as its documentation says, it applies a query to each page where it prints text, and
to all pages at once where it prints JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from shlex import quote
from typing import Any

import pytest
from msgspec.structs import replace

from seawall.rules import Finding
from seawall.rules.image_rescue import _raw

from .image_policies import AGE, ARCHIVE, KEPT, PULLED, repository, rule, with_policy
from .judging import Raw, body, judged, only
from .test_commands import commands

CLI = """\
#!{python}
import json, sys
from datetime import datetime
import jmespath
given = dict(zip(sys.argv[3::2], sys.argv[4::2]))
images = json.load(open({images!r}))
wanted = given.get("--image-ids")
if sys.argv[1] == "cloudformation":
    print("images-of-" + given["--logical-resource-id"])
elif sys.argv[2] != "describe-images":
    print(" ".join(sys.argv[2:]))
else:
    if wanted is not None:
        kind, _, name = wanted.partition("=")
        images = [one for one in images if name in (one["imageTags"] if kind == "imageTag" else [one["imageDigest"]])]
        if not images:
            sys.exit("ImageNotFoundException")
    elif "--filter" not in given:
        images = [one for one in images if one.get("imageStatus") != "ARCHIVED"]
    for one in images:
        one.get("imageTags") or one.pop("imageTags", None)
        one["imagePushedAt"] = datetime.fromisoformat(one["imagePushedAt"]).astimezone().isoformat()
    if given["--output"] == "json":
        print(json.dumps(jmespath.search(given["--query"], {{"imageDetails": images}})))
    else:
        for page in range(0, len(images), 2):
            found = jmespath.search(given["--query"], {{"imageDetails": images[page : page + 2]}})
            for line in found if isinstance(found, list) else [found]:
                print("\\t".join(map(str, line)) if isinstance(line, list) else line)
"""

OFF = "take the policy off (the fix sets it again; until then more images are stored, and nothing is lost)"
GONE = "if that fails with ImageNotFoundException: the image is gone. Push it again or deploy another one"


def image(day: int, *tags: str, **more: Any) -> Raw:
    digest = f"sha256:{day:064x}"
    return {"imageTags": list(tags), "imageDigest": digest, "imagePushedAt": f"2026-11-{day:02}T08:00:00+00:00", **more}


def in_danger(
    directory: Path,
    selection: Raw,
    tag: str = "v42",
    *,
    name: str = "",
    action: Raw | None = None,
    kind: str = "",
    also: Sequence[str] = (),
) -> Finding:
    template = body("image-archive" if kind == "lambda" else "image-keep-any")
    with_policy(template, rule(1, action=action, **selection))
    repository(template).update({"RepositoryName": name} if name else {})
    template["Resources"]["Images"] |= {"Metadata": {"seawall": {"also_tagged": list(also)}}} if also else {}
    text = json.dumps(template).replace(":v42", f":{tag}")
    report = judged(directory, json.loads(text))
    return next(each for each in report.findings if each.rule in ("image-doomed", "image-endangered"))


def run(directory: Path, finding: Finding, images: Sequence[Raw], *, last: bool = True) -> tuple[list[str], str]:
    """What the commands print, without those that change anything unless all are to run; and their errors."""
    (directory / "bin").mkdir(exist_ok=True)
    (directory / "images.json").write_text(json.dumps(images))
    cli = directory / "bin" / "aws"
    cli.write_text(CLI.format(python=sys.executable, images=str(directory / "images.json")))
    cli.chmod(0o755)
    script = "\n".join(commands(finding))
    script = script if last else script.rpartition("\n")[0]
    path = f"{cli.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", script], env={"PATH": path, "TZ": "Europe/Berlin"}, capture_output=True, text=True, timeout=20
    )
    return done.stdout.splitlines(), done.stderr.strip()


def told(finding: Finding, *otherwise: tuple[str, str]) -> Finding:
    """The finding with other words in its commands."""

    def other(line: str) -> str:
        return reduce(lambda text, pair: text.replace(*pair), otherwise, line)

    steps = (replace(step, commands=tuple(map(other, step.commands))) for step in finding.stop_now.steps)
    return replace(finding, stop_now=replace(finding.stop_now, steps=tuple(steps)))


def words(finding: Finding) -> list[str]:
    return [finding.stop_now.do, *(step.do for step in finding.stop_now.steps)]


def test_images_are_counted_that_are_newer_than_the_one_in_use(tmp_path: Path) -> None:
    finding = in_danger(tmp_path, {"tagStatus": "any", **KEPT, "countNumber": 5})
    assert words(finding) == [
        "see whether ECR is about to delete :v42, and take the policy off in time",
        "see when :v42 was pushed",
        GONE,
        "see how many images are newer",
        (
            f"only if 5 or more are newer: {OFF}, as ECR deletes :v42 within 24 hours. With fewer, look again after "
            "each push"
        ),
    ]
    there = [image(3, "v41"), image(4, "v42"), image(5), image(6, "pr-1"), image(7, "pr-2", "pr-3"), image(2, "pr-0")]
    printed, _ = run(tmp_path, finding, there)
    assert printed == [
        "2026-11-04T08:00:00+00:00",
        "3",
        "delete-lifecycle-policy --repository-name images-of-Images",
    ]


def test_an_image_that_is_gone_is_said_by_the_first_command(tmp_path: Path) -> None:
    finding = in_danger(tmp_path, {"tagStatus": "any", **AGE, "countNumber": 30})
    assert run(tmp_path, finding, [image(3, "v41")], last=False) == ([], "ImageNotFoundException")


@pytest.mark.parametrize(
    ("patterns", "count"),
    [(["sha-*"], 2), (["*"], 4), (["*1*b"], 1), (["sha-*", "prod*"], 1), (["prod*", "sha-*b", "*"], 1)],
)
def test_only_images_that_the_rule_counts_are_counted(patterns: list[str], count: int, tmp_path: Path) -> None:
    """By hand: of the five newer ones two have a tag sha-*, one of them prod as well and two such; one has no tag."""
    there = [
        image(1, "sha-0000001"),
        image(2, "sha-1f3e5da", "prod"),
        image(3, "sha-1f3e5d8", "latest"),
        image(4, "prod", "sha-1f3e5db", "sha-1f3e5dc"),
        image(5),
        image(6, "xsha-1", "production"),
        image(7, "v1.4"),
    ]
    tagged = {"tagStatus": "tagged", "tagPatternList": patterns, **KEPT, "countNumber": 4}
    finding = in_danger(tmp_path, tagged, tag="sha-1f3e5da", also=["prod", "sha-1f3e5db"])
    selected = " and ".join(patterns)
    assert words(finding)[3] == f"see how many images with tags {selected} are newer"
    assert words(finding)[4].startswith("only if 4 or more are newer: ")
    printed, errors = run(tmp_path, finding, there, last=False)
    assert (printed, errors) == (["2026-11-02T08:00:00+00:00", str(count)], "")


@pytest.mark.parametrize(("number", "days"), [(30, "29 or more days"), (2, "1 or more days")])
def test_an_age_leaves_a_day_for_the_decision(number: int, days: str, tmp_path: Path) -> None:
    finding = in_danger(tmp_path, {"tagStatus": "any", **AGE, "countNumber": number}, name="web")
    assert words(finding)[1:] == [
        "see when :v42 was pushed",
        GONE,
        f"only if it was pushed {days} ago: {OFF}. Otherwise there is time until day {number}",
    ]
    assert "cloudformation" not in finding.stop_now.text
    assert run(tmp_path, finding, [image(4, "v42")])[0] == [
        "2026-11-04T08:00:00+00:00",
        "delete-lifecycle-policy --repository-name web",
    ]


def test_where_a_day_is_all_there_is_the_policy_goes_first(tmp_path: Path) -> None:
    finding = in_danger(tmp_path, {"tagStatus": "any", **AGE, "countNumber": 1})
    assert words(finding) == [
        "take the policy off at once, as it leaves an image for one day only",
        OFF,
        "see whether :v42 is still there",
        GONE,
    ]
    assert run(tmp_path, finding, [image(4, "v42")])[0] == [
        "delete-lifecycle-policy --repository-name images-of-Images",
        "2026-11-04T08:00:00+00:00",
    ]


def test_where_more_are_in_use_than_it_keeps_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    template = with_policy(body("image-window"), rule(1, tagStatus="any", **KEPT, countNumber=1))
    finding = only(judged(tmp_path, template), "image-doomed")
    assert words(finding)[:2] == [
        "take the policy off at once, as it keeps 1 of 2 images that are needed at once",
        OFF,
    ]


def test_an_hour_that_comes_twice_is_told_apart(tmp_path: Path) -> None:
    """Summer time ends in Berlin: 02:30+02:00 was 45 minutes before 02:15+01:00, which is less as text."""
    finding = in_danger(tmp_path, {"tagStatus": "any", **KEPT, "countNumber": 5})
    there = [
        image(1, "v42") | {"imagePushedAt": "2026-10-25T00:30:00+00:00"},
        image(2, "pr-1") | {"imagePushedAt": "2026-10-25T01:15:00+00:00"},
    ]
    assert run(tmp_path, finding, there, last=False)[0] == ["2026-10-25T00:30:00+00:00", "1"]


def test_a_tag_that_moves_is_not_taken_for_the_image_that_runs(tmp_path: Path) -> None:
    """The service runs what `latest` was when it was deployed: two newer ones, of which one has the tag now."""
    finding = in_danger(tmp_path, {"tagStatus": "any", **KEPT, "countNumber": 5}, tag="latest")
    shown = "(its digest: aws ecs describe-tasks shows it as imageDigest)"
    assert words(finding)[1] == f"see when the image that app/Service runs was pushed {shown}"
    there = [image(4), image(5, "pr-1"), image(6, "latest")]
    finding = told(finding, ("=DIGEST_OF_THE_IMAGE", f"={there[0]['imageDigest']}"))
    assert run(tmp_path, finding, there, last=False)[0] == ["2026-11-04T08:00:00+00:00", "2"]


def test_names_that_may_be_one_image_are_looked_at(tmp_path: Path) -> None:
    template = with_policy(body("image-window"), rule(1, tagStatus="any", **KEPT, countNumber=1))
    named = json.dumps(template).replace(":v41", ":prod").replace(":v42", ":staging")
    finding = only(judged(tmp_path, json.loads(named)), "image-endangered")
    assert words(finding) == [
        "see whether :prod and :staging are on more than 1 image, and take the policy off in time",
        "see which images :prod and :staging are on",
        "if one of them is not listed: the image is gone. Push it again or deploy another one",
        f"only if more than 1 image is listed: {OFF}",
    ]
    printed, _ = run(tmp_path, finding, [image(3, "v1"), image(4, "prod", "staging"), image(5)], last=False)
    assert [tags for _, tags in json.loads("".join(printed))] == [["prod", "staging"]]
    printed, _ = run(tmp_path, finding, [image(4, "prod"), image(5, "staging")], last=False)
    assert [tags for _, tags in json.loads("".join(printed))] == [["prod"], ["staging"]]


def test_what_lost_its_tag_is_looked_for_by_its_digest(tmp_path: Path) -> None:
    finding = in_danger(tmp_path, {"tagStatus": "untagged", **AGE, "countNumber": 1}, tag="latest")
    assert words(finding)[1:] == [
        (
            "see when the image that app/Service runs was pushed, and its tags (its digest: aws ecs describe-tasks "
            "shows it as imageDigest)"
        ),
        GONE,
        (
            f"only if it no longer has the tag latest: {OFF}. If it has, push latest only together with a deployment "
            "until the fix is in place"
        ),
    ]
    there = [image(4), image(5, "latest")]
    finding = told(finding, ("=DIGEST_OF_THE_IMAGE", f"={there[0]['imageDigest']}"))
    printed, _ = run(tmp_path, finding, there, last=False)
    assert [json.loads(line) for line in printed] == [["2026-11-04T08:00:00+00:00", None]]


def test_a_digest_stands_before_the_tag_beside_it(tmp_path: Path) -> None:
    """The tag may stand on another image by now."""
    digest = "sha256:" + 8 * "0a1b2c3d"
    finding = in_danger(tmp_path, {"tagStatus": "any", **AGE, "countNumber": 30}, tag=f"v42@{digest}")
    assert words(finding)[1] == "see when @sha256:0a1b2c3d0a1b was pushed"
    there = [image(5, "v42"), {**image(4), "imageDigest": digest}]
    assert run(tmp_path, finding, there, last=False)[0] == ["2026-11-04T08:00:00+00:00"]


def test_what_has_no_tag_is_told_by_its_tags(tmp_path: Path) -> None:
    digest = "sha256:" + 8 * "0a1b2c3d"
    template = with_policy(body("image-keep-any"), rule(1, tagStatus="untagged", **AGE, countNumber=3))
    report = judged(tmp_path, json.loads(json.dumps(template).replace(":v42", f"@{digest}")))
    finding = only(report, "image-endangered")
    assert words(finding)[1] == "see when @sha256:0a1b2c3d0a1b was pushed, and its tags"
    assert words(finding)[3] == f"only if it has no tag: {OFF}"
    assert " once it has no tag: within 24 hours, or when it is 3 to 4 days old if that is later" in finding.headline
    printed, _ = run(tmp_path, finding, [{**image(4), "imageDigest": digest}], last=False)
    assert json.loads(printed[0]) == ["2026-11-04T08:00:00+00:00", None]


def test_what_is_archived_is_found_and_restored(tmp_path: Path) -> None:
    pulled = {"tagStatus": "any", **PULLED, "countNumber": 90}
    finding = in_danger(tmp_path, pulled, action=ARCHIVE, kind="lambda")
    assert words(finding) == [
        "see whether ECR is about to archive :v42, and take the policy off in time",
        "see the status of :v42, its last pull and its push",
        "if nothing is printed: the image is gone. Push it again or deploy another one",
        "only if the status is ARCHIVED: restore it, which takes up to 20 minutes",
        f"only if its last pull (its push, where that is None) was 89 or more days ago: {OFF}",
    ]
    there = [image(3, imageStatus="ACTIVE"), image(4, "v42", imageStatus="ARCHIVED")]
    assert run(tmp_path, finding, there)[0] == [
        "ARCHIVED\tNone\t2026-11-04T08:00:00+00:00",
        (
            "update-image-storage-class --repository-name images-of-Images --image-id imageTag=v42 "
            "--target-storage-class STANDARD"
        ),
        "delete-lifecycle-policy --repository-name images-of-Images",
    ]


def test_names_of_a_template_are_words_of_the_shell(tmp_path: Path) -> None:
    finding = in_danger(tmp_path, {"tagStatus": "any", **KEPT, "countNumber": 5}, name="web; echo oh")
    assert "--repository-name 'web; echo oh' " in finding.stop_now.text
    tag = "v42'\\\"`echo oh`$HOME"
    pulled = {"tagStatus": "any", **PULLED, "countNumber": 90}
    finding = in_danger(tmp_path, pulled, tag="v42", action=ARCHIVE, kind="lambda")
    finding = told(finding, ("'v42'", _raw(tag)), ("imageTag=v42", quote(f"imageTag={tag}")))
    printed, errors = run(tmp_path, finding, [image(4, tag, imageStatus="ACTIVE")], last=False)
    assert (printed[0].split("\t")[0], errors) == ("ACTIVE", "")
    assert f"imageTag={tag}" in printed[1]
