"""Python, read with the standard `ast`: never run, never imported."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Sequence

from .. import syntax as s
from ..errors import UnreadableError

_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "==", ast.IsNot: "!=",
}  # fmt: skip


def parse(text: str, path: str) -> s.ParsedModule:
    """The syntax tree of a module; `UnreadableError` says where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in other people's text
            tree = ast.parse(text)
        return s.ParsedModule(path, statements(tree.body))
    except SyntaxError as error:
        raise UnreadableError(f"is not Python that can be parsed: {error.msg}", error.lineno or 0) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableError(f"cannot be parsed: {type(error).__name__}", 0) from None


def statements(body: Iterable[ast.stmt]) -> tuple[s.Statement, ...]:
    """Statements in order."""
    return tuple(made for each in body for made in _statement(each))


def _statement(node: ast.stmt) -> Iterable[s.Statement]:
    line = node.lineno
    match node:
        case ast.Expr(value):
            yield s.ExpressionStatement(_expr(value), line)
        case ast.Assign(targets, value):
            made = _expr(value)
            for target in targets:
                yield s.Bind(_expr(target), made, line)
        case ast.AnnAssign(target, _, value) if value is not None:
            yield s.Bind(_expr(target), _expr(value), line)
        case ast.AugAssign(target, op, value):
            if isinstance(op, (ast.Add, ast.Sub)):
                sign = "+" if isinstance(op, ast.Add) else "-"
                yield s.Bind(_expr(target), s.Sum(_expr(target), sign, _expr(value)), line, adds=True)
            else:
                yield s.Bind(_expr(target), s.OtherExpression((_expr(target), _expr(value))), line)
        case ast.Import(names):
            for each in names:
                if each.asname:
                    yield s.Bind(s.Name(each.asname), s.Module(each.name, line), line)
                else:
                    yield s.Bind(s.Name(each.name.partition(".")[0]), s.Module(each.name.partition(".")[0], line), line)
                    if "." in each.name:
                        yield s.ExpressionStatement(s.Module(each.name, line), line)
        case ast.ImportFrom(module, names, level):
            name = "." * (level or 0) + (module or "")
            for each in names:
                if each.name == "*":
                    yield s.Import(s.Module(name, line))
                else:
                    yield s.Bind(s.Name(each.asname or each.name), s.Attr(s.Module(name, line), each.name), line)
        case ast.Global(names) | ast.Nonlocal(names):
            yield s.Outer(tuple(names))
        case ast.If(test, body, orelse):
            yield s.If(_expr(test), statements(body), statements(orelse), line)
        case ast.For(target, over, body, orelse) | ast.AsyncFor(target, over, body, orelse):
            yield s.LoopStatement(statements(body), line, _expr(target), _expr(over), after=statements(orelse))
        case ast.While(test, body, orelse):
            yield s.LoopStatement(statements(body), line, test=_expr(test), after=statements(orelse))
        case ast.Try(body, handlers, orelse, final) | ast.TryStar(body, handlers, orelse, final):
            caught = tuple(_handler(each) for each in handlers)
            yield s.Try(statements(body), caught, statements(orelse), statements(final), line)
        case ast.With(items, body) | ast.AsyncWith(items, body):
            yield _with(items, body, line)
        case ast.Return(value):
            yield s.Return(None if value is None else _expr(value), line)
        case ast.Raise(exc):
            yield s.Raise(None if exc is None else _expr(exc), line)
        case ast.Break():
            yield s.Break()
        case ast.Continue():
            yield s.Continue()
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield s.Define(_function(node))
        case ast.ClassDef(name, bases):
            decorators = tuple(map(_expr, node.decorator_list))
            yield s.DefineClass(
                s.ClassDefinition(name, tuple(map(_expr, bases)), statements(node.body), line, decorators)
            )
        case ast.Assert(test):
            failed = (s.Raise(s.OtherExpression(), line),)
            yield s.If(_expr(test), (), failed, line)
        case ast.Match(subject, cases):
            made_cases = tuple((_pattern(case.pattern), statements(case.body)) for case in cases)
            complete = any(key is None and case.guard is None for (key, _), case in zip(made_cases, cases, strict=True))
            yield s.Switch(_expr(subject), made_cases, complete, line)
        case _:
            return


def _with(items: Sequence[ast.withitem], body: Sequence[ast.stmt], line: int) -> s.Statement:
    """``with suppress(...)`` is a `try` that does nothing about what it catches."""
    used = tuple(
        (_expr(each.context_expr), None if each.optional_vars is None else _expr(each.optional_vars))
        for each in items
        if not _suppresses(each.context_expr)
    )
    made: s.Statement = s.Use(used, statements(body), line)
    for each in items:
        if isinstance(each.context_expr, ast.Call) and _suppresses(each.context_expr):
            made = s.Try((made,), (_caught(each.context_expr.args, None, (), line),), (), (), line)
    return made


def _suppresses(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _dotted(node.func) in ("suppress", "contextlib.suppress")


def _pattern(pattern: ast.pattern) -> s.Expr | None:
    """The value that a case asks for; None where it takes anything."""
    match pattern:
        case ast.MatchValue(value):
            return _expr(value)
        case ast.MatchAs(pattern=None):
            return None
    return s.OtherExpression()


def _handler(node: ast.ExceptHandler) -> s.Handler:
    named = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type] if node.type is not None else []
    target = s.Name(node.name) if node.name else None
    return _caught(named, target, statements(node.body), node.lineno)


