"""What expressions stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from seawall.template import SourceLine

from . import syntax as s
from .calling import any_of, call
from .context import Around, LexicalScope
from .laps import added, entry_of, laps_over, of_event, one_each, several
from .values import (
    NOTHING,
    UNKNOWN,
    Added,
    AnswerTest,
    BoundMethod,
    ClassValue,
    Client,
    Environment,
    External,
    Failure,
    FromEvent,
    FunctionValue,
    Getter,
    Guarded,
    Instance,
    JoinedText,
    JsonText,
    ListValue,
    Lit,
    ModuleValue,
    OneOf,
    RecordValue,
    Response,
    UnknownValue,
    Value,
    Variable,
    VariableTest,
    either,
    inside,
    plain,
)

if TYPE_CHECKING:
    from .reader import Reader

_TELLING = {
    "Invoke": ("FunctionError",),
    "StartSyncExecution": ("error", "cause"),
}
"""What an answer has where the work behind it failed, and else has not. The status of an invocation is 200 in either
case.
Sources: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html and
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html, read 2026-11-30."""
_IN_PAYLOAD = ("errorMessage", "errorType")
"""What the payload of a function that failed has."""
_STATUS = "status of an execution"
"""What the value stands for that is `SUCCEEDED` where an execution was."""
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_TEXT = (Lit, Variable, FromEvent, JoinedText)


def evaluate(reader: Reader, node: s.Expr, scope: LexicalScope, around: Around) -> Value:
    """What an expression stands for; the calls in it are followed."""
    reader.step()
    match node:
        case s.Const(value):
            return Lit(value)
        case s.Name("this"):
            return scope.owner or UNKNOWN
        case s.Name(name):
            found = scope.find(name)
            scope.asked(name)
            found = found if found is not None else reader.language.builtin(name)
            return _taken_in(reader, name, scope, around) if found is None else found
        case s.Module(name):
            return reader.module(name, scope)
        case s.Attr(of, name):
            owner = evaluate(reader, of, scope, around)
            found = _in_folder(reader, owner, name, scope)
            return member(reader, owner, name, scope, around) if found is None else found
        case s.Index(of, key):
            held, at = evaluate(reader, of, scope, around), plain(evaluate(reader, key, scope, around))
            return entry(reader, held, at, scope, around)
        case s.Part(of, bounds):
            whole = plain(evaluate(reader, of, scope, around))
            for bound in bounds:
                evaluate(reader, bound, scope, around)
            if isinstance(whole, ListValue):
                return replace(whole, grown=True)
            return whole if isinstance(whole, FromEvent) else UnknownValue("", (whole,))
        case s.InterpolatedText(parts):
            return joined([evaluate(reader, part, scope, around) for part in parts])
        case s.Record(entries):
            return _record(reader, entries, scope, around)
        case s.Items(items):
            return _items(reader, items, scope, around)
        case s.Await(value):
            waiting = replace(around, detached=False, beside=False) if around.detached or around.beside else around
            return evaluate(reader, value, scope, waiting)
        case s.SpreadElement(value):
            return evaluate(reader, value, scope, around)
        case s.CallExpression():
            return call(reader, node, scope, around)
        case s.Lambda(function):
            return FunctionValue(function, scope, scope.owner if function.concise else None)
        case s.ClassOf(made):
            return reader.define(made, scope)
        case s.ConditionalExpression(values, test):
            return _either(reader, values, test, scope, around)
        case s.ComparisonExpression(left, _, right):
            one, other = evaluate(reader, left, scope, around), evaluate(reader, right, scope, around)
            asked = plain(one)
            told = told_by(plain(other), str(asked.value)) if node.sign == "in" and isinstance(asked, Lit) else None
            told = told or _by_status(asked, node.sign, plain(other))
            return told or _compared(asked, node.sign, plain(other))
        case s.Conjunction(parts) | s.Disjunction(parts):
            return _logical(reader, node, parts, scope, around)
        case s.Not(of):
            tested = evaluate(reader, of, scope, around)
            known, variable, answer = truth(tested), asked_of(tested), plain(tested)
            if isinstance(answer, AnswerTest):
                return answer.negated
            return Lit(not known) if known is not None else UNKNOWN if variable is None else variable.negated
        case s.Sum(left, sign, right):
            return _sum(evaluate(reader, left, scope, around), sign, evaluate(reader, right, scope, around))
        case s.Assigned(target, value):
            given = evaluate(reader, value, scope, around)
            assign(reader, target, given, scope, around, 0, declares=False)
            return given
        case s.Mapped():
            return _mapped(reader, node, scope, around)
        case s.GetterExpression(function):
            made_by = evaluate(reader, function, scope, around)
            return Getter(made_by) if isinstance(made_by, FunctionValue) else made_by
        case s.Last(parts):
            return [evaluate(reader, part, scope, around) for part in parts][-1]
        case s.OtherExpression(parts):
            return UnknownValue("", tuple(evaluate(reader, part, scope, around) for part in parts))


def _taken_in(reader: Reader, name: str, scope: LexicalScope, around: Around) -> Value:
    """A name that nobody defined: of the package of which a module takes in all."""
    package = scope.find("*")
    return UNKNOWN if package is None else member(reader, package, name, scope, around)


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where that is not told."""
    value = plain(value)
    if isinstance(value, (FunctionValue, ClassValue, Instance, Client)) or (
        isinstance(value, RecordValue) and value.entries
    ):
        return True
    return bool(value.value) if isinstance(value, Lit) else None


