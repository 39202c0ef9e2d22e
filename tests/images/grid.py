"""Lifecycle policies as they are written, times the ways in which images are named.

The policies are facts about open repositories (their rules in short, nothing else), found through a code index on
29 November 2026: Terraform, CDK, Pulumi and JSON files, among them AlenGeorge12/CineReads-main, CBIIT/ccdi-devops,
kazutaka1994/my-iac-practice and yuu0w0yuu/aws-ecs, and the examples of AWS's own documentation. `^` marks prefixes.
"""

from __future__ import annotations

from seawall.images import Consumer, ImageReference, Mode, Repository, RepositoryKind, consumer
from tests.images.made import policy, repository

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
