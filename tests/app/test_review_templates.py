"""The review server's templates hold what the incident and its repair rest on: the policy, and the image in use."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from stacks.review_guarded import RELEASE, ReviewServerGuardedStack
from stacks.review_incident import ReviewServerIncidentStack

ROOT = Path(__file__).parents[2]

EXPIRE = {"type": "expire"}


class Server:
    """A synthesized template with one repository, one task definition and one service."""

    def __init__(self, template: dict[str, Any]) -> None:
        self.resources: dict[str, dict[str, Any]] = template["Resources"]

    def of_type(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Every resource of a type, by logical id."""
        return {key: resource for key, resource in self.resources.items() if resource["Type"] == resource_type}

    def only(self, resource_type: str) -> tuple[str, dict[str, Any]]:
        """The logical id and the resource of a type that there is one of."""
        ((logical_id, resource),) = self.of_type(resource_type).items()
        return logical_id, resource

    def properties(self, resource_type: str) -> dict[str, Any]:
        """The properties of the only resource of a type."""
        properties: dict[str, Any] = self.only(resource_type)[1]["Properties"]
        return properties

    def policy(self) -> dict[str, Any]:
        """The repository's lifecycle policy."""
        policy: dict[str, Any] = json.loads(
            self.properties("AWS::ECR::Repository")["LifecyclePolicy"]["LifecyclePolicyText"]
        )
        return policy

    def container(self) -> dict[str, Any]:
        """The only container of the task."""
        container: dict[str, Any]
        (container,) = self.properties("AWS::ECS::TaskDefinition")["ContainerDefinitions"]
        return container

    def statements(self, role: object) -> list[dict[str, Any]]:
        """What a role may do."""
        return [
            statement
            for policy in self.of_type("AWS::IAM::Policy").values()
            if policy["Properties"]["Roles"] == [role]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]

    def assert_runs(self, tag: str) -> None:
        """The service runs a tag of this repository."""
        repository, _ = self.only("AWS::ECR::Repository")
        task, _ = self.only("AWS::ECS::TaskDefinition")
        arn = {"Fn::Split": [":", {"Fn::GetAtt": [repository, "Arn"]}]}
        assert self.container()["Image"] == {
            "Fn::Join": [
                "",
                [
                    {"Fn::Select": [4, arn]},
                    ".dkr.ecr.",
                    {"Fn::Select": [3, arn]},
                    ".",
                    {"Ref": "AWS::URLSuffix"},
                    "/",
                    {"Ref": repository},
                    f":{tag}",
                ],
            ]
        }
        service = self.properties("AWS::ECS::Service")
        assert service["TaskDefinition"] == {"Ref": task}
        assert (service["LaunchType"], service["DesiredCount"]) == ("FARGATE", 2)


def _synthesize(stack_type: type[cdk.Stack], outdir: Path) -> Server:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = cdk.App(context=context, outdir=str(outdir))
    stack = stack_type(app, "Review")
    if stack_type is ReviewServerGuardedStack:
        # Under pytest, CDK raises from synth on any finding that nobody acknowledged.
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())
    return Server(app.synth().get_stack_by_name(stack.stack_name).template)


@pytest.fixture(scope="session")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return _synthesize(ReviewServerIncidentStack, tmp_path_factory.mktemp("review-incident"))


@pytest.fixture(scope="session")
def guarded_outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("review-guarded")


@pytest.fixture(scope="session")
def guarded(guarded_outdir: Path) -> Server:
    return _synthesize(ReviewServerGuardedStack, guarded_outdir)


class TestIncident:
    def test_the_policy_keeps_five_images_of_any_kind(self, incident: Server) -> None:
        assert incident.policy() == {
            "rules": [
                {
                    "rulePriority": 1,
                    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5},
                    "action": EXPIRE,
                }
            ]
        }

    def test_production_runs_a_tag_of_the_same_repository(self, incident: Server) -> None:
        incident.assert_runs("production")

    def test_the_tag_moves(self, incident: Server) -> None:
        assert set(incident.properties("AWS::ECR::Repository")) == {"LifecyclePolicy"}

    def test_the_service_binds_the_digest(self, incident: Server) -> None:
        # What ECS does unless `VersionConsistency` is disabled.
        assert "VersionConsistency" not in incident.container()

    def test_a_failed_deployment_is_not_undone(self, incident: Server) -> None:
        deployment = incident.properties("AWS::ECS::Service")["DeploymentConfiguration"]
        assert "DeploymentCircuitBreaker" not in deployment


