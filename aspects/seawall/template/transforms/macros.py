"""Macros: what `Transform` and `Fn::Transform` name. Only a file on disk can be included; the rest is said not to run.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-section-structure.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from ..documents import parse_document
from ..errors import InputError
from ..files import read_text
from ..origins import Path
from ..values import Json, Known
from .expanded import Expanded, Note, Surroundings, hides, transforms
from .sam import TRANSFORM as SAM

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
_INCLUDE = "AWS::Include"
_CALL = "Fn::Transform"
_MAX_INCLUDES = 100
"""Places of one template where a file is put in."""


def included(body: Mapping[str, Json], surroundings: Surroundings) -> Expanded:
    """`body` with the files that it includes by a path on disk; notes name every other macro, once each."""
    work = _Including(body, surroundings)
    result: dict[str, Json] = work.walk(dict(body), ())
    for transform in transforms(body):
        name = _name(transform)
        if name == _INCLUDE:
            content = work.content(transform, ("Transform",))
            result = {**content, **result} if isinstance(content, dict) else result
        elif name not in (SAM, LANGUAGE_EXTENSIONS):
            work.macros.setdefault(f"{name} in Transform", ["Transform"])
    return Expanded(result, work.origins, {}, (*work.unread, *work.not_run()))


def _name(transform: Json) -> str:
    name = transform.get("Name") if isinstance(transform, dict) else transform
    return name if isinstance(name, str) else "without a name"


class _Including(Struct):
    body: Mapping[str, Json]
    surroundings: Surroundings
    origins: dict[Path, Path] = field(default_factory=dict)
    unread: list[Note] = field(default_factory=list)
    macros: dict[str, list[str]] = field(default_factory=dict)
    """Where each macro is called."""
    left: int = _MAX_INCLUDES

    def walk(self, node: Json, at: Path) -> Json:
        if isinstance(node, list):
            return [self.walk(each, (*at, str(index))) for index, each in enumerate(node)]
        if not isinstance(node, dict):
            return node
        found = {key: self.walk(value, (*at, str(key))) for key, value in node.items()}
        return self._called(found, at) if _CALL in node else found

    def _called(self, node: dict[str, Json], at: Path) -> Json:
        """What stands in place of an object that holds ``Fn::Transform``: one call or several, beside other keys."""
        calls = node[_CALL] if isinstance(node[_CALL], list) else [node[_CALL]]
        contents: list[Json] = []
        for call in calls:
            if _name(call) == _INCLUDE:
                contents.append(self.content(call, at))
            else:
                self.macros.setdefault(_name(call), []).append(".".join(at))
        rest = {key: value for key, value in node.items() if key != _CALL}
        if len(contents) < len(calls) or None in contents:
            rest = node  # what the rest of it makes is unknown
        if not rest and len(contents) == 1:
            self.origins[at] = (*at, _CALL)
            return contents[0]
        for content in contents:
            for key, value in content.items() if isinstance(content, dict) else ():
                if key not in rest:
                    self.origins[(*at, key)] = (*at, _CALL)
                    rest = {**rest, key: value}
        return rest

    def content(self, call: Json, at: Path) -> Json:
        """What the file holds that is to be included; None, with a note, if it cannot be read."""
        parameters = call.get("Parameters") if isinstance(call, dict) else None
        raw = parameters.get("Location") if isinstance(parameters, dict) else None
        value = self.surroundings.value(self.body, raw)
        location = value.value if isinstance(value, Known) else None
        if not isinstance(location, str):
            return self._unread("a file whose address only the deployment knows", at)
        if "://" in location or location.startswith("/") or "\0" in location:
            return self._unread(f"{location}, which is no path beside the template", at)
        self.left -= 1
        if self.left < 0:
            return self._unread(f"{location}: more than {_MAX_INCLUDES} files are included", at)
        try:
            file = self.surroundings.file.parent / location
            return parse_document(file, read_text(file)).body
        except InputError as error:
            return self._unread(f"{location}: {error.why}", at)

    def _unread(self, what: str, at: Path) -> None:
        self.unread.append(Note(f"AWS::Include at {'.'.join(at)} is not expanded: {what}", hides(at)))

    def not_run(self) -> list[Note]:
        """A note for each macro, and one for each further resource that it makes as a whole."""
        notes = []
        for name, places in self.macros.items():
            others = len(places) - 1
            more = f" and at {others} more place{'s' if others > 1 else ''}" if others else ""
            at = "" if places[0] == "Transform" else f" at {places[0] or 'the top level'}{more}"
            why = f"macro {name}{at} is not run: what it makes of the template is not seen"
            hidden = dict.fromkeys(hides(tuple(place.split("."))) for place in places)
            notes += [Note(why, each) for each in hidden if each is not None or len(hidden) == 1]
        return notes
