"""Queries of the agent's workplace, always under a tenant."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import Handover, Incident
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.models import Policy, Reminder
from insurance_chat.operators.inbox.models import ConversationNote, MessageTemplate


class InboxRepository:
    """Templates, notes and what a client's card counts, of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    def _templates(self, operator_id: int | None) -> Select[MessageTemplate]:
        """Templates that a member of staff may use: common and own ones."""
        owner = MessageTemplate.operator_id
        return select(MessageTemplate).where(
            MessageTemplate.tenant_id == self._tenant_id,
            or_(owner.is_(None), owner == operator_id),
        )

    async def templates(self, operator_id: int | None) -> list[MessageTemplate]:
        """Common and own templates by title."""
        title = func.lower(MessageTemplate.title)
        query = self._templates(operator_id).order_by(title, MessageTemplate.id)
        return list(await self._session.scalars(query))

    async def template(self, operator_id: int | None, public_id: UUID) -> MessageTemplate | None:
        """One template that a member of staff may use, locked."""
        query = self._templates(operator_id).where(MessageTemplate.public_id == public_id)
        return await self._session.scalar(query.with_for_update())

    async def count_templates(self, operator_id: int | None) -> int:
        """How many templates an owner has; None counts the common ones."""
        owner = MessageTemplate.operator_id
        mine = owner.is_(None) if operator_id is None else owner == operator_id
        query = select(func.count(MessageTemplate.id)).where(
            MessageTemplate.tenant_id == self._tenant_id, mine
        )
        return await self._session.scalar(query) or 0

    async def add_template(self, template: MessageTemplate) -> MessageTemplate:
        """Store a new template."""
        template.tenant_id = self._tenant_id
        self._session.add(template)
        await self._session.flush()
        await self._session.refresh(template)
        return template

    async def remove_template(self, template: MessageTemplate) -> None:
        """Delete a template."""
        await self._session.delete(template)

    async def notes(self, conversation_id: int) -> list[tuple[ConversationNote, User | None]]:
        """Notes of a chat with their authors, oldest first."""
        rows = await self._session.execute(
            select(ConversationNote, User)
            .outerjoin(User, User.id == ConversationNote.author_id)
            .where(
                ConversationNote.tenant_id == self._tenant_id,
                ConversationNote.conversation_id == conversation_id,
            )
            .order_by(ConversationNote.id)
        )
        return [(row[0], row[1]) for row in rows]

    async def add_note(self, note: ConversationNote) -> ConversationNote:
        """Store a new note."""
        note.tenant_id = self._tenant_id
        self._session.add(note)
        await self._session.flush()
        await self._session.refresh(note)
        return note

    async def remove_note(self, conversation_id: int, public_id: UUID, author_id: int) -> bool:
        """Delete a note of its author; False when there is none."""
        removed = await self._session.scalar(
            delete(ConversationNote)
            .where(
                ConversationNote.tenant_id == self._tenant_id,
                ConversationNote.conversation_id == conversation_id,
                ConversationNote.public_id == public_id,
                ConversationNote.author_id == author_id,
            )
            .returning(ConversationNote.id)
        )
        return removed is not None

    async def last_handover(self, conversation_id: int) -> Handover | None:
        """The latest wish for a human in a chat."""
        return await self._session.scalar(
            select(Handover)
            .where(
                Handover.tenant_id == self._tenant_id, Handover.conversation_id == conversation_id
            )
            .order_by(Handover.id.desc())
            .limit(1)
        )

    async def count_incidents(self, conversation_id: int) -> int:
        """How many incidents a chat has had."""
        query = select(func.count(Incident.id)).where(
            Incident.tenant_id == self._tenant_id, Incident.conversation_id == conversation_id
        )
        return await self._session.scalar(query) or 0

    async def policies(self, contact_id: int) -> list[Policy]:
        """Policies of a person, the one that ends last first."""
        rows = await self._session.scalars(
            select(Policy)
            .where(Policy.tenant_id == self._tenant_id, Policy.contact_id == contact_id)
            .order_by(Policy.expire_at.desc(), Policy.id.desc())
            .limit(20)
        )
        return list(rows)

    async def reminders(self, contact_id: int) -> list[tuple[Reminder, str]]:
        """Planned reminders about a person's policies with the policy's number, soonest first."""
        rows = await self._session.execute(
            select(Reminder, Policy.number)
            .join(Policy, Policy.id == Reminder.policy_id)
            .where(
                Reminder.tenant_id == self._tenant_id,
                Policy.contact_id == contact_id,
                Reminder.status == "pending",
            )
            .order_by(Reminder.remind_at)
            .limit(20)
        )
        return [(row[0], row[1]) for row in rows]
