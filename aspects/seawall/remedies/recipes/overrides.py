"""Changes of a template that the CDK wrote, where nothing tells which construct made a resource: found by its id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import dedent

from seawall.template.language import SPOKEN, AuthorLanguage

from .code import literal, written
from .snippets import Snippet, imports
from .write import FileEdit


def overrides(edits: Sequence[FileEdit]) -> tuple[Snippet, ...]:
    """Lines for the end of a stack's constructor, in its language, or in each where nobody knows it; empty where more
    is changed than properties that are set.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/cfn-layer.html (escape hatches), read 2026-11-30.
    """
    if not all(map(_is_property, edits)):
        return ()
    known = edits[0].language
    return tuple(_in(language, edits) for language in (SPOKEN if known is None else (known,)))


def within_loop(edits: Sequence[FileEdit], language: AuthorLanguage) -> str:
    """The lines within the loop that looks for the resource; empty where there are several resources."""
    if len({edit.path[1] for edit in edits}) > 1:
        return ""
    return dedent("\n".join(line for edit in edits for line in _set(edit, language)))


def _is_property(edit: FileEdit) -> bool:
    """Whether one property is set, of which the path has no positions in lists."""
    resources, _, properties, *steps = (*edit.path, "", "", "")[: max(len(edit.path), 3)]
    plain = bool(steps) and not any(step.isdecimal() or "." in step for step in steps)
    known = resources == "Resources" and properties in ("Properties", "Metadata")
    return known and plain and not edit.removes and not edit.inside


def _in(language: AuthorLanguage, edits: Iterable[FileEdit]) -> Snippet:
    lines: list[str] = []
    groups: dict[str, list[FileEdit]] = {}
    for edit in edits:
        groups.setdefault(edit.path[1], []).append(edit)
    for name, group in groups.items():
        found, _, closing = lines_that_find(name, language)
        lines += [*found, *(line for edit in group for line in _set(edit, language)), *closing]
    return Snippet(language, tuple(imports([("", "CfnResource")], language)), tuple(lines))


def lines_that_find(name: str, language: AuthorLanguage) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Lines that look for a resource in its stack by its logical id, how far in stands what is done to it, as ``each``,
    and what closes them.
    """
    if language is AuthorLanguage.PYTHON:
        return (
            (
                "for each in self.node.find_all():",
                f'    if isinstance(each, CfnResource) and self.resolve(each.logical_id) == "{name}":',
            ),
            " " * 8,
            (),
        )
    return (
        (
            "for (const each of this.node.findAll()) {",
            f"  if (CfnResource.isCfnResource(each) && this.resolve(each.logicalId) === '{name}') {{",
        ),
        " " * 4,
        ("  }", "}"),
    )


def _set(edit: FileEdit, language: AuthorLanguage) -> Iterator[str]:
    """The call that sets a property, within its loop."""
    of_property = edit.path[2] == "Properties"
    path, (first, *more) = ".".join(edit.path[3 if of_property else 2 :]), written(literal(edit.value), language)
    if language is AuthorLanguage.PYTHON:
        value = "\n        ".join((first, *more))
        yield from f'        each.add_{"property_" if of_property else ""}override("{path}", {value})'.splitlines()
        return
    value = "\n    ".join((first, *more)).removesuffix(";")
    yield from f"    each.add{'Property' if of_property else ''}Override('{path}', {value});".splitlines()
