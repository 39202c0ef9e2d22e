"""What is read of each service, by plain describing and listing calls, in the form that CloudFormation gives it.

Sources of the calls and their answers: the API references of each service, as in botocore 1.43, read 2026-11-30.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import partial
from typing import Any

from .journal import Journal
from .model import Json, LiveResource
from .reading import AwsAccount, GoneError, NotAllowedError, RefusedCallError
from .secrets import TAKEN_OUT, environment, is_reference, reduced


class Collection:
    """Reads one account, remembers what it may not read, and each thing only once."""

    def __init__(self, account: AwsAccount, journal: Journal, say: Callable[[str], None]) -> None:
        self.account = account
        self.journal = journal
        self.say = say
        self.names: set[str] = set()
        """Names of resources: what of an environment is kept."""
        self.unread: list[str] = []

    def listed(
        self, what: str, service: str, operation: str, key: str, onward: str = "NextToken", **arguments: Any
    ) -> list[Any]:
        """All entries of a listing call; none where it is not allowed, which is noted."""
        try:
            return list(self.account.pages(service, operation, key, onward, **arguments))
        except NotAllowedError as error:
            self.note(f"{what}: not allowed ({error})")
        except RefusedCallError as error:
            self.note(f"{what}: {error}")
        except GoneError:
            pass
        return []

    def asked(self, what: str, service: str, operation: str, **arguments: Any) -> Mapping[str, Any] | None:
        """What a call answers; None where there is nothing, or where it is not allowed, which is noted."""
        try:
            return self.account.call(service, operation, **arguments)
        except NotAllowedError as error:
            self.note(f"{what}: not allowed ({error})")
        except RefusedCallError as error:
            self.note(f"{what}: {error}")
        except GoneError:
            pass
        return None

    def each(
        self, what: str, names: Iterable[str], read: Callable[[str], LiveResource | None]
    ) -> Iterator[LiveResource]:
        """One resource for each name, with what is going on told on the way."""
        names = list(names)
        self.say(f"{len(names):,} {what}")
        for number, name in enumerate(names, 1):
            found = self.journal.once(f"{what} {name}", lambda name=name: _plain(read(name)))  # type: ignore[misc]
            if found is not None:
                yield LiveResource(**found)
            if number % 100 == 0:
                self.say(f"{number:,} of {len(names):,} {what}")

    def note(self, why: str) -> None:
        """Remember something that could not be read."""
        if why not in self.unread:
            self.unread.append(why)


def _plain(found: LiveResource | None) -> Json | None:
    return None if found is None else {"type": found.type, "name": found.name, "properties": found.properties}


def queues(aws: Collection) -> Iterator[LiveResource]:
    """Queues with their redrive policies."""
    urls = aws.listed("queues", "sqs", "list_queues", "QueueUrls", MaxResults=1000)
    aws.names.update(url.rpartition("/")[2] for url in urls)

    def read(url: str) -> LiveResource | None:
        name = url.rpartition("/")[2]
        answer = aws.asked(f"queue {name}", "sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
        if answer is None:
            return None
        said = answer.get("Attributes", {})
        return LiveResource(
            "AWS::SQS::Queue",
            name,
            {
                "QueueName": name,
                "VisibilityTimeout": _number(said.get("VisibilityTimeout")),
                "MessageRetentionPeriod": _number(said.get("MessageRetentionPeriod")),
                "DelaySeconds": _number(said.get("DelaySeconds")),
                "RedrivePolicy": _document(said.get("RedrivePolicy")),
                "FifoQueue": said.get("FifoQueue") == "true" or None,
                "ContentBasedDeduplication": said.get("ContentBasedDeduplication") == "true" or None,
            },
        )

    return aws.each("queues", urls, read)


def topics(aws: Collection) -> Iterator[LiveResource]:
    """Topics by name, and subscriptions; addresses of people and of web servers are not written."""
    arns = [each["TopicArn"] for each in aws.listed("topics", "sns", "list_topics", "Topics")]
    aws.names.update(arn.rpartition(":")[2] for arn in arns)
    for arn in arns:
        name = arn.rpartition(":")[2]
        yield LiveResource("AWS::SNS::Topic", name, {"TopicName": name, "FifoTopic": name.endswith(".fifo") or None})
    entries = {
        each["SubscriptionArn"]: each
        for each in aws.listed("subscriptions", "sns", "list_subscriptions", "Subscriptions")
    }

    def read(arn: str) -> LiveResource | None:
        entry = entries[arn]
        answer = aws.asked(f"subscription {arn}", "sns", "get_subscription_attributes", SubscriptionArn=arn)
        said = (answer or {}).get("Attributes", {})
        return LiveResource(
            "AWS::SNS::Subscription",
            arn,
            {
                "TopicArn": entry["TopicArn"],
                "Protocol": entry["Protocol"],
                "Endpoint": _address(entry["Protocol"], entry.get("Endpoint", "")),
                "RawMessageDelivery": said.get("RawMessageDelivery") == "true" or None,
                "FilterPolicy": _document(said.get("FilterPolicy")),
                "FilterPolicyScope": said.get("FilterPolicyScope"),
                "RedrivePolicy": _document(said.get("RedrivePolicy")),
            },
        )

    yield from aws.each("subscriptions", (arn for arn in entries if arn.startswith("arn:")), read)


def _address(protocol: str, endpoint: str) -> str:
    """Where a subscription delivers to: of a web server only its host, of a person nothing."""
    if endpoint.startswith("arn:"):
        return endpoint
    if protocol in ("http", "https"):
        return f"{protocol}://{endpoint.partition('://')[2].partition('/')[0].rpartition('@')[2].partition('?')[0]}/"
    return TAKEN_OUT


def others(aws: Collection) -> None:
    """Names of what environments often hold: tables and buckets."""
    aws.names.update(
        aws.listed("tables", "dynamodb", "list_tables", "TableNames", "ExclusiveStartTableName:LastEvaluatedTableName")
    )
    aws.names.update(
        each["Name"] for each in aws.listed("buckets", "s3", "list_buckets", "Buckets", "ContinuationToken")
    )


def machines(aws: Collection) -> Iterator[LiveResource]:
    """State machines with their definitions."""
    listed = aws.listed("state machines", "stepfunctions", "list_state_machines", "stateMachines", "nextToken")
    aws.names.update(each["name"] for each in listed)

    def read(arn: str) -> LiveResource | None:
        said = aws.asked(f"state machine {arn}", "stepfunctions", "describe_state_machine", stateMachineArn=arn)
        if said is None:
            return None
        return LiveResource(
            "AWS::StepFunctions::StateMachine",
            arn,
            {
                "StateMachineName": said["name"],
                "StateMachineType": said["type"],
                "DefinitionString": reduced(said["definition"], aws.names),
                "RoleArn": said["roleArn"],
            },
        )

    return aws.each("state machines", (each["stateMachineArn"] for each in listed), read)


_FUNCTION = ("FunctionName", "Runtime", "Handler", "Timeout", "MemorySize", "PackageType", "Architectures", "Role")


def functions(aws: Collection) -> Iterator[LiveResource]:
    """Functions, with how many run at once, whether loops are stopped, and the references in their environment."""
    listed = {
        each["FunctionName"]: each
        for each in aws.listed("functions", "lambda", "list_functions", "Functions", "Marker:NextMarker")
    }
    aws.names.update(listed)

    def read(name: str) -> LiveResource | None:
        said = listed[name]
        properties = {key: said.get(key) for key in _FUNCTION}
        variables = environment(said.get("Environment", {}).get("Variables", {}), aws.names)
        properties["Environment"] = {"Variables": variables} if variables else None
        properties["DeadLetterConfig"] = _given(said.get("DeadLetterConfig"), "TargetArn")
        at_once = aws.asked(f"function {name}", "lambda", "get_function_concurrency", FunctionName=name)
        properties["ReservedConcurrentExecutions"] = (at_once or {}).get("ReservedConcurrentExecutions")
        looping = aws.asked(f"function {name}", "lambda", "get_function_recursion_config", FunctionName=name)
        properties["RecursiveLoop"] = (looping or {}).get("RecursiveLoop")
        if said.get("PackageType") == "Image":
            answer = aws.asked(f"function {name}", "lambda", "get_function", FunctionName=name)
            properties["Code"] = _given((answer or {}).get("Code"), "ImageUri")
        return LiveResource("AWS::Lambda::Function", name, properties)

    return aws.each("functions", listed, read)


def invoke_configs(aws: Collection, names: Iterable[str]) -> Iterator[LiveResource]:
    """How often asynchronous invocations are tried, by function and qualifier."""
    for name in names:
        for said in aws.journal.once(f"invoke configs {name}", partial(_invoke_configs, aws, name)):
            yield LiveResource(**said)


def _invoke_configs(aws: Collection, name: str) -> list[Json]:
    operation, key = "list_function_event_invoke_configs", "FunctionEventInvokeConfigs"
    found = []
    for said in aws.listed(f"function {name}", "lambda", operation, key, "Marker:NextMarker", FunctionName=name):
        qualifier = said["FunctionArn"].split(":")[7:] or ["$LATEST"]
        properties = {
            "FunctionName": name,
            "Qualifier": qualifier[0],
            "MaximumRetryAttempts": said.get("MaximumRetryAttempts"),
            "MaximumEventAgeInSeconds": said.get("MaximumEventAgeInSeconds"),
            "DestinationConfig": _destinations(said.get("DestinationConfig")),
        }
        found.append(
            {"type": "AWS::Lambda::EventInvokeConfig", "name": f"{name}|{qualifier[0]}", "properties": properties}
        )
    return found


_MAPPING = (
    "EventSourceArn",
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
    "StartingPosition",
    "FunctionResponseTypes",
    "ScalingConfig",
    "ProvisionedPollerConfig",
    "FilterCriteria",
    "Queues",
    "Topics",
)


def mappings(aws: Collection) -> Iterator[LiveResource]:
    """Event source mappings."""
    key = "EventSourceMappings"
    listed = aws.listed("event source mappings", "lambda", "list_event_source_mappings", key, "Marker:NextMarker")
    for said in listed:
        properties = {name: said.get(name) or (0 if said.get(name) == 0 else None) for name in _MAPPING}
        properties["FunctionName"] = said["FunctionArn"]
        properties["DestinationConfig"] = _destinations(said.get("DestinationConfig"))
        if ":sqs:" in str(said.get("EventSourceArn")):
            properties["StartingPosition"] = None  # queues have none, whatever is answered
        properties["Enabled"] = False if said.get("State") in ("Disabled", "Disabling") else None
        yield LiveResource("AWS::Lambda::EventSourceMapping", said["UUID"], properties)


def rules(aws: Collection) -> Iterator[LiveResource]:
    """Rules of all buses with their targets, but for those that AWS's services keep themselves."""
    buses = [each["Name"] for each in aws.listed("event buses", "events", "list_event_buses", "EventBuses")] or [
        "default"
    ]
    for bus in buses:
        if bus != "default":
            yield LiveResource("AWS::Events::EventBus", bus, {"Name": bus})
        listed = aws.listed(f"rules on {bus}", "events", "list_rules", "Rules", EventBusName=bus)
        ours = {each["Name"]: each for each in listed if not each.get("ManagedBy")}

        def read(name: str, bus: str = bus, ours: Mapping[str, Any] = ours) -> LiveResource | None:
            rule = ours[name]
            targets = aws.listed(
                f"rule {name}", "events", "list_targets_by_rule", "Targets", Rule=name, EventBusName=bus
            )
            return LiveResource(
                "AWS::Events::Rule",
                name if bus == "default" else f"{bus}|{name}",
                {
                    "Name": name,
                    "EventBusName": None if bus == "default" else bus,
                    "EventPattern": _document(rule.get("EventPattern")),
                    "ScheduleExpression": rule.get("ScheduleExpression"),
                    "State": rule.get("State"),
                    "Targets": reduced(targets, aws.names) or None,
                },
            )

        yield from aws.each(f"rules on {bus}", ours, read)


