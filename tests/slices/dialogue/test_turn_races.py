"""Turns under races: everything that may happen while the assistant thinks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from insurance_chat.conversations import hot, log, sessions
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.types import (
    EntryKind,
    InboundMessage,
    NewEntry,
    Sender,
    Snapshot,
    Stored,
)
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.main import models as _models  # noqa: F401 - foreign keys need every table
from tests.support.chats import open_web_chat

Meanwhile = Callable[[int], Awaitable[None]]


class Parrot:
    """Thinks by repeating what it has read; `meanwhile` happens while it thinks."""

    def history_limit(self, _tenant_id: int) -> int:
        """It reads no history."""
        return 0

    def __init__(self) -> None:
        self.meanwhile: Meanwhile | None = None
        self.thoughts: list[list[str]] = []

    async def think(
        self, snapshot: Snapshot, window: Window, orders: Any = (), show: Any = None
    ) -> Decision:
        texts = [str(entry.body["text"]) for entry in window.messages]
        self.thoughts.append(texts)
        if self.meanwhile is not None:
            await self.meanwhile(len(self.thoughts))
        text = " + ".join(texts) or "news"
        reply = NewEntry(uuid4(), EntryKind.MESSAGE, Sender.AI, {"text": text})
        return Decision(DialogueState(), snapshot.state, entries=[reply])


class Chat:
    """One conversation and the process that answers in it."""

    def __init__(self, db: Database, tenant_id: int, session: sessions.SessionView) -> None:
        self.db, self.tenant_id = db, tenant_id
        self.session, self.id = session.id, session.conversation_id
        self.parrot = Parrot()
        listener = Listener(db.url)
        self.hub = FeedHub(db, listener)
        self.runner = TurnRunner(db, self.parrot, self.hub, listener)  # type: ignore[arg-type]

    async def store(self, text: str, key: str | None = None) -> tuple[Stored, UUID]:
        lease = uuid4()
        async with self.db.pool.connection() as connection:
            stored = await hot.store_inbound(
                connection,
                self.db.cipher,
                self.tenant_id,
                self.session,
                InboundMessage(Sender.USER, text=text, client_key=key or uuid4().hex),
                lease=lease,
                queue=self.db.queue,
            )
        return stored, lease

    async def send(self, text: str, key: str | None = None) -> None:
        """What a door does with a message."""
        stored, lease = await self.store(text, key)
        if not stored.duplicate and stored.snapshot.lease_owner == lease:
            self.runner.begin(stored.snapshot, lease, stored.entry)

    async def rest(self) -> None:
        await self.runner.drain()

    async def replies(self) -> list[str]:
        entries = await self.hub.read(self.tenant_id, self.id, 0)
        return [
            str(e.body["text"])
            for e in entries
            if e.sender in (Sender.AI, Sender.SYSTEM) and e.body.get("text")
        ]

    async def row(self, columns: str) -> tuple[Any, ...]:
        async with self.db.pool.connection() as connection:
            cursor = await connection.execute(
                f"select {columns} from conversations where id = %s", (self.id,)
            )
            row = await cursor.fetchone()
        assert row is not None
        return tuple(row)

    async def change(self, assignment: str) -> None:
        async with self.db.pool.connection() as connection:
            await connection.execute(
                f"update conversations set {assignment} where id = %s", (self.id,)
            )

    async def poke(self) -> None:
        async with self.db.unit() as unit:
            await log.poke(unit, self.tenant_id, self.id, "quotes_ready")


@pytest.fixture
async def chat(db: Database, tenant_id: int) -> AsyncIterator[Chat]:
    async with db.unit() as unit:
        view = await open_web_chat(unit, tenant_id)
    opened = Chat(db, tenant_id, view)
    yield opened
    await opened.runner.stop()


def once(what: Callable[[], Awaitable[None]]) -> Meanwhile:
    """Something that happens during the first thought only."""

    async def meanwhile(thought: int) -> None:
        if thought == 1:
            await what()

    return meanwhile


async def test_a_message_is_answered_once(chat: Chat) -> None:
    await chat.send("один")
    await chat.rest()
    assert await chat.replies() == ["один"]
    assert await chat.row("turn_owed, lease_owner, unread") == (False, None, 0)


async def test_a_message_that_comes_while_thinking_is_answered_in_the_same_reply(
    chat: Chat,
) -> None:
    chat.parrot.meanwhile = once(lambda: chat.send("два"))
    await chat.send("один")
    await chat.rest()
    assert await chat.replies() == ["один + два"]


async def test_a_burst_is_answered_in_one_reply(chat: Chat) -> None:
    async def burst() -> None:
        await asyncio.gather(*(chat.send("ещё") for _ in range(4)))

    chat.parrot.meanwhile = once(burst)
    await chat.send("начало")
    await chat.rest()
    assert await chat.replies() == ["начало + ещё + ещё + ещё + ещё"]


async def test_a_repeated_message_is_stored_and_answered_once(chat: Chat) -> None:
    await asyncio.gather(*(chat.send("один", key="same") for _ in range(5)))
    await chat.rest()
    await chat.send("один", key="same")
    await chat.rest()
    assert await chat.replies() == ["один"]


async def test_news_that_come_while_thinking_are_seen_before_the_answer(chat: Chat) -> None:
    chat.parrot.meanwhile = once(chat.poke)
    await chat.send("один")
    await chat.rest()
    assert chat.parrot.thoughts == [["один"], ["один"]]
    assert await chat.replies() == ["один"]


async def test_news_alone_wake_a_turn(chat: Chat) -> None:
    await chat.poke()
    assert await chat.runner.sweep() == 1
    await chat.rest()
    assert await chat.replies() == ["news"]


async def test_a_client_who_never_stops_writing_is_answered_nevertheless(chat: Chat) -> None:
    async def talkative(thought: int) -> None:
        if thought <= 3:
            await chat.send(f"и ещё {thought}")

    chat.parrot.meanwhile = talkative
    await chat.send("начало")
    await chat.rest()
    assert await chat.replies() == ["начало + и ещё 1 + и ещё 2", "и ещё 3"]


async def test_an_agent_who_comes_while_thinking_silences_the_reply(chat: Chat) -> None:
    chat.parrot.meanwhile = once(
        lambda: chat.change("handover_epoch = handover_epoch + 1, state = 'with_agent'")
    )
    await chat.send("один")
    await chat.rest()
    assert await chat.replies() == []
    assert await chat.runner.sweep() == 0


async def test_a_message_to_an_agent_wakes_no_turn(chat: Chat) -> None:
    await chat.change("state = 'with_agent'")
    await chat.send("это вам, агент")
    await chat.rest()
    assert chat.parrot.thoughts == []
    assert await chat.runner.sweep() == 0


async def test_a_turn_of_a_dead_process_is_taken_over_when_its_lease_ends(chat: Chat) -> None:
    stored, dead = await chat.store("один")
    assert await chat.runner.sweep() == 0
    await chat.change("lease_until = now() - interval '1 second'")
    assert await chat.runner.sweep() == 1
    await chat.rest()
    assert await chat.replies() == ["один"]
    async with chat.db.pool.connection() as connection:
        late = await hot.commit_turn(
            connection, chat.db.cipher, stored.snapshot, dead,
            [NewEntry(uuid4(), EntryKind.MESSAGE, Sender.AI, {"text": "поздно"})],
            dialogue={}, state=None, flow_asks=False, prefer_voice=False, force=True,
            queue=chat.db.queue,
        )  # fmt: skip
    assert late is None
    assert await chat.replies() == ["один"]


async def test_two_processes_that_take_over_at_once_answer_once(chat: Chat) -> None:
    await chat.store("один")
    await chat.change("lease_until = now() - interval '1 second'")
    await asyncio.gather(*(chat.runner.take_over(chat.id) for _ in range(5)))
    assert await chat.replies() == ["один"]


async def test_a_failure_while_thinking_is_apologised_for_once_and_calls_a_human(
    chat: Chat,
) -> None:
    async def fail(_thought: int) -> None:
        raise RuntimeError("the brain is broken")

    chat.parrot.meanwhile = fail
    await chat.send("один")
    await chat.rest()
    await chat.runner.sweep()
    await chat.rest()
    replies = await chat.replies()
    assert len(replies) == 1
    assert "позвал агента" in replies[0]
    assert await chat.row("state, turn_owed") == ("handover_requested", False)
    async with chat.db.unit() as unit:
        connection = await unit.driver_connection()
        cursor = await connection.execute(
            "select type from incidents where conversation_id = %s", (chat.id,)
        )
        assert await cursor.fetchall() == [("turn_failed",)]


async def test_after_a_failure_the_next_message_is_answered(chat: Chat) -> None:
    async def fail_first(thought: int) -> None:
        if thought == 1:
            raise RuntimeError("the brain is broken")

    chat.parrot.meanwhile = fail_first
    await chat.send("один")
    await chat.rest()
    await chat.send("два")
    await chat.rest()
    assert (await chat.replies())[-1] == "два"
