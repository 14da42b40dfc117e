"""Queries of incidents, always under a tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import Conversation, Handover, Incident, LogEntry
from insurance_chat.conversations.sounds.merging import body_of
from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.db.unit import Unit


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents are wanted; everything that is left out does not narrow.

    Args:
        agent: about this agent, reported by them, or in a chat that they lead or led.
        reporter: `client`, `agent`, `admin` or `service`.
        since, until: reported from then on, and before then.
    """

    status: str = ""
    kind: str = ""
    agent: UUID | None = None
    reporter: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident with its conversation and with its sealed parts opened."""

    incident: Incident
    session: UUID | None
    details: dict[str, Any]
    resolution: dict[str, Any]


class IncidentRepository:
    """Incidents of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._cipher = unit.cipher
        self._tenant_id = tenant_id

    async def add(
        self,
        conversation_id: int | None,
        kind: str,
        details: dict[str, Any],
        reporter: str,
        dedupe_key: str | None,
    ) -> Incident | None:
        """Record an incident; None when the same one was recorded before."""
        return await self._session.scalar(
            insert(Incident)
            .values(
                tenant_id=self._tenant_id,
                conversation_id=conversation_id,
                type=kind,
                details=self._cipher.seal_json(details),
                reporter=reporter,
                dedupe_key=dedupe_key,
            )
            .on_conflict_do_nothing(index_elements=["dedupe_key"])
            .returning(Incident)
        )

    async def page(
        self, wanted: IncidentFilter, offset: int, limit: int
    ) -> tuple[list[IncidentRow], int]:
        """A page of incidents, latest first, and how many there are."""
        limits = [Incident.tenant_id == self._tenant_id, *_limits(wanted)]
        total = await self._session.scalar(select(func.count(Incident.id)).where(*limits))
        rows = await self._session.execute(
            select(Incident, Conversation.public_id)
            .outerjoin(Conversation, Conversation.id == Incident.conversation_id)
            .where(*limits)
            .order_by(Incident.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return [self._row(row[0], row[1]) for row in rows], total or 0

    async def of_reporter(self, actor: str, limit: int) -> list[IncidentRow]:
        """What somebody reported, latest first.

        Args:
            actor: `Principal.actor` of who reported it.
        """
        rows = await self._session.execute(
            select(Incident, Conversation.public_id)
            .outerjoin(Conversation, Conversation.id == Incident.conversation_id)
            .where(Incident.tenant_id == self._tenant_id, Incident.reporter == actor)
            .order_by(Incident.id.desc())
            .limit(limit)
        )
        return [self._row(row[0], row[1]) for row in rows]

    async def one(self, public_id: UUID, *, lock: bool = False) -> IncidentRow | None:
        """One incident, locked against other writers if asked."""
        query = (
            select(Incident, Conversation.public_id)
            .outerjoin(Conversation, Conversation.id == Incident.conversation_id)
            .where(Incident.tenant_id == self._tenant_id, Incident.public_id == public_id)
        )
        if lock:
            query = query.with_for_update(of=Incident, key_share=True)
        row = (await self._session.execute(query)).first()
        return self._row(row[0], row[1]) if row is not None else None

    async def by_key(self, key: str) -> IncidentRow | None:
        """The incident that was recorded under a key."""
        row = (
            await self._session.execute(
                select(Incident, Conversation.public_id)
                .outerjoin(Conversation, Conversation.id == Incident.conversation_id)
                .where(Incident.tenant_id == self._tenant_id, Incident.dedupe_key == key)
            )
        ).first()
        return self._row(row[0], row[1]) if row is not None else None

    async def question_before(self, conversation_id: int, seq: int) -> Entry | None:
        """The last message of the client before a line of the log."""
        row = await self._session.scalar(
            select(LogEntry)
            .where(
                LogEntry.conversation_id == conversation_id,
                LogEntry.seq < seq,
                LogEntry.kind == EntryKind.MESSAGE.value,
                LogEntry.sender == Sender.USER.value,
            )
            .order_by(LogEntry.seq.desc())
            .limit(1)
        )
        return self._entry(row) if row is not None else None

    async def trace_between(self, conversation_id: int, after: int, until: int) -> list[Entry]:
        """What the assistant understood between two lines of the log, oldest first."""
        rows = await self._session.scalars(
            select(LogEntry)
            .where(
                LogEntry.conversation_id == conversation_id,
                LogEntry.seq > after,
                LogEntry.seq <= until,
                LogEntry.kind == EntryKind.DIALOGUE.value,
            )
            .order_by(LogEntry.seq)
        )
        return [self._entry(row) for row in rows]

    def _row(self, incident: Incident, session: UUID | None) -> IncidentRow:
        opened = self._cipher.open_json
        resolution = opened(incident.resolution) if incident.resolution is not None else {}
        return IncidentRow(incident, session, opened(incident.details), resolution)

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


def _limits(wanted: IncidentFilter) -> list[ColumnElement[bool]]:
    limits: list[ColumnElement[bool]] = []
    if wanted.status:
        limits.append(Incident.status == wanted.status)
    if wanted.kind:
        limits.append(Incident.type == wanted.kind)
    if wanted.since is not None:
        limits.append(Incident.created_at >= wanted.since)
    if wanted.until is not None:
        limits.append(Incident.created_at < wanted.until)
    if wanted.reporter:
        limits.append(_reported_by(wanted.reporter))
    if wanted.agent is not None:
        limits.append(_concerns(wanted.agent))
    return limits


def _reported_by(reporter: str) -> ColumnElement[bool]:
    if reporter == "client":
        return Incident.reporter == "user"
    if reporter in ("agent", "admin"):
        return Incident.reporter.startswith(f"{reporter}:")
    service = Incident.reporter.in_(("ai", "system"))
    return or_(service, Incident.reporter.is_(None))


def _concerns(agent: UUID) -> ColumnElement[bool]:
    user = select(User.id).where(User.public_id == agent).scalar_subquery()
    chat = aliased(Conversation)
    led = exists().where(chat.id == Incident.conversation_id, chat.operator_id == user)
    held = exists().where(
        Handover.conversation_id == Incident.conversation_id, Handover.claimed_by == user
    )
    return or_(Incident.reporter == f"agent:{agent}", Incident.operator_id == user, led, held)