_PIPE = ("RoleArn", "Source", "SourceParameters", "Enrichment", "Target", "TargetParameters", "DesiredState")


def pipes(aws: Collection) -> Iterator[LiveResource]:
    """Pipes."""
    names = [each["Name"] for each in aws.listed("pipes", "pipes", "list_pipes", "Pipes")]

    def read(name: str) -> LiveResource | None:
        said = aws.asked(f"pipe {name}", "pipes", "describe_pipe", Name=name)
        if said is None:
            return None
        return LiveResource(
            "AWS::Pipes::Pipe", name, {"Name": name, **{key: reduced(said.get(key), aws.names) for key in _PIPE}}
        )

    return aws.each("pipes", names, read)


_SCHEDULE = ("ScheduleExpression", "State", "Target")


def schedules(aws: Collection) -> Iterator[LiveResource]:
    """Schedules of all groups."""
    listed = aws.listed("schedules", "scheduler", "list_schedules", "Schedules")

    def read(key: str) -> LiveResource | None:
        group, _, name = key.partition("|")
        said = aws.asked(f"schedule {name}", "scheduler", "get_schedule", Name=name, GroupName=group)
        if said is None:
            return None
        properties = {key: reduced(said.get(key), aws.names) for key in _SCHEDULE}
        return LiveResource(
            "AWS::Scheduler::Schedule",
            name,
            {"Name": name, "GroupName": None if group == "default" else group, **properties},
        )

    return aws.each("schedules", (f"{each.get('GroupName', 'default')}|{each['Name']}" for each in listed), read)


