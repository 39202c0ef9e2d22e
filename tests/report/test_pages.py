"""Rule pages come from the rules, and the committed ones are what the rules say."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from seawall.cli.arguments import parser
from seawall.report.pages import page, pages
from seawall.rules import Example, Rule, Severity, all_rules

DOCS = Path(__file__).parents[2] / "docs" / "rules"

RULE = Rule(
    id="made-up",
    severity=Severity.WARNING,
    title="something is odd",
    what="\n    Looks at it.\n\n    Twice.\n    ",
    why="It is odd.",
    example=Example("  queue = Queue()\n"),
    fix="Make it even.",
    better=Example('{"even": true}', "json"),
    sources=("https://docs.aws.amazon.com/odd", "measured 2026-01-01"),
    check=lambda context: (),
)

PAGE = """\
# made-up

**warning** · something is odd

## What it does

Looks at it.

Twice.

## Why is this bad

It is odd.

## Example

```python
queue = Queue()
```

## Use instead

```json
{"even": true}
```

## How to fix it

Make it even.

## How to acknowledge it

In a CDK app, at the construct or above it:

```python
from aws_cdk import Acknowledgment, Validations

Validations.of(construct).acknowledge(Acknowledgment(id="Seawall::made-up", reason="..."))
```

```typescript
import { Validations } from 'aws-cdk-lib';

Validations.of(construct).acknowledge({ id: 'Seawall::made-up', reason: '...' });
```

In a template without CDK, in the resource:

```json
"Metadata": {"seawall": {"acknowledge": [{"rule": "made-up", "reason": "..."}]}}
```

The finding stays in every report, marked, with the reason.

## How to correct what it assumes

Where a finding says `assumes`, and the code does not do that, [state](../statements.md) what it does, at the resource
whose code it is. `seawall check -v` prints the line for the finding at hand. In Python:

```python
from seawall import Flow

Flow.of(worker).never_sends_to(queue)
```

In other languages of the CDK:

```typescript
import { CfnResource } from 'aws-cdk-lib';

(worker.node.defaultChild as CfnResource).addMetadata('seawall', { never_sends_to: [{ to: 'Queue' }] });
```

In a template without CDK, in the resource:

```json
"Metadata": {"seawall": {"never_sends_to": [{"to": "Queue"}]}}
```

`raises: false` and `matches: false` go to the same place.

## Sources

- <https://docs.aws.amazon.com/odd>
- measured 2026-01-01
"""


def test_a_page_says_everything_the_rule_knows() -> None:
    assert page(RULE) == PAGE


def test_the_index_names_every_rule() -> None:
    index = pages()["README.md"]
    for rule in all_rules():
        assert f"| [{rule.id}]({rule.id}.md) | {rule.severity.word} | " in index
    assert len(pages()) == len(all_rules()) + 1


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_every_rule_fills_its_page(rule: Rule) -> None:
    text = page(rule)
    for title in ("What it does", "Why is this bad", "Example", "Use instead", "How to fix it", "Sources"):
        assert f"\n## {title}\n\n" in text


def test_only_a_stale_acknowledgement_cannot_be_acknowledged() -> None:
    without = [rule.id for rule in all_rules() if "## How to acknowledge it" not in page(rule)]
    assert without == ["unmatched-acknowledgement"]


def test_committed_pages_are_what_the_rules_say() -> None:
    committed = {path.name: path.read_text("utf-8") for path in DOCS.glob("*.md")}
    stale = sorted(name for name in {*pages(), *committed} if pages().get(name) != committed.get(name))
    assert stale == [], "run docs/build.py"


def _reference() -> ModuleType:
    """The program that makes the page of commands."""
    spec = importlib.util.spec_from_file_location("docs_cli_reference", DOCS.parent / "cli_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_command_reference_is_what_the_parser_says() -> None:
    reference = _reference()
    assert (DOCS.parent / reference.NAME).read_text("utf-8") == reference.page(), "run docs/build.py"


def test_the_command_reference_names_every_option() -> None:
    text = _reference().page()
    top = parser()
    (commands,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    for command in commands.choices.values():
        for action in command._actions:
            assert all(flag in text for flag in action.option_strings)
    assert "%(" not in text