def asked_of(value: Value) -> VariableTest | None:
    """What a value asks of the environment where it is tested for truth."""
    value = plain(value)
    if isinstance(value, Variable):
        return VariableTest(value, "set")
    return value if isinstance(value, VariableTest) else None


def joined(parts: list[Value]) -> Value:
    """Text of several parts, literal where all are; one text for each way in which a part can be."""
    flat = [plain(part) for part in parts]
    if all(isinstance(part, Lit) for part in flat):
        return Lit("".join(str(part.value) for part in flat if isinstance(part, Lit)))
    return JoinedText(tuple(flat))


def _record(
    reader: Reader, entries: tuple[tuple[s.Expr | None, s.Expr], ...], scope: LexicalScope, around: Around
) -> Value:
    made = RecordValue()
    rest: list[Value] = []
    for key, value in entries:
        found = evaluate(reader, value, scope, around)
        if key is None:
            inner = plain(found)
            if isinstance(inner, RecordValue):
                made.entries.update(inner.entries)
                rest += inner.rest
            else:
                rest.append(found)
            continue
        name = plain(evaluate(reader, key, scope, around))
        if isinstance(name, Lit):
            made.entries[str(name.value)] = found
        else:
            rest.append(found)
            made.keys = (*made.keys, name)
    made.rest = tuple(rest)
    return made


def _items(reader: Reader, items: tuple[s.Expr, ...], scope: LexicalScope, around: Around) -> Value:
    made = ListValue(depth=len(around.laps))
    for each in items:
        value = evaluate(reader, each, scope, around)
        inner = plain(value)
        if isinstance(each, s.SpreadElement):
            if isinstance(inner, ListValue):
                made.items += inner.items
                made.open |= inner.open
                made.grown |= inner.grown
            else:
                made.items.append(several(inner, 1, for_each=not one_each(inner)))
                made.open = True
        else:
            made.items.append(value)
    return made


