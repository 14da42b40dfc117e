"""Bodies, headers and addresses made to break parsers get a clear refusal of the known shape."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.slices.api.conftest import Chat, Staff, Stand

# Without /v1/kb/search: none of its fields is required, so foreign ones are no mistake there.
POSTS = (
    "/v1/auth/login",
    "/v1/auth/refresh",
    "/v1/agents",
    "/v1/agents/login",
    "/v1/chat/sessions",
    "/v1/chat/messages",
    "/v1/policies/osago/quote",
    "/v1/policies/osago/draft",
    "/v1/policies/osago/issue",
    "/v1/policies/mortgage/quote",
    "/v1/policies/mortgage/draft",
    "/v1/policies/mortgage/issue",
    "/v1/kb/commit",
    "/v1/incidents",
    "/v1/reminders",
    "/v1/webhooks",
)
JSON = {"Content-Type": "application/json"}
BODIES = {
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 30_000,
    "closed and deep": b"[" * 50_000 + b"]" * 50_000,
    "huge number": b'{"a": ' + b"9" * 6000 + b"}",
    "not a number": b'{"a": NaN, "b": Infinity}',
    "surrogates": b'{"a": "\\ud800", "\\udfff": 1}',
    "NUL": b'{"a": "\\u0000"}',
    "raw NUL": b'{"a": "\x00"}',
    "UTF-16": '{"a": "б"}'.encode("utf-16"),
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "doubled key": b'{"sessionId": "a", "sessionId": "b"}',
    "number": b"1",
}
KINDS = (
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "application/json; charset=utf-16",
    "application/octet-stream",
    "nonsense",
)


def _check(answer: httpx.Response, where: str) -> None:
    assert 400 <= answer.status_code < 500, f"{where}: {answer.status_code} {answer.text[:300]}"
    body = answer.json()
    assert {"code", "message"} <= set(body) <= {"code", "message", "details"}, where
    assert any("а" <= letter <= "я" for letter in body["message"]), where
    assert len(answer.content) < 5000, where


@pytest.mark.parametrize("name", BODIES)
async def test_a_hostile_body_is_refused(http: httpx.AsyncClient, admin: Staff, name: str) -> None:
    for path in POSTS:
        answer = await http.post(path, content=BODIES[name], headers=JSON | admin.headers)
        _check(answer, f"{path} {name}")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_content_type_is_refused(
    http: httpx.AsyncClient, admin: Staff, kind: str
) -> None:
    for path in POSTS:
        headers = {"Content-Type": kind} | admin.headers
        _check(await http.post(path, content=b"a=1&b=2", headers=headers), f"{path} {kind}")


async def test_ten_megabytes_of_json_are_not_read(http: httpx.AsyncClient, admin: Staff) -> None:
    body = json.dumps({"text": "x" * 10_000_000}).encode()
    for path in POSTS:
        try:
            answer = await http.post(path, content=body, headers=JSON | admin.headers)
        except httpx.WriteError:
            continue  # the server has answered and closed before all was sent
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), path


@pytest.mark.parametrize("length", ["-1", "1e3", "99999999999999999999", "0x10"])
async def test_a_wrong_declared_length_is_refused(stand: Stand, length: str) -> None:
    head = f"POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{{}}"
    status = await _raw(stand, head.encode())
    assert 400 <= status < 500


async def _raw(stand: Stand, request: bytes) -> int:
    address = urlsplit(stand.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request)
    await writer.drain()
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    return int(line.split()[1])


async def test_huge_and_doubled_queries_are_refused_or_read_once(
    http: httpx.AsyncClient, chat: Chat
) -> None:
    path = f"/v1/chat/sessions/{chat.id}/messages"
    for query in ("cursor=" + "9" * 30_000, "limit=" + "1" * 5000, "limit=5&limit=x"):
        _check(await http.get(f"{path}?{query}", headers=chat.headers), query[:20])
    many = "&".join(f"a{n}={n}" for n in range(5000))
    for query in ("limit=0&limit=5", "cursor=x&cursor=1", "limit[]=1", "%00=%00&%ff=%ff"):
        answer = await http.get(f"{path}?{query}", headers=chat.headers)
        assert answer.status_code == 200, query
    answer = await http.get(f"{path}?{many}", headers=chat.headers)
    assert answer.status_code in (200, 414)


@pytest.mark.parametrize(
    "header",
    [
        {"Authorization": "Bearer " + "x" * 20_000},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Bearer " + ".".join(["e30"] * 3)},
        {"Authorization": "Bearer \u00ff\u00fe.\u00ff.\u00ff".encode("latin-1")},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
    ],
)
async def test_a_strange_token_is_nobody(http: httpx.AsyncClient, header: Any) -> None:
    for path in ("/v1/policies", "/v1/kb/tree", "/v1/admin/chats"):
        answer = await http.get(path, headers=header)
        assert answer.status_code == 401, answer.text
        _check(answer, path)


@pytest.mark.parametrize("key", ["", "x" * 101, "x" * 30_000, b"\xff\xfe", b"a\tb"])
async def test_a_strange_key_of_a_repeat_is_refused_or_used(
    http: httpx.AsyncClient, chat: Chat, key: Any
) -> None:
    body = {"sessionId": chat.id, "sender": "user", "text": "Привет"}
    session = {"channel": "web", "channelUserId": "a"}
    headers = {**chat.headers, "Idempotency-Key": key}
    for path, sent in (("/v1/chat/messages", body), ("/v1/chat/sessions", session)):
        answer = await http.post(path, json=sent, headers=headers)
        assert answer.status_code in (201, 422), answer.text


@pytest.mark.parametrize("path", ["/hooks/polis_online", "/hooks/unknown"])
async def test_a_notice_of_nobody_is_refused(http: httpx.AsyncClient, path: str) -> None:
    for body in BODIES.values():
        for headers in ({}, {"X-Signature": "x"}, {"X-Signature": "sha256=" + "0" * 64}):
            answer = await http.post(path, content=body, headers=JSON | headers)
            _check(answer, f"{path} {body[:20]!r}")


@pytest.mark.parametrize(
    "query", ["", "?draftId=%00", "?draftId=%ff&paymentToken=%ff", "?draftId=a&draftId=b"]
)
async def test_the_page_after_payment_stands_anything(http: httpx.AsyncClient, query: str) -> None:
    assert (await http.get(f"/pay/return{query}")).status_code == 200
    long = f"/pay/return?draftId={'x' * 20_000}&paymentToken={'y' * 20_000}"
    assert (await http.get(long)).status_code in (200, 414)


async def test_a_form_with_thousands_of_parts_is_refused(
    http: httpx.AsyncClient, chat: Chat
) -> None:
    path = f"/v1/chat/sessions/{chat.id}/files"
    many = [("file", (f"{n}.txt", b"x", "text/plain")) for n in range(1500)]
    _check(await http.post(path, files=many, headers=chat.headers), "parts")
    broken = {"Content-Type": "multipart/form-data; boundary=x"} | chat.headers
    for body in (
        b"--x",
        b"--x\r\n\r\n",
        b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--",
    ):
        _check(await http.post(path, content=body, headers=broken), repr(body))
