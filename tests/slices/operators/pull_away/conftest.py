"""A chat that an agent leads, with a client who confirmed a phone and an e-mail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest

from insurance_chat.accounts import auth
from insurance_chat.accounts.models import User
from insurance_chat.conversations import contacts, log
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.pull_away import service
from insurance_chat.operators.pull_away.hits import Hit
from insurance_chat.operators.pull_away.types import Allowed, Verdict
from tests.support.chats import open_web_chat

ALLOWED = Allowed.make(["chat.service.ru"])
PHONE, EMAIL = "+79165554433", "ivan@mail.ru"
Staff = Callable[..., Awaitable[Principal]]


@dataclass
class Chat:
    """One conversation of the tenant."""

    db: Database
    view: SessionView

    async def row(self, unit: Unit, tenant_id: int) -> Conversation:
        """The conversation, locked as a sender locks it."""
        found = await ConversationRepository(unit, tenant_id).by_id(
            self.view.conversation_id, lock=True
        )
        assert found is not None
        return found

    async def check(self, agent: Principal, text: str) -> Verdict:
        """What is said about a message of an agent."""
        async with self.db.unit() as unit:
            row = await self.row(unit, agent.tenant_id)
            return await service.check_message(unit, agent, row, text, ALLOWED)

    async def say(self, agent: Principal, text: str, name: str = "Анна Иванова") -> None:
        """A message that an agent has sent."""
        async with self.db.unit() as unit:
            row = await self.row(unit, agent.tenant_id)
            body = {"text": text, "metadata": {"agentName": name}}
            await log.append_message(unit, row, Sender.AGENT, body)

    async def record(self, agent: Principal, text: str) -> Hit:
        """An agent tries to send a message, and it is written down."""
        async with self.db.unit() as unit:
            row = await self.row(unit, agent.tenant_id)
            verdict = await service.check_message(unit, agent, row, text, ALLOWED)
            hit = await service.record(unit, agent, row, text, verdict)
        assert hit is not None
        return hit


@pytest.fixture
def staff(db: Database, tenant_id: int) -> Staff:
    """Makes members of staff."""

    async def make(role: Role = Role.AGENT, name: str = "Анна Иванова") -> Principal:
        async with db.unit() as unit:
            user = User(
                tenant_id=tenant_id,
                public_id=uuid4(),
                login=uuid4().hex,
                name=name,
                role=role.value,
                password_hash="x",
                token_epoch=0,
                approved_at=utcnow(),
            )
            unit.session.add(user)
            await unit.session.flush()
            return auth.principal(user)

    return make


@pytest.fixture
async def chat(db: Database, tenant_id: int) -> Chat:
    """A new chat."""
    async with db.unit() as unit:
        view = await open_web_chat(unit, tenant_id)
        await contacts.remember(unit, tenant_id, view.contact_id, phone=PHONE, email=EMAIL)
    return Chat(db, view)
