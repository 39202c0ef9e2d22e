"""`image-unknown`: what an image's verdict hangs on, as a question that a statement answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph import ImageUse, Place
from seawall.images import Question, Used, Verdict
from seawall.images.analysis import RepositoryCase
from seawall.images.questions import merged, unknown_repository
from seawall.images.references import short_text
from seawall.words import some

from .context import Context
from .fixes import Fix, Step
from .image_advice import question_step
from .image_places import TOPIC, policy_place, sites
from .model import Confidence, Example, Finding, Rule, Severity


def check(context: Context) -> Iterator[Finding]:
    """One finding per question about a repository, and one per image of which the repository is not known.

    An image that stands in another registry in each region is one image, of which one thing is asked.
    """
    for finding, alike in Counter(_asked(context)).items():
        same = f"the same is asked of {alike} registries: which one it is depends on the deployment"
        yield finding if alike == 1 else replace(finding, facts=(*finding.facts, same))


def _asked(context: Context) -> Iterator[Finding]:
    for case in context.images.cases:
        asked: dict[object, list[tuple[Question, Used]]] = {}
        for used in case.used:
            if used.endangered:
                continue  # which is worse, and said elsewhere
            for question in used.judgement.open:
                asked.setdefault(_settled_by(question), []).append((question, used))
        for alike in asked.values():
            (question,) = merged((question for question, _ in alike), _settled_by)
            yield _about(context, case, question, [used for _, used in alike])
    for use in context.images.elsewhere:
        yield _elsewhere(use)


def _settled_by(question: Question) -> object:
    """What is the same for questions that one answer settles."""
    return question if question.states is None else (question.states, question.loss)


def _about(context: Context, case: RepositoryCase, question: Question, group: list[Used]) -> Finding:
    key, found, at = case.repository.key, case.found, group[0].use
    images = some((f"{key}{short_text(used.consumer.reference.text)}" for used in group), 3, "or")
    users = some((used.consumer.id for used in group), 3, "or")
    headline = question.risk(f"the image that {users} runs ({images})")
    facts: tuple[str, ...] = ()
    if not headline and all(used.judgement.verdict is Verdict.UNKNOWN for used in group):
        headline = f"it is not known whether a lifecycle rule can delete {images}, which {users} runs"
        facts = (question.reason or question.text,)
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.HIGH,
        place=policy_place(context, case) if found is not None else at.place,
        site=at.site,
        headline=headline or question.text,
        facts=facts,
        fix=Fix((Step(question.answer) if found is None else question_step(context, case, found.place, question),)),
        also=tuple(site for site in sites(group) if site != at.site),
        shape=(
            key,
            _asks(question),
            str(case.text.place.property) if case.text else "",
        ),
    )


def _asks(question: Question) -> str:
    """What a question is about, whatever its words are."""
    if question.moves:
        return "a tag that moves"
    return question.states.trait if question.states else question.answer


def _elsewhere(use: ImageUse) -> Finding:
    image = use.image
    why = image.repository.why or image.why or "the templates do not tell"
    question = unknown_repository(image.text, why)
    place: Place = use.place
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.HIGH,
        place=place,
        site=use.site,
        headline=f"it is not known whether a lifecycle rule can delete the image that {use.site} runs",
        facts=(question.text,),
        fix=Fix.of(question.answer),
        shape=(use.place.property, image.text),
    )


RULE = Rule(
    id="image-unknown",
    severity=Severity.NOTE,
    title="a question about an image in use that a statement answers",
    what=(
        'Asks what no template says and the answer to "can a rule delete this image?" hangs on: which policy a '
        "repository outside the app has, which repository or image a name means whose parts only the deployment knows, "
        "whether an image carries a further tag that a rule matches, whether a tag that looks like one build's own is "
        "pushed again, and whether an image is pulled often enough for a rule that archives by the last pull. Each "
        "question is counted among what is unknown."
    ),
    why=(
        "An image of which nothing is known is not a safe one. Whoever builds the images can answer most of these "
        "questions with one line."
    ),
    example=Example(
        """\
images = ecr.Repository(self, "Images", lifecycle_rules=[
    ecr.LifecycleRule(tag_status=ecr.TagStatus.UNTAGGED, max_image_age=Duration.days(1)),
])
ecs.ContainerImage.from_ecr_repository(images, "v42")   # is v42 ever pushed again?
"""
    ),
    fix="State in the repository's metadata what is asked (the finding prints the line), or make tags immutable.",
    better=Example(
        """\
images = ecr.Repository(self, "Images", image_tag_mutability=ecr.TagMutability.IMMUTABLE, lifecycle_rules=[
    ecr.LifecycleRule(tag_status=ecr.TagStatus.UNTAGGED, max_image_age=Duration.days(1)),
])
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
    ),
    check=check,
    topic=TOPIC,
)
