"""The proof of a policy: what it does to everything in use, now and over the next deployments.

Whoever hands out a policy asks here: the corrected one of a finding, that of a repair, and the one of a construct.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from .policy import LifecyclePolicy
from .references import Consumer
from .repositories import Repository
from .settings import ImageSettings
from .simulation import Kept, kept, simulate
from .verdicts import Judgement, Verdict, judge

DEPLOYMENTS = 3
"""Deployments that the proof goes through, each with its rollbacks."""


class PolicyProof(Struct, frozen=True):
    """What a policy does to the images in use."""

    judgements: tuple[Judgement, ...]
    """The verdict on each."""
    keeps: Kept
    """Images that come to stay."""
    lost: tuple[str, ...]
    """What was needed and gone in the simulated deployments, in words."""

    @property
    def endangered(self) -> tuple[Judgement, ...]:
        """Verdicts by which an image in use may be lost, or of which that is not known."""
        return tuple(each for each in self.judgements if each.verdict not in (Verdict.SAFE, Verdict.BOUNDED))


def policy_proof(repository: Repository, consumers: Iterable[Consumer], settings: ImageSettings) -> PolicyProof:
    """The verdicts on all `consumers`, and what a simulation of the next deployments loses."""
    consumers = tuple(consumers)
    return PolicyProof(
        judge(repository, consumers, settings),
        kept(repository.policy or LifecyclePolicy(), consumers, settings),
        simulated(repository, consumers, settings),
    )


def simulated(repository: Repository, consumers: tuple[Consumer, ...], settings: ImageSettings) -> tuple[str, ...]:
    """What the next deployments lose, with builds of other kinds arriving besides."""
    return simulate(repository, consumers, settings, deployments=DEPLOYMENTS, other=True).lost
