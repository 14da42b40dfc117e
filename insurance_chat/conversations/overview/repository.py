"""Read queries of the staff's screens: lists, counts and search over conversations of one tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, case, cast, func, select, tuple_

from insurance_chat.conversations.models import Conversation, Incident, LogEntry
from insurance_chat.conversations.types import ConversationState, Entry, EntryKind, Sender
from insurance_chat.core.db.unit import Unit

SEARCHED = 20_000  # latest messages that a search by text opens: they are sealed, so no index helps
_BATCH = 2_000


class OverviewRepository:
    """What lists show of one tenant's conversations."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._cipher = unit.cipher
        self._tenant_id = tenant_id

    async def conversations(
        self,
        *,
        state: str,
        name: str,
        ids: Sequence[int] | None,
        waiting_first: bool,
        order: str,
        offset: int,
        limit: int,
    ) -> tuple[list[Conversation], int]:
        """A page of conversations and how many there are in all.

        Args:
            state: one state, or empty for all.
            name: beginning of the public id, or empty.
            ids: only these inner keys; None means all.
            order: `updated` or `created`, latest first; a minus before it turns it round.
        """
        wanted: list[ColumnElement[bool]] = [Conversation.tenant_id == self._tenant_id]
        if state:
            wanted.append(Conversation.state == state)
        if name:
            shown = cast(Conversation.public_id, String)
            wanted.append(shown.startswith(name.lower(), autoescape=True))
        if ids is not None:
            wanted.append(Conversation.id.in_(ids))
        total = await self._session.scalar(select(func.count(Conversation.id)).where(*wanted))
        column = Conversation.created_at if order.endswith("created") else Conversation.updated_at
        sorting: list[Any] = [column.asc() if order.startswith("-") else column.desc()]
        if waiting_first:
            waits = Conversation.state == ConversationState.HANDOVER_REQUESTED.value
            sorting.insert(0, case((waits, 0), else_=1))
        rows = await self._session.scalars(
            select(Conversation)
            .where(*wanted)
            .order_by(*sorting, Conversation.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return list(rows), total or 0

    async def last_messages(self, ids: Sequence[int]) -> dict[int, Entry]:
        """The latest message of each conversation, by inner key."""
        latest = (
            select(LogEntry.conversation_id, func.max(LogEntry.seq))
            .where(LogEntry.conversation_id.in_(ids), LogEntry.kind == EntryKind.MESSAGE.value)
            .group_by(LogEntry.conversation_id)
        )
        rows = await self._session.scalars(
            select(LogEntry).where(tuple_(LogEntry.conversation_id, LogEntry.seq).in_(latest))
        )
        return {row.conversation_id: self._entry(row) for row in rows}

    async def with_text(self, words: str) -> list[int]:
        """Conversations where one of the latest messages has this text, by inner key."""
        needle = words.casefold()
        found: set[int] = set()
        before: int | None = None
        for _ in range(SEARCHED // _BATCH):
            query = (
                select(LogEntry.id, LogEntry.conversation_id, LogEntry.body)
                .join(Conversation, Conversation.id == LogEntry.conversation_id)
                .where(
                    Conversation.tenant_id == self._tenant_id,
                    LogEntry.kind == EntryKind.MESSAGE.value,
                )
                .order_by(LogEntry.id.desc())
                .limit(_BATCH)
            )
            if before is not None:
                query = query.where(LogEntry.id < before)
            rows = (await self._session.execute(query)).all()
            for row in rows:
                if row.conversation_id in found:
                    continue
                text = self._cipher.open_json(row.body).get("text") or ""
                if needle in text.casefold():
                    found.add(row.conversation_id)
            if len(rows) < _BATCH:
                break
            before = rows[-1].id
        return sorted(found)

    async def lines(
        self,
        conversation_id: int,
        kinds: Sequence[EntryKind],
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 200,
    ) -> list[Entry]:
        """The last lines of a log between two numbers, oldest first."""
        query = select(LogEntry).where(
            LogEntry.conversation_id == conversation_id,
            LogEntry.seq > after,
            LogEntry.kind.in_([kind.value for kind in kinds]),
        )
        if before is not None:
            query = query.where(LogEntry.seq < before)
        rows = await self._session.scalars(query.order_by(LogEntry.seq.desc()).limit(limit))
        return [self._entry(row) for row in reversed(list(rows))]

    def _entry(self, row: LogEntry) -> Entry:
        return Entry(
            public_id=row.public_id,
            seq=row.seq,
            kind=EntryKind(row.kind),
            sender=Sender(row.sender),
            body=self._cipher.open_json(row.body),
            created_at=row.created_at,
            client_key=row.client_key,
        )

    async def count_conversations(self, since: datetime) -> int:
        """Conversations opened after a moment."""
        query = select(func.count(Conversation.id)).where(
            Conversation.tenant_id == self._tenant_id, Conversation.created_at >= since
        )
        return await self._session.scalar(query) or 0

    async def count_messages(self, since: datetime) -> int:
        """Messages of clients after a moment."""
        query = (
            select(func.count(LogEntry.id))
            .join(Conversation, Conversation.id == LogEntry.conversation_id)
            .where(
                Conversation.tenant_id == self._tenant_id,
                Conversation.updated_at >= since,
                LogEntry.kind == EntryKind.MESSAGE.value,
                LogEntry.sender == Sender.USER.value,
                LogEntry.created_at >= since,
            )
        )
        return await self._session.scalar(query) or 0

    async def count_waiting(self) -> int:
        """Conversations where a client waits for a human."""
        query = select(func.count(Conversation.id)).where(
            Conversation.tenant_id == self._tenant_id,
            Conversation.state == ConversationState.HANDOVER_REQUESTED.value,
        )
        return await self._session.scalar(query) or 0

    async def count_open_incidents(self) -> int:
        """Incidents that nobody has closed."""
        query = select(func.count(Incident.id)).where(
            Incident.tenant_id == self._tenant_id, Incident.status == "open"
        )
        return await self._session.scalar(query) or 0

    async def incidents(
        self, *, status: str, kind: str, offset: int, limit: int
    ) -> tuple[list[tuple[Incident, UUID | None, dict[str, Any]]], int]:
        """A page of incidents with their conversations, latest first, and how many there are."""
        wanted: list[ColumnElement[bool]] = [Incident.tenant_id == self._tenant_id]
        if status:
            wanted.append(Incident.status == status)
        if kind:
            wanted.append(Incident.type == kind)
        total = await self._session.scalar(select(func.count(Incident.id)).where(*wanted))
        rows = await self._session.execute(
            select(Incident, Conversation.public_id)
            .outerjoin(Conversation, Conversation.id == Incident.conversation_id)
            .where(*wanted)
            .order_by(Incident.id.desc())
            .offset(offset)
            .limit(limit)
        )
        found: list[tuple[Incident, UUID | None, dict[str, Any]]] = [
            (row[0], row[1], self._cipher.open_json(row[0].details)) for row in rows
        ]
        return found, total or 0

    async def incident(
        self, public_id: UUID, *, lock: bool = False
    ) -> tuple[Incident, UUID | None, dict[str, Any]] | None:
        """One incident with its conversation, locked against other writers if asked."""
        query = (
            select(Incident, Conversation.public_id)
            .outerjoin(Conversation, Conversation.id == Incident.conversation_id)
            .where(Incident.tenant_id == self._tenant_id, Incident.public_id == public_id)
        )
        if lock:
            query = query.with_for_update(of=Incident, key_share=True)
        row = (await self._session.execute(query)).first()
        if row is None:
            return None
        return row[0], row[1], self._cipher.open_json(row[0].details)
