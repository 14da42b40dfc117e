"""Chats of any length cost the same: a bounded window and a rolling summary."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from insurance_chat.conversations import summary_repository as kept
from insurance_chat.dialogue.summary import pace
from insurance_chat.dialogue.summary.service import LONGEST, bounded
from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.modelled import add_key
from tests.support.sandbox_server import served
from tests.support.world import Talk, World, open_world

STRANGE = "ну короче машинка-то батина, такие дела"
UNREAD = "<новые_сообщения>"
NOTHING = json.dumps({"commands": []})


@pytest.fixture(scope="module")
async def open_service(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    sandbox = create_sandbox_app(time_scale=0)
    folder = tmp_path_factory.mktemp("world")
    with served(sandbox) as url:
        async with open_world(database_url, folder, sandbox, url) as opened:
            await add_key(opened)
            yield opened
            await opened.services.models.stop()


@pytest.fixture
async def world(open_service: World) -> World:
    """A well-behaved world whose model understands nothing and whose key is rested."""
    await open_service.reset()
    await open_service.change("update ai_tokens set cooldown_until = null where id > %s", 0)
    await open_service.services.models.availability.refresh()
    return open_service


async def _chat(world: World, messages: int) -> Talk:
    """A chat with so many answered messages, a third of them with the lines of their turns."""
    talk = await world.begin()
    seal = world.db.cipher.seal_json
    await world.change("delete from log_entries where conversation_id = %s", talk.conversation_id)
    async with world.db.pool.connection() as connection, connection.cursor() as cursor:
        await cursor.executemany(
            "insert into log_entries (public_id, conversation_id, seq, kind, sender, body)"
            " values (%s, %s, %s, 'message', %s, %s)",
            [
                (
                    uuid4(),
                    talk.conversation_id,
                    number,
                    "user" if number % 2 else "ai",
                    seal({"text": f"сообщение номер {number:04d}"}),
                )
                for number in range(1, messages + 1)
            ],
        )
    await world.change(
        "update conversations set last_seq = %s, last_inbound_seq = %s, answered_seq = %s"
        " where id = %s",
        messages, messages, messages, talk.conversation_id,
    )  # fmt: skip
    talk.cursor = messages
    return talk


async def _script(world: World, **answer: Any) -> None:
    done = await world.control.post("/control/llm/answers", json=answer)
    assert done.status_code == 201, done.text


async def _asked(world: World, prompt: str) -> list[str]:
    """Data of the requests with this prompt, oldest first."""
    answer = await world.control.get("/control/llm/requests")
    bodies = [one["body"]["messages"] for one in answer.json()["requests"]]
    return [one[-1]["content"] for one in bodies if f"# prompt: {prompt} v" in one[0]["content"]]


async def _summary(world: World, talk: Talk) -> kept.Summary:
    async with world.db.pool.connection() as connection:
        return await kept.load(connection, world.db.cipher, talk.conversation_id)


async def test_the_prompt_does_not_grow_with_the_chat(world: World) -> None:
    sizes = {}
    for messages in (20, 1000):
        await world.reset()
        await _script(world, text=NOTHING, contains=UNREAD, times=None)
        await _script(world, text="Клиент спрашивал об ОСАГО.", times=None)
        await world.say(await _chat(world, messages), STRANGE)
        sizes[messages] = [len(prompt) for prompt in await _asked(world, "understand")]
    assert sizes[20] == sizes[1000]
    assert len(sizes[20]) == 1


async def test_a_summary_is_made_of_what_left_the_window_and_is_shown_next_time(
    world: World,
) -> None:
    talk = await _chat(world, 60)
    await _script(world, text=NOTHING, contains=UNREAD, times=None)
    await _script(world, text="Клиент хочет ОСАГО на машину отца.", times=None)
    await world.say(talk, STRANGE)
    (asked,) = await _asked(world, "summary")
    assert "сообщение номер 0048" in asked
    assert "сообщение номер 0049" not in asked  # still in the window of twelve
    assert "сообщение номер 0008" not in asked  # at most forty lines
    assert await _summary(world, talk) == kept.Summary("Клиент хочет ОСАГО на машину отца.", 48)
    await world.say(talk, STRANGE)
    assert (
        "<раньше>\nКлиент хочет ОСАГО на машину отца.\n</раньше>"
        in (await _asked(world, "understand"))[-1]
    )


async def test_a_summary_is_sealed(world: World) -> None:
    talk = await _chat(world, 60)
    await _script(world, text=NOTHING, contains=UNREAD, times=None)
    await _script(world, text="Секретная запись.", times=None)
    await world.say(talk, STRANGE)
    rows = await world.rows(
        "select body from conversation_summaries where conversation_id = %s", talk.conversation_id
    )
    assert "Секретная".encode() not in bytes(rows[0][0])


async def test_the_old_summary_goes_into_the_new_one_with_the_lines_after_it(world: World) -> None:
    talk = await _chat(world, 60)
    async with world.db.pool.connection() as connection:
        old = kept.Summary("Клиента зовут на дачу.", 20)
        await kept.store(connection, world.db.cipher, talk.conversation_id, old)
    await _script(world, text=NOTHING, contains=UNREAD, times=None)
    await _script(world, text="Новая запись.", times=None)
    await world.say(talk, STRANGE)
    (asked,) = await _asked(world, "summary")
    assert "<прежняя_запись>\nКлиента зовут на дачу.\n</прежняя_запись>" in asked
    assert "сообщение номер 0020" not in asked
    assert "сообщение номер 0021" in asked


async def test_a_failure_keeps_the_old_summary_and_the_client_is_answered(world: World) -> None:
    talk = await _chat(world, 60)
    async with world.db.pool.connection() as connection:
        old = kept.Summary("Старая запись.", 20)
        await kept.store(connection, world.db.cipher, talk.conversation_id, old)
    await _script(world, text=NOTHING, contains=UNREAD, times=None)
    await _script(world, status=500, times=None)
    assert await world.say(talk, STRANGE)
    assert len(await _asked(world, "summary")) == 1
    assert await _summary(world, talk) == old


async def test_a_short_chat_needs_no_summary(world: World) -> None:
    talk = await _chat(world, 12 + pace.EVERY - 1)
    await _script(world, text=NOTHING, contains=UNREAD, times=None)
    await world.say(talk, STRANGE)
    assert await _asked(world, "summary") == []


async def test_an_order_is_not_repeated_turn_after_turn(world: World) -> None:
    talk = await _chat(world, 60)
    await _script(world, text=NOTHING, contains=UNREAD, times=None)
    await _script(world, status=400, times=None)
    for _ in range(3):
        await world.say(talk, STRANGE)
    assert len(await _asked(world, "understand")) == 3
    assert len(await _asked(world, "summary")) == 1


async def test_a_later_summary_is_never_overwritten(world: World) -> None:
    talk = await _chat(world, 60)
    async with world.db.pool.connection() as connection:
        for summary in (kept.Summary("Поздняя.", 40), kept.Summary("Ранняя.", 30)):
            await kept.store(connection, world.db.cipher, talk.conversation_id, summary)
    assert (await _summary(world, talk)).text == "Поздняя."


async def test_a_chat_of_another_tenant_is_not_summed_up(world: World) -> None:
    talk = await _chat(world, 60)
    await world.services.summaries.renew(world.tenant_id + 1, talk.conversation_id, 40)
    async with world.db.pool.connection() as connection:
        cipher = world.db.cipher
        facts = await kept.facts_of(connection, cipher, world.tenant_id + 1, talk.conversation_id)
    assert facts is None
    assert await _asked(world, "summary") == []


def test_a_long_summary_is_cut_after_a_sentence() -> None:
    cut = bounded("Клиент спросил о цене. " * 200)
    assert len(cut) <= LONGEST
    assert cut.endswith("цене.")