def roles(aws: Collection, arns: Iterable[str]) -> Iterator[LiveResource]:
    """Roles by ARN, with what their policies allow; those of AWS stay named."""

    def read(arn: str) -> LiveResource | None:
        name = arn.rpartition("/")[2]
        policies = []
        for policy in aws.listed(f"role {name}", "iam", "list_role_policies", "PolicyNames", "Marker", RoleName=name):
            said = aws.asked(f"role {name}", "iam", "get_role_policy", RoleName=name, PolicyName=policy)
            if said is not None:
                policies.append({"PolicyName": policy, "PolicyDocument": said["PolicyDocument"]})
        managed = []
        key = "AttachedPolicies"
        for policy in aws.listed(f"role {name}", "iam", "list_attached_role_policies", key, "Marker", RoleName=name):
            document = None if ":iam::aws:" in policy["PolicyArn"] else _customers(aws, policy["PolicyArn"])
            if document is None:
                managed.append(policy["PolicyArn"])
            else:
                policies.append({"PolicyName": policy["PolicyName"], "PolicyDocument": document})
        properties = {"RoleName": name, "Policies": policies or None, "ManagedPolicyArns": sorted(managed) or None}
        return LiveResource("AWS::IAM::Role", name, properties)

    return aws.each("roles", sorted(set(arns)), read)


