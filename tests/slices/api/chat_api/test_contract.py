"""What the two agreed documents promise, body by body and status by status."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.slices.api.chat_api.conftest import program, serving
from tests.slices.api.conftest import Stand

DOCUMENTED = {"response", "thread_id", "user_id", "chat_id", "success"}


def events(text: str) -> list[dict[str, Any]]:
    """The events of a stream."""
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


async def test_a_message_is_answered(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/chat", json={"message": "Привет! Кто ты?"})
    assert answer.status_code == 200
    body = answer.json()
    assert body["response"] == "Эхо: Привет! Кто ты?"
    assert body["success"] is True
    assert UUID(body["thread_id"])
    assert body.keys() >= DOCUMENTED
    assert answer.headers["content-type"] == "application/json"


async def test_the_names_of_the_question_come_back(api: httpx.AsyncClient, thread: str) -> None:
    asked = {"message": "Да", "user_id": "u-1", "chat_id": "c-1", "thread_id": thread}
    body = (await api.post("/api/chat", json={**asked, "metadata": {"source": "crm"}})).json()
    assert {name: body[name] for name in ("user_id", "chat_id", "thread_id")} == {
        "user_id": "u-1",
        "chat_id": "c-1",
        "thread_id": thread,
    }


async def test_a_chat_id_names_the_thread(api: httpx.AsyncClient, thread: str) -> None:
    first = (await api.post("/api/chat", json={"message": "Раз", "chat_id": thread})).json()
    assert (first["thread_id"], first["chat_id"]) == (thread, thread)
    again = (await api.post("/api/chat", json={"message": "Два", "thread_id": thread})).json()
    assert again["cursor"] > first["cursor"]


async def test_without_a_name_every_message_begins_a_thread(api: httpx.AsyncClient) -> None:
    nothing = ({}, {"thread_id": None}, {"thread_id": ""}, {"chat_id": "undefined"})
    bodies = [
        (await api.post("/api/chat", json={"message": "Привет", **more})).json() for more in nothing
    ]
    assert len({body["thread_id"] for body in bodies}) == len(nothing)


async def test_a_number_names_a_thread_as_text(api: httpx.AsyncClient) -> None:
    body = (await api.post("/api/chat", json={"message": "Привет", "chat_id": 7891011})).json()
    assert (body["thread_id"], body["chat_id"]) == ("7891011", "7891011")


async def test_a_reply_carries_what_a_sale_needs(api: httpx.AsyncClient) -> None:
    body = (await api.post("/api/chat", json={"message": "Привет"})).json()
    assert body["metadata"] == {
        "expects": None,
        "expectsAll": [],
        "quickReplies": [],
        "offers": [],
        "citations": [],
        "files": [],
        "payment": None,
    }
    assert [one["text"] for one in body["messages"]] == [body["response"]]
    assert body["messages"][0]["sender"] == "ai"
    assert (body["state"], body["agent_name"]) == ("qa", None)


async def test_a_stream_has_the_documented_events(api: httpx.AsyncClient, thread: str) -> None:
    asked = {"message": "Раз. Два! Три?", "thread_id": thread}
    answer = await api.post("/api/chat/stream", json=asked)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    found = events(answer.text)
    kinds = [one["type"] for one in found]
    assert kinds == ["metadata", "chunk", "chunk", "chunk", "done"]
    assert found[0] == {"type": "metadata", "thread_id": thread}
    parts = [one["content"] for one in found if one["type"] == "chunk"]
    assert "".join(parts) == "Эхо: Раз. Два! Три?"
    assert found[-1]["thread_id"] == thread
    assert found[-1]["metadata"]["payment"] is None
    # A named event would never reach `onmessage` of a browser.
    assert "event:" not in answer.text


async def test_event_source_may_use_get(api: httpx.AsyncClient, thread: str) -> None:
    asked = {"message": "Hello", "thread_id": thread}
    answer = await api.get("/api/chat/stream", params=asked)
    found = events(answer.text)
    assert [one["type"] for one in found] == ["metadata", "chunk", "done"]
    assert found[1]["content"] == "Эхо: Hello"


async def test_health_and_the_bare_address(api: httpx.AsyncClient) -> None:
    health = await api.get("/health")
    assert health.status_code == 200
    body = health.json()
    assert body["status"] == "healthy"
    assert body["agent"]["initialized"] is True
    assert body["agent"]["memory_enabled"] is True
    assert body["agent"]["tools"] > 0
    assert body["checks"]["database"] == "ok"
    root = (await api.get("/")).json()
    assert root.keys() == {"status", "service", "version", "agent_loaded"}
    assert (root["status"], root["agent_loaded"]) == ("ok", True)
    page = await api.get("/", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["location"]) == (307, "/demo")


WRONG: list[tuple[Any, list[Any], str]] = [
    ({}, ["body", "message"], "missing"),
    ({"message": None}, ["body", "message"], "string_type"),
    ({"message": 5}, ["body", "message"], "string_type"),
    ({"message": "  "}, ["body", "message"], "service"),
    ({"message": "a\x00b"}, ["body", "message"], "service"),
    ({"message": "я" * 8001}, ["body", "message"], "string_too_long"),
    ({"message": "Да", "thread_id": ["x"]}, ["body", "thread_id"], "string_type"),
    ({"message": "Да", "thread_id": "x" * 301}, ["body", "thread_id"], "string_too_long"),
    ({"message": "Да", "metadata": "x"}, ["body", "metadata"], "dict_type"),
    ([], ["body"], "model_type"),
]


@pytest.mark.parametrize("path", ["/api/chat", "/api/chat/stream"])
@pytest.mark.parametrize(("body", "place", "kind"), WRONG)
async def test_a_request_that_does_not_fit(
    api: httpx.AsyncClient, path: str, body: Any, place: list[Any], kind: str
) -> None:
    answer = await api.post(path, json=body)
    assert answer.status_code == 422
    refusal = answer.json()
    assert (refusal["success"], refusal["code"]) == (False, "validation_error")
    assert [(one["loc"], one["type"]) for one in refusal["detail"]] == [(place, kind)]
    assert all(one["msg"] for one in refusal["detail"])


async def test_what_is_no_json_is_refused_in_the_same_shape(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/chat", content=b"{message", headers={"Content-Type": "x/y"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == "json_invalid"
    query = await api.get("/api/chat/stream", params={"message": " "})
    assert query.status_code == 422
    assert query.json()["detail"][0]["loc"] == ["query", "message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/api/chat", 405),
        ("DELETE", "/api/chat/stream", 405),
        ("GET", "/api/debug", 405),
        ("GET", "/api/chat/nothing", 404),
        ("GET", "/api/chat?thread_id=nobody-said-anything", 404),
        ("GET", "/api/chat/stream?thread_id=nobody-said-anything", 404),
        ("GET", "/api/chat", 422),
        ("GET", "/api/chat/stream", 422),
        ("POST", "/api/debug", 404),
        ("POST", "/api/chat/files", 422),
    ],
)
async def test_every_refusal_has_one_shape(
    api: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await api.request(method, path)
    assert answer.status_code == status
    body = answer.json()
    assert body.keys() >= {"detail", "code", "success"}
    assert body["success"] is False
    assert any("а" <= letter <= "я" for letter in str(body["detail"]).lower())


async def test_a_body_that_is_too_large(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/chat", json={"message": "я" * 200_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["success"] is False


async def test_debugging_is_off_until_a_setting_turns_it_on(
    api: httpx.AsyncClient, stand: Stand
) -> None:
    off = await api.post("/api/debug", json={"any": ["thing"]})
    assert (off.status_code, off.json()["code"]) == (404, "debug_off")
    async with serving(stand, chat_debug=True) as door, program(door) as http:
        for sent in ({"any": ["thing", None]}, [1, 2], "text", None):
            on = await http.post("/api/debug", content=json.dumps(sent))
            assert on.status_code == 200
            assert on.json()["received"] == sent
        broken = await http.post("/api/debug", content=b"{")
        assert (broken.status_code, broken.json()["code"]) == (422, "json_invalid")


async def test_any_page_may_call(api: httpx.AsyncClient) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-api-key",
    }
    allowed = await api.options("/api/chat", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "*"
    assert "x-api-key" in allowed.headers["access-control-allow-headers"].lower()
    answer = await api.post(
        "/api/chat", json={"message": "Да"}, headers={"Origin": "https://shop.example"}
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "X-RateLimit-Remaining" in answer.headers["access-control-expose-headers"]


async def test_the_chat_api_has_a_document_of_its_own(
    api: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    document = (await api.get("/api/openapi.json")).json()
    assert document["paths"].keys() == {
        "/api/chat",
        "/api/chat/stream",
        "/api/chat/files",
        "/api/debug",
    }
    assert document["components"]["securitySchemes"]["apiKey"]["name"] == "X-API-Key"
    other = (await http.get("/openapi.json")).json()
    assert all(path.startswith("/v1/") for path in other["paths"])
    assert "ChatResponse" not in other["components"]["schemas"]
