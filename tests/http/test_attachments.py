"""Attachments over HTTP, and what people try with them."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import db
from app.graphql.ids import parse_global_id
from app.tracker.attachments import sweep_leftovers
from app.tracker.files import delete_files
from tests.client import Client, Company, start, unknown

NOW = "2020-11-10T09:00:00+03:00"
WANTED = "uploadUrl expiresAt attachment { id url uploadedAt }"


@dataclass(frozen=True, slots=True)
class Desk:
    """A member at an issue, and someone who has nothing but addresses."""

    member: Client
    company: Company
    issue_id: str
    nobody: httpx.AsyncClient
    files: Path

    async def announce(self, size: int, **given: Any) -> Any:
        given = {"fileName": "fire.txt", "contentType": "text/plain", "size": size} | given
        return await self.member.change("attachmentCreate", WANTED, issueId=self.issue_id, **given)

    async def put(self, url: str, content: bytes | AsyncIterator[bytes]) -> httpx.Response:
        return await self.nobody.put(url, content=content)

    async def uploaded(self, content: bytes, **given: Any) -> Any:
        """A file that is there; gives its node."""
        announced = await self.announce(len(content), **given)
        assert (await self.put(announced["uploadUrl"], content)).status_code == 201
        wanted = "query($id: ID!) { node(id: $id) { ... on Attachment { id url size sha256 fileName } } }"
        return (await self.member.ask(wanted, id=announced["attachment"]["id"]))["node"]

    def stored(self) -> list[str]:
        """Files of the organization, and all that are being received."""
        folder = self.files / str(parse_global_id(self.company.id)[1])
        return sorted(str(path.relative_to(self.files)) for path in [*folder.glob("*"), *self.files.glob("incoming/*")])


@pytest.fixture
async def desk(client: Client, own_data_dir: Path) -> AsyncIterator[Desk]:
    company = await start(client, NOW)
    member = await client.as_member((await company.invite(1))[0])
    queue = (await member.change("queueCreate", "queue { id }", organizationId=company.id, key="OPS", name="Ops"))[
        "queue"
    ]
    issue = (await member.change("issueCreate", "issue { id }", queueId=queue["id"], summary="Fire"))["issue"]
    async with httpx.AsyncClient(base_url=client.http.base_url, trust_env=False) as nobody:
        yield Desk(member, company, issue["id"], nobody, own_data_dir / "files")


async def slowly(content: bytes, times: int) -> AsyncIterator[bytes]:
    """Without a length said beforehand."""
    for _ in range(times):
        yield content


async def test_what_was_uploaded_is_downloaded_and_never_shown(desk: Desk) -> None:
    content = bytes(range(256)) * 4096
    node = await desk.uploaded(content, fileName="Отчёт.txt")

    answer = await desk.member.http.get(node["url"], headers=desk.member.headers)

    assert (node["size"], node["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''%D0%9E%D1%82%D1%87%D1%91%D1%82.txt"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert len(desk.stored()) == 1


async def test_html_under_another_name_is_sent_as_what_it_was_announced_as(desk: Desk) -> None:
    node = await desk.uploaded(b"<script>alert(1)</script>", fileName="x.html", contentType="text/plain")
    answer = await desk.member.http.get(node["url"], headers=desk.member.headers)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="x.html"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"fileName": "../../etc/passwd"}, "fileName"),
        ({"fileName": "..\\x"}, "fileName"),
        ({"fileName": ""}, "fileName"),
        ({"fileName": "a\nContent-Type: text/html"}, "fileName"),
        ({"contentType": "text/html"}, "contentType"),
        ({"contentType": "image/svg+xml"}, "contentType"),
        ({"size": 0}, "size"),
        ({"size": 50 * 1024 * 1024 + 1}, "size"),
    ],
)
async def test_a_file_that_is_not_taken_is_refused(desk: Desk, given: dict[str, Any], field: str) -> None:
    announced = {"issueId": desk.issue_id, "fileName": "a.txt", "contentType": "text/plain", "size": 1} | given
    refusal = await desk.member.refuse("attachmentCreate", **announced)
    assert [(one.code, one.path) for one in refusal.problems] == [("INVALID_INPUT", ["input", field])]


async def test_everything_wrong_is_told_at_once(desk: Desk) -> None:
    given = {"issueId": desk.issue_id, "fileName": "a/b", "contentType": "text/html", "size": -1}
    refusal = await desk.member.refuse("attachmentCreate", **given)
    assert [one.path[-1] for one in refusal.problems] == ["fileName", "contentType", "size"]


@pytest.mark.parametrize("sent", [0, 9, 11, 3_000_000])
@pytest.mark.parametrize("is_told", [True, False])
async def test_another_size_than_announced_is_refused_and_leaves_nothing(desk: Desk, sent: int, is_told: bool) -> None:
    announced = await desk.announce(10)
    content: Any = b"x" * sent if is_told else slowly(b"x" * sent, 1)
    try:
        answer = await desk.put(announced["uploadUrl"], content)
    except httpx.TransportError:
        assert sent > 10  # cut off while sending
    else:
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_INPUT")
    assert desk.stored() == []
    assert (await desk.put(announced["uploadUrl"], b"x" * 10)).status_code == 201  # the address is not used up


async def test_an_address_works_once(desk: Desk) -> None:
    announced = await desk.announce(1)
    statuses = await asyncio.gather(*(desk.put(announced["uploadUrl"], b"x") for _ in range(4)))
    assert sorted(one.status_code for one in statuses) == [201, 404, 404, 404]
    assert (await desk.put(announced["uploadUrl"], b"y")).status_code == 404
    assert len(desk.stored()) == 1


async def test_an_address_expires(desk: Desk) -> None:
    announced = await desk.announce(1)
    await db.fetch("UPDATE attachments SET expires_at = clock_timestamp() WHERE uploaded_at IS NULL")
    assert (await desk.put(announced["uploadUrl"], b"x")).status_code == 404
    assert desk.stored() == []


async def test_an_address_that_is_guessed_or_changed_does_not_work(desk: Desk) -> None:
    announced = await desk.announce(1)
    path, _, token = announced["uploadUrl"].partition("?token=")
    other = (await desk.announce(1))["uploadUrl"].partition("?token=")[2]
    for url in (
        path,
        f"{path}?token=",
        f"{path}?token={other}",
        f"/attachments/{unknown('Attachment')}?token={token}",
        f"/attachments/{desk.issue_id}?token={token}",
        f"/attachments/..%2F..%2Fetc%2Fpasswd?token={token}",
        f"/attachments/nonsense?token={token}",
    ):
        assert (await desk.put(url, b"x")).status_code == 404, url
    assert desk.stored() == []


async def test_a_download_needs_a_bearer_token_of_the_organization(desk: Desk, client: Client) -> None:
    node = await desk.uploaded(b"smoke")
    other = await start(client, NOW)
    stranger = await client.as_member((await other.invite(1))[0])

    assert (await desk.nobody.get(node["url"])).status_code == 401
    assert (await stranger.http.get(node["url"], headers=stranger.headers)).status_code == 404
    assert (await stranger.ask("query($id: ID!) { node(id: $id) { id } }", id=node["id"]))["node"] is None
    assert (await stranger.refuse("attachmentDelete", attachmentId=node["id"])).code == "NOT_FOUND"


async def test_what_is_only_awaited_cannot_be_downloaded(desk: Desk) -> None:
    announced = await desk.announce(1)
    answer = await desk.member.http.get(f"/attachments/{announced['attachment']['id']}", headers=desk.member.headers)
    assert answer.status_code == 404


async def test_a_deleted_file_is_gone_and_the_history_keeps_its_name(desk: Desk) -> None:
    node = await desk.uploaded(b"smoke")
    wanted = "issue { attachments { id } history { nodes { field from to } } }"

    issue = (await desk.member.change("attachmentDelete", wanted, attachmentId=node["id"]))["issue"]

    assert issue["attachments"] == []
    assert issue["history"]["nodes"] == [
        {"field": "ATTACHMENT", "from": None, "to": "fire.txt"},
        {"field": "ATTACHMENT", "from": "fire.txt", "to": None},
    ]
    assert desk.stored() == []
    assert (await desk.member.http.get(node["url"], headers=desk.member.headers)).status_code == 404


async def test_a_purge_deletes_every_file_and_can_do_so_again(desk: Desk) -> None:
    await desk.uploaded(b"smoke")
    await desk.uploaded(b"fire")
    organization_id = parse_global_id(desk.company.id)[1]

    assert [await delete_files(organization_id), await delete_files(organization_id)] == [2, 0]
    assert not (desk.files / str(organization_id)).exists()


async def test_the_sweep_forgets_what_never_came_and_deletes_what_nothing_refers_to(desk: Desk) -> None:
    kept = await desk.uploaded(b"smoke")
    await desk.announce(1)
    await db.fetch("UPDATE attachments SET expires_at = clock_timestamp() - interval '1 day'")
    organization_id = str(parse_global_id(desk.company.id)[1])
    orphan = desk.files / organization_id / "0a000000-0000-4000-8000-00000000000f"
    part = desk.files / "incoming" / f"{organization_id}.0a000000-0000-4000-8000-00000000000f.abc"
    young = desk.files / "incoming" / f"{organization_id}.0a000000-0000-4000-8000-00000000000e.abc"
    for path in (orphan, part, young):
        path.write_bytes(b"left")
    for path in [*desk.files.glob(f"{organization_id}/*"), part]:
        os.utime(path, (0, 0))

    assert await sweep_leftovers() >= 3

    kept_id = str(parse_global_id(kept["id"])[1])
    assert f"{organization_id}/{kept_id}" in desk.stored()
    assert [path.exists() for path in (orphan, part, young)] == [False, False, True]
    young.unlink()
    count = await db.count("SELECT 1 FROM attachments WHERE organization_id = $1", parse_global_id(desk.company.id)[1])
    assert count == 1
