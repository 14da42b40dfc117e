"""Deliveries of one conversation and the account that it came by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from insurance_chat.channels.models import ChannelChat, Connection, Delivery
from insurance_chat.core.db.unit import Unit


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """How one part of a line is."""

    seq: int
    state: str
    error: str


class MarksRepository:
    """Reads of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def account(self, conversation_id: int) -> str | None:
        """Title of the account that a conversation came by; None when it is not of a messenger."""
        statement = (
            select(Connection.title)
            .join(ChannelChat, ChannelChat.connection_id == Connection.id)
            .where(
                ChannelChat.conversation_id == conversation_id,
                ChannelChat.tenant_id == self._tenant_id,
            )
        )
        return (await self._session.execute(statement)).scalar_one_or_none()

    async def deliveries(self, conversation_id: int, limit: int) -> Sequence[DeliveryRow]:
        """Parts of the newest lines."""
        statement = (
            select(Delivery.seq, Delivery.state, Delivery.error)
            .join(ChannelChat, ChannelChat.id == Delivery.chat_id)
            .where(
                ChannelChat.conversation_id == conversation_id,
                Delivery.tenant_id == self._tenant_id,
                Delivery.state != "skipped",
            )
            .order_by(Delivery.seq.desc())
            .limit(limit)
        )
        rows = await self._session.execute(statement)
        return [DeliveryRow(row.seq, row.state, row.error or "") for row in rows]