def _caught(kinds: Sequence[ast.expr], target: s.Expr | None, body: tuple[s.Statement, ...], line: int) -> s.Handler:
    names = tuple(_dotted(each) for each in kinds)
    every = not names or any(name in ("Exception", "BaseException", "builtins.Exception") for name in names)
    return s.Handler(None if every else names, target, body, line)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> s.FunctionDefinition:
    decorators = tuple(map(_expr, node.decorator_list))
    return s.FunctionDefinition(node.name, _parameters(node.args), statements(node.body), node.lineno, decorators)


def _parameters(arguments: ast.arguments) -> tuple[s.Parameter, ...]:
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: Sequence[ast.expr | None] = [*[None] * (len(plain) - len(arguments.defaults)), *arguments.defaults]
    found = [_parameter(each, default) for each, default in zip(plain, defaults, strict=True)]
    if arguments.vararg:
        found.append(s.Parameter(s.Name(arguments.vararg.arg), kind="rest"))
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append(s.Parameter(s.Name(each.arg), None if default is None else _expr(default), kind="only"))
    if arguments.kwarg:
        found.append(s.Parameter(s.Name(arguments.kwarg.arg), kind="named"))
    return tuple(found)


def _parameter(argument: ast.arg, default: ast.expr | None) -> s.Parameter:
    return s.Parameter(s.Name(argument.arg), None if default is None else _expr(default))


def _expr(node: ast.expr) -> s.Expr:
    match node:
        case ast.Constant(value):
            return s.Const(value if isinstance(value, (str, int, float, bool)) or value is None else None)
        case ast.Name(id):
            return s.Name(id)
        case ast.Attribute(value, attr):
            return s.Attr(_expr(value), attr)
        case ast.Subscript(value, ast.Slice(lower, upper, step)):
            parts = tuple(_expr(each) for each in (lower, upper, step) if each is not None)
            return s.Part(_expr(value), parts)
        case ast.Subscript(value, key):
            return s.Index(_expr(value), _expr(key))
        case ast.JoinedStr(values):
            return s.InterpolatedText(tuple(map(_expr, values)))
        case ast.FormattedValue(value):
            return _expr(value)
        case ast.Dict(keys, values):
            return s.Record(
                tuple((None if k is None else _expr(k), _expr(v)) for k, v in zip(keys, values, strict=True))
            )
        case ast.List(elts) | ast.Tuple(elts) | ast.Set(elts):
            return s.Items(tuple(map(_expr, elts)))
        case ast.Starred(value):
            return s.SpreadElement(_expr(value))
        case ast.Call(func, args, keywords):
            named = tuple((each.arg, _expr(each.value)) for each in keywords)
            return s.CallExpression(_expr(func), tuple(map(_expr, args)), named, node.lineno)
        case ast.Lambda(args, body):
            returned = (s.Return(_expr(body), node.lineno),)
            return s.Lambda(s.FunctionDefinition("<lambda>", _parameters(args), returned, node.lineno, concise=True))
        case ast.IfExp(test, body, orelse):
            return s.ConditionalExpression((_expr(body), _expr(orelse)), _expr(test))
        case ast.BoolOp(op, values):
            parts = tuple(map(_expr, values))
            return s.Conjunction(parts) if isinstance(op, ast.And) else s.Disjunction(parts)
        case ast.UnaryOp(op, operand):
            return _unary(op, operand)
        case ast.Compare(left, [op], [right]):
            sign = _SIGNS[type(op)]
            if sign == "not in":
                return s.Not(s.ComparisonExpression(_expr(left), "in", _expr(right)))
            return s.ComparisonExpression(_expr(left), sign, _expr(right))
        case ast.BinOp(left, op, right):
            return _binary(left, op, right)
        case ast.NamedExpr(target, value):
            return s.Assigned(_expr(target), _expr(value))
        case ast.Await(value):
            return s.Await(_expr(value))
        case ast.ListComp(elt, generators) | ast.SetComp(elt, generators) | ast.GeneratorExp(elt, generators):
            return _mapped(_expr(elt), generators, node.lineno)
        case ast.DictComp(key, value, generators):
            return _mapped(s.OtherExpression((_expr(key), _expr(value))), generators, node.lineno)
    return s.OtherExpression(tuple(_expr(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)))


def _unary(op: ast.unaryop, operand: ast.expr) -> s.Expr:
    if isinstance(op, ast.Not):
        return s.Not(_expr(operand))
    if isinstance(op, ast.USub) and isinstance(operand, ast.Constant) and isinstance(operand.value, (int, float)):
        return s.Const(-operand.value)
    return s.OtherExpression((_expr(operand),))


def _binary(left: ast.expr, op: ast.operator, right: ast.expr) -> s.Expr:
    if isinstance(op, (ast.Add, ast.Sub)):
        return s.Sum(_expr(left), "+" if isinstance(op, ast.Add) else "-", _expr(right))
    if isinstance(op, ast.Mod) and isinstance(left, ast.Constant) and isinstance(left.value, str):
        return _formatted(left.value, right)
    return s.OtherExpression((_expr(left), _expr(right)))


def _formatted(text: str, right: ast.expr) -> s.Expr:
    values = list(map(_expr, right.elts if isinstance(right, ast.Tuple) else [right]))
    pieces = text.split("%s")
    if len(pieces) != len(values) + 1 or "%" in "".join(pieces):
        return s.OtherExpression(tuple(values))
    parts: list[s.Expr] = [s.Const(pieces[0])]
    for value, piece in zip(values, pieces[1:], strict=True):
        parts += [value, s.Const(piece)]
    return s.InterpolatedText(tuple(parts))


def _mapped(item: s.Expr, generators: Sequence[ast.comprehension], line: int) -> s.Expr:
    for each in reversed(generators):
        item = s.Mapped(_expr(each.target), _expr(each.iter), tuple(map(_expr, each.ifs)), item, line)
    return item
