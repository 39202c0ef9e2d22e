"""Follows a handler through its program, without running it: statements, functions, modules.

Every function is followed where it is called, with what is known of its arguments; branches are both taken; a loop is
followed once. What surrounds a call (failures being handled, loops, conditions) goes along as `Around`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.graph.turns import Side
from seawall.template import SourceLine

from . import syntax as s
from .account import UnreadCode
from .bounds import bounds_of, of_event_only
from .context import Around, Catch, Guard, Lap, LexicalScope
from .errors import UnreadableError
from .expressions import assign, evaluate, of_object, truth
from .fates import NameFlows, Risk, function_name, names_in, nodes_of
from .files import BundledFile, Files
from .language import Language
from .laps import MOST_SHARE, entries_of, laps_over
from .tries import SdkTries
from .values import (
    NOTHING,
    UNKNOWN,
    AnswerTest,
    ClassValue,
    CounterBound,
    External,
    Failure,
    FromEvent,
    FunctionValue,
    Guarded,
    ListValue,
    Lit,
    ModuleValue,
    RecordValue,
    Response,
    UnknownValue,
    Value,
    either,
    inside,
    options,
    plain,
)

MOST_STEPS = 150_000
"""Expressions and statements that are followed for one handler; public handlers take some hundred."""
MOST_DEPTH = 40
"""Calls within calls."""
MOST_INSIDE = 3
"""How deep it is looked for an answer in what a name stands for."""
MOST_MODULES = 400
"""Files of one function that are read."""

T = TypeVar("T")
NEXT: frozenset[str] = frozenset({"next"})
_GOING_ON = frozenset({"next", "continue"})
"""How a lap ends behind which another one may come."""


class TooMuchError(Exception):
    """A handler that is not followed further."""


class Made(Struct, eq=False):
    """A call of an AWS API as it was met."""

    service: str
    operation: str
    request: Value
    at: SourceLine
    around: Around
    sdk: SdkTries
    response: Response


class Frame(Struct, eq=False):
    """A run of a function: what it can return."""

    returned: list[Value]
    bounds: int
    """How many bounds held where it was called."""
    left: list[Around] = field(default_factory=list)
    """What surrounds the places where it returns."""


class Reader:
    """Follows one handler. What it met is in its lists afterwards."""

    def __init__(
        self,
        language: Language,
        everywhere: Sequence[Files],
        sources: dict[str, s.ParsedModule],
        contents: dict[tuple[str, str], s.ParsedModule],
    ) -> None:
        self.language = language
        self.everywhere = everywhere
        self.made: list[Made] = []
        self.risks: list[Risk] = []
        self.gaps: dict[UnreadCode, None] = {}
        self.handed_on: list[tuple[Value, SourceLine]] = []
        self.step_tries: list[tuple[int | None, SourceLine]] = []
        """Tries of steps of a durable function, with their lines; None: not told."""
        self.handed_clients: list[tuple[str, str, SourceLine]] = []
        """Services of clients that go into packages which are not read, and where."""
        self.steps = 0
        self.always_raised = False
        """The call just followed always ends in a failure."""
        self.told_failure = False
        """The call just followed told Lambda of a failure, and goes on."""
        self.answers: dict[SourceLine, bool] = {}
        self.returned_failures = 0
        """Times that something was returned where a failure is handled."""
        self.clients: dict[str, Value] = {}
        """How clients of HTTP try again, by their paths."""
        self.settings: dict[str, Value] = {}
        """Settings for all clients of the SDK."""
        self.futures: list[Catch] = []
        """What catches the failures of work that was handed to another thread, until its outcome is asked for."""
        self.did_something = False
        self._sources = sources
        self._contents = contents
        self._modules: dict[str, ModuleValue] = {}
        self._loading = 0
        self.flows = NameFlows()
        self.raised: list[Risk] = []
        """All that code raises, where a failure is handled as well."""
        self.raised_by_answer: dict[int, list[Risk]] = {}
        """By `id` of an answer: what of that is raised only where it says that the work failed."""
        self.naming: list[object] = []
        """The expressions that give records as failed ones, and what decides about them."""
        self.rests_on: dict[int, set[str]] = {}
        """By `id` of what code raises: the names on which it rests whether it comes there."""
        self.related: dict[int, bool] = {}
        """By `id` of a failure: whether something that code raises elsewhere may be about it."""
        self.left = Around()
        """What surrounds the end of the statements just followed, where they come to it."""
        self.proven: list[tuple[tuple[Side, ...], tuple[Response | Catch, ...], tuple[Response, ...]]] = []
        """What must have worked, and what did not raise, where the expression just followed comes to its end, with its
        branches."""
        self.ended: frozenset[str] = NEXT
        """How the function just followed can end."""
        self._numbers: dict[object, int] = {}
        self._places: dict[int, BundledFile] = {}
        """Files of module scopes."""

    @property
    def modules(self) -> int:
        """Files that were read."""
        return len(self._modules)

    def step(self) -> None:
        """Count one step; `TooMuchError` beyond the bound."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooMuchError

    @property
    def affordable(self) -> int:
        """Steps that one loop may take."""
        return (MOST_STEPS - self.steps) // MOST_SHARE

    def number(self, of: object) -> int:
        """A number of its own for each thing."""
        return self._numbers.setdefault(of, len(self._numbers))

    def side(self, around: Around, of: object, number: int, fixed: bool = False) -> tuple[Side, ...]:
        """The branches that lead to one of the ways on from a place; `fixed`: the event alone decides there."""
        once = fixed and all(lap.records or lap.most == 1 for lap in around.laps)
        return (*around.sides, Side(self.number((around.chain, of)), number, once))

    def gap(self, why: str, scope: LexicalScope, line: int) -> None:
        """Note something that cannot be followed."""
        self.gaps.setdefault(UnreadCode(why, scope.path, line))

    def risk(self, at: SourceLine, around: Around, explicit: bool = False, kind: str = "") -> None:
        """Note something that can fail."""
        self.did_something = True
        risk = Risk(at, around, explicit, kind)
        if not around.handling or around.spent:
            self.risks.append(risk)
        if not explicit:
            return
        self.raised.append(risk)
        for answer in dict.fromkeys(id(response) for response, _ in around.told):
            self.raised_by_answer.setdefault(answer, []).append(risk)
        for catch in around.handling:
            catch.raised.append(risk)

    def report(self, around: Around) -> None:
        """Note that something is done about the failures being handled that others see."""
        for catch in around.handling:
            catch.sends = True

    # modules

    def load(self, place: BundledFile) -> ModuleValue:
        """A module, with what its top level defines; `UnreadableError` if it cannot be read."""
        key = place.shown + ":" + place.name
        if key in self._modules:
            return self._modules[key]
        if len(self._modules) >= MOST_MODULES:
            raise UnreadableError(f"is beyond the {MOST_MODULES} files that are read of one function")
        if key not in self._sources:
            self._sources[key] = self._parsed(place)
        scope = LexicalScope(path=place.shown)
        module = self._modules[key] = ModuleValue(place.name, scope)
        self._places[id(scope)] = place
        self.language.prepare(scope)
        risks, self._loading = self.risks, self._loading + 1
        self.risks = []
        self.run(self._sources[key].body, scope, Around(), Frame([], 0))
        self.risks, self._loading = risks, self._loading - 1
        return module

    def _parsed(self, place: BundledFile) -> s.ParsedModule:
        """The syntax tree of a file; two copies of a module in one function have trees of their own, to be followed."""
        text = place.files.read(place.name)
        content = (posixpath.splitext(place.name)[1], text)
        known = self._contents.get(content)
        if known is not None and all(self._sources.get(key) is not known for key in self._modules):
            return known
        made = self.language.parse(text, place.shown, place.name)
        self._contents.setdefault(content, made)
        return made

    def exported_of(self, module: Value) -> Value | None:
        """What a module of the app gives, where that is not all its names."""
        return self.language.exported(module.scope) if isinstance(module, ModuleValue) else None

    @property
    def loading(self) -> bool:
        """Whether a module's top level is followed, and nothing has happened yet."""
        return self._loading > 0

    def module(self, name: str, scope: LexicalScope) -> Value:
        """What an imported name stands for: a module of the app, or a package of others."""
        outermost = scope
        while outermost.around is not None:
            outermost = outermost.around
        importer: BundledFile | None = self._places.get(id(outermost))
        if importer is None:
            return External(name)
        place = self.language.module(name, importer, self.everywhere)
        if place is None:
            return External(name)
        try:
            return self.load(place)
        except UnreadableError as error:
            self.gap(f"{name} {error.why}", LexicalScope(path=place.shown), error.line)
            return UnknownValue(f"{name} could not be read")

    # statements

    def run(
        self, statements: Iterable[s.Statement], scope: LexicalScope, around: Around, frame: Frame
    ) -> frozenset[str]:
        """Follow statements in order; how they can end."""
        ends: set[str] = set()
        failed = False
        for statement in statements:
            self.step()
            found, after = self._one(statement, scope, around, frame)
            if "next" in found and len(found) > 1 and after.guards is around.guards:
                after = replace(after, guards=(*after.guards, statement))
            around = after
            if self.told_failure:
                self.told_failure, failed = False, True
                ends.add("raise")
            if failed:
                found = frozenset("raise" if end == "return" else end for end in found)
            ends |= found - NEXT
            if "next" not in found:
                return frozenset(ends)
        self.left = around
        return frozenset(ends if failed else ends | NEXT)

    def _one(
        self, statement: s.Statement, scope: LexicalScope, around: Around, frame: Frame
    ) -> tuple[frozenset[str], Around]:
        """How one statement can end, and what surrounds those behind it."""
        self.always_raised = self.told_failure = False
        self.proven = []
        match statement:
            case s.ExpressionStatement(value):
                inner = replace(around, detached=self.language.beside, beside=self.language.beside)
                evaluate(self, value, scope, inner)
                return self._fell(), self._behind(around)
            case s.Bind(target, value, line, declares):
                made = evaluate(self, value, scope, replace(around, beside=self.language.beside))
                if self.always_raised:
                    return self._fell(), around
                around = self._behind(around)
                self.bound(target, value, made, around)
                assign(self, target, made, scope, around, line, declares=declares)
            case s.Outer(names):
                scope.outer |= set(names)
            case s.Import(module):
                found = self.module(module.name, scope)
                shared = self.exported_of(found)
                if isinstance(shared, RecordValue):
                    own = scope.names["exports"]
                    if isinstance(own, RecordValue):
                        own.entries.update(shared.entries)
                        own.rest = (*own.rest, *shared.rest)
                elif isinstance(found, ModuleValue):
                    scope.names |= found.scope.names
                elif isinstance(scope.names.get("exports"), RecordValue):
                    own = scope.names["exports"]
                    if isinstance(own, RecordValue):
                        own.rest = (*own.rest, found)
                elif "*" in scope.names or not self.language.declared(module.name, self.everywhere):
                    self.gap(f"takes in all of {module.name}, which is not among its files", scope, module.line)
                else:
                    scope.names["*"] = found
            case s.If():
                return self._if(statement, scope, around, frame)
            case s.Switch():
                return self._switch(statement, scope, around, frame), around
            case s.LoopStatement():
                return self._loop(statement, scope, around, frame)
            case s.Try():
                return self._try(statement, scope, around, frame)
            case s.Use(items, body, line):
                inside = around
                for item, name in items:
                    used = evaluate(self, item, scope, around)
                    if name is not None:
                        self.bound(name, item, used, around)
                        assign(self, name, used, scope, around, line)
                    if self._may_swallow(item, used, scope, around):
                        ends = frozenset({"next", "raise"})
                        catch = Catch(SourceLine(scope.path, line), True, around.catches, ends=ends)
                        inside = replace(inside, catches=(*inside.catches, catch))
                return self.run(body, scope, inside, frame), around
            case s.Return(result, line):
                inner = replace(around, detached=self.language.beside)
                given = NOTHING if result is None else evaluate(self, result, scope, inner)
                if self.always_raised:
                    return self._fell(), around
                bounds = around.bounds[frame.bounds :]
                frame.returned.append(Guarded(given, bounds) if bounds else given)
                frame.left.append(self._behind(around))
                self._gives(result, given, around)
                self.answered(given, SourceLine(scope.path, line), around)
                self.returned_failures += bool(around.handling) and given != NOTHING
                return frozenset({"return"}), around
            case s.Raise(failure, line):
                if failure is not None:
                    evaluate(self, failure, scope, around)
                self.risk(SourceLine(scope.path, line), around, explicit=True, kind=_kind(failure))
                return frozenset({"raise"}), around
            case s.Break():
                if around.laps:
                    around.laps[-1].breaks.append(around)
                return frozenset({"break"}), around
            case s.Continue():
                if around.laps:
                    around.laps[-1].goings.append(around)
                return frozenset({"continue"}), around
            case s.Unparsed(line):
                self.gap("could not be parsed from here on", scope, line)
            case s.Define(function):
                self.flows.note([function.name], [function])
                scope.names[function.name] = self.decorate(FunctionValue(function, scope), function.decorators, scope)
            case s.DefineClass(made):
                scope.names[made.name] = self.define(made, scope)
        return NEXT, around

    def _may_swallow(self, item: s.Expr, used: Value, scope: LexicalScope, around: Around) -> bool:
        """Whether a context manager of the app may end the failures of what runs inside it."""
        leave = self.method(plain(used), "__exit__") or self.method(plain(used), "__aexit__")
        if leave is not None:
            outside = replace(around, catches=(), handling=())
            return truth(self.call(leave, [UNKNOWN] * 3, {}, scope, 0, outside)) is not False
        made = plain(evaluate(self, item.function, scope, around)) if isinstance(item, s.CallExpression) else UNKNOWN
        if not isinstance(made, FunctionValue):
            return False
        manages = any(_named(each).endswith("contextmanager") for each in made.made.decorators)
        return manages and any(isinstance(each, s.Try) and each.handlers for each in made.made.body)

    def _behind(self, around: Around) -> Around:
        """What surrounds what comes behind an expression: what must have worked for it."""
        own = [(worked, passed) for sides, worked, passed in self.proven if sides == around.sides]
        if not own:
            return around
        worked = tuple(each for those, _ in own for each in those)
        passed = tuple(each for _, those in own for each in those)
        return replace(around, worked=(*around.worked, *worked), passed=(*around.passed, *passed))

    def bound(self, target: s.Expr, source: s.Expr, value: Value, around: Around) -> None:
        """Note that names stand for what comes of an expression."""
        names = list(names_in(target))
        self.flows.note(names, (source, *nodes_of(around)))
        around.touch(names)
        for each in inside(value, MOST_INSIDE):
            if isinstance(each, Response):
                each.touched.update(names)

    def _gives(self, result: s.Expr | None, value: Value, around: Around) -> None:
        """Note what the function around gives."""
        sources = [*([] if result is None else [result]), *nodes_of(around)]
        if any(isinstance(each, RecordValue) and "batchItemFailures" in each.entries for each, _ in options(value)):
            self.naming += sources
        if not around.stack:
            return
        name = function_name(around.stack[-1].made)
        self.flows.note([name], sources)
        if len(around.stack) > 1:
            around.touch([name])
            for each in inside(value, MOST_INSIDE):
                if isinstance(each, Response):
                    each.touched.add(name)

    def _fell(self) -> frozenset[str]:
        raised, self.always_raised = self.always_raised, False
        return frozenset({"raise"}) if raised else NEXT

    def answered(self, given: Value, at: SourceLine, around: Around) -> None:
        """Note an HTTP answer; one with a status of failure is what is done about a failure."""
        for value, _ in options(given):
            if isinstance(value, RecordValue) and "statusCode" in value.entries:
                status = plain(value.entries["statusCode"])
                failed = isinstance(status, Lit) and str(status.value).isdecimal() and int(str(status.value)) >= 400
                if failed:
                    self.answers[at] = True
                    for catch in around.handling:
                        catch.answers = catch.answers or at

    def _if(self, statement: s.If, scope: LexicalScope, around: Around, frame: Frame) -> tuple[frozenset[str], Around]:
        test = evaluate(self, statement.test, scope, around)
        known = truth(test)
        if known is not None:
            taken = statement.then if known else statement.otherwise
            inner = replace(around, guards=(*around.guards, statement.test))
            return self.run(taken, scope, inner, frame), around
        holds, held = bounds_of(self, statement.test, scope, around, True)
        fails, failing = bounds_of(self, statement.test, scope, around, False)
        failed, negated = _failure_test(self, statement.test, scope, around)
        handling = (*around.handling, *failed)
        asked = plain(test)
        answer = asked if isinstance(asked, AnswerTest) else None
        whole = answer is not None and answer.always
        guards: tuple[Guard, ...] = () if whole else (statement.test,)
        guarded = replace(around, guards=(*around.guards, *guards, *(() if answer is None else (answer.of,))))
        before = dict(scope.names)
        place, fixed = id(statement), of_event_only(statement.test, scope)
        yes = replace(
            guarded,
            conditional=around.conditional or not held,
            bounds=(*around.bounds, *holds),
            sides=self.side(around, place, 0, fixed),
        )
        no = replace(
            guarded,
            conditional=around.conditional or not failing,
            bounds=(*around.bounds, *fails),
            sides=self.side(around, place, 1, fixed),
        )
        if failed:
            yes = replace(yes, handling=around.handling if negated else handling, conditional=around.conditional)
            no = replace(no, handling=handling if negated else around.handling, conditional=around.conditional)
        if answer is not None:
            yes, no = _by_answer(answer, yes, no, around)
        then = self.run(statement.then, scope, yes, frame)
        yes = self.left if "next" in then else yes
        after_then = dict(scope.names)
        scope.names.clear()
        scope.names.update(before)
        otherwise = self.run(statement.otherwise, scope, no, frame)
        no = self.left if "next" in otherwise else no
        for catch in failed:
            catch.ends = (otherwise if negated else then) or catch.ends
        if answer is not None:
            answer.of.tests.append(((then if answer.failed else otherwise) if whole else then | otherwise, around))
        if "next" not in then:
            rest = no if "next" in otherwise else around
        elif "next" not in otherwise:
            rest = yes
            scope.names.clear()
            scope.names.update(after_then)
        else:
            rest = around
            _merge(scope.names, after_then)
        return then | otherwise, rest

    def _switch(self, statement: s.Switch, scope: LexicalScope, around: Around, frame: Frame) -> frozenset[str]:
        evaluate(self, statement.of, scope, around)
        fixed = of_event_only(statement.of, scope)
        inner = replace(around, conditional=True, guards=(*around.guards, statement.of))
        before, ends = dict(scope.names), set(() if statement.complete else NEXT)
        merged: list[dict[str, Value]] = [] if statement.complete else [before]
        for number, (key, body) in enumerate(statement.cases):
            if key is not None:
                evaluate(self, key, scope, inner)
            taken = replace(inner, sides=self.side(around, id(statement), number, fixed))
            found = self.run(body, scope, taken, frame)
            ends |= {"next" if end == "break" else end for end in found}
            merged.append(dict(scope.names))
            scope.names.clear()
            scope.names.update(before)
        for names in merged:
            _merge(scope.names, names)
        return frozenset(ends or NEXT)

    def _loop(
        self, statement: s.LoopStatement, scope: LexicalScope, around: Around, frame: Frame
    ) -> tuple[frozenset[str], Around]:
        before = dict(scope.names)
        if statement.over is not None:
            endless = False
            ends, last, breaks = self._over(statement, statement.over, scope, around, frame)
        else:
            last = Lap(SourceLine(scope.path, statement.line), for_each=True, open=True)
            inner = around.within(last)
            endless = False
            if statement.test is not None:
                test = evaluate(self, statement.test, scope, inner)
                endless = truth(test) is True
                last.most = _counted(self, statement, scope)
                last.for_each = last.most is None
                if truth(test) is False and last.most is None:
                    return NEXT, around
                _widen(statement.body, scope)
                before = dict(scope.names)
                inner = replace(inner, guards=(*inner.guards, statement.test))
            ends, breaks = self._lap(statement, scope, inner, frame, last), last.breaks
        _merge(scope.names, before)
        outside = set(ends - {"break", "continue"})
        if not endless or "break" in ends:
            outside |= NEXT
        elif "next" in outside:
            outside.discard("next")
        exhausted = list(last.goings) if not endless and last.most else None
        if statement.after and "next" in outside:
            outside |= self.run(statement.after, scope, _only_after(around, exhausted), frame)
            exhausted = [*(exhausted or ()), self.left] if "next" in outside else []
        left = [*breaks, *exhausted] if exhausted is not None else breaks if endless else None
        return frozenset(outside or NEXT), _only_after(around, left)

    def _over(
        self, statement: s.LoopStatement, looped: s.Expr, scope: LexicalScope, around: Around, frame: Frame
    ) -> tuple[frozenset[str], Lap, list[Around]]:
        """Laps over what a value holds, those over entries that are known one by one; how they can end, the last one
        and what surrounds the places that end them.
        """
        at = SourceLine(scope.path, statement.line)
        over = evaluate(self, looped, scope, around)
        again = self.language.retrying(over)
        blocks = self.language.blocks and entries_of(over) is not None
        ends: set[str] = set()
        last = Lap(at)
        breaks: list[Around] = []
        before = around
        for value, inner, lap in laps_over(self, over, at, around, _by_number(statement, over)):
            own = LexicalScope(scope, path=scope.path) if blocks else scope
            inner = replace(inner, guards=(*inner.guards, looped), worked=before.worked, passed=before.passed)
            if statement.target is not None:
                self.bound(statement.target, looped, UNKNOWN, inner)
                assign(self, statement.target, value, own, inner, statement.line)
            found = self._lap(statement, own, inner if again is None else tried(inner, again, at), frame, lap)
            ends |= found
            last = lap
            breaks += lap.breaks
            if lap.goings:
                before = _only_after(around, lap.goings)
            if not found & _GOING_ON:
                break
        return frozenset(ends), last, breaks

    def _lap(
        self, statement: s.LoopStatement, scope: LexicalScope, inner: Around, frame: Frame, lap: Lap
    ) -> frozenset[str]:
        """Follow the body of a loop; one that ends in its first lap has no other."""
        lap.followed = True
        ends = self.run(statement.body, scope, inner, frame)
        if "next" in ends:
            lap.goings.append(self.left)
        if not ends & _GOING_ON:
            lap.most, lap.for_each = 1, False
        return ends

    def _try(
        self, statement: s.Try, scope: LexicalScope, around: Around, frame: Frame
    ) -> tuple[frozenset[str], Around]:
        catches = self.catches(statement.handlers, scope, around)
        at = SourceLine(scope.path, statement.line)
        swallows = Catch(
            at, True, around.catches, ends=frozenset({"raise"}), laps=len(around.laps), depth=len(around.stack)
        )
        outer = replace(around, catches=(*around.catches, swallows)) if statement.final else around
        inner = replace(outer, catches=(*outer.catches, *reversed(catches)))
        before = dict(scope.names)
        ends = set(self.run(statement.body, scope, inner, frame))
        well = around
        if "next" in ends:
            well = replace(around, worked=(*self.left.worked, *catches), passed=self.left.passed)
        if statement.handlers:
            ends.discard("raise")  # where it goes is told by what catches it
        if "next" in ends and statement.otherwise:
            ends.discard("next")
            ends |= self.run(statement.otherwise, scope, well, frame)
            well = replace(around, worked=self.left.worked, passed=self.left.passed) if "next" in ends else around
        worked, done = dict(scope.names), "next" in ends
        after: list[Catch] = []
        for handler, catch in zip(statement.handlers, catches, strict=True):
            _merge(scope.names, before)
            handling = replace(outer, handling=(*around.handling, catch))
            if handler.target is not None:
                handling.touch(names_in(handler.target))
                assign(self, handler.target, Failure(catch), scope, handling, handler.line)
            catch.ends = self.run(handler.body, scope, handling, frame)
            ends |= catch.ends
            after += [catch] if "next" in catch.ends else []
            if self.language.strict and "next" in catch.ends:
                for name in worked:
                    if name not in before and scope.names.get(name) is worked[name]:
                        scope.unbound.setdefault(name, []).append(catch)
            _merge(scope.names, worked)
        if statement.final:
            final = self._final(statement.final, before, scope, around, frame)
            if "next" not in final:
                for catch in (*catches, swallows):
                    catch.ends = final
                return final, around
        if after and not done:
            around = replace(around, handling=(*around.handling, *after), spent=True)
        elif done and not after:
            around = well
        return frozenset(ends or NEXT), around

    def _final(
        self,
        body: Iterable[s.Statement],
        before: Mapping[str, Value],
        scope: LexicalScope,
        around: Around,
        frame: Frame,
    ) -> frozenset[str]:
        """How ``finally`` ends: it runs after what failed half-way, too, so that names stand for either."""
        after = dict(scope.names)
        _merge(scope.names, before)
        merged = dict(scope.names)
        ends = self.run(body, scope, around, frame)
        scope.names.update({name: value for name, value in after.items() if scope.names.get(name) is merged[name]})
        return ends

    def catches(self, handlers: Sequence[s.Handler], scope: LexicalScope, around: Around) -> list[Catch]:
        """The places where failures are caught, in order."""
        return [
            Catch(
                SourceLine(scope.path, each.line),
                each.catches is None,
                around.catches,
                kinds=each.catches or (),
                laps=len(around.laps),
                depth=len(around.stack),
            )
            for each in handlers
        ]

    # functions and classes

    def decorate(self, function: Value, decorators: Sequence[s.Expr], scope: LexicalScope) -> Value:
        """What decorators make of a function, the innermost first."""
        for each in reversed(decorators):
            by = evaluate(self, each, scope, Around())
            line = function.made.line if isinstance(function, (FunctionValue, ClassValue)) else 0
            function = self._decorated(function, by, scope, line)
        return function

    def _decorated(self, function: Value, by: Value, scope: LexicalScope, line: int) -> Value:
        if isinstance(by, FunctionValue):
            made = self.call(by, [function], {}, scope, line, Around())
            return made if isinstance(plain(made), (FunctionValue, ClassValue)) else function
        found = self.language.decorated(self, function, by, line)
        if found is not None:
            return found
        if isinstance(by, External):
            keep: External | None = by
            while keep is not None:
                keep.kept.append(function)
                keep = keep.home
        elif isinstance(by, UnknownValue):
            self.gap("a decorator that could not be followed", scope, line)
        return function

    def define(self, made: s.ClassDefinition, scope: LexicalScope) -> Value:
        """A class with its members."""
        bases = tuple(evaluate(self, base, scope, Around()) for base in made.bases)
        members = LexicalScope(scope, path=scope.path)
        self.run(made.body, members, Around(), Frame([], 0))
        members.around = scope
        value = ClassValue(made, scope, members, bases)
        return self.decorate(value, made.decorators, scope) if made.decorators else value

    def call(
        self,
        function: FunctionValue,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        line: int,
        around: Around,
    ) -> Value:
        """What a function of the app gives for these arguments; whatever it does is followed."""
        self.step()
        if sum(each.made is function.made for each in around.stack) > 1:
            return UnknownValue("it calls itself")  # once more is followed: with other arguments it may do other things
        if len(around.stack) >= MOST_DEPTH:
            self.gap("calls within calls are followed no further", scope, line)
            return UNKNOWN
        at = SourceLine(scope.path, line)
        around = around.begun()
        if any(each.made is function.made for each in around.stack):  # it calls itself, who knows how often
            if around.handling:
                around = replace(around, tries_open=at)
            else:
                around = around.within(Lap(at, for_each=True, open=True))
        around = replace(
            around,
            stack=(*around.stack, function),
            tries=around.tries * function.tries,
            tries_at=function.tries_at or around.tries_at,
            tries_open=function.tries_open or around.tries_open,
            catches=around.reached if function.made.beside else around.catches,
            beyond=around.reached,
            detached=False,
        )
        if function.swallows is not None:
            around = around.caught(Catch(function.swallows, True, around.reached))
        inner = LexicalScope(function.scope, path=function.scope.path, self_=function.owner)
        self._bind(function, arguments, named, inner, around)
        frame = Frame([], len(around.bounds))
        for each in function.records:
            self.for_records(each, at, scope, around)
        before = self.proven
        ends = self.run(function.made.body, inner, around, frame)
        left = [*frame.left, self.left] if "next" in ends else frame.left
        if around.started < 0 and left:
            worked = tuple(each for each in _common([one.worked for one in left]) if each not in around.worked)
            passed = tuple(each for each in _common([one.passed for one in left]) if each not in around.passed)
            self.proven = [*before, (around.sides, worked, passed)]
        else:
            self.proven = before
        self.always_raised = ends == frozenset({"raise"})
        self.ended = ends
        if "next" in ends or not frame.returned:
            frame.returned.append(NOTHING)
            if "next" in ends and len(around.stack) > 1 and self.left.failing():
                self.left.touch([function_name(function.made)])
        return either(*frame.returned)

    def method(self, of: Value, name: str) -> FunctionValue | None:
        """A method of an object of the app; None if its class has none of this name."""
        found = of_object(of, name)
        return found if isinstance(found, FunctionValue) else None

    def beside(
        self, function: Value, named: Mapping[str, Value], scope: LexicalScope, line: int, around: Around
    ) -> None:
        """Follow what runs in a thread of its own: its failures end there."""
        if isinstance(function, FunctionValue):
            given = plain(named.get("args", UNKNOWN))
            arguments = given.items if isinstance(given, ListValue) else [UNKNOWN] * 3
            catch = Catch(SourceLine(scope.path, line), True, around.reached)
            self.call(function, arguments, {}, scope, line, replace(around.caught(catch), beside=True))
            self.always_raised = False

    def awaited_futures(self) -> None:
        """What was handed to other threads has its failures come out here."""
        for catch in self.futures:
            catch.ends = frozenset({"raise"})
        self.futures.clear()

    def for_records(self, function: Value, at: SourceLine, scope: LexicalScope, around: Around) -> None:
        """Follow what a library calls for every record, naming those that failed."""
        if isinstance(function, FunctionValue):
            inner = replace(around.within(Lap(at, records=True)), reported=True)
            self.call(function, [FromEvent(("Records", "*"))], {}, scope, at.line, inner)

    def _bind(
        self,
        function: FunctionValue,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        around: Around,
    ) -> None:
        given = list(arguments)
        parameters = list(function.made.parameters)
        if function.owner is not None and parameters and not function.made.concise and self._takes_self(function):
            given.insert(0, function.owner)
        left = dict(named)
        for parameter in parameters:
            name = parameter.target.id if isinstance(parameter.target, s.Name) else ""
            if parameter.kind == "rest":
                value: Value = ListValue(given, open=True)
                given = []
            elif parameter.kind == "named":
                value = RecordValue(left)
                left = {}
            elif parameter.kind != "only" and given:
                value = given.pop(0)
            elif name in left:
                value = left.pop(name)
            elif parameter.default is not None:
                value = evaluate(self, parameter.default, scope, around)
            else:
                value = left.get("*", self.language.missing)
            if isinstance(value, Lit) and value.value is None and parameter.default is not None and not name:
                value = evaluate(self, parameter.default, scope, around)
            assign(self, parameter.target, value, scope, around, function.made.line)

    def _takes_self(self, function: FunctionValue) -> bool:
        first = function.made.parameters[0].target
        return isinstance(first, s.Name) and first.id in ("self", "cls", "mcs")


