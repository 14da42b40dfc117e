"""A client goes on in Telegram with the purchase that was begun on the site, and back on the site."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from insurance_chat.accounts import auth
from insurance_chat.accounts.models import User
from insurance_chat.channels.continuing import service as continuing
from insurance_chat.conversations.returning import service as returning
from insurance_chat.core.clock import utcnow
from insurance_chat.core.principal import Principal, Role
from insurance_chat.main.settings import Settings
from insurance_chat.sandbox.app import create_sandbox_app
from tests.contracts.channels.driver import Shown
from tests.support.sandbox_server import served
from tests.support.telegram import TOKEN, TelegramClient, TelegramMessenger
from tests.support.world import Talk, World, open_world

PATIENCE = 30.0
OWNER = (
    "стс 9912 345678, Иванов Иван Иванович, 12.05.1985, паспорт 4510 123456, г. Москва, "
    "ул. Ленина, д. 1, кв. 2, я собственник"
)


@dataclass
class Stand:
    """The whole service with a bot, and people with Telegram."""

    world: World
    telegram: TelegramMessenger

    async def buying(self) -> Talk:
        """A visitor of the site in the middle of a purchase."""
        talk = await self.world.begin()
        for words in ("хочу осаго", "согласен", "А123ВС77"):
            await self.world.say(talk, words)
        return talk

    async def payload(self, talk: Talk) -> str:
        """The word of a new link into Telegram."""
        client = Principal(self.world.tenant_id, Role.USER, conversation_id=talk.conversation_id)
        adapters = self.world.services.messengers.adapters
        async with self.world.db.unit() as unit:
            (way,) = await continuing.ways(unit, client, talk.session, adapters)
        address = httpx.URL(way.url)
        assert address.host == "t.me"
        return str(address.params["start"])

    async def arrive(self, talk: Talk) -> TelegramClient:
        """Somebody opens the link of a conversation and is asked about it."""
        person = await self.telegram.client()
        await person.start(await self.payload(talk))
        assert "начат на сайте" in (await self.shown(person))[0].text
        return person

    async def shown(self, person: TelegramClient, count: int = 1) -> Sequence[Shown]:
        """What a person sees, as soon as there are so many messages."""

        async def enough() -> Sequence[Shown] | None:
            seen = await person.shown()
            return seen if len(seen) >= count else None

        found: Sequence[Shown] = await until(enough)
        return found

    async def chat_of(self, talk: Talk) -> bool:
        """Whether a conversation of the site is in the messenger now."""
        rows = await self.world.rows(
            "select id from channel_chats where conversation_id = %s", talk.conversation_id
        )
        return bool(rows)

    async def read_again(self) -> None:
        """A process has died after it acted and before it said so: everything is read once more."""
        await self.world.change("update channel_updates set state = 'new' where id > %s", 0)

        async def nothing_new() -> bool:
            return not await self.world.rows("select id from channel_updates where state = 'new'")

        await until(nothing_new)


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until something is so; its value."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + PATIENCE
    while not (value := await condition()):
        assert loop.time() < give_up, "waited in vain"
        await asyncio.sleep(0.02)
    return value


@pytest.fixture(scope="module")
async def stand(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    """A running service whose bot is connected."""
    sandbox = create_sandbox_app(time_scale=0)
    with served(sandbox) as url:
        telegram = TelegramMessenger(url, "polling")
        await telegram.prepared()
        base = Settings()
        quick = {"telegram_api_url": f"{url}/telegram", "telegram_poll_seconds": 1}
        base = base.model_copy(update={"telegram": base.telegram.model_copy(update=quick)})
        folder = tmp_path_factory.mktemp("elsewhere")
        async with open_world(database_url, folder, sandbox, url, base=base) as world:
            services = world.services
            await services.listener.start()
            await services.messengers.keeper.start()
            async with world.db.unit() as unit:
                user = User(
                    tenant_id=world.tenant_id,
                    login=uuid4().hex,
                    name="Анна",
                    role="admin",
                    password_hash="-",
                    approved_at=utcnow(),
                )
                unit.session.add(user)
                await unit.session.flush()
                admin = auth.principal(user)
            await services.messengers.desk.connect(admin, "telegram", {"token": TOKEN})
            yield Stand(world, telegram)
            await services.messengers.keeper.stop()
            await services.listener.stop()
        await telegram.close()


async def test_a_purchase_goes_on_in_telegram_and_both_screens_see_it(stand: Stand) -> None:
    talk = await stand.buying()
    before = (await stand.world.dialogue(talk))["slots"]
    person = await stand.arrive(talk)
    question = (await stand.shown(person))[0]
    assert "А123ВС77" in question.text
    assert question.buttons == (continuing.YES, continuing.NO)
    await person.press(1)
    moved = (await stand.shown(person, 2))[1]
    assert "Готово, продолжаем здесь." in moved.text
    assert "СТС" in moved.text
    assert await stand.chat_of(talk)
    await person.say(OWNER)
    answer = (await stand.shown(person, 3))[-1]
    assert "водител" in answer.text.lower()
    after = (await stand.world.dialogue(talk))["slots"]
    assert {name: after[name] for name in before} == before
    assert len(after) > len(before)
    on_site = [reply.text for reply in await stand.world.fresh(talk)]
    assert any("водител" in text.lower() for text in on_site)


async def test_an_update_that_is_read_again_neither_asks_nor_moves_twice(stand: Stand) -> None:
    talk = await stand.buying()
    person = await stand.arrive(talk)
    await stand.read_again()
    await person.press(1)
    await stand.shown(person, 2)
    await stand.read_again()
    await person.say("мои полисы")
    seen = [one.text for one in await stand.shown(person, 3)]
    assert len(seen) == 3
    assert not [text for text in seen if "не действует" in text]
    said = await stand.world.rows(
        "select count(*) from log_entries where conversation_id = %s and sender = 'user'",
        talk.conversation_id,
    )
    assert said == [(4,)]  # three on the site, one here; the «yes» was no message to the assistant


@pytest.mark.parametrize("words", ["Нет, это не я", "нет"], ids=["button", "typed"])
async def test_a_stranger_who_refuses_leaves_everything_where_it_is(
    stand: Stand, words: str
) -> None:
    talk = await stand.buying()
    stranger = await stand.arrive(talk)
    await stranger.say(words)
    assert "остаётся на сайте" in (await stand.shown(stranger, 2))[1].text
    await stranger.say("да")
    await stand.shown(stranger, 3)
    assert not await stand.chat_of(talk)


async def test_silence_moves_nothing_when_the_time_is_over(stand: Stand) -> None:
    talk = await stand.buying()
    stranger = await stand.arrive(talk)
    await stand.world.change(
        "update continue_links set expires_at = now() where conversation_id = %s",
        talk.conversation_id,
    )
    await stranger.say("да")
    await stand.shown(stranger, 2)
    assert not await stand.chat_of(talk)


async def test_a_link_that_is_over_or_used_says_so(stand: Stand) -> None:
    talk = await stand.buying()
    over = await stand.payload(talk)
    await stand.world.change(
        "update continue_links set expires_at = now() where conversation_id = %s",
        talk.conversation_id,
    )
    late, second = await stand.telegram.client(), await stand.telegram.client()
    await late.start(over)
    assert "больше не действует" in (await stand.shown(late))[0].text
    used = await stand.payload(talk)
    first = await stand.telegram.client()
    await first.start(used)
    await stand.shown(first)
    await second.start(used)
    assert "больше не действует" in (await stand.shown(second))[0].text
    await first.press(1)
    await stand.shown(first, 2)
    assert await stand.chat_of(talk)


async def test_a_chat_that_an_agent_leads_is_not_taken_away(stand: Stand) -> None:
    talk = await stand.buying()
    person = await stand.telegram.client()
    await person.say("Здравствуйте")
    await stand.shown(person)
    await stand.world.settle()
    await stand.world.change(
        "update conversations set state = 'with_agent' where channel_user_id = %s",
        str(person.number),
    )
    await person.start(await stand.payload(talk))
    assert "занят агент" in (await stand.shown(person, 2))[1].text
    assert not await stand.chat_of(talk)


async def test_the_client_gets_a_link_back_to_the_site(stand: Stand) -> None:
    person = await stand.telegram.client()
    await person.say("дай ссылку на сайт")
    text = (await stand.shown(person))[0].text
    token = text.partition("/r/")[2].split()[0]
    async with stand.world.db.unit() as unit:
        assert await returning.is_good(unit, token)
        view, access = await returning.use(unit, stand.world.tenant_id, token)
        assert view.channel == "telegram"
        assert access
        assert not await returning.is_good(unit, token)
