"""Which resources a value points at: by reference, or by a physical name, ARN or URL written out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from .intrinsics import resolve
from .links import nearest
from .model import App, Resource, Template
from .physical import NAMINGS, Naming, PhysicalName, physical_name
from .text import concat, named_by_symbols, render
from .tree import kind
from .values import Absent, Address, Concat, Known, Pseudo, Reference, Unknown, Value, alternatives, sided

_MAX_SIDES = 32
_NOT_FOUND = "not among the analysed resources"

Index = dict[tuple[str, str], list[tuple[Template, Address]]]
"""Resources by naming kind and physical name as rendered."""


class Target(Struct, frozen=True):
    """One thing that a value may point at."""

    address: Address | None
    """The resource, if it is an analysed one."""
    reference: Reference | None = None
    """The reference that led there, if it was one."""
    literal: str | None = None
    """The text as far as it is literal, the rest as `Fn::Sub` would write it; None if nothing is known of it."""
    suffix: str = ""
    """What follows the resource's name or ARN, such as ``:live``."""
    conditions: tuple[str, ...] = ()
    why: str = ""
    """Why there is no address."""
    ambiguous: bool = False
    """That is because several resources are called so."""


def refers_to(app: App, template: Template, value: Value, service: str | None = None) -> tuple[Target, ...]:
    """What `value`, resolved in `template`, points at: one target per side of the conditions in it, none if absent.

    `service` (a kind such as ``sqs``) tells what a bare name is the name of; without it, a bare name must fit
    resources of one kind only.
    """
    if isinstance(value, Reference):
        return (_referenced(app, value, "", render(value)),)
    found: dict[Target, None] = {}
    for leaf, conditions in itertools.islice(_sides(value), _MAX_SIDES):
        if not isinstance(leaf, Absent):
            found[replace(_target(app, template, leaf, service), conditions=conditions)] = None
    return tuple(found)


def named(app: App, template: Template, service: str, name: str) -> Address | None:
    """The resource of `service` that `template` means by `name`: a bare name, with a qualifier maybe, or an ARN.

    `service` is a naming kind: ``sqs``, ``lambda``, ``events:rule``, or ``events`` for any kind of that service.
    """
    return _by_text(app, template, name, service).address


def _sides(value: Value) -> Iterator[tuple[Value, tuple[str, ...]]]:
    """Every value that `value` may be, conditions inside put-together text included."""
    if not isinstance(value, Concat):
        for leaf, conditions in alternatives(value):
            if isinstance(leaf, Concat):
                for inner, more in _sides(leaf):
                    yield inner, (*conditions, *more)
            else:
                yield leaf, conditions
        return
    for combination in itertools.product(*(list(alternatives(part)) for part in value.parts)):
        taken = dict.fromkeys(name for _, names in combination for name in names)
        if any((name, not holds) in map(sided, taken) for name, holds in map(sided, taken)):
            continue  # one condition asked twice has one answer
        yield concat(part for part, _ in combination), tuple(taken)


def _target(app: App, template: Template, value: Value, service: str | None) -> Target:
    if isinstance(value, Unknown):
        by_symbol = _by_symbols(app, template, value, service)
        return by_symbol or Target(None, why=value.why)
    if isinstance(value, Reference):
        return _referenced(app, value, "", render(value))
    if isinstance(value, Known) and isinstance(value.value, (dict, list)):
        return Target(None, why=f"{kind(value.value)} stands where a name belongs")
    if isinstance(value, Concat):
        for index, part in enumerate(value.parts):
            after = concat(value.parts[index + 1 :])
            before = value.parts[index - 1] if index else None
            if isinstance(part, Reference) and _stands_alone(before, after):
                return _referenced(app, part, render(after), render(value))
        unknown = next((part for part in value.parts if isinstance(part, Unknown)), None)
        if unknown is not None:
            by_symbol = _by_symbols(app, template, value, service)
            return by_symbol or Target(None, literal=render(value), why=unknown.why)
    return _by_text(app, template, render(_in_environment(template, value)), service, render(value))


def _by_symbols(app: App, template: Template, value: Value, service: str | None) -> Target | None:
    """The resource whose name is the same expression, parameters without a value in it; None where there is none."""
    text = named_by_symbols(_in_environment(template, value))
    found = None if "${?}" in text else _by_text(app, template, text, service, render(value))
    return found if found is not None and found.address is not None else None


