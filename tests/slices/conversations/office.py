"""A company with staff and chats, for tests of what staff see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.conversations import log, sessions
from insurance_chat.conversations.models import Contact, Conversation, Handover
from insurance_chat.conversations.types import Entry, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role


@dataclass
class Office:
    """One tenant with its administrator."""

    db: Database
    tenant_id: int
    admin: Principal

    async def person(self, name: str, role: Role = Role.AGENT) -> Principal:
        return await _person(self.db, self.tenant_id, name, role)

    async def chat(
        self,
        *texts: str,
        channel: str = "web",
        user: str = "",
        email: str | None = None,
        **columns: Any,
    ) -> UUID:
        """A conversation where the client has said these words."""
        async with self.db.unit() as unit:
            view, _ = await sessions.create_session(
                unit,
                self.tenant_id,
                self.admin,
                channel=channel,
                channel_user_id=user or uuid4().hex,
                prefer_voice=False,
                email=email,
            )
            for name, value in columns.items():
                chat = await unit.session.get_one(Conversation, view.conversation_id)
                setattr(chat, name, value)
        for text in texts:
            await self.say(view.id, text)
        return view.id

    async def say(self, chat: UUID, text: str, sender: Sender = Sender.USER, **body: Any) -> Entry:
        async with self.db.unit() as unit:
            found = await sessions.find(unit, self.admin, chat, lock=True)
            entry = await log.append_message(unit, found, sender, {"text": text, **body})
        assert entry is not None
        return entry

    async def key(self, chat: UUID) -> int:
        async with self.db.unit() as unit:
            return (await sessions.find(unit, self.admin, chat)).id

    async def client(self, chat: UUID) -> Principal:
        return Principal(self.tenant_id, Role.USER, conversation_id=await self.key(chat))

    async def named(self, chat: UUID, name: str, email: str) -> None:
        """What the client has told of themselves."""
        async with self.db.unit() as unit:
            found = await sessions.find(unit, self.admin, chat)
            contact = await unit.session.get_one(Contact, found.contact_id)
            contact.profile = unit.cipher.seal_json({"name": name, "email": email})

    async def led(self, chat: UUID, agent: Principal) -> None:
        """The agent led this chat and is gone."""
        async with self.db.unit() as unit:
            unit.session.add(
                Handover(
                    tenant_id=self.tenant_id,
                    conversation_id=await self.key(chat),
                    status="ended",
                    reason="asked",
                    claimed_by=agent.user_id,
                    outcome="returned",
                )
            )


async def _person(db: Database, tenant_id: int, name: str, role: Role) -> Principal:
    async with db.unit() as unit:
        user = await StaffRepository(unit, tenant_id).add(
            login=uuid4().hex,
            name=name,
            role=role.value,
            password_hash="-",
            companies=[],
            approved_at=utcnow(),
        )
        assert user is not None
        return Principal(tenant_id, role, user.id, str(user.public_id))


async def open_office(db: Database) -> Office:
    """A company of its own."""
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into tenants (name, slug) values ('Тест', %s) returning id", (uuid4().hex,)
        )
        row = await cursor.fetchone()
    assert row is not None
    return Office(db, int(row[0]), await _person(db, int(row[0]), "Главная", Role.ADMIN))
