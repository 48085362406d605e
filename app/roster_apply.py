"""`seatmark directory-apply`: a CSV file compared with an organization over HTTP, priced, and then applied."""

import itertools
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import typer

from app.processes import StartError
from app.roster_file import RefusedLine, RosterFile, read_people, read_table

T = TypeVar("T")

SHOWN = 5
"""So many people of each kind are named; the others are counted."""

_PEOPLE = {
    "newlySeated": "newly seated",
    "losingSeat": "losing their seat",
    "wouldWait": "waiting for a seat",
    "kept": "not in the file, and staying",
}
_DIFFERENCES = {
    "added": "added",
    "admitted": "taking part without accepting their invitation",
    "returned": "returning",
    "deactivated": "deactivated",
    "renamed": "renamed",
    "roleChanged": "with another role",
    "moved": "moved to another department",
    "joinedTeams": "joining teams",
    "leftTeams": "leaving teams",
}
_GROUPS = {"newDepartments": "new departments", "newTeams": "new teams"}
_DOCUMENT = f"""
    mutation($input: DirectoryApplyInput!) {{ directoryApply(input: $input) {{
        ... on DirectoryApplyPayload {{
            appliedAt
            differences {{
                {" ".join(f"{kind} {{ count nodes(first: {SHOWN}) {{ after {{ email name }} }} }}" for kind in _DIFFERENCES)}
                {" ".join(f"{kind} {{ count nodes(first: {SHOWN}) {{ email name }} }}" for kind in _PEOPLE)}
                {" ".join(f"{kind} {{ count names(first: {SHOWN}) }}" for kind in _GROUPS)}
            }}
            price {{
                month totalBefore {{ amount currency }} totalAfter {{ amount currency }}
                ifNothingChangesBefore {{ amount currency }} ifNothingChangesAfter {{ amount currency }}
                seatsBefore seatsAfter
            }}
            impact {{ nextMonthBefore {{ amount currency }} nextMonthAfter {{ amount currency }} warnings {{ message }} }}
        }}
        ... on UserError {{ code message problems {{ code message path }} }}
    }} }}
"""  # noqa: E501 - a document is read in its own lines


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person at the terminal asks for."""

    file: Path
    organization: str
    encoding: str | None
    ignore_other_columns: bool
    max_deactivations: int | None
    is_dry_run: bool
    is_sure: bool


def run(url: str, key: str, wish: Wish) -> int:
    """Compare, show, ask and apply; returns the exit status. Raises: StartError."""
    people = _read(wish)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=120) as client:
        try:
            return _run(_Api(client), wish, people)
        except httpx.HTTPError as error:
            raise StartError(f"{url} does not answer as it should: {str(error) or type(error).__name__}") from None


def _run(api: "_Api", wish: Wish, people: RosterFile) -> int:
    given: dict[str, Any] = {"organizationId": api.find(wish.organization), "members": people.members}
    if wish.max_deactivations is not None:
        given["maxDeactivations"] = wish.max_deactivations
    compared = _while_waiting(
        f"Comparing {len(people.members)} people with {wish.organization}", lambda: api.apply({**given, "dryRun": True})
    )
    if people.refused or "problems" in compared:
        return _report(wish.file, people, compared)
    _show(compared)
    if not any(compared["differences"][kind]["count"] for kind in (*_DIFFERENCES, *_GROUPS)):
        _say("Nothing to change.")
        return 0
    if wish.is_dry_run:
        return 0
    if not wish.is_sure and not typer.confirm("Apply?", err=True):
        _say("Nothing was changed.")
        return 1
    applied = _while_waiting("Applying", lambda: api.apply({**given, **_as_compared(compared)}))
    if "problems" in applied:
        return _report(wish.file, people, applied)
    _say(f"Applied at {applied['appliedAt']}.")
    return 0


def _as_compared(compared: Any) -> dict[str, Any]:
    """Nobody is deactivated, and nothing paid, beyond what was shown."""
    shown: dict[str, Any] = {"maxDeactivations": compared["differences"]["deactivated"]["count"]}
    if compared["price"] is not None:
        shown["expectedTotal"] = compared["price"]["totalAfter"]["amount"]
    return shown


class _Api:
    """Asks the API as demo.py does."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def find(self, slug: str) -> str:
        """The organization's id. Raises: StartError."""
        document = "query($slug: String) { organization(slug: $slug) { id } }"
        found = self._ask(document, slug=slug)["organization"]
        if found is None:
            raise StartError(f"there is no organization {slug!r}")
        organization_id: str = found["id"]
        return organization_id

    def apply(self, given: dict[str, Any]) -> Any:
        """The payload of `directoryApply`, or the `UserError`."""
        return self._ask(_DOCUMENT, input=given)["directoryApply"]

    def _ask(self, document: str, **variables: Any) -> Any:
        answer = self.client.post("/graphql", json={"query": document, "variables": variables})
        try:
            body = answer.json()
        except ValueError:
            raise StartError(f"{answer.url} answered {answer.status_code} and no JSON") from None
        if body.get("data") is None:
            raise StartError(body["errors"][0]["message"])
        return body["data"]


