"""Conversations over HTTP."""

from __future__ import annotations

from uuid import uuid4

import httpx

from tests.slices.api.conftest import Chat, Staff, Stand, say


async def test_a_visitor_of_the_site_opens_a_chat_without_a_log_in(
    http: httpx.AsyncClient,
) -> None:
    body = {"channel": "web", "channelUserId": "u-1", "preferVoice": True, "email": "a@example.com"}
    answer = await http.post("/v1/chat/sessions", json=body)
    assert answer.status_code == 201
    created = answer.json()
    headers = {"Authorization": f"Bearer {created['accessToken']}"}
    read = (await http.get(f"/v1/chat/sessions/{created['id']}", headers=headers)).json()
    assert read == {name: created[name] for name in read}
    assert read["state"] == "qa"
    assert read["preferVoice"] is True
    assert read["email"] == "a@example.com"
    assert read["agentId"] is None


async def test_a_messenger_needs_a_log_in_of_staff(http: httpx.AsyncClient, agent: Staff) -> None:
    body = {"channel": "telegram", "channelUserId": "42"}
    refused = await http.post("/v1/chat/sessions", json=body)
    assert refused.status_code == 401
    assert refused.json()["code"] == "login_required"
    allowed = await http.post("/v1/chat/sessions", json=body, headers=agent.headers)
    assert allowed.status_code == 201
    again = await http.post("/v1/chat/sessions", json=body, headers=agent.headers)
    assert again.json()["userId"] == allowed.json()["userId"]


async def test_the_same_key_opens_one_chat(http: httpx.AsyncClient) -> None:
    body = {"channel": "web", "channelUserId": "u-2"}
    headers = {"Idempotency-Key": str(uuid4())}
    first = (await http.post("/v1/chat/sessions", json=body, headers=headers)).json()
    second = (await http.post("/v1/chat/sessions", json=body, headers=headers)).json()
    assert first == second
    other = await http.post(
        "/v1/chat/sessions", json={**body, "channelUserId": "u-3"}, headers=headers
    )
    assert other.json()["id"] != first["id"]


async def test_a_posted_message_is_stored_and_answered(
    http: httpx.AsyncClient, chat: Chat, stand: Stand
) -> None:
    answer = await http.post(
        "/v1/chat/messages", json=say(chat, "Здравствуйте!"), headers=chat.headers
    )
    assert answer.status_code == 201, answer.text
    message = answer.json()
    assert message["sessionId"] == chat.id
    assert message["sender"] == "user"
    assert message["voiceUrl"] is None
    await stand.services.turns.drain()
    listed = await http.get(f"/v1/chat/sessions/{chat.id}/messages", headers=chat.headers)
    items = listed.json()["items"]
    assert items[0] == message
    assert [item["sender"] for item in items] == ["user", "ai"]
    assert items[1]["text"]


async def test_the_same_client_message_id_stores_one_message(
    http: httpx.AsyncClient, chat: Chat, stand: Stand
) -> None:
    body = say(chat, "Сколько стоит ОСАГО?", clientMessageId="m-1")
    first = await http.post("/v1/chat/messages", json=body, headers=chat.headers)
    second = await http.post("/v1/chat/messages", json=body, headers=chat.headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.json()["clientMessageId"] == "m-1"
    await stand.services.turns.drain()
    page = (await http.get(f"/v1/chat/sessions/{chat.id}/messages", headers=chat.headers)).json()
    assert [item["sender"] for item in page["items"]].count("user") == 1


async def test_the_idempotency_header_works_as_well(http: httpx.AsyncClient, chat: Chat) -> None:
    headers = {**chat.headers, "Idempotency-Key": "k-1"}
    first = await http.post("/v1/chat/messages", json=say(chat, "раз"), headers=headers)
    second = await http.post("/v1/chat/messages", json=say(chat, "раз"), headers=headers)
    assert first.json()["id"] == second.json()["id"]
