"""What to do about an image in danger before the policy is corrected: steps, each with its condition and its command.

Sources, read 2026-11-30: https://docs.aws.amazon.com/cli/latest/reference/ecr/describe-images.html,
https://docs.aws.amazon.com/cli/latest/reference/ecr/delete-lifecycle-policy.html,
https://docs.aws.amazon.com/cli/latest/reference/ecr/update-image-storage-class.html,
https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html. The CLI asks for all pages by itself; with
``--output json`` it makes one answer of them before it applies ``--query``, with ``text`` it applies it to each page
(https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html): a length is asked for as JSON, lines
as text. Version 2 writes times in ISO 8601, which a query compares as text; a value between backticks may be a number
as well, as version 1 writes them. It writes them in the time zone of the shell, in which an hour comes twice when
summer time ends, so that it is set to UTC (https://docs.python.org/3/library/time.html#time.tzset). The physical id of
a repository is its name
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from shlex import quote

from msgspec import Struct

from seawall.images import ActionType, CountType, ImageReference, LifecycleRule, Selection, TagStatus, Used, Verdict
from seawall.images.analysis import RepositoryCase
from seawall.images.demand import identified
from seawall.images.families import moves
from seawall.images.matching import entries, is_universal
from seawall.images.references import short_text
from seawall.words import plural

from .commands import looked_up
from .context import Context
from .fixes import StopNow, StopStep
from .image_dangers import counts, danger_rule, of_earlier_version, tag_moved

_WHEN = "until it is fixed"
_TAKEN_OFF = "take the policy off (the fix sets it again; until then more images are stored, and nothing is lost)"
_DIGEST = "$digest"
_IN_UTC = "TZ=UTC aws ecr"
"""Before what shows or compares times."""
_DIGESTS = {
    "ecs": "aws ecs describe-tasks shows it as imageDigest",
    "lambda": "the end of Code.ResolvedImageUri of aws lambda get-function",
    "sagemaker": "the end of ResolvedImage of aws sagemaker describe-endpoint",
    "emr": "imageConfiguration.resolvedImageDigest of aws emr-serverless get-application",
    "eks": "the end of imageID of kubectl get pods --output json",
}
"""Where the digest of what runs is seen, by the first word of the kind of use."""


class _Looked(Struct, frozen=True):
    """The image that is looked for: in words, and for the CLI."""

    said: str
    id: str
    """As a shorthand of ``--image-ids``, quoted for the shell."""
    condition: str
    """As the condition of a query over all images, between double quotes of the shell."""


def until_then(context: Context, case: RepositoryCase, used: Used) -> StopNow:
    """The steps with their commands; empty where no template declares the repository."""
    if case.found is None:
        return StopNow()
    name = case.found.name if case.found.name and "$" not in case.found.name else ""
    repository = f"--repository-name {quote(name) if name else '$id'}"
    rescue = _rescue(case, used, repository)
    steps = _set_before(rescue.steps, _DIGEST, ("digest=DIGEST_OF_THE_IMAGE",), _seen(used))
    steps = _set_before(steps, "$id", () if name else looked_up(context.app, case.found.place))
    return StopNow(rescue.goal, when=_WHEN, steps=steps)


def _set_before(
    steps: tuple[StopStep, ...], variable: str, lines: Iterable[str], said: str = ""
) -> tuple[StopStep, ...]:
    """The steps with the lines that set a variable before the first command that uses it; `said`: where to look."""
    for number, step in enumerate(steps):
        if any(variable in line for line in step.commands):
            first = StopStep(f"{step.do}{said}", (*lines, *step.commands))
            return (*steps[:number], first, *steps[number + 1 :])
    return steps


def _looked(case: RepositoryCase, used: Used) -> _Looked:
    """The image in use: by its digest where its tag may stand on a younger one by now."""
    wanted, runs = used.consumer.reference, used.consumer.id
    if of_earlier_version(used):
        said = f"the image of the older version of {runs}"
        return _Looked(said, f"imageDigest={_DIGEST}", f"imageDigest == '{_DIGEST}'")
    if wanted.digest is not None:
        return _Looked(short_text(wanted.text), quote(f"imageDigest={wanted.digest}"), _meets(wanted))
    movable = wanted.tag is None or (moves(wanted.tag, case.settings) and not case.repository.stable(wanted.tag))
    if used.judgement.moved or wanted.pinned or (movable and not used.consumer.late):
        return _Looked(f"the image that {runs} runs", f"imageDigest={_DIGEST}", f"imageDigest == '{_DIGEST}'")
    return _Looked(short_text(wanted.text), quote(f"imageTag={wanted.tag}"), _meets(wanted))


def _meets(wanted: ImageReference) -> str:
    """What is so of an image that is named, as a condition of a query between double quotes of the shell."""
    if wanted.digest is not None:
        return f"imageDigest == {_raw(wanted.digest)}"
    return f"contains(imageTags || \\`[]\\`, {_raw(wanted.tag or '')})"


def _raw(text: str) -> str:
    """A string of a query, between double quotes of the shell."""
    told = text.replace("'", "\\'")
    return "'" + re.sub(r'([\\"$`])', r"\\\1", told) + "'"


def _seen(used: Used) -> str:
    """Where the digest of what runs is seen: its tag may stand on another image by now."""
    seen = _DIGESTS.get(used.consumer.kind.partition("-")[0])
    if seen and of_earlier_version(used):
        seen = f"{seen} --qualifier with the number of the version"
    return f" (its digest: {seen})" if seen else ""


class _Rescue(Struct, frozen=True):
    """What the steps are for, and the steps: in words in which a shell finds nothing to read, as some read comments."""

    goal: str
    steps: tuple[StopStep, ...]


def _rescue(case: RepositoryCase, used: Used, repository: str) -> _Rescue:
    rule, image = danger_rule(used), _looked(case, used)
    if rule.action.type is ActionType.TRANSITION:
        return _from_archive(rule, image, repository)
    if tag_moved(used):
        return _untagged(used, image, repository)
    if counts(rule) and used.judgement.younger is None and used.judgement.verdict is Verdict.ENDANGERED:
        return _if_different(case, rule, repository)
    if counts(rule) and used.judgement.younger is not None:
        return _by_count(rule, image, repository)
    return _by_age(used, image, repository)


def _in_time(image: _Looked, verb: str = "delete") -> str:
    return f"see whether ECR is about to {verb} {image.said}, and take the policy off in time"


def _step(do: str, command: str) -> StopStep:
    return StopStep(do, tuple(command.splitlines()))


def _off(repository: str, condition: str = "", after: str = "") -> StopStep:
    """The policy is taken off, on a condition or at once."""
    do = f"{f'only {condition}: ' if condition else ''}{_TAKEN_OFF}{after}"
    return _step(do, f"aws ecr delete-lifecycle-policy {repository}")


def _gone(condition: str = "if that fails with ImageNotFoundException") -> StopStep:
    return StopStep(f"{condition}: the image is gone. Push it again or deploy another one")


def _if_different(case: RepositoryCase, rule: LifecycleRule, repository: str) -> _Rescue:
    """More images may be in use than the rule keeps: as many as the names are on."""
    named = [each.reference for each in identified(rule, case.consumers) if each.reference.identity is not None]
    number, are = plural(rule.selection.count_number, "image"), "is" if rule.selection.count_number == 1 else "are"
    each = " || ".join(map(_meets, named))
    listed = (
        f"aws ecr describe-images {repository} --output json \\\n"
        f'  --query "imageDetails[?{each}].[imageDigest, imageTags]"'
    )
    names = " and ".join(short_text(reference.text) for reference in named)
    return _Rescue(
        f"see whether {names} are on more than {number}, and take the policy off in time",
        (
            _step(f"see which images {names} are on", listed),
            _gone("if one of them is not listed"),
            _off(repository, f"if more than {number} {are} listed"),
        ),
    )


def _by_age(used: Used, image: _Looked, repository: str) -> _Rescue:
    rule = danger_rule(used)
    number = rule.selection.count_number
    pushed = _described(repository, image, "imageDetails[0].imagePushedAt", "text")
    if counts(rule) or number == 1:
        why = used.judgement.danger if counts(rule) else "leaves an image for one day only"
        steps = (_off(repository), _step(f"see whether {image.said} is still there", pushed), _gone())
        return _Rescue(f"take the policy off at once, as it {why}", steps)
    condition = f"if it was pushed {_or_more(number - 1)} ago"
    off = _off(repository, condition, f". Otherwise there is time until day {number}")
    return _Rescue(_in_time(image), (_step(f"see when {image.said} was pushed", pushed), _gone(), off))


def _or_more(days: int) -> str:
    return f"{days:,} or more days"


def _by_count(rule: LifecycleRule, image: _Looked, repository: str) -> _Rescue:
    number = rule.selection.count_number
    which = "" if rule.selection.tag_status is TagStatus.ANY else f" with {rule.selects}"
    condition, later = f"if {number:,} or more are newer", "With fewer, look again after each push"
    if number == 1:
        condition, later = "if one is newer", "With none, there is time until the next push"
    pushed = _described(repository, image, "imageDetails[0].imagePushedAt", "text")
    return _Rescue(
        _in_time(image),
        (
            _step(f"see when {image.said} was pushed", f"pushed=$({pushed}) && echo $pushed"),
            _gone(),
            _step(f"see how many images{which} are newer", _newer(repository, rule.selection)),
            _off(repository, condition, f", as ECR deletes {image.said} within 24 hours. {later}"),
        ),
    )


def _untagged(used: Used, image: _Looked, repository: str) -> _Rescue:
    shown = _described(repository, image, "imageDetails[0].[imagePushedAt, imageTags]", "json")
    tags = " and ".join(used.judgement.moved)
    condition = f"if it no longer has the tag {tags}" if tags else "if it has no tag"
    later = f". If it has, push {tags} only together with a deployment until the fix is in place" if tags else ""
    see = _step(f"see when {image.said} was pushed, and its tags", shown)
    return _Rescue(_in_time(image), (see, _gone(), _off(repository, condition, later)))


def _from_archive(rule: LifecycleRule, image: _Looked, repository: str) -> _Rescue:
    """What is archived can be had back."""
    number = rule.selection.count_number
    pulled = rule.selection.count_type is CountType.PULLED
    last = "last pull (its push, where that is None)" if pulled else "push"
    when = "" if counts(rule) or number == 1 else f"if its {last} was {_or_more(number - 1)} ago"
    shown = "[imageStatus, lastRecordedPullTime, imagePushedAt]"
    state = (
        f"{_IN_UTC} describe-images {repository} --filter imageStatus=ANY --output text \\\n"
        f'  --query "imageDetails[?{image.condition}].{shown}"'
    )
    restored = (
        f"aws ecr update-image-storage-class {repository} \\\n  --image-id {image.id} --target-storage-class STANDARD"
    )
    return _Rescue(
        _in_time(image, "archive"),
        (
            _step(f"see the status of {image.said}, its last pull and its push", state),
            _gone("if nothing is printed"),
            _step("only if the status is ARCHIVED: restore it, which takes up to 20 minutes", restored),
            _off(repository, when),
        ),
    )


def _described(repository: str, image: _Looked, query: str, output: str) -> str:
    return f"{_IN_UTC} describe-images {repository} --image-ids {image.id} \\\n  --query '{query}' --output {output}"


def _newer(repository: str, selection: Selection) -> str:
    """The number of images that a rule counts before one that was pushed at ``$pushed``."""
    newer = "imagePushedAt > \\`$pushed\\`"
    if selection.tag_status is not TagStatus.TAGGED:
        return f'{_IN_UTC} describe-images {repository} --output json \\\n  --query "length(imageDetails[?{newer}])"'
    *some, last = (quote(_line_with(entry)) for entry in entries(selection))
    met = "".join(f"grep -E {each} | " for each in some) + f"grep -cE {last}"
    return (
        f"{_IN_UTC} describe-images {repository} --output text \\\n"
        f"  --query \"imageDetails[?{newer}].[join(' ', imageTags || \\`[]\\`)]\" | {met}"
    )


def _line_with(entry: str) -> str:
    """The lines of tags, with spaces between them, of which one meets an entry, as an extended regular expression.

    >>> _line_with("v*"), _line_with("1.4"), _line_with("*")
    ('(^| )v[^ ]*( |$)', '(^| )1[.]4( |$)', '(^| )[^ ]+( |$)')
    """
    if is_universal(entry):
        return "(^| )[^ ]+( |$)"
    parts = (re.sub(r"([.^$+?()\[\]{}|\\])", lambda found: _plain(found[0]), part) for part in entry.split("*"))
    return f"(^| ){'[^ ]*'.join(parts)}( |$)"


def _plain(character: str) -> str:
    return f"\\{character}" if character in "^\\[]" else f"[{character}]"
