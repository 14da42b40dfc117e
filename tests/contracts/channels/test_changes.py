"""What was written is changed, taken back, or answered by the owner of the account."""

from __future__ import annotations

import pytest

from insurance_chat.channels.tasks import sweep_channels
from insurance_chat.conversations.types import Sender
from tests.contracts.channels.driver import Feature
from tests.contracts.channels.world import World


@pytest.mark.needs(Feature.EDIT)
async def test_a_message_that_is_changed_before_the_answer_is_said_anew(world: World) -> None:
    client = await world.client()
    world.assistant.may_think.clear()
    number = await client.say("полис на Ладу")
    await world.said(count=1)
    await client.edit(number, "полис на Киа")
    changed = (await world.said(count=2))[1]
    assert changed.body["text"] == "полис на Киа"
    assert changed.body["metadata"]["edited"] == (await world.said())[0].seq
    world.assistant.may_think.set()
    assert "полис на Киа" in (await world.texts(client))[-1]


@pytest.mark.needs(Feature.EDIT)
async def test_a_message_that_is_changed_at_once_counts_with_its_last_words(world: World) -> None:
    client = await world.client()
    async with world.gathering(2):
        number = await client.say("завтра")
        await client.edit(number, "послезавтра")
    assert await world.texts(client) == ["Эхо: послезавтра"]
    assert [entry.body["text"] for entry in await world.said()] == ["послезавтра"]


@pytest.mark.needs(Feature.EDIT)
async def test_a_message_that_is_changed_after_the_answer_is_noted(world: World) -> None:
    client = await world.client()
    number = await client.say("старые слова")
    await world.shown(client)
    await world.settled()
    await client.edit(number, "новые слова")
    noted = (await world.said(count=2))[1]
    assert noted.body == {"text": "новые слова", "metadata": {"edited": 1}}
    await world.settled()
    assert await world.texts(client) == ["Эхо: старые слова"]


@pytest.mark.needs(Feature.DELETE)
async def test_a_message_that_is_taken_back_is_noted_and_stays_in_the_log(world: World) -> None:
    client = await world.client()
    number = await client.say("лишнее")
    await world.shown(client)
    await world.settled()
    await client.delete(number)
    noted = (await world.said(Sender.SYSTEM, 1))[0]
    assert noted.body["metadata"] == {"deleted": 1}
    assert (await world.said())[0].body["text"] == "лишнее"
    await world.settled()
    assert len(await client.shown()) == 1


@pytest.mark.needs(Feature.DELETE)
async def test_a_message_that_is_taken_back_at_once_was_never_said(world: World) -> None:
    client = await world.client()
    async with world.gathering(3):
        number = await client.say("ой")
        await client.say("вопрос")
        await client.delete(number)
    assert await world.texts(client) == ["Эхо: вопрос"]
    assert [entry.body["text"] for entry in await world.said()] == ["вопрос"]


@pytest.mark.needs(Feature.OWNER)
async def test_the_owner_who_answers_by_hand_takes_over_and_gives_back(world: World) -> None:
    client = await world.client()
    await client.say("есть кто?")
    await world.shown(client)
    await world.settled()
    await client.owner_says("Я сам отвечу.")
    line = (await world.said(Sender.AGENT, 1))[0]
    assert line.body["text"] == "Я сам отвечу."
    assert line.body["metadata"]["agentName"] == "Анна Хозяйкина"
    conversation_id, _ = await world.conversation()
    states = "select state from conversations where id = %s"
    assert await world.rows(states, conversation_id) == [("with_agent",)]

    await client.say("спасибо")
    await world.said(count=2)
    await world.settled()
    assert len(world.assistant.turns) == 1
    assert not any("Я сам отвечу" in one.text for one in await client.shown())
    assert not any("подключился" in one.text for one in await client.shown())

    await world.rows(
        "update log_entries set created_at = created_at - interval '1 hour'"
        " where conversation_id = %s and sender = 'agent' returning id",
        conversation_id,
    )
    await sweep_channels(world.parts)
    assert await world.rows(states, conversation_id) == [("qa",)]
    await client.say("и ещё вопрос")
    assert (await world.texts(client, 2))[-1] == "Эхо: и ещё вопрос"


@pytest.mark.needs(Feature.STATUSES)
async def test_how_far_a_message_got_only_moves_forward(world: World) -> None:
    client = await world.client()
    await client.say("прочитаете?")
    shown = (await world.shown(client))[0]
    await world.settled()
    await client.receive(shown.id, read=True)

    async def read() -> bool:
        return [state for state, _ in await world.states()] == ["read"]

    await world.until(read)
    await client.receive(shown.id)
    await client.say("прочёл")  # what was told before is read by the time this is answered
    await world.shown(client, 2)
    await world.read_all()
    assert (await world.states())[0][0] == "read"
