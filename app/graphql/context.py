"""What every resolver has at hand: who asks, the policies, and loaders of its own request."""

from dataclasses import dataclass, field

from strawberry.types import Info as StrawberryInfo

from app.domain.actor import Actor
from app.domain.policies import Policies
from app.graphql.loaders import Loaders


@dataclass(frozen=True, slots=True)
class Context:
    actor: Actor
    policies: Policies
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "loaders", Loaders(self.actor, self.policies))

    @property
    def request_id(self) -> str:
        return self.actor.request_id


Info = StrawberryInfo[Context, None]
