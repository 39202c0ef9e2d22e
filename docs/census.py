"""Makes the census of resource types out of CloudFormation's schemas, as cfn-lint carries them.

Usage:
    python docs/census.py    renew aspects/seawall/services/census/entries.json; exit 1 if something is on no list

A census entry is a property that can name a function, queue, topic, stream, bus, state machine or container image, or
that reads like a retry, attempts, a redrive, a dead letter or an age. Each is *modelled* (a service's module reads the
type and the property), *harmless* for a reason, or *open*: not followed, and said so in every report that meets it.
What matches no decision below makes the program fail: somebody has to decide.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seawall.services import registry

SERVICES = Path(__file__).parent.parent / "aspects" / "seawall" / "services"
ENTRIES = SERVICES / "census" / "entries.json"
MODELLED, OPEN, UNDECIDED = "modelled", "open", "undecided"

Schemas = Mapping[str, Mapping[str, Any]]
Found = dict[str, dict[str, str]]
"""By type and property path: what it can name, or ``retry``."""

_KINDS = {
    "function": r"(lambda|lambdafunction|function)(arn|arns|name|uri|identifier|id)$|lambda(function)?$|authorizeruri$",
    "queue": r"(^|[a-z])queue(arn|arns|url|urls|name)?$|^queues$|sqs(queue)?(arn|url)?$",
    "topic": r"topic(arn|arns|name|s)?$|sns(topic)?(arn|arns)?$|notificationarns?$",
    "stream": r"(kinesis|datastream|deliverystream|firehose|^stream)\w*?(arn|name|id|url)?$",
    "bus": r"(event)?bus(arn|name|arns)$",
    "machine": r"statemachine(arn|name|versionarn)?$",
    "image": r"^(image|image_?uri|imageidentifier|containerimage|containeruri|repositoryuri|dockerimage|ecrimageuri|"
    r"sourceimage|destinationimage|parentimage)$",
    "target": r"^((target|destination|endpoint|handler|listener|action|trigger|webhook|onfailure|onsuccess|failure|"
    r"success|processing|alarm|notification|receiver|integration)\w*arns?|target|destination|endpoint|sourcearn|"
    r"eventsourcearn|alarmactions|okactions|insufficientdataactions)$",
}
_NAMES = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _KINDS.items()}
_RETRY = re.compile(
    r"retry|retries|attempts?$|redrive|deadletter|dlq|maxreceive|(event|record)ageinseconds", re.IGNORECASE
)
_PLAIN = re.compile(r"^(arn|name|id|uri|url|value|identifier)$", re.IGNORECASE)
"""Names that say something together with the section around them only: ``Lambda.Arn``."""

REASONS = {
    "policy": "a permission or policy: it lets others act and sends nothing itself",
    "alarm": "an alarm's or a dashboard's action is told to people; what follows starts at the topic, an entry",
    "notice": "the service tells of its own work; what follows starts at the topic or stream, an entry",
    "records": "logs, metrics or results of the service itself; whoever reads them starts at that place, an entry",
    "role": "the ARN of a role, certificate or gateway, not of a receiver",
    "network": "where requests or packets go inside a network, a mesh or a load balancer; no event of the app",
    "connection": "retries of a connection or a health check: no code of the app runs again",
    "other": "something else of a like name: no function, queue, topic, stream, bus or machine of the app",
    "copy": "data is copied, replicated or backed up; no event of the app",
    "people": "people are called or asked again; no code runs",
    "deployment": "acts while a stack is deployed, not when an event arrives",
    "description": "describes something and starts nothing",
    "machine-image": "a machine image, not a container image of a repository",
    "listened": "what it reads from names the place by itself; the place's own wiring is read there",
}
"""Why an entry is harmless."""
DECISIONS: tuple[tuple[str, str, str], ...] = (
    # permissions, policies, alarms
    (r".*(Policy|Permission|InlinePolicy)$", r".*", "policy"),
    (r"AWS::CloudWatch::.*(Alarm|Dashboard).*", r".*", "alarm"),
    (r"AWS::AppConfig::Environment|AWS::IoTSiteWise::Portal", r".*Alarm.*", "alarm"),
    (r".*", r".*RoleArns?$|.*KinesisRoleArn$|.*StreamsKmsRole$", "role"),
    (
        r"AWS::SES::Template|AWS::SES::EmailIdentity|AWS::Cognito::.*",
        r".*EmailConfiguration\.SourceArn|.*NotifyConfi.*",
        "role",
    ),
    (r"AWS::GlobalAccelerator::EndpointGroup|AWS::ElasticLoadBalancingV2::ListenerCertificate", r".*", "network"),
    # notices
    (
        (
            r"AWS::(AIOps|ApplicationInsights|AuditManager|AutoScaling|Backup|Chatbot|CodeDeploy|CodeStarNotifications|"
            r"CodeStarConnections|Config|DAX|DMS|DevOpsGuru|DocDB|ElastiCache|FMS|ImageBuilder|InternetMonitor|MemoryDB|"
            r"Neptune|Notifications|NotificationsContacts|RDS|Redshift|ResilienceHub|SSM|SSMIncidents|ServiceCatalog|"
            r"Timestream|Budgets|CE|Rekognition|GuardDuty|SecurityHub|DirectoryService)::.*"
        ),
        r".*(SNS|Sns|Topic|TOPIC|Notification|NotificationConfigurationArn|TriggerTargetArn).*",
        "notice",
    ),
    (r"AWS::(CloudFormation|ServiceCatalog|Serverless)::.*", r"Notification(ARNs|Arns)", "notice"),
    (r"AWS::EC2::VPCEndpointConnectionNotification", r".*", "notice"),
    (r"AWS::SageMaker::(EndpointConfig|Workteam)", r".*(Topic|TopicArn)$", "notice"),
    (r"AWS::(PinpointEmail|SMSVOICE|SES)::.*ConfigurationSet.*", r".*", "notice"),
    (r"AWS::CloudTrail::Trail", r"SnsTopicName", "notice"),
    (r"AWS::IoT::(AccountAuditConfiguration|MitigationAction|SecurityProfile)", r".*", "notice"),
    (r"AWS::SNS::Topic", r"DeliveryStatusLogging.*", "records"),
    (r"AWS::Glue::Crawler", r"Targets.*(EventQueueArn)", "listened"),
    (r"AWS::Glue::IntegrationResourceProperty", r".*EventBusArn", "notice"),
    (r"AWS::BedrockAgentCore::Memory", r".*", "notice"),
    # logs, metrics, results
    (
        r".*",
        r".*(AccessLog|LogConfig|LogDelivery|LoggingConfig|LoggingInfo|QueryLogging|DeliveryDestination).*",
        "records",
    ),
    (
        (
            r"AWS::(AppFabric|CloudFront::RealtimeLogConfig|CloudWatch::MetricStream|Cognito::IdentityPool|"
            r"Cognito::LogDeliveryConfiguration|Connect::InstanceStorageConfig|GuardDuty|IVSChat|Logs::DeliveryDestination|"
            r"Pinpoint::EventStream|QLDB|RUM|Route53Resolver|VpcLattice::AccessLogSubscription|WorkSpacesWeb|GroundStation|"
            r"Rekognition|AuditManager|SageMaker::InferenceExperiment|Chime::MediaInsightsPipelineConfiguration).*"
        ),
        r".*",
        "records",
    ),
    (r"AWS::(IVSChat|FSx|Glue|Athena|EMR|OpenSearchService|Bedrock|ECS|MSK)::.*", r".*(Log|log).*", "records"),
    # networks and connections
    (
        (
            r"AWS::(AppMesh|GlobalAccelerator|NetworkFirewall|ElasticLoadBalancing|Amplify|Lightsail|EC2|APS|DevOpsAgent|"
            r"Route53RecoveryControl|DirectConnect|NetworkManager|CloudFront)::.*"
        ),
        r"(?!.*(Lambda|FunctionARN)).*(Target|Destination|Endpoint|Retry|Retries|ConnectionAttempts|SourceArn|Arn).*",
        "network",
    ),
    (r"AWS::(AutoScaling|CodeDeploy|EC2|ECS)::.*", r".*(TargetGroup|ListenerArns|LoadBalancers).*", "network"),
    (r"AWS::ApiGateway(V2)?::(VpcLink|Route|ApiGatewayManagedOverrides)", r"(Route\.)?Target(Arns)?", "network"),
    (r"AWS::CloudFront::Distribution", r".*FunctionARN|.*ConnectionAttempts", "network"),
    (r".*", r".*HealthCheck\.Retries$", "connection"),
    (
        r"AWS::MediaLive::.*|AWS::DMS::Endpoint|AWS::Media.*",
        r".*(Retries|Retry|RetryCount|RetryInterval|Duration).*",
        "connection",
    ),
    (r"AWS::Cognito::UserPoolClient", r".*Retry.*", "connection"),
    (r"AWS::APS::.*|AWS::EKS::.*|AWS::IoTFleetWise::.*", r".*", "other"),
    # things of a like name
    (
        (
            r"AWS::(Media\w*|GameLift|GameLiftStreams|QuickSight|Connect|ConnectCampaigns|Lex|DataSync|"
            r"CustomerProfiles|SecurityAgent|SecurityLake|OpenSearchService|LicenseManagerUserSubscriptions|Greengrass|"
            r"GreengrassV2|S3Tables|EventSchemas|AuditManager|Deadline|IVS|KinesisVideo|Neptune|NeptuneGraph|FraudDetector|Transfer)::.*"
        ),
        r"(?!.*(Lambda|DeadLetter|IntegrationArn)).*(Queue|Stream|Topic|Target|Destination|Endpoint|FunctionId|FunctionArn|SourceArn|Arn).*",
        "other",
    ),
    (r"AWS::SecurityAgent::AgentSpace", r".*", "description"),
    (r"AWS::ECS::ExpressGatewayService", r"ActiveConfigurations.*", "description"),
    (r"AWS::Batch::(JobQueue|QuotaShare)", r"JobQueue(Name)?", "other"),
    (r"AWS::(IoT|IoTEvents|IoTFleetWise)::.*", r".*(MqttTopic|ResponseTopic|StreamId|Republish.*Topic).*", "other"),
    (r"AWS::IoT::TopicRuleDestination", r".*", "other"),
    (r"AWS::MSK::Topic|AWS::SES::ContactList|AWS::Glue::UserDefinedFunction", r".*", "other"),
    (r"AWS::DMS::Endpoint", r"(KafkaSettings\.Topic|OracleSettings.*)", "other"),
    (r"AWS::DMS::Endpoint", r"KinesisSettings\.StreamArn", "copy"),
    (
        r"AWS::Logs::Transformer|AWS::Bedrock::(Flow|FlowVersion|KnowledgeBase)",
        r".*(Target|Destination|Endpoint)$",
        "other",
    ),
    (r"AWS::SageMaker::.*", r".*(EndpointArn|Endpoint|ProcessingJobArn|Destination)$", "other"),
    (r"AWS::Secrets.*", r"HostedRotationLambda\.RotationLambdaName", "deployment"),
    (
        r"AWS::Lambda::(WebFunction|WebFunctionEndpoint|WebFunctionRevision)|AWS::Serverless::WebFunction",
        r"FunctionName",
        "other",
    ),
    # copies
    (
        (
            r"AWS::(Backup|DLM|RDS|Redshift|Glue|DMS|MSK|DataBrew|HealthLake|ECR|S3)::(BackupPlan|LifecyclePolicy|Integration|"
            r"ReplicationConfig|ReplicationTask|Replicator|VpcConnection|Dataset|Ruleset|ReplicationConfiguration)"
        ),
        r"(?!.*Retry).*",
        "copy",
    ),
    (r"AWS::Events::Archive", r"SourceArn", "copy"),
    # people, deployments, descriptions
    (r"AWS::SSMContacts::.*|AWS::Lex::.*", r".*(Retry|Retries).*", "people"),
    (r"AWS::CloudFormation::(Macro|LambdaHook)", r".*", "deployment"),
    (r"AWS::DLM::LifecyclePolicy", r".*MaximumRetryCount", "copy"),
    (r"AWS::SageMaker::(ModelCard|Algorithm)", r".*", "description"),
    (r"AWS::ImageBuilder::ImageRecipe", r"ParentImage", "machine-image"),
    (r"AWS::ElasticBeanstalk::ApplicationVersion", r"BuildConfiguration\.Image", "deployment"),
    (r"AWS::SQS::Queue", r"RedriveAllowPolicy", "policy"),
    (r"AWS::IoTSiteWise::Portal", r"Alarms\.AlarmRoleArn", "role"),
    (
        r"AWS::(RAM|LakeFormation|Organizations|Route53\w*|OpenSearch\w*|ObservabilityAdmin|Notifications)::.*",
        r".*",
        "description",
    ),
    (r"AWS::(Pipes)::Pipe", r"LogConfiguration.*", "records"),
    (r"AWS::CE::.*|AWS::Budgets::.*|AWS::CodeStarNotifications::.*", r".*", "notice"),
    (r"AWS::CloudFront::KeyValueStore", r".*", "copy"),
    (r"AWS::Serverless::Function", r"EventInvokeConfig\..*", MODELLED),
    (r"AWS::Serverless::.*", r".*(TriggerTargetArn|DeadLetterQueue(\.TargetArn)?)$", MODELLED),
    (r"AWS::ApiGatewayV2::Integration|AWS::ECS::ExpressGatewayService", r".*(Destination|Endpoint)$", "other"),
    (
        r"AWS::(AppSync::DataSource|BedrockAgentCore::GatewayTarget|IoT::TopicRule)",
        r".*(Endpoint|InfluxDB.*)$",
        "network",
    ),
    (r"AWS::KinesisFirehose::DeliveryStream", r"DatabaseSourceConfiguration\.Endpoint", "network"),
    (r"AWS::KinesisFirehose::DeliveryStream", r".*DynamicPartitioning.*RetryOptions", "connection"),
    (r"AWS::CodeBuild::Project", r"LogsConfig.*", "records"),
)
"""First match decides: a pattern of types, one of paths, and a reason, or `modelled` where a transform is read."""
_SET_ASIDE = {"AWS::ImageBuilder::ImageRecipe": "machine-image", "AWS::SageMaker::ModelCard": "description"}
"""Types that a module names only to set them aside."""
NOT_FOLLOWED: tuple[str, ...] = (
    r"AWS::ARCRegionSwitch::Plan",
    r"AWS::AppFlow::Connector",
    r"AWS::Bedrock::(DataSource|Flow|FlowVersion)",
    r"AWS::BedrockAgentCore::(Evaluator|Gateway|Harness)",
    r"AWS::Chime::SipMediaApplication",
    r"AWS::Cognito::UserPoolRegionalConfigurationAttachment",
    r"AWS::Config::(OrganizationConfigRule|RemediationConfiguration)",
    r"AWS::CustomerProfiles::Domain",
    r"AWS::DataBrew::Job",
    r"AWS::EC2::ClientVpnEndpoint",
    r"AWS::Events::Endpoint",
    r"AWS::GammaDilithium::JobDefinition",
    r"AWS::Glue::(Crawler|MLTransform)",
    r"AWS::Greengrass::FunctionDefinition(Version)?",
    r"AWS::GreengrassV2::ComponentVersion",
    r"AWS::HealthLake::FHIRDatastore",
    r"AWS::IoT::(CertificateProvider|DomainConfiguration|Job|JobTemplate|ProvisioningTemplate)",
    r"AWS::IoTAnalytics::Pipeline",
    r"AWS::IoTEvents::(AlarmModel|DetectorModel)",
    r"AWS::IoTManagedIntegrations::CloudConnector",
    r"AWS::IoTSiteWise::Portal",
    r"AWS::IoTTwinMaker::ComponentType",
    r"AWS::Kendra::DataSource",
    r"AWS::Kinesis::Channel",
    r"AWS::Lex::(Bot|BotAlias)",
    r"AWS::MSK::Channel",
    r"AWS::Pinpoint::(ApplicationSettings|Campaign)",
    r"AWS::QBusiness::DataSource",
    r"AWS::SES::MailManagerRuleSet",
    r"AWS::Synthetics::Canary",
    r"AWS::SageMaker::(InferenceComponent|ModelPackage)",
    r"AWS::ECS::ExpressGatewayService",
    r"AWS::Connect::IntegrationAssociation",
    r"AWS::Transfer::Workflow",
    r"AWS::AutoScaling::(AutoScalingGroup|LifecycleHook)",
    r"AWS::SSMIncidents::ResponsePlan",
)
"""Types that start or try again something of the app, and that no module reads (or not in all their properties)."""


def main() -> int:
    """Write the entries; 1 where something is undecided."""
    entries = census(schemas())
    ENTRIES.write_text(told(entries, schemas()), "utf-8", newline="\n")
    missing = [f"{kind} {path}" for kind, paths in entries.items() for path, (_, v) in paths.items() if v == UNDECIDED]
    for each in missing:
        sys.stderr.write(f"on no list: {each}\n")
    sys.stdout.write(f"{sum(map(len, entries.values())):,} entries of {len(entries):,} types\n")
    return 1 if missing else 0


@cache
def schemas() -> Schemas:
    """The schemas that cfn-lint carries, by type."""
    import cfnlint.data.schemas as carried

    folder = Path(next(iter(carried.__path__))) / "resources"
    read = (json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json")))
    found: dict[str, Mapping[str, Any]] = {}
    for schema in read:
        found.setdefault(schema["typeName"], schema)
    return dict(sorted(found.items()))


def entries_in(given: Schemas) -> Found:
    """What the schemas hold that belongs into a census."""
    found: Found = {}
    for name, schema in given.items():
        read_only = {
            path.removeprefix("/properties/").replace("/", ".") for path in schema.get("readOnlyProperties", ())
        }
        for path, node in _properties(schema, {"properties": schema.get("properties", {})}, "", frozenset()):
            kind = None if path.replace("[]", ".*") in read_only else _kind(schema, path, node)
            if kind is not None:
                found.setdefault(name, {})[path] = kind
    return found


def census(given: Schemas) -> dict[str, dict[str, tuple[str, str]]]:
    """By type and path: what it names, and the verdict."""
    read, words = _read()
    return {
        name: {path: (kind, _verdict(name, path, read, words)) for path, kind in paths.items()}
        for name, paths in entries_in(given).items()
    }


def _verdict(name: str, path: str, read: frozenset[str], words: frozenset[str]) -> str:
    if name in _SET_ASIDE:
        return _SET_ASIDE[name]
    if name in read and all(part in words for part in re.sub(r"\[\]|\{\}", "", path).split(".")):
        return MODELLED
    for types, paths, verdict in DECISIONS:
        if re.fullmatch(types, name) and re.fullmatch(paths, path):
            return verdict
    return OPEN if any(re.fullmatch(types, name) for types in NOT_FOLLOWED) else UNDECIDED


@cache
def _read() -> tuple[frozenset[str], frozenset[str]]:
    """Types that a service's module reads, and the property names that stand in the modules."""
    registry.discover()
    read = {*registry.SITES, *registry.HOPS, *registry.RECEIVERS}
    words: set[str] = set()
    for module in sorted(SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 300:
                words.update(re.split(r"[.\[\]{}]", node.value))
                if re.fullmatch(r"AWS::\w+::\w+", node.value):
                    read.add(node.value)
    return frozenset(read), frozenset(words)


def _kind(schema: Mapping[str, Any], path: str, node: Mapping[str, Any]) -> str | None:
    *around, last = (re.sub(r"\[\]|\{\}", "", part) for part in path.split("."))
    if _RETRY.search(last):
        return "retry"
    words = [last, around[-1] + last] if around and _PLAIN.match(last) else [last]
    if not _is_text(schema, node, ()):
        return None
    return next((kind for kind, name in _NAMES.items() if any(name.search(word) for word in words)), None)


def _is_text(schema: Mapping[str, Any], node: Mapping[str, Any], seen: tuple[str, ...]) -> bool:
    """Whether a property takes free text, or a list of it."""
    reference = node.get("$ref")
    if reference is not None:
        return reference not in seen and _is_text(schema, _at(schema, reference), (*seen, reference))
    kinds = node.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "string" in kinds:
        return not node.get("enum") and node.get("format") != "json"
    if "array" in kinds:
        return _is_text(schema, node.get("items", {}), seen)
    return any(_is_text(schema, side, seen) for key in ("anyOf", "oneOf") for side in node.get(key, ()))


def _at(schema: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    node: Any = schema
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part, {}) if isinstance(node, dict) else {}
    return node if isinstance(node, dict) else {}


def _properties(
    schema: Mapping[str, Any], node: Mapping[str, Any], path: str, seen: frozenset[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    reference = node.get("$ref")
    if reference is not None:
        if reference not in seen:
            yield from _properties(schema, _at(schema, reference), path, seen | {reference})
        return
    for key in ("anyOf", "oneOf", "allOf"):
        for side in node.get(key, ()):
            yield from _properties(schema, side, path, seen)
    if isinstance(node.get("items"), dict):
        yield from _properties(schema, node["items"], f"{path}[]", seen)
    for name, inner in node.get("properties", {}).items():
        inside = f"{path}.{name}" if path else name
        yield inside, inner
        yield from _properties(schema, inner, inside, seen)
    for inner in node.get("patternProperties", {}).values():
        yield from _properties(schema, inner, f"{path}{{}}", seen)


def told(entries: Mapping[str, Mapping[str, tuple[str, str]]], given: Schemas) -> str:
    """The data file: one type a line."""
    import cfnlint.data.schemas as carried

    dated = json.loads((Path(next(iter(carried.__path__))) / "version.json").read_text("utf-8"))["schema_date"]
    lines = [
        f" {json.dumps(name)}: {json.dumps({path: list(pair) for path, pair in sorted(paths.items())})}"
        for name, paths in sorted(entries.items())
    ]
    source = {"schemas": f"cfn-lint {version('cfn-lint')}", "date": dated[:10]}
    plain = sorted(set(given) - set(entries))
    return (
        f'{{"source": {json.dumps(source)},\n"reasons": {json.dumps(REASONS, indent=1)},\n"types": {{\n'
        + ",\n".join(lines)
        + '\n},\n"others": [\n'
        + ",\n".join(f" {json.dumps(name)}" for name in plain)
        + "\n]}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
