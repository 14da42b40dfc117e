"""Voice over HTTP: a recording comes in, its words and the recording of a reply come out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sounds import merging, repository
from insurance_chat.sandbox.voice.tones import sing
from tests.slices.api.conftest import Chat, Staff, Stand, say
from tests.slices.api.test_feed import frames, socket


async def upload(http: httpx.AsyncClient, chat: Chat) -> str:
    """The client uploads a recording; returns its link."""
    files = {"file": ("voice.ogg", sing("запись"), "audio/ogg")}
    path = f"/v1/chat/sessions/{chat.id}/files"
    answer = await http.post(path, files=files, headers=chat.headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["mime"] == "audio/ogg"
    return str(answer.json()["url"])


async def send(http: httpx.AsyncClient, chat: Chat, url: str) -> dict[str, Any]:
    body = {"sessionId": chat.id, "sender": "user", "voiceUrl": url}
    answer = await http.post("/v1/chat/messages", json=body, headers=chat.headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def learn(stand: Stand, chat: Chat, message: str, sound: dict[str, Any]) -> None:
    """Write what was learnt of a message's sound."""
    services = stand.services
    async with services.db.unit() as unit:
        reader = ConversationRepository(unit, stand.tenant_id)
        conversation = await reader.by_public_id(UUID(chat.id))
        assert conversation is not None
        place = conversation.id
    async with services.db.pool.connection() as connection:
        line = await repository.note(connection, services.cipher, place, UUID(message), sound)
    assert line is not None
    services.hub.push(place, [line])


async def messages(http: httpx.AsyncClient, chat: Chat, headers: dict[str, str]) -> list[Any]:
    answer = await http.get(f"/v1/chat/sessions/{chat.id}/messages", headers=headers)
    found: list[Any] = answer.json()["items"]
    return found


async def test_a_recording_is_kept_by_its_key_and_its_words_are_shown_with_it(
    http: httpx.AsyncClient, chat: Chat, stand: Stand
) -> None:
    sent = await send(http, chat, await upload(http, chat))
    await stand.services.turns.drain()
    assert sent["text"] is None
    assert sent["voiceUrl"]
    async with socket(stand, chat) as live:
        first = await frames(live, 2)
        await learn(stand, chat, sent["id"], merging.heard("хочу осаго", 1.5, "whisper-1"))
        (news,) = await frames(live, 1)
    assert first[0]["message"]["id"] == sent["id"]
    assert news == {
        "type": "voice",
        "seq": 3,
        "messageId": sent["id"],
        "state": "heard",
        "text": "хочу осаго",
        "voiceUrl": None,
        "seconds": 1.5,
    }
    shown = (await messages(http, chat, chat.headers))[0]
    assert shown["text"] == "хочу осаго"
    assert shown["metadata"]["voice"] == {"state": "heard", "seconds": 1.5}
    sound = await http.get(shown["voiceUrl"])
    assert sound.headers["content-type"] == "audio/ogg"
    assert sound.content.startswith(b"OggS")


async def test_a_reply_gets_its_recording_and_keeps_its_text(
    http: httpx.AsyncClient, chat: Chat, stand: Stand
) -> None:
    await http.post("/v1/chat/messages", json=say(chat, "раз"), headers=chat.headers)
    await stand.services.turns.drain()
    reply = (await messages(http, chat, chat.headers))[1]
    key = await stand.services.files.put(sing("Эхо"), sealed=True)
    async with socket(stand, chat, cursor=2) as live:
        await learn(stand, chat, reply["id"], merging.spoken(key, 2.0))
        (news,) = await frames(live, 1)
    assert (news["state"], news["text"]) == ("spoken", None)
    assert (await http.get(news["voiceUrl"])).content.startswith(b"OggS")
    shown = (await messages(http, chat, chat.headers))[1]
    assert shown["text"] == reply["text"]
    assert shown["voiceUrl"]


async def test_an_agent_sees_no_phone_in_what_was_heard(
    http: httpx.AsyncClient, chat: Chat, stand: Stand, agent: Staff
) -> None:
    sent = await send(http, chat, await upload(http, chat))
    await stand.services.turns.drain()
    await http.post(f"/v1/chat/sessions/{chat.id}/handover/request", headers=chat.headers)
    words = "мой номер +7 900 123-45-67"
    await learn(stand, chat, sent["id"], merging.heard(words, None, "ear"))
    watching = Chat(chat.id, agent.token)
    async with socket(stand, watching) as live:
        seen = await frames(live, 5)
    (news,) = [frame for frame in seen if frame["type"] == "voice"]
    assert "123-45-67" not in news["text"]
    (own,) = [one for one in await messages(http, chat, chat.headers) if one["id"] == sent["id"]]
    assert own["text"] == words


async def test_a_recording_elsewhere_is_passed_on_and_not_fetched(
    http: httpx.AsyncClient, chat: Chat
) -> None:
    sent = await send(http, chat, "https://voice.example.ru/1.ogg")
    assert sent["voiceUrl"] == "https://voice.example.ru/1.ogg"


async def test_a_link_that_was_not_made_here_is_refused(
    http: httpx.AsyncClient, chat: Chat
) -> None:
    body = {"sessionId": chat.id, "sender": "user", "voiceUrl": "/files/forged.token/voice.ogg"}
    answer = await http.post("/v1/chat/messages", json=body, headers=chat.headers)
    assert answer.status_code == 422
