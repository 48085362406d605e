"""What a plan answers, and what it leaves to graphql-core: exact cases, each answered alike by both."""

import asyncio
from enum import Enum
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
import strawberry
from graphql import Executor, GraphQLSchema, parse
from strawberry.dataloader import DataLoader
from strawberry.execution.is_awaitable import optimized_is_awaitable

from app.domain.actor import Permission
from app.domain.errors import DomainError
from app.domain.policy import Need
from app.graphql.execution import PlannedExecutor
from app.graphql.reads import Guarded, Read
from app.graphql.together import mark, together
from app.graphql.tracing import Traced
from tests.factories import someone_in


class Color(Enum):
    RED = "red"
    BLUE = "blue"


strawberry.enum(Color)


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Leaf(Named):
    size: int = 1
    color: Color = Color.RED
    labels: list[str] | None = None


@strawberry.type
class Stone(Named):
    weight: int = 5


@strawberry.type
class Branch:
    name: str | None
    leaf: Leaf | None = None
    leaves: list[Leaf] = strawberry.field(default_factory=list)
    rows: list[list[Leaf | None] | None] | None = None
    things: list[Named] = strawberry.field(default_factory=list)
    secret: str | None = "hidden"
    number: int = 0
    loaded: str | None = together(
        lambda loaders: loaders.words,  # type: ignore[attr-defined] # those of the test
        lambda branch: branch.number,
        description="What the loader has",
    )

    @strawberry.field
    async def awaited(self) -> str:
        await asyncio.sleep(0)
        return f"awaited {self.number}"

    @strawberry.field
    def computed(self, times: int = 1) -> str:
        if self.number > 5:
            raise ValueError("too many")
        return "x" * times * self.number


BRANCHES: list[Any] = []


@strawberry.type
class Query:
    @strawberry.field
    def branches(self) -> list[Branch]:
        return BRANCHES

    @strawberry.field
    def perhaps(self) -> list[Branch | None] | None:
        return BRANCHES


HERE, THERE = uuid4(), uuid4()
NEED = Need((Permission.MEMBER_VIEW,))
loads: list[list[int]] = []


async def find_words(numbers: list[int]) -> list[Any]:
    loads.append(numbers)
    if 9 in numbers:
        raise ValueError("the database is away")
    return [None if number == 0 else KeyError("none") if number == 8 else f"word {number}" for number in numbers]


def owner_of(branch: Any) -> tuple[UUID, None]:
    return (THERE if branch.number == 7 else HERE), None


def made() -> GraphQLSchema:
    core: GraphQLSchema = strawberry.Schema(Query, types=[Leaf, Stone])._schema  # noqa: SLF001 - as our own `core`
    mark(core)
    for name in ("secret", "loaded"):
        field = core.type_map["Branch"].fields[name]  # type: ignore[attr-defined]
        field.resolve = Traced(name, Guarded(field.resolve, (Read(NEED),), owner_of))
    return core


SCHEMA = made()


class Counting(PlannedExecutor):
    """Counts the fields that graphql-core executes."""

    fields = 0

    def execute_field(self, *given: Any) -> Any:
        Counting.fields += 1
        return super().execute_field(*given)


async def answer(executor_class: type[Executor[Any]], document: str, variables: dict[str, Any]) -> Any:
    actor = someone_in([HERE])
    context = SimpleNamespace(actor=actor, loaders=SimpleNamespace(words=DataLoader(find_words)))
    executor = executor_class.build(
        SCHEMA,
        parse(document),
        context_value=context,
        raw_variable_values=variables,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
    )
    assert isinstance(executor, Executor)
    result: Any = executor.execute_operation()
    result = await result if optimized_is_awaitable(result) else result
    errors = [(one.path, one.message, one.locations, type(one.original_error)) for one in result.errors or ()]
    return result.data, errors


async def both(document: str, branches: list[Any], **variables: Any) -> tuple[Any, list[Any], int]:
    """Data and errors, which are the same by a plan and without one, and the fields that no plan had."""
    BRANCHES[:] = branches
    ordinary = await answer(Executor, document, variables)
    Counting.fields = 0
    assert await answer(Counting, document, variables) == ordinary
    return *ordinary, Counting.fields


def branch(name: Any = "b", **given: Any) -> Branch:
    return Branch(name=name, **given)


def leaf(name: Any = "l", **given: Any) -> Leaf:
    return Leaf(name=name, **given)


async def test_a_list_of_plain_fields_is_answered_by_a_plan_alone() -> None:
    leaves = [leaf(size=2, color=Color.BLUE, labels=["one", "two"]), leaf("m")]
    data, errors, fields = await both(
        """query($yes: Boolean!) { branches { __typename a: name name leaf { size } ... on Branch { leaf { color } }
        ...More rows { labels } gone: name @skip(if: $yes) } }
        fragment More on Branch { leaves { name labels color @include(if: $yes) } }""",
        [branch(leaf=leaves[0], leaves=leaves, rows=[[None, leaves[1]], None, []]), branch(None)],
        yes=True,
    )
    assert (errors, fields) == ([], 1)
    assert list(data["branches"][0]) == ["__typename", "a", "name", "leaf", "leaves", "rows"]
    assert data["branches"][0]["leaf"] == {"size": 2, "color": "BLUE"}
    assert data["branches"][0]["leaves"][1] == {"name": "m", "labels": None, "color": "RED"}
    assert data["branches"][0]["rows"] == [[None, {"labels": None}], None, []]
    assert data["branches"][1] == {
        "__typename": "Branch", "a": None, "name": None, "leaf": None, "leaves": [], "rows": None,
    }  # fmt: skip


