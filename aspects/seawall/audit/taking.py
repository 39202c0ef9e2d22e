"""One audit from the first call to the last: what is read in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from . import collectors, stacks
from .code import code_of
from .collectors import Collection
from .errors import AuditError
from .journal import Journal
from .merging import function_name, name_of
from .model import LiveResource, Snapshot
from .reading import AwsAccount, NotAllowedError, RefusedCallError

_ROLES = ("Role", "RoleArn")


def whoami(account: AwsAccount) -> tuple[str, str]:
    """The account's number and the partition that it is in."""
    try:
        arn = str(account.call("sts", "get_caller_identity")["Arn"])
    except (NotAllowedError, RefusedCallError) as error:
        raise AuditError(f"cannot ask which account this is ({error})") from None
    fields = arn.split(":")
    return fields[4], fields[1]


def take(
    account: AwsAccount,
    number: str,
    region: str,
    directory: Path,
    *,
    only: Iterable[str] = (),
    with_code: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Snapshot, Journal]:
    """Read what is deployed; what was read is kept in a journal in `directory` until that is told that all is done.

    Args:
        account: Whom to ask.
        number: The account's number.
        region: Its Region.
        directory: Where the snapshot will stand.
        only: Names of stacks to keep to; everything if there are none.
        with_code: Whether the code of functions is taken along.
        say: Is told how far it is.
    """
    only = sorted(only)
    journal = Journal(directory, f"{number}/{region}" + (f" {','.join(only)}" if only else ""))
    if journal.resumed:
        say(f"going on where an audit stopped: {journal.resumed:,} answers are there")
    aws = Collection(account, journal, say)
    try:
        snapshot = Snapshot(number, region)
        collectors.others(aws)
        early = [*collectors.queues(aws), *collectors.topics(aws), *collectors.machines(aws)]
        functions = list(collectors.functions(aws))
        snapshot.stacks = list(stacks.stacks(aws, only))
        found = [*early, *functions, *collectors.mappings(aws), *collectors.rules(aws), *collectors.pipes(aws)]
        found += chain(collectors.schedules(aws), collectors.repositories(aws))
        snapshot.found = list(_wanted(snapshot, found) if only else found)
        names = [one.name for one in snapshot.found if one.type == "AWS::Lambda::Function"]
        snapshot.found += collectors.invoke_configs(aws, names)
        snapshot.found += collectors.roles(aws, _roles(snapshot.found, number))
        _read_images(aws, snapshot, number)
        if with_code:
            for one in snapshot.found:
                if one.type == "AWS::Lambda::Function" and one.properties.get("PackageType") != "Image":
                    code_of(aws, one.name, directory, snapshot.code)
        snapshot.unread = aws.unread
    except BaseException:
        journal.close()
        raise
    return snapshot, journal


def _read_images(aws: Collection, snapshot: Snapshot, number: str) -> None:
    for one in snapshot.found:
        if one.type == "AWS::ECR::Repository":
            policy = (one.properties.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
            images = collectors.images(aws, one.name)
            snapshot.repositories.append({"name": one.name, "account": number, "policy": policy, "images": images})
    functions = [one for one in snapshot.found if one.type == "AWS::Lambda::Function"]
    if snapshot.repositories:
        snapshot.running = collectors.running(aws, functions)


def _roles(found: Iterable[LiveResource], account: str) -> set[str]:
    """Roles of this account that what was found runs with."""
    arns: set[str] = set()
    for one in found:
        target = one.properties.get("Target")
        said = [one.properties.get(name) for name in _ROLES]
        said += [target.get("RoleArn")] if isinstance(target, dict) else []
        said += [each.get("RoleArn") for each in one.properties.get("Targets") or ()]
        arns.update(each for each in said if isinstance(each, str) and f":iam::{account}:role/" in each)
    return arns


def _wanted(snapshot: Snapshot, found: Iterable[LiveResource]) -> Iterable[LiveResource]:
    """What the stacks that were asked for hold, and the mappings and subscriptions of it."""
    names = {name_of(_type(one, key), key) for one in snapshot.stacks for key in one.physical.values()}
    names |= {key for one in snapshot.stacks for key in one.physical.values()}
    for one in found:
        function = one.properties.get("FunctionName") if one.type == "AWS::Lambda::EventSourceMapping" else None
        topic = one.properties.get("TopicArn")
        if one.name in names or (function and function_name(function) in names) or topic in names:
            yield one


def _type(stack: object, physical: str) -> str:
    del stack
    return "AWS::SQS::Queue" if "://" in physical else ""
