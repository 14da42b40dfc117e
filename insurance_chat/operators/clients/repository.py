"""Read queries of an agent's clients: invited by the agent, or in a chat that the agent held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from insurance_chat.conversations.models import Contact, Conversation, Handover
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.models import Policy, Reminder
from insurance_chat.operators.invitations.models import Invitation, InvitedContact


@dataclass(frozen=True, slots=True)
class ClientLine:
    """A client with the latest chat that the agent may see."""

    contact: Contact
    conversation: Conversation


class ClientRepository:
    """Clients of one agent of one tenant; of all agents for an administrator.

    Args:
        operator_id: inner key of the agent; None for whoever has any agent.
    """

    def __init__(self, unit: Unit, tenant_id: int, operator_id: int | None) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id
        self._operator_id = operator_id

    def _invited(self) -> ColumnElement[bool]:
        if self._operator_id is None:
            return Contact.operator_id.is_not(None)
        return Contact.operator_id == self._operator_id

    def _handled(self) -> ColumnElement[bool]:
        claims = select(Handover.id).where(Handover.conversation_id == Conversation.id)
        if self._operator_id is None:
            return exists(claims.where(Handover.claimed_by.is_not(None)))
        return exists(claims.where(Handover.claimed_by == self._operator_id))

    def _latest(self, ids: Sequence[int] | None = None) -> Subquery:
        """The latest visible chat of every client: `contact_id, conversation_id, updated_at`."""
        query = (
            select(
                Contact.id.label("contact_id"),
                Conversation.id.label("conversation_id"),
                Conversation.updated_at.label("updated_at"),
            )
            .join(Conversation, Conversation.contact_id == Contact.id)
            .where(
                Contact.tenant_id == self._tenant_id,
                Conversation.tenant_id == self._tenant_id,
                or_(self._invited(), self._handled()),
            )
            .ext(distinct_on(Contact.id))
            .order_by(Contact.id, Conversation.updated_at.desc(), Conversation.id.desc())
        )
        return (query if ids is None else query.where(Contact.id.in_(ids))).subquery()

    async def names(self, limit: int) -> list[tuple[int, bytes | None, bytes | None]]:
        """Inner key, sealed profile and sealed label of the clients with the latest activity."""
        latest = self._latest()
        rows = await self._session.execute(
            select(Contact.id, Contact.profile, Invitation.label)
            .join(latest, latest.c.contact_id == Contact.id)
            .outerjoin(InvitedContact, InvitedContact.contact_id == Contact.id)
            .outerjoin(Invitation, self._own_invitation())
            .order_by(latest.c.updated_at.desc(), Contact.id.desc())
            .limit(limit)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def labels(self, contacts: Sequence[int]) -> dict[int, bytes]:
        """Sealed labels of the agent's own invitations by which clients came, by inner key."""
        rows = await self._session.execute(
            select(InvitedContact.contact_id, Invitation.label)
            .join(Invitation, self._own_invitation())
            .where(
                InvitedContact.tenant_id == self._tenant_id,
                InvitedContact.contact_id.in_(contacts),
            )
        )
        return {row[0]: row[1] for row in rows if row[1] is not None}

    def _own_invitation(self) -> ColumnElement[bool]:
        # What an agent wrote on a link is a note for that agent only.
        came_by = Invitation.id == InvitedContact.invitation_id
        if self._operator_id is None:
            return came_by
        return and_(came_by, Invitation.operator_id == self._operator_id)

    async def page(
        self, ids: Sequence[int] | None, *, offset: int, limit: int
    ) -> tuple[list[ClientLine], int]:
        """Clients, latest activity first, and how many fit.

        Args:
            ids: only these contacts; None for all.
        """
        latest = self._latest(ids)
        total = await self._session.scalar(select(func.count()).select_from(latest))
        rows = await self._session.execute(
            select(Contact, Conversation)
            .join(latest, latest.c.contact_id == Contact.id)
            .join(Conversation, Conversation.id == latest.c.conversation_id)
            .order_by(latest.c.updated_at.desc(), Contact.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return [ClientLine(row[0], row[1]) for row in rows], total or 0

    async def policies(self, contacts: Sequence[int]) -> list[tuple[Policy, datetime | None]]:
        """Policies of clients with the next reminder of each, ending soonest first."""
        soonest = (
            select(func.min(Reminder.remind_at))
            .where(Reminder.policy_id == Policy.id, Reminder.status == "pending")
            .scalar_subquery()
        )
        query = (
            select(Policy, soonest)
            .join(Contact, Contact.id == Policy.contact_id)
            .outerjoin(Conversation, Conversation.id == Policy.conversation_id)
            .where(
                Policy.tenant_id == self._tenant_id,
                Policy.contact_id.in_(contacts),
                or_(self._invited(), self._sold(), self._handled()),
            )
            .order_by(Policy.expire_at, Policy.id)
        )
        return [(row[0], row[1]) for row in await self._session.execute(query)]

    def _sold(self) -> ColumnElement[bool]:
        if self._operator_id is None:
            return Policy.operator_id.is_not(None)
        return Policy.operator_id == self._operator_id
