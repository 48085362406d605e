"""What an operation asks for, found by looking once at every selection of its document, without spreading a fragment.

Two fragments that spread each other's like twice, thirty levels deep, are a thousand million fields when spread out and
sixty selections here: what a fragment comes to is kept, and used wherever it is spread.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from app.http import weights
from app.http.arguments import Arguments
from app.http.fragments import Fragments, check_defined, fragments_of, in_order, walk
from app.http.limits import TOO_COSTLY, Limits, check, refusal

_MOST = 10**9
"""Where counting ends: two to the power of a thousand is a number that takes long to add."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What the operation asks for, with everything spread out."""

    cost: int
    """Points, see `app.http.weights`."""
    depth: int
    fields: int
    aliases: int
    guesses: int
    """How often a promo code is tried."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a selection set comes to. Costs in tenths of a point; `each` for every entry of the list it is part of."""

    cost: int = 0
    each: int = 0
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    guesses: int = 0

    def __add__(self, other: "Part") -> "Part":
        return Part(
            min(self.cost + other.cost, _MOST),
            min(self.each + other.each, _MOST),
            max(self.depth, other.depth),
            min(self.fields + other.fields, _MOST),
            min(self.aliases + other.aliases, _MOST),
            min(self.guesses + other.guesses, _MOST),
        )

    @property
    def points(self) -> int:
        """Of a whole operation, rounded up."""
        tenths = self.cost + self.each * weights.FEW + self.fields * weights.VALUE
        return -(-tenths // weights.POINT)


def measure(
    document: DocumentNode,
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    limits: Limits,
) -> Measure:
    """What one operation of the document comes to, none of whose operations is larger than the limits.

    It is to be asked before the document is validated. `variables` as they were sent.

    Raises: GraphQLError OPERATION_TOO_LARGE with the limit; MAX_COST_EXCEEDED with cost and limit;
    GRAPHQL_VALIDATION_FAILED for fragments that spread themselves or that there are none of.
    """
    fragments = fragments_of(document)
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    check("operations", len(operations), limits.operations)
    check("fragments", len(fragments), limits.fragments)
    check("directives", _count_directives(document), limits.directives)
    reading = Reading(schema, fragments, Arguments(operation, variables))
    parts = [reading.part_of_operation(one) for one in operations]
    for one, part in zip(operations, parts, strict=True):
        _check_size(part, one, fragments, limits)
    chosen = next(part for one, part in zip(operations, parts, strict=True) if one is operation)
    if chosen.points > limits.cost:
        message = f"The operation costs {chosen.points} points; at most {limits.cost} are granted to one."
        raise refusal(message, TOO_COSTLY, {"cost": chosen.points, "maximum": limits.cost})
    return Measure(chosen.points, chosen.depth, chosen.fields, chosen.aliases, chosen.guesses)


def _check_size(part: Part, operation: OperationDefinitionNode, fragments: Fragments, limits: Limits) -> None:
    check("depth", part.depth, limits.depth)
    check("aliases", part.aliases, limits.aliases)
    check("fields", part.fields, limits.fields)  # from here on it may be spread out
    places = _Places(fragments)
    places.add(operation.selection_set, 0)
    check("root_fields", places.root_fields, limits.root_fields)
    check("pairs", places.pairs, limits.pairs)


def _count_directives(document: DocumentNode) -> int:
    """On definitions, variables and selections, as they are written."""
    count = 0
    for definition in document.definitions:
        count += len(getattr(definition, "directives", None) or ())
        variables = getattr(definition, "variable_definitions", None) or ()
        count += sum(len(variable.directives or ()) for variable in variables)
        count += sum(len(one.directives or ()) for one in walk(getattr(definition, "selection_set", None)))
    return count


class Reading:
    """Looks at each selection of a document once: at a fragment's before what spreads it.

    Raises: GraphQLError for fragments that spread themselves or that there are none of.
    """

    def __init__(self, schema: GraphQLSchema, fragments: Fragments, arguments: Arguments) -> None:
        self.schema = schema
        self.fragments = fragments
        self.arguments = arguments
        self.visited = 0
        """Selections that were looked at."""
        self._parts: dict[str, Part] = {}
        for fragment in in_order(fragments):
            within = schema.get_type(fragment.type_condition.name.value)
            self._parts[fragment.name.value] = self.part_of(fragment.selection_set, within)

    def part_of_operation(self, operation: OperationDefinitionNode) -> Part:
        return self.part_of(operation.selection_set, self.schema.get_root_type(operation.operation))

    def part_of(self, selection_set: SelectionSetNode | None, within: GraphQLNamedType | None) -> Part:
        """`within`: the type that is selected from; None for one that there is not, which validation will say."""
        total = Part()
        for selection in selection_set.selections if selection_set else ():
            self.visited += 1
            match selection:
                case FieldNode():
                    total += self._field(selection, within)
                case FragmentSpreadNode():
                    check_defined(self.fragments, selection.name.value, selection)
                    total += self._parts[selection.name.value] + Part(fields=1)
                case InlineFragmentNode():
                    condition = selection.type_condition
                    narrowed = self.schema.get_type(condition.name.value) if condition else within
                    total += self.part_of(selection.selection_set, narrowed) + Part(fields=1)
        return total

    def _field(self, node: FieldNode, within: GraphQLNamedType | None) -> Part:
        name = node.name.value
        definition = self.schema.get_field(within, name) if within and is_composite_type(within) else None
        child = self.part_of(node.selection_set, get_named_type(definition.type) if definition else None)
        asked = Part(depth=child.depth + 1, fields=child.fields + 1, aliases=child.aliases + bool(node.alias))
        if within is None or definition is None:
            return asked
        if name in weights.INTROSPECTION:
            return asked + Part(cost=weights.INTROSPECTION[name] * weights.POINT)
        return asked + self._price(within.name, name, definition, node, child)

    def _price(self, within: str, name: str, field: GraphQLField, node: FieldNode, child: Part) -> Part:
        """What the field costs, once or for each entry of the list it is part of."""
        place = f"{within}.{name}"
        given = self.arguments.of(field, node, place)
        is_list = is_list_type(get_nullable_type(field.type))
        entry = _own_price(field, name)
        own = _weight(place, name, 0 if is_list else entry) + given.extra * weights.POINT + given.items * weights.VALUE
        guesses = given.guesses + (place in weights.GUESSES) + child.guesses
        if not is_list:
            length = given.length if given.length is not None else weights.FEW
            return Part(cost=min(own + child.cost + length * child.each, _MOST), guesses=guesses)
        one = entry + child.cost + child.each * weights.FEW
        if given.length is None and (name in ("nodes", "edges") or within.endswith("Payload")):
            return Part(cost=own, each=min(one, _MOST), guesses=guesses)
        length = weights.LENGTHS.get(place, weights.FEW) if given.length is None else given.length
        return Part(cost=min(own + length * one, _MOST), guesses=guesses)


def _own_price(field: GraphQLField, name: str) -> int:
    kind = get_named_type(field.type)
    is_object = is_composite_type(kind) and kind.name not in weights.VALUES and name != "edges"
    return weights.OBJECT if is_object else weights.VALUE


def _weight(place: str, name: str, otherwise: int) -> int:
    """Of a field itself, in tenths of a point."""
    if place in weights.WEIGHTS:
        return weights.WEIGHTS[place] * weights.POINT
    if name == "totalCount":
        return weights.COUNT * weights.POINT
    return weights.MUTATION * weights.POINT if place.startswith("Mutation.") else otherwise


class _Places:
    """Counts selections that come to one place of the answer under one name, with everything spread out.

    Validation compares each two of them. Only for operations whose fields were counted before: it spreads them.
    """

    def __init__(self, fragments: Fragments) -> None:
        self.fragments = fragments
        self.numbers: dict[tuple[int, str], int] = {}
        self.counts: Counter[int] = Counter()
        self.root_fields = 0

    def add(self, selection_set: SelectionSetNode | None, place: int) -> None:
        """`place`: the number of a path of names; 0 is the root."""
        for selection in selection_set.selections if selection_set else ():
            match selection:
                case FieldNode():
                    self.root_fields += place == 0
                    name = selection.alias or selection.name
                    self.add(selection.selection_set, self._at(place, name.value))
                case InlineFragmentNode():
                    self.add(selection.selection_set, place)
                case FragmentSpreadNode():
                    self._at(place, "...")
                    self.add(self.fragments[selection.name.value].selection_set, place)

    @property
    def pairs(self) -> int:
        return sum(count * (count - 1) // 2 for count in self.counts.values())

    def _at(self, place: int, name: str) -> int:
        number = self.numbers.setdefault((place, name), len(self.numbers) + 1)
        self.counts[number] += 1
        return number
