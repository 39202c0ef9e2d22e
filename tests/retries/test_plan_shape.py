"""What the shape of a plan tells of the courses through it."""

from __future__ import annotations

from seawall.graph import Plan, StateStep
from seawall.retries.plan_shape import PlanShape, shape_of


def step(name: str, *following: str, **more: object) -> StateStep:
    return StateStep(name, following, **more)  # type: ignore[arg-type]


def shape(*steps: StateStep) -> PlanShape | None:
    plan = Plan((steps[0].site,), {each.site: each for each in steps})
    return shape_of(plan, lambda each: (each.fails,))


def test_ends_without_a_step_are_those_of_courses_around_it() -> None:
    """A choice between Work and Skip, both lead to Last; a third way ends in a Fail state."""
    found = shape(
        step("Choose", "Work", "Skip", "Stop", chooses=True),
        step("Work", "Last"),
        step("Skip", "Last"),
        step("Stop", fails="error:Stopped"),
        step("Last"),
    )
    assert found is not None
    assert list(found.ends_without("Choose", "Work")) == [None, "error:Stopped"]
    assert list(found.ends_without("Choose", "Last")) == ["error:Stopped"]
    assert list(found.ends_without("Choose", "Stop")) == [None]
    assert list(found.ends_without("Work", "Last")) == []
    assert list(found.ends_without("Work", "Skip")) == [None]
    assert found.leads("Choose", "Last")
    assert not found.leads("Work", "Skip")
    assert found.order is not None
    assert found.order.index("Last") < found.order.index("Work") < found.order.index("Choose")


def test_a_way_back_in_the_ordinary_course_has_no_shape() -> None:
    assert shape(step("Wait", "Ask"), step("Ask", "Wait", "Done", chooses=True), step("Done")) is None


def test_a_catch_that_leads_back_leaves_a_shape_without_an_order() -> None:
    found = shape(step("A", "B"), step("B", caught={"error": ("A",)}))
    assert found is not None
    assert found.order is None
    assert list(found.ends["A"]) == [None]
