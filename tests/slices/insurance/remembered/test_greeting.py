"""Who is greeted as somebody known."""

from __future__ import annotations

from uuid import uuid4

from insurance_chat.accounts.repository import add_tenant
from insurance_chat.conversations import contacts
from insurance_chat.conversations.contacts import ConsentText
from insurance_chat.conversations.memory import service as memory
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.dialogue.actions import ActionContext
from insurance_chat.dialogue.effects import Say
from insurance_chat.insurance.products import load_catalog, memory_topics
from insurance_chat.insurance.remembered.actions import MemoryActions

CONSENT = ConsentText("processing", "1", "Согласен")


async def _client(unit: Unit) -> Conversation:
    tenant_id = await add_tenant(unit, "Тест", uuid4().hex)
    log = ConversationRepository(unit, tenant_id)
    contact = await log.add_contact()
    chat = Conversation(contact_id=contact.id, channel="telegram", channel_user_id="1")
    return await log.add(chat)


async def _greeting(db: Database, chat: Conversation) -> str:
    actions = MemoryActions(db, load_catalog(), memory_topics()).actions()
    outcome = await actions["greet"](
        ActionContext(
            chat.tenant_id,
            chat.id,
            uuid4(),
            chat.contact_id,
            chat.channel,
            run_id="1",
            slots={},
            key="1",
            first=True,
            now=utcnow(),
        )
    )
    (say,) = outcome.effects
    assert isinstance(say, Say)
    return say.key


async def test_a_name_that_a_messenger_shows_is_no_old_acquaintance(db: Database) -> None:
    async with db.unit() as unit:
        chat = await _client(unit)
        await contacts.remember(unit, chat.tenant_id, chat.contact_id, name="Анна")
    assert await _greeting(db, chat) == "chitchat_greeting"


async def test_who_told_their_name_before_is_greeted_by_it(db: Database) -> None:
    async with db.unit() as unit:
        chat = await _client(unit)
        await contacts.give_consent(
            unit, chat.tenant_id, chat.contact_id, chat.id, chat.channel, CONSENT
        )
        facts = {"name": {"name": "Смирнова Анна"}}
        await memory.keep(
            unit, chat.tenant_id, chat.contact_id, facts, flow="osago", channel="telegram"
        )
    assert await _greeting(db, chat) == "greeting_by_name"
