"""The one place that calls `aws-sam-translator`.

It wants a Region, would look for one in the machine's AWS settings, reads its own table of policy templates, checking
it against a schema, for every template, and copies the whole definition of an API four times for every event of it.
None of this is needed: the Region given here only tells that the partition is ``aws``, references to it stay
references, the table is read once and taken as valid, and definitions are changed in place, as nobody else holds them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from ..text import as_text
from ..values import Json
from .sam_loading import load

_AS_IT_IS = "{{IntrinsicFunction:given at deployment}}"
"""A parameter's value that tells the translator to leave references to it alone."""
_RESOURCE = re.compile(r"(?:Resource|Transforming resource) with id \[([^\]]*)\] (?:is invalid\. )?(.*)", re.DOTALL)


class TranslationRefused(Exception):  # noqa: N818 -- an answer, not a failure of ours
    """The translator does not take the template."""

    def __init__(self, why: str, resources: Mapping[str, str]) -> None:
        super().__init__(why)
        self.why = why
        self.resources = resources
        """What it says of single resources, by logical id."""


class _NoSession(Struct, frozen=True):
    """Stands where the translator would open an AWS session, of which it reads the Region's name alone."""

    region_name: str = "us-east-1"


def translate(document: dict[str, Json], unresolved: frozenset[str]) -> Mapping[str, Json]:
    """`document`, which is changed, as CloudFormation; the metadata of SAM resources goes to all that they become.

    References to parameters in `unresolved`, and to the Region, stay references; others may become the parameter's
    default where SAM needs a literal. Raises `TranslationRefused`.
    """
    import logging

    exceptions, open_api, parser, policies, swagger, translator = load()
    logging.getLogger("samtranslator").addHandler(logging.NullHandler())  # it logs what it raises, to the terminal
    values = _defaults(document) | dict.fromkeys({*unresolved, "AWS::Region", "AWS::Partition"}, _AS_IT_IS)
    try:
        with (
            _instead(translator, "make_policy_template_for_function_plugin", functools.cache),
            _instead(swagger, "_deepcopy", _in_place),
            _instead(open_api, "_deepcopy", _in_place),
            _instead(policies.PolicyTemplatesProcessor, "_is_valid_templates_dict", _taken_as_valid),
        ):
            sam = translator.Translator({}, parser.Parser(), boto_session=_NoSession())
            output: Mapping[str, Json] = sam.translate(document, values, passthrough_metadata=True)
    except exceptions.InvalidDocumentException as error:
        messages = [cause.message for cause in error.causes]
        found = [match for match in map(_RESOURCE.match, messages) if match]
        raise TranslationRefused("; ".join(messages), {match[1]: match[2] for match in found}) from None
    except exceptions.ExceptionWithMessage as error:
        raise TranslationRefused(error.message, {}) from None
    except Exception as error:
        raise TranslationRefused(f"the translator fails with {type(error).__name__}: {error}", {}) from None
    return output


def _defaults(document: Mapping[str, Json]) -> dict[str, Json]:
    """Parameters' defaults as CloudFormation hands them to a transform: as text."""
    parameters = document.get("Parameters")
    found = {}
    for name, parameter in parameters.items() if isinstance(parameters, dict) else ():
        if isinstance(parameter, dict) and "Default" in parameter:
            text = as_text(parameter["Default"])
            found[name] = parameter["Default"] if text is None else text
    return found


@contextmanager
def _instead(module: Any, name: str, made_of: Callable[[Any], Any]) -> Iterator[None]:
    """While this lasts a function of the translator's is what `made_of` makes of it; one that is gone stays so."""
    own = vars(module).get(name)
    if own is None:
        yield
        return
    setattr(module, name, _made(made_of, own))
    try:
        yield
    finally:
        setattr(module, name, own)


@functools.cache
def _made(made_of: Callable[[Any], Any], own: Any) -> Any:
    return made_of(own)


def _taken_as_valid(_check: Any) -> Any:
    return staticmethod(lambda *_table: True)


def _in_place(_copy: Any) -> Any:
    return lambda document: document
