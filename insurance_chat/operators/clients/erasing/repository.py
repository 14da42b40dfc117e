"""SQL of a deletion. Tables are found by their foreign keys; `rules` says what becomes of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, exists, or_, select, update

from insurance_chat.channels.models import ChannelChat, ChannelUpdate
from insurance_chat.conversations.merging.models import ContactMerge
from insurance_chat.conversations.models import Contact, Conversation, Handover, LogEntry
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.base import Base
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.kept.repository import PAID
from insurance_chat.insurance.models import (
    Policy,
    PolicyMail,
    Reminder,
    Sale,
    SaleDocument,
)
from insurance_chat.integrations.models import DomainEvent
from insurance_chat.operators.clients.erasing.rules import RULES, Fate, Mark
from insurance_chat.operators.invitations.models import Invitation, InvitedContact

_OWNERS = {"contacts.id": "contacts", "conversations.id": "conversations"}
_EVENTS_AT_ONCE = 1000
Batch = Sequence[tuple[int, bytes]]


def references() -> Iterator[tuple[Table, Column[Any], str]]:
    """Columns that name a client or a conversation: `(table, column, owner)`, children first."""
    for table in reversed(Base.metadata.sorted_tables):
        for column in table.columns:
            for key in column.foreign_keys:
                if key.target_fullname in _OWNERS:
                    yield table, column, _OWNERS[key.target_fullname]


class ErasingRepository:
    """Everything of one client of one tenant.

    Args:
        contacts: inner keys of the client, those merged into them included.
    """

    def __init__(self, unit: Unit, tenant_id: int, contacts: Collection[int]) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id
        self._cipher = unit.cipher
        self._contacts = list(contacts)
        self._chats: list[int] = []

    async def lock(self) -> list[Conversation]:
        """The client and their conversations, locked: nothing new is written meanwhile."""
        await self._session.execute(
            select(Contact.id)
            .where(Contact.tenant_id == self._tenant_id, Contact.id.in_(self._contacts))
            .order_by(Contact.id)
            .with_for_update()
        )
        rows = await self._session.scalars(
            select(Conversation)
            .where(
                Conversation.tenant_id == self._tenant_id,
                Conversation.contact_id.in_(self._contacts),
            )
            .order_by(Conversation.id)
            .with_for_update(key_share=True)
        )
        found = list(rows)
        self._chats = [row.id for row in found]
        return found

    async def bodies(self) -> Sequence[tuple[bytes, bytes | None]]:
        """Sealed bodies and sounds of everything that was said."""
        rows = await self._session.execute(
            select(LogEntry.body, LogEntry.sound).where(LogEntry.conversation_id.in_(self._chats))
        )
        return [(row[0], row[1]) for row in rows]

    def _updates(self) -> ColumnElement[bool]:
        own = exists().where(
            ChannelChat.conversation_id.in_(self._chats),
            ChannelChat.connection_id == ChannelUpdate.connection_id,
            ChannelChat.address_hash == ChannelUpdate.chat_hash,
        )
        return (ChannelUpdate.tenant_id == self._tenant_id) & own

    async def media(self) -> Sequence[bytes]:
        """Sealed cards of files that messengers brought."""
        rows = await self._session.scalars(
            select(ChannelUpdate.media).where(self._updates(), ChannelUpdate.media.is_not(None))
        )
        return [row for row in rows if row is not None]

    async def wipe_updates(self) -> None:
        """Updates of messengers lose their words; their keys stay, so that a repeat is known."""
        await self._session.execute(
            update(ChannelUpdate)
            .where(self._updates())
            .values(body=None, media=None, state="ignored")
            .execution_options(synchronize_session=False)
        )

    def _unfinished(self) -> ColumnElement[bool]:
        return (
            (Sale.tenant_id == self._tenant_id)
            & or_(Sale.contact_id.in_(self._contacts), Sale.conversation_id.in_(self._chats))
            & Sale.paid_at.is_(None)
            & Sale.state.not_in(PAID)
            & ~exists().where(Policy.sale_id == Sale.id)
        )

    async def draft_files(self) -> Sequence[str]:
        """Files of sales that came to nothing."""
        rows = await self._session.scalars(
            select(SaleDocument.file_key).join(Sale).where(self._unfinished())
        )
        return rows.all()

    async def policy_files(self) -> Sequence[str]:
        """Files of policies and of the sales that led to them: they stay."""
        own = Policy.contact_id.in_(self._contacts)
        policies = await self._session.scalars(select(Policy.file_key).where(own))
        papers = await self._session.scalars(
            select(SaleDocument.file_key)
            .join(Sale)
            .where(Sale.contact_id.in_(self._contacts), ~self._unfinished())
        )
        return [*policies, *papers]

    async def apply(self, sealed: bytes) -> dict[str, int]:
        """Delete and wipe by the rules; returns how many rows of which table were touched.

        Args:
            sealed: the mark that takes the place of a body.
        """
        values = {Mark.SEALED: sealed, Mark.NOW: utcnow()}
        touched: dict[str, int] = {}
        for table in reversed(Base.metadata.sorted_tables):
            rule = RULES.get(table.name)
            if rule is None or rule.fate is Fate.KEEP:
                continue
            where = self._unfinished() if table.name == "sales" else self._own(table)
            columns = {
                name: values[value] if isinstance(value, Mark) else value
                for name, value in rule.columns.items()
            }
            statement = (
                delete(table).where(where)
                if rule.fate is Fate.DELETE
                else update(table).where(where).values(columns)
            )
            result = await self._session.execute(statement)
            touched[table.name] = int(getattr(result, "rowcount", 0))
        return touched

    def _own(self, table: Table) -> ColumnElement[bool]:
        found = []
        for other, column, owner in references():
            if other is table:
                keys = self._contacts if owner == "contacts" else self._chats
                found.append(column.in_(keys))
        own = or_(*found)
        # Lines of state name nobody but the agent, and screens read them.
        return own & (LogEntry.kind != "state") if table.name == "log_entries" else own

    async def wipe_policies(self) -> None:
        """Policies stay; reminders, letters and the address for them do not."""
        rows = await self._session.scalars(
            select(Policy).where(
                Policy.tenant_id == self._tenant_id, Policy.contact_id.in_(self._contacts)
            )
        )
        for policy in rows:
            subject = self._cipher.open_json(policy.subject)
            policy.subject = self._cipher.seal_json({**subject, "email": None})
            for child in (Reminder, PolicyMail):
                await self._session.execute(delete(child).where(child.policy_id == policy.id))

    async def wipe_labels(self) -> None:
        """An agent's note on a link for one person names that person."""
        came_by = select(InvitedContact.invitation_id).where(
            InvitedContact.contact_id.in_(self._contacts)
        )
        await self._session.execute(
            update(Invitation)
            .where(
                Invitation.tenant_id == self._tenant_id,
                Invitation.id.in_(came_by),
                Invitation.reusable.is_(False),
            )
            .values(label=None)
        )

    async def hide_sounds(self) -> None:
        """Lines about the sound of a message point at it by its body; they are for screens only."""
        await self._session.execute(
            update(LogEntry)
            .where(LogEntry.conversation_id.in_(self._chats), LogEntry.kind == "voice")
            .values(kind="dialogue")
        )

    async def end_handovers(self) -> None:
        """Nobody waits any more."""
        await self._session.execute(
            update(Handover)
            .where(Handover.conversation_id.in_(self._chats), Handover.status != "ended")
            .values(status="ended", outcome="closed", ended_at=utcnow())
        )

    async def events(self) -> AsyncIterator[Batch]:
        """Recorded events since the client's first chat, sealed, in batches."""
        first = await self._session.scalar(
            select(Conversation.created_at)
            .where(Conversation.id.in_(self._chats))
            .order_by(Conversation.created_at)
            .limit(1)
        )
        after = 0
        while first is not None:
            rows = await self._session.execute(
                select(DomainEvent.id, DomainEvent.body)
                .where(
                    DomainEvent.tenant_id == self._tenant_id,
                    DomainEvent.created_at >= first,
                    DomainEvent.id > after,
                )
                .order_by(DomainEvent.id)
                .limit(_EVENTS_AT_ONCE)
            )
            batch = [(row[0], row[1]) for row in rows]
            if not batch:
                return
            after = batch[-1][0]
            yield batch

    async def drop_events(self, ids: Collection[int]) -> None:
        """Events, with what is still owed of them to other systems."""
        await self._session.execute(delete(DomainEvent).where(DomainEvent.id.in_(ids)))

    async def forget_contacts(self) -> None:
        """The rows of the client stay empty: they tie together what the law keeps."""
        await self._session.execute(
            update(Contact)
            .where(Contact.tenant_id == self._tenant_id, Contact.id.in_(self._contacts))
            .values(profile=None, operator_id=None, erased_at=utcnow())
        )


class PeopleRepository:
    """Who is one person, by merges in force."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def all_of(self, contact_id: int) -> list[int]:
        """The contact and all that were merged into it, at any depth; the first is the one left."""
        pairs = await self._session.execute(
            select(ContactMerge.kept_id, ContactMerge.gone_id).where(
                ContactMerge.tenant_id == self._tenant_id, ContactMerge.undone_at.is_(None)
            )
        )
        links = [(row[0], row[1]) for row in pairs]
        root, seen = contact_id, {contact_id}
        while above := next((kept for kept, gone in links if gone == root), None):
            if above in seen:
                break
            seen.add(above)
            root = above
        found = [root]
        for kept in found:
            found += [gone for one, gone in links if one == kept and gone not in found]
        return found
