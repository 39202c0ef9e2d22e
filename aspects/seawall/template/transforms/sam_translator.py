"""The one place that calls `aws-sam-translator`.

It wants a Region, would look for one in the machine's AWS settings, and reads its own table of policy templates,
checking it against a schema, for every template. None of this is needed: the Region given here only tells that the
partition is ``aws``, references to it stay references, and the table is read once.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from ..text import as_text
from ..values import Json

_AS_IT_IS = "{{IntrinsicFunction:given at deployment}}"
"""A parameter's value that tells the translator to leave references to it alone."""
_RESOURCE = re.compile(r"(?:Resource|Transforming resource) with id \[([^\]]*)\] (?:is invalid\. )?(.*)", re.DOTALL)


class Refused(Exception):  # noqa: N818 -- an answer, not a failure of ours
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
    default where SAM needs a literal. Raises `Refused`.
    """
    import logging

    from samtranslator.model.exceptions import (  # type: ignore[import-untyped]
        ExceptionWithMessage,
        InvalidDocumentException,
    )
    from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
    from samtranslator.translator import translator  # type: ignore[import-untyped]

    logging.getLogger("samtranslator").addHandler(logging.NullHandler())  # it logs what it raises, to the terminal
    values = _defaults(document) | dict.fromkeys({*unresolved, "AWS::Region", "AWS::Partition"}, _AS_IT_IS)
    try:
        with _policies_read_once(translator):
            sam = translator.Translator({}, Parser(), boto_session=_NoSession())
            output: Mapping[str, Json] = sam.translate(document, values, passthrough_metadata=True)
    except InvalidDocumentException as error:
        messages = [cause.message for cause in error.causes]
        found = [match for match in map(_RESOURCE.match, messages) if match]
        raise Refused("; ".join(messages), {match[1]: match[2] for match in found}) from None
    except ExceptionWithMessage as error:
        raise Refused(error.message, {}) from None
    except Exception as error:
        raise Refused(f"the translator fails with {type(error).__name__}: {error}", {}) from None
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
def _policies_read_once(translator: Any) -> Iterator[None]:
    """While this lasts the translator takes its policy templates from memory: nine tenths of its time otherwise."""
    made = translator.make_policy_template_for_function_plugin
    translator.make_policy_template_for_function_plugin = _cached(made)
    try:
        yield
    finally:
        translator.make_policy_template_for_function_plugin = made


@functools.cache
def _cached(make: Any) -> Any:
    return functools.cache(make)
