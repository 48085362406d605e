"""The public schema, as strangers get it."""

from pathlib import Path

import httpx
import pytest

from tests.servers import Api

STORED = Path(__file__).parents[2].joinpath("schema.graphql").read_text()


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "gzip"), ("identity", None)])
async def test_everyone_gets_the_schema_compressed_as_they_take_it(
    api: Api, accepted: str, encoding: str | None
) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as nobody:
        response = await nobody.get("/schema.graphql", headers={"Accept-Encoding": accepted})

    assert response.text == STORED
    assert response.headers.get("Content-Encoding") == encoding
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Accept-Encoding" in response.headers["Vary"]


async def test_who_has_it_already_is_told_so(api: Api) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as nobody:
        first = await nobody.get("/schema.graphql")
        tag = first.headers["ETag"]
        same = await nobody.get("/schema.graphql", headers={"If-None-Match": tag})
        other = await nobody.get("/schema.graphql", headers={"If-None-Match": 'W/"0123456789abcdef"'})

    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    assert (other.status_code, other.text) == (200, STORED)
