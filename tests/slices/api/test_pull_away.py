"""An agent's message that leads the client away is refused over HTTP, and the incident stays."""

from __future__ import annotations

import httpx

from tests.slices.api.conftest import Chat, Staff, say

AWAY = "Пишите мне в вотсап +7 916 123-45-67, оформим дешевле мимо сервиса"


async def _take(http: httpx.AsyncClient, agent: Staff, chat: Chat) -> None:
    asked = await http.post(f"/v1/chat/sessions/{chat.id}/handover/request", headers=chat.headers)
    assert asked.status_code == 202, asked.text
    taken = await http.post(f"/v1/chat/sessions/{chat.id}/handover/claim", headers=agent.headers)
    assert taken.status_code == 200, taken.text


async def test_it_is_refused_and_the_administrator_sees_it(
    http: httpx.AsyncClient, admin: Staff, agent: Staff, chat: Chat
) -> None:
    await _take(http, agent, chat)
    refused = await http.post(
        "/v1/chat/messages", json=say(chat, AWAY, sender="agent"), headers=agent.headers
    )
    assert refused.status_code == 409, refused.text
    assert refused.json()["code"] == "pull_away_blocked"
    incident = refused.json()["details"]["incidentId"]
    found = await http.get("/v1/admin/incidents", headers=admin.headers)
    assert incident in [one["id"] for one in found.json()["items"]]
    seen = await http.get(f"/v1/chat/sessions/{chat.id}/messages", headers=chat.headers)
    assert AWAY not in seen.text


async def test_an_ordinary_message_goes_through(
    http: httpx.AsyncClient, agent: Staff, chat: Chat
) -> None:
    await _take(http, agent, chat)
    sent = await http.post(
        "/v1/chat/messages",
        json=say(chat, "Здравствуйте!", sender="agent"),
        headers=agent.headers,
    )
    assert sent.status_code == 201, sent.text