def _customers(aws: Collection, arn: str) -> Any:
    """The document of a policy that is not AWS's own."""
    said = aws.asked(f"policy {arn}", "iam", "get_policy", PolicyArn=arn)
    if said is None:
        return None
    version = said["Policy"]["DefaultVersionId"]
    found = aws.asked(f"policy {arn}", "iam", "get_policy_version", PolicyArn=arn, VersionId=version)
    return None if found is None else found["PolicyVersion"]["Document"]


def repositories(aws: Collection) -> Iterator[LiveResource]:
    """Repositories with their lifecycle policies."""
    listed = {
        each["repositoryName"]: each
        for each in aws.listed("repositories", "ecr", "describe_repositories", "repositories", "nextToken")
    }

    def read(name: str) -> LiveResource | None:
        policy = aws.asked(f"repository {name}", "ecr", "get_lifecycle_policy", repositoryName=name)
        text = policy.get("lifecyclePolicyText") if policy else None
        return LiveResource(
            "AWS::ECR::Repository",
            name,
            {
                "RepositoryName": name,
                "ImageTagMutability": listed[name].get("imageTagMutability"),
                "LifecyclePolicy": {"LifecyclePolicyText": text} if text else None,
            },
        )

    return aws.each("repositories", listed, read)


def images(aws: Collection, repository: str) -> list[Json]:
    """The images of a repository, with their last pulls."""
    return list(aws.journal.once(f"images of {repository}", lambda: _images(aws, repository)))


