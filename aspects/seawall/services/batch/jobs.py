"""AWS Batch: job definitions, whose jobs are tried as often as a retry strategy says.

`Attempts` is a total. A strategy in the request that submits a job takes the place of the definition's, and applies to
each child of an array job. Conditions of `EvaluateOnExit` may end the tries of some failures at once.

Sources: https://docs.aws.amazon.com/batch/latest/APIReference/API_RetryStrategy.html,
https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-batch-jobdefinition-retrystrategy.html,
read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph.facts import Fact
from seawall.graph.model import ONCE, FailureClass, IdleSetting, Place, Tries
from seawall.template import Absent, Known, Props, Resource, Setting, Target, Value, ValueStatus

from ..registry import Arrival, finisher, receiver, sites
from ..wiring import Wiring
from ..work import submitted, total_tries, works

DEFINITION = "AWS::Batch::JobDefinition"
DEFINITIONS = (DEFINITION, "AWS::GammaDilithium::JobDefinition")
"""The schemas list a second type with the same properties; it is read alike."""
MOST_ATTEMPTS = Fact(10, "https://docs.aws.amazon.com/batch/latest/APIReference/API_RetryStrategy.html", "2026-11-29")
"""`Attempts` that Batch takes at most."""
_NODES = ("NodeProperties", "NodeRangeProperties")
_HOST_LOST = "host ec2"
"""How the status reason of a job begins whose instance was taken away."""


@sites(*DEFINITIONS)
def definition(wiring: Wiring, resource: Resource) -> None:
    """The containers of a job definition are code that runs under the job's role."""
    containers = list(_containers(wiring.props(resource)))
    roles = [each.value(name) for each in containers for name in ("JobRoleArn", "TaskRoleArn")]
    environment = [value for each in containers for value in _environment(each)]
    works(wiring, resource, "batch-job", role="ContainerProperties.JobRoleArn", roles=roles, environment=environment)


def _containers(props: Props) -> Iterator[Props]:
    """Sections that hold a role, an environment, or both."""
    yield props.at("ContainerProperties")
    yield from _of_tasks(props.at("EcsProperties"))
    yield from (item.props for item in props.items("EksProperties", "PodProperties", "Containers"))
    for node in props.items(*_NODES):
        yield node.props.at("Container")
        yield from _of_tasks(node.props.at("EcsProperties"))


def _of_tasks(section: Props) -> Iterator[Props]:
    for task in section.items("TaskProperties"):
        yield task.props
        yield from (item.props for item in task.props.items("Containers"))


def _environment(container: Props) -> Iterator[Value]:
    for name in ("Environment", "Env"):
        yield from (variable.props.value("Value") for variable in container.items(name))
    yield from (word.props.value() for word in container.items("Command"))


@receiver(*DEFINITIONS)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """A job of the definition is submitted."""
    return submit(wiring, resource)


def submit(wiring: Wiring, resource: Resource, by: str = "", attempts: Setting[int] | None = None) -> str:
    """The site where jobs wait that were submitted, with the `attempts` that the request of `by` gives, if any."""
    if attempts is not None and attempts.status is not ValueStatus.DEFAULT:
        tries = total_tries(wiring, resource, attempts)
        place = Place(resource.address, "RetryStrategy.Attempts")
        return submitted(wiring, f"{resource.site_id}#jobs of {by}", resource.site_id, place, tries, "batch-attempt")
    site = f"{resource.site_id}#jobs"
    if site in wiring.sites:
        return site
    strategy = wiring.props(resource).at("RetryStrategy")
    tries = total_tries(wiring, resource, strategy.integer("Attempts", default=1))
    place = Place(resource.address, "RetryStrategy.Attempts")
    return submitted(wiring, site, resource.site_id, place, _evaluated(strategy, tries), "batch-attempt")


def _evaluated(strategy: Props, tries: Mapping[str, Tries]) -> Mapping[str, Tries]:
    """Failures whose first condition says EXIT are not tried again."""
    ended = [failure for failure in tries if not _retried(strategy, failure)]
    return {failure: ONCE if failure in ended else counted for failure, counted in tries.items()}


def _retried(strategy: Props, failure: str) -> bool:
    """Whether some failure of the class may be tried again; without a condition that matches it is."""
    for item in strategy.items("EvaluateOnExit"):
        given = [item.props.text(name) for name in ("OnExitCode", "OnReason", "OnStatusReason")]
        asked = [each for each in given if each.status is not ValueStatus.DEFAULT]
        host_lost = (item.props.text("OnStatusReason").value or "").lower().startswith(_HOST_LOST)
        if host_lost and failure != FailureClass.FAULT:
            continue
        if (item.props.text("Action").value or "").upper() != "EXIT":
            return True
        if all(each.value == "*" for each in asked):
            return False
    return True


@finisher(order=20)
def idle_strategies(wiring: Wiring) -> None:
    """Retry strategies of definitions whose every request brings one of its own, and conditions that nothing asks."""
    for resource in wiring.app.by_type.get(DEFINITION, ()):
        strategy = wiring.props(resource).at("RetryStrategy")
        attempts = strategy.integer("Attempts", default=1)
        place = Place(resource.address, "RetryStrategy")
        overridden = any(site.startswith(f"{resource.site_id}#jobs of ") for site in wiring.sites)
        if overridden and (attempts.value or 1) > 1 and f"{resource.site_id}#jobs" not in wiring.sites:
            what = f"the retry strategy of the job definition (Attempts = {attempts.value})"
            why = "every request that submits a job of it brings its own, which takes its place"
            wiring.idle.append(IdleSetting(resource.site_id, place, what, why))
        elif strategy.exists("EvaluateOnExit") and attempts.value == 1:
            why = "a job of one attempt is never tried again, whatever its exit"
            wiring.idle.append(IdleSetting(resource.site_id, place, "EvaluateOnExit of the job definition", why))


def setting(value: Value, property_: str) -> Setting[int]:
    """`Attempts` that stand in a request of a state machine."""
    if isinstance(value, Absent):
        return Setting(None, ValueStatus.DEFAULT, property_)
    number = value.value if isinstance(value, Known) else None
    if isinstance(number, int) and not isinstance(number, bool):
        return Setting(number, ValueStatus.KNOWN, property_)
    return Setting(None, ValueStatus.UNKNOWN, property_, "Attempts is chosen when the state runs")


def attempts_in(section: Props) -> Setting[int]:
    """`Attempts` of the retry strategy in a request or in a target's parameters."""
    return section.integer("RetryStrategy", "Attempts")