def _either(
    reader: Reader, values: tuple[s.Expr, ...], test: s.Expr | None, scope: LexicalScope, around: Around
) -> Value:
    from .bounds import bounds_of, of_event_only

    fixed = test is not None and of_event_only(test, scope)

    def side(number: int) -> Around:
        return replace(around, sides=reader.side(around, id(values), number, fixed))

    if test is None:
        return either(*(evaluate(reader, each, scope, side(number)) for number, each in enumerate(values)))
    known = truth(evaluate(reader, test, scope, around))
    if known is not None:
        return evaluate(reader, values[0 if known else 1], scope, around)
    found: list[Value] = []
    for number, (value, holds) in enumerate(zip(values, (True, False), strict=True)):
        bounds, whole = bounds_of(reader, test, scope, around, holds)
        conditional = around.conditional or not whole
        inner = replace(side(number), conditional=conditional, bounds=(*around.bounds, *bounds))
        made = evaluate(reader, value, scope, inner)
        found.append(Guarded(made, bounds) if bounds else made)
    return either(*found)


def _logical(
    reader: Reader, node: s.Conjunction | s.Disjunction, parts: tuple[s.Expr, ...], scope: LexicalScope, around: Around
) -> Value:
    """``a or b``: what stands in for `a` where it is nothing is its default; ``a and b``: `b`, once `a` holds."""
    first = evaluate(reader, parts[0], scope, around)
    found = [first]
    answers = [first]
    inner = replace(around, conditional=True)
    for part in parts[1:]:
        known = truth(found[-1])
        if known is (isinstance(node, s.Disjunction)):
            break
        proven = list(reader.proven)
        value = evaluate(reader, part, scope, inner)
        reader.proven = proven  # it need not come to this part
        answers.append(value)
        last = found[-1]
        if isinstance(node, s.Disjunction) and isinstance(last, (Variable, FromEvent)) and last.default is None:
            found[-1] = replace(last, default=value)
            return found[-1] if isinstance(last, Variable) or isinstance(value, Lit) else either(last, value)
        both = isinstance(plain(last), VariableTest) and isinstance(plain(value), VariableTest)
        if known is not None or isinstance(node, s.Conjunction):
            found[-1] = UNKNOWN if both and known is None else value
        else:
            found.append(value)
    return _answer_among(answers, isinstance(node, s.Disjunction)) or either(*found)


def _answer_among(values: list[Value], either_of: bool) -> AnswerTest | None:
    """Where one part of a test tells whether the work failed: whether the whole does."""
    for each in map(plain, values):
        if isinstance(each, AnswerTest):
            decides = each.failed is either_of
            alone = len(values) == 1
            return AnswerTest(
                each.of, each.failed, each.sure and (alone or not decides), each.always and (alone or decides)
            )
    return None


def _compared(one: Value, sign: str, other: Value) -> Value:
    if isinstance(one, Lit) and isinstance(other, Lit) and sign in ("==", "!="):
        return Lit((one.value == other.value) is (sign == "=="))
    if isinstance(one, Variable) and isinstance(other, Lit) and sign in MIRRORED:
        if other.value is None and sign in ("==", "!="):
            return VariableTest(one, "unset" if sign == "==" else "set")
        return VariableTest(one, sign, other.value)
    if isinstance(other, Variable) and isinstance(one, Lit) and sign in MIRRORED:
        return _compared(other, MIRRORED[sign], one)
    if isinstance(one, Variable) and isinstance(other, ListValue) and sign == "in" and not (other.open or other.grown):
        items = [plain(each) for each in other.items]
        if all(isinstance(each, Lit) for each in items):
            return VariableTest(one, "in", tuple(each.value for each in items if isinstance(each, Lit)))
    something = (FunctionValue, ClassValue, Instance, RecordValue, ListValue, ModuleValue, Client)
    for value, nothing in ((one, other), (other, one)):
        if isinstance(value, something) and nothing == NOTHING and sign in ("==", "!="):
            return Lit(sign == "!=")
    return UNKNOWN


