"""Questions that the assistant could not answer: kept, grouped by meaning, decided by a person."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from insurance_chat.accounts import audit
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.library import find_one, forbidden
from insurance_chat.knowledge.repository import KnowledgeRepository
from insurance_chat.knowledge.unanswered.grouping import group_alike
from insurance_chat.knowledge.unanswered.models import Unanswered
from insurance_chat.knowledge.unanswered.repository import (
    UnansweredRepository,
    forget_across_tenants,
)
from insurance_chat.llm.masking import mask

KEPT_DAYS = 180
LOOKED_AT = 1_000  # newest questions that are grouped
LONGEST = 500  # characters of a question that are kept
LONGEST_NOTE = 500
SHOWN_WAYS = 5
_PLACEHOLDER = re.compile(r"\[[A-Z_]+_\d+\]")


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one meaning.

    Args:
        ids: of all its questions.
        question: the newest wording, `ways` are a few others.
        count: how many times it was asked.
        note: what document was asked for, for groups that wait for one.
    """

    ids: tuple[str, ...]
    question: str
    ways: tuple[str, ...]
    count: int
    last_at: datetime
    note: str = ""


class Chat(Protocol):
    """Where a question was asked."""

    @property
    def tenant_id(self) -> int:
        """Whose client asked."""
        ...

    @property
    def conversation_id(self) -> int:
        """In which chat; the question goes when the chat goes."""
        ...


async def record(
    unit: Unit, chat: Chat, questions: Sequence[str], known: Iterable[str] = ()
) -> None:
    """Keep questions that got no answer, in the transaction of their turn.

    Args:
        questions: the client's words; phones, documents, plates and the like are taken out.
        known: the client's own names and addresses, taken out as well.
    """
    names = tuple(known)
    for question in questions:
        text = _PLACEHOLDER.sub("•••", mask(question.strip(), names)[0])[:LONGEST]
        if re.search(r"[^\W\d_]", text):
            sealed = unit.cipher.seal(text)
            await UnansweredRepository(unit, chat.tenant_id).add(chat.conversation_id, sealed)


async def groups(db: Database, principal: Principal, status: str = "open") -> list[Group]:
    """Questions of one meaning together, the most frequent first.

    Args:
        status: `open`, or `wanted` for those that wait for a document.

    Raises:
        ServiceError: `forbidden`.
    """
    _require_admin(principal)
    async with db.unit() as unit:
        rows = await UnansweredRepository(unit, principal.tenant_id).newest(status, LOOKED_AT)
        texts = [unit.cipher.open(row.question) for row in rows]
        notes = [unit.cipher.open(row.note) if row.note else "" for row in rows]
    found = await asyncio.to_thread(group_alike, texts)
    out = [_group(places, rows, texts, notes) for places in found]
    return sorted(out, key=lambda one: (-one.count, -one.last_at.timestamp()))


async def count_open(unit: Unit, principal: Principal) -> int:
    """How many questions wait for a decision.

    Raises:
        ServiceError: `forbidden`.
    """
    _require_admin(principal)
    return await UnansweredRepository(unit, principal.tenant_id).count("open")


async def mark_answered(
    unit: Unit, principal: Principal, ids: Sequence[str], document_id: str
) -> None:
    """An answer was published; the questions are done.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`, `kb_question_not_found`.
    """
    _require_admin(principal)
    document = await find_one(KnowledgeRepository(unit, principal.tenant_id), document_id)
    values = {"status": "answered", "document_id": document.id}
    await _decide(unit, principal, ids, values)


async def ask_for_document(unit: Unit, principal: Principal, ids: Sequence[str], note: str) -> None:
    """Leave a note for the administrators which document is missing.

    Raises:
        ServiceError: `forbidden`, `kb_note`, `kb_question_not_found`.
    """
    _require_admin(principal)
    words = " ".join(note.split())
    if not words or len(words) > LONGEST_NOTE:
        raise invalid("kb_note", "Напишите, какой документ нужен, до 500 знаков.")
    await _decide(unit, principal, ids, {"status": "wanted", "note": unit.cipher.seal(words)})


async def dismiss(unit: Unit, principal: Principal, ids: Sequence[str]) -> None:
    """The questions need no answer, or what was asked for has been added.

    Raises:
        ServiceError: `forbidden`, `kb_question_not_found`.
    """
    _require_admin(principal)
    await _decide(unit, principal, ids, {"status": "dismissed"})


async def forget_old(db: Database) -> int:
    """Remove questions of half a year ago; returns how many."""
    async with db.unit() as unit:
        return await forget_across_tenants(unit, utcnow() - timedelta(days=KEPT_DAYS))


async def _decide(
    unit: Unit, principal: Principal, ids: Sequence[str], values: dict[str, object]
) -> None:
    repository = UnansweredRepository(unit, principal.tenant_id)
    try:
        wanted = [uuid.UUID(one) for one in ids]
    except ValueError as wrong:
        raise _missing() from wrong
    if not await repository.decide(wanted, ("open", "wanted"), values):
        raise _missing()
    facts = {"questions": len(wanted)}
    await audit.record(unit, principal, f"questions.{values['status']}", "questions:", facts)


def _group(
    places: Sequence[int], rows: Sequence[Unanswered], texts: Sequence[str], notes: Sequence[str]
) -> Group:
    ways = list(dict.fromkeys(texts[place] for place in places))
    return Group(
        ids=tuple(str(rows[place].public_id) for place in places),
        question=ways[0],
        ways=tuple(ways[1 : SHOWN_WAYS + 1]),
        count=len(places),
        last_at=rows[places[0]].created_at,
        note=next((notes[place] for place in places if notes[place]), ""),
    )


def _require_admin(principal: Principal) -> None:
    if not principal.is_admin:
        raise forbidden()


def _missing() -> ServiceError:
    return not_found("kb_question_not_found", "Этот вопрос уже разобран.")
