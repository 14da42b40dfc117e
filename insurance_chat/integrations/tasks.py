"""Job handlers of event delivery."""

from __future__ import annotations

from insurance_chat.core.jobs import handles, periodic
from insurance_chat.integrations.delivery import Services, deliver_due
from insurance_chat.integrations.jobs import DeliverWebhooks


@handles(DeliverWebhooks)
async def deliver_webhooks(job: DeliverWebhooks, services: Services) -> None:
    """Send one event to its subscribers; running it twice sends nothing twice."""
    await deliver_due(services, job.event)


@periodic("integrations.sweep_webhooks", "* * * * *")
async def sweep_webhooks(services: Services) -> None:
    """Pick up deliveries that a dead process or a lost job left behind."""
    await deliver_due(services)
