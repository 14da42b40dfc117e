"""Whatever comes in, the answer is a clear refusal and never a failure."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.slices.api.conftest import Chat, Staff, open_chat, say

HOSTILE = [
    "\x00",
    "a\x00b",
    "x" * 8001,
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_bad_text_is_refused_in_russian(
    http: httpx.AsyncClient, chat: Chat, text: str
) -> None:
    answer = await http.post("/v1/chat/messages", json=say(chat, text), headers=chat.headers)
    assert answer.status_code == 422
    body = answer.json()
    assert body["code"] == "validation_error"
    assert body["details"][0]["field"] == "text"
    assert any("а" <= letter <= "я" for letter in body["details"][0]["message"])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"sessionId": "x"}',
        b'{"sessionId": 5, "sender": "user", "text": "a"}',
        b'{"sessionId": "x", "sender": "boss", "text": "a"}',
        b'{"sessionId": "x", "sender": "user", "text": "\\ud800"}',
        b'{"sessionId": "x", "sender": "user", "text": "\xff"}',
        b"[" * 5000,
    ],
)
async def test_a_body_that_is_no_message_is_refused(
    http: httpx.AsyncClient, chat: Chat, raw: bytes
) -> None:
    answer = await http.post("/v1/chat/messages", content=raw, headers=chat.headers)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "validation_error"


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("/v1/chat/sessions", b'{"channel": "web", "channelUserId": "\\u0000"}'),
        ("/v1/chat/sessions", b'{"channel": "web", "channelUserId": "\\ud800"}'),
        ("/v1/chat/sessions", b'{"channel": "web", "channelUserId": ""}'),
        ("/v1/chat/sessions", b'{"channel": "web", "channelUserId": "a", "email": "no"}'),
        ("/v1/chat/sessions", b'{"channel": "fax", "channelUserId": "a"}'),
        ("/v1/incidents", b'{"type": "abuse", "details": {"a": "\\ud800"}}'),
        ("/v1/incidents", b'{"type": "abuse", "details": {"\\ud800": 1}}'),
        ("/v1/incidents", b'{"type": "abuse", "details": {"a": "\\u0000"}}'),
        ("/v1/incidents", b'{"type": "abuse", "details": ' + b'{"a":' * 200 + b"1" + b"}" * 201),
        ("/v1/reminders", b'{"policyId": "x", "remindAt": "soon", "recipients": ["client"]}'),
        (
            "/v1/reminders",
            b'{"policyId": "x", "remindAt": "9999-12-31T23:59:59-12:00", "recipients": []}',
        ),
        ("/v1/kb/search", b'{"query": "\\u0000"}'),
        ("/v1/kb/search", b'{"query": "a", "topK": 100000000000000000000}'),
        ("/v1/auth/login", b'{"username": "\\u0000", "password": "x"}'),
        ("/v1/agents", b'{"name": "a", "login": "b\\u0000", "password": "0123456789"}'),
        ("/v1/agents", b'{"name": "a", "login": "bcd", "password": "short"}'),
    ],
)
async def test_hostile_values_get_422(
    http: httpx.AsyncClient, admin: Staff, path: str, raw: bytes
) -> None:
    headers = {**admin.headers, "Content-Type": "application/json"}
    answer = await http.post(path, content=raw, headers=headers)
    assert answer.status_code == 422, answer.text
    assert set(answer.json()) <= {"code", "message", "details"}


@pytest.mark.parametrize(
    "query", ["cursor=abc", "cursor=-1", "cursor=99999999999999999999", "limit=0", "limit=101"]
)
async def test_a_bad_page_is_refused(http: httpx.AsyncClient, chat: Chat, query: str) -> None:
    path = f"/v1/chat/sessions/{chat.id}/messages?{query}"
    assert (await http.get(path, headers=chat.headers)).status_code == 422


@pytest.mark.parametrize(
    "name", ["1", "%00", "..%2f..", "0b0e6f7a-6b1d-4a6e-9d53-2f6c1f0c9a11", "x" * 3000, "%ff"]
)
async def test_an_id_that_names_nothing_is_not_found(
    http: httpx.AsyncClient, admin: Staff, name: str
) -> None:
    for path in (f"/v1/chat/sessions/{name}", f"/v1/policies/{name}", f"/v1/kb/docs/{name}/source"):
        answer = await http.get(path, headers=admin.headers)
        assert answer.status_code == 404, path
        assert set(answer.json()) == {"code", "message"}


async def test_unknown_addresses_and_methods_answer_in_the_same_shape(
    http: httpx.AsyncClient,
) -> None:
    missing = await http.get("/v1/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    wrong = await http.delete("/v1/auth/login")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["Allow"] == "POST"


async def test_a_huge_body_is_refused_before_it_is_read(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/auth/login", content=b"x" * 300_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_huge_body_of_unknown_length_is_refused_too(http: httpx.AsyncClient) -> None:
    async def endless() -> Any:
        for _ in range(300):
            yield b"x" * 1024

    answer = await http.post("/v1/auth/login", content=endless())
    assert answer.status_code == 413


async def test_only_real_documents_are_taken_in(http: httpx.AsyncClient, chat: Chat) -> None:
    path = f"/v1/chat/sessions/{chat.id}/files"
    page = {"file": ("photo.png", b"<html><script>alert(1)</script></html>", "image/png")}
    assert (await http.post(path, files=page, headers=chat.headers)).status_code == 422
    empty = {"file": ("a.txt", b"", "text/plain")}
    assert (await http.post(path, files=empty, headers=chat.headers)).status_code == 422
    assert (await http.post(path, headers=chat.headers)).status_code == 422


async def test_a_file_goes_in_and_comes_out_by_its_link_only(
    http: httpx.AsyncClient, chat: Chat
) -> None:
    path = f"/v1/chat/sessions/{chat.id}/files"
    sent = {"file": ("Моё СТС.pdf", b"%PDF-1.4 scan", "text/html")}
    stored = (await http.post(path, files=sent, headers=chat.headers)).json()
    assert stored["name"] == "Моё СТС.pdf"
    assert (stored["mime"], stored["size"]) == ("application/pdf", 13)
    got = await http.get(stored["url"])
    assert got.content == b"%PDF-1.4 scan"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''")
    broken = stored["url"].replace("/files/", "/files/x")
    assert (await http.get(broken)).status_code == 404
    body = {"sessionId": chat.id, "sender": "user", "fileUrl": stored["url"]}
    message = (await http.post("/v1/chat/messages", json=body, headers=chat.headers)).json()
    card = message["metadata"]["files"][0]
    assert (card["name"], card["mime"], card["size"]) == ("Моё СТС.pdf", "application/pdf", 13)
    assert (await http.get(message["fileUrl"])).content == b"%PDF-1.4 scan"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "/files/x/y", "//x"])
async def test_a_dangerous_link_is_refused(http: httpx.AsyncClient, chat: Chat, url: str) -> None:
    body = {"sessionId": chat.id, "sender": "user", "fileUrl": url}
    answer = await http.post("/v1/chat/messages", json=body, headers=chat.headers)
    assert answer.status_code == 422, answer.text


async def test_other_sites_may_call_the_api_without_cookies(http: httpx.AsyncClient) -> None:
    headers = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    allowed = await http.options("/v1/chat/messages", headers=headers)
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == "*"
    assert "access-control-allow-credentials" not in allowed.headers
    refused = await http.get("/v1/policies", headers={"Origin": "https://shop.example"})
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


async def test_the_service_pages_work_without_the_internet(http: httpx.AsyncClient) -> None:
    health = await http.get("/health")
    assert health.json()["status"] == "healthy"
    assert health.json()["checks"] == {"database": "ok"}
    assert "insurance_chat_http_seconds" in (await http.get("/metrics")).text
    page = (await http.get("/docs")).text
    assert "https://" not in page
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert (await http.get(f"/docs/assets/{asset}")).status_code == 200
    assert (await http.get("/openapi.json")).json()["info"]["title"] == "API страхового чата"


async def test_pages_of_history_lead_down_and_up(http: httpx.AsyncClient, admin: Staff) -> None:
    chat = await open_chat(http)
    for number in range(7):
        body = {"sessionId": chat.id, "sender": "agent", "text": str(number)}
        await http.post("/v1/chat/messages", json=body, headers=admin.headers)
    path = f"/v1/chat/sessions/{chat.id}/messages"
    seen: list[str] = []
    cursor = "0"
    while True:
        page = (await http.get(f"{path}?cursor={cursor}&limit=3", headers=chat.headers)).json()
        seen += [item["text"] for item in page["items"]]
        cursor = page["nextCursor"]
        if not page["items"]:
            break
    assert seen[1:] == [str(number) for number in range(7)]  # after «К чату подключился агент …»
    last = (await http.get(f"{path}?before=1000&limit=3", headers=chat.headers)).json()
    assert [item["text"] for item in last["items"]] == ["4", "5", "6"]
    earlier = await http.get(f"{path}?before={last['prevCursor']}&limit=3", headers=chat.headers)
    assert [item["text"] for item in earlier.json()["items"]] == ["1", "2", "3"]
