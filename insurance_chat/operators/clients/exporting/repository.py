"""Reads of everything that is kept of a client."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import (
    Contact,
    ContactMemory,
    Conversation,
    ConversationSummary,
    Identity,
    Incident,
    LogEntry,
)
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.models import QuoteRequest, Reminder, Sale
from insurance_chat.insurance.mortgage.models import HealthDeclaration


class ExportRepository:
    """One client of one tenant.

    Args:
        contacts: inner keys of the client, those merged into them included.
    """

    def __init__(self, unit: Unit, tenant_id: int, contacts: Collection[int]) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id
        self._contacts = list(contacts)

    async def _all(self, query: Any) -> Sequence[Any]:
        return (await self._session.scalars(query)).all()

    async def contacts(self) -> Sequence[Contact]:
        """The rows of the client."""
        return await self._all(
            select(Contact)
            .where(Contact.tenant_id == self._tenant_id, Contact.id.in_(self._contacts))
            .order_by(Contact.id)
        )

    async def agent(self, user_id: int | None) -> User | None:
        """The agent who brought the client."""
        return await self._session.scalar(
            select(User).where(User.tenant_id == self._tenant_id, User.id == user_id)
        )

    async def identities(self) -> Sequence[Identity]:
        """Proven identifiers."""
        return await self._all(
            select(Identity)
            .where(Identity.tenant_id == self._tenant_id, Identity.contact_id.in_(self._contacts))
            .order_by(Identity.id)
        )

    async def memories(self) -> Sequence[ContactMemory]:
        """What the assistant remembers, sealed."""
        return await self._all(
            select(ContactMemory).where(
                ContactMemory.tenant_id == self._tenant_id,
                ContactMemory.contact_id.in_(self._contacts),
            )
        )

    async def chats(self) -> Sequence[Conversation]:
        """Conversations, the oldest first."""
        return await self._all(
            select(Conversation)
            .where(
                Conversation.tenant_id == self._tenant_id,
                Conversation.contact_id.in_(self._contacts),
            )
            .order_by(Conversation.id)
        )

    async def messages(self, chat: int) -> Sequence[LogEntry]:
        """What was said in a conversation."""
        return await self._all(
            select(LogEntry)
            .where(LogEntry.conversation_id == chat, LogEntry.kind == "message")
            .order_by(LogEntry.seq)
        )

    async def summary(self, chat: int) -> ConversationSummary | None:
        """The short version of a long conversation."""
        return await self._session.get(ConversationSummary, chat)

    async def sales(self) -> Sequence[Sale]:
        """Purchases that were begun."""
        return await self._all(
            select(Sale)
            .where(Sale.tenant_id == self._tenant_id, Sale.contact_id.in_(self._contacts))
            .order_by(Sale.id)
        )

    async def quotes(self, chats: Collection[int]) -> Sequence[QuoteRequest]:
        """Calculations."""
        return await self._all(
            select(QuoteRequest)
            .where(
                QuoteRequest.tenant_id == self._tenant_id, QuoteRequest.conversation_id.in_(chats)
            )
            .order_by(QuoteRequest.id)
        )

    async def reminders(self, policies: Collection[int]) -> Sequence[Reminder]:
        """Promises to remind."""
        return await self._all(
            select(Reminder)
            .where(Reminder.tenant_id == self._tenant_id, Reminder.policy_id.in_(policies))
            .order_by(Reminder.remind_at)
        )

    async def health(self) -> Sequence[HealthDeclaration]:
        """Answers about health."""
        return await self._all(
            select(HealthDeclaration).where(
                HealthDeclaration.tenant_id == self._tenant_id,
                HealthDeclaration.contact_id.in_(self._contacts),
            )
        )

    async def reports(self, chats: Collection[int]) -> Sequence[Incident]:
        """What the client has complained about."""
        return await self._all(
            select(Incident)
            .where(
                Incident.tenant_id == self._tenant_id,
                Incident.conversation_id.in_(chats),
                Incident.reporter == "user",
            )
            .order_by(Incident.id)
        )


async def session_of(unit: Unit, tenant_id: int, conversation_id: int) -> Row[Any] | None:
    """Contact of a conversation: `(contact_id,)`."""
    return (
        await unit.session.execute(
            select(Conversation.contact_id).where(
                Conversation.tenant_id == tenant_id, Conversation.id == conversation_id
            )
        )
    ).first()
