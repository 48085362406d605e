"""What linters for GraphQL say of our schema, and of the operations of clients."""

import pytest

from conformance.programs import HERE, ROOT, run

OPERATIONS = [
    "conformance/clients/*.graphql",
    "conformance/relay/__generated__/*.graphql",
    "clients/python/operations/*.graphql",
]


async def test_graphql_schema_linter_with_all_its_rules_finds_nothing() -> None:
    outcome = await run("graphql-schema-linter", "schema.graphql", cwd=ROOT)
    assert outcome.exit_code == 0, outcome.output


@pytest.mark.usefixtures("operations")
async def test_graphql_eslint_finds_nothing() -> None:
    config = ["--config", str(HERE / "eslint.config.js"), "--max-warnings", "0"]
    outcome = await run("eslint", *config, "schema.graphql", *OPERATIONS, cwd=ROOT)
    assert outcome.exit_code == 0, outcome.output
