"""The page on mutants: what a run of some rooms leaves as it was."""

from __future__ import annotations

from bench.mutants import PAGE, Score, page, read

BEFORE = """\
# Mutants

| room | mutants | noticed | score |
| --- | ---: | ---: | ---: |
| images/evaluate | 10 | 8 | 80.0 % |
| retries/count | 1,051 | 1,050 | 99.9 % |

## What lives in images/evaluate

* `seawall.images.evaluate.x_clock__mutmut_1`
* `seawall.images.evaluate.x_clock__mutmut_2`: the same moment, written otherwise

## What lives in retries/count

* `seawall.retries.count.x_of__mutmut_4`: an equal count
"""


def test_a_run_of_one_room_leaves_the_others_and_the_words() -> None:
    lives = ("seawall.images.evaluate.x_clock__mutmut_2", "seawall.images.evaluate.x_clock__mutmut_3")
    made = page([Score("images/evaluate", 18, 2, 0, lives)], BEFORE)
    assert "| images/evaluate | 20 | 18 | 90.0 % | all |\n| retries/count | 1,051 | 1,050 | 99.9 % | all |" in made
    assert "mutmut_1`" not in made
    assert "* `seawall.images.evaluate.x_clock__mutmut_2`: the same moment, written otherwise\n" in made
    assert "* `seawall.images.evaluate.x_clock__mutmut_3`\n" in made
    assert "* `seawall.retries.count.x_of__mutmut_4`: an equal count\n" in made
    scores, words = read(made)
    assert (scores["retries/count"].killed, scores["retries/count"].survived) == (1050, 1)
    assert words["seawall.images.evaluate.x_clock__mutmut_3"] == ""


def test_a_sampled_score_says_so_and_goes_on_saying_it() -> None:
    made = page([Score("images/evaluate", 1000, 200, 0, (), 1200)], BEFORE)
    assert "| images/evaluate | 1,200 | 1,000 | 83.3 % | 1,200 |\n" in made
    assert "| retries/count | 1,051 | 1,050 | 99.9 % | all |\n" in made
    again = page([], made)
    assert again == made
    assert read(again)[0]["images/evaluate"].sample == 1200


def test_the_page_reads_as_it_is_written() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page([], text) == text
