"""Voice through the whole service: a recording in, a turn, a spoken reply."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import soundfile
from typing_extensions import override

from insurance_chat.conversations import hot
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sounds import tasks as _tasks  # noqa: F401 - its handlers
from insurance_chat.conversations.types import Entry, EntryKind, InboundMessage, Sender
from insurance_chat.main.evaluation.served import served
from insurance_chat.main.evaluation.world import Reply, Talk
from insurance_chat.sandbox.app import create_sandbox_app
from insurance_chat.sandbox.voice.tones import sing
from insurance_chat.voice.ports import SpeechToText, TextToSpeech
from insurance_chat.voice.providers.openai_compatible import (
    Address,
    OpenAiSpeechToText,
    OpenAiTextToSpeech,
)
from tests.support.world import QuickServices, World, open_world


class VoiceServices(QuickServices):
    """A service that hears and speaks through the emulator."""

    voice_url = ""

    @override
    def _hears(self) -> SpeechToText:
        return OpenAiSpeechToText(self._address(), self.http)

    @override
    def _speaks(self) -> TextToSpeech:
        return OpenAiTextToSpeech(self._address(), "alloy", self.http)

    def _address(self) -> Address:
        return Address(self.voice_url, "sk-voice", "whisper-1", 20)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[tuple[Any, str]]:
    app = create_sandbox_app(time_scale=0)
    with served(app) as url:
        yield app, url


@pytest.fixture(scope="module")
async def world(
    database_url: str, sandbox: tuple[Any, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    app, url = sandbox
    VoiceServices.voice_url = f"{url}/voice/v1"
    folder = tmp_path_factory.mktemp("voice")
    async with open_world(database_url, folder, app, url, VoiceServices) as opened:
        yield opened


async def record(world: World, talk: Talk, words: str) -> list[Reply]:
    """The client sends a recording in which these words are said."""
    await world.control.post("/control/voice/answers", json={"text": words})
    key = await world.services.files.put(sing(words), sealed=True)
    async with world.db.pool.connection() as connection:
        await hot.store_inbound(
            connection,
            world.db.cipher,
            world.tenant_id,
            talk.session,
            InboundMessage(Sender.USER, voice_key=key),
            lease=None,
            queue=world.db.queue,
        )
    await world.settle()
    return await world.fresh(talk)


async def messages(world: World, talk: Talk) -> list[Entry]:
    """The log as every reader sees it."""
    async with world.db.unit() as unit:
        reader = ConversationRepository(unit, world.tenant_id)
        return await reader.entries_after(talk.conversation_id, 0, 100, (EntryKind.MESSAGE,))


async def test_a_new_client_learns_once_that_one_may_speak(world: World) -> None:
    await world.reset()
    talk = await world.begin()
    (first,) = await world.say(talk, "здравствуйте")
    assert "можно не писать, а говорить" in first.text
    (second,) = await world.say(talk, "сколько действует полис осаго?")
    assert "можно не писать" not in second.text
    again = await world.come_back(talk)
    (third,) = await world.say(again, "здравствуйте")
    assert "можно не писать" not in third.text


async def test_who_speaks_already_is_not_told(world: World) -> None:
    await world.reset()
    (reply,) = await record(world, await world.begin(), "здравствуйте")
    assert "можно не писать" not in reply.text


async def test_a_recording_is_answered_and_nothing_is_spoken_unasked(world: World) -> None:
    await world.reset()
    talk = await world.begin()
    (reply,) = await record(world, talk, "хочу осаго")
    assert "соглас" in reply.text.lower()
    said, answered = await messages(world, talk)
    assert said.body["text"] == "хочу осаго"
    assert "voiceKey" not in answered.body


async def test_answer_by_voice_until_text_is_asked_for(world: World) -> None:
    await world.reset()
    talk = await world.begin()
    (reply,) = await record(world, talk, "отвечай голосом")
    assert "отвечаю голосом, текст тоже останется" in reply.text
    await world.say(talk, "сколько действует полис осаго?")
    await world.say(talk, "пиши текстом")
    kept = await messages(world, talk)
    spoken = [one.body.get("voiceKey") for one in kept if one.sender is Sender.AI]
    assert [bool(key) for key in spoken] == [True, True, False]
    with soundfile.SoundFile(io.BytesIO(await world.services.files.get(spoken[1] or ""))) as file:
        assert (file.format, file.subtype) == ("OGG", "OPUS")
    asked = (await world.control.get("/control/voice/requests")).json()["requests"]
    said = [one["input"] for one in asked if "input" in one]
    assert len(said) == 2
    assert not any(letter.isdigit() for words in said for letter in words)


async def test_an_engine_that_is_down_costs_a_friendly_request_only(world: World) -> None:
    await world.reset()
    talk = await world.begin()
    await world.control.post("/control/voice/answers", json={"status": 401, "times": None})
    (reply,) = await record(world, talk, "этого никто не услышит")
    assert "разобрать слова не смог" in reply.text
    (kept, _) = await messages(world, talk)
    assert kept.body["metadata"]["voice"] == {"state": "failed"}
    assert await world.services.files.get(kept.body["voiceKey"])  # an agent can listen


async def test_a_reply_that_cannot_be_spoken_is_there_as_text(world: World) -> None:
    await world.reset()
    talk = await world.begin()
    await record(world, talk, "отвечай голосом")
    await world.control.post(
        "/control/voice/answers", json={"status": 400, "path": "/speech", "times": None}
    )
    (reply,) = await world.say(talk, "сколько действует полис осаго?")
    assert reply.text
    assert "voiceKey" not in (await messages(world, talk))[-1].body
