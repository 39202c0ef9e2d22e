"""Lifecycle policies as they are written, times the ways in which images are named.

The policies are facts about open repositories (their rules in short, nothing else), found through a code index on
29 November 2026: Terraform, CDK, Pulumi and JSON files, among them AlenGeorge12/CineReads-main, CBIIT/ccdi-devops,
kazutaka1994/my-iac-practice and yuu0w0yuu/aws-ecs, and the examples of AWS's own documentation. `^` marks prefixes.

`python -m tests.images.grid` writes `docs/image-grid.md`: what is said of each cell, and how it was judged by hand.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from seawall.images import (
    Consumer,
    ImageReference,
    ImageSettings,
    Judgement,
    Mode,
    Repository,
    RepositoryKind,
    TagStatus,
    Verdict,
    consumer,
    judge,
)
from seawall.images.families import is_broad
from seawall.images.policy import CountType
from seawall.images.settings import days_text
from tests.images.made import policy, repository

PAGE = Path(__file__).parents[2] / "docs" / "image-grid.md"
LEVELS = ("error", "warning", "note", "silent")
DANGERS = (Verdict.DOOMED, Verdict.ENDANGERED)

POLICIES: tuple[tuple[str, ...], ...] = (
    ("any cnt 2",),
    ("any cnt 3",),
    ("any cnt 5",),
    ("any cnt 7",),
    ("any cnt 10",),
    ("any cnt 30",),
    ("any cnt 50",),
    ("any cnt 100",),
    ("any cnt 500",),
    ("any cnt 1000",),
    ("any age 14",),
    ("any age 30",),
    ("any age 120",),
    ("any age 365",),
    ("untagged cnt 1",),
    ("untagged age 1",),
    ("untagged age 7",),
    ("untagged age 14",),
    ("untagged age 365",),
    ("* cnt 10", "untagged age 7"),
    ("v^ cnt 10",),
    ("v^ cnt 10", "untagged age 1"),
    ("v^ cnt 10", "untagged age 7"),
    ("untagged age 60", "v^ cnt 100"),
    ("latest^ cnt 10", "v^ cnt 5", "untagged age 7"),
    ("sha-^ cnt 1", "untagged cnt 1"),
    ("untagged age 1", "git-^ cnt 10"),
    ("untagged age 7", "any cnt 3"),
    ("untagged age 7", "any cnt 10"),
    ("untagged age 7", "v+sha+latest^ cnt 10"),
    ("untagged age 3", "v+latest^ cnt 5"),
    ("prod^ cnt 10", "any cnt 20"),
    ("prod-^ cnt 10", "preprod-^ cnt 5", "dev-^ cnt 3", "untagged age 1"),
    ("dev^ cnt 99", "main^ cnt 99", "any age 30"),
    ("build^ cnt 30", "untagged cnt 5"),
    ("prod^ cnt 9999", "any age 30"),
    ("any pulled 90 archive",),
    ("latest cnt 1", "dev cnt 1", "prod cnt 1", "* cnt 50", "untagged age 1"),
)

_HASH = "4f" * 32


def _named(kind: str, text: str, name: str = "Web") -> Consumer:
    reference = ImageReference("repo", text[1:]) if text[0] == ":" else ImageReference("repo", None, text[1:])
    return consumer(name, kind, reference)


STYLES: dict[str, tuple[Mode, tuple[Consumer, ...]]] = {
    "service, :latest": (Mode.MUTABLE, (_named("ecs-service", ":latest"),)),
    "service, :prod": (Mode.MUTABLE, (_named("ecs-service", ":prod"),)),
    "service, :v42, immutable": (Mode.IMMUTABLE, (_named("ecs-service", ":v42"),)),
    "service, :v42": (Mode.MUTABLE, (_named("ecs-service", ":v42"),)),
    "service, :sha-1f3e5d7, immutable": (Mode.IMMUTABLE, (_named("ecs-service", ":sha-1f3e5d7"),)),
    "service, :1f3e5d7": (Mode.MUTABLE, (_named("ecs-service", ":1f3e5d7"),)),
    "two services, :v41 and :v42": (
        Mode.IMMUTABLE,
        (_named("ecs-service", ":v41", "Old"), _named("ecs-service", ":v42", "New")),
    ),
    "function, :latest": (Mode.MUTABLE, (_named("lambda", ":latest"),)),
    "function, digest": (Mode.MUTABLE, (_named("lambda", "@sha256:" + "a" * 64),)),
    "function, asset hash": (Mode.IMMUTABLE, (_named("lambda", f":{_HASH}"),)),
    "pod, :prod": (Mode.MUTABLE, (_named("eks-pod", ":prod"),)),
    "job, :latest": (Mode.MUTABLE, (_named("batch-job", ":latest"),)),
    "job, :1.4.0": (Mode.IMMUTABLE, (_named("batch-job", ":1.4.0"),)),
}
"""How images are named: the mutability of the tags, and who runs them."""


def place(rules: tuple[str, ...], mode: Mode) -> Repository:
    """A repository with a policy of the grid."""
    made = repository(policy(*rules), mode)
    return Repository(made.key, made.policy, made.mutability, RepositoryKind.ORDINARY)


CELLS = [(rules, style) for rules in POLICIES for style in STYLES]


def judged(rules: tuple[str, ...], style: str, numbers: ImageSettings | None = None) -> tuple[Judgement, ...]:
    """The verdicts of a cell."""
    mode, used = STYLES[style]
    return judge(place(rules, mode), used, numbers)


def said(rules: tuple[str, ...], style: str, numbers: ImageSettings | None = None) -> str:
    """The worst that is said of a cell."""
    levels = []
    for found in judged(rules, style, numbers):
        assert not found.internal
        danger = found.verdict in DANGERS
        levels.append("error" if danger else "warning" if found.short else "note" if found.open else "silent")
    return min(levels, key=LEVELS.index)


def worst(rules: tuple[str, ...], style: str) -> Judgement:
    """The judgement that makes an error of a cell."""
    found = [each for each in judged(rules, style) if each.verdict in DANGERS]
    return min(found, key=lambda each: (each.verdict is not Verdict.DOOMED, each.days or 0))


def group(found: Judgement) -> tuple[str, str, str]:
    """What an error has in common with others that are judged alike: what the rule counts, which image, for whom."""
    assert found.rule is not None
    selection = found.rule.selection
    counts = selection.count_type is CountType.IMAGES
    if selection.count_type is CountType.PULLED:
        what = "days since the last pull"
    elif selection.tag_status is TagStatus.UNTAGGED:
        what = "untagged images, a number" if counts else "untagged images, an age"
    elif is_broad(selection):
        what = "any image, a number" if counts else "any image, an age"
    else:
        what = "a family that CI pushes, a number"
    if found.consumer.reference.by_digest and "pushed again" in found.why:
        return what, "perhaps without a tag", f"{found.verdict}, names a digest"
    lost = "pushed again" in found.why
    who = "follows the tag" if found.consumer.late else "bound the digest"
    return what, "without its tag" if lost else "as the app names it", f"{found.verdict}, {who}"


_ANY = "over any images, 10 a day where nothing else is stated: endangered under 30 days"
_AGE = "an age rule that takes the image: doomed under 365 days"
_LATER = "the same; not doomed, as a push that is ordinary may hand over a younger image in time"
_OTHER = "the same; not doomed, as the image may carry a tag of the rules above, which own it then"
_LOST = "needed for the 30 days of a deployment: endangered below them"
_BARE = (
    "a digest whose tag may have moved on: the rule takes the image that the app names; not doomed, as it may have one"
)
JUDGED = {
    ("any image, a number", "as the app names it", "endangered, bound the digest"): _ANY,
    ("any image, a number", "as the app names it", "endangered, follows the tag"): _ANY,
    ("any image, a number", "without its tag", "endangered, bound the digest"): _ANY,
    ("any image, an age", "as the app names it", "doomed, bound the digest"): _AGE,
    ("any image, an age", "as the app names it", "doomed, follows the tag"): f"{_AGE}; an immutable tag never moves",
    ("any image, an age", "as the app names it", "endangered, follows the tag"): _LATER,
    ("any image, an age", "as the app names it", "endangered, bound the digest"): _OTHER,
    ("a family that CI pushes, a number", "as the app names it", "endangered, bound the digest"): (
        "over a family that CI pushes: endangered under 30 days"
    ),
    ("days since the last pull", "as the app names it", "doomed, bound the digest"): (
        "functions never pull again: an age from the deployment on, doomed under 365 days"
    ),
    ("untagged images, a number", "without its tag", "endangered, bound the digest"): _LOST,
    ("untagged images, an age", "without its tag", "endangered, bound the digest"): _LOST,
    ("untagged images, a number", "perhaps without a tag", "endangered, names a digest"): _BARE,
    ("untagged images, an age", "perhaps without a tag", "endangered, names a digest"): _BARE,
}
"""Each group of errors, read cell by cell on 30 November 2026: the line of the severity table that it follows from."""
BEFORE = {"error": 326, "warning": 0, "note": 0, "silent": 168}
"""Before the model of time; 35 of the silent ones were unknown, and said nowhere."""
PACES = (10.0, 3.0, 1.0, 0.3, 0.1)


HEAD = """\
<!-- Written by `python -m tests.images.grid`: change the code, not this page. -->