_TIMES = ("imagePushedAt", "lastRecordedPullTime", "lastArchivedAt", "lastActivatedAt")


def _images(aws: Collection, repository: str) -> list[Json]:
    found = []
    listed = aws.listed(
        f"images of {repository}", "ecr", "describe_images", "imageDetails", "nextToken", repositoryName=repository
    )
    for said in listed:
        entry = {
            "digest": said["imageDigest"],
            "tags": sorted(said.get("imageTags", ())),
            "status": said.get("imageStatus"),
        }
        entry |= {name: said[name].isoformat() for name in _TIMES if said.get(name) is not None}
        found.append(
            {**entry, "subject": said.get("subjectManifestDigest"), "media_type": said.get("imageManifestMediaType")}
        )
    return found


def running(aws: Collection, functions: Iterable[LiveResource]) -> list[Json]:
    """What runs which image: tasks by digest, and functions."""
    found = list(aws.journal.once("running tasks", lambda: _once_each(_tasks(aws))))
    for function in functions:
        uri = (function.properties.get("Code") or {}).get("ImageUri")
        if uri:
            found += aws.journal.once(f"image of {function.name}", partial(_of_function, aws, function.name, uri))
    return found


def _of_function(aws: Collection, name: str, uri: str) -> list[Json]:
    said = aws.asked(f"function {name}", "lambda", "get_function", FunctionName=name)
    resolved = ((said or {}).get("Code") or {}).get("ResolvedImageUri", "")
    return [{"consumer": f"function {name}", "image": uri, "digest": resolved.partition("@")[2] or None}]


def _tasks(aws: Collection) -> Iterator[Json]:
    for cluster in aws.listed("clusters", "ecs", "list_clusters", "clusterArns", "nextToken"):
        arns = aws.listed(f"tasks in {cluster}", "ecs", "list_tasks", "taskArns", "nextToken", cluster=cluster)
        for start in range(0, len(arns), 100):
            batch = arns[start : start + 100]
            answer = aws.asked(f"tasks in {cluster}", "ecs", "describe_tasks", cluster=cluster, tasks=batch)
            for task in (answer or {}).get("tasks", ()):
                group = task.get("group") or task["taskArn"].rpartition("/")[2]
                for container in task.get("containers", ()):
                    if container.get("image"):
                        consumer = f"{group} in {cluster.rpartition('/')[2]}"
                        yield {
                            "consumer": consumer,
                            "image": container["image"],
                            "digest": container.get("imageDigest"),
                        }


def _once_each(entries: Iterable[Json]) -> list[Json]:
    return [dict(each) for each in dict.fromkeys(tuple(entry.items()) for entry in entries)]


def _destinations(said: Mapping[str, Any] | None) -> Json | None:
    found = {
        name: _given(entry, "Destination") for name, entry in (said or {}).items() if entry and entry.get("Destination")
    }
    return found or None


def _given(said: Mapping[str, Any] | None, key: str) -> Json | None:
    return {key: said[key]} if said and said.get(key) else None


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _document(text: str | None) -> Any:
    """JSON in a text; None where there is none, or it is empty."""
    try:
        return (json.loads(text) or None) if text else None
    except ValueError:
        return None


def names_in(values: Iterable[str], names: Set[str]) -> list[str]:
    """Those of some texts that name a resource."""
    return [value for value in values if is_reference(value, names)]
