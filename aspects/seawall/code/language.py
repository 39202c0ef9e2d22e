"""What a language's reader has to offer. A further language is one file that offers this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from . import syntax as s
from .context import Around, LexicalScope
from .files import BundledFile, Files
from .http import HttpRequest
from .syntax import ParsedModule
from .values import Client, External, Value

if TYPE_CHECKING:
    from .reader import Reader


class Language(Protocol):
    """A language that handlers are written in."""

    missing: Value
    """What a parameter stands for that a call does not give."""
    blocks: bool
    """Every lap of a loop has names of its own."""

    strict: bool
    """A name without a value, and an entry that is not there, are failures."""
    nests: bool
    """A package may be a folder without a module of its own, whose files are its members."""
    beside: bool
    """Calls go on beside, and fail where their outcome is awaited."""

    def prepare(self, scope: LexicalScope) -> None:
        """What every module finds."""

    def exported(self, scope: LexicalScope) -> Value | None:
        """What a module gives to those who import it, where that is not all its names."""

    def parse(self, text: str, path: str, name: str) -> ParsedModule:
        """The syntax tree of a module, by its file's `name`; `path` is what a reader is shown, which is the template's
        where the code stands in that.
        """

    def handler(self, name: str, everywhere: Sequence[Files]) -> tuple[BundledFile, tuple[str, ...]] | None:
        """The module of a handler as its function's `Handler` names it, and the members that lead to it."""

    def module(self, name: str, importer: BundledFile, everywhere: Sequence[Files]) -> BundledFile | None:
        """The file of an imported module; None if it is not among the function's."""

    def declared(self, name: str, everywhere: Sequence[Files]) -> bool:
        """Whether a package that is not among the files is known: the language's own, or listed as a dependency."""

    def call(
        self,
        reader: Reader,
        called: External,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        line: int,
        around: Around,
    ) -> Value | None:
        """What a call of a package gives, where it means something to us; None where it does not."""

    def http(
        self, reader: Reader, called: External, arguments: Sequence[Value], named: Mapping[str, Value]
    ) -> HttpRequest | None:
        """The request over HTTP that a call of a package makes; None where it makes none."""

    def operation(
        self,
        reader: Reader,
        client: Client,
        name: str,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        line: int,
        around: Around,
    ) -> Value | None:
        """What a method of an AWS client gives, which is noted as a call where it is one."""

    def method(
        self,
        reader: Reader,
        of: Value,
        name: str,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        line: int,
        around: Around,
    ) -> Value | None:
        """What a method of a plain value gives that only this language has; None for any other."""

    def member(self, of: Value, name: str) -> Value | None:
        """A member of a value that is no object of the app; None: a method that is not known yet."""

    def special(self, reader: Reader, node: s.CallExpression, scope: LexicalScope, around: Around) -> Value | None:
        """What a call gives that changes what surrounds its own parts; None for any other."""

    def trusted(self, path: str) -> bool:
        """Whether a package is known not to send what it is handed to AWS."""

    def reaches(self, path: str) -> bool:
        """Whether a call of this path takes what it is handed to an address, as requests over HTTP do, or a program."""

    def program(self, path: str) -> bool:
        """Whether a call of this path runs a program."""

    def decorated(self, reader: Reader, function: Value, by: Value, line: int) -> Value | None:
        """What a decorator of a package makes of a function; None where it changes nothing that matters."""

    def retrying(self, over: Value) -> int | None:
        """Tries in all of a loop over something that tries again, 0 without a limit; None where it is none."""

    def harmless(self, path: str) -> bool:
        """Whether a call of this path does no work that fails by its own: logging, text, clocks."""

    def constant(self, path: str) -> Value | None:
        """What a path of a package stands for, where it is no function; None for any other."""

    def builtin(self, name: str) -> Value | None:
        """What a name stands for that nobody defined."""
