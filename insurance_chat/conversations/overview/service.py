"""What staff see of conversations: lists, search, transcripts, incidents and the day's figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import sessions
from insurance_chat.conversations.incidents import IncidentView
from insurance_chat.conversations.overview.repository import OverviewRepository
from insurance_chat.conversations.types import ConversationState, Entry, EntryKind, Sender
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal

STATUSES = ("open", "closed")
BEGINNING = 100  # characters of the last message in a list
_SHOWN = (EntryKind.MESSAGE, EntryKind.STATE)


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A conversation in a list, with the beginning of what was said last."""

    id: UUID
    state: ConversationState
    channel: str
    created_at: datetime
    updated_at: datetime
    last_sender: Sender | None
    last_text: str


@dataclass(frozen=True, slots=True)
class ChatPage:
    """A page of a list; `total` counts all rows that fit the filter."""

    rows: list[ChatRow]
    total: int


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """A page of incidents; `total` counts all that fit the filter."""

    rows: list[IncidentView]
    total: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The day in numbers, and what waits for a person now."""

    conversations: int
    messages: int
    waiting: int
    open_incidents: int


async def list_chats(
    unit: Unit,
    principal: Principal,
    *,
    state: str = "",
    search: str = "",
    waiting_first: bool = False,
    order: str = "updated",
    offset: int = 0,
    limit: int = 25,
) -> ChatPage:
    """A page of conversations for staff.

    Args:
        state: one of `ConversationState`, or empty.
        search: a conversation's id or its beginning (eight characters and more), else words of a
            message; words are looked for in the latest messages only.
        order: `updated` or `created`, latest first; a minus turns it round.

    Raises:
        ServiceError: `forbidden` for a client, and for an agent who searches by words.
    """
    _require_staff(principal)
    repository = OverviewRepository(unit, principal.tenant_id)
    name, ids = "", None
    if looks_like_id(search):
        name = search.strip()
    elif search.strip():
        access.require(principal, Permission.READ_ALL_CHATS)
        ids = await repository.with_text(search.strip())
    rows, total = await repository.conversations(
        state=state,
        name=name,
        ids=ids,
        waiting_first=waiting_first,
        order=order,
        offset=offset,
        limit=limit,
    )
    last = await repository.last_messages([row.id for row in rows])
    shown = []
    for row in rows:
        entry = last.get(row.id)
        shown.append(
            ChatRow(
                row.public_id,
                ConversationState(row.state),
                row.channel,
                row.created_at,
                row.updated_at,
                entry.sender if entry is not None else None,
                _beginning(entry),
            )
        )
    return ChatPage(shown, total)


def looks_like_id(search: str) -> bool:
    """Whether words look like a conversation's id or its beginning."""
    letters = search.strip().lower()
    return 8 <= len(letters) <= 36 and set(letters) <= set("0123456789abcdef-")


def _beginning(entry: Entry | None) -> str:
    text = (entry.body.get("text") or "") if entry is not None else ""
    words = " ".join(text.split())
    return words if len(words) <= BEGINNING else words[:BEGINNING].rstrip() + "…"


async def transcript(
    unit: Unit,
    principal: Principal,
    session: UUID,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = 200,
    trace: bool = False,
) -> list[Entry]:
    """Lines of a conversation, oldest first.

    Args:
        after: only lines with greater numbers.
        before: only lines with smaller numbers.
        limit: at most so many, the latest ones.
        trace: with what the assistant understood in each turn, for the administrator.

    Raises:
        ServiceError: `session_not_found`, `forbidden`.
    """
    _require_staff(principal)
    if trace:
        access.require(principal, Permission.READ_ALL_CHATS)
    conversation = await sessions.find(unit, principal, session)
    kinds = (*_SHOWN, EntryKind.DIALOGUE) if trace else _SHOWN
    return await OverviewRepository(unit, principal.tenant_id).lines(
        conversation.id, kinds, after=after, before=before, limit=limit
    )


async def figures(unit: Unit, principal: Principal, since: datetime) -> Figures:
    """Counts since a moment, usually midnight, for the administrator.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    repository = OverviewRepository(unit, principal.tenant_id)
    return Figures(
        conversations=await repository.count_conversations(since),
        messages=await repository.count_messages(since),
        waiting=await repository.count_waiting(),
        open_incidents=await repository.count_open_incidents(),
    )


async def count_waiting(unit: Unit, principal: Principal) -> int:
    """How many clients wait for a human now.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    _require_staff(principal)
    return await OverviewRepository(unit, principal.tenant_id).count_waiting()


async def list_incidents(
    unit: Unit,
    principal: Principal,
    *,
    status: str = "",
    kind: str = "",
    offset: int = 0,
    limit: int = 25,
) -> IncidentPage:
    """A page of incidents, latest first.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_INCIDENTS)
    rows, total = await OverviewRepository(unit, principal.tenant_id).incidents(
        status=status, kind=kind, offset=offset, limit=limit
    )
    views = [
        IncidentView(row.public_id, session, row.type, row.status, details, row.created_at)
        for row, session, details in rows
    ]
    return IncidentPage(views, total)


async def get_incident(unit: Unit, principal: Principal, incident: UUID) -> IncidentView:
    """One incident.

    Raises:
        ServiceError: `forbidden`, `incident_not_found`.
    """
    return await _incident(unit, principal, incident, None)


async def set_incident_status(
    unit: Unit, principal: Principal, incident: UUID, status: str
) -> IncidentView:
    """Close an incident that was dealt with, or open it again.

    Args:
        status: `open` or `closed`.

    Raises:
        ServiceError: `forbidden`, `incident_not_found`, `incident_status`.
    """
    if status not in STATUSES:
        raise invalid("incident_status", "Статус инцидента: open или closed.")
    return await _incident(unit, principal, incident, status)


async def _incident(
    unit: Unit, principal: Principal, incident: UUID, status: str | None
) -> IncidentView:
    access.require(principal, Permission.READ_INCIDENTS)
    repository = OverviewRepository(unit, principal.tenant_id)
    found = await repository.incident(incident, lock=status is not None)
    if found is None:
        raise not_found("incident_not_found", "Инцидент не найден.")
    row, session, details = found
    if status is not None:
        row.status = status
    return IncidentView(row.public_id, session, row.type, row.status, details, row.created_at)


def _require_staff(principal: Principal) -> None:
    if not principal.is_staff:
        raise ServiceError("forbidden", Kind.FORBIDDEN, "Доступно только сотрудникам.")
