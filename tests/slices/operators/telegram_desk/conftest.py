"""A bot in the emulated Telegram with the real keeper; clients and agents write to the same bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from insurance_chat.accounts import agents, auth
from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.conversations.handover import claiming, requests
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.core.clock import utcnow
from insurance_chat.core.principal import Principal
from insurance_chat.core.settings import CoreSettings
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.insurance.products import load_catalog
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.main.wiring_channels import Messengers
from insurance_chat.operators.copilot.rules import RulesWriter
from insurance_chat.operators.copilot.service import Copilot
from insurance_chat.operators.inbox.speaking import Speaking
from insurance_chat.operators.pull_away.ports import RulesAreEnough
from insurance_chat.operators.pull_away.types import Allowed
from insurance_chat.operators.telegram_desk import linking
from insurance_chat.operators.telegram_desk.desk import TelegramDesk
from insurance_chat.operators.telegram_desk.settings import TelegramDeskSettings
from tests.contracts.channels.driver import Messenger, Shown
from tests.contracts.channels.world import (
    LADDER,
    QUICK,
    Parts,
    World,
    _administrator,
)
from tests.slices.knowledge.conftest import Library
from tests.support.telegram import BOT, TelegramClient, TelegramDriver, TelegramMessenger

REFUND = """# Возврат денег за полис

