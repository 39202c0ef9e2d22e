"""What calls do: of functions of the app, of AWS clients, of packages, and of methods of plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from seawall.template import SourceLine

from . import syntax as s
from .context import Around, Catch, LexicalScope
from .fates import names_in, nodes_of
from .http import note
from .laps import added, laps_over, of_event, one_each, several, single
from .tries import SdkTries
from .values import (
    NOTHING,
    UNKNOWN,
    Added,
    BoundMethod,
    ClassValue,
    Client,
    Command,
    Environment,
    External,
    Failure,
    FromEvent,
    FunctionValue,
    Instance,
    JoinedText,
    JsonText,
    LambdaContext,
    ListValue,
    Lit,
    ModuleValue,
    OneOf,
    Operation,
    RecordValue,
    Response,
    UnknownValue,
    Value,
    Variable,
    either,
    inside,
    options,
    plain,
)
from .words import words

if TYPE_CHECKING:
    from .reader import Reader

RESCUE = "rescue"
"""Path of what a framework runs when another function failed, with the kinds of failures as its arguments."""
READING = ("Get", "List", "Describe", "Receive", "Head", "Query", "Scan", "BatchGet", "Select", "Download", "Lookup")
"""How the names of operations begin that change nothing."""
SENDING = words(
    "send_message send_messages send_message_batch publish_batch put_events start_execution start_sync_execution "
    "put_record put_records put_item batch_write_item batch_writer put_object upload_file upload_fileobj "
    "sendMessage sendMessageBatch publishBatch putEvents startExecution startSyncExecution putRecord putRecords "
    "putItem batchWriteItem putObject"
)
"""Methods that no other library has and that send, so that one on something not followed is a call not resolved."""
SENDING_MAYBE = frozenset({"publish", "invoke", "update_item", "delete_item", "send", "copy_object", "invoke_async"})
"""Methods that may be such ones."""
_SAME = words(
    "strip lstrip rstrip lower upper encode decode trim toString toLowerCase toUpperCase copy title replace trimEnd "
    "trimStart valueOf format casefold read body removesuffix removeprefix replaceAll"
)
"""Methods of text that leave what it names as it is, as far as it matters to us."""
_UNTOUCHED = words("toString valueOf copy encode decode read body")
"""Those of them that leave it as it is altogether."""
_QUIET = words(
    "get items keys values append extend update pop setdefault join split startswith endswith format strip "
    "isoformat strftime timestamp push map filter forEach slice includes indexOf concat find some every sort "
    "reverse has add total_seconds hexdigest digest hex count index lower upper encode decode replace toISOString "
    "getTime keys entries toString startsWith endsWith trim length reduce flat flatMap remove clear insert group "
    "groups match search test exec isdigit splitlines rsplit partition rpartition set delete at fill then finally "
    "union as_tuple quantize is_integer write flush close getvalue"
)
"""Methods of plain values, that neither fail by their own nor send anything."""


def call(reader: Reader, node: s.CallExpression, scope: LexicalScope, around: Around) -> Value:
    """What a call gives; what it does is noted."""
    from .expressions import evaluate

    around = replace(around, chain=(*around.chain, id(node)))
    special = reader.language.special(reader, node, scope, around)
    if special is not None:
        return special
    called = evaluate(reader, node.function, scope, around)
    _note_flows(reader, node, called, around)
    given = replace(around, beside=True) if _starts(node) else around
    arguments, named = _arguments(reader, node, scope, given)
    return apply(reader, called, arguments, named, scope, node.line, around, new=node.new)


_STARTING = words("gather create_task ensure_future start_soon")
_PROMISING = words("all race any allSettled")


def _starts(node: s.CallExpression) -> bool:
    """Whether what is called in the arguments of a call goes on beside each other."""
    function = node.function
    if isinstance(function, s.Attr) and function.of == s.Name("Promise"):
        return function.name in _PROMISING
    return s.last_name(function) in _STARTING


_CHANGING = words(
    "append push add unshift insert extend update set pop setdefault remove discard put increment clear appendleft"
)
"""Methods that change what they are called of."""


def _note_flows(reader: Reader, node: s.CallExpression, called: Value, around: Around) -> None:
    """Note what names rest on behind a call: what it changes, parameters, and those of functions that it is handed."""
    given: list[object] = [*node.arguments, *(value for _, value in node.named)]
    if isinstance(node.function, s.Attr) and node.function.name in _CHANGING:
        names = list(names_in(node.function.of))
        around.touch(names)
        reader.flows.note(names, (*given, *nodes_of(around)))
    function = plain(called)
    if isinstance(function, FunctionValue):
        _parameters_from(reader, function.made, given)
    for each in given:
        if isinstance(each, s.Lambda):
            _parameters_from(reader, each.function, [node.function, *given])


def _parameters_from(reader: Reader, function: s.FunctionDefinition, sources: list[object]) -> None:
    for parameter in function.parameters:
        reader.flows.note(names_in(parameter.target), sources)


def _arguments(
    reader: Reader, node: s.CallExpression, scope: LexicalScope, around: Around
) -> tuple[list[Value], dict[str, Value]]:
    from .expressions import evaluate

    arguments: list[Value] = []
    for each in node.arguments:
        value = evaluate(reader, each, scope, around)
        if isinstance(each, s.SpreadElement):
            inner = plain(value)
            arguments += map(single, inner.items) if isinstance(inner, ListValue) else [UnknownValue("", (inner,))]
        else:
            arguments.append(value)
    named: dict[str, Value] = {}
    for name, expression in node.named:
        value = evaluate(reader, expression, scope, around)
        if name is not None:
            named[name] = value
            continue
        inner = plain(value)
        if isinstance(inner, RecordValue):
            named.update(inner.entries)
            if inner.rest:
                named["*"] = UnknownValue("", inner.rest)
        else:
            named["*"] = inner
    return arguments, named


def apply(
    reader: Reader,
    called: Value,
    arguments: Sequence[Value],
    named: Mapping[str, Value],
    scope: LexicalScope,
    line: int,
    around: Around,
    *,
    new: bool = False,
) -> Value:
    """What a value gives when it is called."""
    called = plain(called)
    match called:
        case OneOf(values):
            inner = replace(around, conditional=True)
            sides = [replace(inner, sides=reader.side(around, "one of", number)) for number in range(len(values))]
            found = [
                apply(reader, each, arguments, named, scope, line, side, new=new)
                for each, side in zip(values, sides, strict=True)
            ]
            reader.always_raised = False
            return either(*found)
        case FunctionValue():
            return reader.call(called, arguments, named, scope, line, around)
        case ClassValue():
            return _construct(reader, called, arguments, named, scope, line, around)
        case Instance():
            method = reader.method(called, "__call__")
            return reader.call(method, arguments, named, scope, line, around) if method else UNKNOWN
        case External():
            proven = list(reader.proven)
            given = _external(reader, called, arguments, named, scope, line, around)
            reader.proven = proven  # what a package is handed it need not call
            return given
        case Operation(client, name):
            return operate(reader, client, name, arguments, named, scope, line, around)
        case BoundMethod(of, name):
            return _method(reader, of, name, arguments, named, scope, line, around)
        case UnknownValue(held=held):
            functions = [each for each in held if isinstance(each, FunctionValue)]
            for operation in [each for each in held if isinstance(each, Operation)]:
                reader.gap(f"calls {operation.name} of a client in a way that is not followed", scope, line)
            proven = list(reader.proven)
            for each in functions:
                reader.call(each, arguments, named, scope, line, replace(around, conditional=True))
            unfollowed(reader, arguments, named, scope, line, around)
            reader.proven = proven
            return UnknownValue("", (*held, *arguments))
    return UNKNOWN


def any_of(of: Value) -> Value:
    """Any of an object's methods, or of a module's functions: which one only a run tells."""
    found: list[Value] = []
    if isinstance(of, ModuleValue):
        found += [each for each in of.scope.names.values() if isinstance(each, (FunctionValue, ClassValue))]
    made = of.of if isinstance(of, Instance) else of
    if isinstance(made, ClassValue):
        for each in made.members.names.values():
            found += [replace(each, owner=of)] if isinstance(each, FunctionValue) else []
        for base in map(plain, made.bases):
            found += any_of(base).held if isinstance(base, ClassValue) else ()  # type: ignore[union-attr]
    return UnknownValue("which one only a run tells", tuple(found))


def bound(function: Value, arguments: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """A function of which some arguments are given."""
    if not isinstance(function, FunctionValue):
        return UnknownValue("", (function,))
    plain_ones = [each for each in function.made.parameters if not each.kind]
    rest = (*plain_ones[len(arguments) :], *(each for each in function.made.parameters if each.kind))
    scope = LexicalScope(function.scope, path=function.scope.path, self_=function.owner)
    for parameter, value in zip(plain_ones, arguments, strict=False):
        if isinstance(parameter.target, s.Name):
            scope.names[parameter.target.id] = value
    scope.names.update({name: value for name, value in named.items() if name != "*"})
    left = tuple(
        each for each in rest if not (isinstance(each.target, s.Name) and each.target.id in named and "*" not in named)
    )
    made = replace(function.made, parameters=left)
    return replace(function, made=made, scope=scope)


def _construct(
    reader: Reader,
    made: ClassValue,
    arguments: Sequence[Value],
    named: Mapping[str, Value],
    scope: LexicalScope,
    line: int,
    around: Around,
) -> Value:
    request = _command(reader, made, arguments, scope, line, around)
    if request is not None:
        return request
    found = Instance(made)
    for name in ("__init__", "constructor"):
        method = reader.method(found, name)
        if method is not None:
            reader.call(method, arguments, named, scope, line, around)
            _called_later(reader, found, scope, line, around)
            return found
    found.fields.update({name: value for name, value in named.items() if name != "*"})
    fields = [name for name in made.members.names if not isinstance(made.members.names[name], FunctionValue)]
    found.fields.update(dict(zip(fields, arguments, strict=False)))
    _called_later(reader, found, scope, line, around)
    return found


def _called_later(reader: Reader, made: Instance, scope: LexicalScope, line: int, around: Around) -> None:
    """Follow the methods of an object that nothing in sight calls: Python's own for its end, a log handler's."""
    names = ["__del__"]
    if any(isinstance(base, External) and base.path.startswith("logging.") for base in map(plain, made.of.bases)):
        names.append("emit")
    for method in filter(None, (reader.method(made, name) for name in names)):
        reader.call(method, [UNKNOWN], {}, scope, line, replace(around, conditional=True))


def _command(
    reader: Reader, made: ClassValue, arguments: Sequence[Value], scope: LexicalScope, line: int, around: Around
) -> Value | None:
    """A class inside a bundle that is a command or a client of the SDK."""
    for base in map(plain, made.bases):
        if isinstance(base, External) and base.path.startswith("@aws-sdk/"):
            return reader.language.call(reader, base, arguments, {}, scope, line, around)
        if isinstance(base, ClassValue):
            found = _command(reader, base, arguments, scope, line, around)
            if found is not None:
                return found
    if {"send", "destroy"} <= set(made.members.names):
        return Instance(made)  # a client: what it sends tells its service
    return None


def _external(
    reader: Reader,
    called: External,
    arguments: Sequence[Value],
    named: Mapping[str, Value],
    scope: LexicalScope,
    line: int,
    around: Around,
) -> Value:
    known = reader.language.call(reader, called, arguments, named, scope, line, around)
    if known is not None:
        return known
    request = reader.language.http(reader, called, arguments, named)
    if request is not None and not reader.loading:
        note(reader, request, SourceLine(scope.path, line), around)
    given = [*arguments, *named.values()]
    if reader.language.reaches(called.path):
        _hand_on(reader, given, scope, line)
        if reader.language.program(called.path) and (program := _unread_program(given)) is not None:
            reader.gap(f"runs {program}, which is not read", scope, line)
    result = External(called.path, tuple(arguments), dict(named), made=True, home=called)
    functions = [each for value in given for each in (*_functions(value), *_kept_by(value))]
    result.kept.extend([*called.kept, *functions])
    _handed_client(reader, called, given, scope, line)
    above = called.home
    while above is not None:
        above.kept.extend(functions)
        above = above.home
    if reader.loading:
        if any(isinstance(each, Variable) for value in given for each in inside(value)):
            _hand_on_unless(reader, called.path, given, scope, line)
        return result
    over = _gone_over(called, arguments)
    if over is not None:
        ends = frozenset({"next", "raise"})  # a failure comes out where the outcome is asked for, if anywhere
        catch = Catch(SourceLine(scope.path, line), True, around.reached, ends)
        made = _each(reader, plain(over), arguments, scope, line, replace(around.caught(catch), beside=True))
        return ListValue(made, depth=len(around.laps))
    if called.path.rpartition(".")[2] in _RUN_NOW:
        work = next((each for each in map(plain, arguments) if isinstance(each, (FunctionValue, Operation))), None)
        if work is not None:
            rest = arguments[[plain(each) for each in arguments].index(work) + 1 :]
            catch = Catch(SourceLine(scope.path, line), True, around.reached)
            done = apply(reader, work, rest, named, scope, line, replace(around.caught(catch), beside=True))
            reader.always_raised = False
            reader.futures.append(catch)
            return UnknownValue("what runs beside", (done,))
    if called.made and called.kept:
        _run_kept(reader, called, arguments, named, scope, line, around)
    home = called.home
    while home is not None:
        runs = called.path.rpartition(".")[2] in _RUNNING
        if runs and _run_kept(reader, home, arguments, named, scope, line, around):
            return result
        home = home.home
    if reader.language.harmless(called.path):
        for each in functions:
            reader.call(each, [UNKNOWN] * 3, {}, scope, line, replace(around, conditional=True))
        reader.always_raised = False
        return result
    if not reader.language.declared(called.path, reader.everywhere):
        reader.gap(f"calls {called.path}, which is neither among its files nor a package that they list", scope, line)
    for each in functions:
        reader.call(each, [UNKNOWN] * 3, {}, scope, line, replace(around, conditional=True))
    reader.always_raised = False
    reader.risk(SourceLine(scope.path, line), around)
    reader.report(around)
    if not reader.language.trusted(called.path):
        _hand_on(reader, given, scope, line)
    return result


_INTERPRETERS = words("aws bash curl env nice node npx perl php python python3 ruby sam sh sudo timeout wget xargs zsh")
"""Programs that may send whatever they are told to."""
_SCRIPTS = (".sh", ".py", ".js", ".mjs", ".rb", ".pl")


def _unread_program(given: Sequence[Value]) -> str | None:
    """A program that may send something, as a reader knows it; None for one that only works on files."""
    command = plain(given[0]) if given else UNKNOWN
    if isinstance(command, ListValue) and command.items:
        command = plain(command.items[0])
    named = str(command.value).split() if isinstance(command, Lit) else []
    if not named:
        return "a program that is made up while it runs"
    name = named[0].rpartition("/")[2]
    return f"the program {name}" if name in _INTERPRETERS or name.endswith(_SCRIPTS) else None


def _gone_over(called: External, arguments: Sequence[Value]) -> Value | None:
    """What a package calls a function for each entry of: ``pool.map(work, items)``, ``pMap(items, work)``."""
    if called.path not in _FOR_EACH and called.path.rpartition(".")[2] not in _FOR_EACH:
        return None
    listed = [each for each in arguments if not isinstance(plain(each), (FunctionValue, Operation, RecordValue))]
    works = any(isinstance(plain(each), FunctionValue) for each in arguments)
    return listed[0] if works and listed else None


_FOR_EACH = words(
    "map imap imap_unordered map_async starmap each forEach eachSeries eachLimit mapSeries mapLimit p-map p-each-series"
)
"""Functions of packages that call another one for each entry of what they are handed."""


def _run_kept(
    reader: Reader,
    home: External,
    arguments: Sequence[Value],
    named: Mapping[str, Value],
    scope: LexicalScope,
    line: int,
    around: Around,
) -> bool:
    """Run the functions that a framework was handed; those for failures catch what the others raise.

    Whether one of them catches all.
    """
    kept = list(dict.fromkeys(home.kept))
    inner = replace(around, conditional=True)
    handlers: list[tuple[Catch, FunctionValue]] = []
    for each in kept:
        if isinstance(each, External) and each.path == RESCUE:
            kinds = [one.path for one in map(plain, each.arguments) if isinstance(one, External)]
            function = plain(each.kept[0])
            if isinstance(function, FunctionValue):
                at = SourceLine(function.scope.path, function.made.line)
                catch = Catch(at, bool(set(kinds) & {"Exception", "BaseException"}), inner.reached)
                handlers.append((catch, function))
                inner = inner.caught(catch)
    for number, each in enumerate(kept):
        if isinstance(each, FunctionValue) and all(each.made is not one.made for _, one in handlers):
            route = replace(inner, sides=reader.side(around, ("kept", id(home)), number))
            reader.call(each, arguments, named, scope, line, route)
    for catch, function in handlers:
        handling = replace(around, handling=(*around.handling, catch))
        reader.call(function, [Failure(catch)], {}, scope, line, handling)
        catch.ends = reader.ended
    reader.always_raised = False
    return any(catch.every for catch, _ in handlers)


_RUNNING = frozenset({"emit", "resolve", "run", "process", "start", "handle", "lambdaHandler", "proxy", "listen"})
"""Methods of frameworks that run the functions which were handed to them before."""


def _handed_client(reader: Reader, called: External, given: Sequence[Value], scope: LexicalScope, line: int) -> None:
    """A package that is handed a client may call it; one that is handed a method of one may call that."""
    runs = called.path.partition(".")[0] in _CALLING
    harmless = reader.language.harmless(called.path) and not runs
    if harmless or called.path.rpartition(".")[2] in _RUN_NOW:
        return
    for value in given:
        for each in inside(value, 2):
            client = each.client if isinstance(each, Operation) else each
            trusted = reader.language.trusted(called.path) and not isinstance(each, Operation)
            if isinstance(client, Client) and not trusted:
                reader.handed_clients.append((client.service, called.path, SourceLine(scope.path, line)))


_CALLING = frozenset({"asyncio", "functools", "threading", "concurrent", "Promise", "bluebird", "p-limit", "util"})
"""Packages that call what they are handed."""
_RUN_NOW = frozenset({"submit", "to_thread", "run_in_executor"})
"""Functions that run what they are handed with the arguments behind it."""


def _functions(value: Value) -> list[FunctionValue]:
    return [each for each in inside(value, 2) if isinstance(each, FunctionValue)]


def _kept_by(value: Value) -> list[FunctionValue]:
    """Functions that something of a package keeps, such as the routes of an app."""
    value = plain(value)
    return [each for each in value.kept if isinstance(each, FunctionValue)] if isinstance(value, External) else []


def _hand_on_unless(reader: Reader, path: str, given: Sequence[Value], scope: LexicalScope, line: int) -> None:
    if not reader.language.trusted(path) and not reader.language.harmless(path):
        _hand_on(reader, given, scope, line)


def _hand_on(reader: Reader, given: Sequence[Value], scope: LexicalScope, line: int) -> None:
    for value in given:
        for each in inside(value):
            if isinstance(each, Variable):
                reader.handed_on.append((each, SourceLine(scope.path, line)))


def unfollowed(
    reader: Reader,
    arguments: Sequence[Value],
    named: Mapping[str, Value],
    scope: LexicalScope,
    line: int,
    around: Around,
) -> None:
    """A call of something that is not known; it may run functions that it is handed, and those that these give."""
    for value in (*arguments, *named.values()):
        for each in _functions(value):
            given = reader.call(each, [UNKNOWN] * 3, {}, scope, line, replace(around, conditional=True))
            for inner in _functions(given):
                reader.call(inner, [UNKNOWN] * 3, {}, scope, line, replace(around, conditional=True))
    reader.always_raised = False
    reader.risk(SourceLine(scope.path, line), around)
    reader.report(around)
    _hand_on(reader, [*arguments, *named.values()], scope, line)


def operate(
    reader: Reader,
    client: Client,
    name: str,
    arguments: Sequence[Value],
    named: Mapping[str, Value],
    scope: LexicalScope,
    line: int,
    around: Around,
) -> Value:
    """A method of a client: one operation of its service."""
    found = reader.language.operation(reader, client, name, arguments, named, scope, line, around)
    return found if found is not None else UNKNOWN


def aws(
    reader: Reader,
    service: str,
    operation: str,
    request: Value,
    sdk: SdkTries,
    scope: LexicalScope,
    line: int,
    around: Around,
) -> Value:
    """Note a call of an AWS API."""
    from .reader import Made

    at = SourceLine(scope.path, line)
    response = Response(operation)
    around = replace(around.begun(), catches=around.reached)
    reader.made.append(Made(service, operation, request, at, around, sdk, response))
    if around.started < 0:
        reader.proven.append((around.sides, (), (response,)))
    reader.risk(at, around)
    if not operation.startswith(READING):
        reader.report(around)
    return response


def sent(reader: Reader, value: Value, sdk: SdkTries, scope: LexicalScope, line: int, around: Around) -> Value | None:
    """A request that is sent; None where the value is none."""
    values = plain(value)
    found = [
        aws(reader, each.service, each.operation, each.request, sdk, scope, line, around)
        for each in (values.options if isinstance(values, OneOf) else (values,))
        if isinstance(each, Command)
    ]
    return either(*found) if found else None


def _method(
    reader: Reader,
    of: Value,
    name: str,
    arguments: Sequence[Value],
    named: Mapping[str, Value],
    scope: LexicalScope,
    line: int,
    around: Around,
) -> Value:
    """A method of a value that is no object of the app."""
    own = reader.language.method(reader, of, name, arguments, named, scope, line, around)
    if own is not None:
        return own
    if name == "result":
        reader.awaited_futures()
    first = plain(arguments[0]) if arguments else UNKNOWN
    default = arguments[1] if len(arguments) > 1 else named.get("default", NOTHING)
    key = str(first.value) if isinstance(first, Lit) else None
    match of:
        case Environment() if name == "get":
            return Variable(key, default=None if default == NOTHING else default) if key else UNKNOWN
        case FromEvent() if any(_functions(each) for each in arguments):
            return _quiet(reader, of, name, arguments, scope, line, around)
        case FromEvent(path):
            return _of_event(of, path, name, key, default)
        case RecordValue():
            return _of_record(of, name, key, default, arguments, named)
        case ListValue():
            return _of_list(reader, of, name, arguments, scope, line, around)
        case Response():
            return _of_response(of, name, key)
        case Variable() if name in _SAME and name not in _UNTOUCHED:
            return replace(of, changed=True)
        case Lit() | Variable() | JoinedText() | Added() | JsonText() if name in _SAME:
            return _formatted(of, arguments, named) if name == "format" else of
        case Failure() | Lit() | Variable() | JoinedText() | Added() | JsonText() | External():
            return UnknownValue("", (of,))
        case LambdaContext():
            return UnknownValue("the context")
    command = sent(reader, first, SdkTries(), scope, line, around)
    if command is not None:
        return command
    if name in SENDING or (name in SENDING_MAYBE and not isinstance(of, FunctionValue)):
        reader.gap(f"calls {name} of something that could not be followed", scope, line)
    if name in _QUIET:
        return _quiet(reader, of, name, arguments, scope, line, around)
    unfollowed(reader, arguments, named, scope, line, around)
    return UnknownValue("", (of, *arguments))


def _of_event(of: FromEvent, path: tuple[str, ...], name: str, key: str | None, default: Value) -> Value:
    if name in ("get", "pop", "setdefault"):
        return FromEvent((*path, key or "*"), None if default == NOTHING else default)
    if name in ("items", "entries"):
        return External("items", (of,), made=True)
    if name == "keys":
        return UNKNOWN
    if name == "values":
        return FromEvent((*path, "*"))
    return of


def _of_record(
    of: RecordValue,
    name: str,
    key: str | None,
    default: Value,
    arguments: Sequence[Value],
    named: Mapping[str, Value],
) -> Value:
    if name in ("get", "pop", "setdefault"):
        if key is not None and key in of.entries:
            return of.entries[key]
        if name == "setdefault" and key is not None:
            of.entries[key] = default
        if key is not None and not of.rest:
            return default
        if key is not None:
            return either(default, UNKNOWN)
        from .expressions import any_entry

        return either(any_entry(of), default)
    if name == "update":
        of.entries.update({each: value for each, value in named.items() if each != "*"})
        for each in map(plain, arguments):
            if isinstance(each, RecordValue):
                of.entries.update(each.entries)
                of.rest = (*of.rest, *each.rest)
            else:
                of.rest = (*of.rest, each)
        return NOTHING
    if name == "copy":
        return RecordValue(dict(of.entries), of.rest)
    if name == "items":
        both = [ListValue([Lit(each), value]) for each, value in of.entries.items()]
        return ListValue([*both], open=bool(of.rest) or not both)
    if name == "values":
        return ListValue([*of.entries.values()], open=bool(of.rest) or not of.entries)
    return UNKNOWN


def _of_list(
    reader: Reader, of: ListValue, name: str, arguments: Sequence[Value], scope: LexicalScope, line: int, around: Around
) -> Value:
    from .expressions import add

    if name in ("append", "push", "add", "unshift", "insert") and arguments:
        for each in arguments if name in ("push", "unshift") else arguments[-1:]:
            add(of, each, around)
        return NOTHING
    if name in ("extend", "concat"):
        for each in map(plain, arguments):
            if isinstance(each, ListValue):
                of.items += [added(one, around.laps[of.depth :]) for one in each.items]
                of.failed |= each.failed
                of.worked |= each.worked
                of.open |= each.open
            else:
                of.items.append(several(each, 1, for_each=not one_each(each)))
                of.open = True
            of.grown = True
        return of
    if name == "filter":
        _each(reader, of, arguments, scope, line, around)
        return ListValue(of.items, of.failed, open=of.open, grown=True, depth=of.depth)
    if name in ("copy", "slice", "reverse", "sort", "flat"):
        _each(reader, of, arguments, scope, line, around)
        return of
    if name == "pop":
        return either(*map(plain, of.items), UNKNOWN)
    return _quiet(reader, of, name, arguments, scope, line, around)


def _each(
    reader: Reader, of: Value, arguments: Sequence[Value], scope: LexicalScope, line: int, around: Around
) -> list[Value]:
    """Follow functions that are called for each entry of a value; what they give."""
    found: list[Value] = []
    proven = list(reader.proven)
    for function in [function for value in arguments for function in _functions(value)]:
        for value, inner, lap in laps_over(reader, of, SourceLine(scope.path, line), around):
            found.append(added(reader.call(function, [value, UNKNOWN, of], {}, scope, line, inner), [lap]))
    reader.always_raised = False
    reader.proven = proven
    return found


def _quiet(
    reader: Reader, of: Value, name: str, arguments: Sequence[Value], scope: LexicalScope, line: int, around: Around
) -> Value:
    given = _each(reader, of, arguments, scope, line, around)
    if name in ("map", "flatMap", "then") and given:
        if name == "then":
            return either(*map(plain, given))
        every = name == "map" and not any(NOTHING in (one for one, _ in options(each)) for each in given)
        worked = every and not around.handling and of_event(of)
        return ListValue(given, bool(around.handling), worked, open=name != "map", depth=len(around.laps))
    if isinstance(of, ListValue) and name in ("find", "at", "shift"):
        return either(*map(plain, of.items), UNKNOWN)
    return UnknownValue("", (of, *arguments))


def _of_response(of: Response, name: str, key: str | None) -> Value:
    from .expressions import told_by

    told = told_by(of, key if name == "get" and key else name)
    return UnknownValue("an answer", (of,)) if told is None else told


def _formatted(of: Value, arguments: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """``"...{}...".format(value)``."""
    import re

    from .expressions import joined

    if not isinstance(of, Lit) or not isinstance(of.value, str):
        return of
    parts: list[Value] = []
    left = list(arguments)
    for index, piece in enumerate(re.split(r"\{([^{}]*)\}", of.value)):
        if index % 2 == 0:
            parts.append(Lit(piece))
        elif piece.isdecimal():
            parts.append(arguments[int(piece)] if int(piece) < len(arguments) else UNKNOWN)
        else:
            parts.append(named.get(piece, UNKNOWN) if piece else left.pop(0) if left else UNKNOWN)
    return joined(parts)
