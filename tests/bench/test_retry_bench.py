"""retry-bench: its data is that of the tests, its scorer counts as by hand, and our own tool holds to it."""

from __future__ import annotations

from pathlib import Path

from bench.retry_bench.adapters import seawall_
from bench.retry_bench.cases import Case, Runs, cases
from bench.retry_bench.export import exported
from bench.retry_bench.scoring import Told, score

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "retry-bench.md"


def test_the_file_is_what_the_tests_say() -> None:
    """If not: python -m bench.retry_bench.export, and run the tools for the page again."""
    assert list(cases()) == list(exported())


def test_every_case_has_a_label_and_a_name_of_its_own() -> None:
    assert len({case.id for case in cases()}) == len(cases())
    assert all(case.runs or case.loops is not None for case in cases())
    assert sum(not case.hazards for case in cases()) > len(cases()) / 2


def case(name: str, most: int | None, hazards: list[str], loops: int | None = 0) -> Case:
    runs = {"F": {"error": Runs(1, most), "fault": Runs(2, 2)}}
    return Case(name, {}, runs, loops, hazards)


def test_scores_by_hand() -> None:
    every = [
        case("over", 20, ["over"]),
        case("endless", None, ["endless"]),
        case("fine", 3, []),
        case("quiet", 3, [], None),
    ]
    told = {
        "over": Told(frozenset({"over"}), ("a",), {("F", "error"): 20, ("F", "fault"): 3}),
        "endless": Told(runs={("F", "error"): None, ("F", "fault"): 2}),
        "fine": Told(frozenset({"loop"}), (), {("F", "error"): 4}),
    }
    found = score("tool", every, told)
    assert found.found == {"endless": (0, 1), "over": (1, 1), "loop": (0, 0)}
    assert found.figures == (3, 8)  # 20; unbounded; 2
    assert found.clean == (1, 2)
    assert found.false == {"endless": (0, 3), "over": (0, 3), "loop": (1, 3)}


def test_our_own_score_is_that_of_the_page() -> None:
    found = score(seawall_.NAME, cases(), seawall_.run(cases()))
    cells = [*found.found.values(), found.figures, found.clean]
    row = " | ".join(f"{one} of {many}" for one, many in cells)
    assert f"| {row} |" in PAGE.read_text("utf-8")
    assert found.figures[0] == found.figures[1]
    assert found.clean[0] == 0