Деньги за неиспользованный срок возвращает страховая. Чтобы вернуть деньги за полис, нужно написать
заявление и приложить паспорт. Страховая перечисляет остаток в течение 14 дней.
"""


class DeskParts(Parts):
    """One process in which agents work from Telegram."""

    def __init__(self, core: CoreSettings, messenger: Messenger, clamd: str) -> None:
        super().__init__(core, messenger, clamd)
        self.knowledge = KnowledgeIndex(self.db)
        catalog = load_catalog()
        answerer = ExtractiveAnswerer(self.knowledge)
        self.staff_desk = TelegramDesk(
            self.db,
            self.listener,
            self.files,
            Speaking(self.db, Allowed.make(), RulesAreEnough()),
            Copilot(self.db, answerer, catalog.slots, RulesWriter()),
            catalog,
            TelegramDeskSettings(),
            ladder=LADDER,
            sweep=1.0,
        )
        self.messengers = Messengers(
            self.settings,
            {messenger.adapter.code: messenger.adapter},
            self.db,
            self.files,
            self.hub,
            self.listener,
            self.turns,
            rhythm=QUICK,
            ladder=LADDER,
            staff=self.staff_desk,
        )


@dataclass
class Agent:
    """A member of staff with a phone."""

    place: Place
    principal: Principal
    phone: TelegramClient

    async def link(self) -> None:
        """Open the link of the profile."""
        async with self.place.parts.db.unit() as unit:
            invitation = await linking.invite(unit, self.principal)
        await self.phone.say(invitation.command)
        await self.sees("Telegram подключён")

    async def press(self, title: str, under: str = "") -> None:
        """Press the last button with this title, under a message with these words if any."""
        for line in reversed(await self.phone.lines("bot")):
            message = line["message"]
            rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
            for button in (one for row in rows for one in row):
                if button["text"] == title and under in (message.get("text") or ""):
                    data = button["callback_data"]
                    told = {"message_id": message["message_id"], "data": data, "business": ""}
                    path = f"/bots/{BOT}/clients/{self.phone.number}/press"
                    await self.place.messenger.post(path, told)
                    return
        raise AssertionError(f"no button {title!r} under {under!r}")

    async def reply(self, text: str, to: str) -> None:
        """Answer the last message that has these words."""
        for line in reversed(await self.phone.lines("bot")):
            message = line["message"]
            if to in (message.get("text") or message.get("caption") or ""):
                await self.phone.tell(text=text, reply_to_message=message)
                return
        raise AssertionError(f"nothing says {to!r}")

    async def sees(self, words: str, times: int = 1) -> Shown:
        """Wait until the phone shows these words so often; the last message with them."""

        async def shown() -> Shown | None:
            found = [one for one in await self.phone.shown() if words in one.text]
            return found[-1] if len(found) >= times else None

        try:
            found: Shown = await self.place.world.until(shown)
        except AssertionError:
            texts = [one.text for one in await self.phone.shown()]
            raise AssertionError(f"{words!r} is not among {texts}") from None
        return found

    async def texts(self) -> str:
        """Everything on the phone."""
        return "\n".join(one.text for one in await self.phone.shown())


@dataclass
class Place:
    """The bot and who is around it."""

    world: World
    parts: DeskParts
    messenger: TelegramMessenger

    async def agent(self, name: str, *, on_line: bool = True, **columns: Any) -> Agent:
        """A member of staff whose Telegram is linked."""
        agent = Agent(self, await self.staff(name, **columns), await self.messenger.client())
        await agent.link()
        if on_line:
            await self.set_status(agent, AgentStatus.AVAILABLE)
        return agent

    async def set_status(self, agent: Agent, status: AgentStatus) -> None:
        """The agent says on the site whether they take chats."""
        async with self.parts.db.unit() as unit:
            who = agent.principal
            await agents.set_status(unit, who, UUID(str(who.user_public_id)), status)
            await requests.wake(unit, who.tenant_id)

    async def staff(self, name: str, role: str = "agent", **columns: Any) -> Principal:
        """A member of staff."""
        async with self.parts.db.unit() as unit:
            user = await StaffRepository(unit, self.world.admin.tenant_id).add(
                login=uuid4().hex,
                name=name,
                role=role,
                password_hash="-",
                companies=[],
                approved_at=utcnow(),
                **columns,
            )
            assert user is not None
            return auth.principal(user)

    async def client(self, said: str, name: str = "") -> tuple[TelegramClient, UUID]:
        """Somebody who writes to the bot and asks for a human."""
        client = await self.messenger.client()
        if name:
            first, _, last = name.partition(" ")
            await client.about(first_name=first, last_name=last)
        before = await self.world.number("select coalesce(max(id), 0) from conversations")
        await client.tell(text=said)
        await self.world.texts(client)
        session = await self.newest(before)
        await self.ask(session)
        return client, session

    async def newest(self, after: int = 0) -> UUID:
        """The newest chat, opened after this one."""

        async def opened() -> UUID | None:
            rows = await self.world.rows(
                "select public_id from conversations where id > %s order by id desc limit 1", after
            )
            return rows[0][0] if rows else None

        session: UUID = await self.world.until(opened)
        return session

    async def ask(self, session: UUID) -> None:
        """The client asks for a human."""
        async with self.parts.db.unit() as unit:
            admin = self.world.admin
            await requests.request(unit, HandoverSettings(), admin, session, "button")

    async def change(self, sql: str, *values: Any) -> None:
        """Change the database as time would."""
        async with self.parts.db.pool.connection() as connection:
            await connection.execute(sql.encode(), values)

    async def taken(self, agent: Agent, said: str, name: str = "") -> tuple[TelegramClient, UUID]:
        """A client whom this agent has taken."""
        client, session = await self.client(said, name)
        before = (await agent.texts()).count("Чат ваш")
        begins = said.partition(":")[0]
        await agent.sees(begins)
        await agent.press("Взять", begins)
        await agent.sees("Чат ваш", before + 1)
        return client, session

    async def holder(self, session: UUID) -> int | None:
        """Who leads a chat."""
        rows = await self.world.rows(
            "select operator_id from conversations where public_id = %s", session
        )
        found: int | None = rows[0][0]
        return found

    async def rest(self) -> None:
        """Nobody is on line any more, nobody waits: the next test begins alone."""
        admin = self.world.admin
        waiting = await self.world.rows(
            "select public_id, operator_id from conversations"
            " where state in ('with_agent', 'handover_requested')"
        )
        async with self.parts.db.unit() as unit:
            for session, holder in waiting:
                if holder is None:
                    await claiming.claim(unit, admin, session)
                await claiming.release(unit, admin, session)
        async with self.parts.db.unit() as unit:
            for row in await StaffRepository(unit, admin.tenant_id).with_role("agent"):
                await agents.set_status(unit, admin, row.public_id, AgentStatus.OFFLINE)


@pytest.fixture(scope="module")
async def whole(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    """One bot for all tests of a module."""
    folder = tmp_path_factory.mktemp("desk")
    async with TelegramDriver("polling", frozenset()).start() as messenger:
        core = CoreSettings(data_dir=folder, database_url=database_url, database_pool=10)
        parts = DeskParts(core, messenger, "")
        await parts.start()
        world = World(parts, messenger, core, await _administrator(parts.db), "")
        await Library(parts.db, parts.files, world.admin).publish(REFUND, "refund.md")
        await parts.knowledge.refresh()
        await world.connect()
        try:
            yield Place(world, parts, messenger)
        finally:
            await asyncio.gather(*(other.stop() for other in world.more))
            await parts.stop()


@pytest.fixture
async def place(whole: Place) -> AsyncIterator[Place]:
    """The bot, with nobody at work before and after."""
    yield whole
    await whole.rest()