def _stands_alone(before: Value | None, after: Value) -> bool:
    """True if the reference between the two is a whole name or ARN, not part of a name that is put together."""
    starts = before is None or (isinstance(before, Known) and str(before.value)[-1:] in (":", "/", " "))
    ends = after == Known("") or (render(after)[0] in ":/.?*")
    return starts and ends


def _referenced(app: App, reference: Reference, suffix: str, literal: str) -> Target:
    if app.resource(reference.address) is None:
        return Target(None, reference, literal, suffix, why="a resource that could not be read")
    return Target(reference.address, reference, literal, suffix)


def _in_environment(template: Template, value: Value) -> Value:
    """`value` with the Region and account of the template that holds it, where they are known."""
    known = {"AWS::Region": template.region, "AWS::AccountId": template.account}
    parts = value.parts if isinstance(value, Concat) else (value,)
    filled: list[Value] = []
    for part in parts:
        literal = known.get(part.name) if isinstance(part, Pseudo) else None
        filled.append(part if literal is None else Known(literal))
    return concat(filled)


def _by_text(app: App, template: Template, text: str, service: str | None, shown: str | None = None) -> Target:
    shown = text if shown is None else shown
    wanted = physical_name(text) or _bare(text, service)
    if wanted is None:
        return Target(None, literal=shown, why=_NOT_FOUND)
    only_here = "${" in wanted.name.replace("${=", "")
    found = [each for each in _candidates(app, wanted) if not only_here or each[0].key == template.key]
    found = nearest(_seen_from(template, wanted), found)
    addresses = list(dict.fromkeys(address for _, address in found))
    if len(addresses) == 1:
        return Target(addresses[0], literal=shown, suffix=wanted.suffix)
    why = f"{wanted.name} is the name of {len(addresses)} analysed resources" if addresses else _NOT_FOUND
    return Target(None, literal=shown, suffix=wanted.suffix, why=why, ambiguous=bool(addresses))


def _bare(text: str, service: str | None) -> PhysicalName | None:
    """A name without an ARN around it; Lambda's may carry an account before and a qualifier behind it."""
    if not text or text.startswith("arn:") or any(sign in text for sign in " \n\"'"):
        return None
    kinds = tuple(dict.fromkeys(each.kind for each in NAMINGS.values() if _is_meant(each, service)))
    if service == "lambda" and ":" in text.replace("AWS::", ""):
        owner, function, rest = text.rpartition("function:")
        name, colon, qualifier = rest.partition(":")
        account = owner.strip(":").rpartition(":")[2] if function else ""
        return PhysicalName(kinds, name, colon + qualifier, None, account if account.isdigit() else None)
    return PhysicalName(kinds, text)


def _is_meant(naming: Naming, service: str | None) -> bool:
    if service is None:
        return naming.kind != "iam"  # what receives events is meant, and roles are often called like it
    return naming.of(service)


def _candidates(app: App, wanted: PhysicalName) -> list[tuple[Template, Address]]:
    index = _index(app)
    return [each for kind in wanted.kinds for each in index.get(_key(kind, wanted.name), [])]


def _key(kind: str, name: str) -> tuple[str, str]:
    """Under what a name stands in the index; those of IAM are not told apart by their case.

    Source (2026-11-30): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    return kind, name.lower() if kind == "iam" else name


def _seen_from(template: Template, wanted: PhysicalName) -> Template:
    """`template` in the Region and account that the text names; a bucket's name holds in all of them."""
    if wanted.kinds == ("s3",):
        return replace(template, region=None, account=None)
    return replace(template, region=wanted.region or template.region, account=wanted.account or template.account)


def _index(app: App) -> Index:
    index = app.memo.get("names")
    if not isinstance(index, dict):
        app.memo["names"] = index = {}
        with app.reading.suspended():
            for template in app.templates.values():
                for resource in template.resources.values():
                    _add(index, app, template, resource)
    return index


def _add(index: Index, app: App, template: Template, resource: Resource) -> None:
    naming = NAMINGS.get(resource.type)
    raw = resource.properties.get(naming.property) if naming else None
    if naming is None or raw is None:
        return
    for value, _ in itertools.islice(_sides(resolve(app, template, raw)), _MAX_SIDES):
        name = named_by_symbols(_in_environment(template, value))
        if isinstance(value, (Known, Concat, Pseudo, Unknown)) and "${?}" not in name:
            index.setdefault(_key(naming.kind, name), []).append((template, resource.address))
