"""A turn reads files before it thinks, loses no message that comes meanwhile, and leaves a human alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from typing_extensions import override

from insurance_chat.conversations import attachments, hot
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.types import (
    Entry,
    EntryKind,
    InboundMessage,
    NewEntry,
    Sender,
    Snapshot,
)
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.papers.desk import FileRead
from insurance_chat.dialogue.papers.reading import PaperReader, for_chats
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.knowledge.reading.limits import Limits
from tests.support.chats import open_web_chat


class Parrot:
    """Answers with the words and the files that it sees."""

    def __init__(self) -> None:
        self.thought = 0

    def history_limit(self, _tenant_id: int) -> int:
        return 0

    async def think(
        self, snapshot: Snapshot, window: Window, orders: object = (), show: object = None
    ) -> Decision:
        self.thought += 1
        seen = [entry.body["text"] or "" for entry in window.messages]
        text = " + ".join([*seen, *(one.text for one in window.files)])
        reply = NewEntry(uuid4(), EntryKind.MESSAGE, Sender.AI, {"text": text})
        return Decision(DialogueState(), snapshot.state, entries=[reply])


class Interrupted(PaperReader):
    """While it reads for the first time the client writes again."""

    def __init__(self, chat: Chat, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.chat = chat
        self.interrupted = False

    @override
    async def read_all(self, messages: Sequence[Entry]) -> tuple[FileRead, ...]:
        if not self.interrupted:
            self.interrupted = True
            await self.chat.send("и ещё слово")
        return await super().read_all(messages)


class Chat:
    """One conversation and the process that answers in it."""

    def __init__(self, db: Database, tenant_id: int, folder: Path) -> None:
        self.db, self.tenant_id = db, tenant_id
        self.files = local_file_store(folder, db.cipher)
        self.reader = Interrupted(self, self.files, for_chats(Limits()))
        self.parrot = Parrot()
        listener = Listener(db.url)
        self.runner = TurnRunner(
            db,
            self.parrot,  # type: ignore[arg-type]
            FeedHub(db, listener),
            listener,
            papers=self.reader,
        )

    async def open(self) -> None:
        async with self.db.unit() as unit:
            view = await open_web_chat(unit, self.tenant_id)
        self.session, self.id = view.id, view.conversation_id

    async def send(self, text: str | None, file: str = "") -> None:
        cards = (
            [(await attachments.keep(self.files, file.encode(), "a.txt", 1)).card()] if file else []
        )
        message = InboundMessage(
            Sender.USER, text=text, client_key=uuid4().hex, metadata={"files": cards}
        )
        async with self.db.pool.connection() as connection:
            await hot.store_inbound(
                connection,
                self.db.cipher,
                self.tenant_id,
                self.session,
                message,
                lease=None,
                queue=self.db.queue,
            )

    async def replies(self) -> list[str]:
        async with self.db.pool.connection() as connection:
            cursor = await connection.execute(
                "select body from log_entries where conversation_id = %s and sender = 'ai'"
                " and kind = 'message' order by seq",
                (self.id,),
            )
            rows = await cursor.fetchall()
        return [str(self.db.cipher.open_json(row[0])["text"]) for row in rows]


@pytest.fixture
async def chat(db: Database, tenant_id: int, tmp_path: Path) -> Chat:
    made = Chat(db, tenant_id, tmp_path / "files")
    await made.open()
    return made


async def test_what_comes_while_a_file_is_read_is_answered_with_it(chat: Chat) -> None:
    await chat.send(None, "слова документа")
    await chat.runner.take_over(chat.id)
    assert await chat.replies() == [" + и ещё слово + слова документа"]
    assert (chat.reader.read, chat.parrot.thought) == (1, 1)


async def test_with_a_human_in_the_chat_nobody_reads(chat: Chat) -> None:
    await chat.send("вот", "слова документа")
    async with chat.db.pool.connection() as connection:
        await connection.execute(
            "update conversations set state = 'with_agent' where id = %s", (chat.id,)
        )
    await chat.runner.take_over(chat.id)
    assert chat.reader.read == 0
