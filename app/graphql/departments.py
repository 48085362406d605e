"""The tree of departments."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Optional
from uuid import UUID

import strawberry

from app.directory.departments import DepartmentRow
from app.domain.paging import page_request
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.node import Node
from app.graphql.unset import or_unset, row_id_or_unset
from app.memberships.departments import DepartmentUpdate, create_department, delete_department, update_department

if TYPE_CHECKING:
    from app.graphql.organization import Organization


@strawberry.type(description="A part of an organization, with other parts below it.")
class Department(Node):
    name: str = strawberry.field(description="The name, unlike that of any other beside it.")
    created_at: datetime = strawberry.field(description="When it was created.")
    deleted_at: datetime | None = strawberry.field(description="When it was deleted; null while it is there.")
    row: strawberry.Private[DepartmentRow]

    @strawberry.field(description="The organization it is part of.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import organization_from

        return organization_from(await info.context.loaders.organization_of(self.row))

    @strawberry.field(description="The department above it; null at the top.")
    async def parent(self, info: Info) -> Optional["Department"]:
        return await load_department(info, self.row.parent_id) if self.row.parent_id is not None else None

    @strawberry.field(description="The departments right below it, by name; `departments` pages through all of them.")
    async def children(
        self, info: Info, first: Annotated[int, strawberry.argument(description="At most so many, up to 100.")] = 50
    ) -> list["Department"]:
        limit = page_request(first, None, None, None).limit
        return [department_from(row) for row in await info.context.loaders.children.load((self.row.id, limit))]

    @strawberry.field(description="How many departments stand right below it.")
    async def child_count(self, info: Info) -> int:
        return await info.context.loaders.child_counts.load(self.row.id)

    @strawberry.field(description="How many people belong to it, those invited and those deactivated included.")
    async def member_count(
        self,
        info: Info,
        include_below: Annotated[
            bool, strawberry.argument(description="Count those of every department below it too.")
        ] = False,
    ) -> int:
        own, with_below = await info.context.loaders.department_people.load(self.row.id)
        return with_below if include_below else own


@strawberry.input(description="What `departmentCreate` takes.")
class DepartmentCreateInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    name: str = strawberry.field(description="The name, unlike that of any other beside it; at most 200 characters.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="The department to stand below; null for the top."
    )


@strawberry.type(description="What `departmentCreate` answers.")
class DepartmentCreatePayload:
    department: Department = strawberry.field(description="The new department.")


@strawberry.input(description="What `departmentUpdate` takes; what is left out stays as it is.")
class DepartmentUpdateInput:
    department_id: strawberry.ID = strawberry.field(description="The department.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="A new name, at most 200 characters; it cannot be null."
    )
    parent_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The department to stand below; null for the top."
    )

    def update(self) -> DepartmentUpdate:
        parent_id = row_id_or_unset("Department", self.parent_id, "input", "parentId")
        return DepartmentUpdate(name=or_unset(self.name), parent_id=parent_id)


@strawberry.type(description="What `departmentUpdate` answers.")
class DepartmentUpdatePayload:
    department: Department = strawberry.field(description="The department as it is now.")


@strawberry.input(description="What `departmentDelete` takes.")
class DepartmentDeleteInput:
    department_id: strawberry.ID = strawberry.field(description="The department, with nobody and nothing in it.")


@strawberry.type(description="What `departmentDelete` answers.")
class DepartmentDeletePayload:
    department: Department = strawberry.field(description="The department that was deleted.")


DepartmentCreateResult = Annotated[
    DepartmentCreatePayload | UserError,
    strawberry.union("DepartmentCreateResult", description="The department, or why there is none."),
]
DepartmentUpdateResult = Annotated[
    DepartmentUpdatePayload | UserError,
    strawberry.union("DepartmentUpdateResult", description="The department, or why nothing was changed."),
]
DepartmentDeleteResult = Annotated[
    DepartmentDeletePayload | UserError,
    strawberry.union("DepartmentDeleteResult", description="The department, or why it was not deleted."),
]


@strawberry.type
class DepartmentMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Create an empty department.")
    async def department_create(
        self, info: Info, input: Annotated[DepartmentCreateInput, strawberry.argument(description="What and where.")]
    ) -> DepartmentCreateResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        parent_id = row_id("Department", input.parent_id, "input", "parentId") if input.parent_id is not None else None
        department_id = await create_department(info.context.actor, organization_id, input.name, parent_id)
        return DepartmentCreatePayload(department=await load_department(info, department_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Rename a department, or move it with everything below it. What covers its new place covers "
        "everyone there at once, and what covered the old one does so no more.",
    )
    async def department_update(
        self, info: Info, input: Annotated[DepartmentUpdateInput, strawberry.argument(description="Which, and what.")]
    ) -> DepartmentUpdateResult:
        department_id = row_id("Department", input.department_id, "input", "departmentId")
        await update_department(info.context.actor, department_id, input.update(), info.context.policies)
        return DepartmentUpdatePayload(department=await load_department(info, department_id))

    @strawberry.mutation(
        extensions=[FreshLoaders()],
        description="Delete a department with nobody and nothing in it; its subscription ends.",
    )
    async def department_delete(
        self, info: Info, input: Annotated[DepartmentDeleteInput, strawberry.argument(description="Which.")]
    ) -> DepartmentDeleteResult:
        department_id = row_id("Department", input.department_id, "input", "departmentId")
        await delete_department(info.context.actor, department_id)
        return DepartmentDeletePayload(department=await load_department(info, department_id))


async def load_department(info: Info, department_id: UUID) -> Department:
    """A department of an organization that the actor has reached already."""
    row = await info.context.loaders.departments.load(department_id)
    assert row is not None, "a department that was reached is kept, also once it is deleted"
    return department_from(row)


def department_from(row: DepartmentRow) -> Department:
    return Department(
        id=global_id("Department", row.id),
        name=row.name,
        created_at=row.created_at,
        deleted_at=row.deleted_at,
        row=row,
    )