def _sum(left: Value, sign: str, right: Value) -> Value:
    one, other = plain(left), plain(right)
    if isinstance(one, OneOf) and isinstance(other, Lit):
        return either(*(_sum(each, sign, other) for each in one.options))
    if isinstance(other, Lit) and isinstance(other.value, (int, float)) and not isinstance(other.value, bool):
        by = other.value if sign == "+" else -other.value
        if isinstance(one, FromEvent):
            return Added(one, by)
        if isinstance(one, Added):
            return Added(one.of, one.by + by)
        if isinstance(one, Lit) and isinstance(one.value, (int, float)):
            return Lit(one.value + by)
    number = isinstance(one, Lit) and isinstance(one.value, (int, float))
    if number and sign == "+" and isinstance(other, (FromEvent, Added)):
        return _sum(other, sign, one)
    if sign == "+" and isinstance(one, ListValue) and isinstance(other, ListValue):
        return ListValue(
            [*one.items, *other.items],
            one.failed or other.failed,
            one.worked or other.worked,
            one.open or other.open,
            one.grown or other.grown,
            min(one.depth, other.depth),
        )
    if sign == "+" and isinstance(one, _TEXT) and isinstance(other, _TEXT):
        return joined([one, other])
    return UnknownValue("", (one, other))


def _mapped(reader: Reader, node: s.Mapped, scope: LexicalScope, around: Around) -> Value:
    over = evaluate(reader, node.over, scope, around)
    failures, proven = reader.returned_failures, list(reader.proven)
    made = ListValue(grown=bool(node.tests), depth=len(around.laps))
    for value, within, lap in laps_over(reader, over, SourceLine(scope.path, node.line), around):
        inner = LexicalScope(scope, path=scope.path, self_=scope.self_)
        assign(reader, node.target, value, inner, within, node.line)
        for test in node.tests:
            evaluate(reader, test, inner, within)
        made.items.append(added(evaluate(reader, node.item, inner, within), [lap]))
    reader.proven = proven  # there may be no entry
    source = plain(over)
    if isinstance(source, ListValue):
        made.failed, made.worked = source.failed, source.worked
        made.open |= source.open
        made.grown |= source.grown
    elif reader.returned_failures > failures or around.handling:
        made.failed = True
    elif of_event(over) and not node.tests:
        made.worked = True
    return made


def member(reader: Reader, of: Value, name: str, scope: LexicalScope, around: Around) -> Value:
    """A member by its name."""
    value = plain(of)
    match value:
        case OneOf(values):
            return either(*(member(reader, each, name, scope, around) for each in values))
        case ModuleValue(scope=inner):
            shared = reader.exported_of(value)
            if shared is not None:
                return _shared(reader, shared, name, scope, around)
            if name in inner.names:
                return inner.names[name]
            below = reader.module(f"{'' if name.startswith('.') else '.'}{name}", inner)
            return below if isinstance(below, ModuleValue) else UnknownValue(f"{value.name} has no {name}")
        case Instance() | ClassValue():
            return _of_object(reader, value, name, around)
        case RecordValue() if name in value.entries:
            return _given(reader, value.entries[name], scope, around)
        case RecordValue() if value.rest and (found := _rest(value, name)) is not UNKNOWN:
            return found
        case Getter():
            return member(reader, _given(reader, value, scope, around), name, scope, around)
        case Environment():
            return BoundMethod(value, name) if name in ("get", "setdefault", "copy") else Variable(name)
        case External():
            if name == "default" and not value.made:
                return value
            constant = reader.language.constant(f"{value.path}.{name}")
            if constant is not None:
                return constant
            return External(f"{value.path}.{name}", value.arguments, value.named, kept=value.kept, home=value)
        case FunctionValue() if name == "fn":
            return value
    told = told_by(value, name)
    if told is not None:
        return told
    return reader.language.member(value, name) or BoundMethod(value, name)


def _in_folder(reader: Reader, owner: Value, name: str, scope: LexicalScope) -> Value | None:
    """A module in the folder that stands for a package without a module of its own."""
    if not isinstance(owner, External) or owner.made or not reader.language.nests:
        return None
    if reader.language.declared(owner.path, reader.everywhere):
        return None
    found = reader.module(f"{owner.path}.{name}", scope)
    return found if isinstance(found, ModuleValue) else None


