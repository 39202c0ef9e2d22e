"""Small handlers, read into accounts."""

from __future__ import annotations

from seawall.code import Account, AwsCall, Inline, ParsedModules, UnreadCode, language_of, read
from seawall.code.values import Lit, Variable, options, plain


def account(text: str, handler: str = "app.handler", runtime: str = "python3.13", **files: str) -> Account:
    """What a handler does; `files` are further ones, ``__`` in their names for a slash."""
    found = told(text, handler, runtime, **files)
    assert isinstance(found, Account), found
    return found


def told(text: str, handler: str = "app.handler", runtime: str = "python3.13", **files: str) -> Account | UnreadCode:
    language = language_of(runtime)
    assert language is not None
    suffix = "py" if runtime.startswith("python") else "js"
    named = {f"app.{suffix}": text} | {
        name.replace("__", "/") + ("" if "." in name else f".{suffix}"): content for name, content in files.items()
    }
    return read(handler, language, [Inline(named, "app")], ParsedModules())


def call(found: Account, operation: str | None = None) -> AwsCall:
    """The one call, or the one of an operation."""
    [only] = [each for each in found.calls if operation in (None, each.operation)]
    return only


def aims(one: AwsCall, parameter: str) -> list[str]:
    """What a parameter names: ``$NAME`` for an environment variable, text for itself, ``?`` for anything else."""
    found = []
    for each in one.asked(parameter):
        for option, _ in options(each):
            value = plain(option)
            found.append(
                f"${'/'.join(map(str, (value.name, *value.path)))}" if isinstance(value, Variable)
                else str(value.value) if isinstance(value, Lit) else "?"
            )  # fmt: skip
    return found
