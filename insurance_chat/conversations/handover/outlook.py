"""What a client who wants a human can expect, looked up before anything is promised."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.accounts import naming, presence
from insurance_chat.accounts.presence import Colleague
from insurance_chat.conversations import sessions
from insurance_chat.conversations.handover.repository import WAITING, HandoverRepository
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.conversations.handover.texts import Asked, Outlook
from insurance_chat.conversations.handover.wishes import Wish
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.clock import moscow_now
from insurance_chat.core.db.unit import Database, Unit


class Desk(Protocol):
    """Tells the dialogue what a wish for a human leads to."""

    async def outlook(self, tenant_id: int, conversation_id: int, name: str | None) -> Outlook:
        """Look at the queue and at the agents."""
        ...

    def wish(self, reason: str, outlook: Outlook) -> Wish:
        """The request that an outlook leads to."""
        ...


class HandoverDesk:
    """The desk of this installation.

    Args:
        db: where requests and agents live.
        settings: working hours.
    """

    def __init__(self, db: Database, settings: HandoverSettings) -> None:
        self._db = db
        self._settings = settings

    async def outlook(self, tenant_id: int, conversation_id: int, name: str | None) -> Outlook:
        """Look at the queue and at the agents, in a transaction of its own."""
        async with self._db.unit() as unit:
            return await look(unit, self._settings, tenant_id, conversation_id, name)

    def wish(self, reason: str, outlook: Outlook) -> Wish:
        """The request that an outlook leads to; a narrow one is widened after a while."""
        return Wish.of(reason, outlook, self._settings.handover_widen_seconds)


async def look(
    unit: Unit,
    settings: HandoverSettings,
    tenant_id: int,
    conversation_id: int,
    name: str | None = None,
) -> Outlook:
    """The place in the queue, who is free, and what a wish for one agent leads to.

    Args:
        name: how the client calls the agent, in any case of the noun; None for any agent. The client
            of an agent is led to that agent first.
    """
    repository = HandoverRepository(unit, tenant_id)
    request = await repository.open(conversation_id)
    waiting = request if request is not None and request.status == WAITING else None
    free = await presence.available(unit, tenant_id)
    if name is not None:
        wanted, asked = await _by_name(unit, tenant_id, name, free)
    else:
        wanted, asked = await _own_agent(unit, tenant_id, conversation_id, free)
    return Outlook(
        position=await repository.position(waiting.id if waiting is not None else None),
        free=len(free),
        opens=settings.hours.told(moscow_now()),
        again=waiting is not None,
        name=wanted.name if wanted is not None else None,
        asked=asked,
        operator_id=wanted.user_id if wanted is not None else None,
    )


Found = tuple[Colleague | None, Asked | None]


async def _by_name(unit: Unit, tenant_id: int, name: str, free: list[Colleague]) -> Found:
    found = await naming.named(unit, tenant_id, name)
    if not found:
        return None, Asked.UNKNOWN
    here = [one for one in found if one in free]
    if len(found) > 1 and len(here) != 1:
        # Several agents of that name: whoever comes first is the right one.
        return None, None
    wanted = here[0] if here else found[0]
    return wanted, Asked.FREE if here else Asked.AWAY


async def _own_agent(
    unit: Unit, tenant_id: int, conversation_id: int, free: list[Colleague]
) -> Found:
    """The agent who brought this client is asked first, when they are here."""
    conversation = await ConversationRepository(unit, tenant_id).by_id(conversation_id)
    if conversation is None:
        return None, None
    own = await sessions.brought_by(unit, conversation)
    here = next((one for one in free if one.user_id == own), None)
    return here, Asked.FREE if here is not None else None
