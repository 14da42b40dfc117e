"""Signs of life of who works from a phone, a messenger that fails, old messages."""

from __future__ import annotations

from typing import Any, cast

import pytest

from insurance_chat.channels.ports import Edits, Incoming, Person
from insurance_chat.channels.reading import Item
from insurance_chat.channels.types import StoredUpdate
from insurance_chat.operators.copilot.service import Draft
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk.drafting import Drafting
from insurance_chat.operators.telegram_desk.hearing import Hearing
from insurance_chat.operators.telegram_desk.pressing import Pressing
from tests.contracts.channels.driver import Fault
from tests.slices.operators.telegram_desk.conftest import Agent, Place

_SEEN = "select extract(epoch from now() - seen_at)::bigint from users where id = %s"


async def _seen_an_hour_ago(place: Place, agent: Agent) -> None:
    await place.change(
        "update users set seen_at = now() - interval '1 hour' where id = %s",
        agent.principal.user_id,
    )


async def _looks(place: Place, agent: Agent) -> int:
    """Seconds since the last sign of life, after a look at everything."""
    await _seen_an_hour_ago(place, agent)
    await place.parts.staff_desk._watching.look(place.parts.messengers.keeper.holds[0])
    return await place.world.number(_SEEN, agent.principal.user_id)


async def test_who_answers_from_a_phone_is_here_and_who_lets_a_client_wait_is_not(
    place: Place,
) -> None:
    agent = await place.agent("Рита Сон")
    client, _ = await place.taken(agent, "Жду ответа", "Иван Сидоров")
    assert await _looks(place, agent) < 60
    await place.change(
        "update handovers set claimed_at = now() - interval '20 minutes' where claimed_by = %s",
        agent.principal.user_id,
    )
    assert await _looks(place, agent) > 3000
    await agent.phone.say("Я отвечаю")

    async def answered() -> bool:
        return any("Я отвечаю" in one.text for one in await client.shown())

    await place.world.until(answered)
    assert await _looks(place, agent) < 60
    await place.change(
        "update desk_accounts set acted_at = now() - interval '13 hours' where user_id = %s",
        agent.principal.user_id,
    )
    assert await _looks(place, agent) > 3000


async def test_a_request_arrives_after_telegram_has_failed(place: Place) -> None:
    agent = await place.agent("Света Луг")
    client = await place.messenger.client()
    await client.say("Здравствуйте")
    await place.world.settled()
    await place.messenger.fail(Fault.STATUS, times=2)
    await place.ask(await place.newest())
    card = await agent.sees("Новая заявка")
    assert card.buttons == ("Взять",)
    await place.world.until(lambda: _nothing_owed(place))


async def _nothing_owed(place: Place) -> bool:
    owed = "select count(*) from desk_messages where state in ('new', 'sending', 'failed')"
    return await place.world.number(owed) == 0


async def test_old_messages_go_and_their_buttons_say_so(place: Place) -> None:
    agent = await place.agent("Тая Мир")
    await place.client("Старая заявка")
    await agent.sees("Старая заявка")
    await place.change("update desk_messages set created_at = now() - interval '8 days'")
    async with place.parts.db.pool.connection() as raw:
        await outbox.purge_across_tenants(raw, 7)
    await agent.press("Взять", "Старая заявка")
    await agent.sees("Эта кнопка устарела")


async def test_who_stops_the_bot_is_told_nothing_until_they_come_back(place: Place) -> None:
    agent = await place.agent("Уля Дом")
    assert isinstance(place.messenger.adapter, Edits)
    await agent.phone.block()
    await place.client("Заявка мимо")

    async def stopped() -> bool:
        query = "select count(*) from desk_accounts where blocked_at is not null and user_id = %s"
        return await place.world.number(query, agent.principal.user_id) == 1

    await place.world.until(stopped)
    await agent.phone.block(blocked=False)
    await agent.phone.say("/queue")
    await agent.sees("Заявка мимо")


class _BrokenCopilot:
    async def draft(self, *_: Any, **__: Any) -> Draft:
        raise RuntimeError("out of order")


async def test_an_act_that_fails_again_and_again_ends_in_words(place: Place) -> None:
    agent = await place.agent("Эмма Юнг")
    await place.taken(agent, "Помогите с ответом", "Иван Сидоров")
    own = place.parts.staff_desk._hearing
    broken = Drafting(place.parts.db, cast("Any", _BrokenCopilot()), own._speech._speaking)
    chatting, catalog = own._pressing._chatting, own._pressing._catalog
    pressing = Pressing(place.parts.db, catalog, chatting, broken)
    hearing = Hearing(place.parts.db, pressing, broken, own._speech)
    held = place.parts.messengers.keeper._held[place.parts.messengers.keeper.holds[0]]
    number = str(agent.phone.number)
    opened = await place.world.number(
        "select max(m.id) from desk_messages m join desk_accounts a on a.id = m.account_id"
        " where a.user_id = %s and m.conversation_id is not null and m.handover_id is null"
        " and m.edits_id is null",
        agent.principal.user_id,
    )
    said = Incoming(number, Person(number), "press:1", pressed=f"desk:{opened}.1")
    first = Item(StoredUpdate(0, "breaks", 0, False, 0.0, None, {}), 0, said)
    with pytest.raises(RuntimeError):
        await hearing.takes(held, first)
    last = Item(StoredUpdate(0, "breaks", 4, False, 0.0, None, {}), 0, said)
    assert await hearing.takes(held, last)
    await agent.sees("на нашей стороне произошла ошибка")
