"""`seawall audit`: write what is deployed in one account and Region as files that `seawall check` reads."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seawall.audit.errors import AuditError
from seawall.audit.reading import connected
from seawall.audit.taking import take, whoami
from seawall.audit.writing import prepared, write
from seawall.words import plural

from .exits import Exit, UsageError
from .output import complain, emit


def audit(arguments: argparse.Namespace) -> Exit:
    """Run the command with parsed arguments."""
    directory: Path = arguments.output
    try:
        account, region = connected(arguments.profile, arguments.region)
        number, partition = whoami(account)
        prepared(directory)
        _say(f"account {number}, {region}, into {directory}")
        snapshot, journal = take(
            account, number, region, directory, only=arguments.stack, with_code=arguments.code, say=_say
        )
        told = write(snapshot, directory, partition)
        journal.done()
    except AuditError as error:
        raise UsageError(str(error)) from None
    emit("\n".join(_summary(directory, told, snapshot.unread)) + "\n")
    lost = any(each["state"] == "deleted today" for one in told["images"] for each in one["running"])
    return Exit.FINDINGS if lost else Exit.CLEAN


def _say(message: str) -> None:
    complain(f"audit: {message}")


def _summary(directory: Path, told: dict[str, Any], unread: list[str]) -> Iterator[str]:
    elsewhere = plural(told["elsewhere"], "resource")
    stacks = plural(told["stacks"], "stack")
    yield f"{stacks}; {elsewhere} that no stack holds; {told['differing']:,} that differ from their template"
    for one in told["images"]:
        yield from _repository(one)
    for why in sorted(unread):
        yield f"could not read {why}"
    yield f"Read it with: seawall check {directory}"


def _repository(one: dict[str, Any]) -> Iterator[str]:
    """What the rules of a repository would do today."""
    for rule in one["deletes"]:
        count = plural(len(rule["images"]), "image")
        yield f"{one['repository']}: rule {rule['rule']} would take {count} today ({rule['action']})"
    for user in one["running"]:
        if user["state"] != "kept":
            digest = (user["digest"] or "an unknown digest")[:19]
            yield f"{one['repository']}: {user['consumer']} runs {digest}: {user['state']}: {user['why']}"
    running = len({user["digest"] for user in one["running"] if user["state"] == "kept"})
    if running:
        yield f"{one['repository']}: {plural(running, 'running image')} {'stays' if running == 1 else 'stay'}"
