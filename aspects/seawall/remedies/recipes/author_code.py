"""What an author's own file calls things: modules, classes, what a construct is made from, and states.

The file is looked at as text. Where it does not tell for certain, the usual names stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from seawall.template import App, InputError
from seawall.template.files import read_text
from seawall.template.language import AuthorLanguage

_PYTHON_FROM = re.compile(
    r"^from aws_cdk(?:\.(?P<module>\w+))? import (?:\((?P<several>[^)]*)\)|(?P<one>[^\n#]*))", re.M
)
_PYTHON_IMPORT = re.compile(r"^import aws_cdk(?:\.(?P<module>\w+))?(?: as (?P<alias>\w+))?[ \t]*(?:#.*)?$", re.M)
_SCRIPT_WHOLE = re.compile(
    r"^(?:import \* as (?P<alias>\w+) from|(?:const|let|var) (?P<held>\w+) = require\() ?"
    r"['\"]aws-cdk-lib(?:/(?P<module>[\w-]+))?['\"]",
    re.M,
)
_SCRIPT_NAMES = re.compile(
    r"^(?:import|const|let|var) \{(?P<names>[^}]*)\} (?:from|= require\() ?"
    r"['\"]aws-cdk-lib(?:/(?P<module>[\w-]+))?['\"]",
    re.M,
)
_VARIABLE = re.compile(
    r"\b(?P<name>\w+)(?:\s*:\s*[\w.]+)?\s*=\s*(?:new\s+)?[\w.]+\(\s*(?:self|this)\s*,"
    r"\s*(?P<quote>['\"])(?P<id>.*?)(?P=quote)"
)
"""What is assigned to a name: a construct, with its id."""
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_FAR = 3
"""Lines behind the one that the CDK notes in which a call may begin."""
_LONGEST = 60
"""Characters of what a construct is made from; what is longer is no name."""


class AuthorCode(Struct, frozen=True, dict=True):
    """An author's file."""

    text: str
    language: AuthorLanguage

    @cached_property
    def _brought(self) -> Mapping[tuple[str, str], str]:
        """What the file brings in: by module and name, either of them empty, how it is called there."""
        return dict(self._python() if self.language is AuthorLanguage.PYTHON else self._script())

    def _python(self) -> Iterator[tuple[tuple[str, str], str]]:
        for found in _PYTHON_IMPORT.finditer(self.text):
            whole = f"aws_cdk.{found['module']}" if found["module"] else "aws_cdk"
            yield (found["module"] or "", ""), found["alias"] or whole
        for found in _PYTHON_FROM.finditer(self.text):
            for each in (found["several"] or found["one"] or "").split(","):
                name, _, alias = each.partition("#")[0].strip().partition(" as ")
                if found["module"] or not name.startswith("aws_"):
                    yield (found["module"] or "", name), alias or name
                else:
                    yield (name, ""), alias or name

    def _script(self) -> Iterator[tuple[tuple[str, str], str]]:
        for found in _SCRIPT_WHOLE.finditer(self.text):
            yield ((found["module"] or "").replace("-", "_"), ""), found["alias"] or found["held"]
        for found in _SCRIPT_NAMES.finditer(self.text):
            module = (found["module"] or "").replace("-", "_")
            for each in found["names"].split(","):
                name, _, alias = each.strip().replace(":", " as ").partition(" as ")
                whole = not module and name.startswith("aws_")
                yield ((name.strip(), "") if whole else (module, name.strip())), (alias or name).strip()

    def called(self, module: str, name: str = "") -> str | None:
        r"""What the file calls a module, or a name of one; None where it brings in neither.

        >>> text = "import aws_cdk as cdk\nfrom aws_cdk import aws_sqs as _sqs, Duration"
        >>> code = AuthorCode(text, AuthorLanguage.PYTHON)
        >>> code.called("aws_sqs"), code.called("", "Duration"), code.called("", "CfnResource"), code.called("aws_sns")
        ('_sqs', 'Duration', 'cdk.CfnResource', None)
        """
        whole = self._brought.get((module, ""))
        if not name:
            return whole
        return self._brought.get((module, name)) or (f"{whole}.{name}" if whole else None)

    def call(self, line: int, name: str) -> tuple[str, tuple[str, ...]] | None:
        """How the call of a class that begins on a line is written: what is called, and the arguments without a name.

        >>> code = AuthorCode("fn.add_event_source(src.SqsEventSource(orders, batch_size=1))", AuthorLanguage.PYTHON)
        >>> code.call(1, "SqsEventSource")
        ('src.SqsEventSource', ('orders',))
        """
        if line > len(self._lines):
            return None
        start = sum(map(len, self._lines[: line - 1]))
        end = start + sum(map(len, self._lines[line - 1 : line + _FAR]))
        found = re.compile(rf"(?:\w+\.)*{re.escape(name)}\(").search(self.text, start, end)
        arguments = None if found is None else _arguments(self.text, found.end())
        if found is None or arguments is None:
            return None
        named = r"\w+\s*=(?!=)|\*" if self.language is AuthorLanguage.PYTHON else r"\{"
        given = tuple(each for each in arguments if not re.match(named, each))
        if any("\n" in each or len(each) > _LONGEST for each in given):
            return None
        return found[0][:-1], given

    def variable(self, state: str) -> str | None:
        """The name of what a construct of that id is assigned to; None where there is no one such name."""
        found = self._variables.get(state, ())
        return found[0] if len(found) == 1 else None

    def lines_with(self, name: str) -> list[int]:
        """The numbers of the lines on which a name stands in quotes."""
        one, other = f"'{name}'", f'"{name}"'
        return [number for number, line in enumerate(self._lines, 1) if one in line or other in line]

    @cached_property
    def _lines(self) -> Sequence[str]:
        return self.text.splitlines(keepends=True)

    @cached_property
    def _variables(self) -> Mapping[str, Sequence[str]]:
        """Names that constructs are assigned to, by the id of the construct."""
        found: dict[str, list[str]] = {}
        for made in _VARIABLE.finditer(self.text):
            found.setdefault(made["id"], []).append(made["name"])
        return found


def author_code(app: App, file: str, language: AuthorLanguage) -> AuthorCode | None:
    """An author's file, read once for an app; None where it cannot be read."""
    known: dict[tuple[str, AuthorLanguage], AuthorCode | None] = app.memo.setdefault("code of authors", {})
    if (file, language) not in known:
        try:
            known[file, language] = AuthorCode(read_text(Path(file)), language)
        except InputError:
            known[file, language] = None
    return known[file, language]


def _arguments(text: str, at: int) -> list[str] | None:
    """The arguments of a call, from behind its opening parenthesis on; None where it does not end."""
    found, start, depth, quote = list[str](), at, list[str](), ""
    while at < len(text):
        character = text[at]
        if quote:
            at += 1 if character == "\\" else 0
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character in _CLOSING:
            depth.append(_CLOSING[character])
        elif depth and character == depth[-1]:
            depth.pop()
        elif character == ")":
            return [each for each in (*found, text[start:at].strip()) if each]
        elif character == "," and not depth:
            found.append(text[start:at].strip())
            start = at + 1
        at += 1
    return None