def _counted(reader: Reader, statement: s.LoopStatement, scope: LexicalScope) -> int | None:
    """Laps of ``while n < limit`` where `n` begins at a constant and grows by one."""
    test = statement.test
    if not isinstance(test, s.ComparisonExpression):
        return None
    sides: tuple[tuple[s.Expr, s.Expr, str], ...] = (
        (test.left, test.right, test.sign),
        (test.right, test.left, {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(test.sign, test.sign)),
    )
    for counter, limit, sign in sides:
        if not isinstance(counter, s.Name) or sign not in ("<", "<=", ">", ">=", "!="):
            continue
        start = plain(scope.find(counter.id) or UNKNOWN)
        end = plain(evaluate(reader, limit, scope, Around()))
        if isinstance(start, Lit) and isinstance(end, Lit):
            first, last = start.value, end.value
            if isinstance(first, (int, float)) and isinstance(last, (int, float)):
                laps = int(last - first) if sign in ("<", "<=", "!=") else int(first - last)
                return max(0, laps + (1 if "=" in sign and sign != "!=" else 0))
    return None


def tried(around: Around, total: int, at: SourceLine) -> Around:
    """What surrounds something that is tried up to `total` times; 0: without a constant limit."""
    if total == 0:
        return replace(around, tries_open=at)
    return replace(around, tries=around.tries * total, tries_at=at)


def _named(decorator: s.Expr) -> str:
    of = decorator.function if isinstance(decorator, s.CallExpression) else decorator
    return s.last_name(of)


def _widen(body: Iterable[s.Statement], scope: LexicalScope) -> None:
    """Names that a loop counts stand for more than what they begin with."""
    for name in _changed(body):
        begins = scope.find(name)
        if isinstance(begins, Lit) and isinstance(begins.value, (int, float)):
            scope.holder(name).names[name] = either(begins, UNKNOWN)


def _changed(part: object) -> Iterable[str]:
    """Names that are given a value in statements or expressions."""
    for each in _parts(part):
        if isinstance(each, (s.Bind, s.Assigned)) and isinstance(each.target, s.Name):
            yield each.target.id


def _failure_test(reader: Reader, test: s.Expr, scope: LexicalScope, around: Around) -> tuple[tuple[Catch, ...], bool]:
    """What a test like ``if (err)`` finds: the failures that are handled where it holds; whether it is negated."""
    negated = False
    while isinstance(test, s.Not):
        test, negated = test.of, not negated
    if isinstance(test, s.ComparisonExpression) and test.sign in ("==", "!="):
        nothing = plain(evaluate(reader, test.right, scope, around))
        if isinstance(nothing, Lit) and nothing.value is None:
            negated = negated != (test.sign == "==")
            test = test.left
    if isinstance(test, (s.Name, s.Attr)):
        value = plain(evaluate(reader, test, scope, around))
        if isinstance(value, Failure) and value.catch is not None and value.catch not in around.handling:
            return (value.catch,), negated
    return (), False


def _by_number(statement: s.LoopStatement, over: Value) -> bool:
    """Whether a loop asks in its laps which one it is, and goes through all of them in any case."""
    counted = plain(over)
    if not isinstance(statement.target, s.Name) or not isinstance(counted, External) or counted.path != "range":
        return False
    parts = list(_parts(statement.body))
    if any(isinstance(each, (s.Try, s.Break, s.Continue, s.Return, s.Raise)) for each in parts):
        return False
    tests = [each.test for each in parts if isinstance(each, (s.If, s.ConditionalExpression)) and each.test is not None]
    return any(statement.target.id in names_in(test) for test in tests)


def _parts(part: object) -> Iterator[object]:
    """A part of a program with all that it is made of, functions and classes within left out."""
    yield part
    if isinstance(part, (s.FunctionDefinition, s.ClassDefinition)):
        return
    if isinstance(part, Struct):
        for name in part.__struct_fields__:
            yield from _parts(getattr(part, name))
    elif isinstance(part, tuple):
        for each in part:
            yield from _parts(each)


def _kind(failure: s.Expr | None) -> str:
    """The name of the class of what is raised; empty where it is not told."""
    return s.last_name(failure.function) if isinstance(failure, s.CallExpression) else ""


def _by_answer(answer: AnswerTest, yes: Around, no: Around, around: Around) -> tuple[Around, Around]:
    """Both sides of a test that tells whether the work of a call failed."""
    told, other = (yes, no) if answer.failed else (no, yes)
    told = replace(told, told=(*around.told, (answer.of, answer.sure)))
    if answer.sure and answer.always:
        told = replace(told, conditional=around.conditional)
    if answer.always:
        other = replace(other, worked=(*around.worked, answer.of))
    return (told, other) if answer.failed else (other, told)


def _only_after(around: Around, places: Sequence[Around] | None) -> Around:
    """What surrounds what comes behind a loop that ends in some places; None: elsewhere as well."""
    if not places:
        return around
    handling = _common([one.handling for one in places])
    return replace(
        around,
        handling=tuple(handling),
        told=tuple(_common([one.told for one in places])),
        worked=tuple(_common([one.worked for one in places])),
        passed=tuple(_common([one.passed for one in places])),
        spent=around.spent or len(handling) > len(around.handling),
    )


def _common(those: Sequence[tuple[T, ...]]) -> list[T]:
    """What is in all of some."""
    first, *others = those
    return [each for each in first if all(each in one for one in others)]


def _merge(names: dict[str, Value], other: Mapping[str, Value]) -> None:
    """Names stand for what they stand for on either way."""
    for name, value in other.items():
        mine = names.get(name)
        if mine is None:
            names[name] = value
        elif mine is not value and mine != value:
            names[name] = either(mine, value)


__all__ = ["CounterBound", "Frame", "Made", "Reader", "Risk", "TooMuchError"]
