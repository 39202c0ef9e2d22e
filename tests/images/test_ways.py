"""The twelve common ways to lose an image that is in use, each with what proves the danger and what proves safety."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from seawall.images import (
    Argument,
    Binds,
    Dead,
    Judgement,
    LifecyclePolicy,
    Mode,
    Repository,
    RepositoryKind,
    Verdict,
    dead_rules,
    judge,
    replay,
)
from seawall.images import witness_search as courses
from seawall.images.questions import ImageStatement
from seawall.images.references import Consumer
from seawall.images.repositories import IMMUTABLE, Mutability
from seawall.images.world import ImpossibleStepError, SimulatedRepository
from tests.images.made import consumer, policy, repository

HASH = "4f" * 32
DIGEST = "sha256:" + "ab" * 32


def verdict(place: Repository, *consumers: Consumer) -> Judgement:
    """The verdict on the first consumer; a witness is replayed on the way."""
    found = judge(place, consumers)[0]
    assert not found.internal
    if found.witness is not None:
        assert place.policy is not None
        assert found.witness.loss in replay(place.policy, found.witness).losses
    return found


def test_way_1_keep_n_of_everything() -> None:
    service = consumer(":v42")
    found = verdict(repository(policy("any cnt 10"), Mode.IMMUTABLE), service)
    assert found.verdict is Verdict.ENDANGERED
    assert found.witness is not None
    assert found.witness.timeline() == (
        "day 0: v42 is pushed; Web is deployed with v42",
        "day 1: 10 pushes, pr-101 to pr-110",
        "day 1: rule 1 deletes v42, and Web needs it",
    )
    others = [consumer(f":web-{n}", name=f"Web{n}") for n in range(3)]
    assert {found.verdict for found in judge(repository(policy("any cnt 2"), Mode.IMMUTABLE), others)} == {
        Verdict.DOOMED
    }
    assert (
        verdict(repository(policy("v42 cnt 1", "any cnt 10"), Mode.IMMUTABLE), service).argument is Argument.EXACT_TAG
    )
    assert verdict(repository(policy("any cnt 100000"), Mode.IMMUTABLE), service).argument is Argument.QUOTA


def test_way_2_age_on_everything() -> None:
    found = verdict(repository(policy("any age 30"), Mode.IMMUTABLE), consumer(":v42"))
    assert found.verdict is Verdict.DOOMED
    assert found.witness is not None
    assert found.witness.loss.day == 30
    shielded = repository(policy("v* cnt 100000", "any age 30"), Mode.IMMUTABLE)
    assert verdict(shielded, consumer(":v42")).verdict is Verdict.SAFE
    found = verdict(repository(policy("any age 365"), Mode.IMMUTABLE), consumer(":v42"))
    assert (found.verdict, found.bounds[0].day) == (Verdict.BOUNDED, 365)


def test_way_3_moved_tag_untagged_rule_binding_consumer() -> None:
    moving = repository(policy("untagged age 1"))
    found = verdict(moving, consumer(":latest"))
    assert found.verdict is Verdict.ENDANGERED
    assert found.witness is not None
    assert found.witness.timeline() == (
        "day 0: latest is pushed; Web is deployed with latest",
        "day 1: latest (2) is pushed, tagged latest",
        "day 1: rule 1 deletes latest, and Web needs it",
    )
    assert verdict(moving, consumer(":latest", Binds.TAG)).argument is Argument.NO_RULE_SELECTS
    assert verdict(repository(policy("untagged age 1"), Mode.IMMUTABLE), consumer(":latest")).verdict is Verdict.SAFE
    excluded = repository(policy("untagged age 1"), Mode.IMMUTABLE_WITH_EXCLUSION, "latest*")
    assert verdict(excluded, consumer(":latest")).verdict is Verdict.ENDANGERED
    found = verdict(moving, consumer(":v42"))
    assert found.verdict is Verdict.UNKNOWN
    assert found.unless == (
        (
            "is v42 pushed again? If so, the image in use is left without a tag, and rule 1 (untagged images, 1 day "
            "after the push) takes it"
        ),
    )


def test_way_4_digest_pin() -> None:
    pinned = consumer(f"@{DIGEST}")
    assert verdict(repository(policy("untagged age 1")), pinned).verdict is Verdict.ENDANGERED
    assert verdict(repository(policy("untagged age 1"), Mode.IMMUTABLE), pinned).verdict is Verdict.UNKNOWN
    assert verdict(repository(policy("any age 30")), pinned).verdict is Verdict.DOOMED
    tagged = consumer(f"@{DIGEST}", tags="v42")
    shield = policy("v42 cnt 1", "any age 30")
    assert verdict(repository(shield, Mode.IMMUTABLE), tagged).verdict is Verdict.SAFE


def test_way_5_dead_shield() -> None:
    lifecycle = policy("sha256.^ cnt 5", "any age 7")
    service = consumer(":latest")
    assert verdict(repository(lifecycle, Mode.IMMUTABLE), service).verdict is Verdict.ENDANGERED
    assert [(dead.rule.priority, dead.how) for dead in dead_rules(lifecycle, [service])] == [(1, Dead.SHIELDS_NOTHING)]


def test_way_6_and_read_as_or() -> None:
    lifecycle = policy("prod+staging^ cnt 9999", "any age 90")
    service = consumer(":prod", Binds.TAG)
    assert verdict(repository(lifecycle), service).verdict is Verdict.ENDANGERED
    (dead,) = dead_rules(lifecycle, [service])
    assert dead.how is Dead.AND_LIST
    one_each = policy("prod cnt 1", "staging cnt 1", "any age 90")
    assert verdict(repository(one_each), service).verdict is Verdict.SAFE


def test_way_7_shield_below_the_killer() -> None:
    below = policy("* age 14", "prod*^ cnt 100000")
    service = consumer(":prod-1")
    found = verdict(repository(below, Mode.IMMUTABLE), service)
    assert (found.verdict, found.rule) == (Verdict.DOOMED, below.rules[0])
    assert verdict(repository(policy("prod* cnt 100000", "* age 14"), Mode.IMMUTABLE), service).verdict is Verdict.SAFE


def test_way_8_shield_that_fires() -> None:
    prefix = verdict(repository(policy("latest^ cnt 1", "any age 90")), consumer(":latest", Binds.TAG))
    assert (prefix.verdict, len(prefix.short)) == (Verdict.BOUNDED, 1)  # latest-dev takes the one place
    exact = verdict(repository(policy("latest cnt 1", "any age 90")), consumer(":latest", Binds.TAG))
    assert exact.argument is Argument.EXACT_TAG
    services = [consumer(f":prod-{n}", name=f"Web{n}") for n in (1, 2)]
    found = verdict(repository(policy("prod* cnt 1"), Mode.IMMUTABLE), *services)
    assert found.verdict is Verdict.DOOMED
    assert "keeps 1 of 2" in found.why
    bounded = verdict(repository(policy("v* cnt 30"), Mode.IMMUTABLE), consumer(":v42"))
    assert (bounded.verdict, bounded.bounds[0].images) == (Verdict.BOUNDED, 29)


def test_way_9_promotion_by_retag() -> None:
    promoted = consumer(":prod", tags="sha-1f3e5d7")
    found = verdict(repository(policy("sha-* age 14", "prod cnt 1"), Mode.IMMUTABLE), promoted)
    assert (found.verdict, found.rule and found.rule.priority) == (Verdict.DOOMED, 1)
    assert any("does not make it younger" in note for note in found.notes)
    late = consumer(":prod", Binds.TAG, tags="sha-1f3e5d7")
    assert verdict(repository(policy("prod cnt 1", "sha-* age 14")), late).verdict is Verdict.SAFE


def test_way_10_cdk_assets() -> None:
    stock = Repository(
        "cdk-hnb659fds-container-assets-111122223333-eu-west-1",
        policy("untagged age 365"),
        IMMUTABLE,
        RepositoryKind.ASSETS,
    )
    found = verdict(stock, consumer(f":{HASH}"))
    assert (found.verdict, found.argument) == (Verdict.SAFE, Argument.NO_RULE_SELECTS)
    staging = Repository("assets", policy("any cnt 3"), kind=RepositoryKind.ASSETS)
    assert verdict(staging, consumer(f":{HASH}")).verdict is Verdict.ENDANGERED
    several = [consumer(f":{n}{HASH[1:]}", name=f"Fn{n}") for n in range(4)]
    assert verdict(staging, *several).verdict is Verdict.DOOMED


def test_way_11_rollback_and_older_versions() -> None:
    found = verdict(repository(policy("v* cnt 2"), Mode.IMMUTABLE), consumer(":v42"))
    assert found.verdict is Verdict.BOUNDED
    assert found.window is not None
    assert not found.window.short
    single = verdict(repository(policy("v* cnt 1"), Mode.IMMUTABLE), consumer(":v42"))
    assert single.verdict is Verdict.BOUNDED
    assert [each.rule.priority for each in single.short] == [1]
    assert single.window is not None
    assert (single.window.kept, single.window.running, single.window.wanted) == (1, 1, 2)
    versions = consumer(":v42", name="Fn", retained=3)
    found = verdict(repository(policy("v* cnt 3"), Mode.IMMUTABLE), versions)
    assert found.verdict is Verdict.DOOMED
    assert found.witness is not None
    assert found.witness.loss.image == "v39"  # three older versions keep v39, v40 and v41: the oldest goes first
    assert len(found.witness.steps) == 8


def test_way_12_archive_by_pull_time() -> None:
    lifecycle = policy("any pulled 90 archive", "any archived 180")
    function = verdict(repository(lifecycle, Mode.IMMUTABLE), consumer(":v42", pulls=False))
    assert function.verdict is Verdict.DOOMED
    assert function.witness is not None
    assert (function.witness.loss.day, function.witness.loss.outcome) == (90, "archived")
    assert any("180 days after" in note for note in function.notes)
    service = verdict(repository(lifecycle, Mode.IMMUTABLE), consumer(":v42", pulls=None))
    assert (service.verdict, service.days, len(service.short)) == (Verdict.BOUNDED, 90, 1)
    assert [question.states for question in service.open] == [
        ImageStatement("it is pulled every day", "pulled_daily", True)
    ]
    nightly = verdict(repository(lifecycle, Mode.IMMUTABLE), consumer(":v42", Binds.TAG, pulls=True))
    assert (nightly.verdict, nightly.bounds[0].since) == (Verdict.BOUNDED, "last pull")


@pytest.mark.parametrize(
    ("every", "said"),
    [(1, "bounded"), (89, "bounded"), (89.5, "endangered"), (366, "endangered"), (None, "bounded")],
)
def test_what_a_schedule_pulls_in_time_is_not_archived(every: float | None, said: str) -> None:
    place = repository(policy("any pulled 90 archive"), Mode.IMMUTABLE)
    job = replace(consumer(":v42", Binds.TAG), pulled_every=every)
    assert verdict(place, job).verdict == said
    # whoever runs the same image gains by it, a function too, which never pulls by itself
    function = consumer(":v42", name="Fn", pulls=False)
    kept = said == "bounded" and every is not None
    assert verdict(place, function, job).verdict == ("bounded" if kept else "doomed")


@pytest.mark.parametrize("lifecycle", [None, LifecyclePolicy(), policy("any archived 90")])
def test_without_a_rule_for_standard_images_everything_is_safe(lifecycle: LifecyclePolicy | None) -> None:
    assert verdict(repository(lifecycle), consumer(":latest")).argument is Argument.NO_POLICY


def test_a_policy_that_is_not_known_gives_no_verdict() -> None:
    found = verdict(Repository("web", unknown="it is in another account"), consumer(":v42"))
    assert (found.verdict, found.why) == (Verdict.UNKNOWN, "the policy is not known: it is in another account")


def test_a_tag_that_is_not_known_can_still_be_safe() -> None:
    assert verdict(repository(policy("untagged age 1"), Mode.IMMUTABLE), consumer(":?")).verdict is Verdict.SAFE
    assert verdict(repository(policy("dev* age 9"), Mode.IMMUTABLE), consumer(":?")).verdict is Verdict.UNKNOWN
    assert verdict(repository(policy("any age 9"), Mode.IMMUTABLE), consumer(":?")).verdict is Verdict.DOOMED


def test_an_unknown_further_tag_is_named() -> None:
    found = verdict(repository(policy("sha-* age 14"), Mode.IMMUTABLE), consumer(":prod"))
    assert found.verdict is Verdict.UNKNOWN
    assert found.unless == (
        "does the image also carry a tag that rule 1 (tags sha-*, 14 days after the push) matches?",
    )


def test_the_entry_of_the_report() -> None:
    found = judge(repository(policy("any cnt 1")), [consumer(":v42")])[0].to_object()
    assert found == {
        "consumer": "Web",
        "repository": "repo",
        "reference": ":v42",
        "verdict": "endangered",
        "rule_priority": 1,
        "why": (
            "rule 1 (any image, keep 1): deleted once 1 newer image exists: 2 to 27 hours at an assumed 10 pushes a day"
        ),
        "witness": [
            {"day": 0, "event": "push", "image": "v42", "tags": ["v42"]},
            {"day": 0, "event": "deploy", "image": "v42", "consumer": "Web"},
            {"day": 1, "event": "push", "image": "pr-101", "tags": ["pr-101"]},
            {"day": 1, "event": "expired", "image": "v42", "rule_priority": 1},
        ],
        "days": 0.1,
        "assumed": "10 pushes a day",
        "assumptions": ["assumes 10 pushes a day (if not, set pushes-per-day in seawall.toml)"],
        "window": {"kept": 1, "running": 1, "wanted": 2},
        "notes": ["a multi-platform push counts as several images: the index, each platform, each attestation"],
    }


def test_what_others_retain_under_a_tag_takes_it_from_nobody_who_follows_it() -> None:
    """A function on `prod` keeps a version; a job on `prod` loses the image that has the tag, once 150 others came."""
    used = [consumer(":prod", name="Function", retained=1), consumer(":prod", Binds.TAG, name="Job")]
    for found in judge(repository(policy("any cnt 150")), used):
        assert (found.verdict, found.internal) == (Verdict.ENDANGERED, "")


def test_a_danger_without_a_witness_that_holds_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courses, "holds", lambda *_: False)
    found = judge(repository(policy("any age 30")), [consumer(":v42")])[0]
    assert (found.verdict, found.witness) == (Verdict.UNKNOWN, None)
    assert found.unless[0].startswith("does rule 1 (any image, 30 days after the push) take the image? It seems so")
    assert found.internal.startswith("no witness found for rule 1")


def test_a_push_that_is_refused_for_one_tag_takes_no_other() -> None:
    world = SimulatedRepository(policy("any cnt 9"), Mutability(Mode.IMMUTABLE_WITH_EXCLUSION, ("prod",)))
    world.push("one", ("prod", "v1"))
    with pytest.raises(ImpossibleStepError, match="the tag v1 is immutable"):
        world.push("two", ("prod", "v1"))
    assert world.images["one"].tags == {"prod", "v1"}
    world.push("three", ("prod", "v2"))
    assert [sorted(world.images[name].tags) for name in ("one", "three")] == [["v1"], ["prod", "v2"]]