async def test_what_a_loader_has_is_read_for_all_of_a_list_at_once() -> None:
    loads.clear()
    data, errors, fields = await both("{ branches { loaded secret } }", [branch(number=one) for one in (1, 0, 2)])
    assert (errors, fields) == ([], 1)
    assert [one["loaded"] for one in data["branches"]] == ["word 1", None, "word 2"]
    assert loads == [[1, 0, 2], [1, 0, 2]]


async def test_fields_with_arguments_or_resolvers_of_their_own_are_left_to_graphql_core() -> None:
    data, errors, fields = await both(
        "{ branches { awaited computed(times: 2) leaves { name } } }",
        [branch(number=2, leaves=[leaf()]), branch(number=6)],
    )
    assert data is None
    assert [(path, message) for path, message, *_ in errors] == [(["branches", 1, "computed"], "too many")]
    assert fields > 4


async def test_all_of_a_selection_may_be_skipped() -> None:
    data, errors, _ = await both("query($no: Boolean!) { branches { name @include(if: $no) } }", [branch()], no=False)
    assert (data, errors) == ({"branches": [{}]}, [])


async def test_abstract_types_are_left_to_graphql_core() -> None:
    data, errors, _ = await both(
        "{ branches { things { __typename name ... on Leaf { size } ... on Stone { weight } } } }",
        [branch(things=[leaf(), Stone(name="s")])],
    )
    assert errors == []
    assert [one["__typename"] for one in data["branches"][0]["things"]] == ["Leaf", "Stone"]


NOT_NULL = "Cannot return null for non-nullable field"


CASES: list[tuple[str, list[Any], Any, list[Any]]] = [
    ("branches { leaves { name } }", [branch(leaves=[leaf(None)])], None, ["branches", 0, "leaves", 0, "name"]),
    ("perhaps { leaves { name } }", [branch(), branch(leaves=[leaf(None)])],
     [{"leaves": []}, None], ["perhaps", 1, "leaves", 0, "name"]),
    ("perhaps { name leaf { size } }", [branch(leaf=leaf(size=None)), branch()],
     [{"name": "b", "leaf": None}, {"name": "b", "leaf": None}], ["perhaps", 0, "leaf", "size"]),
    ("branches { name }", [branch(), None], None, ["branches", 1]),
    ("perhaps { name }", [branch(), ValueError("no")], [{"name": "b"}, None], ["perhaps", 1]),
    ("perhaps { rows { size } }", [branch(rows=[[leaf(size="?"), None]])],
     [{"rows": [[None, None]]}], ["perhaps", 0, "rows", 0, 0, "size"]),
    ("perhaps { rows { size } }", [branch(rows=5)], [{"rows": None}], ["perhaps", 0, "rows"]),
    ("perhaps { leaf { color } }", [branch(leaf=leaf(color="green"))],
     [{"leaf": None}], ["perhaps", 0, "leaf", "color"]),
    ("perhaps { leaf { labels } }", [branch(leaf=leaf(labels=["a", None]))],
     [{"leaf": {"labels": None}}], ["perhaps", 0, "leaf", "labels", 1]),
    ("perhaps { leaf { labels } }", [branch(leaf=leaf(labels=[object()]))],
     [{"leaf": {"labels": None}}], ["perhaps", 0, "leaf", "labels", 0]),
    ("perhaps { name }", [branch(ValueError("as a value"))], [{"name": None}], ["perhaps", 0, "name"]),
    ("perhaps { leaf { name } }", [branch(leaf=SimpleNamespace(name="s"))], [{"leaf": None}], ["perhaps", 0, "leaf"]),
    ("perhaps { name secret }", [branch(), branch(number=7)],
     [{"name": "b", "secret": "hidden"}, {"name": "b", "secret": None}], ["perhaps", 1, "secret"]),
    ("perhaps { loaded }", [branch(number=1), branch(number=8)],
     [{"loaded": "word 1"}, {"loaded": None}], ["perhaps", 1, "loaded"]),
    ("perhaps { loaded }", [branch(number=9)], [{"loaded": None}], ["perhaps", 0, "loaded"]),
]  # fmt: skip
"""What is asked of what; the list that is told, where there is one; and where the error is."""


@pytest.mark.parametrize(("asked", "branches", "told", "path"), CASES)
async def test_errors_and_nulls_are_those_of_graphql_core(
    asked: str, branches: list[Any], told: Any, path: list[Any]
) -> None:
    data, errors, _ = await both(f"{{ {asked} }}", branches)
    assert data == ({"perhaps": told} if told is not None else None)
    assert [found for found, *_ in errors] == [path]


async def test_what_may_be_null_in_a_list_is_told_by_a_plan() -> None:
    assert await both("{ perhaps { name } }", [branch(), None]) == ({"perhaps": [{"name": "b"}, None]}, [], 1)


async def test_a_refused_field_is_refused_by_its_own_error() -> None:
    _, errors, _ = await both("{ perhaps { secret } }", [branch(number=7)])
    ((_, message, _, kind),) = errors
    assert (message, kind) == ("This needs the permission MEMBER_VIEW.", DomainError)


async def test_values_that_are_awaited_are_awaited_by_graphql_core() -> None:
    async def name() -> str:
        return "later"

    BRANCHES[:] = [branch(name())]
    assert await answer(Counting, "{ branches { name } }", {}) == ({"branches": [{"name": "later"}]}, [])


async def test_what_is_in_a_list_more_than_once_is_told_each_time() -> None:
    twice, other = branch("twice", leaves=[leaf()]), branch("other")
    data, errors, fields = await both("{ perhaps { name leaves { name } } }", [twice, other, None, twice, twice])
    assert (errors, fields) == ([], 1)
    told = {"name": "twice", "leaves": [{"name": "l"}]}
    assert data["perhaps"] == [told, {"name": "other", "leaves": []}, None, told, told]
