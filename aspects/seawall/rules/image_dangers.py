"""What is said of a rule that takes an image in use: which image, when it goes, and what has to happen before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seawall.images import ActionType, CountType, LifecycleRule, TagStatus, Used, Verdict
from seawall.images.analysis import RepositoryCase
from seawall.images.effects import pushed_after
from seawall.images.families import is_broad
from seawall.images.notes import consequence
from seawall.images.references import short_text
from seawall.images.settings import assumed, pushes_text, span
from seawall.images.tag_states import TagMatch, deployed
from seawall.words import plural, some

OUTAGE = "an archived image cannot be pulled"
ACTS = "ECR acts within 24 hours (AWS documentation)"


def headline(case: RepositoryCase, used: Used) -> str:
    """The rule, the image that it takes and who runs it, when, and whether anything has to happen before."""
    rule, runs = danger_rule(used), used.consumer.id
    image = f"the image that {runs} runs" if used.judgement.moved else named(used)
    if of_earlier_version(used):
        image = f"the image of an older version of {runs}, which an alias names,"
    outage = f": {OUTAGE}" if rule.action.type is ActionType.TRANSITION else ""
    return f"{danger_text(case, rule)} {image} {_when(case, used)}{outage}"


def of_earlier_version(used: Used) -> bool:
    """Whether the rule takes an image that an older version has bound, before the present one."""
    return counts(danger_rule(used)) and used.consumer.retained > 0 and not used.judgement.moved


def named(used: Used) -> str:
    """The image as the template names it, and who runs it; only that where its tag is not known."""
    runs, wanted = used.consumer.id, used.consumer.reference
    if wanted.identity is None:
        return f"the image that {runs} runs"
    return f"{short_text(wanted.text)}, which {runs} runs,"


def danger_text(case: RepositoryCase, rule: LifecycleRule) -> str:
    """A rule that takes an image, up to the verb; days are told behind it."""
    which = rule.what if counts(rule) else rule.selects
    return f"rule {rule.priority} of {case.repository.key} ({which}) {rule.action.does}"


def danger_rule(used: Used) -> LifecycleRule:
    """The rule that takes the image."""
    assert used.judgement.rule is not None  # noqa: S101
    return used.judgement.rule


def counts(rule: LifecycleRule) -> bool:
    """Whether a rule counts images, not days."""
    return rule.selection.count_type is CountType.IMAGES


def told_by_age(used: Used) -> bool:
    """Whether the headline tells all of the course of events: an image is pushed, deployed, and too old one day."""
    return not counts(danger_rule(used)) and not tag_moved(used)


def tag_moved(used: Used) -> bool:
    """Whether the rule takes the image once a tag is no longer on it."""
    return bool(used.judgement.moved) or danger_rule(used).selection.tag_status is TagStatus.UNTAGGED


def consequences(case: RepositoryCase, used: Used) -> Iterator[str]:
    """What comes of it, and what the time in the headline is made of."""
    felt = consequence(used.consumer)
    if felt:
        yield f"{used.consumer.id} {felt}"
    yield _time(case, used)
    if not told_by_age(used):
        yield "for example, with made-up names:"


def _when(case: RepositoryCase, used: Used) -> str:
    """When the rule takes it, and what has to happen before."""
    rule, moved = danger_rule(used), used.judgement.moved
    taken = tag_taken(moved) or ("once it has no tag" if tag_moved(used) else "")
    if counts(rule):
        return _by_count(case, used, taken)
    number = rule.selection.count_number
    if taken:
        aged = f"when it is {days_span(number)} old"
        if rule.selection.count_type is CountType.PULLED:
            aged = f"{days_span(number)} after its last pull"
        return f"{taken}: within 24 hours, or {aged} if that is later"
    after = f"{days_span(number)} after its {clock(rule)}"
    if used.judgement.verdict is Verdict.DOOMED:
        return f"{after}, without any push or deployment (harmless only if a newer image is deployed by then)"
    return f"{after} (unless {' or '.join(_rescued_by(case, used))})"


def _by_count(case: RepositoryCase, used: Used, taken: str) -> str:
    judgement = used.judgement
    if judgement.younger is None or not judgement.days:
        when = f"{taken}, within 24 hours" if taken else "within 24 hours, without any further push"
        return f"{when}: it {judgement.danger}"
    pushes, each = _pace(case, used)
    number, long = judgement.younger, span(judgement.days)
    pace = f"{assumed(pushes)}{pushes_text(pushes)}{f' of {each} images each' if each > 1 else ''}"
    rule = danger_rule(used)
    among = that_one(rule, taken)
    if number == rule.selection.count_number and (among or not taken):
        before = f"{taken} and" if taken else "once"  # the push that takes the tag is one of the newer ones
        return f"{before} {images_after(rule, number)}: {long} after its push, at {pace}"
    one, many = ("push", "pushes") if each == 1 else ("image", "images")
    pace = f"{pace_text(pushes)} a day" if each == 1 else pace
    more = f"after {number:,} more {one if number == 1 else many}{among}: {long} at {pace}"
    return f"{taken}, {more}" if taken else more


def tag_taken(moved: Sequence[str]) -> str:
    """That another push has to take tags first, as a clause; empty where none has to."""
    return f"once another push has taken its tag {' and '.join(moved)}" if moved else ""


def that_one(rule: LifecycleRule, taken: str) -> str:
    """Behind a number of pushes: that the one which takes the tag is one of them; empty where there is none, or where
    the rule counts images without a tag.
    """
    return " (that one among them)" if taken and rule.selection.tag_status is not TagStatus.UNTAGGED else ""


def images_after(rule: LifecycleRule, number: int) -> str:
    """So many newer images that a rule counts, as a clause."""
    return pushed_after(number, "" if rule.selection.tag_status is TagStatus.ANY else f" with {rule.selects}")


def pace_text(pushes: float) -> str:
    """So many pushes a day; nobody has said so where it is the number that is assumed."""
    return f"{assumed(pushes)}{pushes:g}"


def _pace(case: RepositoryCase, used: Used) -> tuple[float, int]:
    """How many pushes a day the time of a danger rests on, and the images of each."""
    younger, days = used.judgement.younger, used.judgement.days
    assert younger is not None  # noqa: S101
    assert days  # noqa: S101
    each = case.settings.images_per_push if is_broad(danger_rule(used).selection) else 1
    return round(younger / days / each, 6), each


def _rescued_by(case: RepositoryCase, used: Used) -> Iterator[str]:
    """What else than the fix keeps the image, where it is no certain loss."""
    late = used.consumer.late and not case.repository.stable(used.consumer.reference.tag)
    yield "its tag is pushed again by then" if late else "a newer image is deployed by then"
    policy, rule = case.repository.policy, danger_rule(used)
    walked = () if policy is None else deployed(used.consumer).walk(policy)
    above = [each for each, match in walked if match is TagMatch.POSSIBLE and each.priority < rule.priority]
    if above:
        rules = some([f"rule {each.priority} ({each.selects})" for each in above], 12, "or")
        yield f"a further tag on it meets {rules}"


def _time(case: RepositoryCase, used: Used) -> str:
    """What the time in the headline is made of."""
    rule, judgement = danger_rule(used), used.judgement
    if not counts(rule):
        return f"{plural(rule.selection.count_number, 'day')} as the rule says, and {ACTS}"
    if judgement.younger is None or not judgement.days:
        return ACTS
    every = rule.selection.tag_status is TagStatus.ANY
    counted = "every push counts, whatever its tag" if every else f"only {rule.selects} count"
    pushes, each = _pace(case, used)
    made = (
        f"{judgement.younger:,} / {pushes:g} a day" if each == 1 else f"{judgement.younger:,} / ({pushes:g} x {each})"
    )
    long = f"{judgement.days * 24:.3g} hours" if judgement.days < 2 else f"{judgement.days:.3g} days"
    return f"{counted}: {made} = {long}, and {ACTS}; another pace: pushes-per-day in seawall.toml"


def days_span(number: int) -> str:
    """The same for a rule that counts days."""
    return f"{number:,} to {number + 1:,} days"


def clock(rule: LifecycleRule) -> str:
    """From when on a rule that counts days counts them."""
    return "last pull" if rule.selection.count_type is CountType.PULLED else "push"
