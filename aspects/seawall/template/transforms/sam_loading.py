"""Loads `aws-sam-translator` without the libraries that a translation never calls.

It imports boto3, to look for a Region, which it is given here; jsonschema, to check its own table of policy templates;
and pydantic with the schemas of all SAM types, which it reads for the newest few of them. These are most of its start.
Something that stands in for each is put in their place while it is loaded, and loads the real one once anything of it
is used. A translator that wants more of them than that is loaded as a whole.
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

NEVER_CALLED = (
    "boto3",
    "botocore.client",
    "botocore.config",
    "botocore.exceptions",
    "jsonschema",
    "jsonschema.exceptions",
)
SELDOM_CALLED = (
    "hashlib",
    "samtranslator.internal.managed_policies",
    "samtranslator.internal.schema_source.aws_serverless_capacity_provider",
    "samtranslator.internal.schema_source.aws_serverless_connector",
    "samtranslator.internal.schema_source.aws_serverless_function",
    "samtranslator.internal.schema_source.aws_serverless_graphqlapi",
    "samtranslator.internal.schema_source.aws_serverless_microvmimage",
    "samtranslator.internal.schema_source.aws_serverless_networkconnector",
    "samtranslator.internal.schema_source.common",
)
_COMPAT = "samtranslator.compat"
"""Where the translator takes pydantic from, by one of two names."""
_NEWER = "typing_extensions"
"""What the translator takes from it `typing` has from Python 3.11 on."""
MODULES = (
    "samtranslator.model.exceptions",
    "samtranslator.open_api.open_api",
    "samtranslator.parser.parser",
    "samtranslator.policy_template_processor.processor",
    "samtranslator.swagger.swagger",
    "samtranslator.translator.translator",
)
"""What of the translator is called."""


def load() -> tuple[Any, ...]:
    """`MODULES`, in their order."""
    before = set(sys.modules)
    if MODULES[-1] not in before:
        try:
            with _deferred():
                return tuple(map(import_module, MODULES))
        except (ImportError, AttributeError, TypeError):
            for name in [each for each in sys.modules if each not in before and each.startswith("samtranslator")]:
                del sys.modules[name]
    return tuple(map(import_module, MODULES))


class Deferred(ModuleType):
    """Stands in for a module until something of it is used."""

    def __init__(self, name: str, find: Callable[[], Any]) -> None:
        super().__init__(name)
        self._find = find
        self._started = False
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._find(), name) if self._started else _placeholder(self, name)


class _Placeholder(type):
    """The class of what is named before it is used: in annotations, and behind ``except``."""

    home: Deferred

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        return getattr(cls.home, cls.__name__)(*arguments, **named)

    def __getitem__(cls, _of: Any) -> Any:
        return cls


def _placeholder(home: Deferred, name: str) -> Any:
    return _Placeholder(name, (Exception,), {"home": home})


@contextmanager
def _deferred() -> Iterator[None]:
    """While this lasts, imports of what is not loaded yet give what stands in for it."""
    made = {name: Deferred(name, _finder(name)) for name in (*NEVER_CALLED, *SELDOM_CALLED) if name not in sys.modules}
    made |= {name: Deferred(name, _finder(name)) for name in _packages(made) if name not in sys.modules}
    pydantic = Deferred("pydantic", lambda: import_module(_COMPAT).pydantic)
    if _COMPAT not in sys.modules:
        made[_COMPAT] = Deferred(_COMPAT, _finder(_COMPAT))
        made[_COMPAT].pydantic = pydantic  # type: ignore[attr-defined]
    sys.modules.update(made)
    newer = sys.modules.setdefault(_NEWER, typing)
    try:
        yield
    finally:
        if newer is typing:
            del sys.modules[_NEWER]
        for name, module in made.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        for module in (*made.values(), pydantic):
            module._started = True


def _finder(name: str) -> Callable[[], Any]:
    return lambda: import_module(name)


def _packages(names: Any) -> set[str]:
    """The packages of libraries around these modules; the translator's own are cheap."""
    return {name.partition(".")[0] for name in names if not name.startswith("samtranslator")}
