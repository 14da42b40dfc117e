"""A reply is shown while it grows: to screens that want it, and as chunks of the chat API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from insurance_chat.conversations.growing import Assembly, Growing, increments
from insurance_chat.conversations.types import EntryKind, NewEntry, Sender, Snapshot
from insurance_chat.core.crypto import Cipher
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.dialogue.turn import Thinker
from tests.slices.api.conftest import Chat, Staff, Stand, say

FIRST, WHOLE = "Раз.", "Раз. Два. 3 ₽."


class Slow:
    """An assistant that shows one sentence, then waits until it may say the rest."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.reply = WHOLE

    def history_limit(self, _tenant_id: int) -> int:
        """It reads no history."""
        return 0

    async def think(
        self, snapshot: Snapshot, window: Window, _orders: Any = (), show: Any = None
    ) -> Decision:
        """Say the reply in two steps."""
        show(FIRST)
        await self.may_end.wait()
        reply = NewEntry(uuid4(), EntryKind.MESSAGE, Sender.AI, {"text": self.reply})
        return Decision(DialogueState(), snapshot.state, [reply])


@pytest.fixture
async def slow(stand: Stand) -> AsyncIterator[Slow]:
    thinker, services = Slow(), stand.services
    kept = services.turns
    services.turns = TurnRunner(
        services.db, cast("Thinker", thinker), services.hub, services.listener
    )
    await services.turns.start()
    yield thinker
    thinker.may_end.set()
    await services.turns.drain()
    services.turns = kept


def screen(stand: Stand, chat: Chat, query: str) -> connect:
    address = f"{stand.url.replace('http', 'ws')}/v1/chat/sessions/{chat.id}/ws?{query}"
    protocols: Any = ["insurance-chat.v1", f"token.{chat.token}"]
    return connect(address, subprotocols=protocols, proxy=None)


async def frame(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        found: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 10))
        if found["type"] == kind and found.get("message", {}).get("sender") != "user":
            return found


async def ask(http: httpx.AsyncClient, chat: Chat) -> None:
    answer = await http.post("/v1/chat/messages", json=say(chat, "Вопрос"), headers=chat.headers)
    assert answer.status_code == 201


async def test_a_screen_sees_the_reply_before_it_is_whole_and_then_the_message_of_that_id(
    http: httpx.AsyncClient, chat: Chat, stand: Stand, slow: Slow
) -> None:
    async with screen(stand, chat, "partial=1") as socket:
        await ask(http, chat)
        partial = await frame(socket, "partial")
        assert (partial["text"], partial["sender"]) == (FIRST, "ai")
        async with screen(stand, chat, "partial=1") as late:
            assert await frame(late, "partial") == partial
        slow.may_end.set()
        message = (await frame(socket, "message"))["message"]
    assert (message["id"], message["text"]) == (partial["messageId"], WHOLE)


async def test_a_screen_that_did_not_ask_sees_messages_only(
    http: httpx.AsyncClient, chat: Chat, stand: Stand, slow: Slow
) -> None:
    async with screen(stand, chat, "") as plain, screen(stand, chat, "partial=1") as growing:
        await ask(http, chat)
        await frame(growing, "partial")
        slow.may_end.set()
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1].get("message", {}).get("sender") != "ai":
            seen.append(json.loads(await asyncio.wait_for(plain.recv(), 10)))
    assert "partial" not in [one["type"] for one in seen]


async def test_a_reply_that_a_human_made_needless_disappears(
    http: httpx.AsyncClient, chat: Chat, stand: Stand, slow: Slow, admin: Staff
) -> None:
    async with screen(stand, chat, "partial=1") as socket:
        await ask(http, chat)
        shown = await frame(socket, "partial")
        path = f"/v1/chat/sessions/{chat.id}/handover/claim"
        assert (await http.post(path, headers=admin.headers)).status_code == 200
        slow.may_end.set()
        gone = await frame(socket, "partial")
    assert gone == {**shown, "text": ""}


async def _events(
    http: httpx.AsyncClient, slow: Slow, thread: str
) -> tuple[list[dict[str, Any]], list[str]]:
    found: list[dict[str, Any]] = []
    places: list[str] = []
    body = {"message": "Вопрос", "thread_id": thread}
    async with http.stream("POST", "/api/chat/stream", json=body) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                places.append(line[4:])
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
                if found[-1] == {"type": "chunk", "content": FIRST}:
                    slow.may_end.set()  # nothing else lets the assistant go on
    return found, places


async def test_a_program_gets_the_first_sentence_before_the_reply_is_ready(
    http: httpx.AsyncClient, slow: Slow
) -> None:
    events, places = await _events(http, slow, f"t-{uuid4()}")
    chunks = [one["content"] for one in events if one["type"] == "chunk"]
    assert chunks[0] == FIRST
    assert "".join(chunks) == events[-1]["response"] == WHOLE
    assert len(places) == len(set(places)) == len(events)


async def test_a_program_is_told_when_what_it_heard_is_not_the_reply(
    http: httpx.AsyncClient, slow: Slow
) -> None:
    slow.reply = "Передал человеку."
    events, _ = await _events(http, slow, f"t-{uuid4()}")
    reset = next(n for n, one in enumerate(events) if one.get("reset"))
    after = "".join(one["content"] for one in events[reset:] if one["type"] == "chunk")
    assert after == events[-1]["response"] == slow.reply


async def test_a_browser_that_comes_back_in_the_middle_hears_nothing_twice(
    http: httpx.AsyncClient, slow: Slow
) -> None:
    thread = f"t-{uuid4()}"
    _, places = await _events(http, slow, thread)
    headers = {"Last-Event-ID": places[1]}
    asked = {"message": "Вопрос", "thread_id": thread}
    back = (await http.get("/api/chat/stream", params=asked, headers=headers)).text
    bodies = [json.loads(line[6:]) for line in back.splitlines() if line.startswith("data: ")]
    rest = "".join(one["content"] for one in bodies if one["type"] == "chunk")
    assert FIRST + rest == WHOLE
    wrong = {"Last-Event-ID": places[1].rpartition(".")[0] + ".00000000"}
    back = (await http.get("/api/chat/stream", params=asked, headers=wrong)).text
    bodies = [json.loads(line[6:]) for line in back.splitlines() if line.startswith("data: ")]
    assert bodies[1]["reset"]


def test_another_process_puts_the_reply_together_from_increments() -> None:
    cipher = Cipher([b"k" * 32])
    there = Assembly(cipher, process="another")
    before, seen = None, ""
    for text in ("Раз.", "Раз. Два.", "Раз. Два. " + "🚗" * 5000):
        now = Growing("id", text)
        for one in increments(7, before, now):
            sealed = one.seal(cipher)
            assert len(sealed) < 8000
            found = there.add(sealed)
            assert found is not None
            seen = found[1].text
        before = now
        assert seen == text


def test_a_lost_increment_stops_the_growth_and_does_no_harm() -> None:
    cipher = Cipher([b"k" * 32])
    there, own = Assembly(cipher, process="another"), Assembly(cipher)
    one, two, three = (Growing("id", text) for text in ("Раз.", "Раз. Два.", "Раз. Два. Три."))
    (first,) = increments(7, None, one)
    (third,) = increments(7, two, three)
    assert there.add(first.seal(cipher)) == (7, one)
    assert there.add(third.seal(cipher)) is None
    assert own.add(first.seal(cipher)) is None
    (gone,) = increments(7, three, Growing("id", ""))
    assert there.add(gone.seal(cipher)) == (7, Growing("id", ""))
