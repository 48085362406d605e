"""Webhooks: events that are to be told, receivers that are to be sent to, and those that are given up (R8.3)."""

from app.delivery.webhook_courier import courier
from app.delivery.webhook_ending import disable_webhooks, forget_deliveries
from app.delivery.webhook_fan_out import fan_out
from app.domain.actor import system
from app.settings import load_settings
from workers.chores import do_chore
from workers.ringing import Ctx, ring_due, until_nothing, work_through


async def sweep_webhooks(ctx: Ctx) -> None:
    """Ring for events that no webhook was looked at for, for what is due to be sent, and for who takes nothing."""
    await ring_due(ctx, fan_out_events.__name__)
    await ring_due(ctx, send_webhooks.__name__)
    await ring_due(ctx, disable_failing_webhooks.__name__)


async def fan_out_events(ctx: Ctx, webhook_ids: list[str]) -> int:
    """Make deliveries of what happened, and ring for them at once."""
    told = await work_through(fan_out_events.__name__, lambda ids: until_nothing(lambda: fan_out(ids)), webhook_ids)
    await ring_due(ctx, send_webhooks.__name__)
    return told


async def send_webhooks(_: Ctx, webhook_ids: list[str]) -> int:
    """Give them to the courier of this process, which waits for receivers beside the jobs."""
    settings = load_settings()
    return await work_through(send_webhooks.__name__, lambda ids: courier.take(ids, settings), webhook_ids)


async def disable_failing_webhooks(_: Ctx, webhook_ids: list[str]) -> int:
    """Disable those whose receivers took nothing for three days, or are gone."""
    actor = system("webhooks")
    return await work_through(disable_failing_webhooks.__name__, lambda ids: disable_webhooks(actor, ids), webhook_ids)


async def sweep_deliveries(ctx: Ctx) -> None:  # noqa: ARG001 - arq passes it by name
    """Forget what was told long ago."""
    await do_chore("forget_deliveries", forget_deliveries)
