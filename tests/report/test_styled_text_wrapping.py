"""Wrapping and escaping, for whatever text there may be."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from seawall.report.escape import clean
from seawall.report.styled_text import painted, say, wrap

WORDS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30), max_size=12).map(" ".join)


@given(WORDS)
def test_cleaned_text_holds_nothing_that_acts(text: str) -> None:
    found = clean(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", found)
    assert clean(found) == found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[red]plain[/red]", "[red]plain[/red]"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\r\nb\t", r"a\r\nb\t"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202eabc", r"\u202eabc"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("Grüße 東京 😀", "Grüße 東京 😀"),
    ],
)
def test_what_would_act_is_written_out(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(WORDS, st.integers(6, 60), st.integers(0, 3))
def test_wrapping_loses_nothing_and_keeps_to_the_width(text: str, width: int, indent: int) -> None:
    lines = wrap(say(text), width, "", " " * indent)
    assert "".join("".join(line.plain for line in lines).split()) == "".join(clean(text).split())
    for line in lines:
        whole = not re.search(r"\s", line.plain.strip()) or re.search(r"\d |`| \"|\": ", line.plain)
        assert cell_len(line.plain) <= width or whole, "what is wider is one piece"


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6), st.integers(20, 40))
def test_wrapping_never_cuts_a_number(numbers: list[int], width: int) -> None:
    text = "x".join(f"{number:,}" for number in numbers)
    lines = [line.plain for line in wrap(say(text), width)]
    assert [found for line in lines for found in re.findall(r"[\d,]+", line)] == [f"{number:,}" for number in numbers]


def test_a_number_wider_than_the_line_sticks_out() -> None:
    assert [line.plain for line in wrap(say("in all 1,234,567,890 runs"), 8)] == ["in all", "1,234,567,890", "runs"]


def test_a_path_is_never_broken() -> None:
    """It begins a line of its own, and sticks out where it is wider than that."""
    path = "source__patterns__@shop-orders/aws-sqs-lambda.ts.snapshot__orders.template.json:34"
    lines = [line.plain for line in wrap(say(f"--> {path}  Orders-Queue (in {path}), and more"), 40, "", "    ")]
    assert lines == ["-->", f"    {path}", "    Orders-Queue (in", f"    {path}),", "    and more"]
    assert [line.plain for line in wrap(say("look into infra/lib/shop.ts, line 3"), 20)] == [
        "look into",
        "infra/lib/shop.ts,",
        "line 3",
    ]


@pytest.mark.parametrize(
    "whole",
    [
        "Webhook/Processing/Machine#ChargeTheCustomer",
        "arn:aws:sqs:eu-central-1:123456789012:orders-dead-letters",
        "Properties.EventSourceMappings[0].FunctionResponseTypes",
        "ImageTagMutabilityExclusionFilterType",
        "`seawall explain retry-loop`",
        '"ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION"',
        '"Filters": [{"Type": "WILDCARD", "Value": "latest"}]',
        "[{Type: WILDCARD, Value: latest}]",
        'filters=[ecr.Filter(type="WILDCARD", value="latest")]',
        "[{ type: 'WILDCARD', value: 'latest' }]",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
        "4 min",
    ],
)
@pytest.mark.parametrize("width", [4, 17, 30])
def test_what_is_copied_is_never_broken(whole: str, width: int) -> None:
    lines = [line.plain.strip() for line in wrap(say(f"here is {whole}, as it stands"), width, "", "  ")]
    assert any(f"{whole}," in line for line in lines)


def test_styles_survive_wrapping() -> None:
    lines = wrap(say(("bold words here", "bold"), " and plain ones"), 12)
    assert painted(lines, color=True).splitlines()[0] == "\x1b[1mbold words\x1b[0m"
    assert painted(lines, color=False).splitlines()[0] == "bold words"


def test_what_is_never_broken_is_looked_for_once_a_line() -> None:
    """The numbers of a line were looked for again at each break: a second for 40,000 characters."""
    numbers = [f"{number:,}" for number in range(10_000, 16_000)]
    lines = [line.plain for line in wrap(say(" ".join(numbers)), 8)]
    assert lines == numbers
