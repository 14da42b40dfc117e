"""A company with agents and a client who chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from insurance_chat.accounts import auth
from insurance_chat.accounts.models import User
from insurance_chat.conversations import log, sessions
from insurance_chat.conversations.handover import claiming, requests
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Sender
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role


@dataclass
class Desk:
    """Who works, who chats."""

    db: Database
    tenant_id: int

    async def staff(self, name: str = "Анна Иванова", role: Role = Role.AGENT) -> Principal:
        """A member of staff."""
        async with self.db.unit() as unit:
            user = User(
                tenant_id=self.tenant_id,
                public_id=uuid4(),
                login=uuid4().hex,
                name=name,
                role=role.value,
                password_hash="x",
                token_epoch=0,
            )
            unit.session.add(user)
            await unit.session.flush()
            return auth.principal(user)

    async def chat(self, *words: str, state: dict[str, Any] | None = None) -> UUID:
        """A chat that waits for an agent, after these words of the client."""
        async with self.db.unit() as unit:
            view, _ = await sessions.create_session(
                unit,
                self.tenant_id,
                None,
                channel="web",
                channel_user_id=uuid4().hex,
                prefer_voice=True,
                email="petrov@mail.ru",
            )
            conversation = await self._row(unit, view.id)
            if state is not None:
                conversation.dialogue = unit.cipher.seal_json(state)
            for text in words:
                await log.append_message(unit, conversation, Sender.USER, {"text": text})
            client = Principal(self.tenant_id, Role.USER, conversation_id=conversation.id)
            await requests.request(unit, HandoverSettings(), client, view.id, "button")
        return view.id

    async def held(self, agent: Principal, *words: str, **more: Any) -> UUID:
        """A chat that this agent has taken."""
        session = await self.chat(*words, **more)
        async with self.db.unit() as unit:
            await claiming.claim(unit, agent, session)
        return session

    async def _row(self, unit: Any, session: UUID) -> Any:
        row = await ConversationRepository(unit, self.tenant_id).by_public_id(session, lock=True)
        assert row is not None
        return row

    async def said(self, session: UUID, sender: Sender) -> list[str]:
        """Words of one side, oldest first."""
        async with self.db.unit() as unit:
            row = await self._row(unit, session)
            repository = ConversationRepository(unit, self.tenant_id)
            entries = await repository.entries_before(row.id, row.last_seq + 1, 100)
        return [str(one.body.get("text") or "") for one in entries if one.sender is sender]

    async def audited(self, action: str) -> int:
        """How often an action is in the audit log."""
        async with self.db.pool.connection() as connection:
            cursor = await connection.execute(
                "select count(*) from audit_entries where tenant_id = %s and action = %s",
                (self.tenant_id, action),
            )
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
async def desk(db: Database, tenant_id: int) -> Desk:
    """The company of this module."""
    return Desk(db, tenant_id)
