"""The text is for a tired person: golden pictures of it, and what must hold in any width."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from seawall.graph import Bound, Gap, Tries
from seawall.report.entries import in_file
from seawall.report.format import Screen
from seawall.report.places import Location
from seawall.report.text import render
from seawall.rules import Acknowledgement, Confidence, Fix, Severity, Step, StopNow, StopStep, Suppressed
from seawall.template import Skipped, SourceLine

from .building import BODY, CHARGE, MACHINE, PIPE, QUEUE, TRACE, finding, place, report

WIDE = """\
This is a check of the template: it says what can happen at worst. It has not looked at what runs.

error[stacked-retries] 20 runs of Charge for one event at Queue
  --> Webhook.template.json:34  Charge

  Queue                                                            :3
  └─ Pipe          5 tries         maxReceiveCount = 5             :8
     └─ Machine                    pipe target                     :19
        └─ Charge  x 4 tries = 20  Retry States.ALL MaxAttempts 3  :28

  = error, timeout, throttle, fault: 5 x 4 = 20
  = gives up after 30 min
  fix: let the queue own the retry: drop the Retry of the state Charge: 20 -> 5

Check failed: 1 error.
  Looked at 1 template, 4 resources, nothing unknown.
  `seawall explain stacked-retries` says why, and how to accept it or to correct what it assumes; -v
  shows everything.
"""

PIPED = """\
This is a check of the template: it says what can happen at worst. It has not
looked at what runs.

error[stacked-retries] 20 runs of Charge for one event at Queue
  --> Webhook.template.json:34  Charge

  Queue                                                            :3
  +- Pipe          5 tries         maxReceiveCount = 5             :8
     +- Machine                    pipe target                     :19
        +- Charge  x 4 tries = 20  Retry States.ALL MaxAttempts 3  :28

  = error, timeout, throttle, fault: 5 x 4 = 20
  = gives up after 30 min
  fix: let the queue own the retry: drop the Retry of the state Charge: 20 -> 5

Check failed: 1 error.
  Looked at 1 template, 4 resources, nothing unknown.
  `seawall explain stacked-retries` says why, and how to accept it or to correct
  what it assumes; -v shows everything.
"""

NARROW = """\
This is a check of the template: it says
what can happen at worst. It has not
looked at what runs.

error[stacked-retries] 20 runs of Charge
  for one event at Queue
  --> Webhook.template.json:34  Charge

  Queue
    :3
  └─ Pipe
     5 tries  maxReceiveCount = 5  :8
   └─ Machine
      pipe target  :19
    └─ Charge
       x 4 tries = 20  Retry States.ALL
       MaxAttempts 3  :28

  = error, timeout, throttle, fault: 5 x
    4 = 20
  = gives up after 30 min
  fix: let the queue own the retry: drop
       the Retry of the state Charge: 20
       -> 5

Check failed: 1 error.
  Looked at 1 template, 4 resources,
  nothing unknown.
  `seawall explain stacked-retries` says
  why, and how to accept it or to
  correct what it assumes; -v shows
  everything.
