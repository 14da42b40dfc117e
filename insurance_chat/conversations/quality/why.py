"""«Почему так ответил?»: what a turn understood, found, checked and did before it answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import sessions
from insurance_chat.conversations.overview.repository import OverviewRepository
from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import not_found
from insurance_chat.core.principal import Principal

LOOKED_AT = 60  # lines before an answer among which its turn and its questions are looked for
LONGEST = 4_000  # characters of one text of a trace
_ALL = (EntryKind.MESSAGE, EntryKind.STATE, EntryKind.DIALOGUE)
# Notes may not hold these at all; a note that does by mistake must not show them.
_SECRET = ("key", "token", "authorization", "secret", "password", "headers", "messages", "system")


@dataclass(frozen=True, slots=True)
class Why:
    """One answer of the assistant and how its turn came to it.

    Args:
        seq: line of the answer in the log.
        said: unread words of the client that the turn answered, oldest first.
        commands: what was understood, `{type, …}`; see `dialogue/commands.py`.
        citations: sources that the client was shown, `{title, page, section, quote}`.
        notes: of the turn's trace, in the order of time: `{kind, at_ms, …}`.
        ms: how long the turn took; None when no trace was kept.
        changes: what the turn changed in the state of the dialogue.
    """

    session: UUID
    seq: int
    at: datetime
    answer: str
    said: list[str]
    commands: list[dict[str, Any]]
    citations: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    ms: float | None
    changes: dict[str, Any]

    def raw(self) -> dict[str, Any]:
        """Everything as JSON values, for developers."""
        return {
            "seq": self.seq,
            "at": self.at.isoformat(),
            "said": self.said,
            "answer": self.answer,
            "commands": self.commands,
            "citations": self.citations,
            "trace": {"ms": self.ms, "notes": self.notes},
            "changes": self.changes,
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer with the lines that belong to its turn.

    Args:
        turn: the line with commands and trace; None when the answer came without a turn.
        asked: unread messages that it answered.
        before: messages before those, oldest first.
    """

    answer: Entry
    turn: Entry | None
    asked: list[Entry] = field(default_factory=list)
    before: list[Entry] = field(default_factory=list)


async def why(unit: Unit, principal: Principal, session: UUID, seq: int) -> Why:
    """Explain an answer of the assistant to the administrator; the audit log remembers who looked.

    Args:
        seq: line of the answer in the conversation's log.

    Raises:
        ServiceError: `forbidden`; `session_not_found`; `answer_not_found` when the line is not a
            message of the assistant.
    """
    found = await find_turn(unit, principal, session, seq)
    await audit.record(unit, principal, "answer.explained", f"chat:{session}", {"seq": seq})
    body = found.turn.body if found.turn is not None else {}
    trace = body.get("trace") or {}
    return Why(
        session=session,
        seq=seq,
        at=found.answer.created_at,
        answer=str(found.answer.body.get("text") or ""),
        said=[words(entry) for entry in found.asked],
        commands=[without_secrets(one) for one in body.get("commands") or []],
        citations=list((found.answer.body.get("metadata") or {}).get("citations") or []),
        notes=[without_secrets(one) for one in trace.get("notes") or []],
        ms=trace.get("ms"),
        changes=without_secrets(body.get("changes") or {}),
    )


async def find_turn(unit: Unit, principal: Principal, session: UUID, seq: int) -> Turn:
    """The lines of a turn by its answer.

    Raises: as `why`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    conversation = await sessions.find(unit, principal, session)
    lines = await OverviewRepository(unit, principal.tenant_id).lines(
        conversation.id, _ALL, before=seq + 1, limit=LOOKED_AT
    )
    if not lines or lines[-1].seq != seq or not _is_answer(lines[-1]):
        raise not_found("answer_not_found", "Такого ответа ассистента в чате нет.")
    answer = lines.pop()
    while lines and lines[-1].kind is EntryKind.STATE:
        lines.pop()
    turn = lines.pop() if lines and lines[-1].kind is EntryKind.DIALOGUE else None
    messages = [line for line in lines if line.kind is EntryKind.MESSAGE]
    asked: list[Entry] = []
    while turn is not None and messages and messages[-1].sender is Sender.USER:
        asked.insert(0, messages.pop())
    return Turn(answer, turn, asked, messages)


def words(entry: Entry) -> str:
    """What a line says; an attachment alone is named."""
    return str(entry.body.get("text") or "(вложение без текста)")


def _is_answer(entry: Entry) -> bool:
    return entry.kind is EntryKind.MESSAGE and entry.sender is Sender.AI


def without_secrets(value: Any) -> Any:
    """A copy of JSON values without anything that looks like a key or a whole prompt."""
    if isinstance(value, Mapping):
        return {name: without_secrets(one) for name, one in value.items() if not _secret(name)}
    if isinstance(value, list | tuple):
        return [without_secrets(one) for one in value]
    if isinstance(value, str) and len(value) > LONGEST:
        return value[:LONGEST] + "…"
    return value


def _secret(name: str) -> bool:
    lower = name.lower()
    return any(lower == word or lower.endswith(f"_{word}") for word in _SECRET)
