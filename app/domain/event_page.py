"""The catalogue of events as partners read it, in Markdown."""

from collections.abc import Iterator

from app.domain.event_catalog import GROUPS
from app.domain.event_shapes import EventType, Payload
from app.domain.event_types import needed_for


def as_markdown() -> str:
    """A heading and a table for each group; a field with a question mark is there only where it says something."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for heading, group in GROUPS.items():
        yield f"### {heading}\n"
        yield "| event | when | payload | seen with |"
        yield "| --- | --- | --- | --- |"
        yield from map(_row, group)
        yield ""


def _row(event: EventType) -> str:
    needed = needed_for(event.name)
    seen_with = f"`{needed.value}`" if needed is not None else ""
    return f"| `{event.name}` | {event.told} | {_fields(event.payload)} | {seen_with} |"


def _fields(payload: Payload) -> str:
    return "<br>".join(
        f"`{name}`{'?' if shape.may_be_missing else ''} {shape.told}".replace("|", "\\|")
        for name, shape in payload.items()
    )