def _given(reader: Reader, value: Value, scope: LexicalScope, around: Around) -> Value:
    """What a member stands for, which a function may give."""
    inner = plain(value)
    return reader.call(inner.function, [], {}, scope, 0, around) if isinstance(inner, Getter) else value


def _shared(reader: Reader, shared: Value, name: str, scope: LexicalScope, around: Around) -> Value:
    """A member that a module gives; its default is all of it where it names none."""
    value = plain(shared)
    if name == "default" and not (isinstance(value, RecordValue) and "default" in value.entries):
        return shared
    return member(reader, shared, name, scope, around)


def _of_object(reader: Reader, of: Instance | ClassValue, name: str, around: Around) -> Value:
    if isinstance(of, Instance) and name in of.fields:
        return of.fields[name]
    made = of.of if isinstance(of, Instance) else of
    found = _inherited(made, name)
    if found is None:
        made_up = _inherited(made, "__getattr__") if isinstance(of, Instance) else None
        if isinstance(made_up, FunctionValue):
            return reader.call(replace(made_up, owner=of), [Lit(name)], {}, made_up.scope, made_up.made.line, around)
        outside = [base for base in made.bases if not isinstance(base, ClassValue)]
        return BoundMethod(outside[0], name) if outside else UNKNOWN
    if isinstance(found, FunctionValue) and found.owner is None:
        static = any(isinstance(each, s.Name) and each.id == "staticmethod" for each in found.made.decorators)
        bound = found if static else replace(found, owner=of)
        if any(
            isinstance(each, s.Name) and each.id in ("property", "cached_property") for each in found.made.decorators
        ):
            return reader.call(bound, [], {}, found.scope, found.made.line, around)
        return bound
    return found


def of_object(of: Value, name: str) -> Value | None:
    """A method of an object as its class has it."""
    if not isinstance(of, Instance):
        return None
    found = _inherited(of.of, name)
    return replace(found, owner=of) if isinstance(found, FunctionValue) else found


def _inherited(made: ClassValue, name: str, depth: int = 8) -> Value | None:
    if name in made.members.names:
        return made.members.names[name]
    for base in made.bases if depth else ():
        inner = plain(base)
        if isinstance(inner, ClassValue) and (found := _inherited(inner, name, depth - 1)) is not None:
            return found
    return None


def told_by(value: Value, name: str) -> Value | None:
    """What an answer's member tells of whether the work failed; None where it tells nothing."""
    for each in inside(value, 4) if isinstance(value, (Response, UnknownValue)) else ():
        told = _of_answer(each, name, whole=each is value) if isinstance(each, Response) else None
        if told is not None:
            return told
    return None


def _of_answer(response: Response, name: str, *, whole: bool) -> Value | None:
    """The same of one answer, which is then looked at; not `whole`: of something that is made of it."""
    told: Value | None = None
    if whole and name == "status" and response.operation == "StartSyncExecution":
        told = UnknownValue(_STATUS, (response,))
    elif whole and name in _TELLING.get(response.operation, ()):
        told = AnswerTest(response, failed=True)
    elif name in _IN_PAYLOAD and response.operation in _TELLING:
        told = AnswerTest(response, failed=True, sure=False)
    response.heeded = response.heeded if told is None else True
    return told


def _by_status(one: Value, sign: str, other: Value) -> Value | None:
    """What the status of an execution, or what an answer has, tells where it is compared; None for anything else."""
    for value, against in ((one, other), (other, one)):
        equal = {"==": True, "!=": False}.get(sign)
        if equal is None or not isinstance(against, Lit):
            continue
        if isinstance(value, UnknownValue) and value.why == _STATUS and against.value == "SUCCEEDED":
            response = value.held[0]
            return AnswerTest(response, failed=not equal) if isinstance(response, Response) else None
        if isinstance(value, AnswerTest) and against == NOTHING:
            return value.negated if equal else value
        if isinstance(value, AnswerTest) and isinstance(against.value, bool):
            return value if equal is against.value else value.negated
    return None


