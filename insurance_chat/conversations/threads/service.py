"""Opening the conversation that a program means by the name of a thread."""

from __future__ import annotations

from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.threads import repository
from insurance_chat.conversations.threads.repository import Place, ThreadRepository
from insurance_chat.core.db.unit import Database

CHANNEL = "api"


def digest(db: Database, owner: str, name: str) -> str:
    """The keyed hash under which a thread is found; two owners never share one.

    Args:
        owner: whose thread it is, e.g. the name of an API key.
        name: as the program calls it; it may hold anything, so it is not stored.
    """
    return db.cipher.lookup(f"thread:{len(owner)}:{owner}:{name}")


async def find(db: Database, tenant_id: int, digest: str) -> Place | None:
    """The conversation of a thread, if the thread was opened before."""
    async with db.pool.connection() as connection:
        return await repository.find(connection, tenant_id, digest)


async def find_or_open(db: Database, tenant_id: int, digest: str) -> Place:
    """The conversation of a thread; at its first sight a new one with a new client."""
    known = await find(db, tenant_id, digest)
    return known if known is not None else await _open(db, tenant_id, digest)


async def _open(db: Database, tenant_id: int, digest: str) -> Place:
    async with db.unit() as unit:
        threads = ThreadRepository(unit, tenant_id)
        await threads.lock(digest)
        known = await threads.place(digest)
        if known is not None:
            return known
        conversations = ConversationRepository(unit, tenant_id)
        contact = await conversations.add_contact()
        conversation = await conversations.add(
            Conversation(contact_id=contact.id, channel=CHANNEL, channel_user_id=digest)
        )
        await unit.session.refresh(conversation)
        await threads.add(digest, conversation.id)
        return Place(conversation.id, conversation.public_id, 0)
