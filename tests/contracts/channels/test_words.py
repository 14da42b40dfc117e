"""Words in, words out: stored once, in order, answered once."""

from __future__ import annotations

import asyncio

import pytest

from insurance_chat.conversations.types import Sender
from tests.contracts.channels.driver import Feature
from tests.contracts.channels.world import World, says


async def test_what_a_client_writes_is_stored_once_and_answered(world: World) -> None:
    client = await world.client()
    await client.say("Добрый день")
    assert await world.texts(client) == ["Эхо: Добрый день"]
    await world.settled()
    assert [entry.body["text"] for entry in await world.said()] == ["Добрый день"]


async def test_answers_come_in_the_order_of_the_questions(world: World) -> None:
    client = await world.client()
    for number in range(1, 4):
        await client.say(f"вопрос {number}")
        await world.shown(client, number)
    assert await world.texts(client, 3) == [f"Эхо: вопрос {number}" for number in range(1, 4)]


async def test_parts_of_a_reply_come_in_order(world: World) -> None:
    client = await world.client()
    world.assistant.script = lambda _text: [{"text": f"часть {n}"} for n in range(5)]
    await client.say("расскажите")
    assert await world.texts(client, 5) == [f"часть {n}" for n in range(5)]


async def test_a_repeated_update_changes_nothing(world: World) -> None:
    client = await world.client()
    await world.messenger.duplicate(4)
    await client.say("один раз")
    await world.messenger.duplicate(0)
    await world.shown(client)
    await client.say("ещё")
    assert await world.texts(client, 2) == ["Эхо: один раз", "Эхо: ещё"]
    assert len(await world.said()) == 2


async def test_updates_that_overtake_each_other_are_put_in_order(world: World) -> None:
    client = await world.client()
    async with world.gathering(3):
        await world.messenger.hold()
        for text in ("первое", "второе", "третье"):
            await client.say(text)
        await world.messenger.release(reverse=True)
    await world.shown(client)
    await world.settled()
    assert [entry.body["text"] for entry in await world.said()] == ["первое", "второе", "третье"]


async def test_several_messages_in_a_row_get_one_answer(world: World) -> None:
    client = await world.client()
    async with world.gathering(3):
        for text in ("здравствуйте", "мне нужен полис", "на Ладу"):
            await client.say(text)
    assert await world.texts(client) == ["Эхо: здравствуйте\nмне нужен полис\nна Ладу"]
    await world.settled()
    assert world.assistant.turns == [["здравствуйте", "мне нужен полис", "на Ладу"]]
    assert len(await client.shown()) == 1


async def test_clients_are_not_mixed_up(world: World) -> None:
    first, second = await world.client(), await world.client()
    await asyncio.gather(first.say("я первый"), second.say("я второй"))
    assert await world.texts(first) == ["Эхо: я первый"]
    assert await world.texts(second) == ["Эхо: я второй"]


async def test_a_long_answer_is_split_and_nothing_is_lost(world: World) -> None:
    client = await world.client()
    longest = world.messenger.adapter.capabilities.text_length
    sentences = [f"Предложение номер {n} о страховании." for n in range(longest // 12)]
    world.assistant.script = says(" ".join(sentences))
    await client.say("подробно")
    await world.shown(client, 2)
    await world.settled()
    seen = [one.text for one in await client.shown()]
    assert all(len(text) <= longest for text in seen)
    assert " ".join(" ".join(seen).split()) == " ".join(sentences)
    assert all(text.endswith(".") for text in seen)


async def test_markup_never_shows_as_asterisks_and_brackets(world: World) -> None:
    client = await world.client()
    world.assistant.script = says("Стоимость — **5 000 ₽**.\n\n- дёшево\n- быстро")
    await client.say("сколько?")
    text = (await world.texts(client))[0]
    assert "**" not in text
    assert "5 000 ₽" in text
    assert "дёшево" in text


async def test_letters_that_markup_could_stumble_over_arrive(world: World) -> None:
    client = await world.client()
    odd = "5 < 6 & 7 > 3 «_снег_» [скобки] ~тильда~ `код` 🚗"
    await client.say(odd)
    text = (await world.texts(client))[0]
    assert all(part in text for part in ("5 < 6 & 7 > 3", "снег", "скобки", "тильда", "🚗"))
    await world.settled()
    assert (await world.said())[0].body["text"] == odd


async def test_a_person_of_the_staff_is_introduced(world: World) -> None:
    client = await world.client()
    await client.say("позовите человека")
    await world.shown(client)
    await world.append(
        Sender.AGENT, {"text": "Здравствуйте, я на связи.", "metadata": {"agentName": "Пётр"}}
    )
    text = (await world.texts(client, 2))[1]
    assert "Пётр" in text
    assert "я на связи" in text


async def test_notices_of_the_service_reach_the_client(world: World) -> None:
    client = await world.client()
    await client.say("тук-тук")
    await world.shown(client)
    await world.append(Sender.SYSTEM, {"text": "Полис оформлен."}, "policy-1")
    assert await world.texts(client, 2) == ["Эхо: тук-тук", "Полис оформлен."]


async def test_sources_of_an_answer_are_named(world: World) -> None:
    client = await world.client()
    card = {"n": 1, "documentId": "d1", "title": "Правила ОСАГО", "page": 7, "quote": "…"}
    world.assistant.script = says("Да, можно [1].", citations=[card])
    await client.say("можно?")
    text = (await world.texts(client))[0]
    assert "Правила ОСАГО" in text
    assert "с. 7" in text


@pytest.mark.needs(Feature.TYPING)
async def test_it_is_shown_that_the_assistant_thinks(world: World) -> None:
    client = await world.client()
    world.assistant.may_think.clear()
    before = await world.messenger.typings()
    await client.say("подумай")

    async def typed() -> bool:
        return await world.messenger.typings() > before

    await world.until(typed)
    world.assistant.may_think.set()
    await world.shown(client)


@pytest.mark.needs(Feature.CONTACT)
async def test_a_shared_phone_is_remembered(world: World) -> None:
    client = await world.client()
    await client.contact("+79161234567")
    await world.shown(client)
    conversation_id, _ = await world.conversation()
    rows = await world.rows(
        "select k.profile from contacts k join conversations c on c.contact_id = k.id"
        " where c.id = %s",
        conversation_id,
    )
    said = (await world.said())[0].body["text"]
    profile = world.parts.cipher.open_json(rows[0][0]) if rows[0][0] is not None else {}
    assert "9161234567" in said + str(profile.get("phone"))


@pytest.mark.needs(Feature.LOCATION)
async def test_a_place_becomes_a_sentence(world: World) -> None:
    client = await world.client()
    await client.location(55.75, 37.61)
    await world.shown(client)
    said = (await world.said())[0].body["text"]
    assert "55" in said
    assert "37" in said
