"""What every resolver has at hand: who asks, the policies, and loaders of its own operation."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from strawberry.extensions import FieldExtension
from strawberry.types import Info as StrawberryInfo
from typing_extensions import override

from app.delivery.live import Listener
from app.domain.actor import Actor
from app.domain.errors import DomainError
from app.domain.policies import Policies
from app.graphql.loaders import Loaders
from app.identity.idempotency import Part


@dataclass(slots=True)
class Context:
    actor: Actor
    policies: Policies
    listener: Listener | None = None
    """Whoever waits for live updates, where a subscription is executed."""
    _loaders: Loaders | None = field(default=None, init=False)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    """Held by whichever field of the operation holds an organization's lock: others wait here, without a connection."""
    part: Part = Part.WHOLE
    """Which part of a mutation is to be run, under an idempotency key."""
    barred_by: DomainError | None = None
    """What every mutation is refused with, before it begins."""
    refusals: list[DomainError] = field(default_factory=list, init=False)
    """What mutations were refused with."""
    has_rest: bool = field(default=False, init=False)
    """Whether the mutation goes on after its start."""
    shows_secret: bool = field(default=False, init=False)
    """Whether the answer has what is shown once."""

    @property
    def loaders(self) -> Loaders:
        """Made when the first field asks for one: there are many, and what is asked most often needs none."""
        if self._loaders is None:
            self._loaders = Loaders(self.actor, self.policies)
        return self._loaders

    def act_as(self, actor: Actor) -> None:
        """Go on as the actor has become by a change."""
        self.actor = actor
        self.start_anew()

    def start_anew(self) -> None:
        """Forget what was read: a change is about to be made."""
        self._loaders = None

    async def in_two(self, start: Callable[[], Awaitable[Any]], rest: Callable[[], Awaitable[Any]]) -> None:
        """A start that is made once, and a rest that commits on its way and can be done again."""
        if self.part is not Part.REST:
            await start()
        self.has_rest = True
        if self.part is not Part.START:
            await rest()

    @property
    def request_id(self) -> str:
        return self.actor.request_id


Info = StrawberryInfo[Context, None]


class FreshLoaders(FieldExtension):
    """Every root mutation answers from what it made, and not from what the one before it had read.

    Raises: DomainError `barred_by`.
    """

    @override
    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any) -> Any:
        if info.context.barred_by is not None:
            raise info.context.barred_by
        info.context.start_anew()
        return await next_(source, info, **kwargs)


class ShownOnce(FieldExtension):
    """For secrets: an answer that has one is given, and not kept."""

    @override
    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        info.context.shows_secret = True
        return next_(source, info, **kwargs)
