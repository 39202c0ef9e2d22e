"""CloudFormation's intrinsic functions: what an expression in a template stands for, as far as the files tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from .joining import join, length, select, split_list, sub, to_json_string
from .links import Links, Source, link_names, links_of, nearest, output_of, with_dynamic
from .model import App, Template
from .nested import passed
from .scope import TemplateScope, is_literal
from .text import concat, render
from .values import ABSENT, Address, Either, Json, Known, Pseudo, Reference, Unknown, Value
from .worlds import ParameterDefault

_NESTED_STACK = "AWS::CloudFormation::Stack"
_REGION_READER = "Custom::CrossRegionExportReader"


def resolve(app: App, template: Template, raw: Json, decided: Iterable[tuple[str, bool]] = ()) -> Value:
    """What `raw`, a scalar or an intrinsic in `template`, stands for.

    Never raises: what cannot be resolved is `Unknown` and says why. Plain objects and lists come back untouched,
    as `Known`: walk them with `Props`. `decided` are conditions that are taken to hold or not to.
    """
    if is_literal(raw):
        return Known(raw)
    found = _plain_reference(template, raw)
    if found is not None:
        return found
    taken = {(template.key, condition): holds for condition, holds in decided}
    return TemplateScope(app, template, _evaluate, decided=taken).resolve(raw)


def _plain_reference(template: Template, raw: Json) -> Reference | None:
    """By far the most frequent expression, a resource of the same template by its name, without a scope around it."""
    if isinstance(raw, str):
        return None
    name, attribute = raw.get("Ref"), "Ref"
    if name is None:
        pair = raw.get("Fn::GetAtt")
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], str):
            return None
        name, attribute = pair
    found = template.resources.get(name) if isinstance(name, str) else None
    if found is None or found.type in (_NESTED_STACK, _REGION_READER):
        return None
    return Reference(found.address, attribute)


def _evaluate(scope: TemplateScope, raw: Json) -> Value:
    if isinstance(raw, str):
        return with_dynamic(raw, lambda name: _ssm(scope, name))
    name, argument = next(iter(raw.items()))
    function = _FUNCTIONS.get(name)
    if function is None:
        return Unknown(f"{name} is worked out at deployment")
    value = function(scope, argument)
    if name in ("Fn::Join", "Fn::Sub") and isinstance(value, Known) and "{{" in value.value:
        return with_dynamic(value.value, lambda parameter: _ssm(scope, parameter))
    return value


def _links(scope: TemplateScope) -> Links:
    return links_of(scope.app, resolve)


def _one(scope: TemplateScope, kind: str, name: str, found: list[Source], missing: str) -> Value:
    """The value that `found` gives for `name`, if it is one."""
    sources = nearest(scope.template, found)
    if not sources:
        return Unknown(missing)
    values = [scope.follow(kind, template, name, raw) for template, raw in sources]
    if any(value != values[0] for value in values[1:]):
        return Unknown(f"{name} is found in several of the analysed templates")
    return values[0]


def _ref(scope: TemplateScope, name: Json) -> Value:
    if isinstance(name, dict):  # the language extensions allow it
        inner = scope.resolve(name)
        name = inner.value if isinstance(inner, Known) else None
    if not isinstance(name, str):
        return Unknown("Ref without a literal name")
    if name == "AWS::NoValue":
        return ABSENT
    if name == "AWS::StackName" and scope.template.parent is None:
        return Known(scope.template.stack_name)
    if name.startswith("AWS::"):
        return Pseudo(name)
    if _declared(scope, "Resources", name) is not None:
        return Reference(Address(scope.template.key, name))
    parameter = _declared(scope, "Parameters", name)
    if isinstance(parameter, dict):
        return _parameter(scope, name, parameter)
    return Unknown(f"{name} is declared nowhere in the template")


def _declared(scope: TemplateScope, section: str, name: str) -> Json:
    entries = scope.template.body.get(section)
    return entries.get(name) if isinstance(entries, dict) else None


def _parameter(scope: TemplateScope, name: str, parameter: dict[str, Json]) -> Value:
    value = _given_by_parent(scope, name)
    if value is None:
        chosen = _chosen(scope, name)
        if chosen is not None:
            return chosen
        if "Default" not in parameter:
            return Unknown(f"parameter {name} has no default", name)
        value = Known(parameter["Default"])
        if "AllowedValues" not in parameter:  # with them, it is among the worlds, or somebody has given it
            shown = "" if str(parameter.get("NoEcho", "")).lower() == "true" else str(parameter["Default"])
            scope.app.reading.by_default[ParameterDefault(name, shown)] = None
    kind = parameter.get("Type")
    if isinstance(kind, str) and kind.startswith("AWS::SSM::Parameter::Value"):
        if not isinstance(value, Known) or not isinstance(value.value, str):
            return Unknown(f"parameter {name} names an SSM parameter that only the deployment knows", name)
        return _ssm(scope, value.value)
    is_list = isinstance(kind, str) and (kind == "CommaDelimitedList" or kind.startswith("List<"))
    if is_list and isinstance(value, Known) and isinstance(value.value, str):
        return Known([item.strip() for item in value.value.split(",")])
    return value


def _chosen(scope: TemplateScope, name: str) -> Value | None:
    """The value of a parameter of which all values are written down; None to go by its default."""
    found = scope.app.worlds.choices(scope.template, name)
    if found is None:
        return None
    variable, values = found
    if not scope.in_text or len(values) == 1:
        return _one_of(scope, variable, {value: Known(value) for value in values})
    taken = scope.app.reading.chosen(variable)
    if taken in values:
        return Known(taken)
    for value in values:
        side = scope.known(f"{variable} is {value}")
        if side:
            return Known(value)
        if side is None:
            scope.app.reading.passed.setdefault(f"{variable} is {value}")
    return None


def _one_of(scope: TemplateScope, variable: str, values: Mapping[str, Value]) -> Value:
    """What a variable chooses among several values, as far as it is open."""
    *others, last = values
    taken = scope.app.reading.chosen(variable)
    if taken is not None:
        return values.get(taken, values[last])
    result = values[last]
    for each in reversed(others):
        condition = f"{variable} is {each}"
        side = scope.known(condition)
        if side is not None:
            result = values[each] if side else result
        elif values[each] != result:
            result = Either(condition, values[each], result)
    return result


def _given_by_parent(scope: TemplateScope, name: str) -> Value | None:
    """What the stack that nests this one passes for parameter `name`; None if nothing.

    What stacks merely pass on, each to the one that it nests, is followed to where it begins.
    """
    key = scope.template.key
    found = _passed(scope.app, scope.template, name)
    while found is not None:
        parent, raw = found
        on = raw.get("Ref") if isinstance(raw, dict) and len(raw) == 1 else None
        outer = _passed(scope.app, parent, on) if isinstance(on, str) and on not in parent.resources else None
        if outer is None or not isinstance(_declared(replace(scope, template=parent), "Parameters", str(on)), dict):
            value = scope.follow(f"parameter of {key}", parent, name, raw)
            return None if value == ABSENT else value
        found, key, name = outer, parent.key, str(on)
    return None


def _passed(app: App, template: Template, name: str) -> Source | None:
    """What the stack around a template passes for a parameter, and the template in which that holds."""
    address = template.parent
    parent = app.templates.get(address.template) if address else None
    nested = app.resource(address) if address else None
    given = passed(nested.type, nested.properties) if nested else {}
    if parent is None or name not in given:
        return None
    raw = given[name]
    return parent, {"Fn::Join": [",", raw]} if isinstance(raw, list) else raw


def _ssm(scope: TemplateScope, name: str) -> Value:
    missing = f"SSM parameter {name} is not among the analysed resources"
    return _one(scope, "ssm", name, _links(scope).ssm.get(name, []), missing)


def _get_att(scope: TemplateScope, argument: Json) -> Value:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) < 2:
        return Unknown("Fn::GetAtt is not of the form [resource, attribute]")
    names = [part if isinstance(part, str) else scope.resolve(part) for part in argument]
    logical_id, *attributes = (part.value if isinstance(part, Known) else part for part in names)
    if not isinstance(logical_id, str):
        return Unknown("Fn::GetAtt of a resource whose name is not literal")
    if not all(isinstance(part, str) for part in attributes):
        return Unknown(f"Fn::GetAtt of {logical_id} with an attribute that is not literal")
    attribute = ".".join(str(part) for part in attributes)
    if _declared(scope, "Resources", logical_id) is None:
        return Unknown(f"{logical_id} is declared nowhere in the template")
    address = Address(scope.template.key, logical_id)
    resource = scope.app.resource(address)
    kind = resource.type if resource else ""
    if kind == _NESTED_STACK and attribute.startswith("Outputs."):
        return _nested_output(scope, address, attribute.removeprefix("Outputs."))
    if kind == _REGION_READER:
        found = _links(scope).region_exports.get(attribute, [])
        return _across_regions(scope, attribute, found)
    return Reference(address, attribute)


def _nested_output(scope: TemplateScope, address: Address, name: str) -> Value:
    child = _links(scope).children.get(address)
    if child is None:
        return Unknown(f"the template of nested stack {address.logical_id} is not among the analysed ones")
    output = output_of(child, name)
    if output is None:
        return Unknown(f"nested stack {address.logical_id} has no output {name}")
    return scope.follow("output", child, name, output["Value"])


def _across_regions(scope: TemplateScope, name: str, found: list[Source]) -> Value:
    if len(found) != 1:
        return Unknown(f"{name} comes from another Region, where no analysed template writes it")
    template, raw = found[0]
    return scope.follow("region export", template, name, raw)


def _if(scope: TemplateScope, argument: Json) -> Value:
    if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[0], str):
        return Unknown("Fn::If is not of the form [condition, then, otherwise]")
    condition, then_raw, otherwise_raw = argument
    named = f"{condition} of {scope.template.key}" if scope.trail else condition
    taken = scope.known(condition)
    if taken is not None:
        return scope.resolve(then_raw if taken else otherwise_raw)
    then = scope.given(condition, True).resolve(then_raw)
    otherwise = scope.given(condition, False).resolve(otherwise_raw)
    return then if then == otherwise else Either(named, then, otherwise)


def _import_value(scope: TemplateScope, argument: Json) -> Value:
    name = scope.resolve(argument)
    names = link_names(scope.template, name)
    if isinstance(name, Unknown) and not names:
        return name
    if not names:
        return Unknown("imports a value whose export name only the deployment knows")
    exports = _links(scope).exports
    found = next((exports[each] for each in names if each in exports), [])
    return _one(scope, "export", names[0], found, f"imports {render(name)}, which no analysed template exports")


def _get_stack_output(scope: TemplateScope, argument: Json) -> Value:
    if not isinstance(argument, dict):
        return Unknown("Fn::GetStackOutput is not an object")
    stack, output = scope.resolve(argument.get("StackName")), scope.resolve(argument.get("OutputName"))
    region = scope.resolve(argument.get("Region"))
    if not (isinstance(stack, Known) and isinstance(output, Known)):
        return Unknown("an output of a stack whose name only the deployment knows")
    wanted = str(output.value)
    stacks = _links(scope).stacks.get(str(stack.value), [])
    if isinstance(region, Known) and isinstance(region.value, str):
        stacks = [each for each in stacks if each.region in (None, region.value)]
    found = [(each, each_output["Value"]) for each in stacks if (each_output := output_of(each, wanted))]
    missing = f"output {wanted} of stack {stack.value} is not among the analysed templates"
    # The reader names account and Region itself, so its own do not rule a stack out.
    anywhere = replace(scope, template=replace(scope.template, region=None, account=None))
    return _one(anywhere, "output", wanted, found, missing)


def _find_in_map(scope: TemplateScope, argument: Json) -> Value:
    """A mapping's value; where a key is not known, the one value that all keys give."""
    if not isinstance(argument, list) or len(argument) not in (3, 4):
        return Unknown("Fn::FindInMap is not of the form [map, key, key]")
    chosen = _chosen_entry(scope, argument)
    if chosen is not None:
        return chosen
    keys = [_map_key(scope, scope.resolve(part)) for part in argument[:3]]
    found: list[Json] = [scope.template.body.get("Mappings")]
    for key in keys:
        maps = [entry for entry in found if isinstance(entry, dict)]
        found = [entry for each in maps for name, entry in each.items() if key in (None, name)]
    values: list[Value] = [Known(entry) for entry in found]
    default = argument[3] if len(argument) == 4 else None
    if isinstance(default, dict) and "DefaultValue" in default and (None in keys or not values):
        values.append(scope.resolve(default["DefaultValue"]))
    if values and all(value == values[0] for value in values):
        return values[0]
    if None in keys:
        return Unknown("Fn::FindInMap with a key that only the deployment knows")
    return Unknown(f"the template's mappings have no {'.'.join(str(key) for key in keys)}")


