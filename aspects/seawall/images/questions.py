"""What a verdict hangs on that no template says, each as a question with the statement that answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from .families import moves
from .matching import entries
from .policy import LifecycleRule
from .repositories import REFUSED, UNDECLARED, Repository
from .settings import ImageSettings
from .tag_states import TagState

MOVING_TAGS = "moving_tags"
_OWN_TAG = (
    "push each deployment under a tag of its own too, which never moves, and deploy by that tag (a digest alone does "
    "not hold an image that has lost its tag)"
)


class ImageStatement(Struct, frozen=True):
    """A statement of a repository that answers a question."""

    if_: str
    """When it may be stated, as a clause."""
    trait: str
    value: tuple[str, ...] | bool = ()


class Question(Struct, frozen=True):
    """An open question about an image."""

    text: str
    answer: str
    """What to do about it, beside stating it."""
    bad: tuple[str, ...] = ()
    """The bad answers, as clauses with ``{image}`` and ``{rule}``; empty where nothing of it is known."""
    loss: str = ""
    """What happens then, in the same form."""
    wishes: tuple[str, ...] = ()
    """What has to be so for the image to stay, as clauses; empty where that is not one thing."""
    states: ImageStatement | None = None
    """The statement that answers it; None where none does."""
    rules: tuple[LifecycleRule, ...] = ()
    """The rules that take the image after a bad answer."""
    again: tuple[tuple[str, ...], ...] = ()
    """Tags that leave the image without one where they are pushed again, all of a group."""
    moves: bool = False
    """Whether these are pushed again in the ordinary course of events."""
    reason: str = ""
    """Why it is asked, where the text of it says no more than that it is."""

    @property
    def wish(self) -> str:
        """What has to be so for the image to stay; empty where that is not one thing."""
        tags = tuple(dict.fromkeys(tag for group in self.again for tag in group))
        never = (f"{listed(tags)} {_is(tags)} never pushed again",) if tags and not self.moves else ()
        return " and ".join((*never, *self.wishes))

    def risk(self, image: str) -> str:
        """What happens if the answer is a bad one; empty where nothing of it is known."""
        rules = " or ".join(rule.summary for rule in self.rules)
        bad = (*self._pushed(), *self.bad)
        return self._about(image, rules, f"if {' or '.join(bad)}, {self.loss}") if bad else ""

    def cost(self, image: str) -> str:
        """What a bad answer leads to, the rules by their numbers alone."""
        return self._about(image, " or ".join(f"rule {rule.priority}" for rule in self.rules), self.loss)

    def _pushed(self) -> tuple[str, ...]:
        """What happens to the tags: one sentence about those of which each is enough."""
        alone = tuple(group[0] for group in self.again if len(group) == 1)
        together = (f"{listed(group)} are pushed again" for group in self.again if len(group) > 1)
        return (*((f"{listed(alone, 'or')} is pushed again",) if alone else ()), *together)

    def _about(self, image: str, rule: str, text: str) -> str:
        return text.replace("{rule}", rule).replace("{image}", image)


def listed(names: Sequence[str], word: str = "and") -> str:
    """All of some names as one list.

    >>> listed(["v41"]), listed(["v41", "v42", "v43"]), listed(["v41", "v42"], "or")
    ('v41', 'v41, v42 and v43', 'v41 or v42')
    """
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def merged(questions: Iterable[Question], same: Callable[[Question], object]) -> tuple[Question, ...]:
    """Questions that one answer settles as one each: those of which `same` tells the same."""
    groups: dict[object, list[Question]] = {}
    for question in questions:
        groups.setdefault(same(question), []).append(question)
    return tuple(map(_one, groups.values()))


def _one(questions: list[Question]) -> Question:
    return replace(
        questions[0],
        text="; ".join(dict.fromkeys(each.text for each in questions)),
        bad=tuple(dict.fromkeys(bad for each in questions for bad in each.bad)),
        wishes=tuple(dict.fromkeys(wish for each in questions for wish in each.wishes)),
        rules=tuple(dict.fromkeys(rule for each in questions for rule in each.rules)),
        again=tuple(dict.fromkeys(group for each in questions for group in each.again)),
    )


def moved_again(state: TagState, rule: LifecycleRule, settings: ImageSettings, said: tuple[str, ...]) -> Question:
    """Whether a tag is pushed again, which leaves the image to another rule. One that looks like one build's own can be
    made immutable; one that is meant to move is no name for an image that has to stay. `said`: the tags as written.
    """
    immutable = "make tags immutable (ImageTagMutability: IMMUTABLE)"
    loss = f"{{image}} loses its tag, and {{rule}} {rule.action.does} it"
    once = ImageStatement("your pipeline never pushes the same tag twice", MOVING_TAGS)
    if state.unnamed:
        return Question(
            f"is the tag that the deployment sets pushed again? If so, the image in use is left without a tag, and "
            f"{rule.summary} takes it",
            immutable,
            ("the tag that the deployment sets is pushed again",),
            loss,
            ("the tag that the deployment sets is never pushed again",),
            once,
            (rule,),
        )
    if not state.moved:
        return Question(
            f"does the image have a tag? {rule.summary} takes it if not",
            f"if it may have none, name the image by a tag, and {immutable}",
            ("{image} has no tag",),
            f"{{rule}} {rule.action.does} it",
            ("the image in use has a tag",),
            ImageStatement("it is pushed with a tag, which stays on it", "also_tagged", ("*",)),
            (rule,),
        )
    meant = all(moves(tag, settings) for tag in state.moved)
    never = replace(once, if_="no tag of an image in use is ever pushed again") if meant else once
    asked = f"{_is(said)} {listed(said)} pushed again?"
    return Question(
        f"{asked} If so, the image in use is left without a tag, and {rule.summary} takes it",
        f"if a tag moves, {_OWN_TAG}, or have {rule.summary} keep images for longer than one runs"
        if meant
        else immutable,
        loss=loss,
        states=None if meant and settings.moving_tags is not None else never,
        rules=(rule,),
        again=(said,),
        moves=meant,
    )


def pulled(rule: LifecycleRule, *, superseded: bool = False) -> Question:
    """Whether the image is pulled often enough for a rule that counts from its last pull; one that is `superseded` has
    lost its tag to a later push, so that no rule for it helps.
    """
    return Question(
        f"is the image pulled at least every {rule.selection.count_number} days? {rule.summary} takes it if not",
        f"if not, {_OWN_TAG}, with a rule for such tags above {rule.summary}"
        if superseded
        else f"if not, put a rule for its tag above {rule.summary}",
        (f"{{image}} is not pulled every {rule.selection.count_number} days",),
        f"{{rule}} {rule.action.does} it",
        (f"the image is pulled at least every {rule.selection.count_number} days",),
        ImageStatement("it is pulled every day", "pulled_daily", True),
        (rule,),
    )


def also_tagged(rule: LifecycleRule) -> Question:
    """Whether the image carries a further tag, by which an earlier rule claims it."""
    return Question(
        f"does the image also carry a tag that {rule.summary} matches?",
        f"if they do, write the patterns of these tags between the brackets, such as {_example(rule)}",
        ("{image} also carries a tag that {rule} matches",),
        f"that rule {rule.action.does} it",
        states=ImageStatement("images in use carry no tag beside the one they are named by", "also_tagged"),
        rules=(rule,),
    )


def _example(rule: LifecycleRule) -> str:
    return ", ".join(entries(rule.selection)) or "sha-*"


def without_witness(rule: LifecycleRule) -> Question:
    """Whether a rule takes the image that seems to, where no course of events shows it."""
    return Question(
        f"does {rule.summary} take the image? It seems so, but no course of events that shows it was found",
        "take it for a danger, and report it: this is a defect of Seawall",
    )


def unknown_policy(repository: Repository) -> Question | None:
    """What the policy of a repository is; no question where ECR refuses the one that is written."""
    if repository.unknown == REFUSED:
        return None
    asked = f"can a lifecycle policy delete {repository.key}? {repository.unknown[:1].upper()}{repository.unknown[1:]}"
    if repository.unknown == UNDECLARED:
        return Question(
            asked,
            "if the repository is yours, give the template that declares it in the same call (seawall check a.yaml "
            "b.yaml; assemblies, too); if it is a public image or another account's, no policy of yours deletes it: "
            "acknowledge this",
            reason=f"{repository.unknown.replace('its repository', f'the repository {repository.key}')}",
        )
    return Question(
        asked, "give the values that the policy is made of (--parameter), or write it out", reason=repository.unknown
    )


def made_from(question: Question, template: str, judged: str) -> Question:
    """The same question where ECR may have made the repository from a creation template, with what holds then."""
    also = f". If ECR made it from {template}, the image is {judged}"
    return replace(question, text=f"{question.text}{also}", reason=f"{question.reason}{also}")


def unknown_repository(text: str, why: str) -> Question:
    """Which repository an image lies in."""
    return Question(
        f"which repository holds {text or 'the image'}? {why}".rstrip("? ") + ("" if why else "?"),
        "give the value (--parameter), or analyse the template that sets it along with this one",
    )
