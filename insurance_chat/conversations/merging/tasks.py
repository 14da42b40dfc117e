"""Duty of merges."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.conversations.merging import service
from insurance_chat.core.db.unit import Database
from insurance_chat.core.jobs import periodic


class Services(Protocol):
    """What the duty needs of its process."""

    @property
    def db(self) -> Database:
        """Connections to the database."""


@periodic("conversations.settle_merges", "*/2 * * * *")
async def settle_merges(services: Services) -> None:
    """Move what a turn wrote to a contact that was merged meanwhile."""
    async with services.db.unit() as unit:
        await service.settle(unit)