def _chosen_entry(scope: TemplateScope, argument: list[Json]) -> Value | None:
    """What a parameter chooses in a mapping; None where no parameter does."""
    mappings = scope.template.body.get("Mappings")
    table = mappings.get(argument[0]) if isinstance(mappings, dict) and isinstance(argument[0], str) else None
    if not isinstance(table, dict) or len(argument) != 3:
        return None
    first, second = argument[1:]
    if isinstance(first, dict) and isinstance(second, str):
        rows = {key: row[second] for key, row in table.items() if isinstance(row, dict) and second in row}
        raw = first
    elif isinstance(first, str) and isinstance(second, dict) and isinstance(table.get(first), dict):
        rows, raw = table[first], second
    else:
        return None
    found = scope.app.worlds.map_choices(scope.template, raw, rows)
    if found is None:
        return None
    variable, keys = found
    return _one_of(scope, variable, {key: Known(rows[key]) for key in keys})


def _map_key(scope: TemplateScope, value: Value) -> str | None:
    if value == Pseudo("AWS::Region"):
        return scope.template.region
    if value == Pseudo("AWS::AccountId"):
        return scope.template.account
    text = concat([value])
    return text.value if isinstance(text, Known) else None


_FUNCTIONS: dict[str, Callable[[TemplateScope, Json], Value]] = {
    "Ref": _ref,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": join,
    "Fn::Length": length,
    "Fn::Select": select,
    "Fn::Split": split_list,
    "Fn::Sub": sub,
    "Fn::ToJsonString": to_json_string,
}
