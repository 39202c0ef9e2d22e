"""Requests over HTTP that code has tried again: by what a library was told, by decorators and loops."""

from __future__ import annotations

import pytest

from .reading import account, aims

SESSION = """
import os, requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry
session = requests.Session()
session.mount("https://", HTTPAdapter(max_retries={retries}))
def handler(event, context):
    session.{verb}(os.environ["API"])
"""
AXIOS = """
const axios = require("axios"); const axiosRetry = require("axios-retry");
axiosRetry(axios, {options});
exports.handler = async () => {{ await axios.{verb}(process.env.API); }};
"""
BY_HAND = """
    for n in range(3):
        try:
            requests.post(os.environ['API'])
            return
        except Exception:
            pass
    raise ValueError()
"""
LISTED = "Retry(total=4, status_forcelist=[500, 503])"


@pytest.mark.parametrize(
    ("program", "runtime", "tries"),
    [
        (SESSION.format(retries=LISTED, verb="get"), "python3.13", 5),
        (SESSION.format(retries="Retry(total=4)", verb="get"), "python3.13", None),
        (SESSION.format(retries="4", verb="get"), "python3.13", None),
        (SESSION.format(retries=LISTED, verb="post"), "python3.13", None),
        (SESSION.format(retries=LISTED[:-1] + ", allowed_methods=None)", verb="post"), "python3.13", 5),
        (AXIOS.format(options="{ retries: 2 }", verb="get"), "nodejs22.x", 3),
        (AXIOS.format(options="{}", verb="get"), "nodejs22.x", 4),
        (AXIOS.format(options="{ retries: 2 }", verb="post"), "nodejs22.x", None),
        (AXIOS.format(options="{ retries: 2, retryCondition: () => true }", verb="post"), "nodejs22.x", 3),
    ],
)
def test_what_a_library_was_told(program: str, runtime: str, tries: int | None) -> None:
    """What urllib3 tries again without a list of statuses never ran; POST is left alone unless it is told otherwise."""
    found = account(program, runtime=runtime)
    assert [(call.service, call.sdk.total, aims(call, "Url")) for call in found.calls] == (
        [] if tries is None else [("http", tries, ["$API"])]
    )
    assert found.raises is True


@pytest.mark.parametrize(
    ("body", "tries"),
    [
        ("    requests.post(os.environ['API'])\n", []),
        ("    for record in event['Records']:\n        requests.post(os.environ['API'])\n", []),
        (BY_HAND, [3]),
    ],
)
def test_what_the_code_tries_by_hand(body: str, tries: list[int]) -> None:
    found = account("import os, requests\ndef handler(event, context):\n" + body)
    assert [call.tries for call in found.calls] == tries
