"""Queries of the conversations slice, always under a tenant; the hot path is in `hot.py`."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select, update

from insurance_chat.conversations.models import (
    Consent,
    Contact,
    Conversation,
    Identity,
    LogEntry,
)
from insurance_chat.conversations.sounds.merging import body_of
from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit


class ConversationRepository:
    """Conversations, contacts and the log of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._cipher = unit.cipher
        self._tenant_id = tenant_id

    async def add_contact(self) -> Contact:
        """A new person about whom nothing is known yet."""
        contact = Contact(tenant_id=self._tenant_id, public_id=uuid4())
        self._session.add(contact)
        await self._session.flush()
        return contact

    async def contact_by_identity(self, channel: str, external_id: str) -> Contact:
        """The person behind a proven identifier, made at the first sight of it."""
        await self._session.execute(
            select(func.pg_advisory_xact_lock(func.hashtext(f"{channel}:{external_id}")))
        )
        found = await self._session.scalar(
            select(Contact)
            .join(Identity, Identity.contact_id == Contact.id)
            .where(
                Identity.tenant_id == self._tenant_id,
                Identity.channel == channel,
                Identity.external_id == external_id,
            )
        )
        if found is not None:
            return found
        contact = await self.add_contact()
        self._session.add(
            Identity(
                tenant_id=self._tenant_id,
                contact_id=contact.id,
                channel=channel,
                external_id=external_id,
            )
        )
        return contact

    async def add(self, conversation: Conversation) -> Conversation:
        """Store a new conversation."""
        conversation.tenant_id = self._tenant_id
        self._session.add(conversation)
        await self._session.flush()
        return conversation

    def _conversations(self) -> Select[Conversation]:
        return select(Conversation).where(Conversation.tenant_id == self._tenant_id)

    async def by_public_id(self, public_id: UUID, *, lock: bool = False) -> Conversation | None:
        """One conversation, locked against other writers if asked."""
        query = self._conversations().where(Conversation.public_id == public_id)
        return await self._session.scalar(query.with_for_update(key_share=True) if lock else query)

    async def by_id(self, conversation_id: int, *, lock: bool = False) -> Conversation | None:
        """One conversation by its inner key."""
        query = self._conversations().where(Conversation.id == conversation_id)
        return await self._session.scalar(query.with_for_update(key_share=True) if lock else query)

    async def contact(self, contact_id: int) -> Contact | None:
        """The person of a conversation."""
        return await self._session.scalar(
            select(Contact).where(Contact.tenant_id == self._tenant_id, Contact.id == contact_id)
        )

    async def public_ids(self, ids: list[int]) -> dict[int, UUID]:
        """Public ids of conversations by inner key."""
        rows = await self._session.execute(
            select(Conversation.id, Conversation.public_id).where(
                Conversation.tenant_id == self._tenant_id, Conversation.id.in_(ids)
            )
        )
        return {row[0]: row[1] for row in rows}

    async def append(
        self,
        conversation: Conversation,
        kind: EntryKind,
        sender: Sender,
        body: dict[str, Any],
        client_key: str | None = None,
    ) -> Entry:
        """Append one line; the caller holds the conversation's row lock."""
        conversation.last_seq += 1
        conversation.updated_at = utcnow()
        entry = LogEntry(
            public_id=uuid4(),
            conversation_id=conversation.id,
            seq=conversation.last_seq,
            kind=kind.value,
            sender=sender.value,
            client_key=client_key,
            body=self._cipher.seal_json(body),
            created_at=utcnow(),
        )
        self._session.add(entry)
        await self._session.flush()
        return self._entry(entry)

    async def has_key(self, conversation_id: int, client_key: str) -> bool:
        """Whether a line with this key was appended before."""
        found = await self._session.scalar(
            select(LogEntry.id).where(
                LogEntry.conversation_id == conversation_id, LogEntry.client_key == client_key
            )
        )
        return found is not None

    async def entry_with_key(self, conversation_id: int, client_key: str) -> Entry | None:
        """The line that was appended under a key."""
        row = await self._session.scalar(
            select(LogEntry).where(
                LogEntry.conversation_id == conversation_id, LogEntry.client_key == client_key
            )
        )
        return self._entry(row) if row is not None else None

    async def entries_after(
        self, conversation_id: int, cursor: int, limit: int, kinds: tuple[EntryKind, ...]
    ) -> list[Entry]:
        """Lines after a cursor, oldest first."""
        rows = await self._session.scalars(
            select(LogEntry)
            .where(
                LogEntry.conversation_id == conversation_id,
                LogEntry.seq > cursor,
                LogEntry.kind.in_([kind.value for kind in kinds]),
            )
            .order_by(LogEntry.seq)
            .limit(limit)
        )
        return [self._entry(row) for row in rows]

    async def entries_before(self, conversation_id: int, before: int, limit: int) -> list[Entry]:
        """The last messages before a cursor, oldest first."""
        rows = await self._session.scalars(
            select(LogEntry)
            .where(
                LogEntry.conversation_id == conversation_id,
                LogEntry.seq < before,
                LogEntry.kind == EntryKind.MESSAGE.value,
            )
            .order_by(LogEntry.seq.desc())
            .limit(limit)
        )
        return [self._entry(row) for row in reversed(list(rows))]

    async def entry(self, conversation_id: int, public_id: UUID) -> Entry | None:
        """One line of a conversation."""
        row = await self._session.scalar(
            select(LogEntry).where(
                LogEntry.conversation_id == conversation_id, LogEntry.public_id == public_id
            )
        )
        return self._entry(row) if row is not None else None

    def _entry(self, row: LogEntry) -> Entry:
        return Entry(
            public_id=row.public_id,
            seq=row.seq,
            kind=EntryKind(row.kind),
            sender=Sender(row.sender),
            body=body_of(self._cipher, row.body, row.sound),
            created_at=row.created_at,
            client_key=row.client_key,
        )

    async def add_consent(self, consent: Consent) -> None:
        """Record a consent."""
        consent.tenant_id = self._tenant_id
        self._session.add(consent)

    async def active_consent(self, contact_id: int, purpose: str) -> Consent | None:
        """The consent in force, if any."""
        return await self._session.scalar(
            select(Consent)
            .where(
                Consent.tenant_id == self._tenant_id,
                Consent.contact_id == contact_id,
                Consent.purpose == purpose,
                Consent.withdrawn_at.is_(None),
            )
            .order_by(Consent.given_at.desc())
            .limit(1)
        )

    async def withdraw_consents(self, contact_id: int) -> int:
        """End all consents of a person; returns how many there were."""
        result = await self._session.execute(
            update(Consent)
            .where(
                Consent.tenant_id == self._tenant_id,
                Consent.contact_id == contact_id,
                Consent.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=utcnow())
            .returning(Consent.id)
        )
        return len(result.all())