def _read(wish: Wish) -> RosterFile:
    table = read_table(wish.file, wish.encoding, ignore_other_columns=wish.ignore_other_columns)
    with typer.progressbar(table.rows, label=f"Reading {wish.file.name}", file=sys.stderr) as rows:
        people = read_people(table, rows)
    if not people.members:
        raise StartError(f"{wish.file} has nobody in it")
    return people


def _while_waiting(label: str, work: Callable[[], T]) -> T:
    """The work's result. How far the other side is cannot be known from here: the bar shows that it is at work."""
    with ThreadPoolExecutor(1) as thread, typer.progressbar(itertools.count(), label=label, file=sys.stderr) as bar:
        future: Future[T] = thread.submit(work)
        for _ in bar:
            if wait([future], timeout=0.1).done:
                break
        return future.result()


def _report(file: Path, people: RosterFile, answer: Any) -> int:
    """Every line refused, here or there, in the order of the file; gives the exit status."""
    found = list(people.refused)
    known = {one.number for one in found}
    problems = answer.get("problems", [])
    for problem in problems:
        place = _place(problem["path"])
        if place is None:
            _complain(f"seatmark: {problem['message']}{_advice(problem['path'])}")
        elif people.numbers[place] not in known:
            column = problem["path"][3] if len(problem["path"]) > 3 else None  # noqa: PLR2004 - input, members, place
            found.append(RefusedLine(people.numbers[place], column, problem["message"]))
    for one in sorted(found, key=lambda one: one.number):
        column = f"{one.column}: " if one.column else ""
        _complain(f"{file}:{one.number}: {column}{one.reason}")
    lines = len({one.number for one in found})
    refused = f"{lines} {'line' if lines == 1 else 'lines'} refused; " if lines else ""
    _complain(f"seatmark: {refused}nothing was changed")
    return 1


def _place(path: Sequence[str]) -> int | None:
    return int(path[2]) if len(path) > 2 and path[1] == "members" else None  # noqa: PLR2004 - input, members, place


def _advice(path: Sequence[str]) -> str:
    return " (--max-deactivations)" if path[-1] == "maxDeactivations" else ""


def _show(compared: Any) -> None:
    """What would change, and what that costs."""
    for kind, meaning in _DIFFERENCES.items():
        found = compared["differences"][kind]
        _say_people(meaning, found["count"], [one["after"] for one in found["nodes"]])
    for kind, meaning in _GROUPS.items():
        found = compared["differences"][kind]
        _say_some(meaning, found["count"], found["names"])
    for kind, meaning in _PEOPLE.items():
        found = compared["differences"][kind]
        _say_people(meaning, found["count"], found["nodes"])
    price = compared["price"]
    if price is not None:
        _say(f"Seats: {price['seatsBefore']} now, {price['seatsAfter']} then.")
        _say(f"{price['month']} so far: {_amount(price['totalBefore'])} now, {_amount(price['totalAfter'])} then.")
        before, after = price["ifNothingChangesBefore"], price["ifNothingChangesAfter"]
        _say(f"{price['month']} in the end: {_amount(before)} now, {_amount(after)} then, if nothing else changes.")
    impact = compared["impact"]
    if impact is not None:
        _say(f"The month after: {_amount(impact['nextMonthBefore'])} now, {_amount(impact['nextMonthAfter'])} then.")
        for warning in impact["warnings"]:
            _say(f"Note: {warning['message']}")


def _say_people(meaning: str, count: int, people: Sequence[Any]) -> None:
    _say_some(meaning, count, [f"{one['name']} <{one['email']}>" for one in people])


def _say_some(meaning: str, count: int, named: Sequence[str]) -> None:
    if count:
        more = f" and {count - len(named)} more" if count > len(named) else ""
        _say(f"{count} {meaning}: {', '.join(named)}{more}")


def _amount(money: dict[str, str]) -> str:
    return f"{money['amount']} {money['currency']}"


def _say(line: str) -> None:
    print(line, flush=True)


def _complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
