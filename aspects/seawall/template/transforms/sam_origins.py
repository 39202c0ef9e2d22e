"""Where in a SAM template the author wrote what a resource, made by the translator, says.

SAM names what it makes after the resource and the event it comes from (`WorkerOrders` for event `Orders` of function
`Worker`); the properties that it renames stand in the tables below.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..origins import Path
from ..values import Json

_PREFIX = "AWS::Serverless::"
_PARTS = {
    "AWS::CodeDeploy::DeploymentGroup": "DeploymentPreference",
    "AWS::Lambda::Alias": "AutoPublishAlias",
    "AWS::Lambda::EventInvokeConfig": "EventInvokeConfig",
    "AWS::Lambda::Url": "FunctionUrlConfig",
    "AWS::Lambda::Version": "AutoPublishAlias",
}
"""What a property of a function becomes a resource of its own as."""
_RENAMED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AWS::ApiGateway::RestApi": {"Body": ("DefinitionBody", "DefinitionUri"), "BodyS3Location": ("DefinitionUri",)},
    "AWS::ApiGatewayV2::Api": {"Body": ("DefinitionBody", "DefinitionUri"), "BodyS3Location": ("DefinitionUri",)},
    "AWS::CloudFormation::Stack": {"TemplateURL": ("Location",)},
    "AWS::Events::Rule": {
        "EventPattern": ("Pattern",),
        "Name": ("RuleName",),
        "ScheduleExpression": ("Schedule",),
        "Targets.0.DeadLetterConfig": ("DeadLetterConfig",),
        "Targets.0.Input": ("Input",),
        "Targets.0.InputPath": ("InputPath",),
        "Targets.0.InputTransformer": ("InputTransformer",),
        "Targets.0.RetryPolicy": ("RetryPolicy",),
    },
    "AWS::IoT::TopicRule": {"TopicRulePayload": ("Sql",)},
    "AWS::Lambda::EventSourceMapping": {
        "EventSourceArn": ("Queue", "Stream", "Broker", "Cluster"),
        "SelfManagedEventSource": ("KafkaBootstrapServers",),
    },
    "AWS::Lambda::Function": {
        "Code": ("CodeUri", "InlineCode", "ImageUri"),
        "DeadLetterConfig": ("DeadLetterQueue",),
        "TracingConfig": ("Tracing",),
    },
    "AWS::SNS::Subscription": {"TopicArn": ("Topic",)},
    "AWS::Scheduler::Schedule": {
        "Target.DeadLetterConfig": ("DeadLetterConfig",),
        "Target.Input": ("Input",),
        "Target.RetryPolicy": ("RetryPolicy",),
    },
    "AWS::StepFunctions::StateMachine": {
        "DefinitionS3Location": ("DefinitionUri",),
        "DefinitionString": ("Definition",),
        "LoggingConfiguration": ("Logging",),
        "StateMachineName": ("Name",),
        "StateMachineType": ("Type",),
        "TracingConfiguration": ("Tracing",),
    },
}
"""By type: path below its properties -> the SAM properties, of the resource or event, that it may come from."""


def traced(
    written: Mapping[str, Json], output: Mapping[str, Json], made: Mapping[str, str | None]
) -> tuple[dict[Path, Path], dict[str, str]]:
    """Origins of what the translator made of the template `written`, and labels of the resources among it."""
    origins: dict[Path, Path] = {}
    labels: dict[str, str] = {}
    for name, source in made.items():
        source = source or _nearest(written["Resources"], name)
        if source is None:
            implicit = _implicit_api(written, name)
            if implicit:
                origins["Resources", name] = implicit
            continue
        one = _Source(written, source)
        resource = output["Resources"][name]
        if name != source:
            origins["Resources", name] = one.base
            event = one.event_of(name)
            labels[name] = ".".join(part for part in (source, event, name[len(source + event) :]) if part)
            origins.update(one.of_event(name, event, resource) if event else one.of_part(name, resource))
        elif resource["Type"] != one.type:
            origins.update(one.of_itself(name, resource))
    origins.update(_notifications(written, output))
    return origins, labels


class _Source:
    """A resource as the author wrote it."""

    def __init__(self, written: Mapping[str, Json], name: str) -> None:
        resource = written["Resources"][name]
        self.name, self.type = name, str(resource["Type"])
        self.base: Path = ("Resources", name)
        self.properties = _object(resource, "Properties")
        self.events = _object(self.properties, "Events")
        self.section = self.type.removeprefix(_PREFIX)
        self.shared = _object(_object(written, "Globals"), self.section)

    def event_of(self, made: str) -> str:
        """The event that a resource was made for: the one of the longest name that fits; empty if none does."""
        return max((event for event in self.events if made.startswith(self.name + event)), key=len, default="")

    def at(self, *names: str) -> Path | None:
        """Where the first of these properties stands that is set: in the resource, or in the `Globals`."""
        for name in names:
            if name in self.properties:
                return (*self.base, "Properties", name)
        return next((("Globals", self.section, name) for name in names if name in self.shared), None)

    def of_itself(self, made: str, resource: Json) -> Iterator[tuple[Path, Path]]:
        """Properties that are renamed, or come from the `Globals`."""
        renamed = _RENAMED.get(resource["Type"], {})
        for name in resource.get("Properties", ()):
            found = None if name in self.properties else self.at(*renamed.get(name, ()), name)
            if found:
                yield ("Resources", made, "Properties", name), found

    def of_part(self, made: str, resource: Json) -> Iterator[tuple[Path, Path]]:
        """A resource that stands for one property of its source."""
        part = next((each for each in _PARTS.values() if made.startswith(self.name + each)), "")
        found = self.at(_PARTS.get(resource["Type"], part))
        if found:
            yield ("Resources", made), found
            yield ("Resources", made, "Properties"), found

    def of_event(self, made: str, event: str, resource: Json) -> Iterator[tuple[Path, Path]]:
        """A resource that stands for an event, or for one property of it."""
        base: Path = (*self.base, "Properties", "Events", event)
        properties = _object(self.events[event], "Properties")
        yield ("Resources", made), base
        for path, names in _RENAMED.get(resource["Type"], {}).items():
            found = next((name for name in names if name in properties), None)
            if found:
                yield ("Resources", made, "Properties", *path.split(".")), (*base, "Properties", found)
        part = "SqsSubscription" if "SqsSubscription" in properties else "DeadLetterConfig"
        if made != self.name + event and part in properties and resource["Type"] != "AWS::Lambda::Permission":
            yield ("Resources", made, "Properties"), (*base, "Properties", part)


def _object(raw: Json, key: str) -> Mapping[str, Json]:
    value = raw.get(key) if isinstance(raw, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _nearest(resources: Mapping[str, Json], made: str) -> str | None:
    """The SAM resource of the longest name that the name of what was made begins with."""
    sources = (name for name, each in resources.items() if isinstance(each, dict) and made.startswith(name))
    return max(sources, key=len, default=None)


def _implicit_api(written: Mapping[str, Json], made: str) -> Path | None:
    """The first event that asks for the API which SAM adds."""
    for prefix, kind, api in (("ServerlessRestApi", "Api", "RestApiId"), ("ServerlessHttpApi", "HttpApi", "ApiId")):
        for name, raw in written["Resources"].items() if made.startswith(prefix) else ():
            for event, each in _object(_object(raw, "Properties"), "Events").items():
                if isinstance(each, dict) and each.get("Type") == kind and api not in _object(each, "Properties"):
                    return "Resources", name, "Properties", "Events", event
    return None


def _notifications(written: Mapping[str, Json], output: Mapping[str, Json]) -> Iterator[tuple[Path, Path]]:
    """Notifications that SAM adds to the author's buckets."""
    wanted: dict[tuple[str, str], Path] = {}
    for function, raw in written["Resources"].items():
        for event, each in _object(_object(raw, "Properties"), "Events").items():
            if isinstance(each, dict) and each.get("Type") == "S3":
                bucket = _object(_object(each, "Properties"), "Bucket").get("Ref")
                path = ("Resources", function, "Properties", "Events", event)
                wanted.setdefault((str(bucket), function), path)
    for bucket in dict.fromkeys(name for name, _ in wanted):
        section = ("Properties", "NotificationConfiguration", "LambdaConfigurations")
        added = _list(output["Resources"].get(bucket), section)
        own = len(_list(written["Resources"].get(bucket), section))
        for index, entry in enumerate(added[own:], own):
            function = _object(entry, "Function").get("Fn::GetAtt", [None])[0]
            if (bucket, function) in wanted:
                yield ("Resources", bucket, *section, str(index)), wanted[bucket, function]


def _list(raw: Json, path: tuple[str, ...]) -> list[Json]:
    for step in path:
        raw = raw.get(step) if isinstance(raw, dict) else None
    return raw if isinstance(raw, list) else []
