"""What to do about an image in danger before the policy is corrected: one decision, and the commands that it needs.

Sources, read 2026-11-30: https://docs.aws.amazon.com/cli/latest/reference/ecr/describe-images.html,
https://docs.aws.amazon.com/cli/latest/reference/ecr/delete-lifecycle-policy.html,
https://docs.aws.amazon.com/cli/latest/reference/ecr/update-image-storage-class.html,
https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html. The CLI asks for all pages by itself; with
``--output json`` it makes one answer of them before it applies ``--query``, with ``text`` it applies it to each page
(https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html): a length is asked for as JSON, lines
as text. Version 2 writes times in ISO 8601, which a query compares as text; a value between backticks may be a number
as well, as version 1 writes them. The physical id of a repository is its name
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
from .fixes import StopNow
from .image_dangers import counts, danger_rule, tag_moved

_WHEN = "until it is fixed"
_DIGEST = "$digest"
_DIGESTS = {
    "ecs": "the ECS console and describe-tasks show it for a running task",
    "lambda": "the end of Code.ResolvedImageUri of aws lambda get-function",
}
"""Where the digest of what runs is seen, by the first word of the kind of use."""


class _Looked(Struct, frozen=True):
    """The image that is looked for: in words, and for the CLI."""

    said: str
    id: str
    """As a shorthand of ``--image-ids``, quoted for the shell."""
    condition: str
    """As the condition of a query over all images, between double quotes of the shell."""


class _Command(Struct, frozen=True):
    """A command of one or several lines."""

    does: str
    """In words in which a shell finds nothing to read, as some read comments."""
    text: str

    def lines(self, number: int) -> tuple[str, ...]:
        """The command behind a line with its number."""
        return (f"# command {number}: {self.does}", *self.text.splitlines())


def until_then(context: Context, case: RepositoryCase, used: Used) -> StopNow:
    """The decision with its commands; empty where no template declares the repository."""
    if case.found is None:
        return StopNow()
    name = case.found.name if case.found.name and "$" not in case.found.name else ""
    repository = f"--repository-name {quote(name) if name else '$id'}"
    decision = _decided(case, used, repository)
    commands = [*decision.commands]
    known = () if name else looked_up(context.app, case.found.place)
    asked = _digest(used) if _DIGEST in decision.text else ()
    last = (
        "take the policy off"
        if decision.words.startswith(_off(len(commands) + 1))
        else "only if so, take the policy off"
    )
    commands.append(_Command(last, f"aws ecr delete-lifecycle-policy {repository}"))
    numbered = [line for number, each in enumerate(commands, 1) for line in each.lines(number)]
    return StopNow(decision.words, (*known, *asked, *numbered), _WHEN)


def _looked(case: RepositoryCase, used: Used) -> _Looked:
    """The image in use: by its digest where its tag may stand on a younger one by now."""
    wanted, runs = used.consumer.reference, used.consumer.id
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


def _digest(used: Used) -> Iterator[str]:
    """The lines that name the image by its digest, as its tag may stand on another one by now."""
    seen = _DIGESTS.get(used.consumer.kind.partition("-")[0])
    yield f"# DIGEST: of the image that runs{f', as {seen}' if seen else ''}"
    yield "digest=DIGEST"


class _Decision(Struct, frozen=True):
    """What to decide, and the commands before the one that takes the policy off."""

    words: str
    commands: tuple[_Command, ...]

    @property
    def text(self) -> str:
        """All commands."""
        return "\n".join(each.text for each in self.commands)


def _decided(case: RepositoryCase, used: Used, repository: str) -> _Decision:
    rule, image = danger_rule(used), _looked(case, used)
    if rule.action.type is ActionType.TRANSITION:
        return _to_archive(rule, image, repository)
    gone = "ImageNotFoundException from command 1: it is gone, push it again or deploy another one"
    if tag_moved(used):
        query = "imageDetails[0].[imagePushedAt, imageTags]"
        tags = _Command("its push and its tags", _described(repository, image, query, "json"))
        return _Decision(f"{_untagged(used, image)}. {gone}", (tags,))
    if counts(rule) and used.judgement.younger is None and used.judgement.verdict is Verdict.ENDANGERED:
        return _if_different(case, rule, repository)
    when = _described(repository, image, "imageDetails[0].imagePushedAt", "text")
    if counts(rule) and used.judgement.younger is not None:
        pushed = _Command("when it was pushed", f"pushed=$({when}) && echo $pushed")
        newer = _Command("how many newer ones the rule counts", _newer(repository, rule.selection))
        return _Decision(f"{_by_count(rule, image)}. {gone}", (pushed, newer))
    return _Decision(f"{_by_age(used, image)}. {gone}", (_Command("when it was pushed", when),))


def _if_different(case: RepositoryCase, rule: LifecycleRule, repository: str) -> _Decision:
    """More images may be in use than the rule keeps: as many as the names are on."""
    named = [each.reference for each in identified(rule, case.consumers) if each.reference.identity is not None]
    number = rule.selection.count_number
    each = " || ".join(map(_meets, named))
    listed = (
        f"aws ecr describe-images {repository} --output json \\\n"
        f'  --query "imageDetails[?{each}].[imageDigest, imageTags]"'
    )
    names = " and ".join(short_text(reference.text) for reference in named)
    return _Decision(
        f"if {names} are on more than {plural(number, 'image')} (command 1 lists them), {_off(2)}. One that is not "
        "listed is gone: push it again or deploy another one",
        (_Command("which images are in use", listed),),
    )


def _off(number: int) -> str:
    """The policy is taken off by the command with this number."""
    return f"take the policy off now (command {number}; the fix sets it again)"


def _by_age(used: Used, image: _Looked) -> str:
    rule = danger_rule(used)
    number = rule.selection.count_number
    if counts(rule):
        return f"{_off(2)}, as it {used.judgement.danger}"
    if number == 1:
        return f"{_off(2)}, as it leaves an image for one day only"
    return (
        f"if {image.said} was pushed {plural(number - 1, 'day')} ago or earlier (command 1 shows when), {_off(2)}. "
        f"Otherwise there is time until day {number}"
    )


def _by_count(rule: LifecycleRule, image: _Looked) -> str:
    number = rule.selection.count_number
    which = "" if rule.selection.tag_status is TagStatus.ANY else f" with {rule.selects}"
    there, time = (
        f"{number:,} or more images{which} are",
        f"With fewer, there is time until there are {number:,}",
    )
    if number == 1:
        there, time = f"any image{which} is", "With none, there is time until the next push"
    return (
        f"if {there} newer than {image.said} (command 2 counts them), ECR deletes it within 24 hours: {_off(3)}. {time}"
    )


def _untagged(used: Used, image: _Looked) -> str:
    moved = used.judgement.moved
    if not moved:
        return f"if {image.said} has no tag (command 1 shows its tags), {_off(2)}"
    tags = " and ".join(moved)
    return (
        f"if {image.said} no longer has the tag {tags} (command 1 shows its tags), {_off(2)}. "
        f"If it has, push {tags} only together with a deployment until then"
    )


def _to_archive(rule: LifecycleRule, image: _Looked, repository: str) -> _Decision:
    """What is archived can be had back."""
    number = rule.selection.count_number
    pulled = rule.selection.count_type is CountType.PULLED
    last = "last pull (its push, where that is None)" if pulled else "push"
    when = "" if counts(rule) or number == 1 else f"if its {last} was {plural(number - 1, 'day')} ago or earlier, "
    shown = "[imageStatus, lastRecordedPullTime, imagePushedAt]"
    state = (
        f"aws ecr describe-images {repository} --filter imageStatus=ANY --output text \\\n"
        f'  --query "imageDetails[?{image.condition}].{shown}"'
    )
    restored = (
        f"aws ecr update-image-storage-class {repository} \\\n  --image-id {image.id} --target-storage-class STANDARD"
    )
    return _Decision(
        f"{when}{_off(3)}. Command 1 shows the status of {image.said}, its last pull and its "
        f"push. ARCHIVED: restore it (command 2, takes up to 20 minutes). Nothing: it is gone, push it again or deploy "
        f"another one",
        (
            _Command("its status, last pull and push", state),
            _Command("only if it is archived, restore it", restored),
        ),
    )


def _described(repository: str, image: _Looked, query: str, output: str) -> str:
    return f"aws ecr describe-images {repository} --image-ids {image.id} \\\n  --query '{query}' --output {output}"


def _newer(repository: str, selection: Selection) -> str:
    """The number of images that a rule counts before one that was pushed at ``$pushed``."""
    newer = "imagePushedAt > \\`$pushed\\`"
    if selection.tag_status is not TagStatus.TAGGED:
        bare = " && !imageTags" if selection.tag_status is TagStatus.UNTAGGED else ""
        return (
            f'aws ecr describe-images {repository} --output json \\\n  --query "length(imageDetails[?{newer}{bare}])"'
        )
    *some, last = (quote(_line_with(entry)) for entry in entries(selection))
    met = "".join(f"grep -E {each} | " for each in some) + f"grep -cE {last}"
    return (
        f"aws ecr describe-images {repository} --output text \\\n"
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
