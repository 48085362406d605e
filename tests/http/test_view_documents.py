"""Documents that are registered: known by an id, from a folder, and where it is so set the only ones."""

import asyncio
import hashlib
import json
from pathlib import Path

import httpx
import pytest

from app.http.documents import load_trusted
from app.settings import SettingsError, load_settings
from tests import servers
from tests.client import contents
from tests.http.conftest import DOCUMENTS, with_key
from tests.http.refusals import CREATING, refusal
from tests.servers import Api

LISTS = {"priceLists": [{"name": "Public list of October 2020"}]}
HASH = f"sha256:{hashlib.sha256(DOCUMENTS['lists.graphql'].encode()).hexdigest()}"


@pytest.mark.parametrize("name", ["lists", HASH])
async def test_a_document_is_executed_by_its_id(special_caller: httpx.AsyncClient, name: str) -> None:
    posted = await special_caller.post("/graphql", json={"documentId": name})
    got = await special_caller.get("/graphql", params={"documentId": name})

    assert [posted.json()["data"], got.json()["data"]] == [LISTS, LISTS]


async def test_a_document_of_a_manifest_takes_variables_and_a_name(special_caller: httpx.AsyncClient) -> None:
    made = await special_caller.post(
        "/graphql", json={"documentId": "clock", "variables": {"now": "2021-01-01T00:00:00Z"}}
    )
    named = await special_caller.post("/graphql", json={"documentId": "two", "operationName": "B"})
    unclear = await special_caller.post("/graphql", json={"documentId": "two"})

    assert made.json()["data"] == {"testClockCreate": {"__typename": "TestClockCreatePayload"}}
    assert named.json()["data"] == LISTS
    assert refusal(unclear) == (400, "OPERATION_RESOLUTION_FAILURE")


async def test_a_registered_mutation_is_not_executed_by_get(special_caller: httpx.AsyncClient) -> None:
    before = await contents()

    response = await special_caller.get(
        "/graphql", params={"documentId": "clock", "variables": '{"now": "2021-01-01T00:00:00Z"}'}
    )

    assert refusal(response) == (405, "METHOD_NOT_ALLOWED")
    assert await contents() == before


@pytest.mark.parametrize("name", ["", "nothing", "LISTS", f"sha256:{'0' * 64}", "../lists", "lists.graphql"])
async def test_an_id_that_nothing_has_is_refused(special_caller: httpx.AsyncClient, name: str) -> None:
    response = await special_caller.post("/graphql", json={"documentId": name})

    assert refusal(response) == (400, "PERSISTED_DOCUMENT_NOT_FOUND")


async def test_where_only_these_are_allowed_no_other_is_executed(
    api: Api, database: str, redis_url: str, tmp_path: Path
) -> None:
    tmp_path.joinpath("lists.graphql").write_text(DOCUMENTS["lists.graphql"])
    own = {"SEATMARK_DOCUMENTS_DIR": str(tmp_path), "SEATMARK_TRUSTED_DOCUMENTS_ONLY": "true"}
    variables = await servers.variables(database, REDIS_URL=redis_url, **own)
    before = await contents()
    async with servers.run_api(variables, api.operator_key, tmp_path / "log") as strict, with_key(strict) as http:
        registered = await http.post("/graphql", json={"documentId": "lists"})
        same = await http.post("/graphql", json={"query": DOCUMENTS["lists.graphql"]})
        other = await http.post("/graphql", json={"query": CREATING})

    assert registered.json()["data"] == LISTS
    assert [refusal(same), refusal(other)] == [(403, "PERSISTED_DOCUMENT_REQUIRED")] * 2
    assert await contents() == before


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("half.graphql", "{", "'half': Syntax Error: Expected Name, found <EOF>."),
        ("odd.graphql", "{ nonsense }", "'odd': Cannot query field 'nonsense' on type 'Query'."),
        ("a b.graphql", "{ __typename }", "'a b' is not an id of a document"),
        ("list.json", "[]", "is not an object of documents by their ids"),
        ("half.json", "{", "is not JSON"),
        ("other.json", json.dumps({HASH: "{ __typename }"}), "is not the hash of its document"),
        ("foreign.json", json.dumps({"md5:abc": "{ __typename }"}), "'md5:abc' is not an id of a document"),
        ("bytes.graphql", "\udcff", "cannot read"),
    ],
)
def test_a_document_that_cannot_be_executed_stops_the_start(tmp_path: Path, name: str, text: str, reason: str) -> None:
    tmp_path.joinpath(name).write_text(text, errors="surrogateescape")

    with pytest.raises(SettingsError, match=r"\ASEATMARK_DOCUMENTS_DIR: .+\Z") as caught:
        load_trusted(tmp_path)

    assert reason in str(caught.value)


async def test_the_start_says_in_one_line_what_is_wrong_with_a_document(database: str, tmp_path: Path) -> None:
    tmp_path.joinpath("odd.graphql").write_text("{ nonsense }")
    log = tmp_path / "log"
    variables = await servers.variables(database, SEATMARK_DOCUMENTS_DIR=str(tmp_path), SEATMARK_PORT="1")
    async with servers.run_command("api", variables, log) as process:
        for _ in range(1_200):
            if process.poll() is not None:
                break
            await asyncio.sleep(0.05)

    assert process.returncode == 1
    (line,) = log.read_text().splitlines()
    assert line.startswith("seatmark: SEATMARK_DOCUMENTS_DIR: ")


def test_only_documents_need_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATMARK_TRUSTED_DOCUMENTS_ONLY", "true")

    with pytest.raises(SettingsError, match=r"\ASEATMARK_TRUSTED_DOCUMENTS_ONLY: needs SEATMARK_DOCUMENTS_DIR\Z"):
        load_settings()


@pytest.mark.parametrize(
    "origins", ["*", "console.example", "https://a.example/", "https://a.example b", "https://*.example"]
)
def test_an_origin_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
    monkeypatch.setenv("SEATMARK_CORS_ORIGINS", origins)

    with pytest.raises(SettingsError, match=r"\ASEATMARK_CORS_ORIGINS: must be origins"):
        load_settings()
