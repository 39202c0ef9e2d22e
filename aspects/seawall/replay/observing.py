"""What an emulator shows of an experiment: the stubs' notes, its queues, its executions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from seawall.services.playing import PLAYED, Tally

from .counts import Key, What
from .courses import plain
from .deployment import Deployment
from .log import Log

_SCHEDULED = ("TaskScheduled", "LambdaFunctionScheduled")


def observe(deployment: Deployment, log: Log) -> Mapping[Key, int]:
    """The answers for everything deployed that can be counted."""
    one = deployment.translation
    found: dict[Key, int] = {}
    received = Counter(each.queue for each in log.received)
    ids: dict[str, set[str]] = {}
    for each in log.received:
        ids.setdefault(each.queue, set()).add(each.message)
    for site, resource in one.deployed.items():
        name = one.names.name(resource)
        match PLAYED[resource.type].tally:
            case Tally.RUNS:
                found[Key(site, What.RUNS)] = log.runs[site]
            case Tally.EXECUTIONS:
                found |= _executions(deployment, site, one.arn(resource))
            case Tally.MESSAGES:
                present = ids.setdefault(name, set()) | set(deployment.remaining(name))
                ids[name] = present
                found[Key(site, What.MESSAGES)] = len(present)
                found[Key(site, What.RECEIVES)] = received[name]
    for site, resource in one.deployed.items():
        made = one.resources.get(one.names.id(resource), {}).get("Properties", {})
        if "RedrivePolicy" in made:
            dead = one.resources[made["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]
            name = dead["Properties"]["QueueName"]
            found[Key(site, What.DEAD_LETTERS)] = len(ids.get(made["QueueName"], set()) & ids.get(name, set()))
    return found


def _executions(deployment: Deployment, site: str, arn: str) -> Mapping[Key, int]:
    """Executions of one machine, and how often each of its outermost states ran.

    The emulator's histories hold nothing of what happens inside Parallel and Map states.
    """
    executions = deployment.executions(arn)
    found = Counter({Key(site, What.EXECUTIONS): len(executions)})
    for name in _outermost(deployment, site):
        found[Key(f"{site}#{name}", What.STATE_RUNS)] = 0
    for execution in executions:
        key: Key | None = None
        for event in deployment.history(execution["executionArn"]):
            if event["type"].endswith("StateEntered"):
                key = Key(f"{site}#{plain(event['stateEnteredEventDetails']['name'])}", What.STATE_RUNS)
            elif event["type"] in _SCHEDULED and key is not None and key in found:
                found[key] += 1
    return found


def _outermost(deployment: Deployment, site: str) -> list[str]:
    sites: Mapping[str, Any] = deployment.translation.flow.sites
    left = deployment.translation.left
    steps = [each for each in sites.values() if each.inside == site and each.id not in left]
    return [each.id.rpartition("#")[2] for each in steps if not each.plan]