"""


@pytest.fixture(autouse=True)
def in_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that templates are named as they are when the command runs beside them."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("screen", "golden"),
    [
        (Screen(width=120, terminal=True, drawing=True), WIDE),
        (Screen(width=80), PIPED),
        (Screen(width=40, terminal=True, drawing=True), NARROW),
    ],
    ids=["wide terminal", "pipe", "narrow terminal"],
)
def test_reads_like_this(screen: Screen, golden: str) -> None:
    text = render(report(Path()), screen)
    assert text == golden
    assert all(len(line) <= screen.width for line in text.splitlines())


def test_columns_of_the_path_line_up() -> None:
    rows = [line for line in render(report(Path()), Screen(width=120, drawing=True)).splitlines() if "└─" in line]
    multiplying = [row for row in rows if " x" in row]
    assert len({row.index(" x") for row in multiplying}) == len({row.index("=") for row in multiplying}) == 1
    assert len({row.index(" :") for row in rows}) == 1


def test_pipes_get_plain_ascii() -> None:
    text = render(report(Path()), Screen())
    assert text.isascii()
    assert "\x1b" not in text


def test_colours_change_nothing_but_colours() -> None:
    screen = Screen(width=80, terminal=True, drawing=True)
    painted = render(report(Path()), replace(screen, color=True))
    assert "\x1b[1;31merror[stacked-retries]" in painted
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == render(report(Path()), screen)


@pytest.mark.parametrize("width", [20, 31, 40, 53, 80, 120, 300])
def test_no_number_is_cut_in_any_width(width: int) -> None:
    trace = (TRACE[0], replace(TRACE[1], tries=11_520, running=11_520, note="no redrive policy: 4 days / 30 s"))
    huge = finding(
        trace=trace, headline="1,234,567,890 runs", facts=("factors: 11,520 x 107,167 = 1,234,567,840, plus 50",)
    )
    lines = render(report(Path(), [huge]), Screen(width=width, terminal=True, drawing=True)).splitlines()
    for number in ("1,234,567,890", "107,167", "1,234,567,840", "11,520"):
        assert any(number in line for line in lines)
    for line in lines:
        marked = re.sub(r"^[ └─┄]*(--> |= |rule: |acknowledge: )?", "", line)
        assert len(line) <= width or re.fullmatch(r"[^ ]*|`[^`]*`", marked), "what sticks out is one piece"


def test_names_cannot_steer_the_terminal() -> None:
    evil = "Webhook/[bold red]\x1b[2J\x1b]8;;http://x\x07\u202egpj.eulav[/]"
    trace = (replace(TRACE[0], site=evil), replace(TRACE[1], note=evil))
    function = {**BODY["Resources"]["Charge1F0A2B3C"], "Metadata": {"aws:cdk:path": evil}}
    bad = finding(site=evil, headline=f"20 runs of {evil}", fix=Fix.of(f"drop {evil}"), trace=trace, also=(evil,))
    made = report(
        Path(),
        [bad],
        [Suppressed(bad, Acknowledgement("stacked-retries", evil, evil))],
        body={"Resources": {"Charge1F0A2B3C": function}},
        skipped=(Skipped(evil, evil),),
        unknown=[Gap(evil, evil, evil)],
    )
    shown = r"Webhook/[bold red]\x1b[2J\x1b]8;;http://x\x07\u202egpj.eulav[/]"
    for color in (False, True):
        text = render(made, Screen(width=500, color=color, verbose=True))
        assert text.count(shown.removeprefix("Webhook/")) >= 7
        assert re.sub(r"\x1b\[[\d;]*m", "", text).replace("\n", "").isprintable()
        assert "\x1b[2J" not in text


def test_a_hand_off_shows_where_counting_starts_afresh() -> None:
    handed = (*TRACE[:2], replace(TRACE[2], awaits=False, running=1), replace(TRACE[3], running=4))
    text = render(report(Path(), [finding(trace=handed)]), Screen(width=140))
    assert re.search(r"\+- Machine +pipe target, the sender does not wait", text)
    assert re.search(r"\+- Charge in Machine +4 tries +Retry", text)


def test_a_long_path_is_drawn_with_its_first_and_last_stations_and_never_leaves_the_screen() -> None:
    """One station a line for each of 600 is no help, and further in than the screen is wide there is no room."""
    stations = [TRACE[0], *(replace(TRACE[2], site=f"Machine{number}") for number in range(600))]
    text = render(report(Path(), [finding(trace=stations)]), Screen(width=80))
    drawn = [line for line in text.splitlines() if "+- " in line]
    assert [line.split("+- ")[1].split()[0] for line in drawn] == [
        *(f"Machine{number}" for number in range(29)),
        "...",
        *(f"Machine{number}" for number in range(590, 600)),
    ]
    assert drawn[29].strip() == "+- ... 561 more places (JSON has them all)"
    assert max(map(len, text.splitlines())) <= 80
    forty = render(report(Path(), [finding(trace=stations[:40])]), Screen(width=80))
    assert "more places" not in forty
    assert forty.count("+- ") == 39


def test_no_figure_is_shown_where_none_can_be_given() -> None:
    unsure = (
        TRACE[0],
        replace(TRACE[1], tries=None, running=None, note="a parameter"),
        replace(TRACE[2], running=None),
    )
    text = render(report(Path(), [finding(trace=unsure)]), Screen(width=140))
    assert re.search(r"Pipe +tries +a parameter", text)
    assert re.search(r"Machine +    = \? +pipe target", text)


def test_a_product_that_a_rule_does_not_give_is_left_out() -> None:
    text = render(report(Path(), [finding(trace=(TRACE[0], replace(TRACE[2], running=None)))]), Screen(width=140))
    assert re.search(r"Machine +pipe target", text)


def test_acknowledged_findings_stay_with_their_reason_and_are_no_findings() -> None:
    accepted = Suppressed(finding(), Acknowledgement("stacked-retries", "paid for: OPS-12", CHARGE))
    text = render(report(Path(), [], [accepted]), Screen())
    assert "acknowledged: 1 finding\n  stacked-retries at Charge: paid for: OPS-12 (acknowledgement)\n" in text
    assert "Check passed: nothing found.\n" in text
    assert "  1 acknowledged.\n" in text
    assert "error[" not in text


def test_a_finding_without_a_construct_is_acknowledged_in_the_template() -> None:
    body = {"Resources": {"Charge1F0A2B3C": {"Type": "AWS::Lambda::Function", "Properties": {}}}}
    text = render(report(Path(), body=body), Screen(width=200, verbose=True))
    metadata = '"Metadata": {"seawall": {"acknowledge": [{"rule": "stacked-retries", "reason": "..."}]}}'
    assert f"acknowledge: at Charge1F0A2B3C: {metadata}" in text


def test_a_stale_acknowledgement_cannot_be_acknowledged() -> None:
    stale = finding(rule="unmatched-acknowledgement", severity=Severity.WARNING, trace=())
    text = render(report(Path(), [stale]), Screen())
    assert "\nwarning[unmatched-acknowledgement] " in text
    assert "acknowledge:" not in text


def test_doubt_is_said() -> None:
    """Under -v alone, with its reason or without."""
    assert "confidence" not in render(report(Path()), Screen())
    doubtful = finding(confidence=Confidence.LOW)
    assert "= confidence: low" not in render(report(Path(), [doubtful]), Screen())
    assert "= confidence: low" in render(report(Path(), [doubtful]), Screen(verbose=True))
    guessed = replace(doubtful, assumptions=("inferred from the role alone: A sends to B",))
    assert "= confidence: low" not in render(report(Path(), [guessed]), Screen())
    assert "= confidence: low" in render(report(Path(), [guessed]), Screen(verbose=True))


def test_unknown_settings_are_counted_by_cause_or_listed_in_full() -> None:
    cause = "depends on the parameter Count"
    unknown = [
        Gap(QUEUE, "RedrivePolicy", cause, place("Queue4A7E3555", "RedrivePolicy")),
        Gap(PIPE, "Target", "imports Other:Export, which no template here exports"),
        Gap(MACHINE, "Definition", cause),
    ]
    short = render(report(Path(), [], unknown=unknown), Screen())
    assert "unknown: 3 things could not be read, which changes no figure" in short
    shown = (short.index(f"{each}: ") for each in ("Machine and Queue", "Pipe Target"))
    assert next(shown) < next(shown)
    assert "-v says where each of them stands" in short
    assert "Queue RedrivePolicy" not in short
    full = render(report(Path(), [], unknown=unknown), Screen(verbose=True))
    assert "Queue RedrivePolicy: depends on the parameter Count (Webhook.template.json:7)" in full
    assert "Pipe Target: imports Other:Export" in full


def test_many_skipped_files_are_cut_short_and_say_so() -> None:
    skipped = tuple(Skipped(f"file{number}.json", "is not a template") for number in range(9))
    short = render(report(Path(), [], skipped=skipped), Screen())
    assert "skipped: 9 files" in short
    assert "file4.json: is not a template" in short
    assert "and 4 more (-v lists all)" in short
    assert "9 files skipped" in short
    assert "file8.json" in render(report(Path(), [], skipped=skipped), Screen(verbose=True))


def test_verbose_gives_the_figures_of_every_site_that_works() -> None:
    text = render(report(Path(), []), Screen(verbose=True))
    assert "Charge: 20, over 30 min, from Queue" in text
    assert "Queue:" not in text


def test_verbose_says_what_is_only_a_least_figure() -> None:
    aged = Tries(None, Bound.TIME, note="record age")
    text = render(report(Path(), [], receives=aged), Screen(verbose=True))
    assert "Charge: at least 4, from Queue" in text
    assert "Machine: no count (bounded by time), from Queue" in text


def test_an_empty_report_is_two_lines() -> None:
    text = render(report(Path(), []), Screen())
    looked = "Looked at 1 template, 4 resources, nothing unknown."
    assert text == f"Check passed: nothing found.\n  {looked}\n"


def test_what_to_do_at_once_comes_first_and_the_fix_step_by_step() -> None:
    stop = StopNow("the metric rises", steps=(StopStep("disable it", ("aws off",)), StopStep("go on", ("aws on",))))
    fix = Fix((Step("raise the error", "4 -> 0", ("a note",)), Step("catch it")), "does it send?", "it comes later")
    text = render(report(Path(), [finding(stop_now=stop, fix=fix)]), Screen())
    told = [
        "  if it is looping now: the metric rises\n       1. disable it\n          aws off\n       2. go on\n",
        "\n  Queue  ",
        "\n  = error, timeout",
        "\n  first: does it send?\n",
        "\n  fix, step 1 of 2: raise the error (4 -> 0)\n       a note\n",
        "\n  fix, step 2 of 2: catch it\n",
        "\n  trade-off: it comes later\n",
    ]
    places = [text.index(each) for each in told]
    assert places == sorted(places)


def test_code_in_the_template_has_one_place() -> None:
    """The line of the code is one of the template: it is told once."""
    at = Location(None, "app.json", "app.json", "Code", 3, source=SourceLine("index.py", 7))
    assert in_file(at) == "index.py:7 (app.json:3)"
    assert in_file(replace(at, source=SourceLine("app.json", 7))) == "app.json:7"
