"""Looks for sales outside the service in chats that an agent leads, and asks the administrator."""

from __future__ import annotations

from datetime import timedelta

import structlog

from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.clock import moscow_today, utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.operators.commissions import ledger
from insurance_chat.operators.commissions.repository import LedgerRepository
from insurance_chat.operators.commissions.signs.patterns import Found, find_signs
from insurance_chat.operators.commissions.signs.repository import (
    Watched,
    WatchRepository,
    fetch_unread_across_tenants,
    move_cursor,
)
from insurance_chat.operators.commissions.types import Status

log = structlog.get_logger()
READ_AFTER_END = timedelta(hours=1)
JUST_SOLD = timedelta(days=7)  # talk about a policy of ours goes on for days after it was issued
CHATS_AT_ONCE = 200
LINES_AT_ONCE = 200
_PEOPLE = (Sender.USER, Sender.AGENT)


async def sweep(db: Database) -> int:
    """Read what was said with agents since the last time; returns how many entries were made."""
    async with db.unit() as unit:
        chats = await fetch_unread_across_tenants(unit, utcnow() - READ_AFTER_END, CHATS_AT_ONCE)
    made = 0
    for chat in chats:
        async with db.unit() as unit:
            made += await _read(unit, chat)
    return made


async def watch(
    unit: Unit, conversation: Conversation, entry: Entry, before: Entry | None = None
) -> int:
    """Ask the administrator about a message that looks like a sale outside the service.

    Nothing happens when the service has just sold in this chat, and nothing twice: once for each
    sign of a conversation.

    Args:
        entry: a message of the client or of the agent.
        before: the message before it.

    Returns:
        How many entries for review were made.
    """
    found = _signs(entry, before)
    if not found:
        return 0
    repository = WatchRepository(unit, conversation.tenant_id)
    operator = await repository.led_by(conversation, entry.created_at)
    since = entry.created_at - JUST_SOLD
    if operator is None or await repository.sold_in(conversation.id, since):
        return 0
    made = 0
    for one in found:
        if one.number is None or not await repository.knows_number(one.number):
            made += await _ask(unit, conversation, operator, entry, one)
    return made


async def _read(unit: Unit, chat: Watched) -> int:
    conversation = chat.conversation
    repository = ConversationRepository(unit, conversation.tenant_id)
    lines = await repository.entries_after(
        conversation.id, chat.seq, LINES_AT_ONCE, (EntryKind.MESSAGE,)
    )
    earlier = await repository.entries_before(conversation.id, chat.seq + 1, 1)
    before = earlier[0] if earlier else None
    made = 0
    for line in lines:
        made += await watch(unit, conversation, line, before)
        before = line
    last = lines[-1].seq if len(lines) == LINES_AT_ONCE else conversation.last_seq
    await move_cursor(unit, conversation.id, last)
    return made


def _signs(entry: Entry, before: Entry | None) -> list[Found]:
    if entry.sender not in _PEOPLE:
        return []
    asked = before is not None and before.sender in _PEOPLE and before.sender is not entry.sender
    question = before.body.get("text") if before is not None and asked else None
    return find_signs(entry.body.get("text") or "", question)


async def _ask(
    unit: Unit, conversation: Conversation, operator: int, entry: Entry, found: Found
) -> bool:
    review = await LedgerRepository(unit, conversation.tenant_id).add_entry(
        {
            "operator_id": operator,
            "conversation_id": conversation.id,
            "sign": found.sign.value,
            "sign_seq": entry.seq,
            "policy_number": found.number,
            "status": Status.REVIEW.value,
            "booked_on": moscow_today(),
        }
    )
    if review is None:
        return False
    await ledger.remember(unit, review, None)
    log.info("commission_sign_found", conversation=conversation.id, sign=found.sign.value)
    return True
