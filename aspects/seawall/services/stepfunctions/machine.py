"""State machines as sites, their states as steps, and the hops that tasks make."""

from __future__ import annotations

from seawall.graph.model import Drop, Place, Site, When
from seawall.template import Resource, Target
from seawall.words import some

from ..keeping import WATCHED
from ..registry import Arrival, hops, receiver, sites
from ..wiring import Wiring
from .failures import MAP_FAILED
from .idle import idle_retriers
from .keeping import kept_by_catch
from .plans import only_after_failure, own_tries, plan_of
from .reading import nested, read
from .tasks import calls, is_provider_waiter, results

MACHINE = "AWS::StepFunctions::StateMachine"


def express(wiring: Wiring, resource: Resource) -> bool | None:
    """Whether a machine is an Express one; None where its type is unknown."""
    kind = wiring.props(resource).text("StateMachineType", default="STANDARD").value
    return None if kind is None else kind == "EXPRESS"


@receiver(MACHINE)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """An execution starts at the machine."""
    return resource.site_id


@receiver("AWS::StepFunctions::StateMachineAlias", "AWS::StepFunctions::StateMachineVersion")
def arrives_by_alias(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Through an alias or version, an execution of its machine starts."""
    props = wiring.props(resource)
    names = [props.value("StateMachineRevisionArn"), props.value("StateMachineArn")]
    names.append(props.value("DeploymentPreference", "StateMachineVersionArn"))
    names += [item.props.value("StateMachineVersionArn") for item in props.items("RoutingConfiguration")]
    for value in names:
        for behind in wiring.targets(resource, value):
            site = wiring.arrive(behind, arrival)
            if site is not None:
                return site
    return None


@sites(MACHINE)
def machine(wiring: Wiring, resource: Resource) -> None:
    """A machine is a site with a plan; its tasks, Parallels and Maps are sites inside it."""
    found = read(wiring, resource)
    place = Place(resource.address)
    if found is None:
        wiring.site(Site(resource.site_id, "state-machine", place, works=True))
        return
    provider = is_provider_waiter(wiring, found)
    plan = plan_of(found, [found.definition.top], resource.site_id)
    wiring.site(Site(resource.site_id, "state-machine", place, plan=plan, works=True, framework=provider))
    for state, inside in nested(found):
        fails_as = MAP_FAILED if state.distributed else None
        at_once = state.at_once
        own = plan_of(found, state.branches, found.id(state), fails_as, at_once) if state.branches else None
        wiring.site(Site(found.id(state), "state", found.place(state), inside, own, works=True, framework=provider))


@hops(MACHINE)
def states(wiring: Wiring, resource: Resource) -> None:
    """Every working state hangs on its container, and calls what its `Resource` names."""
    found = read(wiring, resource)
    if found is None:
        return
    aside: dict[str, frozenset[str]] = {}
    for state, inside in nested(found):
        if inside not in aside:
            aside[inside] = only_after_failure(found, inside)
        wiring.hop(
            inside,
            found.id(state),
            "state",
            found.place(state, "Retry"),
            awaits=True,
            when=When.FAILURE if state.name in aside[inside] else When.ALWAYS,
            tries=own_tries(found, state),
            assumption="more items fail than the Map tolerates" if state.tolerates_some else "",
        )
        idle_retriers(wiring, found, state)
        if state.type == "Task":
            calls(wiring, found, state)
        elif state.type == "Map":
            results(wiring, found, state)
    failing, puts = kept_by_catch(wiring, resource, found)
    if failing:
        kept = "" if express(wiring, resource) else ", and only its history keeps the input"
        what = f"nothing that the app declares sees the failed execution{kept}"
        named = [state.name for state in failing if state.type != "Fail"]
        where = f" of {some(named, 3)}" if puts else ""
        fix = (
            f"catch the failure{where} (States.ALL) and send the input to a dead-letter queue without a consumer, "
            f"{WATCHED}"
        )
        wiring.drops.append(Drop(resource.site_id, Place(resource.address), what, fix, puts))
