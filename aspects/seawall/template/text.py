"""Text made of several values: putting it together, taking it apart, and showing it to a reader."""

from __future__ import annotations

from collections.abc import Iterable

from .values import Absent, Concat, Either, Known, Pseudo, Reference, Unknown, Value

DELIMITER_FREE_PSEUDOS = frozenset(
    {"AWS::Region", "AWS::AccountId", "AWS::Partition", "AWS::URLSuffix", "AWS::StackName"}
)
"""Pseudo parameters whose values hold neither ``:`` nor ``/``."""


def as_text(value: object) -> str | None:
    """A literal as CloudFormation writes it into text; None for a list or an object.

    >>> as_text(True), as_text(5), as_text([1])
    ('true', '5', None)
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return None


def concat(parts: Iterable[Value]) -> Value:
    """The parts one after the other: a literal if all are, one part if only one is left, else a flat `Concat`.

    >>> concat([Known("a"), Known(1)])
    Known(value='a1')
    """
    flat: list[Value] = []
    pending: list[str] = []
    for part in _flat(parts):
        if isinstance(part, Known):
            text = as_text(part.value)
            if text is not None:
                pending.append(text)
                continue
            part = Unknown("a list or an object stands where text is put together")
        flat += _joined(pending)
        pending = []
        flat.append(part)
    flat += _joined(pending)
    return Known("") if not flat else flat[0] if len(flat) == 1 else Concat(tuple(flat))


def _joined(texts: list[str]) -> list[Value]:
    text = "".join(texts)
    return [Known(text)] if text else []


def _flat(parts: Iterable[Value]) -> Iterable[Value]:
    for part in parts:
        if isinstance(part, Concat):
            yield from part.parts
        elif not isinstance(part, Absent):
            yield part


def piece(value: Value, delimiter: str, index: int) -> Value:
    """`Fn::Select` of `Fn::Split`: one piece of a text, as far as it can be told.

    >>> piece(Known("arn:aws:sqs:eu-west-1:1:orders"), ":", 5)
    Known(value='orders')
    """
    if isinstance(value, (Unknown, Absent)):
        return value
    if isinstance(value, Either):
        then, otherwise = piece(value.then, delimiter, index), piece(value.otherwise, delimiter, index)
        return then if then == otherwise else Either(value.condition, then, otherwise)
    if isinstance(value, Reference):
        if delimiter == ":" and value.piece is None and index >= 0:
            return Reference(value.address, value.attribute, index)
        return Unknown(f"a part of {render(value)}, known at deployment only")
    pieces, unclear = split(value, delimiter)
    if unclear is not None and index >= len(pieces) - 1:
        return unclear
    if not 0 <= index < len(pieces):
        return Unknown(f"Fn::Select asks for piece {index} of {len(pieces)}")
    return pieces[index]


def split(value: Value, delimiter: str) -> tuple[tuple[Value, ...], Unknown | None]:
    """`Fn::Split` of text: its pieces, and why they end early, if they do.

    They end before a part that may itself hold the delimiter; the last piece given is then incomplete.
    """
    parts = value.parts if isinstance(value, Concat) else (value,)
    pieces: list[list[Value]] = [[]]
    unclear: Unknown | None = None
    for part in parts:
        text = as_text(part.value) if isinstance(part, Known) else None
        if text is not None and delimiter:
            first, *rest = text.split(delimiter)
            pieces[-1].append(Known(first))
            pieces.extend([Known(each)] for each in rest)
        elif _holds_no(part, delimiter):
            pieces[-1].append(part)
        else:
            unclear = (
                part if isinstance(part, Unknown) else Unknown(f"a part of {render(part)}, known at deployment only")
            )
            break
    return tuple(concat(each) for each in pieces), unclear


def _holds_no(part: Value, delimiter: str) -> bool:
    if delimiter not in (":", "/"):
        return False
    if isinstance(part, Pseudo):
        return part.name in DELIMITER_FREE_PSEUDOS
    return isinstance(part, Reference) and part.piece is None and part.attribute.endswith("Name") and delimiter == ":"


def render(value: Value) -> str:
    """`value` for a human reader, what is not literal as in `Fn::Sub`.

    >>> render(Concat((Known("arn:"), Pseudo("AWS::Partition"), Known(":sns"))))
    'arn:${AWS::Partition}:sns'
    """
    if isinstance(value, Known):
        text = as_text(value.value)
        return str(value.value) if text is None else text
    if isinstance(value, Reference):
        name = value.address.logical_id
        return f"${{{name}}}" if value.attribute == "Ref" else f"${{{name}.{value.attribute}}}"
    if isinstance(value, Pseudo):
        return f"${{{value.name}}}"
    if isinstance(value, Concat):
        return "".join(render(part) for part in value.parts)
    if isinstance(value, Either):
        return f"${{{value.condition} ? {render(value.then)} : {render(value.otherwise)}}}"
    return "${?}" if isinstance(value, Unknown) else ""


def named_by_symbols(value: Value) -> str:
    """`value` as `render` shows it, but for parameters without a value, which stand for themselves: for comparisons.

    >>> named_by_symbols(Concat((Unknown("parameter Stage has no default", "Stage"), Known("-orders"))))
    '${=Stage}-orders'
    """
    parts = value.parts if isinstance(value, Concat) else (value,)
    return "".join(
        f"${{={part.symbol}}}" if isinstance(part, Unknown) and part.symbol else render(part) for part in parts
    )
