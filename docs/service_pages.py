"""Writes docs/coverage.md (the census) and docs/services.md (what each service's modules read) from code and data."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from seawall.graph.facts import Fact
from seawall.services import registry
from seawall.services.census.entries import MODELLED, OPEN, RETRY, census

DOCS = Path(__file__).parent
SERVICES = DOCS.parent / "aspects" / "seawall" / "services"
_NOTICE = "<!-- Written by docs/build.py: change the code or the decisions, not this page. -->\n\n"
_PART = "seawall.services."
_MADE = (
    "Made out of the CloudFormation schemas of {schemas} ({date}): {every:,} resource types, of which {types:,} have a "
    "property that can name a function, queue, topic, stream, bus, state machine or container image, or that reads "
    "like a retry, attempts, a redrive, a dead letter or an age. A test fails when newer schemas bring one that is on "
    "no list."
)
_UNLISTED = (
    "A resource of a type that no schema knew, and that refers to something of the app, is a gap, too. Custom "
    "resources act during a deployment only."
)
_SERVICES = (
    "What is read of each service, and the numbers of AWS that the figures rest on: each with where it is documented, "
    "and when that was read. What is not read stands on [its own page](coverage.md)."
)


_IMAGE_USERS = (
    "Properties of CloudFormation, and of the CDK's custom resources, that name a container image and are read as a "
    "use of it. A test walks the resource schemas that cfn-lint carries and fails on a property of such a name that "
    "is neither here nor set aside with a reason. Properties that AWS fills in itself (read-only) name nothing that "
    "a template asks for.\n\nWhatever else names an image of a private registry is taken for a use of kind `named`: an "
    "environment variable, user data, a document or association of Systems Manager, a secret, a configuration, the "
    "input of a target of a schedule or rule, a custom resource, a parameter of a stack set or of a nested stack that "
    "is not analysed. A finding about it is a warning, because how it is used is not known. The value of an SSM "
    "parameter is for others to read: it is a use unless something in the app runs that image already, or the "
    "parameter is read where one is. A text that names only a repository is a gap, except in a CodeBuild project, "
    "which pushes there."
)


def pages() -> Mapping[str, str]:
    """The generated pages by file name."""
    return {
        "coverage.md": _NOTICE + coverage(),
        "services.md": _NOTICE + services(),
        "image-users.md": _NOTICE + image_users(),
    }


def image_users() -> str:
    """Every property that names a container image and is read, with the kind of use that it makes."""
    registry.discover()
    from seawall.images.kinds import KINDS
    from seawall.services.images.recording import READ, SET_ASIDE

    lines = ["# Who uses an image", "", _IMAGE_USERS, "", "| type | property | use | needs the image again |"]
    lines.append("| --- | --- | --- | --- |")
    for kind, paths in sorted(READ.items()):
        for path, use in sorted(paths.items()):
            again = KINDS[use].again if use in KINDS else "not documented"
            lines.append(f"| {kind} | `{path}` | {use} | {again} |")
    lines += ["", "## Set aside", "", "| type | property | because |", "| --- | --- | --- |"]
    lines += [f"| {kind} | `{path}` | {why} |" for (kind, path), why in sorted(SET_ASIDE.items())]
    return "\n".join(lines) + "\n"


def coverage() -> str:
    """The census page: what is covered, with counts."""
    found = census()
    entries = [(type_, path, *pair) for type_, paths in found.types.items() for path, pair in paths.items()]
    verdicts = Counter(verdict for *_, verdict in entries)
    harmless = sum(count for verdict, count in verdicts.items() if verdict not in (MODELLED, OPEN))
    every = len(found.types) + len(found.others)
    lines = [
        "# What is covered",
        "",
        _MADE.format(**found.source, every=every, types=len(found.types)),
        "",
        "| properties | of types | verdict | meaning |",
        "| ---: | ---: | --- | --- |",
        _row(entries, MODELLED, "read by the module of its service ([services](services.md))"),
        f"| {harmless:,} | {_types(entries, None):,} | harmless | for one of the reasons below |",
        _row(entries, OPEN, "not followed: a resource that uses one is a gap in the report"),
        f"| {len(entries):,} | {len(found.types):,} | all | |",
        "",
        _UNLISTED,
        "",
        "## Not followed",
        "",
        "| type | properties |",
        "| --- | --- |",
    ]
    for type_ in found.types:
        opened = found.open(type_)
        if opened:
            lines.append(f"| `{type_}` | {', '.join(_shown(path, kind) for path, kind in _brief(opened).items())} |")
    lines += ["", "## Harmless", "", "| properties | why |", "| ---: | --- |"]
    lines += [f"| {verdicts[key]:,} | {why} |" for key, why in found.reasons.items() if verdicts[key]]
    lines += ["", "<details><summary>Each of them</summary>", "", "| type | property | why |", "| --- | --- | --- |"]
    lines += [
        f"| `{type_}` | `{path}` | {verdict} |"
        for type_, path, _, verdict in entries
        if verdict not in (MODELLED, OPEN)
    ]
    return "\n".join([*lines, "", "</details>", ""])


def _row(entries: list[tuple[str, str, str, str]], verdict: str, meaning: str) -> str:
    word = "not followed" if verdict == OPEN else verdict
    count = sum(each[3] == verdict for each in entries)
    return f"| {count:,} | {_types(entries, verdict):,} | {word} | {meaning} |"


def _types(entries: list[tuple[str, str, str, str]], verdict: str | None) -> int:
    wanted = [e for e in entries if (e[3] not in (MODELLED, OPEN) if verdict is None else e[3] == verdict)]
    return len({type_ for type_, *_ in wanted})


def _brief(opened: Mapping[str, str]) -> Mapping[str, str]:
    """Paths without those inside another one."""
    return {
        path: kind
        for path, kind in opened.items()
        if not any(path.startswith(f"{outer}.") for outer in opened if outer != path)
    }


def _shown(path: str, kind: str) -> str:
    name = ".".join(path.replace("[]", "").replace("{}", "").split(".")[-2:])
    return f"`{name}` ({'a retry' if kind == RETRY else kind})"


def services() -> str:
    """The page of services: what is followed, and what each retries by itself, with source and date."""
    registry.discover()
    read = _read()
    lines = [
        "# Services",
        "",
        _SERVICES,
    ]
    folders = sorted(path for path in SERVICES.iterdir() if (path / "__init__.py").exists())
    for folder in (*folders, SERVICES):
        modules = sorted(folder.glob("*.py"))
        types = sorted({type_ for module in modules for type_ in read.get(_name(module), ())})
        facts = [fact for module in modules for fact in _facts(module)]
        if not types and not facts:
            continue
        title = "Readers of queues and streams" if folder == SERVICES else _first(_doc(folder / "__init__.py"))
        told = [module for module in modules if module.stem != "__init__" and read.get(_name(module))]
        lines += ["", f"## {title.rstrip('.')}", "", *(f"- {_first(_doc(module))}" for module in told)]
        if types:
            lines += ["", "Reads " + ", ".join(f"`{type_}`" for type_ in types) + "."]
        if facts:
            lines += ["", "| setting or limit | AWS's number | read |", "| --- | --- | --- |", *facts]
    return "\n".join([*lines, ""])


def _read() -> Mapping[str, set[str]]:
    """Resource types by the module that reads them."""
    found: dict[str, set[str]] = defaultdict(set)
    for table in (registry.SITES, registry.HOPS):
        for type_, readers in table.items():
            for reader in readers:
                found[reader.__module__].add(type_)
    for type_, receiver in registry.RECEIVERS.items():
        found[receiver.__module__].add(type_)
    return found


def _name(module: Path) -> str:
    return _PART + module.relative_to(SERVICES).with_suffix("").as_posix().replace("/", ".")


def _doc(module: Path) -> str:
    return ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""


def _first(text: str) -> str:
    """The first paragraph, on one line."""
    return " ".join(text.partition("\n\n")[0].split())


def _facts(module: Path) -> Iterator[str]:
    """Rows of the facts that a module states, with the text below each."""
    body = ast.parse(module.read_text("utf-8")).body
    loaded: Any = None
    for node, after in zip(body, [*body[1:], None], strict=True):
        name = _fact_name(node)
        if name is None:
            continue
        loaded = loaded or import_module(_name(module))
        fact = getattr(loaded, name)
        said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else name
        if isinstance(fact, Fact):
            what = " ".join(str(said).split()).replace("|", "\\|")
            yield f"| {what} | {_value(fact.value)} | [{fact.checked}]({fact.source}) |"


def _fact_name(node: ast.stmt) -> str | None:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        called, target = node.value.func, node.targets[0]
        if isinstance(called, ast.Name) and called.id == "Fact" and isinstance(target, ast.Name):
            return target.id
    return None


def _value(value: Any) -> str:
    if isinstance(value, bool | int):
        return f"{value:,}" if not isinstance(value, bool) else str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (set, frozenset)):
        return ", ".join(sorted(map(str, value)))
    if isinstance(value, (tuple, list)):
        return ", ".join(_value(each) for each in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_value(each)}" for key, each in value.items())
    return re.sub(r"\s+", " ", str(value))
