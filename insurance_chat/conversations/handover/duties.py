"""What time does to the queue: nobody comes, an agent is lost, a request is shown to everybody."""

from __future__ import annotations

from datetime import timedelta

from insurance_chat.conversations import log
from insurance_chat.conversations.handover import claiming, requests, texts
from insurance_chat.conversations.handover.repository import (
    CLAIMED,
    WAITING,
    HandoverRepository,
    HandoverSweepRepository,
)
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.conversations.models import Conversation, Handover
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Sender
from insurance_chat.core.clock import moscow_now, utcnow
from insurance_chat.core.db.unit import Database, Unit

EVERY_SECONDS = 10


async def tell_that_nobody_came(db: Database, settings: HandoverSettings) -> int:
    """Tell clients who have waited for long; once a request, in working hours only."""
    if not settings.hours.open_at(moscow_now()):
        return 0
    before = utcnow() - timedelta(minutes=settings.handover_nobody_minutes)
    async with db.unit() as unit:
        found = await HandoverSweepRepository(unit).unattended_across_tenants(before)
    return sum([await _tell(db, request) for request in found])


async def _tell(db: Database, request: Handover) -> bool:
    async with db.unit() as unit:
        conversation, now = await _again(unit, request)
        if conversation is None or now is None or now.status != WAITING or now.told_nobody_at:
            return False
        now.told_nobody_at = utcnow()
        said = {"text": texts.NOBODY}
        await log.append_message(unit, conversation, Sender.SYSTEM, said)
        return True


async def return_lost_chats(db: Database, settings: HandoverSettings) -> int:
    """Put chats of agents who are gone back into the queue."""
    before = utcnow() - timedelta(minutes=settings.agent_lost_minutes)
    async with db.unit() as unit:
        found = await HandoverSweepRepository(unit).lost_across_tenants(before)
    return sum([await _lose(db, request) for request in found])


async def _lose(db: Database, request: Handover) -> bool:
    async with db.unit() as unit:
        conversation, now = await _again(unit, request)
        if conversation is None or now is None or now.status != CLAIMED or now.id != request.id:
            return False
        await claiming.lose(unit, conversation)
        return True


async def _again(unit: Unit, request: Handover) -> tuple[Conversation | None, Handover | None]:
    """The conversation, locked, and its open request as they are now."""
    conversation = await ConversationRepository(unit, request.tenant_id).by_id(
        request.conversation_id, lock=True
    )
    return conversation, await HandoverRepository(unit, request.tenant_id).open(
        request.conversation_id
    )


async def wake_for_widened(db: Database) -> None:
    """Requests that everybody may see from now on: let the screens look."""
    async with db.unit() as unit:
        now = utcnow()
        since = now - timedelta(seconds=2 * EVERY_SECONDS)
        for tenant_id in await HandoverSweepRepository(unit).widened_across_tenants(since, now):
            await requests.wake(unit, tenant_id)
