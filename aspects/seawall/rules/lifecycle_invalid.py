"""`lifecycle-invalid`: ECR would refuse a lifecycle policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seawall.images import Problem
from seawall.images.analysis import RepositoryCase

from .context import Context
from .fixes import Fix
from .image_places import TOPIC, policy_place
from .model import Confidence, Example, Finding, Rule, Severity

_UNTIL = "the deployment fails, and the policy that was there before stays in force"


def check(context: Context) -> Iterator[Finding]:
    """One finding per policy for what ECR surely refuses, and a note for what it may refuse."""
    for case in context.images.cases:
        certain = [problem for problem in case.problems if problem.certain]
        if certain:
            yield _finding(context, case, certain, RULE.severity, Confidence.HIGH)
        elif case.problems:
            yield _finding(context, case, list(case.problems), Severity.NOTE, Confidence.LOW)


def _finding(
    context: Context, case: RepositoryCase, problems: list[Problem], severity: Severity, confidence: Confidence
) -> Finding:
    first, *further = problems
    verb = "refuses" if severity is RULE.severity else "may refuse"
    sources = dict.fromkeys(problem.constraint.source for problem in problems)
    wanted = dict.fromkeys(problem.constraint.text for problem in problems)
    required = "requires" if severity is RULE.severity else "may require"
    facts = [f"it also {verb} {_where(each)}: {each.text}" for each in further]
    facts += [f"ECR {required}: {'; '.join(wanted)}"]
    facts += [_UNTIL] if severity is RULE.severity else []
    within = "" if first.rule_priority is None else f"{_where(first)} of "
    return Finding(
        rule=RULE.id,
        severity=severity,
        confidence=confidence,
        place=policy_place(context, case),
        site=case.repository.key,
        headline=f"ECR {verb} {within}the lifecycle policy of {case.repository.key}: {first.text}",
        facts=tuple(facts),
        details=tuple(f"source: {source}" for source in sources),
        fix=_fix(problems),
        shape=tuple(problem.constraint.id for problem in problems),
    )


def _fix(problems: Iterable[Problem]) -> Fix:
    """What to change, rule by rule."""
    by_rule: dict[str, dict[str, None]] = {}
    for problem in problems:
        by_rule.setdefault(_where(problem), {})[problem.constraint.mend] = None
    changes = [f"{where}: {'; '.join(mends)}" for where, mends in by_rule.items()]
    return (
        Fix.of(changes[0]) if len(changes) == 1 else Fix.of("change the policy, all in one deployment:", notes=changes)
    )


def _where(problem: Problem) -> str:
    return "the policy" if problem.rule_priority is None else f"rule {problem.rule_priority}"


RULE = Rule(
    id="lifecycle-invalid",
    severity=Severity.ERROR,
    title="ECR would refuse the lifecycle policy at deploy time",
    what=(
        "Checks each lifecycle policy, those of repository creation templates too, against everything that ECR "
        "requires, and says which rule breaks what. What AWS's documentation leaves open is a note, never an error."
    ),
    why=(
        "CDK lets several of these through, and so does CloudFormation: the deployment fails halfway. Until it is "
        "mended, the policy that was there before stays in force."
    ),
    example=Example(
        """\
{"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}},
{"rulePriority": 2, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed",
                                  "countUnit": "days", "countNumber": 7}}
""",
        "json",
    ),
    fix="Change what the finding names; the sources list everything that ECR requires.",
    better=Example(
        """\
{"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed",
                                  "countUnit": "days", "countNumber": 7}},
{"rulePriority": 2, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}}
""",
        "json",
    ),
    sources=(
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html",
    ),
    check=check,
    topic=TOPIC,
)
