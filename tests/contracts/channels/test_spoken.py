"""A reply that is spoken after its text: the client of any messenger gets both, each once."""

from __future__ import annotations

import pytest

from insurance_chat.conversations.sounds import merging, repository
from insurance_chat.conversations.types import Sender
from insurance_chat.sandbox.voice.tones import sing
from tests.contracts.channels.driver import Feature
from tests.contracts.channels.world import World


@pytest.mark.needs(Feature.VOICE_OUT)
async def test_a_spoken_reply_follows_its_text(world: World) -> None:
    client = await world.client()
    await client.say("отвечай голосом")
    assert await world.texts(client) == ["Эхо: отвечай голосом"]
    await world.settled()
    (reply,) = await world.said(Sender.AI)
    conversation_id, _ = await world.conversation()
    key = await world.parts.files.put(sing("Эхо"), sealed=True)
    db = world.parts.db
    async with db.pool.connection() as connection:
        line = await repository.note(
            connection, db.cipher, conversation_id, reply.public_id, merging.spoken(key, 1.0)
        )
    assert line is not None
    text, voice = await world.shown(client, 2)
    assert (text.text, text.voice) == ("Эхо: отвечай голосом", False)
    assert voice.voice
    await client.say("дальше")
    seen = await world.shown(client, 3)
    assert [one.voice for one in seen] == [False, True, False]