def entry(reader: Reader, of: Value, key: Value, scope: LexicalScope, around: Around) -> Value:
    """A member by a computed key."""
    value = plain(of)
    if isinstance(value, OneOf):
        return either(*(entry(reader, each, key, scope, around) for each in value.options))
    if isinstance(key, OneOf) and isinstance(value, (Environment, RecordValue)):
        return either(*(entry(reader, value, each, scope, around) for each in key.options))
    name = str(key.value) if isinstance(key, Lit) else None
    match value:
        case Environment():
            return Variable(name) if name is not None else UnknownValue("an environment variable whose name is made up")
        case Variable():
            return replace(value, path=(*value.path, key.value)) if name is not None else UNKNOWN  # type: ignore[union-attr]
        case FromEvent(path):
            step = "*" if name is None or name.lstrip("-").isdecimal() else name
            return FromEvent((*path, step))
        case RecordValue():
            if name is not None and name in value.entries:
                return _given(reader, value.entries[name], scope, around)
            if name is not None and not value.rest and reader.language.strict:
                reader.risk(SourceLine(scope.path, 0), around, explicit=True)
            return any_entry(value) if name is None else _rest(value, name)
        case ListValue():
            known = name is not None and name.isdecimal() and int(name) < len(value.items)
            if known and name is not None and not value.open and not value.grown:
                return plain(value.items[int(name)])
            return entry_of(value)
        case Response():
            told = None if name is None else told_by(value, name)
            return UnknownValue("an answer", (value,)) if told is None else told
        case UnknownValue() | Failure():
            told = None if name is None else told_by(value, name)
            return UnknownValue("", value.held if isinstance(value, UnknownValue) else ()) if told is None else told
    if name is not None:
        return member(reader, value, name, scope, around)
    return any_of(value) if isinstance(value, (Instance, ClassValue, ModuleValue)) else UNKNOWN


def any_entry(value: RecordValue) -> Value:
    """An entry by a key that only a run tells: one of those that are there, unless others may be."""
    closed = value.entries and not value.rest and not value.keys
    return either(*value.entries.values(), *value.rest, *(() if closed else (UNKNOWN,)))


def _rest(value: RecordValue, name: str) -> Value:
    """An entry that may come from what the record takes in."""
    for each in value.rest:
        inner = plain(each)
        if isinstance(inner, FromEvent):
            return FromEvent((*inner.path, name))
        if isinstance(inner, Variable):
            return replace(inner, path=(*inner.path, name))
        if isinstance(inner, External):
            return External(f"{inner.path}.{name}", kept=inner.kept, home=inner)
    return UNKNOWN if value.rest else NOTHING


