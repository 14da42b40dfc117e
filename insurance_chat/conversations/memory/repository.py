"""Queries of the memory, always under a tenant; the purge is the one that is not."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, exists, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.conversations.models import (
    Consent,
    Contact,
    ContactMemory,
    Conversation,
    ConversationSummary,
)
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit


class Row(NamedTuple):
    """The sealed memory and the sealed card of a contact, and whether facts may be kept."""

    body: bytes | None
    profile: bytes | None
    agreed: bool


class MemoryRepository:
    """Memories of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def read(self, contact_id: int, purpose: str, *, lock: bool = False) -> Row | None:
        """Memory, card and consent in one query; None when there is no such contact.

        Args:
            purpose: of the consent that has to be in force for facts about the person.
            lock: against another chat of the same person that learns something now.
        """
        agreed = exists().where(
            Consent.contact_id == Contact.id,
            Consent.tenant_id == Contact.tenant_id,
            Consent.purpose == purpose,
            Consent.withdrawn_at.is_(None),
        )
        query = (
            select(ContactMemory.body, Contact.profile, agreed)
            .select_from(Contact)
            .outerjoin(ContactMemory, ContactMemory.contact_id == Contact.id)
            .where(Contact.tenant_id == self._tenant_id, Contact.id == contact_id)
        )
        if lock:
            query = query.with_for_update(of=Contact, key_share=True)
        row = (await self._session.execute(query)).first()
        return Row(row[0], row[1], row[2]) if row is not None else None

    async def write(self, contact_id: int, body: bytes) -> None:
        """Keep the memory of a contact."""
        kept = {"body": body, "updated_at": utcnow()}
        statement = insert(ContactMemory).values(
            contact_id=contact_id, tenant_id=self._tenant_id, **kept
        )
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["contact_id"], set_=kept)
        )

    async def write_profile(self, contact_id: int, profile: bytes | None) -> None:
        """Keep or empty the card of a contact."""
        await self._session.execute(
            update(Contact)
            .where(Contact.tenant_id == self._tenant_id, Contact.id == contact_id)
            .values(profile=profile)
        )

    async def delete(self, contact_id: int) -> None:
        """Drop the memory of a contact."""
        await self._session.execute(
            delete(ContactMemory).where(
                ContactMemory.tenant_id == self._tenant_id, ContactMemory.contact_id == contact_id
            )
        )

    async def turn_page(self, contact_id: int, nothing: bytes) -> None:
        """Let no model see what was said in the chats of a person so far, nor sum it up later.

        Args:
            nothing: an empty summary, sealed; it covers every line that is there now.
        """
        chats = select(Conversation.id, Conversation.last_seq, literal(nothing)).where(
            Conversation.tenant_id == self._tenant_id, Conversation.contact_id == contact_id
        )
        added = insert(ConversationSummary).from_select(
            ["conversation_id", "upto_seq", "body"], chats
        )
        await self._session.execute(
            added.on_conflict_do_update(
                index_elements=["conversation_id"],
                set_={"upto_seq": added.excluded.upto_seq, "body": added.excluded.body},
            )
        )

    async def drop_traces(self, contact_id: int) -> None:
        """Drop the addresses that are kept with the chats of a person."""
        mine = (Conversation.tenant_id == self._tenant_id, Conversation.contact_id == contact_id)
        await self._session.execute(
            update(Conversation).where(*mine, Conversation.email.is_not(None)).values(email=None)
        )

    async def prefer_voice(self, contact_id: int, *, on: bool) -> None:
        """Set the wish in every chat of a person."""
        await self._session.execute(
            update(Conversation)
            .where(
                Conversation.tenant_id == self._tenant_id,
                Conversation.contact_id == contact_id,
                Conversation.prefer_voice.is_not(on),
            )
            .values(prefer_voice=on)
        )

    async def other_chats(self, contact_id: int, but: int) -> list[Conversation]:
        """The other chats of a person that are in the middle of something, locked in order."""
        found = await self._session.scalars(
            select(Conversation)
            .where(
                Conversation.tenant_id == self._tenant_id,
                Conversation.contact_id == contact_id,
                Conversation.id != but,
                Conversation.dialogue.is_not(None),
            )
            .order_by(Conversation.id)
            .with_for_update(key_share=True)
        )
        return list(found)


class MemorySweepRepository:
    """The one reader of all tenants: what has outlived its time."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    async def purge_across_tenants(self, before: datetime) -> int:
        """Drop memories and cards of contacts of whom nothing was learnt since; returns how many."""
        gone = await self._session.scalars(
            delete(ContactMemory)
            .where(ContactMemory.updated_at < before)
            .returning(ContactMemory.contact_id)
        )
        ids = list(gone)
        if ids:
            await self._session.execute(
                update(Contact).where(Contact.id.in_(ids)).values(profile=None)
            )
        return len(ids)
