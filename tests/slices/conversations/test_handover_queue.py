"""What an agent's queue and history show, and what they never show."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from insurance_chat.accounts.repository import add_tenant
from insurance_chat.conversations import contacts
from insurance_chat.conversations.handover import history, queue
from insurance_chat.conversations.handover.history import HistoryPage
from insurance_chat.conversations.handover.queue import QueueHub
from insurance_chat.conversations.handover.wishes import Wish
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from tests.slices.conversations.handover_desk import (
    Chat,
    Office,
    Person,
    open_handover,
)


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_handover(db)


async def _shown(office: Office, person: Person) -> list[UUID]:
    return [row.session for row in (await office.desk(person)).waiting]


async def _history(office: Office, person: Person, **search: str) -> HistoryPage:
    async with office.db.unit() as unit:
        return await history.handled(unit, person.principal, **search)


async def _call(chat: Chat, **facts: str) -> None:
    async with chat.office.db.unit() as unit:
        tenant_id = chat.office.tenant_id
        conversation = await ConversationRepository(unit, tenant_id).by_id(chat.id)
        assert conversation is not None
        await contacts.remember(unit, tenant_id, conversation.contact_id, **facts)


async def _tag(chat: Chat, tags: Sequence[str]) -> None:
    async with chat.office.db.pool.connection() as connection:
        await connection.execute(
            "update conversations set tags = %s where id = %s", (list(tags), chat.id)
        )


async def test_a_request_for_one_agent_is_shown_to_others_when_it_widens(
    office: Office,
) -> None:
    anna, boris = await office.hire("Анна"), await office.hire("Борис")
    chat = await office.client()
    await chat.ask(Wish("client_asked", operator_id=anna.key, widen_seconds=60))
    desk = await office.desk(anna)
    assert [(row.session, row.for_me) for row in desk.waiting] == [(chat.session, True)]
    assert await _shown(office, boris) == []
    await chat.shift("widen_at", 2)
    desk = await office.desk(boris)
    assert [(row.session, row.for_me) for row in desk.waiting] == [(chat.session, False)]


async def test_a_request_for_a_company_is_shown_to_who_knows_it_or_knows_all(
    office: Office,
) -> None:
    knows = await office.hire("Анна", companies=("alfa",))
    other = await office.hire("Борис", companies=("sogaz",))
    knows_all = await office.hire("Вера")
    admin = await office.hire("Глеб", role="admin")
    chat = await office.client()
    await chat.ask(Wish("flow", company="alfa", widen_seconds=60))
    shown = [await _shown(office, one) for one in (knows, other, knows_all, admin)]
    assert shown == [[chat.session], [], [chat.session], [chat.session]]


async def test_the_place_in_the_queue_is_the_clients_not_the_agents(
    office: Office,
) -> None:
    anna, boris = await office.hire("Анна"), await office.hire("Борис")
    first, second = await office.client(), await office.client()
    await first.ask(Wish("client_asked", operator_id=anna.key, widen_seconds=60))
    await second.ask()
    assert [row.place for row in (await office.desk(boris)).waiting] == [2]
    assert [row.place for row in (await office.desk(anna)).waiting] == [1, 2]


async def test_who_was_never_asked_is_not_told_that_a_request_is_taken(
    office: Office,
) -> None:
    anna, boris, vera = [await office.hire(name) for name in ("Анна", "Борис", "Вера")]
    chat = await office.client()
    await chat.ask(Wish("client_asked", operator_id=anna.key, widen_seconds=60))
    await chat.claim(anna)
    own = await office.client(own_of=vera)
    await own.claim(vera)
    # The time to widen comes after the claim: nobody was told meanwhile.
    await chat.shift("widen_at", 2)
    await chat.shift("claimed_at", 2)
    assert (await office.desk(boris)).taken == []


async def test_a_held_chat_tells_that_the_client_waits_for_words(
    office: Office,
) -> None:
    anna, chat = await office.hire("Анна"), await office.client()
    await chat.say("Здравствуйте")
    await chat.ask()
    await chat.claim(anna)
    held = (await office.desk(anna)).held[0]
    assert held.unanswered_since == held.since
    assert held.unanswered == 0  # what was said before is no news
    await chat.say("Где вы?")
    held = (await office.desk(anna)).held[0]
    assert held.unanswered > 0
    assert held.unanswered_since == held.since
    await chat.reply(anna, "Добрый день!")
    desk = await office.desk(anna)
    assert (desk.unanswered, desk.held[0].unanswered) == (0, 0)
    stored = await chat.say("Сколько стоит?")
    await chat.say("Вы тут?")
    desk = await office.desk(anna)
    assert desk.unanswered == 1
    assert desk.held[0].unanswered_since == stored.entry.created_at
    assert desk.held[0].unanswered > stored.entry.seq


async def test_last_words_are_the_clients_and_hide_numbers(office: Office) -> None:
    anna, chat = await office.hire("Анна"), await office.client()
    await chat.say("Мой телефон +7 916 123-45-67, перезвоните")
    await chat.ask()
    await _call(chat, name="Петров Иван Сергеевич", phone="+79161234567")
    async with office.db.unit() as unit:
        desk = await queue.look(unit, anna.principal)
        words = await queue.last_words(unit, anna.principal, desk.waiting)
    assert "перезвоните" in words[chat.session]
    assert "123" not in words[chat.session]
    assert desk.waiting[0].client == "Иван П."


async def test_the_screen_wakes_for_words_in_the_chats_that_it_watches(
    office: Office,
    database_url: str,
) -> None:
    anna = await office.hire("Анна")
    chat, other = await office.client(), await office.client()
    await chat.ask()
    await chat.claim(anna)
    listener = Listener(database_url)
    hub = QueueHub(listener)
    await listener.start()
    try:
        async with hub.subscribe(office.tenant_id) as wakes:
            hub.watch(wakes, (await office.desk(anna)).held)
            await other.say("Это в другом чате")
            await chat.say("Вы тут?")
            assert await wakes.wait(10)
            await asyncio.sleep(0)
            hub.watch(wakes, [])
            await other.ask()
            assert await wakes.wait(10)
    finally:
        await listener.stop()


async def test_history_is_of_chats_that_the_agent_led_and_nobody_elses(
    office: Office,
    db: Database,
) -> None:
    anna, boris = await office.hire("Анна"), await office.hire("Борис")
    mine, foreign, waits = [await office.client() for _ in range(3)]
    for chat in (mine, foreign, waits):
        await chat.say("Хочу застраховать трактор")
        await chat.ask()
    await _call(foreign, name="Петров Иван Сергеевич")
    await mine.claim(anna)
    await foreign.claim(boris)
    for search in ({}, {"search": "трактор"}):
        page = await _history(office, anna, **search)
        assert ([row.id for row in page.rows], page.total) == ([mine.session], 1)
    assert (await _history(office, anna, search="Иван")).total == 0
    await mine.release(anna)
    assert [row.outcome for row in (await _history(office, anna)).rows] == ["returned"]
    async with db.unit() as unit:
        stranger = Office(db, await add_tenant(unit, "Чужая", "foreign-history"))
    outsider = await stranger.hire("Чужой", role="admin")
    assert (await _history(stranger, outsider)).total == 0


async def test_history_is_searched_by_words_names_and_tags_but_not_by_numbers(
    office: Office,
) -> None:
    anna = await office.hire("Анна")
    first, second = await office.client(), await office.client()
    for chat in (first, second):
        await chat.ask()
        await chat.claim(anna)
    await first.say("Нужен полис на мотоцикл")
    await _call(second, name="Петров Иван Сергеевич", phone="+79161234567")
    await _tag(second, ["перезвонить"])
    assert [r.id for r in (await _history(office, anna, search="МОТОЦИКЛ")).rows] == [first.session]
    named = (await _history(office, anna, search="иван")).rows
    assert [(row.id, row.client) for row in named] == [(second.session, "Иван П.")]
    tagged = await _history(office, anna, tag="перезвонить")
    assert ([row.id for row in tagged.rows], tagged.tags) == ([second.session], ["перезвонить"])
    assert (await _history(office, anna, search="Петров")).total == 0
    for forbidden in ("9161234567", "ivan@example.ru"):
        with pytest.raises(ServiceError, match="search_words"):
            await _history(office, anna, search=forbidden)
