"""What the account says, put into the templates: values where they differ; what none of them holds in one more."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from seawall.template.physical import NAMINGS, physical_name

from .model import Json, LiveResource, Snapshot, StackRead

DRIFT = "seawall:differs"
"""Metadata of a resource that is not as its template says: what the template says instead, by property."""
_DEFAULTS: Mapping[str, Json] = {
    "AWS::SQS::Queue": {"VisibilityTimeout": 30, "MessageRetentionPeriod": 345600, "DelaySeconds": 0},
    "AWS::Lambda::Function": {
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "RecursiveLoop": "Terminate",
        "Timeout": 3,
        "MemorySize": 128,
    },
    "AWS::Lambda::EventInvokeConfig": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 21600},
    "AWS::Lambda::EventSourceMapping": {
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "ParallelizationFactor": 1,
        "TumblingWindowInSeconds": 0,
        "MaximumBatchingWindowInSeconds": 0,
        "BatchSize": 10,
    },
    "AWS::StepFunctions::StateMachine": {"StateMachineType": "STANDARD"},
    "AWS::Events::Rule": {"State": "ENABLED", "EventBusName": "default"},
    "AWS::Pipes::Pipe": {"DesiredState": "RUNNING"},
    "AWS::Scheduler::Schedule": {"State": "ENABLED"},
    "AWS::ECR::Repository": {"ImageTagMutability": "MUTABLE"},
    "AWS::SNS::Subscription": {"FilterPolicyScope": "MessageAttributes"},
}
"""What a template need not say. Sources: the template reference of each type, read 2026-11-30."""
_UNKNOWN = object()
_KEPT = object()
"""In place of a live value that is what the template says in other words."""
_DEFINITIONS = ("Definition", "DefinitionS3Location", "DefinitionSubstitutions")


class Merged(Struct, frozen=True):
    """Templates as deployed."""

    stacks: list[tuple[StackRead, Json]]
    elsewhere: Json
    """The template of what no stack holds."""
    differing: int
    """How many resources are not as their templates say."""


def merge(snapshot: Snapshot, partition: str = "aws") -> Merged:
    """Every stack with its live values, and the rest."""
    places = [Stack(snapshot, stack, partition) for stack in snapshot.stacks]
    index = {key: (place, logical_id) for place in places for logical_id, key in place.found_by()}
    subscribed = {key for place in places for key in place.inline_subscriptions()}
    policies = {name for place in places for name in place.policy_names()}
    rest: dict[str, Json] = {}
    for found in snapshot.found:
        at = index.get((found.type, found.name))
        if at is not None:
            at[0].take(at[1], found, policies)
        elif found.type != "AWS::SNS::Subscription" or not _is_inline(found, subscribed):
            rest[_logical_id(found)] = {"Type": found.type, "Properties": _said(found.properties)}
    for place in places:
        place.name_the_rest()
    differing = sum(place.differing for place in places)
    return Merged([(place.stack, place.template) for place in places], {"Resources": rest}, differing)


def _is_inline(found: LiveResource, subscribed: set[tuple[str, str, str]]) -> bool:
    said = found.properties
    topic, protocol = said["TopicArn"].rpartition(":")[2], said["Protocol"]
    return (topic, protocol, said["Endpoint"]) in subscribed or (topic, protocol, "") in subscribed


def _logical_id(found: LiveResource) -> str:
    readable = re.sub(r"[^A-Za-z0-9]", "", found.name.rpartition(":")[2].rpartition("/")[2])[:40] or "Resource"
    return readable + hashlib.sha256(f"{found.type} {found.name}".encode()).hexdigest()[:8].upper()


def _said(properties: Json) -> Json:
    return {key: value for key, value in properties.items() if value is not None}


class Stack:
    """One stack: its template, and what its expressions stand for now that it is deployed."""

    def __init__(self, snapshot: Snapshot, stack: StackRead, partition: str) -> None:
        self.stack = stack
        self.template: Json = json.loads(json.dumps(stack.template))
        self.differing = 0
        self._resources: Json = self.template["Resources"]
        self._pseudo = {
            "AWS::AccountId": snapshot.account,
            "AWS::Region": snapshot.region,
            "AWS::Partition": partition,
            "AWS::StackName": stack.name,
            "AWS::StackId": stack.id,
            "AWS::URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
        }
        self._give_parameters()

    def found_by(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """By which type and name each resource is found."""
        for logical_id, resource in self._resources.items():
            kind = resource.get("Type") if isinstance(resource, dict) else None
            physical = self.stack.physical.get(logical_id)
            if kind == "AWS::Lambda::EventInvokeConfig":
                properties = resource.get("Properties") or {}
                function, qualifier = (
                    self.literal(properties.get("FunctionName")),
                    self.literal(properties.get("Qualifier")),
                )
                if isinstance(function, str):
                    yield logical_id, (kind, f"{function_name(function)}|{qualifier}")
            elif isinstance(kind, str) and physical:
                yield logical_id, (kind, name_of(kind, physical))

    def inline_subscriptions(self) -> Iterator[tuple[str, str, str]]:
        """Subscriptions that topics declare: topic, protocol and endpoint, empty where that cannot be told."""
        for logical_id, resource in self._resources.items():
            properties = resource.get("Properties") if isinstance(resource, dict) else None
            if isinstance(properties, dict) and resource.get("Type") == "AWS::SNS::Topic":
                topic = name_of("AWS::SNS::Topic", self.stack.physical.get(logical_id, ""))
                for entry in properties.get("Subscription") or ():
                    endpoint = self.literal(entry.get("Endpoint")) if isinstance(entry, dict) else ""
                    yield topic, str(entry.get("Protocol")), endpoint if isinstance(endpoint, str) else ""

    def policy_names(self) -> Iterator[str]:
        """Names of the policies that the template attaches to roles."""
        for logical_id, resource in self._resources.items():
            kind = resource.get("Type") if isinstance(resource, dict) else None
            if kind in ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"):
                name = self.literal((resource.get("Properties") or {}).get("PolicyName"))
                yield name if isinstance(name, str) else ""
                yield self.stack.physical.get(logical_id, "").rpartition("/")[2]

    def take(self, logical_id: str, found: LiveResource, policies: set[str]) -> None:
        """Put what was found in place of what the template says, where that is another thing."""
        resource = self._resources[logical_id]
        properties = resource.setdefault("Properties", {})
        if found.type == "AWS::IAM::Role":
            self._take_policies(properties, found, policies)
            return
        if found.type == "AWS::StepFunctions::StateMachine" and self._as_defined(properties, found.properties):
            found = LiveResource(found.type, found.name, {**found.properties, "DefinitionString": _KEPT})
        naming = NAMINGS.get(found.type)
        differs: Json = {}
        for name, live in found.properties.items():
            said = self.literal(properties[name]) if name in properties else None
            default = _DEFAULTS.get(found.type, {}).get(name)
            if live is _KEPT or (name == "FunctionName" and _same_function(said, live)):
                continue
            if _same(said, live) or (name not in properties and _same(default, live)):
                continue
            if live is None and said is None:
                continue
            named = naming is not None and name == naming.property
            if said is not _UNKNOWN and not named and not (name not in properties and live is None):
                differs[name] = properties.get(name)
            if live is None:
                properties.pop(name, None)
            else:
                properties[name] = live
            if name == "DefinitionString":
                for other in _DEFINITIONS:
                    properties.pop(other, None)
        if differs:
            self.differing += 1
            resource.setdefault("Metadata", {})[DRIFT] = differs

    def _as_defined(self, properties: Json, found: Json) -> bool:
        """Whether a machine has the definition that its template gives it."""
        said = self.literal(properties.get("DefinitionString", properties.get("Definition")))
        given = self.literal(properties.get("DefinitionSubstitutions") or {})
        if said is _UNKNOWN or said is None or not isinstance(given, dict):
            return False
        text = said if isinstance(said, str) else json.dumps(said)
        for name, value in given.items():
            text = text.replace(f"${{{name}}}", str(value))
        return _same(text, found["DefinitionString"])

    def _take_policies(self, properties: Json, found: LiveResource, policies: set[str]) -> None:
        """A role: policies that no template attaches to it."""
        said = properties.get("Policies")
        own = {str(self.literal(one.get("PolicyName"))) for one in said or () if isinstance(one, dict)}
        more = [one for one in found.properties["Policies"] or () if one["PolicyName"] not in own | policies]
        if more:
            properties["Policies"] = [*(said or []), *more]
        known = {str(self.literal(one)).rpartition("/")[2] for one in properties.get("ManagedPolicyArns") or ()}
        others = [
            arn for arn in found.properties["ManagedPolicyArns"] or () if arn.rpartition("/")[2] not in known | policies
        ]
        if others:
            properties["ManagedPolicyArns"] = [*(properties.get("ManagedPolicyArns") or []), *others]
        if more or others:
            self.differing += 1
        properties["RoleName"] = found.properties["RoleName"]

    def name_the_rest(self) -> None:
        """Give every resource the name that it has, so that others find it by that."""
        for logical_id, resource in self._resources.items():
            kind = resource.get("Type") if isinstance(resource, dict) else None
            naming, physical = NAMINGS.get(str(kind)), self.stack.physical.get(logical_id)
            if naming is not None and physical and str(kind) != "AWS::Events::Rule":
                properties = resource.setdefault("Properties", {})
                if isinstance(properties, dict):
                    properties[naming.property] = plain_name(str(kind), physical)

    def _give_parameters(self) -> None:
        declared: Any = self.template.get("Parameters") or {}
        for name, value in self.stack.parameters.items():
            if isinstance(declared.get(name), dict):
                kind = str(declared[name].get("Type", "String"))
                plain = "String" if kind.startswith("AWS::SSM::Parameter::") else kind
                declared[name] = {"Type": plain, "Default": value, "AllowedValues": [value]}

    def literal(self, raw: Any) -> Any:
        """What an expression stands for in the deployed stack; `_UNKNOWN` where that is not worked out here."""
        if isinstance(raw, list):
            items = [self.literal(each) for each in raw]
            return _UNKNOWN if any(each is _UNKNOWN for each in items) else items
        if not isinstance(raw, dict):
            return raw
        if len(raw) == 1:
            ((function, argument),) = raw.items()
            if function in _FUNCTIONS:
                return _FUNCTIONS[function](self, argument)
            if function.startswith("Fn::"):
                return _UNKNOWN
        values = {key: self.literal(each) for key, each in raw.items()}
        return _UNKNOWN if any(each is _UNKNOWN for each in values.values()) else values

    def ref(self, name: Any) -> Any:
        """What `Ref` gives."""
        if name == "AWS::NoValue":
            return None
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self.stack.physical:
            return self.stack.physical[name]
        parameter = (self.template.get("Parameters") or {}).get(name)
        if isinstance(parameter, dict) and "Default" in parameter:
            return parameter["Default"]
        return _UNKNOWN

    def attribute(self, argument: Any) -> Any:
        """What `Fn::GetAtt` gives, of names and ARNs."""
        logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else (argument[0], argument[-1])
        kind = str((self._resources.get(logical_id) or {}).get("Type"))
        physical, naming = self.stack.physical.get(logical_id), NAMINGS.get(kind)
        if not physical or naming is None:
            return _UNKNOWN
        if attribute in ("Arn", "TopicArn"):
            return self._arn(kind, physical)
        return plain_name(kind, physical) if attribute in (naming.property, "Name") else _UNKNOWN

    def _arn(self, kind: str, physical: str) -> str:
        if physical.startswith("arn:"):
            return physical
        naming, name = NAMINGS[kind], plain_name(kind, physical)
        service = naming.kind.partition(":")[0]
        region = "" if service in ("iam", "s3") else self._pseudo["AWS::Region"]
        account = "" if service == "s3" else self._pseudo["AWS::AccountId"]
        return f"arn:{self._pseudo['AWS::Partition']}:{service}:{region}:{account}:{naming.prefix}{name}"

    def joined(self, argument: Any) -> Any:
        """What `Fn::Join` gives."""
        items = self.literal(argument[1]) if isinstance(argument, list) and len(argument) == 2 else _UNKNOWN
        return argument[0].join(map(str, items)) if isinstance(items, list) else _UNKNOWN

    def substituted(self, argument: Any) -> Any:
        """What `Fn::Sub` gives."""
        text, variables = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
        if not isinstance(text, str) or not isinstance(variables, dict):
            return _UNKNOWN
        unknown = False

        def value(found: re.Match[str]) -> str:
            nonlocal unknown
            name = found[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            raw = variables.get(name, {"Fn::GetAtt": name} if "." in name else {"Ref": name})
            said = self.literal(raw)
            unknown = unknown or said is _UNKNOWN
            return str(said)

        made = re.sub(r"\$\{([^}]*)\}", value, text)
        return _UNKNOWN if unknown else made


_FUNCTIONS = {"Ref": Stack.ref, "Fn::GetAtt": Stack.attribute, "Fn::Join": Stack.joined, "Fn::Sub": Stack.substituted}


def _same(said: Any, live: Any) -> bool:
    return said is not _UNKNOWN and _normal(said) == _normal(live)


def _normal(value: Any) -> Any:
    """Alike what CloudFormation takes for alike: numbers and flags as text, documents as text or not, sets in order."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:g}"
    if isinstance(value, str):
        if value[:1] in "{[":
            try:
                return _normal(json.loads(value))
            except ValueError:
                return value
        return value
    if isinstance(value, Mapping):
        return {key: _normal(each) for key, each in value.items() if each is not None}
    if isinstance(value, Iterable):
        return [_normal(each) for each in value]
    return value


_BY_PHYSICAL_ID = frozenset(
    {"AWS::StepFunctions::StateMachine", "AWS::SNS::Subscription", "AWS::Lambda::EventSourceMapping"}
)


def name_of(kind: str, physical: str) -> str:
    """The name in a physical id, which is an ARN or a URL of some types; machines and subscriptions keep the ARN.

    >>> name_of("AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/111111111111/orders")
    'orders'
    """
    if kind in _BY_PHYSICAL_ID:
        return physical
    if kind == "AWS::SQS::Queue" and "://" in physical:
        return physical.rpartition("/")[2]
    found = physical_name(physical)
    return found.name if found is not None else physical


def plain_name(kind: str, physical: str) -> str:
    """As `name_of`, and of a machine its name."""
    found = physical_name(physical)
    return found.name if found is not None else name_of(kind, physical)


def _same_function(said: Any, live: Any) -> bool:
    return isinstance(said, str) and isinstance(live, str) and function_name(said) == function_name(live)


def function_name(text: str) -> str:
    """A function's name out of its ARN, or as it is."""
    return text.split(":")[6] if text.startswith("arn:") and text.count(":") >= 6 else text.partition(":")[0]
