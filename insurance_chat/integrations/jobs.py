"""Jobs of event delivery."""

from __future__ import annotations

from typing import ClassVar

from insurance_chat.core.jobs import Job


class DeliverWebhooks(Job):
    """Send one recorded event to every subscriber whose turn has come.

    Args:
        event: row id in `domain_events`.
    """

    name: ClassVar[str] = "integrations.deliver_webhooks"

    event: int
