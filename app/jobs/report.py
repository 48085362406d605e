"""What the workers do, for people and for programs."""

from collections.abc import Sequence
from dataclasses import asdict

from app import db
from app.jobs.overview import JobState
from app.jobs.tries import ParkedRow


def as_lines(states: Sequence[JobState], parked: Sequence[ParkedRow]) -> list[str]:
    """A line for each kind of job, and one for each that is parked."""
    lines = [f"{'job':<26}{'due':>7}{'waiting':>9}{'parked':>8}  last run"]
    for state in states:
        due = f"{state.due}{'+' if state.has_more_due else ''}"
        lines.append(f"{state.job:<26}{due:>7}{state.waiting:>9}{state.parked:>8}  {_last(state)}")
    return [*lines, *map(_parked, parked)]


def to_json(states: Sequence[JobState], parked: Sequence[ParkedRow]) -> str:
    """{jobs: [...], parked: [...]}, named as their columns are."""
    return db.to_json(
        {
            "jobs": [asdict(state) | {"length": state.length.value} for state in states],
            "parked": [asdict(row) for row in parked],
        }
    )


def _parked(row: ParkedRow) -> str:
    """With the id that `--retry` takes."""
    whose = f"organization {row.organization_id}" if row.organization_id is not None else f"subject {row.subject_id}"
    return f"parked {row.parked_at:%Y-%m-%d %H:%M}  {row.id}  {row.job}  {whose}  {row.error}"


def _last(state: JobState) -> str:
    late = "LATE  " if state.is_late else ""
    if not state.runs:
        return f"{late}never" + (f", looked {state.looked_at:%Y-%m-%d %H:%M:%S}" if state.looked_at else "")
    run = state.runs[0]
    seconds = (run.seen_at - run.started_at).total_seconds()
    progress = f"{run.done} done" + (f", {run.failed} failed" if run.failed else "")
    now = "running, " if run.is_running else "lost, " if run.is_lost else ""
    return f"{late}{now}{run.started_at:%Y-%m-%d %H:%M:%S}, {seconds:.1f} s, {progress} of {run.subjects} rung"
