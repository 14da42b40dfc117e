"""Internal notes: what staff tell each other inside a chat. A client never sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import log, sessions
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.operators.inbox.models import ConversationNote
from insurance_chat.operators.inbox.repository import InboxRepository

LONGEST = 4000  # characters


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note as staff read it; `own` is true for its author, who may take it back."""

    id: UUID
    author: str
    text: str
    own: bool
    created_at: datetime


async def add(unit: Unit, principal: Principal, session: UUID, text: str) -> NoteView:
    """Leave a note in a chat; the screens of colleagues show it at once.

    Raises:
        ServiceError: `session_not_found`, `forbidden`, `note_empty`, `note_too_long`.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    words = text.replace("\x00", "").strip()
    if not words:
        raise invalid("note_empty", "Напишите заметку.")
    if len(words) > LONGEST:
        raise invalid("note_too_long", f"Заметка не длиннее {LONGEST} символов.")
    conversation = await sessions.find(unit, principal, session)
    repository = InboxRepository(unit, principal.tenant_id)
    note = await repository.add_note(
        ConversationNote(
            conversation_id=conversation.id,
            author_id=principal.user_id,
            body=unit.cipher.seal(words),
        )
    )
    await audit.record(
        unit, principal, "note.added", f"chat:{session}", {"note": str(note.public_id)}
    )
    await log.wake(unit, conversation)
    return NoteView(note.public_id, "", words, True, note.created_at)


async def list_notes(unit: Unit, principal: Principal, session: UUID) -> list[NoteView]:
    """Notes of a chat, oldest first.

    Raises:
        ServiceError: `session_not_found`, `forbidden` for a client.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    conversation = await sessions.find(unit, principal, session)
    rows = await InboxRepository(unit, principal.tenant_id).notes(conversation.id)
    return [
        NoteView(
            id=note.public_id,
            author=author.name if author is not None else "Бывший сотрудник",
            text=unit.cipher.open(note.body),
            own=note.author_id == principal.user_id,
            created_at=note.created_at,
        )
        for note, author in rows
    ]


async def remove(unit: Unit, principal: Principal, session: UUID, note: UUID) -> None:
    """Take an own note back; the audit log keeps that there was one.

    Raises:
        ServiceError: `session_not_found`, `forbidden`, `note_not_found` also for another's note.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    conversation = await sessions.find(unit, principal, session)
    repository = InboxRepository(unit, principal.tenant_id)
    if not await repository.remove_note(conversation.id, note, principal.user_id or 0):
        raise not_found("note_not_found", "Заметка не найдена.")
    await audit.record(unit, principal, "note.removed", f"chat:{session}", {"note": str(note)})
    await log.wake(unit, conversation)
