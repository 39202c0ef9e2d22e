"""The part of JSONata that counts and compares: numbers, texts, paths, arithmetic, comparisons, `and`, `or`, `? :`.

What goes beyond it is unknown, never guessed.

Sources: https://docs.jsonata.org/ and https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (read
on 29 November 2026)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from seawall.template import Json

from .jsonpath import look
from .values import NOTHING, UNKNOWN, Fields, Missing, UnknownData, Value, add, compare, is_number, literal, merged

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<name>\$?[A-Za-z_]\w*|\$)"
    r"|(?P<sign><=|>=|!=|:=|\*\*|[-+*/%=<>?:.,()\[\]{}&]))"
)
_EXPRESSION = re.compile(r"\{%(.*)%\}$", re.DOTALL)
_BINDS = {"or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_MOST_TOKENS = 200
_WORDS = {"true": True, "false": False, "null": None}


class _BeyondError(Exception):
    """More than is understood here."""


def expression(raw: Json) -> str | None:
    """What stands between `{%` and `%}`."""
    found = _EXPRESSION.match(raw.strip()) if isinstance(raw, str) else None
    return found[1] if found else None


def template(raw: Json, names: Mapping[str, Value]) -> Value:
    """A value of a definition, its expressions worked out with the variables `names`."""
    if isinstance(raw, dict):
        made = Fields(())
        for key, each in raw.items():
            found = template(each, names)
            if not isinstance(found, Missing):
                made = made.put(key, found)
        return made
    if isinstance(raw, list):
        return tuple(template(each, names) for each in raw)
    text = expression(raw)
    return literal(raw) if text is None else evaluate(text, names)


def evaluate(text: str, names: Mapping[str, Value]) -> Value:
    """The value of an expression; unknown where it goes beyond what is understood, or something is put into it."""
    if "${" in text:
        return UNKNOWN
    try:
        parser = _Parser(_tokens(text), names)
        value = parser.expression(0)
        return value if parser.done else UNKNOWN
    except _BeyondError:
        return UNKNOWN


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where that is not known."""
    if isinstance(value, (bool, int, float, str)) or value is None:
        return bool(value)
    return False if isinstance(value, Missing) else None


class _Token(Struct, frozen=True):
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place, text = 0, text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or len(found) > _MOST_TOKENS:
            raise _BeyondError
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind]))
        place = match.end()
    return found


class _Parser:
    """Parses by binding power, and works out values on the way."""

    def __init__(self, tokens: list[_Token], names: Mapping[str, Value]) -> None:
        self._tokens = tokens
        self._names = names
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether everything was read."""
        return self._at == len(self._tokens)

    @property
    def _next(self) -> str:
        return "" if self.done else self._tokens[self._at].text

    def _take(self, wanted: str = "") -> _Token:
        if self.done or (wanted and self._next != wanted):
            raise _BeyondError
        self._at += 1
        return self._tokens[self._at - 1]

    def expression(self, binds: int) -> Value:
        """What follows, as far as it binds tighter than `binds`."""
        left = self._first()
        while True:
            sign = self._next
            if sign == "?" and binds == 0:
                left = self._either(left)
            elif _BINDS.get(sign, 0) > binds and not self._quoted():
                self._take()
                left = _apply(sign, left, self.expression(_BINDS[sign]))
            else:
                return left

    def _quoted(self) -> bool:
        return self._tokens[self._at].kind == "text"

    def _either(self, condition: Value) -> Value:
        self._take("?")
        then = self.expression(0)
        self._take(":")
        otherwise = self.expression(0)
        chosen = truth(condition)
        if chosen is None:
            return then if then == otherwise else UNKNOWN
        return then if chosen else otherwise

    def _first(self) -> Value:
        token = self._take()
        if token.kind == "number":
            number = float(token.text)
            return self._path(int(number) if "." not in token.text else number)
        if token.kind == "text":
            return token.text[1:-1]
        if token.text == "(":
            value = self.expression(0)
            self._take(")")
            return self._path(value)
        if token.text == "{":
            return self._path(self._object())
        if token.text == "[":
            return self._array()
        if token.text == "-":
            value = self.expression(7)
            return -value if isinstance(value, (int, float)) and not isinstance(value, bool) else UNKNOWN
        if token.kind == "name":
            return self._named(token.text)
        raise _BeyondError

    def _object(self) -> Value:
        """An object that is written out; its names have to be, too."""
        made = Fields(())
        while self._next != "}":
            name = self._take()
            if name.kind != "text":
                raise _BeyondError
            self._take(":")
            value = self.expression(0)
            if not isinstance(value, Missing):
                made = made.put(name.text[1:-1], value)
            if self._next != "}":
                self._take(",")
        self._take("}")
        return made

    def _array(self) -> Value:
        made: list[Value] = []
        while self._next != "]":
            made.append(self.expression(0))
            if self._next != "]":
                self._take(",")
        self._take("]")
        return tuple(made)

    def _named(self, name: str) -> Value:
        if name in _WORDS:
            return _WORDS[name]
        if self._next == "(":
            return self._function(name)
        if not name.startswith("$") or name == "$":
            raise _BeyondError
        return self._path(self._names.get(name[1:], UNKNOWN))

    def _function(self, name: str) -> Value:
        self._take("(")
        given: list[Value] = []
        while self._next != ")":
            given.append(self.expression(0))
            if self._next != ")":
                self._take(",")
        self._take(")")
        known = _FUNCTIONS.get(name)
        return self._path(known(given[0]) if known and len(given) == 1 else UNKNOWN)

    def _path(self, value: Value) -> Value:
        names: list[str] = []
        while self._next == ".":
            self._take(".")
            names.append(self._take().text.strip("'\""))
        if self._next in ("[", "{", "&", ":=", "**"):
            raise _BeyondError
        return look(value, tuple(names))


def _exists(value: Value) -> Value:
    return UNKNOWN if isinstance(value, UnknownData) else not isinstance(value, Missing)


def _merge(value: Value) -> Value:
    made: Value = NOTHING
    for each in value if isinstance(value, tuple) else (UNKNOWN,):
        made = merged(made, each)
    return made


def _not(value: Value) -> Value:
    found = truth(value)
    return UNKNOWN if found is None else not found


_FUNCTIONS: Mapping[str, Callable[[Value], Value]] = {
    "$exists": _exists,
    "$merge": _merge,
    "$not": _not,
    "$number": lambda value: value if is_number(value) or type(value).__name__ == "Grown" else UNKNOWN,
    "$boolean": lambda value: UNKNOWN if truth(value) is None else bool(truth(value)),
}


def _apply(sign: str, left: Value, right: Value) -> Value:
    if sign in ("and", "or"):
        decides = sign == "or"
        sides = (truth(left), truth(right))
        if decides in sides:
            return decides
        return UNKNOWN if None in sides else not decides
    if sign == "+":
        return add(left, right)
    if sign in "-*/%":
        return _arithmetic(sign, left, right)
    if isinstance(left, Missing) or isinstance(right, Missing):
        return UNKNOWN
    found = compare(left, sign, right)
    return UNKNOWN if found is None else found


def _arithmetic(sign: str, left: Value, right: Value) -> Value:
    if not (isinstance(left, (int, float)) and isinstance(right, (int, float))) or (sign in "/%" and right == 0):
        return UNKNOWN
    made = _BY_SIGN[sign](left, right)
    return int(made) if made == int(made) else made


_BY_SIGN: Mapping[str, Callable[[float, float], float]] = {
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": lambda left, right: left % right,
}
