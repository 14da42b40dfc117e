"""An agent narrows the list of policies: what is out of sight stays out of it."""

from __future__ import annotations

import httpx

from tests.slices.api.conftest import Chat, Staff, Stand, insert_policy, open_chat


async def test_an_agent_asks_for_the_policies_of_one_chat(
    http: httpx.AsyncClient, stand: Stand, chat: Chat, agent: Staff
) -> None:
    hidden = await open_chat(http)
    mine, _ = await insert_policy(stand, chat), await insert_policy(stand, hidden)
    session = f"/v1/chat/sessions/{chat.id}/handover"
    await http.post(f"{session}/request", headers=chat.headers)
    await http.post(f"{session}/claim", headers=agent.headers)
    for query, found in (
        ("", [mine.id]),
        (f"?sessionId={chat.id}", [mine.id]),
        (f"?sessionId={hidden.id}", []),
        (f"?agentId={agent.id}", []),
    ):
        answer = await http.get(f"/v1/policies{query}", headers=agent.headers)
        assert answer.status_code == 200, answer.text
        assert [one["id"] for one in answer.json()["items"]] == found, query
