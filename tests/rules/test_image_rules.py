"""The rules about images, on one small template per behaviour: the exact verdict, and what is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from seawall.engine import Report, report_of
from seawall.images import PolicyRepair, Verdict, holds, problems, to_json
from seawall.images.analysis import STOCK_WHY
from seawall.report.document import document
from seawall.rules import Acknowledgement, Confidence, Severity, all_rules
from seawall.settings import Settings
from seawall.template import load

from .image_policies import policy, repository, rule, with_policy
from .judging import ALL, Raw, body, found, judged, only, scenario

AGE: Raw = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": 9}
IMAGE_RULES = {rule.id for rule in all_rules() if rule.topic == "images"}

VERDICTS: dict[str, dict[str, tuple[str, int | None]]] = {
    "image-keep-any": {"Service": ("endangered", 1)},
    "image-age-any": {"Service": ("doomed", 1)},
    "image-moving-tag": {"Service": ("endangered", 1)},
    "image-and-list": {"Service": ("endangered", 2)},
    "image-invalid-policy": {"Service": ("unknown", None)},
    "image-wiped": {"Service": ("safe", None)},
    "image-exact-tag": {"Service": ("safe", 1)},
    "image-stock-assets": {"Function": ("safe", None), "Service": ("safe", None)},
    "image-window": {"OldService": ("bounded", 1), "Service": ("bounded", 1)},
    "image-archive": {"Function": ("doomed", 1)},
}
FINDINGS = {
    "image-keep-any": ["image-endangered"],
    "image-age-any": ["image-doomed"],
    "image-moving-tag": ["image-endangered"],
    "image-and-list": ["image-endangered", "lifecycle-dead-rule"],
    "image-invalid-policy": ["lifecycle-invalid"],
    "image-wiped": ["repository-wiped"],
    "image-window": ["image-window"],
    "image-archive": ["image-doomed"],
}


def keep(priority: int, number: int, *tags: str) -> dict[str, Any]:
    chosen: dict[str, Any] = {"tagStatus": "tagged", "tagPatternList": list(tags)} if tags else {"tagStatus": "any"}
    return rule(priority, **chosen, countType="imageCountMoreThan", countNumber=number)


def pasted(report: Report, template: Raw, name: str) -> Raw:
    """The template with the policy that a finding hands out."""
    properties = repository(template)
    properties["LifecyclePolicy"] = {"LifecyclePolicyText": json.dumps(json.loads(only(report, name).paste))}
    return template


@pytest.mark.parametrize("name", VERDICTS)
def test_the_verdict_on_every_image(name: str) -> None:
    judgements = {used.consumer.id.removeprefix(f"{name}/"): used.judgement for used in scenario(name).images.used}
    assert {
        consumer: (str(each.verdict), each.rule.priority if each.rule else None)
        for consumer, each in judgements.items()
    } == VERDICTS[name]


@pytest.mark.parametrize("name", ALL)
def test_what_is_found(name: str) -> None:
    assert [finding.rule for finding in scenario(name).findings if finding.rule in IMAGE_RULES] == FINDINGS.get(
        name, []
    )


@pytest.mark.parametrize("name", VERDICTS)
def test_every_witness_of_danger_replays_to_its_loss(name: str) -> None:
    for case in scenario(name).images.cases:
        for used in case.used:
            assert (used.judgement.witness is not None) == used.endangered
            if used.judgement.witness is not None:
                assert case.repository.policy is not None
                assert holds(case.repository.policy, used.judgement.witness)


@pytest.mark.parametrize(
    "name", ["image-keep-any", "image-age-any", "image-moving-tag", "image-and-list", "image-archive"]
)
def test_the_corrected_policy_pasted_in_leaves_no_danger_and_nothing_short(name: str, tmp_path: Path) -> None:
    template = pasted(scenario(name), body(name), FINDINGS[name][0])
    after = judged(tmp_path, template)
    assert {used.judgement.verdict for used in after.images.used} <= {Verdict.SAFE, Verdict.BOUNDED}
    assert {finding.rule for finding in after.findings} <= {"image-unknown"}


def test_a_danger_names_image_and_rule_first_and_then_tells_the_events() -> None:
    finding = only(scenario("image-keep-any"), "image-endangered")
    assert finding.message.splitlines()[:7] == [
        (
            "rule 1 of image-keep-any/Images (any image, keep 5) deletes :v42, which image-keep-any/Service runs, "
            "once 5 newer images exist: 12 to 36 hours after its push, at an assumed 10 pushes a day"
        ),
        (
            "image-keep-any/Service needs the image at every task start (scale-out, lost host, health replacement); "
            "without it, new tasks fail (CannotPullContainerError), down to no task at all"
        ),
        (
            "every push counts, whatever its tag: 5 / 10 a day = 12 hours, and ECR acts within 24 hours (AWS "
            "documentation); another pace: pushes-per-day in seawall.toml"
        ),
        "for example, with made-up names:",
        "day 0: v42 is pushed; image-keep-any/Service is deployed with v42",
        "day 1: 5 pushes, pr-101 to pr-105",
        "day 1: rule 1 deletes v42, and image-keep-any/Service needs it",
    ]
    assert (finding.severity, finding.confidence) == (Severity.ERROR, Confidence.HIGH)
    assert finding.place.property == "LifecyclePolicy.LifecyclePolicyText"
    assert json.loads(finding.paste)["rules"][0]["selection"]["tagPatternList"] == ["v*"]


def test_to_archive_is_an_outage() -> None:
    first = only(scenario("image-archive"), "image-doomed").message.splitlines()[0]
    assert first.endswith(
        "archives :v42, which image-archive/Function runs, 30 to 31 days after its last pull, without any push or "
        "deployment (harmless only if a newer image is deployed by then): an archived image cannot be pulled"
    )


def test_consumers_of_one_rule_share_a_finding(tmp_path: Path) -> None:
    template = with_policy(body("image-window"), keep(1, 5))
    finding = only(judged(tmp_path, template), "image-endangered")
    assert (finding.site, finding.also) == ("app/OldService", ("app/Service",))


def test_more_needed_at_once_than_kept_is_doom(tmp_path: Path) -> None:
    template = with_policy(body("image-window"), keep(1, 1))
    assert "keeps 1 of 2 images that are needed at once" in only(judged(tmp_path, template), "image-doomed").message


def test_rollbacks_decide_how_large_the_window_is() -> None:
    finding = only(scenario("image-window"), "image-window")
    assert finding.headline.endswith("keeps too few: 4 are needed = 2 in use + 2 to roll back to")
    says = "the oldest in use is deleted after 2 more releases"
    assert finding.facts == (f"{says}: 30 days = 2 x 30 days between deployments / 2 in use",)
    assert finding.assumptions == (
        (
            "assumes a deployment every 30 days and 1 image to roll back to (if not, set days-between-deployments and "
            "rollbacks in seawall.toml)"
        ),
    )
    assert not found(scenario("image-window", rollbacks=0), "image-window")


def test_a_stock_app_is_quiet_and_says_why() -> None:
    report = scenario("image-stock-assets")
    assert {used.judgement.why for used in report.images.used} == {STOCK_WHY}
    assert report.images.ignored == 1
    assert not report.findings


def test_an_invalid_policy_is_quoted_with_what_is_demanded() -> None:
    finding = only(scenario("image-invalid-policy"), "lifecycle-invalid")
    assert finding.message.splitlines()[:4] == [
        "ECR refuses rule 2 of the lifecycle policy of image-invalid-policy/Images: sinceImagePushed without countUnit",
        "it also refuses rule 1: it is for any images, and rule 2 comes after it",
        (
            "ECR requires: countUnit is days for the three since... count types; a rule for any images has the largest "
            "rulePriority of its storage class"
        ),
        "the deployment fails, and the policy that was there before stays in force",
    ]
    (step,) = finding.fix.steps
    assert (step.do, *step.notes) == (
        "change the policy, all in one deployment:",
        'rule 2: add "countUnit": "days"',
        "rule 1: give it the largest rulePriority of its storage class",
    )


def test_what_is_wrong_in_one_rule_is_said_together(tmp_path: Path) -> None:
    selection = {"tagStatus": "any", "countType": "sinceImagePushed", "countNumber": 0, "tagPrefixList": ["v"]}
    wrong = {"rulePriority": 3, "selection": selection, "action": {"type": "expire"}}
    finding = only(judged(tmp_path, with_policy(body("image-exact-tag"), wrong)), "lifecycle-invalid")
    assert finding.fix.text == (
        "rule 3: take the list of tags out, or set tagStatus to tagged; set countNumber to 1 or more; "
        'add "countUnit": "days"'
    )


@pytest.mark.parametrize(
    ("rules", "says", "mend"),
    [
        ([], "13 characters", 'add a rule, or a longer "description" to one that is there'),
        ([keep(1, 9, "v") | {"description": 31_000 * "x"}], "31,1", "merge rules, or shorten their descriptions"),
    ],
    ids=["short", "long"],
)
def test_a_policy_is_too_short_or_too_long(tmp_path: Path, rules: list[Raw], says: str, mend: str) -> None:
    finding = only(judged(tmp_path, with_policy(body("image-exact-tag"), *rules)), "lifecycle-invalid")
    assert finding.headline.startswith("ECR refuses the lifecycle policy of app/Images: ")
    assert says in finding.headline
    assert finding.fix.text == f"the policy: {mend}"


def test_each_constraint_says_what_to_change() -> None:
    assert [
        each.id for each in vars(problems).values() if isinstance(each, problems.Constraint) and not each.mend
    ] == []


def test_what_the_sources_leave_open_is_no_error(tmp_path: Path) -> None:
    template = with_policy(
        body("image-exact-tag"), keep(1, 1, "release-2026-11-20"), keep(2, 9, "a"), keep(3, 9, "a", "b")
    )
    finding = only(judged(tmp_path, template), "lifecycle-invalid")
    assert (finding.severity, finding.confidence) == (Severity.NOTE, Confidence.LOW)
    assert "may refuse" in finding.message


def test_a_policy_that_is_no_json_is_invalid(tmp_path: Path) -> None:
    template = body("image-keep-any")
    repository(template)["LifecyclePolicy"] = {"LifecyclePolicyText": "keep five"}
    assert "not JSON" in only(judged(tmp_path, template), "lifecycle-invalid").message


def test_a_policy_with_a_parameter_in_it_is_unknown(tmp_path: Path) -> None:
    template = body("image-keep-any")
    template["Parameters"] = {"Keep": {"Type": "Number"}}
    text = json.dumps({"rules": [keep(1, 77)]}).replace("77", "${Keep}")
    repository(template)["LifecyclePolicy"] = {"LifecyclePolicyText": {"Fn::Sub": text}}
    report = judged(tmp_path, template)
    (used,) = report.images.used
    assert used.judgement.verdict is Verdict.UNKNOWN
    assert "Keep" in used.judgement.why
    assert "Keep" in only(report, "image-unknown").message
    assert [finding.rule for finding in report.findings] == ["image-unknown"]
    assert {gap.what.value for gap in report.gaps} == {"setting", "image"}


def test_a_tag_that_is_not_known_is_asked_for(tmp_path: Path) -> None:
    template = with_policy(body("image-keep-any"), rule(1, tagStatus="tagged", tagPatternList=["pr-*"], **AGE))
    template["Parameters"] = {"Tag": {"Type": "String"}}
    template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]["Image"] = {
        "Fn::Sub": "${Images.RepositoryUri}:${Tag}"
    }
    report = judged(tmp_path, template)
    assert [used.judgement.verdict for used in report.images.used] == [Verdict.UNKNOWN]
    assert [(finding.rule, finding.severity) for finding in report.findings] == [("image-unknown", Severity.NOTE)]


def test_families_that_no_template_names_are_no_dead_rules(tmp_path: Path) -> None:
    template = with_policy(body("image-keep-any"), keep(1, 20, "release-*"), keep(2, 9, "review-*"), keep(3, 5))
    assert not found(judged(tmp_path, template), "lifecycle-dead-rule")


@pytest.mark.parametrize("number", [5, 9999])
def test_a_shield_that_names_no_tag_in_use_is_dead(number: int, tmp_path: Path) -> None:
    pattern = "sha256." if number == 5 else "production-*"
    template = with_policy(body("image-keep-any"), keep(1, number, pattern), keep(2, 5))
    message = only(judged(tmp_path, template), "lifecycle-dead-rule").message
    assert message.endswith("protects no image in use\nno tag in use (v42) meets it")


def test_a_rule_below_one_that_claims_everything_is_dead(tmp_path: Path) -> None:
    template = with_policy(body("image-exact-tag"), keep(1, 100_000, "*"), keep(2, 9, "prod*"))
    finding = only(judged(tmp_path, template), "lifecycle-dead-rule")
    assert (finding.confidence, finding.message.splitlines()[0]) == (
        Confidence.HIGH, "rule 2 of app/Images (tags prod*, keep 9) never acts",
    )  # fmt: skip
    assert finding.facts == (
        "rule 1 (tags *, keep 100000) matches all that it selects, and the first match alone decides",
    )
    assert finding.fix.text == "move rule 2 above rule 1, or remove it"


def test_wiped_by_a_change_of_its_name() -> None:
    finding = only(scenario("image-wiped"), "repository-wiped")
    assert finding.severity is Severity.ERROR
    assert finding.message.splitlines() == [
        (
            "a deployment that changes RepositoryName deletes every image of image-wiped/Images, those in use too: "
            ":v42, which image-wiped/Service runs"
        ),
        "EmptyOnDelete deletes the images before the repository goes",
        "CloudFormation makes a new repository first, which is empty, and then removes this one",
    ]


def test_a_nameless_repository_in_the_stack_of_its_users_is_a_warning(tmp_path: Path) -> None:
    template = body("image-wiped")
    del repository(template)["RepositoryName"]
    assert only(judged(tmp_path, template), "repository-wiped").severity is Severity.WARNING


@pytest.mark.parametrize("change", ["retained", "not emptied", "not used"])
def test_not_wiped(change: str, tmp_path: Path) -> None:
    template = body("image-wiped")
    if change == "retained":
        template["Resources"]["Images"] |= {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    elif change == "not emptied":
        del repository(template)["EmptyOnDelete"]
    else:
        del template["Resources"]["Task"]
        del template["Resources"]["Service"]
    assert not found(judged(tmp_path, template), "repository-wiped")


def test_wiped_with_its_stack_by_what_another_stack_runs(tmp_path: Path) -> None:
    template = body("image-wiped")
    template["Resources"]["Images"]["UpdateReplacePolicy"] = "Retain"
    users = {"Resources": {name: template["Resources"].pop(name) for name in ("Task", "Service")}}
    users["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]["Image"] = {
        "Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/web:v42"
    }
    for name, each in {"images": template, "users": users}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(each))
    finding = only(report_of(load([tmp_path])), "repository-wiped")
    assert finding.message.startswith(
        "the deletion of its stack deletes every image of images/Images, those in use too"
    )
    assert finding.severity is Severity.ERROR


def test_images_of_both_sides_of_a_condition_are_not_needed_at_once(tmp_path: Path) -> None:
    template = with_policy(body("image-keep-any"), keep(1, 1, "v*"))
    template["Conditions"] = {"New": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    container = template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]
    container["Image"] = {
        "Fn::If": ["New", *({"Fn::Sub": f"${{Images.RepositoryUri}}:{tag}"} for tag in ("v42", "v41"))]
    }
    report = judged(tmp_path, template)
    assert not found(report, "image-doomed")
    finding = only(report, "image-window")
    assert finding.confidence is Confidence.MEDIUM
    assert "assumes what the conditions New lead to" in finding.message


def test_a_task_definition_that_nothing_starts_is_a_warning(tmp_path: Path) -> None:
    template = body("image-keep-any")
    del template["Resources"]["Service"]
    finding = only(judged(tmp_path, template), "image-endangered")
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.MEDIUM)
    assert "assumes something outside the app starts tasks of app/Task" in finding.message


def test_the_topic_chooses_rules_and_what_is_worked_out() -> None:
    retries = scenario("image-keep-any", topics=frozenset({"retries"}))
    assert not retries.findings
    assert not retries.images.cases
    images = scenario("case-02-queue-without-redrive", topics=frozenset({"images"}))
    assert not images.findings


def test_acknowledgements_of_the_other_topic_are_left_alone() -> None:
    accepted = [Acknowledgement("image-endangered", "rebuilt every day", "")]
    report = scenario("image-keep-any", accepted, topics=frozenset({"retries"}))
    assert not report.findings
    report = scenario("image-keep-any", accepted)
    assert [each.finding.rule for each in report.suppressed] == ["image-endangered"]
    stale = scenario("image-exact-tag", accepted, topics=frozenset({"images"}))
    assert [finding.rule for finding in stale.findings] == ["unmatched-acknowledgement"]


@pytest.mark.parametrize("path", ["Service", "Images"])
def test_acknowledged_at_the_repository_or_at_what_runs_the_image(path: str) -> None:
    accepted = [Acknowledgement("image-endangered", "rebuilt every day", f"image-keep-any/{path}")]
    assert not scenario("image-keep-any", accepted).findings


def test_rollbacks_are_at_least_none() -> None:
    with pytest.raises(ValueError, match="rollbacks must be at least 0"):
        Settings(rollbacks=-1)


def test_what_is_pasted_is_what_was_proven() -> None:
    (case,) = scenario("image-keep-any").images.cases
    assert isinstance(case.repaired, PolicyRepair)
    assert to_json(case.repaired.policy, rows=True) in only(scenario("image-keep-any"), "image-endangered").paste
    entry = document(scenario("image-keep-any"))["images"][0]
    assert (entry["verdict"], entry["rule_priority"], entry["witness"][-1]["event"]) == ("endangered", 1, "expired")


@pytest.mark.parametrize(("number", "expected"), [(3, "bounded"), (1, "bounded")])
def test_versions_of_a_staged_asset_are_deployments(number: int, expected: str, tmp_path: Path) -> None:
    template = with_policy(body("image-keep-any"), keep(1, number))
    template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]["Image"] = {
        "Fn::Sub": "${Images.RepositoryUri}:" + "4f5c1d7a" * 8
    }
    report = judged(tmp_path, template)
    assert [str(used.judgement.verdict) for used in report.images.used] == [expected]
    assert [finding.rule for finding in report.findings] == (["image-window"] if number == 1 else [])


def test_an_age_on_staged_assets_still_counts(tmp_path: Path) -> None:
    template = with_policy(body("image-keep-any"), rule(1, tagStatus="any", **AGE))
    template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]["Image"] = {
        "Fn::Sub": "${Images.RepositoryUri}:" + "4f5c1d7a" * 8
    }
    assert only(judged(tmp_path, template), "image-doomed")


def test_an_import_keeps_a_repository_from_being_wiped(tmp_path: Path) -> None:
    template = body("image-wiped")
    template["Outputs"] = {
        "Uri": {"Value": {"Fn::GetAtt": ["Images", "RepositoryUri"]}, "Export": {"Name": "web-uri"}},
    }
    users = {"Resources": {name: template["Resources"].pop(name) for name in ("Task", "Service")}}
    users["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]["Image"] = {
        "Fn::Join": ["", [{"Fn::ImportValue": "web-uri"}, ":v42"]]
    }
    for name, each in {"images": template, "users": users}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(each))
    report = report_of(load([tmp_path]))
    assert [used.judgement.repository for used in report.images.used] == ["images/Images"]
    assert not found(report, "repository-wiped")


def test_the_change_stands_in_the_language_of_its_author(tmp_path: Path) -> None:
    template = body("image-keep-any")
    in_yaml = "LifecyclePolicyText: |\n  {"
    for name, written, begins in (
        ("a.json", json.dumps, '"LifecyclePolicyText": "{'),
        ("b.yaml", yaml.safe_dump, in_yaml),
        ("c.template", yaml.safe_dump, in_yaml),
    ):
        path = tmp_path / name
        path.write_text(written(template))
        finding = only(report_of(load([path])), "image-endangered")
        remedy = finding.changes[0]
        (edit,) = remedy.edits
        assert edit.edit.startswith(begins)
        assert json.loads(edit.new) == json.loads(finding.paste)
        assert edit.place.property == "LifecyclePolicy.LifecyclePolicyText"
        assert remedy.effect == "at most 5 -> at most 12 images kept"  # v*, keep 7, above any, keep 5
    template["Resources"]["Images"]["Metadata"] = {"aws:cdk:path": "S/Images/Resource"}
    path.write_text(json.dumps(template))
    finding = only(report_of(load([path])), "image-endangered")
    assert finding.changes[0].edits[0].edit.startswith("lifecycle_rules=[\n    ecr.LifecycleRule(")


def test_many_images_under_a_tag_that_moves_have_their_reason(tmp_path: Path) -> None:
    """600 superseded images of a service on `latest`, against 11 before; a release needs none of that."""
    for tag, many in (("latest", True), ("v42", False)):
        image = {"Fn::Sub": f"${{Images.RepositoryUri}}:{tag}"}
        resources = {
            "Images": {
                "Type": "AWS::ECR::Repository",
                "Properties": {"LifecyclePolicy": policy(keep(1, 10))},
            },
            "Fn": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"PackageType": "Image", "Code": {"ImageUri": image}},
            },
        }
        finding = only(judged(tmp_path, {"Resources": resources}), "image-endangered")
        assert ("nothing marks which image under :latest is deployed" in finding.fix.text) is many
