"""Every other property that names an image."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.graph import Binding, Origin

from ..conftest import Raw, Wire, ref, resource
from .conftest import DIGEST, HOST, only, repository, uri, uses

IMAGE = f"{HOST}/app:v1"


def at(path: str, image: Any = IMAGE) -> Raw:
    """Properties with `image` at `path`."""
    head, _, rest = path.partition(".")
    inner = at(rest, image) if rest else image
    if head.endswith("[]"):
        return {head[:-2]: [inner]}
    return {head[:-2]: {"any": inner}} if head.endswith("{}") else {head: inner}


ECS = "EcsProperties.TaskProperties[].Containers[].Image"
EKS = "EksProperties.PodProperties.Containers[].Image"
INIT = "EksProperties.PodProperties.InitContainers[].Image"
NODES = "NodeProperties.NodeRangeProperties[]."
MAPPINGS = "ContainerRegistryMap.ImageMappings[]."
SURFACES = [
    ("Batch::JobDefinition", "ContainerProperties.Image", "batch-job"),
    ("Batch::JobDefinition", ECS, "batch-job"),
    ("Batch::JobDefinition", EKS, "batch-job"),
    ("Batch::JobDefinition", INIT, "batch-job"),
    ("Batch::JobDefinition", NODES + "Container.Image", "batch-job"),
    ("Batch::JobDefinition", NODES + ECS, "batch-job"),
    ("Batch::JobDefinition", NODES + EKS, "batch-job"),
    ("Batch::JobDefinition", NODES + INIT, "batch-job"),
    ("AppRunner::Service", "SourceConfiguration.ImageRepository.ImageIdentifier", "apprunner"),
    ("CodeBuild::Project", "Environment.Image", "codebuild"),
    ("SageMaker::Model", "PrimaryContainer.Image", "sagemaker-model"),
    ("SageMaker::Model", "Containers[].Image", "sagemaker-model"),
    ("SageMaker::ModelPackage", "InferenceSpecification.Containers[].Image", "sagemaker-model"),
    ("SageMaker::ModelPackage", "AdditionalInferenceSpecifications[].Containers[].Image", "sagemaker-model"),
    ("SageMaker::InferenceComponent", "Specification.Container.Image", "sagemaker-model"),
    ("SageMaker::DataQualityJobDefinition", "DataQualityAppSpecification.ImageUri", "sagemaker-job"),
    ("SageMaker::ModelBiasJobDefinition", "ModelBiasAppSpecification.ImageUri", "sagemaker-job"),
    ("SageMaker::ModelExplainabilityJobDefinition", "ModelExplainabilityAppSpecification.ImageUri", "sagemaker-job"),
    ("SageMaker::ModelQualityJobDefinition", "ModelQualityAppSpecification.ImageUri", "sagemaker-job"),
    (
        "SageMaker::MonitoringSchedule",
        "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringAppSpecification.ImageUri",
        "sagemaker-job",
    ),
    ("SageMaker::ProcessingJob", "AppSpecification.ImageUri", "sagemaker-job"),
    ("SageMaker::ImageVersion", "BaseImage", "sagemaker-image"),
    ("BedrockAgentCore::Runtime", "AgentRuntimeArtifact.ContainerConfiguration.ContainerUri", "agentcore-runtime"),
    ("EMRServerless::Application", "ImageConfiguration.ImageUri", "emr-serverless"),
    ("EMRServerless::Application", "WorkerTypeSpecifications{}.ImageConfiguration.ImageUri", "emr-serverless"),
    ("GameLift::ContainerGroupDefinition", "GameServerContainerDefinition.ImageUri", "gamelift-container"),
    ("GameLift::ContainerGroupDefinition", "SupportContainerDefinitions[].ImageUri", "gamelift-container"),
    ("CleanRoomsML::ConfiguredModelAlgorithm", "TrainingContainerConfig.ImageUri", "cleanrooms-algorithm"),
    ("CleanRoomsML::ConfiguredModelAlgorithm", "InferenceContainerConfig.ImageUri", "cleanrooms-algorithm"),
    ("Omics::Workflow", MAPPINGS + "SourceImage", "omics-workflow"),
    ("Omics::WorkflowVersion", MAPPINGS + "DestinationImage", "omics-workflow"),
    ("Lightsail::Container", "ContainerServiceDeployment.Containers[].Image", "lightsail-container"),
    ("IoTAnalytics::Dataset", "Actions[].ContainerAction.Image", "iotanalytics-action"),
    ("ImageBuilder::ContainerRecipe", "ParentImage", "image-builder"),
]


@pytest.mark.parametrize(("type_", "path", "kind"), SURFACES)
def test_a_property_that_names_an_image(wire: Wire, type_: str, path: str, kind: str) -> None:
    found = only(wire({"It": resource(type_, **at(path))}))
    assert (found.site, found.kind, found.image.tag) == ("app/It", kind, "v1")
    assert found.place.property == path.replace("[]", ".0").replace("{}", ".any")
    assert found.via == f"AWS::{type_}"
    mine = only(wire({"It": resource(type_, **at(path, uri("Repo", ":v2"))), "Repo": repository()}))
    assert (mine.image.repository.origin, mine.image.tag) == (Origin.ANALYSED, "v2")


def test_a_model_package_gives_the_digest_beside_the_image(wire: Wire) -> None:
    containers = [{"Image": f"{HOST}/app", "ImageDigest": DIGEST}]
    package = resource("SageMaker::ModelPackage", InferenceSpecification={"Containers": containers})
    assert only(wire({"It": package})).image.digest == DIGEST


def test_codebuild_supplies_images_itself(wire: Wire) -> None:
    found = only(wire({"It": resource("CodeBuild::Project", Environment={"Image": "aws/codebuild/standard:7.0"})}))
    assert (found.image.repository.origin, found.image.repository.why) == (
        Origin.THIRD_PARTY,
        "is supplied by CodeBuild",
    )


@pytest.mark.parametrize(
    ("image", "settings", "automatic"),
    [
        (IMAGE, {}, True),
        (IMAGE, {"AutoDeploymentsEnabled": False}, False),
        ("public.ecr.aws/a/b:1", {}, False),
    ],
)
def test_app_runner_may_deploy_by_itself(wire: Wire, image: str, settings: Raw, automatic: bool) -> None:
    source = {"ImageRepository": {"ImageIdentifier": image}, **settings}
    assert only(wire({"It": resource("AppRunner::Service", SourceConfiguration=source)})).automatic is automatic


def pipeline(provider: str, **configuration: Any) -> Raw:
    action = {"ActionTypeId": {"Provider": provider, "Category": "Source"}, "Configuration": configuration}
    return resource("CodePipeline::Pipeline", Stages=[{"Actions": [action]}])


def test_a_pipeline_reads_a_tag(wire: Wire) -> None:
    base = {"Repo": repository()}
    found = only(wire({"It": pipeline("ECR", RepositoryName=ref("Repo"), ImageTag="rel"), **base}))
    assert (found.kind, found.image.tag, found.image.implied) == ("codepipeline-source", "rel", False)
    assert found.image.repository.address is not None
    found = only(wire({"It": pipeline("ECR", RepositoryName="other")}))
    assert (found.image.repository.origin, found.image.tag, found.image.implied) == (Origin.OUTSIDE, "latest", True)
    assert found.image.repository.key == "${AWS::AccountId}/${AWS::Region}/other"
    pseudo = {"Fn::Sub": "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/team/x"}
    for arn in ("arn:aws:ecr:eu-west-1:111122223333:repository/team/x", pseudo):
        found = only(wire({"It": pipeline("ECR", RepositoryName=arn)}))
        assert found.image.repository.name == "team/x"
        assert found.image.repository.key.endswith(
            ("111122223333/eu-west-1/team/x", "AccountId}/${AWS::Region}/team/x")
        )
    assert not uses(wire({"It": pipeline("CodeCommit", RepositoryName="code")}))


def machine(resource_: str, parameters: Raw, **state: Any) -> Raw:
    task = {"Type": "Task", "Resource": resource_, "Parameters": parameters, "End": True, **state}
    body = {"StartAt": "Run", "States": {"Run": task}}
    return resource("StepFunctions::StateMachine", DefinitionString=json.dumps(body))


POD = {"kind": "Job", "spec": {"template": {"spec": {"containers": [{"name": "c", "image": IMAGE}]}}}}
TASKS = [
    ("sagemaker:createTrainingJob.sync", at("AlgorithmSpecification.TrainingImage"), "sagemaker-job"),
    ("aws-sdk:sagemaker:createProcessingJob", at("AppSpecification.ImageUri"), "sagemaker-job"),
    ("sagemaker:createModel", at("PrimaryContainer.Image"), "sagemaker-model"),
    ("codebuild:startBuild.sync", at("ImageOverride"), "codebuild"),
    ("aws-sdk:batch:registerJobDefinition", at("ContainerProperties.Image"), "batch-job"),
    ("aws-sdk:ecs:registerTaskDefinition", at("ContainerDefinitions[].Image"), "ecs-task-definition"),
    ("emr-serverless:createApplication", at("ImageConfiguration.ImageUri"), "emr-serverless"),
    ("eks:runJob.sync", {"Job": POD}, "eks-pod"),
]


@pytest.mark.parametrize(("call", "parameters", "kind"), TASKS)
def test_tasks_of_a_state_machine(wire: Wire, call: str, parameters: Raw, kind: str) -> None:
    found = only(wire({"It": machine(f"arn:aws:states:::{call}", parameters)}))
    assert (found.site, found.kind, found.image.tag) == ("app/It", kind, "v1")
    assert found.place.property.startswith("DefinitionString.States.Run.Parameters.")


def test_an_image_that_the_machine_chooses_when_it_runs(wire: Wire) -> None:
    call = "arn:aws:states:::sagemaker:createTrainingJob"
    found = only(wire({"It": machine(call, {"AlgorithmSpecification": {"TrainingImage.$": "$.image"}})}))
    assert found.image.why == "TrainingImage is chosen when the state runs"
    chosen = {"AlgorithmSpecification": {"TrainingImage": "{% $image %}"}}
    found = only(wire({"It": machine(call, {}, QueryLanguage="JSONata", Arguments=chosen)}))
    assert found.image.why == "TrainingImage is chosen when the state runs"
    assert found.place.property == "DefinitionString.States.Run.Arguments.AlgorithmSpecification.TrainingImage"


def test_a_task_that_runs_no_container_names_the_image(wire: Wire) -> None:
    found = only(wire({"It": machine("arn:aws:states:::sqs:sendMessage", at("Image"))}))
    assert (found.kind, found.binds) == ("named", Binding.UNKNOWN)


def test_binding_of_a_model_is_at_deployment(wire: Wire) -> None:
    assert only(wire({"It": resource("SageMaker::Model", **at("PrimaryContainer.Image"))})).binds is Binding.DEPLOYMENT