def assign(
    reader: Reader,
    target: s.Expr,
    value: Value,
    scope: LexicalScope,
    around: Around,
    line: int,
    *,
    declares: bool = True,
) -> None:
    """Let a name, a member or a pattern of them stand for a value."""
    match target:
        case s.Name(name):
            holder = scope if declares and name not in scope.outer else scope.holder(name)
            old = holder.names.get(name)
            again = holder is not scope and old is not None and not _nothing(old)
            holder.names[name] = either(old, value) if again and old is not None else value
            holder.unbound.pop(name, None)
        case s.Attr(of, name):
            owner = plain(evaluate(reader, of, scope, around))
            if isinstance(owner, Instance):
                old = owner.fields.get(name)
                kept = old is not None and bool(around.conditional or around.failing() or around.catches)
                owner.fields[name] = either(old, value) if kept and old is not None else value
            elif isinstance(owner, RecordValue):
                owner.entries[name] = value
            elif isinstance(owner, (ModuleValue, ClassValue)):
                (owner.scope if isinstance(owner, ModuleValue) else owner.members).names[name] = value
            elif _from_event(owner):
                assign(reader, of, _changed(owner, {name: value}), scope, around, line, declares=False)
            elif isinstance(owner, External) and reader.language.nests and isinstance(plain(value), FunctionValue):
                reader.gap(f"replaces {owner.path}.{name}: what calls it runs other code", scope, line)
        case s.Index(of, key):
            owner = plain(evaluate(reader, of, scope, around))
            name_set = plain(evaluate(reader, key, scope, around)) if _from_event(owner) else UNKNOWN
            if isinstance(name_set, Lit):
                changed = _changed(owner, {str(name_set.value): value})
                assign(reader, of, changed, scope, around, line, declares=False)
            else:
                _set_entry(reader, owner, key, value, scope, around)
        case s.Items(items):
            for position, each in enumerate(items):
                if isinstance(each, s.SpreadElement):
                    assign(reader, each.value, UnknownValue("", (value,)), scope, around, line, declares=declares)
                    continue
                part = entry(reader, value, Lit(position), scope, around)
                assign(reader, each, part, scope, around, line, declares=declares)
        case s.Record(entries):
            for named, each in entries:
                name_of = plain(evaluate(reader, named, scope, around)) if named is not None else UNKNOWN
                part = entry(reader, value, name_of, scope, around) if named is not None else value
                assign(reader, each, part, scope, around, line, declares=declares)
        case s.Disjunction((inner, default)):
            given = evaluate(reader, default, scope, around)
            known = truth(value)
            held = plain(value)
            if isinstance(held, Variable) or (isinstance(held, FromEvent) and isinstance(plain(given), Lit)):
                filled: Value = replace(held, default=given)
            else:
                filled = given if known is False else either(value, given)
            assign(reader, inner, filled, scope, around, line, declares=declares)


def _from_event(value: Value) -> bool:
    """Whether a value is, or may be, something that the event brought."""
    return any(isinstance(each, FromEvent) for each in (value.options if isinstance(value, OneOf) else (value,)))


def _changed(value: Value, entries: Mapping[str, Value]) -> Value:
    """What the event brought, with some entries set."""
    if isinstance(value, OneOf):
        return either(*(_changed(each, entries) for each in value.options))
    if isinstance(value, RecordValue):
        return RecordValue({**value.entries, **entries}, value.rest, value.keys)
    return RecordValue(dict(entries), (value,)) if isinstance(value, FromEvent) else value


def updated(
    reader: Reader, of: s.Expr, entries: Mapping[str, Value], scope: LexicalScope, around: Around, line: int
) -> bool:
    """Set entries of what the event brought, as ``update`` does; whether `of` is that."""
    owner = plain(evaluate(reader, of, scope, around))
    if not _from_event(owner):
        return False
    assign(reader, of, _changed(owner, entries), scope, around, line, declares=False)
    return True


def _nothing(value: Value) -> bool:
    return isinstance(value, Lit) and value.value is None


def _set_entry(reader: Reader, owner: Value, key: s.Expr, value: Value, scope: LexicalScope, around: Around) -> None:
    name = plain(evaluate(reader, key, scope, around))
    if isinstance(owner, RecordValue):
        if isinstance(name, Lit):
            old = owner.entries.get(str(name.value))
            kept = around.conditional and old is not None
            owner.entries[str(name.value)] = either(old, value) if kept and old is not None else value
        else:
            owner.rest = (*owner.rest, value)
    elif isinstance(owner, ListValue):
        owner.items.append(value)
        owner.grown = True


def add(of: ListValue, value: Value, around: Around) -> None:
    """Add to a list, and remember whether that was on failure."""
    of.items.append(added(value, around.laps[of.depth :]))
    of.grown = True
    if around.failing():
        of.failed = True
        for failing in around.failing():
            failing.partial = True
    else:
        of.worked = True


__all__ = ["Client", "JsonText", "add", "assign", "entry", "evaluate", "joined", "member", "truth"]
