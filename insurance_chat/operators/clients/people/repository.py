"""Read queries of the administrator's list of clients."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, exists, func, select

from insurance_chat.conversations.merging.models import ContactMerge
from insurance_chat.conversations.models import Contact, Conversation, Identity
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.models import Policy


class PeopleListRepository:
    """Clients of one tenant, without those who were merged into others or deleted."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    def _there(self) -> ColumnElement[bool]:
        gone = exists().where(ContactMerge.gone_id == Contact.id, ContactMerge.undone_at.is_(None))
        return (Contact.tenant_id == self._tenant_id) & Contact.erased_at.is_(None) & ~gone

    async def profiles(self, limit: int) -> Sequence[tuple[int, bytes | None]]:
        """Sealed cards of the latest clients, by inner key."""
        rows = await self._session.execute(
            select(Contact.id, Contact.profile)
            .where(self._there(), Contact.profile.is_not(None))
            .order_by(Contact.id.desc())
            .limit(limit)
        )
        return [(row[0], row[1]) for row in rows]

    async def by_policy(self, words: str) -> list[int]:
        """Clients with a policy whose number has these letters."""
        rows = await self._session.scalars(
            select(Policy.contact_id).where(
                Policy.tenant_id == self._tenant_id,
                Policy.contact_id.is_not(None),
                Policy.number.icontains(words, autoescape=True),
            )
        )
        return [one for one in rows if one is not None]

    async def by_number(self, words: str) -> list[int]:
        """Clients whose chat, or who themselves, are called so; the beginning is enough."""
        start = words.lower()
        rows = await self._session.scalars(
            select(Conversation.contact_id)
            .join(Contact, Contact.id == Conversation.contact_id)
            .where(
                Conversation.tenant_id == self._tenant_id,
                cast(Conversation.public_id, String).startswith(start, autoescape=True)
                | cast(Contact.public_id, String).startswith(start, autoescape=True),
            )
        )
        return list(rows)

    async def page(
        self, ids: Collection[int] | None, *, offset: int, limit: int
    ) -> tuple[list[tuple[Contact, datetime | None, int]], int]:
        """Clients with the time of their last chat and how many they have; the latest first.

        Args:
            ids: only these; None for all who ever wrote.
        """
        last = func.max(Conversation.updated_at)
        query = (
            select(Contact, last, func.count(Conversation.id))
            .join(Conversation, Conversation.contact_id == Contact.id)
            .where(self._there())
            .group_by(Contact.id)
        )
        if ids is not None:
            query = query.where(Contact.id.in_(ids))
        total = await self._session.scalar(select(func.count()).select_from(query.subquery()))
        rows = await self._session.execute(
            query.order_by(last.desc(), Contact.id.desc()).offset(offset).limit(limit)
        )
        return [(row[0], row[1], row[2]) for row in rows], total or 0

    async def channels(self, ids: Collection[int]) -> Sequence[tuple[int, str]]:
        """Channels in which clients wrote, by inner key."""
        rows = await self._session.execute(
            select(Conversation.contact_id, Conversation.channel)
            .where(Conversation.tenant_id == self._tenant_id, Conversation.contact_id.in_(ids))
            .distinct()
        )
        return [(row[0], row[1]) for row in rows]

    async def chats(self, contact_id: int) -> Sequence[Conversation]:
        """Chats of a client, the latest first."""
        rows = await self._session.scalars(
            select(Conversation)
            .where(Conversation.tenant_id == self._tenant_id, Conversation.contact_id == contact_id)
            .order_by(Conversation.updated_at.desc())
        )
        return rows.all()

    async def identities(self, contact_id: int) -> Sequence[Identity]:
        """Proven identifiers of a client."""
        rows = await self._session.scalars(
            select(Identity)
            .where(Identity.tenant_id == self._tenant_id, Identity.contact_id == contact_id)
            .order_by(Identity.id)
        )
        return rows.all()

    async def public_id(self, contact_id: int) -> UUID | None:
        """How pages call a client."""
        return await self._session.scalar(
            select(Contact.public_id).where(
                Contact.tenant_id == self._tenant_id, Contact.id == contact_id
            )
        )

    async def of_chat(self, session: UUID) -> UUID | None:
        """The client of a chat."""
        return await self._session.scalar(
            select(Contact.public_id)
            .join(Conversation, Conversation.contact_id == Contact.id)
            .where(Conversation.tenant_id == self._tenant_id, Conversation.public_id == session)
        )
