"""The page on `seawall audit` names every call that is made, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALLOWED_AS = {"stepfunctions": "states", "s3:ListBuckets": "s3:ListAllMyBuckets"}
"""Services and calls that IAM knows by another name.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html, read 2026-11-30."""


def test_the_policy_allows_what_is_called() -> None:
    page = (ROOT / "docs/audit.md").read_text("utf-8")
    (policy,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    allowed = set(json.loads(policy)["Statement"][0]["Action"])
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "aspects/seawall/audit").glob("*.py"))
    called = set()
    for service, operation in re.findall(r'"([a-z0-9]+)",\s*"((?:get|list|describe)_[a-z_]+)"', code):
        name = "".join(word.capitalize() for word in operation.split("_"))
        called.add(ALLOWED_AS.get(f"{service}:{name}", f"{ALLOWED_AS.get(service, service)}:{name}"))
    called.discard("sts:GetCallerIdentity")
    called.add("lambda:ListFunctionEventInvokeConfigs")  # its name stands in a variable
    assert allowed == called
