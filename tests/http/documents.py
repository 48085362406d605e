"""Documents that attack a server, each of a size that can be chosen."""

from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from app.graphql.schema import schema
from app.http.arguments import Arguments
from app.http.cost import Measure, Part, Reading, measure
from app.http.fragments import fragments_of, walk
from app.http.limits import Limits

GENEROUS = Limits(depth=1000, root_fields=1000, aliases=1000, pairs=100_000, cost=10**9)


def measured(source: str, limits: Limits = GENEROUS, /, **variables: object) -> Measure:
    """The measure of the first operation of a document."""
    document = parse(source)
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    return measure(document, schema.core, operation, variables, limits)


def read(source: str) -> tuple[int, Part]:
    """How many selections were looked at to find what the first operation of a document comes to, without any limit."""
    document = parse(source)
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    reading = Reading(schema.core, fragments_of(document), Arguments(operation, {}))
    part = reading.part_of_operation(operation)
    return reading.visited, part


def chain(length: int) -> str:
    """Fragments of which each spreads the next."""
    links = [f"fragment f{at} on Viewer {{ ...f{at + 1} }}" for at in range(length)]
    return " ".join(["{ viewer { ...f0 } }", *links, f"fragment f{length} on Viewer {{ kind }}"])


def doubling(length: int) -> str:
    """Fragments of which each spreads the next twice: 2 to the power of their number when spread out."""
    links = [f"fragment f{at} on Viewer {{ ...f{at + 1} ...f{at + 1} }}" for at in range(length)]
    return " ".join(["{ viewer { ...f0 } }", *links, f"fragment f{length} on Viewer {{ kind }}"])


def nested_doubling(length: int) -> str:
    """The same with fields and other names between, which no cache of spreads sees through."""
    spread = 'issue(key: "A-1") {{ queue {{ author {{ organization {{ ...f{next} }} }} }} }}'
    link = "fragment f{at} on Organization {{ a: " + spread + " b: " + spread + " }}"
    links = [link.format(at=at, next=at + 1) for at in range(length)]
    return " ".join(["{ organization { ...f0 } }", *links, f"fragment f{length} on Organization {{ name }}"])


def aliases(count: int) -> str:
    return "{ viewer { " + " ".join(f"a{at}: kind" for at in range(count)) + " } }"


def directives(count: int) -> str:
    return "{ viewer { kind" + " @skip(if: false)" * count + " } }"


def unknown_fields(count: int) -> str:
    return "{ viewer { " + " ".join(f"unknown{at}" for at in range(count)) + " } }"


def repeated(count: int) -> str:
    """One field again and again, all of which validation compares with each other."""
    return "{ " + "viewer { kind } " * count + "}"


def nested(depth: int) -> str:
    """Braces within braces, of fields that there are."""
    return "{ viewer { member " + "{ organization { contacts " * depth + "{ id }" + " } }" * depth + " } }"


def arguments(count: int) -> str:
    return "{ node(" + " ".join(f"a{at}: 1" for at in range(count)) + ") { id } }"


def values(count: int) -> str:
    return "{ nodes(ids: [" + " ".join(f'"{at}"' for at in range(count)) + "]) { id } }"


def written(source: str) -> int:
    """How many selections a document has, as it is written."""
    definitions = parse(source).definitions
    kinds = (OperationDefinitionNode, FragmentDefinitionNode)
    return sum(len(list(walk(one.selection_set))) for one in definitions if isinstance(one, kinds))
