"""Messengers fail in every way; each failure has an end, and nothing is lost."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from insurance_chat.channels import letters
from insurance_chat.conversations.types import Sender
from tests.contracts.channels.driver import Fault, Feature
from tests.contracts.channels.world import LADDER, World


async def _dead(world: World) -> list[letters.DeadLetter]:
    _, session = await world.conversation()

    async def some() -> list[letters.DeadLetter]:
        letters_ = (await letters.dead_letters(world.desk, world.admin))[0]
        return [letter for letter in letters_ if letter.session == session]

    found: list[letters.DeadLetter] = await world.until(some)
    return found


async def _bury_all(world: World) -> None:
    for letter in (await letters.dead_letters(world.desk, world.admin))[0]:
        await letters.let_go(world.desk, world.admin, letter.id)


async def test_a_server_error_is_tried_again_until_it_works(world: World) -> None:
    client = await world.client()
    await world.messenger.fail(Fault.STATUS, times=2, status=503)
    await client.say("ау")
    assert await world.texts(client) == ["Эхо: ау"]
    await world.settled()
    assert await world.states() == [("sent", "")]


async def test_what_follows_waits_for_what_failed(world: World) -> None:
    client = await world.client()
    world.assistant.script = lambda _text: [{"text": "раз"}, {"text": "два"}]
    await world.messenger.fail(Fault.STATUS, times=3, status=500)
    await client.say("считай")
    assert await world.texts(client, 2) == ["раз", "два"]


async def test_a_messenger_that_asks_to_wait_is_waited_for(world: World) -> None:
    client = await world.client()
    before = await world.messenger.calls()
    await world.messenger.fail(Fault.LATER, seconds=1)
    await client.say("не части")
    assert await world.texts(client) == ["Эхо: не части"]
    await world.settled()
    assert await world.messenger.calls() - before == 2
    rows = await world.rows("select attempts from deliveries order by id desc limit 1")
    assert rows == [(1,)]


async def test_a_slow_messenger_gets_a_message_once(world: World) -> None:
    client = await world.client()
    await world.messenger.fail(Fault.DELAY, seconds=0.3)
    await client.say("медленно")
    await world.shown(client)
    await world.settled()
    assert await world.texts(client) == ["Эхо: медленно"]


async def test_an_answer_that_was_cut_off_is_sent_at_least_once(world: World) -> None:
    client = await world.client()
    await world.messenger.fail(Fault.CUT)
    await client.say("обрыв")
    await world.shown(client)
    await world.settled()
    assert set(await world.texts(client)) == {"Эхо: обрыв"}


@pytest.mark.needs(Feature.REPEATS)
async def test_a_messenger_that_knows_repeats_shows_it_exactly_once(world: World) -> None:
    client = await world.client()
    await world.messenger.fail(Fault.CUT)
    await client.say("ровно раз")
    await world.shown(client)
    await world.settled()
    assert await world.texts(client) == ["Эхо: ровно раз"]


async def test_a_message_that_is_refused_does_not_stop_the_next(world: World) -> None:
    client = await world.client()
    world.assistant.script = lambda _text: [{"text": "негодное"}, {"text": "годное"}]
    await world.messenger.fail(Fault.REFUSED)
    await client.say("попробуй")
    assert await world.texts(client) == ["годное"]
    await world.settled()
    states = await world.states()
    assert [state for state, _ in states] == ["dead", "sent"]
    assert states[0][1]
    await _bury_all(world)


async def test_tries_come_to_an_end_and_a_person_sends_it_again(world: World) -> None:
    client = await world.client()
    await world.messenger.fail(Fault.STATUS, times=len(LADDER) + 1, status=502)
    await client.say("долго")
    letter = (await _dead(world))[0]
    assert "закончились" in letter.words
    assert letter.session == (await world.conversation())[1]
    assert not await client.shown()
    await letters.send_again(world.desk, world.admin, letter.id)
    assert await world.texts(client) == ["Эхо: долго"]
    assert (await letters.dead_letters(world.desk, world.admin))[1] == 0


async def test_a_dead_letter_can_be_let_go(world: World) -> None:
    client = await world.client()
    await world.messenger.fail(Fault.REFUSED)
    await client.say("неважно")
    letter = (await _dead(world))[0]
    await letters.let_go(world.desk, world.admin, letter.id)
    assert (await letters.dead_letters(world.desk, world.admin))[1] == 0
    await world.settled()
    assert not await client.shown()


@pytest.mark.needs(Feature.BLOCK)
async def test_who_blocks_us_is_left_alone_until_they_come_back(world: World) -> None:
    client = await world.client()
    await client.say("привет")
    await world.shown(client)
    await client.block()
    await world.read_all()
    await world.append(Sender.SYSTEM, {"text": "Полис скоро кончится."}, "reminder-1")
    letter = (await _dead(world))[0]
    assert letter.words
    await letters.let_go(world.desk, world.admin, letter.id)
    await client.block(blocked=False)
    await client.say("я вернулся")
    assert (await world.texts(client, 2))[-1] == "Эхо: я вернулся"


async def test_a_window_that_has_closed_is_said_before_anything_is_sent(world: World) -> None:
    hours = world.messenger.adapter.capabilities.window_hours
    client = await world.client()
    await client.say("я тут")
    await world.shown(client)
    await world.settled()
    conversation_id, _ = await world.conversation()
    await world.rows(
        "update channel_chats set last_in_at = now() - interval '60 days'"
        " where conversation_id = %s returning id",
        conversation_id,
    )
    calls = await world.messenger.calls()
    await world.append(Sender.SYSTEM, {"text": "Напоминание."}, "late-1")
    await world.settled()
    if hours is None:
        assert (await world.texts(client, 2))[1] == "Напоминание."
        return
    assert await world.messenger.calls() == calls
    letter = (await _dead(world))[0]
    assert "шаблон" in letter.words
    await letters.let_go(world.desk, world.admin, letter.id)


async def test_tokens_never_reach_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    client = await world.client()
    with capture_logs() as events:
        for number, fault in enumerate((Fault.STATUS, Fault.CUT, Fault.REFUSED), 1):
            await world.messenger.fail(fault)
            await client.say(f"тайна {fault.value}")
            await world.said(count=number)
            await world.settled()
        await _bury_all(world)
    logged = caplog.text + "".join(repr(event) for event in events)
    secrets = await _secrets(world)
    assert "channel_send_failed" in logged
    assert not [secret for secret in secrets if secret in logged]
    assert "тайна" not in logged


async def _secrets(world: World) -> list[str]:
    rows = await world.rows(
        "select secrets from connections where public_id = %s", world.account.id
    )
    opened = world.parts.cipher.open_json(rows[0][0])
    found = [str(value) for value in opened.values() if len(str(value)) > 8]
    assert found
    return found
