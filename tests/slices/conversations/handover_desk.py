"""A company with agents and clients who ask for them, for tests of the handover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from insurance_chat.accounts import auth
from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import add_tenant
from insurance_chat.conversations import hot, sessions
from insurance_chat.conversations.handover import claiming, queue, requests
from insurance_chat.conversations.handover.claiming import Outcome
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.conversations.handover.wishes import Wish
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind, InboundMessage, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.main import models as _models  # noqa: F401 - foreign keys need every table
from insurance_chat.operators.inbox import sending
from tests.support.chats import open_web_chat

ALWAYS = HandoverSettings()


@dataclass(frozen=True)
class Person:
    """A member of staff."""

    key: int
    name: str
    principal: Principal


@dataclass
class Office:
    """One company with its agents and clients."""

    db: Database
    tenant_id: int

    async def hire(
        self,
        name: str,
        *,
        role: str = "agent",
        status: str = "available",
        companies: tuple[str, ...] = (),
    ) -> Person:
        async with self.db.unit() as unit:
            user = User(
                tenant_id=self.tenant_id,
                login=uuid4().hex,
                name=name,
                role=role,
                password_hash="-",
                status=status,
                companies=list(companies),
                approved_at=utcnow(),
                seen_at=utcnow(),
            )
            unit.session.add(user)
            await unit.session.flush()
            await unit.session.refresh(user)
            return Person(user.id, name, auth.principal(user))

    async def client(self, *, own_of: Person | None = None) -> Chat:
        async with self.db.unit() as unit:
            view = await open_web_chat(unit, self.tenant_id)
            if own_of is not None:
                contact = await ConversationRepository(unit, self.tenant_id).contact(
                    view.contact_id
                )
                assert contact is not None
                contact.operator_id = own_of.key
        return Chat(self, view.id, view.conversation_id)

    async def desk(self, person: Person) -> queue.Desk:
        async with self.db.unit() as unit:
            return await queue.look(unit, person.principal)


@dataclass
class Chat:
    """One client's conversation."""

    office: Office
    session: UUID
    id: int

    async def ask(self, wish: Wish | None = None) -> None:
        principal = Principal(self.office.tenant_id, Role.USER, conversation_id=self.id)
        async with self.office.db.unit() as unit:
            if wish is None:
                await requests.request(unit, ALWAYS, principal, self.session, "button")
                return
            conversation = await sessions.find(unit, principal, self.session, lock=True)
            await requests.start_waiting(unit, conversation, wish)

    async def claim(self, person: Person) -> sessions.SessionView:
        async with self.office.db.unit() as unit:
            return await claiming.claim(unit, person.principal, self.session)

    async def release(self, person: Person, outcome: Outcome = Outcome.RETURNED) -> None:
        async with self.office.db.unit() as unit:
            await claiming.release(unit, person.principal, self.session, outcome)

    async def say(self, text: str) -> Any:
        message = InboundMessage(Sender.USER, text)
        async with self.office.db.pool.connection() as connection:
            return await hot.store_inbound(
                connection, self.office.db.cipher, self.office.tenant_id, self.session, message,
                lease=uuid4(), queue=self.office.db.queue,
            )  # fmt: skip

    async def reply(self, person: Person, text: str, key: str | None = None) -> sending.Sent:
        message = InboundMessage(Sender.AGENT, text, client_key=key)
        async with self.office.db.unit() as unit:
            return await sending.send(unit, person.principal, self.session, message)

    async def row(self) -> Any:
        async with self.office.db.unit() as unit:
            return await ConversationRepository(unit, self.office.tenant_id).by_id(self.id)

    async def said(self) -> list[str]:
        async with self.office.db.unit() as unit:
            entries = await ConversationRepository(unit, self.office.tenant_id).entries_after(
                self.id, 0, 100, (EntryKind.MESSAGE,)
            )
        return [str(entry.body["text"]) for entry in entries]

    async def owed(self) -> bool:
        async with self.office.db.pool.connection() as connection:
            return self.id in await hot.owed_turns(connection, 100)

    async def shift(self, column: str, minutes: int) -> None:
        async with self.office.db.pool.connection() as connection:
            await connection.execute(
                f"update handovers set {column} = {column} - make_interval(mins => %s)"
                " where conversation_id = %s",
                (minutes, self.id),
            )


async def open_handover(db: Database) -> Office:
    """A company of its own, so that tests may share a database."""
    async with db.unit() as unit:
        return Office(db, await add_tenant(unit, "Тест", uuid4().hex))
