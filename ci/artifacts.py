"""What a release consists of: built, checked against the tag, and described by the changelog."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEEDED = (
    "seawall/py.typed",
    "seawall/report/schema/report-1.schema.json",
    "seawall/replay/stub.py",
    "seawall/replay/door.py",
    "seawall/replay/process_guard.py",
)
"""Files that something asks for by name, besides the modules."""


def main() -> int:
    """Run the step that is named."""
    parser = argparse.ArgumentParser(prog="python -m ci.artifacts", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    for name in ("build", "check"):
        steps.add_parser(name).add_argument("folder", type=Path)
        steps.choices[name].add_argument("--tag", default="" if name == "build" else None)
    steps.choices["build"].add_argument("--repository", metavar="URL")
    steps.add_parser("notes").add_argument("tag")
    given = parser.parse_args()
    if given.step == "build":
        build(given.folder, given.repository, given.tag)
    elif given.step == "check":
        wrong = check(given.folder, given.tag)
        print("\n".join(wrong) or "the artifacts are as they should be")
        return int(bool(wrong))
    else:
        print(notes(given.tag))
    return 0


def build(folder: Path, repository: str | None = None, tag: str = "") -> None:
    """The wheel and the source distribution. Where the repository is known, links of the description lead there."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        shutil.copytree(ROOT / "aspects", copy / "aspects", ignore=shutil.ignore_patterns("__pycache__"))
        for each in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"):
            shutil.copy(ROOT / each, copy / each)
        if repository is not None:
            readme = copy / "README.md"
            readme.write_text(absolute(readme.read_text(encoding="utf-8"), repository, tag), encoding="utf-8")
            with (copy / "pyproject.toml").open("a", encoding="utf-8") as settings:
                settings.write(urls(repository, tag))
        command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder.resolve())]
        subprocess.run(command, cwd=copy, check=True, stdout=subprocess.DEVNULL)


def absolute(text: str, repository: str, tag: str) -> str:
    """A page of this repository as it can stand elsewhere: its own links lead to the repository at `tag`.

    >>> absolute("![a](docs/a.svg), [b](docs/b.md#c), [d](#e)", "https://h.example", "v1")
    '![a](https://h.example/raw/v1/docs/a.svg), [b](https://h.example/blob/v1/docs/b.md#c), [d](#e)'
    """

    def led(found: re.Match[str]) -> str:
        kind = "raw" if found[1] or found[3].endswith((".svg", ".png", ".webp")) else "blob"
        return f"{found[1]}[{found[2]}]({repository}/{kind}/{tag}/{found[3]})"

    return re.sub(r"(!?)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)]+)\)", led, text)


def urls(repository: str, tag: str) -> str:
    """The project's addresses, for its settings."""
    return (
        f'\n[project.urls]\nSource = "{repository}"\nIssues = "{repository}/issues"\n'
        f'Changelog = "{repository}/blob/{tag}/CHANGELOG.md"\nDocumentation = "{repository}/tree/{tag}/docs"\n'
    )


def check(folder: Path, tag: str | None = None) -> list[str]:
    """What is wrong with the artifacts in `folder`; nothing where all is well."""
    wheels, sources = sorted(folder.glob("*.whl")), sorted(folder.glob("*.tar.gz"))
    if len(wheels) != 1 or len(sources) != 1:
        return [f"{folder} holds {len(wheels)} wheels and {len(sources)} source distributions, not one of each"]
    with zipfile.ZipFile(wheels[0]) as wheel:
        names = set(wheel.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        facts = HeaderParser().parsestr(wheel.read(metadata).decode())
    with tarfile.open(sources[0]) as source:
        shipped = {name.partition("/")[2] for name in source.getnames()}
    version, package = str(facts["Version"]), ROOT / "aspects" / "seawall"
    modules = {f"seawall/{file.relative_to(package).as_posix()}" for file in package.rglob("*.py")}
    wrong = [f"the wheel lacks {name}" for name in sorted({*NEEDED, *modules} - names)]
    wrong += [f"the wheel holds {name}" for name in sorted(names) if not name.startswith(("seawall/", "seawall-"))]
    wrong += [f"the source distribution lacks {name}" for name in ("LICENSE", "README.md") if name not in shipped]
    if not any(name.endswith("licenses/LICENSE") for name in names):
        wrong.append("the wheel lacks the licence")
    if tag is not None and tag != f"v{version}":
        wrong.append(f"the tag is {tag}, and the version {version}")
    if tag is not None and not notes(tag):
        wrong.append(f"CHANGELOG.md says nothing of {version}")
    links = re.findall(r"\]\(((?!https?:|#|mailto:)[^)]+)\)", str(facts.get_payload())) if tag is not None else []
    wrong += [f"the description links to {link}, which leads nowhere where it is published" for link in links]
    return wrong


def notes(tag: str) -> str:
    """What the changelog says of a version; empty where it says nothing."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    title = rf"^## {re.escape(tag.removeprefix('v'))}\b[^\n]*\n"
    found = re.search(title + r"(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


if __name__ == "__main__":
    sys.exit(main())
