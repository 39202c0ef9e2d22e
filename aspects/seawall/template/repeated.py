"""Keys that stand more than once in one object.

CloudFormation accepts them in JSON and in YAML and takes the last value, though its guide calls the behaviour
undefined; see https://github.com/aws-cloudformation/cfn-language-discussion/issues/96 and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from .limits import MAX_REPEATED


class Repeated(Struct, frozen=True):
    """A key whose earlier value does not count."""

    inside: tuple[str, ...]
    """The keys that lead to the object."""
    key: str
    dropped: int
    """Line of the value that does not count."""
    kept: int
    """Line of the next one."""

    def __str__(self) -> str:
        """A sentence for the reader.

        >>> str(Repeated(("Resources",), "Queue", 3, 9))
        'Queue stands twice in Resources, on lines 3 and 9: the last one counts, as in CloudFormation'
        """
        return f"{self.said}: the last one counts, as in CloudFormation"

    @property
    def said(self) -> str:
        """That it stands twice, and where."""
        where = f" in {'.'.join(self.inside)}" if self.inside else ""
        both = f"line {self.kept}" if self.dropped == self.kept else f"lines {self.dropped} and {self.kept}"
        return f"{self.key} stands twice{where}, on {both}"

    @property
    def hides(self) -> str | None:
        """What is not seen for what it may be: as `Note.hides`."""
        path = (*self.inside, self.key)
        if path[0] == "Resources":
            return path[1] if len(path) > 1 else ""
        return "" if path[0] in _DECIDING else None


_DECIDING = frozenset({"Conditions", "Globals", "Mappings", "Parameters", "Transform"})
"""Sections of a template that decide what its resources are."""


def told(repeated: Sequence[Repeated], machine: str | None = None) -> Iterator[tuple[str, str | None]]:
    """A sentence for each, with what it hides, up to a bound; `machine`: whose definition alone the file is."""
    for each in repeated[:MAX_REPEATED]:
        if machine is not None:
            yield f"{each.said}: which of the two counts is not known", machine
        else:
            yield str(each), each.hides
    if len(repeated) > MAX_REPEATED:
        counts = "the last one counts, as in CloudFormation" if machine is None else "which one counts is not known"
        yield f"more than {MAX_REPEATED} keys stand twice: of each, {counts}", machine or ""
