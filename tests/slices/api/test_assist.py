"""Help with an answer over HTTP: at once and as a stream."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from insurance_chat.knowledge import ingest, service
from tests.slices.api.conftest import Chat, Staff, Stand, say

QUESTION = "Сколько ждать замену утерянного бланка?"


@pytest.fixture(scope="module")
async def _known(stand: Stand) -> None:
    """The knowledge base answers one question for clients and one for agents only."""
    for name, visibility, text in (
        ("blank", "public", "Замену утерянного бланка ждут 3 дня. Заявление пишут в офисе."),
        ("margin", "agents", "Порог маржинальности агентского канала равен 41 %."),
    ):
        title = "Замена утерянного бланка" if name == "blank" else "Порог маржинальности канала"
        raw = f"---\ntitle: {title}\nvisibility: {visibility}\n---\n# {title}\n\n{text}".encode()
        parsed = await ingest.parse(raw, f"{name}.md")
        async with stand.services.db.unit() as unit:
            await service.publish_parsed(
                unit, stand.services.files, stand.tenant_id, f"{name}.md", raw, parsed
            )
    await stand.services.knowledge.refresh()


async def _ask(
    http: httpx.AsyncClient, caller: Staff, agent: Staff, chat: Chat, tail: str = "", **body: Any
) -> httpx.Response:
    return await http.post(
        f"/v1/agents/{agent.id}/assist{tail}",
        json={"sessionId": chat.id, "prompt": "", **body},
        headers=caller.headers,
    )


def _events(text: str) -> list[tuple[str, dict[str, Any]]]:
    frames = [frame.split("\n") for frame in text.strip().split("\n\n")]
    return [
        (kind.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for kind, data in frames
    ]


@pytest.mark.usefixtures("_known")
async def test_a_draft_says_where_it_comes_from(
    http: httpx.AsyncClient, admin: Staff, agent: Staff, chat: Chat
) -> None:
    answer = await _ask(http, admin, agent, chat, prompt=QUESTION)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert "ждут 3 дня" in body["draft"]
    (source,) = body["citations"]
    assert (source["n"], source["title"]) == (1, "Замена утерянного бланка")
    assert (await http.get(source["url"])).status_code == 302
    assert (body["variant"], body["variants"], body["warning"]) == (0, 3, None)


@pytest.mark.usefixtures("_known")
async def test_the_draft_comes_without_a_wish_in_other_words_and_in_another_style(
    http: httpx.AsyncClient, admin: Staff, agent: Staff, chat: Chat
) -> None:
    await http.post("/v1/chat/messages", json=say(chat, QUESTION), headers=chat.headers)
    plain = (await _ask(http, admin, agent, chat)).json()["draft"]
    other = (await _ask(http, admin, agent, chat, variant=1)).json()["draft"]
    formal = await _ask(http, admin, agent, chat, prompt="официальнее", current=plain)
    assert "3 дня" in plain
    assert "3 дня" in other
    assert other != plain
    assert formal.json()["style"] == ["formal"]
    assert "С уважением" in formal.json()["draft"]


@pytest.mark.usefixtures("_known")
async def test_what_only_agents_may_read_stands_beside_the_draft(
    http: httpx.AsyncClient, admin: Staff, agent: Staff, chat: Chat
) -> None:
    prompt = "Какой порог маржинальности агентского канала?"
    body = (await _ask(http, admin, agent, chat, prompt=prompt)).json()
    assert body["draft"] == ""
    assert body["warning"]
    (hidden,) = body["onlyForAgent"]
    assert "41 %" in hidden["quote"]
    assert (await http.get(hidden["url"])).status_code == 401
    assert (await http.get(hidden["url"], headers=agent.headers)).status_code == 302


@pytest.mark.usefixtures("_known")
async def test_the_stream_gives_the_same_draft(
    http: httpx.AsyncClient, admin: Staff, agent: Staff, chat: Chat
) -> None:
    wish = {"prompt": QUESTION, "style": "теплее"}
    whole = (await _ask(http, admin, agent, chat, **wish)).json()
    streamed = await _ask(http, admin, agent, chat, "/stream", **wish)
    assert streamed.headers["content-type"].startswith("text/event-stream")
    *chunks, (last, done) = _events(streamed.text)
    assert {kind for kind, _ in chunks} == {"chunk"}
    assert last == "done"
    assert "".join(data["text"] for _, data in chunks) == done["draft"] == whole["draft"]


@pytest.mark.parametrize("tail", ["", "/stream"])
async def test_refusals_come_before_the_first_frame(
    http: httpx.AsyncClient, stand: Stand, admin: Staff, agent: Staff, chat: Chat, tail: str
) -> None:
    foreign = await stand.staff("admin", await stand.another_tenant())
    hers = await stand.staff("agent", await stand.another_tenant())
    for caller, whose, status, code in (
        (agent, agent, 404, "session_not_found"),
        (agent, admin, 403, "forbidden"),
        (foreign, foreign, 404, "session_not_found"),
        (admin, hers, 404, "agent_not_found"),
    ):
        answer = await _ask(http, caller, whose, chat, tail)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    unknown = await _ask(http, admin, agent, Chat(str(uuid4()), ""), tail)
    assert unknown.json()["code"] == "session_not_found"


@pytest.mark.parametrize("wrong", [{"companies": "some"}, {"variant": -1}, {"current": 5}])
async def test_a_wish_of_another_shape_is_refused(
    http: httpx.AsyncClient, admin: Staff, agent: Staff, chat: Chat, wrong: dict[str, Any]
) -> None:
    answer = await _ask(http, admin, agent, chat, **wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
