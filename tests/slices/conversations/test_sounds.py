"""The sound of messages: heard before the turn, written once, seen by every reader of the log."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from insurance_chat.conversations import hot, sessions
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sounds import merging, repository
from insurance_chat.conversations.sounds import tasks as _tasks  # noqa: F401 - its handlers
from insurance_chat.conversations.sounds.service import Sounds
from insurance_chat.conversations.types import (
    Entry,
    EntryKind,
    InboundMessage,
    NewEntry,
    Sender,
    Snapshot,
    Stored,
)
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore, local_file_store
from insurance_chat.core.jobs import JobQueue, drain
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.sandbox.voice.tones import sing
from insurance_chat.voice.ports import Recording, Sound, Transcript, VoiceUnavailable, Why
from insurance_chat.voice.service import VoiceDesk
from insurance_chat.voice.settings import VoiceSettings
from tests.support.chats import open_web_chat


@dataclass
class Ear:
    """Hears what a test says; a queue of words or failures, then the same words for ever."""

    words: list[str | VoiceUnavailable] = field(default_factory=list)
    heard: int = 0
    gate: asyncio.Event | None = None
    listening: asyncio.Event = field(default_factory=asyncio.Event)

    async def transcribe(self, recording: Recording) -> Transcript:
        self.heard += 1
        self.listening.set()
        if self.gate is not None:
            await self.gate.wait()
        found = self.words.pop(0) if self.words else "слова записи"
        if isinstance(found, VoiceUnavailable):
            raise found
        return Transcript(found, "ru", 1.5, "ear")


class Mouth:
    """Sings."""

    async def speak(self, words: str) -> Sound:
        return Sound(sing(words), "audio/ogg")


class Parrot:
    """Answers with what it has read."""

    prefers_voice = False

    def history_limit(self, _tenant_id: int) -> int:
        return 0

    async def think(
        self, snapshot: Snapshot, window: Window, orders: object = (), show: object = None
    ) -> Decision:
        text = " + ".join(str(entry.body.get("text")) for entry in window.messages)
        reply = NewEntry(uuid4(), EntryKind.MESSAGE, Sender.AI, {"text": text})
        decision = Decision(DialogueState(), snapshot.state, entries=[reply])
        decision.prefer_voice = self.prefers_voice
        return decision


class Chat:
    """One conversation, a process that answers in it, and its worker."""

    def __init__(
        self, db: Database, tenant_id: int, files: FileStore, session: sessions.SessionView
    ) -> None:
        self.db, self.tenant_id, self.files = db, tenant_id, files
        self.session, self.id = session.id, session.conversation_id
        self.ear, self.parrot = Ear(), Parrot()
        self.hub = FeedHub(db, listener := Listener(db.url))
        desk = VoiceDesk(self.ear, Mouth(), files, VoiceSettings(attempts=1))
        self.sounds = Sounds(db, desk, self.hub)
        self.runner = TurnRunner(
            db,
            self.parrot,
            self.hub,
            listener,
            sounds=self.sounds,  # type: ignore[arg-type]
        )

    async def record(self, text: str | None = None, key: str = "") -> Stored:
        """The client sends a voice message, and it is stored; nobody thinks yet."""
        recording = await self.files.put(sing("голос"), sealed=True)
        message = InboundMessage(
            Sender.USER, text=text, voice_key=recording, client_key=key or uuid4().hex
        )
        async with self.db.pool.connection() as connection:
            return await hot.store_inbound(
                connection,
                self.db.cipher,
                self.tenant_id,
                self.session,
                message,
                lease=None,
                queue=self.db.queue,
            )

    async def lines(self, *kinds: EntryKind) -> list[Entry]:
        """Lines of the log, with their sound."""
        async with self.db.unit() as unit:
            reader = ConversationRepository(unit, self.tenant_id)
            return await reader.entries_after(self.id, 0, 100, kinds or (EntryKind.MESSAGE,))

    async def texts(self) -> list[str | None]:
        return [entry.body.get("text") for entry in await self.lines()]

    async def lead(self) -> None:
        """A human leads the chat."""
        async with self.db.pool.connection() as connection:
            await connection.execute(
                "update conversations set state = 'with_agent' where id = %s", (self.id,)
            )

    async def work(self) -> None:
        """A worker does what is due."""
        queue = JobQueue(self.db.url)
        queue.bind(self)
        await drain(queue)


@pytest.fixture
async def chat(db: Database, tenant_id: int, tmp_path: Path) -> Chat:
    async with db.unit() as unit:
        session = await open_web_chat(unit, tenant_id)
    return Chat(db, tenant_id, local_file_store(tmp_path / "files", db.cipher), session)


async def test_a_recording_is_heard_before_the_turn_and_shown_with_its_words(chat: Chat) -> None:
    chat.ear.words = ["хочу осаго"]
    await chat.record()
    await chat.runner.take_over(chat.id)
    assert await chat.texts() == ["хочу осаго", "хочу осаго"]
    said = (await chat.lines())[0].body
    assert said["voiceKey"]
    assert said["metadata"]["voice"] == {"state": "heard", "seconds": 1.5}
    (news,) = await chat.lines(EntryKind.VOICE)
    assert news.body["messageId"] == str((await chat.lines())[0].public_id)
    assert news.body["text"] == "хочу осаго"


async def test_a_caption_stays_in_front_of_what_was_heard(chat: Chat) -> None:
    await chat.record("вот запись")
    await chat.runner.take_over(chat.id)
    assert (await chat.texts())[0] == "вот запись\nслова записи"


async def test_a_failure_is_noted_and_answered_and_not_tried_for_ever(chat: Chat) -> None:
    chat.ear.words = [VoiceUnavailable(Why.SILENCE)]
    await chat.record()
    await chat.runner.take_over(chat.id)
    assert (await chat.lines())[0].body["metadata"]["voice"] == {"state": "failed"}
    assert len(await chat.texts()) == 2
    assert not await chat.runner.sweep()
    assert chat.ear.heard == 1


async def test_a_process_that_dies_while_it_listens_loses_nothing(chat: Chat) -> None:
    await chat.record()
    dying = Chat(chat.db, chat.tenant_id, chat.files, chat_view(chat))
    dying.ear.gate = asyncio.Event()
    listening = asyncio.get_running_loop().create_task(dying.runner.take_over(chat.id))
    await dying.ear.listening.wait()
    listening.cancel()
    await asyncio.wait({listening})
    async with chat.db.pool.connection() as connection:
        await connection.execute(
            "update conversations set lease_until = now() - interval '1 second' where id = %s",
            (chat.id,),
        )
    assert await chat.runner.sweep() == 1
    await chat.runner.drain()
    assert await chat.texts() == ["слова записи", "слова записи"]


def chat_view(chat: Chat) -> sessions.SessionView:
    """The same conversation for another process."""

    class View:
        id = chat.session
        conversation_id = chat.id

    return View()  # type: ignore[return-value]


async def test_words_are_written_once_whoever_hears_first(chat: Chat) -> None:
    stored = await chat.record()
    message = stored.entry.public_id

    async def note(words: str) -> Entry | None:
        async with chat.db.pool.connection() as connection:
            return await repository.note(
                connection, chat.db.cipher, chat.id, message, merging.heard(words, None, "ear")
            )

    written = await asyncio.gather(*(note(f"услышано {n}") for n in range(5)))
    (line,) = [one for one in written if one is not None]
    assert await chat.texts() == [line.body["text"]]
    assert len(await chat.lines(EntryKind.VOICE)) == 1


async def test_the_same_message_twice_is_one_message(chat: Chat) -> None:
    first = await chat.record(key="update-1")
    again = await chat.record(key="update-1")
    await chat.runner.take_over(chat.id)
    assert again.duplicate
    assert again.entry.public_id == first.entry.public_id
    assert chat.ear.heard == 1


async def test_an_agent_who_leads_the_chat_gets_the_words_too(chat: Chat) -> None:
    await chat.lead()
    await chat.record()
    assert await chat.texts() == [None]
    await chat.work()
    assert await chat.texts() == ["слова записи"]  # and the assistant keeps silent
    await chat.sounds.hear(chat.id, (await chat.lines())[0].public_id)
    assert chat.ear.heard == 1


async def test_a_reply_is_spoken_after_its_text_was_stored(chat: Chat) -> None:
    chat.parrot.prefers_voice = True
    await chat.record()
    await chat.runner.take_over(chat.id)
    reply = (await chat.lines())[1]
    assert reply.body["text"] == "слова записи"
    assert "voiceKey" not in reply.body
    await chat.work()
    spoken = (await chat.lines())[1]
    assert spoken.public_id == reply.public_id
    assert spoken.body["text"] == reply.body["text"]
    assert (await chat.files.get(spoken.body["voiceKey"])).startswith(b"OggS")
    news = (await chat.lines(EntryKind.VOICE))[-1]
    assert news.body["voiceKey"] == spoken.body["voiceKey"]
    assert news.body["messageId"] == str(reply.public_id)


async def test_nobody_is_spoken_to_who_did_not_ask_for_it(chat: Chat) -> None:
    await chat.record()
    await chat.runner.take_over(chat.id)
    await chat.work()
    assert "voiceKey" not in (await chat.lines())[1].body


async def test_a_screen_of_this_process_learns_the_words_at_once(chat: Chat) -> None:
    stored = await chat.record()
    async with chat.hub.subscribe(chat.id, stored.entry.seq) as screen:
        await chat.sounds.hear(chat.id, stored.entry.public_id)
        (news,) = screen.take_pushed() or []
    assert (news.kind, news.body["text"]) == (EntryKind.VOICE, "слова записи")


async def test_a_message_of_another_conversation_is_not_touched(chat: Chat) -> None:
    async with chat.db.pool.connection() as connection:
        line = await repository.note(
            connection, chat.db.cipher, chat.id, UUID(int=7), merging.failed("silence")
        )
    assert line is None
    assert not await chat.lines(EntryKind.VOICE)


def test_a_messenger_gets_text_and_recording_apart_and_each_once() -> None:
    body = {"text": "Принял.", "metadata": {"files": []}}
    spoken = merging.with_sound(body, merging.spoken("sealed/k", 2.0))
    assert spoken["voiceKey"] == "sealed/k"
    assert "voiceKey" not in merging.as_written(spoken)
    recorded = {"text": "Слушаю", "voiceKey": "sealed/agent"}
    assert merging.as_written(recorded) == recorded
