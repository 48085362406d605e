"""Boards: filters under a name, for everyone in the organization (R7.1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson

from app import db
from app.domain.actor import Actor, Permission
from app.domain.errors import ErrorCode, Problem, check_all, refuse, refuse_for
from app.domain.issue_filter import IssueFilter, IssueOrder, check_filter, filter_from_json, filter_to_json
from app.domain.text import check_text
from app.tracker.writing import Write, begin_write, not_found, organization_of

MOST_BOARDS = 200
"""Boards of one organization."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    id: UUID
    organization_id: UUID
    name: str
    filter: IssueFilter
    order: IssueOrder
    author_id: UUID
    created_at: datetime
    updated_at: datetime


_COLUMNS = "id, organization_id, name, criteria, ordering, author_id, created_at, updated_at"


async def find_boards(board_ids: Sequence[UUID]) -> list[BoardRow]:
    """By id, in no order."""
    return [_board_from(row) for row in await db.fetch(f"SELECT {_COLUMNS} FROM boards WHERE id = ANY($1)", board_ids)]


async def list_boards(organization_id: UUID) -> list[BoardRow]:
    """By name; at most MOST_BOARDS."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM boards WHERE organization_id = $1 ORDER BY lower(name), id", organization_id
    )
    return [_board_from(row) for row in rows]


async def create_board(actor: Actor, organization_id: UUID, name: str, wanted: IssueFilter, order: IssueOrder) -> UUID:
    """Raises: DomainError INVALID_INPUT, NOT_FOUND (what the filter names), ALREADY_EXISTS, and what
    `begin_write` raises."""
    checked = _check({"name": name, "filter": wanted})
    async with db.in_transaction():
        write = await begin_write(actor, organization_id, Permission.BOARD_MANAGE)
        await _refuse_bad(write, None, checked)
        board_id = uuid4()
        await db.fetch(
            """
            INSERT INTO boards (id, organization_id, name, criteria, ordering, author_id, created_at, updated_at)
            SELECT $1, $2, $3, $4::jsonb, $5, $6, $7, $7
            """,
            board_id,
            organization_id,
            checked["name"],
            db.to_json(filter_to_json(wanted)),
            order.value,
            write.member_id,
            write.at,
        )
        await write.record("board.created", boardId=board_id)
    return board_id


async def update_board(actor: Actor, board_id: UUID, given: Mapping[str, Any]) -> UUID:
    """Change what is given of `name`, `filter` and `order`.

    Raises: DomainError NOT_FOUND, INVALID_INPUT, ALREADY_EXISTS, and what `begin_write` raises.
    """
    checked = _check(given)
    async with db.in_transaction():
        write = await _begin(actor, board_id)
        await _refuse_bad(write, board_id, checked)
        await db.fetch(
            """
            UPDATE boards SET name = coalesce($2, name), criteria = coalesce($3::jsonb, criteria),
                              ordering = coalesce($4, ordering), updated_at = $5
            WHERE id = $1
            """,
            board_id,
            checked.get("name"),
            db.to_json(filter_to_json(checked["filter"])) if "filter" in checked else None,
            checked["order"].value if "order" in checked else None,
            write.at,
        )
        await write.record("board.updated", boardId=board_id)
    return board_id


async def delete_board(actor: Actor, board_id: UUID) -> UUID:
    """Returns the organization's id. Raises: DomainError NOT_FOUND, and what `begin_write` raises."""
    async with db.in_transaction():
        write = await _begin(actor, board_id)
        await db.fetch("DELETE FROM boards WHERE id = $1", board_id)
        await write.record("board.deleted", boardId=board_id)
    return write.organization_id


async def _begin(actor: Actor, board_id: UUID) -> Write:
    """Under the lock, with the board still there."""
    write = await begin_write(
        actor, await organization_of(actor, "boards", board_id, "boardId"), Permission.BOARD_MANAGE
    )
    if not await find_boards([board_id]):
        raise not_found("board", "boardId")
    return write


def _check(given: Mapping[str, Any]) -> dict[str, Any]:
    """Raises: DomainError INVALID_INPUT with every problem found."""
    checks: dict[str, Callable[[Any], Any]] = {
        "name": lambda value: check_text(value or "", "The name", 200, "input", "name"),
        "filter": lambda value: check_filter(value, "input", "filter"),
        "order": lambda value: value,
    }
    values = check_all(*(partial(checks[name], value) for name, value in given.items()))
    return dict(zip(given, values, strict=True))


async def _refuse_bad(write: Write, board_id: UUID | None, checked: Mapping[str, Any]) -> None:
    """Raises: DomainError with every problem: a name that is taken, or what the filter names and is not there."""
    problems: list[Problem] = []
    if "name" in checked:
        problems += await _name_problems(write, board_id, checked["name"])
    if "filter" in checked:
        problems += await _filter_problems(write, checked["filter"])
    if problems:
        raise refuse_for(problems)


async def _name_problems(write: Write, board_id: UUID | None, name: str) -> list[Problem]:
    row = await db.fetch_one(
        """
        SELECT count(*) FILTER (WHERE lower(name) = lower($2)) AS named, count(*) AS boards
        FROM boards WHERE organization_id = $1 AND id IS DISTINCT FROM $3
        """,
        write.organization_id,
        name,
        board_id,
    )
    assert row is not None, "an aggregate always answers"
    if row["named"]:
        return list(refuse(ErrorCode.ALREADY_EXISTS, f"There is a board {name!r} already.", "input", "name").problems)
    if row["boards"] >= MOST_BOARDS:
        message = f"An organization has at most {MOST_BOARDS} boards."
        return list(refuse(ErrorCode.INVALID_INPUT, message, "input").problems)
    return []


async def _filter_problems(write: Write, wanted: IssueFilter) -> list[Problem]:
    rows = await db.fetch(
        """
        SELECT id FROM queues WHERE organization_id = $1 AND id = ANY($2)
        UNION ALL SELECT id FROM members WHERE organization_id = $1 AND id = ANY($3)
        """,
        write.organization_id,
        list(wanted.queue_ids),
        list(wanted.member_ids),
    )
    known = {row["id"] for row in rows}
    problems = []
    for field, ids in (
        ("queueId", wanted.queue_ids),
        ("assigneeId", wanted.assignee_ids),
        ("authorId", wanted.author_ids),
        ("watchedBy", wanted.watcher_ids),
    ):
        if set(ids) - known:
            message = "The filter names somebody or something that is not there."
            problems.append(Problem(ErrorCode.NOT_FOUND, message, ("input", "filter", field)))
    return problems


def _board_from(row: db.Row) -> BoardRow:
    return BoardRow(
        id=row["id"],
        organization_id=row["organization_id"],
        name=row["name"],
        filter=filter_from_json(orjson.loads(row["criteria"])),
        order=IssueOrder(row["ordering"]),
        author_id=row["author_id"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
