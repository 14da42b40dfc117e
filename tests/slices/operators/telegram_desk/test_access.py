"""Who is staff in Telegram: links, their end, strangers, a process that dies."""

from __future__ import annotations

from uuid import UUID

from insurance_chat.accounts import agents
from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.channels.ports import Incoming, Person
from insurance_chat.channels.reading import Item
from insurance_chat.channels.types import StoredUpdate
from insurance_chat.conversations.handover import requests
from insurance_chat.conversations.handover.wishes import Wish
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.crypto import hash_token
from insurance_chat.operators.telegram_desk import linking
from tests.slices.operators.telegram_desk.conftest import Agent, DeskParts, Place

CHATS = "select count(*) from channel_chats"


async def test_a_link_works_once_and_a_telegram_is_one_person(place: Place) -> None:
    anna = await place.agent("Анна Мак", on_line=False)
    boris = Agent(place, await place.staff("Борис Вал"), await place.messenger.client())
    async with place.parts.db.unit() as unit:
        first = await linking.invite(unit, boris.principal)
        second = await linking.invite(unit, boris.principal)
        assert (await linking.mine(unit, anna.principal)).link is not None
    kept = await place.world.rows("select token_hash from desk_codes")
    assert kept == [(hash_token(second.url.partition("agent_")[2]),)]
    await boris.phone.say(first.command)
    await boris.sees("Ссылка не действует")
    await anna.phone.say(second.command)
    await anna.sees("уже подключён другой сотрудник")
    await boris.link()
    await boris.phone.say(second.command)
    await boris.sees("Ссылка не действует", times=2)
    assert second.url.endswith(second.command.removeprefix("/start "))
    actions = await place.world.rows(
        "select count(*) from audit_entries where action = 'desk.linked' and user_id = %s",
        boris.principal.user_id,
    )
    assert actions == [(1,)]


async def test_a_blocked_person_loses_telegram_at_once(place: Place) -> None:
    agent = await place.agent("Лев Шор")
    client, session = await place.client("Кто-нибудь есть?")
    await agent.sees("Новая заявка")
    async with place.parts.db.unit() as unit:
        await agents.set_blocked(
            unit,
            place.world.admin,
            UUID(str(agent.principal.user_public_id)),
            blocked=True,
        )
    chats = await place.world.number(CHATS)
    await agent.press("Взять")
    await agent.sees("Доступ закрыт")
    await place.world.settled()
    assert await place.holder(session) is None
    # The button of a message to somebody else's account is nobody's: refused, and no client's words.
    await agent.press("Взять")
    await agent.sees("Эта кнопка для сотрудников")
    assert await place.world.number(CHATS) == chats
    assert "Кто-нибудь" in (await client.lines("client"))[0]["message"]["text"]


async def test_who_unlinked_is_a_client_again_and_gets_no_requests(place: Place) -> None:
    agent = await place.agent("Майя Тур")
    async with place.parts.db.unit() as unit:
        await linking.unlink(unit, agent.principal)
        assert (await linking.mine(unit, agent.principal)).link is None
    await agent.sees("Этот Telegram отвязан")
    await place.client("Есть кто?")
    await agent.phone.say("Я теперь сам клиент")
    await agent.sees("Эхо: Я теперь сам клиент")
    assert "Новая заявка" not in await agent.texts()


async def test_copied_buttons_of_another_agent_do_nothing(place: Place) -> None:
    anna, boris = await place.agent("Нина Ясн"), await place.agent("Олег Гор", on_line=False)
    _, session = await place.client("Возьмите меня")
    await anna.sees("Возьмите меня")
    card = await place.world.number(
        "select max(m.id) from desk_messages m join desk_accounts a on a.id = m.account_id"
        " where a.user_id = %s",
        anna.principal.user_id,
    )
    for who, told in ((boris.phone.number, "Эта кнопка устарела"), (799999999, "")):
        said = Incoming(str(who), Person(str(who)), f"press:{who}", pressed=f"desk:{card}.1")
        update = StoredUpdate(0, f"copied:{who}", 0, False, 0.0, None, {})
        held = place.parts.messengers.keeper._held[place.parts.messengers.keeper.holds[0]]
        assert await place.parts.staff_desk.takes(held, Item(update, 0, said))
        if told:
            await boris.sees(told)
    assert await place.holder(session) is None
    refused = await place.world.rows("select 1 from desk_messages where key like '%%799999999%%'")
    assert len(refused) == 1


async def test_a_request_for_one_agent_is_shown_to_that_agent_until_it_is_for_all(
    place: Place,
) -> None:
    named, other = await place.agent("Фёкла Рай"), await place.agent("Харитон Цой")
    client = await place.messenger.client()
    await client.say("Мне нужна Фёкла")
    await place.world.texts(client)
    session = await place.newest()
    async with place.parts.db.unit() as unit:
        repository = ConversationRepository(unit, place.world.admin.tenant_id)
        conversation = await repository.by_public_id(session, lock=True)
        assert conversation is not None
        wish = Wish("button", named.principal.user_id, widen_seconds=3600)
        await requests.start_waiting(unit, conversation, wish)
    assert "Клиент просит вас" in (await named.sees("Мне нужна Фёкла")).text
    await place.parts.staff_desk._watching.look(place.parts.messengers.keeper.holds[0])
    assert "Фёкла" not in await other.texts()
    await place.change("update handovers set widen_at = now() where status = 'waiting'")
    await place.set_status(other, AgentStatus.AVAILABLE)
    await other.sees("Мне нужна Фёкла")
    await place.set_status(named, AgentStatus.OFFLINE)
    await named.sees("Вы не на линии")


async def test_a_press_outlives_the_process(place: Place) -> None:
    agent = await place.agent("Пётр Жук")
    client, session = await place.client("Примите после сбоя")
    await agent.sees("Примите после сбоя")
    old = place.parts
    await old.messengers.keeper.kill()
    await agent.press("Взять")
    await agent.press("Взять")
    parts = DeskParts(place.world.core, place.messenger, "")
    place.world.more.append(parts)
    await parts.start()
    await agent.sees("Чат ваш: 1")
    await agent.phone.say("Я здесь")

    async def answered() -> bool:
        return any("Я здесь" in one.text for one in await client.shown())

    await place.world.until(answered)
    shown = [one.text for one in await agent.phone.shown()]
    assert sum("Чат ваш" in text for text in shown) <= 2
    assert await place.holder(session) == agent.principal.user_id