class TestGuarded:
    def test_the_policy_names_what_is_in_use_before_anything_else(self, guarded: Server) -> None:
        rules = guarded.policy()["rules"]
        assert [(rule["rulePriority"], rule["selection"], rule["action"]) for rule in rules] == [
            (1, _tagged("release-2026-11-20", countType="imageCountMoreThan", countNumber=1), EXPIRE),
            (2, _tagged("release-*", countType="imageCountMoreThan", countNumber=20), EXPIRE),
            (3, _tagged("review-*", countType="sinceImagePushed", countNumber=30, countUnit="days"), EXPIRE),
            (
                4,
                {"tagStatus": "untagged", "countType": "sinceImagePushed", "countNumber": 180, "countUnit": "days"},
                EXPIRE,
            ),
        ]
        assert all(rule["description"] for rule in rules)

    def test_production_runs_the_tag_that_the_first_rule_names(self, guarded: Server) -> None:
        guarded.assert_runs(RELEASE)
        assert guarded.policy()["rules"][0]["selection"]["tagPatternList"] == [RELEASE]

    def test_the_policy_and_the_service_change_to_another_release_together(self, tmp_path: Path) -> None:
        app = cdk.App(outdir=str(tmp_path))
        stack = ReviewServerGuardedStack(app, "Review", release="release-2026-12-01.2")
        changed = Server(app.synth().get_stack_by_name(stack.stack_name).template)
        changed.assert_runs("release-2026-12-01.2")
        assert changed.policy()["rules"][0]["selection"]["tagPatternList"] == ["release-2026-12-01.2"]

    @pytest.mark.parametrize("tag", ["production", "review-release-1", "release-", "release-*", ""])
    def test_no_other_tag_is_a_release(self, tag: str) -> None:
        with pytest.raises(ValueError, match="is not a release"):
            ReviewServerGuardedStack(cdk.App(), "Review", release=tag)

    def test_only_review_tags_move(self, guarded: Server) -> None:
        repository = guarded.properties("AWS::ECR::Repository")
        assert repository["ImageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
        (moving,) = repository["ImageTagMutabilityExclusionFilters"]
        assert moving == {
            "ImageTagMutabilityExclusionFilterType": "WILDCARD",
            "ImageTagMutabilityExclusionFilterValue": "review-*",
        }
        assert not fnmatchcase(RELEASE, moving["ImageTagMutabilityExclusionFilterValue"])

    def test_no_stack_takes_the_images_with_it(self, guarded: Server) -> None:
        _, repository = guarded.only("AWS::ECR::Repository")
        assert (repository["DeletionPolicy"], repository["UpdateReplacePolicy"]) == ("Retain", "Retain")
        assert "EmptyOnDelete" not in repository["Properties"]

    def test_a_deployment_that_fails_is_rolled_back_before_an_old_task_ends(self, guarded: Server) -> None:
        assert guarded.properties("AWS::ECS::Service")["DeploymentConfiguration"] == {
            "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
            "MinimumHealthyPercent": 100,
            "MaximumPercent": 200,
        }
        assert guarded.container()["HealthCheck"]["Command"][:2] == ["CMD", "curl"]

    def test_all_tasks_of_a_deployment_run_one_image(self, guarded: Server) -> None:
        assert guarded.container()["VersionConsistency"] == "enabled"

    def test_tasks_start_only_once_they_can_pull(self, guarded: Server) -> None:
        _, service = guarded.only("AWS::ECS::Service")
        routes = set(guarded.of_type("AWS::EC2::Route"))
        assert len(routes) == 2
        role = guarded.properties("AWS::ECS::TaskDefinition")["ExecutionRoleArn"]["Fn::GetAtt"][0]
        (policy,) = (
            logical_id
            for logical_id, policy in guarded.of_type("AWS::IAM::Policy").items()
            if policy["Properties"]["Roles"] == [{"Ref": role}]
        )
        assert {*routes, policy} <= set(service["DependsOn"])

    def test_the_task_may_pull_from_this_repository_and_write_its_log(self, guarded: Server) -> None:
        task = guarded.properties("AWS::ECS::TaskDefinition")
        repository, _ = guarded.only("AWS::ECR::Repository")
        log_group = guarded.container()["LogConfiguration"]["Options"]["awslogs-group"]["Ref"]
        assert guarded.statements({"Ref": task["ExecutionRoleArn"]["Fn::GetAtt"][0]}) == [
            _allow(
                ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                {"Fn::GetAtt": [repository, "Arn"]},
            ),
            _allow("ecr:GetAuthorizationToken", "*"),
            _allow(["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": [log_group, "Arn"]}),
        ]
        assert not guarded.statements({"Ref": task["TaskRoleArn"]["Fn::GetAtt"][0]})

    def test_nothing_comes_in_and_only_https_goes_out(self, guarded: Server) -> None:
        group = guarded.properties("AWS::EC2::SecurityGroup")
        assert "SecurityGroupIngress" not in group
        assert not guarded.of_type("AWS::EC2::SecurityGroupIngress")
        (egress,) = group["SecurityGroupEgress"]
        assert (egress["IpProtocol"], egress["FromPort"], egress["ToPort"]) == ("tcp", 443, 443)

    def test_logs_expire(self, guarded: Server) -> None:
        log_groups = guarded.of_type("AWS::Logs::LogGroup").values()
        assert [log_group["Properties"]["RetentionInDays"] for log_group in log_groups] == [30, 30]

    @pytest.mark.usefixtures("guarded")
    def test_cdk_nag_finds_nothing_but_what_is_acknowledged(self, guarded_outdir: Path) -> None:
        report = json.loads((guarded_outdir / "validation-report.json").read_text())
        assert not any(plugin["violations"] for plugin in report["pluginReports"])
        assert [
            acknowledged["ruleName"]
            for plugin in report["pluginReports"]
            for acknowledged in plugin["suppressedViolations"]
        ] == ["AwsSolutions-IAM5[Resource::*]"]


def _tagged(pattern: str, **count: object) -> dict[str, Any]:
    return {"tagStatus": "tagged", "tagPatternList": [pattern], **count}


def _allow(actions: str | list[str], resource: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
