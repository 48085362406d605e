"""The Node interface."""

import strawberry


@strawberry.interface(description="Something with an id of its own, which stays the same for ever.")
class Node:
    id: strawberry.ID = strawberry.field(description="The global id.")