# What is said of policies as they are written

{policies} lifecycle policies of open repositories, times {styles} ways in which an app names its images: {cells} cells.
`^` marks prefixes, `cnt` a number of images, `age` days since the push, `pulled` days since the last pull.

| | errors | warnings | notes | silent |
| --- | ---: | ---: | ---: | ---: |
{shares}

{share:.0%} of the cells are errors, and that follows from the defaults: most public policies keep at most 100 images of
any kind, which ten builds a day use up in ten days, or expire any image within half a year. Whoever builds less often
says so (`pushes_per_day`, in the settings or of a repository), and the share falls as the rows show. An age is an age
at any pace, and no setting about deployments rescues an image that the app names.

## The errors, read by hand

Each error was read, and held against the table of [severities](ecr-lifecycle.md); what has one reason is one row.

| the rule counts | the image | verdict, consumer | cells | days | right, because |
| --- | --- | --- | ---: | --- | --- |
{errors}

## All cells

E error (! certain), W warning, n note, . silent, with the window in days.

{names}

| policy | {numbers} |
| --- |{columns}
{rows}
"""


def page() -> str:
    """The page on all cells."""
    now = Counter(said(rules, style) for rules, style in CELLS)
    shares = [("before the model of time", BEFORE), ("now", now)]
    for pace in PACES[1:]:
        numbers = ImageSettings(pushes_per_day=pace)
        counts = Counter(said(rules, style, numbers) for rules, style in CELLS)
        shares.append((f"now, with `pushes_per_day` {pace:g}", counts))
    errors: dict[tuple[str, str, str], list[float]] = {}
    for rules, style in CELLS:
        if said(rules, style) == "error":
            found = worst(rules, style)
            errors.setdefault(group(found), []).append(found.days or 0)
    return HEAD.format(
        policies=len(POLICIES),
        styles=len(STYLES),
        cells=len(CELLS),
        shares="\n".join(_shares(*each) for each in shares),
        share=now["error"] / len(CELLS),
        errors="\n".join(_errors(*each) for each in sorted(errors.items())),
        names="\n".join(f"{number}. {style}" for number, style in enumerate(STYLES, 1)),
        numbers=" | ".join(map(str, range(1, len(STYLES) + 1))),
        columns=" --- |" * len(STYLES),
        rows="\n".join(map(_row, POLICIES)),
    )


def _errors(key: tuple[str, str, str], days: list[float]) -> str:
    span = " to ".join(dict.fromkeys((days_text(min(days)), days_text(max(days)))))
    return f"| {' | '.join(key)} | {len(days)} | {span} | {JUDGED[key]} |"


def _row(rules: tuple[str, ...]) -> str:
    name = " + ".join(rules).replace("*", r"\*")
    return f"| {name} | {' | '.join(_cell(rules, style) for style in STYLES)} |"


def _shares(what: str, counts: dict[str, int]) -> str:
    return f"| {what} | {' | '.join(f'{counts[level]} ({counts[level] / len(CELLS):.0%})' for level in LEVELS)} |"


def _cell(rules: tuple[str, ...], style: str) -> str:
    level = said(rules, style)
    found = judged(rules, style)
    if level == "error":
        chosen = worst(rules, style)
        mark, days = "E!" if chosen.verdict is Verdict.DOOMED else "E", chosen.days
    else:
        windows = [short.days for each in found for short in each.short] if level == "warning" else []
        mark = {"warning": "W", "note": "n", "silent": "."}[level]
        days = min((each for each in windows if each is not None), default=None)
    return mark if days is None else f"{mark} {int(days * 10) / 10:g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
