"""What the model says, for the emulator to confirm or to deny."""

from pathlib import Path

RUNS = {
    ("case-01-queue-function", "Worker", "error"): 3,
    ("case-01-queue-function", "Worker", "timeout"): 3,
    ("case-01-queue-function", "Worker", "fault"): 3,
    ("case-03-handoff-to-machine", "Task", "error"): 4,
    ("case-03-handoff-to-machine", "Trigger", "error"): 5,
    ("case-04-pipe-to-express", "Task", "error"): 20,
    ("case-05-service-faults-only", "Task", "error"): 1,
    ("case-05-service-faults-only", "Task", "timeout"): 1,
    ("case-05-service-faults-only", "Task", "fault"): 4,
    ("case-05-service-faults-only", "Task", "throttle"): 4,
    ("case-06-cdk-lambda-invoke", "Task79114B6B", "error"): 1,
    ("case-06-cdk-lambda-invoke", "Task79114B6B", "timeout"): 1,
    ("case-06-cdk-lambda-invoke", "Task79114B6B", "fault"): 7,
    ("case-06-cdk-lambda-invoke", "Task79114B6B", "throttle"): 1,
    ("case-07-two-retriers", "Task", "error"): 8,
    ("case-07-two-retriers", "Task", "timeout"): 6,
    ("case-07-two-retriers", "Task", "fault"): 6,
    ("case-07-two-retriers", "Task", "throttle"): 6,
    ("case-08-parallel-around-task", "Task", "error"): 24,
    ("case-09-rule-function", "Worker", "error"): 3,
    ("case-10-topic-queue-function", "Worker", "error"): 4,
    ("case-12-dead-letter-consumer", "Worker", "error"): 5,
    ("case-14-nested-sync", "Task", "error"): 12,
    ("case-14b-nested-sync-own-error", "Task", "error"): 4,
    ("case-15-collateral", "Save", "error"): 20,
    ("case-15-collateral", "Charge", "error"): 5,
    ("case-16-task-invokes-async", "Task", "error"): 3,
    ("case-17-caught-failure", "Task", "error"): 4,
}
COLLATERAL = {("case-15-collateral", "Save", "Charge"): 5}
GAIN = {("case-13-requeue", "error"): 1, ("case-13-requeue", "fault"): 4}


def predicted_runs(template_path: Path, site_logical_id: str, failure: str) -> int:
    """How often the site runs for one event if every run of it fails with that class."""
    return RUNS[template_path.stem, site_logical_id, failure]


def predicted_collateral(template_path: Path, failing: str, healthy: str) -> int:
    """How often the healthy site runs while every run of the failing one ends in an error."""
    return COLLATERAL[template_path.stem, failing, healthy]


def predicted_gain(template_path: Path, failure: str) -> int:
    """How many events one event becomes per lap of the template's only loop."""
    return GAIN[template_path.stem, failure]
