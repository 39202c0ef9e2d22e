"""JavaScript and TypeScript, read with tree-sitter: bundles and minified files too, never run.

Bodies of functions are turned into the small tree when they are first followed: of a bundle most never are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from .. import syntax as s
from ..errors import UnreadableError

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_TYPESCRIPT, _TSX = (".ts", ".mts", ".cts"), (".tsx",)
_FUNCTIONS = frozenset(
    (
        "arrow_function",
        "function_expression",
        "generator_function",
        "function",
        "function_declaration",
        "generator_function_declaration",
        "method_definition",
    )
)
_WRAPPERS = frozenset(
    (
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
        "instantiation_expression",
    )
)
"""What stands around an expression and changes nothing that matters."""
_SIGNS = {"===": "==", "!==": "!=", "==": "==", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "in": "in"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPE = re.compile(r"\\(u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|\r?\n|.)", re.DOTALL)
EXPORTS = s.Name("exports")


def parse(text: str, path: str, name: str = "") -> s.ParsedModule:
    """The syntax tree of a module, of the kind that its file's `name` (or `path`) says.

    Half a file gives what is whole in it; one that is mostly broken is none.
    """
    try:
        root = _parser(name or path).parse(text.encode()).root_node
        if root.has_error and root.type == "ERROR":
            raise UnreadableError("is no JavaScript that can be parsed", 0)
        body = block(root)
    except RecursionError:
        raise UnreadableError("is nested too deeply to be parsed") from None
    if root.has_error:
        broken = _first_error(root)
        body = (*body, s.Unparsed(broken))
    return s.ParsedModule(path, body)


@cache
def _parsers() -> dict[str, Parser]:
    import tree_sitter_javascript
    import tree_sitter_typescript
    from tree_sitter import Language, Parser

    return {
        "js": Parser(Language(tree_sitter_javascript.language())),
        "ts": Parser(Language(tree_sitter_typescript.language_typescript())),
        "tsx": Parser(Language(tree_sitter_typescript.language_tsx())),
    }


def _parser(name: str) -> Parser:
    return _parsers()["ts" if name.endswith(_TYPESCRIPT) else "tsx" if name.endswith(_TSX) else "js"]


def _first_error(node: Node) -> int:
    while True:
        below = next(
            (each for each in node.children if each.has_error or each.is_missing or each.type == "ERROR"), None
        )
        if below is None:
            return line(node)
        node = below


def line(node: Node) -> int:
    """The line of a node, from 1."""
    return node.start_point[0] + 1


def block(node: Node) -> tuple[s.Statement, ...]:
    """The statements in a node; functions come first, as they can be used before they stand."""
    first: list[s.Statement] = []
    rest: list[s.Statement] = []
    for child in node.named_children:
        for made in statement(child):
            (first if isinstance(made, s.Define) else rest).append(made)
    return (*first, *rest)


def body_of(node: Node | None) -> tuple[s.Statement, ...]:
    """The statements of a block, or the one that stands without."""
    if node is None:
        return ()
    return block(node) if node.type in ("statement_block", "program") else tuple(statement(node))


def statement(node: Node) -> Iterable[s.Statement]:
    """What a statement becomes."""
    made = _STATEMENTS.get(node.type)
    if made is not None:
        return made(node)
    if node.type == "comment" or node.type.endswith(("_alias_declaration", "interface_declaration", "_signature")):
        return ()
    if node.type in _EXPRESSIONS or node.type in _FUNCTIONS or node.type in _WRAPPERS:
        return (s.ExpressionStatement(expression(node), line(node)),)
    return ()


def _field(node: Node, name: str) -> Node | None:
    return node.child_by_field_name(name)


def _text(node: Node | None) -> str:
    return "" if node is None or node.text is None else node.text.decode("utf-8", "replace")


def _required(node: Node | None) -> s.Expr:
    return s.OtherExpression() if node is None else expression(node)


def _expression_statement(node: Node) -> Iterable[s.Statement]:
    for child in node.named_children:
        for inner in _sequence(child):
            if inner.type == "internal_module":
                yield from _namespace(inner)
            elif inner.type == "assignment_expression":
                target, value = _field(inner, "left"), _field(inner, "right")
                yield s.Bind(_required(target), _required(value), line(inner), declares=False)
            elif inner.type != "comment":
                yield s.ExpressionStatement(expression(inner), line(inner))


def _sequence(node: Node) -> list[Node]:
    """The parts of ``a, b, c`` without recursion: minified code strings hundreds together."""
    parts: list[Node] = []
    stack = [node]
    while stack:
        each = stack.pop()
        if each.type == "sequence_expression" or (
            each.type == "parenthesized_expression"
            and each.named_child_count == 1
            and each.named_children[0].type == "sequence_expression"
        ):
            stack += reversed(each.named_children)
        else:
            parts.append(each)
    return parts


def _declaration(node: Node) -> Iterable[s.Statement]:
    for each in node.named_children:
        if each.type == "variable_declarator":
            value = _field(each, "value")
            given = s.Const(None) if value is None else expression(value)
            yield s.Bind(_required(_field(each, "name")), given, line(each))


def _import(node: Node) -> Iterable[s.Statement]:
    source = _field(node, "source")
    module = s.Module(_string(source) if source is not None else "", line(node))
    if any(child.type == "type" for child in node.children):
        return
    clause = next((each for each in node.named_children if each.type == "import_clause"), None)
    if clause is None:
        yield s.ExpressionStatement(module, line(node))
        return
    for each in clause.named_children:
        if each.type == "identifier":
            yield s.Bind(s.Name(_text(each)), s.Attr(module, "default"), line(node))
        elif each.type == "namespace_import":
            yield s.Bind(s.Name(_text(each.named_children[0])), module, line(node))
        elif each.type == "named_imports":
            for one in each.named_children:
                name, alias = _field(one, "name"), _field(one, "alias")
                if name is not None:
                    yield s.Bind(s.Name(_text(alias or name)), s.Attr(module, _text(name)), line(node))


def _export(node: Node) -> Iterable[s.Statement]:
    source, declaration, value = _field(node, "source"), _field(node, "declaration"), _field(node, "value")
    module = s.Module(_string(source), line(node)) if source is not None else None
    clause = next((each for each in node.named_children if each.type == "export_clause"), None)
    if clause is not None:
        for one in clause.named_children:
            name, alias = _field(one, "name"), _field(one, "alias")
            what = s.Attr(module, _text(name)) if module is not None else s.Name(_text(name))
            getter = s.Lambda(s.FunctionDefinition("", (), (s.Return(what, line(node)),), line(node), concise=True))
            yield s.Bind(s.Index(EXPORTS, s.Const(_text(alias or name))), s.GetterExpression(getter), line(node))
    elif module is not None:
        yield s.Import(module)
    elif declaration is not None:
        default = any(child.type == "default" for child in node.children)
        for made in statement(declaration):
            yield made
            for each in _defined(made):
                yield s.Bind(s.Index(EXPORTS, s.Const("default" if default else each)), s.Name(each), line(node))
    elif value is not None:
        yield s.Bind(s.Index(EXPORTS, s.Const("default")), expression(value), line(node))


def _defined(made: s.Statement) -> list[str]:
    """The names that a declaration makes."""
    match made:
        case s.Define(function):
            return [function.name]
        case s.DefineClass(made=class_made):
            return [class_made.name]
        case s.Bind(target):
            return _bound(target)
    return []


def _bound(target: s.Expr) -> list[str]:
    match target:
        case s.Name(name):
            return [name]
        case s.Record(entries):
            return [name for _, each in entries for name in _bound(each)]
        case s.Items(items):
            return [name for each in items for name in _bound(each)]
        case s.Disjunction((inner, *_)):
            return _bound(inner)
    return []


def _if(node: Node) -> Iterable[s.Statement]:
    otherwise = _field(node, "alternative")
    last = otherwise.named_children[-1] if otherwise is not None and otherwise.named_children else None
    yield s.If(_required(_field(node, "condition")), body_of(_field(node, "consequence")), body_of(last), line(node))


def _for(node: Node) -> Iterable[s.Statement]:
    first = _field(node, "initializer")
    if first is not None and first.type != "empty_statement":
        yield from statement(first)
    test, step = _field(node, "condition"), _field(node, "increment")
    after = (
        tuple(s.ExpressionStatement(expression(each), line(each)) for each in _sequence(step))
        if step is not None
        else ()
    )
    body = (*body_of(_field(node, "body")), *after)
    endless = test is None or test.type == "empty_statement"
    if test is not None and test.type == "expression_statement":
        test = test.named_children[0]
    yield s.LoopStatement(body, line(node), test=s.Const(True) if endless or test is None else expression(test))


def _for_in(node: Node) -> Iterable[s.Statement]:
    keys = any(child.type == "in" for child in node.children)
    left = _field(node, "left")
    yield s.LoopStatement(
        body_of(_field(node, "body")),
        line(node),
        _required(left),
        _required(_field(node, "right")),
        keys=keys,
    )


def _while(node: Node) -> Iterable[s.Statement]:
    yield s.LoopStatement(body_of(_field(node, "body")), line(node), test=_required(_field(node, "condition")))


def _try(node: Node) -> Iterable[s.Statement]:
    handler, final = _field(node, "handler"), _field(node, "finalizer")
    handlers: tuple[s.Handler, ...] = ()
    if handler is not None:
        parameter = _field(handler, "parameter")
        target = expression(parameter) if parameter is not None else None
        handlers = (s.Handler(None, target, body_of(_field(handler, "body")), line(handler)),)
    end = body_of(_field(final, "body")) if final is not None else ()
    yield s.Try(body_of(_field(node, "body")), handlers, (), end, line(node))


def _switch(node: Node) -> Iterable[s.Statement]:
    cases: list[tuple[s.Expr | None, tuple[s.Statement, ...]]] = []
    body = _field(node, "body")
    complete = False
    groups: list[tuple[s.Expr | None, list[s.Statement]]] = []
    for each in body.named_children if body is not None else ():
        if each.type not in ("switch_case", "switch_default"):
            continue
        value = _field(each, "value")
        complete |= each.type == "switch_default"
        inside = [made for child in each.children_by_field_name("body") for made in statement(child)]
        groups.append((None if value is None else expression(value), inside))
    for index, (key, inside) in enumerate(groups):
        falling = list(inside)
        for _, more in groups[index + 1 :]:
            if falling and isinstance(falling[-1], (s.Break, s.Return, s.Raise, s.Continue)):
                break
            if inside and not _falls(falling):
                break
            falling += more
        cases.append((key, tuple(falling)))
    yield s.Switch(_required(_field(node, "value")), tuple(cases), complete, line(node))


def _falls(body: list[s.Statement]) -> bool:
    return not body or not isinstance(body[-1], (s.Break, s.Return, s.Raise, s.Continue))


def _return(node: Node) -> Iterable[s.Statement]:
    value = next((each for each in node.named_children if each.type != "comment"), None)
    if value is None:
        yield s.Return(None, line(node))
        return
    *before, last = _sequence(value)
    for each in before:
        yield s.ExpressionStatement(expression(each), line(each))
    yield s.Return(expression(last), line(node))


def _throw(node: Node) -> Iterable[s.Statement]:
    value = next((each for each in node.named_children if each.type != "comment"), None)
    yield s.Raise(None if value is None else expression(value), line(node))


def _labeled(node: Node) -> Iterable[s.Statement]:
    body = _field(node, "body")
    return () if body is None else statement(body)


def _enum(node: Node) -> Iterable[s.Statement]:
    entries: list[tuple[s.Expr | None, s.Expr]] = []
    body = _field(node, "body")
    for number, each in enumerate(body.named_children if body is not None else ()):
        name, value = _field(each, "name"), _field(each, "value")
        key = s.Const(_text(name if name is not None else each))
        entries.append((key, expression(value) if value is not None else s.Const(number)))
    yield s.Bind(s.Name(_text(_field(node, "name"))), s.Record(tuple(entries)), line(node))


def _namespace(node: Node) -> Iterable[s.Statement]:
    """``namespace N { export const ... }``: what it exports, under its name."""
    names: list[str] = []
    body = _field(node, "body")
    for each in body.named_children if body is not None else ():
        declaration = _field(each, "declaration") if each.type == "export_statement" else None
        for made in statement(declaration if declaration is not None else each):
            yield made
            names += _defined(made) if declaration is not None else []
    record = s.Record(tuple((s.Const(name), s.Name(name)) for name in names))
    yield s.Bind(s.Name(_text(_field(node, "name"))), record, line(node))


_STATEMENTS: dict[str, Callable[[Node], Iterable[s.Statement]]] = {
    "expression_statement": _expression_statement,
    "lexical_declaration": _declaration,
    "variable_declaration": _declaration,
    "import_statement": _import,
    "export_statement": _export,
    "if_statement": _if,
    "for_statement": _for,
    "for_in_statement": _for_in,
    "while_statement": _while,
    "do_statement": _while,
    "try_statement": _try,
    "switch_statement": _switch,
    "return_statement": _return,
    "throw_statement": _throw,
    "break_statement": lambda _: (s.Break(),),
    "continue_statement": lambda _: (s.Continue(),),
    "labeled_statement": _labeled,
    "statement_block": lambda node: block(node),
    "function_declaration": lambda node: (s.Define(function(node)),),
    "generator_function_declaration": lambda node: (s.Define(function(node)),),
    "class_declaration": lambda node: (s.DefineClass(class_(node)),),
    "abstract_class_declaration": lambda node: (s.DefineClass(class_(node)),),
    "enum_declaration": _enum,
    "internal_module": _namespace,
}


def function(node: Node) -> s.FunctionDefinition:
    """A function or method; its body is turned when it is first followed."""
    name = _text(_field(node, "name"))
    body = _field(node, "body")
    arrow = node.type == "arrow_function"
    single = _field(node, "parameter")
    listed = _field(node, "parameters")
    nodes = [single] if single is not None else listed.named_children if listed is not None else []
    parameters = tuple(made for each in nodes if each.type != "comment" for made in _parameter(each))
    fields = tuple(_own_fields(nodes)) if name == "constructor" else ()

    def later() -> tuple[s.Statement, ...]:
        if body is None:
            return ()
        if body.type == "statement_block":
            return (*fields, *block(body))
        return tuple(_returned(body))

    beside = any(child.type == "async" for child in node.children)
    return s.FunctionDefinition(name, parameters, s.Later(later), line(node), concise=arrow, beside=beside)


def _returned(body: Node) -> Iterable[s.Statement]:
    *before, last = _sequence(body)
    for each in before:
        yield s.ExpressionStatement(expression(each), line(each))
    yield s.Return(expression(last), line(last))


def _parameter(node: Node) -> Iterable[s.Parameter]:
    if node.type in ("required_parameter", "optional_parameter"):
        pattern, value = _field(node, "pattern"), _field(node, "value")
        if pattern is None or pattern.type == "this":
            return
        if pattern.type == "rest_pattern":
            yield s.Parameter(expression(pattern.named_children[0]), kind="rest")
        else:
            yield s.Parameter(expression(pattern), None if value is None else expression(value))
    elif node.type == "rest_pattern":
        yield s.Parameter(expression(node.named_children[0]), kind="rest")
    elif node.type == "assignment_pattern":
        yield s.Parameter(_required(_field(node, "left")), _required(_field(node, "right")))
    else:
        yield s.Parameter(expression(node))


def _own_fields(parameters: Iterable[Node]) -> Iterable[s.Statement]:
    """``constructor(private readonly queue: Queue)`` keeps what it is given."""
    for each in parameters:
        pattern = _field(each, "pattern")
        kept = any(child.type in ("accessibility_modifier", "readonly") for child in each.children)
        if kept and pattern is not None and pattern.type == "identifier":
            name = _text(pattern)
            yield s.Bind(s.Attr(s.Name("this"), name), s.Name(name), line(each))


def class_(node: Node) -> s.ClassDefinition:
    """A class; its fields are those of every object, as far as it matters to us."""
    heritage = next((each for each in node.named_children if each.type == "class_heritage"), None)
    bases: list[s.Expr] = []
    for each in heritage.named_children if heritage is not None else ():
        if each.type == "extends_clause":
            value = _field(each, "value")
            bases += [expression(value)] if value is not None else []
        elif each.type != "implements_clause":
            bases.append(expression(each))
    body: list[s.Statement] = []
    inside = _field(node, "body")
    for each in inside.named_children if inside is not None else ():
        if each.type == "method_definition":
            made = function(each)
            if any(child.type == "get" for child in each.children):
                made = replace(made, decorators=(s.Name("property"),))
            body.append(s.Define(made))
        elif each.type in ("field_definition", "public_field_definition"):
            name, value = _field(each, "property") or _field(each, "name"), _field(each, "value")
            if name is not None and value is not None:
                body.append(s.Bind(s.Name(_text(name)), expression(value), line(each)))
        elif each.type == "class_static_block":
            body += list(body_of(_field(each, "body")))
    return s.ClassDefinition(_text(_field(node, "name")), tuple(bases), tuple(body), line(node))


def expression(node: Node) -> s.Expr:
    """What an expression becomes."""
    made = _EXPRESSIONS.get(node.type)
    if made is not None:
        return made(node)
    if node.type in _WRAPPERS:
        inner = [each for each in node.named_children if each.type != "comment"]
        return _last(inner[-1 if node.type == "type_assertion" else 0]) if inner else s.OtherExpression()
    if node.type in _FUNCTIONS:
        return s.Lambda(function(node))
    followed = [each for each in node.named_children if each.type in (*_EXPRESSIONS, *_FUNCTIONS, *_WRAPPERS)]
    return s.OtherExpression(tuple([expression(each) for each in followed]))


def _last(node: Node) -> s.Expr:
    """``(a, b)``: all are looked at, the last one counts."""
    parts = _sequence(node)
    if len(parts) == 1:
        return expression(parts[0])
    return s.Last(tuple([expression(each) for each in parts]))


def _string(node: Node) -> str:
    parts = []
    for each in node.named_children:
        if each.type == "string_fragment":
            parts.append(_text(each))
        elif each.type == "escape_sequence":
            parts.append(_ESCAPE.sub(_unescaped, _text(each)))
    return "".join(parts)


def _unescaped(found: re.Match[str]) -> str:
    code = found[2] or found[3] or found[4]
    if code:
        return chr(min(int(code, 16), 0x10FFFF))
    return "" if found[1].endswith("\n") else _ESCAPES.get(found[1], found[1])


def _number(node: Node) -> s.Expr:
    text = _text(node).replace("_", "").rstrip("n")
    try:
        return s.Const(int(text, 0))
    except ValueError:
        try:
            return s.Const(float(text))
        except ValueError:
            return s.OtherExpression()


def _template(node: Node) -> s.Expr:
    parts: list[s.Expr] = []
    for each in node.named_children:
        if each.type == "template_substitution":
            parts += [expression(inner) for inner in each.named_children[:1]]
        elif each.type == "string_fragment":
            parts.append(s.Const(_text(each)))
        elif each.type == "escape_sequence":
            parts.append(s.Const(_ESCAPE.sub(_unescaped, _text(each))))
    return s.InterpolatedText(tuple(parts))


def _member(node: Node) -> s.Expr:
    return s.Attr(_required(_field(node, "object")), _text(_field(node, "property")))


def _subscript(node: Node) -> s.Expr:
    return s.Index(_required(_field(node, "object")), _required(_field(node, "index")))


def _call(node: Node) -> s.Expr:
    called, given = _field(node, "function") or _field(node, "constructor"), _field(node, "arguments")
    arguments = [each for each in given.named_children if each.type != "comment"] if given is not None else []
    if called is not None and called.type == "import" and arguments and arguments[0].type == "string":
        return s.Module(_string(arguments[0]), line(node))
    if given is not None and given.type == "template_string":
        if called is not None and called.type in ("identifier", "member_expression"):
            return s.CallExpression(
                expression(called), (s.OtherExpression((_template(given),)),), (), line(node), False
            )
        return s.OtherExpression((_template(given),))
    return s.CallExpression(
        _required(called),
        tuple([expression(each) for each in arguments]),
        (),
        line(node),
        node.type == "new_expression",
    )


def _object(node: Node) -> s.Expr:
    entries: list[tuple[s.Expr | None, s.Expr]] = []
    for each in node.named_children:
        if each.type in ("pair", "pair_pattern"):
            key, value = _field(each, "key"), _field(each, "value")
            if key is not None and value is not None:
                entries.append((_key(key), expression(value)))
        elif each.type in ("shorthand_property_identifier", "shorthand_property_identifier_pattern"):
            entries.append((s.Const(_text(each)), s.Name(_text(each))))
        elif each.type == "object_assignment_pattern":
            left = _text(_field(each, "left"))
            entries.append((s.Const(left), s.Disjunction((s.Name(left), _required(_field(each, "right"))))))
        elif each.type in ("spread_element", "rest_pattern"):
            entries.append((None, expression(each.named_children[0])))
        elif each.type == "method_definition":
            name = _field(each, "name")
            made: s.Expr = s.Lambda(function(each))
            if any(child.type == "get" for child in each.children):
                made = s.GetterExpression(made)
            entries.append((_key(name) if name is not None else s.OtherExpression(), made))
    return s.Record(tuple(entries))


def _key(node: Node) -> s.Expr:
    if node.type == "computed_property_name":
        return expression(node.named_children[0])
    if node.type == "string":
        return s.Const(_string(node))
    return s.Const(_text(node))


def _array(node: Node) -> s.Expr:
    return s.Items(tuple([expression(each) for each in node.named_children if each.type != "comment"]))


def _binary(node: Node) -> s.Expr:
    """Operators, the left ones without recursion: joined text is a long chain to the left."""
    chain: list[tuple[str, Node]] = []
    left: Node | None = node
    while left is not None and left.type == "binary_expression":
        operator, right = _text(_field(left, "operator")), _field(left, "right")
        if right is None:
            return s.OtherExpression()
        chain.append((operator, right))
        left = _field(left, "left")
    made = _required(left)
    for operator, right in reversed(chain):
        made = _operation(made, operator, expression(right))
    return made


def _operation(left: s.Expr, operator: str, right: s.Expr) -> s.Expr:
    if operator in ("+", "-"):
        return s.Sum(left, operator, right)
    if operator in ("||", "??"):
        return s.Disjunction((left, right))
    if operator == "&&":
        return s.Conjunction((left, right))
    sign = _SIGNS.get(operator)
    return s.ComparisonExpression(left, sign, right) if sign is not None else s.OtherExpression((left, right))


def _unary(node: Node) -> s.Expr:
    operator, inner = _text(_field(node, "operator")), _required(_field(node, "argument"))
    if operator == "!":
        return (
            s.Const(inner.value == 0) if isinstance(inner, s.Const) and isinstance(inner.value, int) else s.Not(inner)
        )
    if operator == "-" and isinstance(inner, s.Const) and isinstance(inner.value, (int, float)):
        return s.Const(-inner.value)
    if operator == "void":
        return s.Const(None) if isinstance(inner, s.Const) else s.Last((inner, s.Const(None)))
    return inner if operator == "+" else s.OtherExpression((inner,))


def _update(node: Node) -> s.Expr:
    target = _required(_field(node, "argument"))
    sign = "+" if any(child.type == "++" for child in node.children) else "-"
    return s.Assigned(target, s.Sum(target, sign, s.Const(1)))


def _augmented(node: Node) -> s.Expr:
    target, operator = _required(_field(node, "left")), _text(_field(node, "operator")).removesuffix("=")
    return s.Assigned(target, _operation(target, operator, _required(_field(node, "right"))))


def _assignment(node: Node) -> s.Expr:
    return s.Assigned(_required(_field(node, "left")), _required(_field(node, "right")))


def _ternary(node: Node) -> s.Expr:
    parts = [_required(_field(node, name)) for name in ("consequence", "alternative", "condition")]
    return s.ConditionalExpression((parts[0], parts[1]), parts[2])


def _inner(node: Node) -> s.Expr:
    return expression(node.named_children[0]) if node.named_children else s.OtherExpression()


_EXPRESSIONS: dict[str, Callable[[Node], s.Expr]] = {
    "identifier": lambda node: s.Name(_text(node)),
    "shorthand_property_identifier_pattern": lambda node: s.Name(_text(node)),
    "property_identifier": lambda node: s.Const(_text(node)),
    "this": lambda _: s.Name("this"),
    "super": lambda _: s.Name("super"),
    "undefined": lambda _: s.Const(None),
    "null": lambda _: s.Const(None),
    "true": lambda _: s.Const(True),
    "false": lambda _: s.Const(False),
    "number": _number,
    "string": lambda node: s.Const(_string(node)),
    "template_string": _template,
    "member_expression": _member,
    "subscript_expression": _subscript,
    "call_expression": _call,
    "new_expression": _call,
    "object": _object,
    "object_pattern": _object,
    "array": _array,
    "array_pattern": _array,
    "assignment_pattern": lambda node: s.Disjunction(
        (_required(_field(node, "left")), _required(_field(node, "right")))
    ),
    "spread_element": lambda node: s.SpreadElement(_inner(node)),
    "rest_pattern": lambda node: s.SpreadElement(_inner(node)),
    "binary_expression": _binary,
    "unary_expression": _unary,
    "update_expression": _update,
    "augmented_assignment_expression": _augmented,
    "assignment_expression": _assignment,
    "ternary_expression": _ternary,
    "await_expression": lambda node: s.Await(_inner(node)),
    "yield_expression": _inner,
    "sequence_expression": _last,
    "class": lambda node: s.ClassOf(class_(node)),
    "arrow_function": lambda node: s.Lambda(function(node)),
    "function_expression": lambda node: s.Lambda(function(node)),
    "generator_function": lambda node: s.Lambda(function(node)),
}
