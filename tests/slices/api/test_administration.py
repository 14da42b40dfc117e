"""Lists and work of the administrator over HTTP: chats narrowed, incidents worked on."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.slices.api.conftest import Chat, Staff, Stand, open_chat


async def say(http: httpx.AsyncClient, chat: Chat, text: str) -> dict[str, Any]:
    answer = await http.post(
        "/v1/chat/messages",
        json={"sessionId": chat.id, "sender": "user", "text": text},
        headers=chat.headers,
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def chats(http: httpx.AsyncClient, admin: Staff, **query: Any) -> list[str]:
    answer = await http.get("/v1/admin/chats", params=query, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["total"] >= len(body["items"])
    return [item["id"] for item in body["items"]]


async def incidents(http: httpx.AsyncClient, admin: Staff, **query: Any) -> list[str]:
    answer = await http.get("/v1/admin/incidents", params=query, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


@pytest.fixture
async def company(stand: Stand) -> tuple[Staff, Staff]:
    """An administrator and an agent of the company."""
    return await stand.staff("admin"), await stand.staff("agent")


async def test_chats_are_found_by_words_state_channel_flag_and_agent(
    http: httpx.AsyncClient, company: tuple[Staff, Staff]
) -> None:
    admin, agent = company
    chat, other = await open_chat(http), await open_chat(http)
    await say(http, chat, "Хочу застраховать комбайн")
    asked = f"/v1/chat/sessions/{chat.id}/handover"
    await http.post(f"{asked}/request", headers=chat.headers)

    assert await chats(http, admin, q="КОМБАЙН") == [chat.id]
    assert await chats(http, admin, q=chat.id) == [chat.id]
    assert chat.id in await chats(http, admin, q="handover_requested")
    assert other.id not in await chats(http, admin, q="handover_requested")
    assert chat.id in await chats(http, admin, flag="waiting")
    assert {chat.id, other.id} <= set(await chats(http, admin, channel="web"))
    assert await chats(http, admin, channel="telegram", q="комбайн") == []
    assert await chats(http, admin, agentId=agent.id) == []
    assert (await http.post(f"{asked}/claim", headers=agent.headers)).status_code == 200
    assert await chats(http, admin, agentId=agent.id) == [chat.id]
    assert await chats(http, admin, q="комбайн", **{"from": "2030-01-01"}) == []


async def test_pages_of_chats(http: httpx.AsyncClient, company: tuple[Staff, Staff]) -> None:
    admin, _ = company
    for _ in range(3):
        await open_chat(http)

    everything = await chats(http, admin)

    assert await chats(http, admin, limit=1, offset=1) == everything[1:2]


@pytest.mark.parametrize(
    "query", [{"flag": "nonsense"}, {"from": "вчера"}, {"limit": 0}, {"agentId": "x"}]
)
async def test_senseless_filters_are_refused(
    http: httpx.AsyncClient, company: tuple[Staff, Staff], query: dict[str, Any]
) -> None:
    answer = await http.get("/v1/admin/chats", params=query, headers=company[0].headers)

    assert answer.status_code == 422


async def test_an_incident_is_worked_on_and_the_client_is_told(
    http: httpx.AsyncClient, company: tuple[Staff, Staff]
) -> None:
    admin, _ = company
    chat = await open_chat(http)
    message = await say(http, chat, "Сколько действует полис?")
    report = {
        "type": "ai_inaccuracy",
        "sessionId": chat.id,
        "details": {"messageId": message["id"], "comment": "Один год"},
    }
    made = await http.post("/v1/incidents", json=report, headers=chat.headers)
    assert made.status_code == 201, made.text
    incident = made.json()["id"]
    path = f"/v1/admin/incidents/{incident}"

    assert incident in await incidents(http, admin, status="open", type="ai_inaccuracy")
    assert incident in await incidents(http, admin, reporter="client")
    assert incident not in await incidents(http, admin, reporter="agent")

    undecided = await http.patch(path, json={"status": "closed"}, headers=admin.headers)
    assert (undecided.status_code, undecided.json()["code"]) == (422, "incident_decision")
    taken = await http.patch(path, json={"status": "in_work"}, headers=admin.headers)
    assert (taken.status_code, taken.json()["status"]) == (200, "in_work")
    closing = {"status": "closed", "decision": "fixed", "comment": "Готово", "tell": "Исправили."}
    closed = await http.patch(path, json=closing, headers=admin.headers)

    assert closed.status_code == 200
    shown = closed.json()
    assert (shown["decision"], shown["comment"], shown["reporter"]) == ("fixed", "Готово", "user")
    assert shown["closedAt"] is not None
    page = await http.get(f"/v1/chat/sessions/{chat.id}/messages", headers=chat.headers)
    assert ("system", "Исправили.") in [
        (item["sender"], item["text"]) for item in page.json()["items"]
    ]


async def test_an_unknown_status_is_refused(
    http: httpx.AsyncClient, company: tuple[Staff, Staff]
) -> None:
    answer = await http.patch(
        "/v1/admin/incidents/nonsense", json={"status": "done"}, headers=company[0].headers
    )

    assert answer.status_code == 422


async def test_an_answer_is_explained_to_the_administrator_only(
    http: httpx.AsyncClient, stand: Stand, company: tuple[Staff, Staff]
) -> None:
    admin, agent = company
    chat = await open_chat(http)
    await say(http, chat, "почему так")
    lines = f"/v1/chat/sessions/{chat.id}/messages"
    await stand.services.turns.drain()
    seen = (await http.get(lines, headers=chat.headers)).json()["items"]
    path = f"/v1/admin/chats/{chat.id}/messages/{seen[1]['seq']}/why"
    answer = await http.get(path, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["answer"] == "Эхо: почему так"
    assert (await http.get(path, headers=agent.headers)).status_code == 403
    question = f"/v1/admin/chats/{chat.id}/messages/{seen[0]['seq']}/why"
    refused = await http.get(question, headers=admin.headers)
    assert (refused.status_code, refused.json()["code"]) == (404, "answer_not_found")
