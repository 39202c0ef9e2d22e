"""Makes each node of templates unresolvable in turn: the figures stay or a gap appears, never greener in silence.

``python -m bench.silence FOLDER`` (`make silence CORPUS=DIR`) goes through a folder, else through the scenarios.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

import seawall
from seawall.engine import Report
from seawall.graph import CLASSES
from seawall.rules import Severity
from seawall.template import InputError
from seawall.template.asl import is_own_file
from seawall.template.source import read_template

from .processes import ROOT

SCENARIOS = ROOT / "tests" / "scenarios"
UNKNOWN = "SeawallUnknown"
Json: TypeAlias = Any
Steps: TypeAlias = tuple[str | int, ...]

_REPLACEMENTS: tuple[Json, ...] = (
    {"Ref": UNKNOWN},
    {"Fn::Transform": {"Name": "SomeMacro", "Parameters": {}}},
    {"Fn::Unheard": ["of"]},
    {"Fn::Sub": f"a-${{{UNKNOWN}}}"},
)
_LEFT_ALONE = frozenset({"Description", "Tags", "Comment", "Metadata", "Type", "DeletionPolicy", "UpdateReplacePolicy"})
"""Keys below which nothing acts, or where CloudFormation takes literals only."""
_DEFINITIONS = {"AWS::StepFunctions::StateMachine": "DefinitionString"}
_NO_VERDICT = frozenset({"unmatched-acknowledgement", "image-unknown"})
"""Rules that say what is unknown, or that somebody accepts something."""


class Silence(Struct, frozen=True):
    """A node that, unresolvable, makes the report greener without a word."""

    steps: Steps
    replaced_by: str
    lost: tuple[str, ...]
    """The figures and findings that went."""

    @property
    def where(self) -> str:
        """The place as a path."""
        return ".".join(map(str, self.steps))


class Known(Struct, frozen=True):
    """What a report says, for a comparison."""

    figures: Mapping[tuple[str, str], tuple[float, bool]]
    findings: frozenset[tuple[str, str]]
    gaps: frozenset[tuple[str, str, str]]
    notes: frozenset[tuple[str, str]]
    """Inputs that were not read."""

    @classmethod
    def of(cls, report: Report) -> Known:
        """Of a report."""
        attempts, flow = report.analysis.attempts, report.analysis.flow
        figures = {}
        for name, site in flow.sites.items():
            if site.works:
                for failure in CLASSES:
                    count = attempts.of(name, failure)
                    figures[name, failure.value] = (float(count.value), count.exact)
        found = {(one.rule, one.site) for one in report.findings if one.severity >= Severity.WARNING}
        return cls(
            figures,
            frozenset(pair for pair in found if pair[0] not in _NO_VERDICT),
            frozenset(gap.key() for gap in report.gaps),
            frozenset((each.path, each.why) for each in report.app.skipped),
        )

    def greener(self, now: Known) -> tuple[str, ...]:
        """What of this is missing or lower `now`; nothing where a gap has appeared."""
        if now.gaps - self.gaps or now.notes - self.notes:
            return ()
        lost = []
        for (name, failure), (value, exact) in self.figures.items():
            after = now.figures.get((name, failure))
            if after is None:
                lost.append(f"{name} is gone")
            elif exact and after[1] and after[0] < value:
                lost.append(f"{name} {failure} {value:g} -> {after[0]:g}")
        lost += [f"{rule} at {site}" for rule, site in self.findings - now.findings]
        return tuple(dict.fromkeys(lost))


def silences(body: Mapping[str, Json], every: int = 1, turn: int = 0) -> Iterator[Silence]:
    """Nodes of a template that make it greener in silence; looks at one of `every` nodes, the same ones each time.

    Each node is replaced in one of several ways; `turn` goes on to the next.
    """
    before = Known.of(seawall.check(dict(body)))
    for steps in nodes(body):
        number = zlib.crc32(repr(steps).encode())
        if number % every:
            continue
        replacement = _REPLACEMENTS[(number // every + turn) % len(_REPLACEMENTS)]
        changed = _with(body, steps, replacement)
        try:
            now = Known.of(seawall.check(changed))
        except InputError:
            continue  # it says that it cannot be read
        lost = before.greener(now)
        if lost:
            yield Silence(steps, json.dumps(replacement), lost)


def nodes(body: Mapping[str, Json]) -> Iterator[Steps]:
    """Paths of all nodes that a template resolves; those within a definition given as text follow ``$``."""
    resources = body.get("Resources")
    for name, resource in resources.items() if isinstance(resources, dict) else ():
        if not isinstance(resource, dict):
            continue
        for steps in _below(resource.get("Properties"), ("Resources", name, "Properties")):
            yield steps
            found = _at(body, steps)
            if steps[-1] == _DEFINITIONS.get(str(resource.get("Type"))) and isinstance(found, str):
                definition = _parsed(found)
                yield from _below(definition, (*steps, "$")) if definition is not None else ()
    outputs = body.get("Outputs")
    for name, output in outputs.items() if isinstance(outputs, dict) else ():
        if isinstance(output, dict) and "Export" in output:
            yield ("Outputs", name, "Value")
            yield ("Outputs", name, "Export", "Name")


def _below(node: Json, steps: Steps) -> Iterator[Steps]:
    items: Sequence[tuple[str | int, Json]] = ()
    if isinstance(node, dict):
        items = [(str(key), value) for key, value in node.items() if key not in _LEFT_ALONE or "$" in steps]
        items = [(key, value) for key, value in items if key != "Comment"]
        if len(node) == 1 and str(next(iter(node))).startswith(("Ref", "Fn::")):
            items = ()  # an intrinsic is replaced as a whole
    elif isinstance(node, list):
        items = list(enumerate(node))
    for key, value in items:
        yield (*steps, key)
        yield from _below(value, (*steps, key))


def _in_text(body: Mapping[str, Json]) -> Mapping[str, Json]:
    """A definition in a file of its own as the text that a template has of it, so that its nodes become ``${U}``."""
    if not is_own_file(body):
        return body
    ((name, machine),) = body["Resources"].items()
    properties = {"DefinitionString": json.dumps(machine["Properties"]["Definition"])}
    return {"Resources": {name: {**machine, "Properties": properties}}}


def _parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _at(body: Json, steps: Steps) -> Json:
    for step in steps:
        body = body[step]
    return body


def _with(body: Mapping[str, Json], steps: Steps, replacement: Json) -> dict[str, Json]:
    """A copy of the template in which one node is something else; within a definition it is ``${U}``."""
    made = copy.deepcopy(dict(body))
    made["Parameters"] = {**(made.get("Parameters") or {}), UNKNOWN: {"Type": "String"}}
    if "$" in steps:
        at = steps.index("$")
        definition = _parsed(_at(made, steps[:at]))
        _at(definition, steps[at + 1 : -1])[steps[-1]] = f"${{{UNKNOWN}}}"
        _at(made, steps[: at - 1])[steps[at - 1]] = {"Fn::Sub": json.dumps(definition)}
    else:
        _at(made, steps[:-1])[steps[-1]] = copy.deepcopy(replacement)
    return made


def scenarios() -> list[Path]:
    """The templates of the tests."""
    return sorted(SCENARIOS.glob("*.json"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every silence; 1 if there was one."""
    parser = argparse.ArgumentParser(prog="python -m bench.silence", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="templates; the scenarios of the tests by default")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="one node of N; %(default)s")
    parser.add_argument("--ways", type=int, default=1, metavar="N", help="of replacing each node; %(default)s of 4")
    parser.add_argument("--files", type=int, default=1_000, metavar="N", help="files at most; %(default)s")
    parser.add_argument("--seed", default="", metavar="TEXT", help="which files, and in which order")
    chosen = parser.parse_args(arguments)
    files = scenarios() if chosen.folder is None else _templates(chosen.folder, chosen.seed)[: chosen.files]
    kinds = Counter[str]()
    looked = 0
    for path in files:
        try:
            body = _in_text(read_template(path).body)
            looked += sum(1 for _ in nodes(body))
            for found in (each for turn in range(chosen.ways) for each in silences(body, chosen.every, turn)):
                kinds[_kind(body, found)] += 1
                print(f"{path.name} {found.where} = {found.replaced_by}: {'; '.join(found.lost)[:300]}", flush=True)
        except InputError:
            continue
    print(f"{len(files)} templates, {looked:,} nodes, {sum(kinds.values())} silences")
    for kind, number in kinds.most_common():
        print(f"{number:6,} {kind}")
    return 1 if kinds else 0


def _kind(body: Mapping[str, Json], found: Silence) -> str:
    if found.steps[0] != "Resources":
        return str(found.steps[0])
    type_ = body["Resources"][found.steps[1]].get("Type")
    rest = ".".join("*" if isinstance(step, int) else step for step in found.steps[3:])
    return f"{type_} {rest}"


def _templates(folder: Path, seed: str = "") -> list[Path]:
    found = [path for path in folder.rglob("*") if path.suffix in (".json", ".yaml", ".yml", ".template")]
    return sorted(found, key=lambda path: zlib.crc32(f"{seed}{path.relative_to(folder)}".encode()))


if __name__ == "__main__":
    sys.exit(main())
