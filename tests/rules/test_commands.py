"""Commands to paste: a resource's name is looked up in its stack, which an assembly names."""

from __future__ import annotations

import json
from pathlib import Path

from seawall.engine import report_of
from seawall.rules import Finding
from seawall.template import load

from .judging import body, judged, only, scenario


def commands(finding: Finding) -> list[str]:
    """All of what to do at once, in order."""
    return [line for step in finding.stop_now.steps for line in step.commands]


def test_the_name_that_aws_gave_a_repository_is_looked_up() -> None:
    assert commands(only(scenario("image-keep-any"), "image-endangered")) == [
        "stack=YOUR_STACK_NAME",
        "id=$(aws cloudformation describe-stack-resource --stack-name $stack \\",
        "  --logical-resource-id Images --output text \\",
        "  --query StackResourceDetail.PhysicalResourceId)",
        "pushed=$(TZ=UTC aws ecr describe-images --repository-name $id --image-ids imageTag=v42 \\",
        "  --query 'imageDetails[0].imagePushedAt' --output text) && echo $pushed",
        "TZ=UTC aws ecr describe-images --repository-name $id --output json \\",
        '  --query "length(imageDetails[?imagePushedAt > \\`$pushed\\`])"',
        "aws ecr delete-lifecycle-policy --repository-name $id",
    ]


def test_a_name_that_is_written_is_used(tmp_path: Path) -> None:
    template = body("image-age-any")
    template["Resources"]["Images"]["Properties"]["RepositoryName"] = "web"
    assert commands(only(judged(tmp_path, template), "image-doomed")) == [
        "TZ=UTC aws ecr describe-images --repository-name web --image-ids imageTag=v42 \\",
        "  --query 'imageDetails[0].imagePushedAt' --output text",
        "aws ecr delete-lifecycle-policy --repository-name web",
    ]


def test_an_assembly_names_the_stack(tmp_path: Path) -> None:
    (tmp_path / "Shop.template.json").write_text(json.dumps(body("image-keep-any")))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "Shop.template.json", "stackName": "shop-prod"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"Shop": stack}}))
    (first, *_) = commands(only(report_of(load([tmp_path])), "image-endangered"))
    assert "--stack-name shop-prod " in first


def test_what_a_template_says_is_quoted_for_the_shell(tmp_path: Path) -> None:
    """A template may come from anybody: no name in it runs a command where the lines are pasted."""
    template = body("image-keep-any")
    template["Resources"]["Images"]["Properties"]["RepositoryName"] = "web; rm -rf x"
    (first, *_) = commands(only(judged(tmp_path, template), "image-endangered"))
    assert first.startswith("pushed=$(TZ=UTC aws ecr describe-images --repository-name 'web; rm -rf x' ")


def test_a_logical_id_is_quoted_for_the_shell(tmp_path: Path) -> None:
    template = body("case-13-requeue")
    template["Resources"]["T`id`"] = template["Resources"].pop("TriggerFromQueue")
    assert "  --logical-resource-id 'T`id`' --output text \\" in commands(
        only(judged(tmp_path, template), "retry-loop")
    )
