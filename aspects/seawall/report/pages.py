"""A rule's page, written by the rule itself: what `seawall explain` shows and `docs/rules` holds."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from seawall.rules import Example, Rule, all_rules
from seawall.template.language import SPOKEN

from .acknowledging import acknowledgeable, cdk_line, metadata_line

NOTICE = "<!-- Written from the rule by docs/build.py: change the rule, not this page. -->\n<!-- fmt: off -->\n\n"
"""Before each page in `docs/rules`; formatters leave its examples alone."""


def page(rule: Rule) -> str:
    """The page of `rule` in Markdown."""
    sections = (
        ("What it does", _prose(rule.what)),
        ("Why is this bad", _prose(rule.why)),
        ("Example", _code(rule.example)),
        ("Use instead", _code(rule.better)),
        ("How to fix it", _prose(rule.fix)),
        ("How to acknowledge it", _acknowledge(rule)),
        ("How to correct what it assumes", _correct(rule)),
        ("Sources", "\n".join(f"- {_source(source)}" for source in rule.sources)),
    )
    head = f"# {rule.id}\n\n**{rule.severity.word}** · {_prose(rule.title)}\n"
    return head + "".join(f"\n## {title}\n\n{body}\n" for title, body in sections if body)


def pages() -> Mapping[str, str]:
    """Every page of ``docs/rules`` by file name: one for each rule, and the index."""
    found = {f"{rule.id}.md": NOTICE + page(rule) for rule in all_rules()}
    return {**found, "README.md": NOTICE + _index()}


def _index() -> str:
    rows = "".join(
        f"| [{rule.id}]({rule.id}.md) | {rule.severity.word} | {_prose(rule.title)} |\n" for rule in all_rules()
    )
    return f"# Rules\n\n| rule | severity | fires when |\n| --- | --- | --- |\n{rows}"


def _acknowledge(rule: Rule) -> str:
    if not acknowledgeable(rule.id):
        return ""
    python, script = (
        cdk_line(rule.id, "construct", language).replace("<construct>", "construct") for language in SPOKEN
    )
    return (
        "In a CDK app, at the construct or above it:\n\n"
        f"```python\nfrom aws_cdk import Acknowledgment, Validations\n\n{python}\n```\n\n"
        f"```typescript\nimport {{ Validations }} from 'aws-cdk-lib';\n\n{script};\n```\n\n"
        "In a template without CDK, in the resource:\n\n"
        f"```json\n{metadata_line(rule.id)}\n```\n\n"
        "The finding stays in every report, marked, with the reason."
    )


def _correct(rule: Rule) -> str:
    """Where to say what a finding takes otherwise."""
    if not acknowledgeable(rule.id):
        return ""
    if rule.topic == "images":
        return _PACE if rule.id.startswith("image-") else ""  # what is said of a policy alone assumes nothing
    return _STATED if rule.topic == "retries" else ""


_STATED = """\
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

`raises: false` and `matches: false` go to the same place."""
_PACE = """\
Where you push, deploy or roll back at another pace than a finding assumes, say so in
[`seawall.toml`](../command-line.md#settings), beside the app:

```toml
pushes-per-day = 3
days-between-deployments = 7
rollbacks = 2
```

Or [state it](../statements.md) of one repository, and with it what its tags are: those that every build gets, those
that are pushed again (none, in the example), and further ones that images in use carry. In Python:

```python
from seawall import Flow

Flow.of(images).pushes_per_day(3).days_between_deployments(7).rollbacks(2)
Flow.of(images).build_tags("sha-*").moving_tags().also_tagged("v*")
```

In other languages of the CDK:

```typescript
import { CfnResource } from 'aws-cdk-lib';

(images.node.defaultChild as CfnResource).addMetadata('seawall', { pushes_per_day: 3, moving_tags: [] });
```

In a template without CDK, in the resource:

```json
"Metadata": {"seawall": {"pushes_per_day": 3, "days_between_deployments": 7, "rollbacks": 2, "moving_tags": []}}
```"""


def _prose(text: str) -> str:
    return dedent(text).strip()


def _code(example: Example) -> str:
    text = dedent(example.text).strip("\n")
    return f"```{example.language}\n{text}\n```" if text.strip() else ""


def _source(source: str) -> str:
    return f"<{source}>" if source.startswith(("https://", "http://")) and " " not in source else source
