"""A link opens exactly one file, for a while, for whoever holds it; nothing else opens it."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, urlsplit
from uuid import UUID

import httpx
import pytest

from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind, Sender
from tests.slices.api.conftest import Chat, Sold, Stand, insert_policy, open_chat

PAGE = b"<!doctype html><html><script>alert(document.domain)</script></html>"
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
)
NOTE = (
    b"# Note\n\n<script>alert(1)</script>\n\n[click](javascript:alert(1)) <img src=x onerror=a()>"
)


async def _store(stand: Stand, data: bytes, name: str, seconds: int = 60) -> str:
    files = stand.services.files
    return files.signed_path(await files.put(data, sealed=True), name, seconds)


def _parts(path: str) -> tuple[str, str]:
    token, name = path.removeprefix("/files/").split("/")
    return token, name


async def _policy_link(http: httpx.AsyncClient, stand: Stand, chat: Chat) -> tuple[Sold, str]:
    sold = await insert_policy(stand, chat)
    async with stand.services.db.unit() as unit:
        repository = ConversationRepository(unit, stand.tenant_id)
        conversation = await repository.by_public_id(UUID(chat.id), lock=True)
        assert conversation is not None
        key = await stand.services.files.put(b"%PDF-1.4 policy", sealed=True)
        card = {"kind": "policy", "name": "Полис.pdf", "mime": "application/pdf", "key": key}
        body = {"text": "Ваш полис", "metadata": {"files": [card]}}
        await repository.append(conversation, EntryKind.MESSAGE, Sender.AI, body)
    path = f"/v1/chat/sessions/{chat.id}/messages"
    items = (await http.get(path, headers=chat.headers)).json()["items"]
    # The news of the policy makes the assistant speak too, sooner or later than this message.
    cards = [card for item in items for card in item["metadata"]["files"]]
    return sold, str(cards[0]["url"])


async def test_a_policy_from_the_chat_opens_by_its_signature_alone(
    http: httpx.AsyncClient, stand: Stand, chat: Chat
) -> None:
    _, url = await _policy_link(http, stand, chat)
    assert (await http.get(url)).content.startswith(b"%PDF")
    token, name = _parts(urlsplit(url).path)
    payload, _, signature = token.partition(".")
    other = await open_chat(http)
    for broken in (payload, f"{payload}.", f".{signature}", "x", f"{payload}.{signature}x"):
        answer = await http.get(f"/files/{broken}/{name}", headers=other.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "link_expired")


async def test_no_part_of_a_link_can_be_changed(http: httpx.AsyncClient, stand: Stand) -> None:
    token, name = _parts(await _store(stand, b"one", "a.txt"))
    payload, _, signature = token.partition(".")
    other, _ = _parts(await _store(stand, b"two", "a.txt"))
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claims[2] += 1000
    longer = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    for forged in (f"{longer}.{signature}", f"{other.partition('.')[0]}.{signature}"):
        assert (await http.get(f"/files/{forged}/{name}")).status_code == 404
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        answer = await http.get(f"/files/{changed}/{name}")
        assert answer.status_code == 404, place


async def test_a_link_ends(http: httpx.AsyncClient, stand: Stand) -> None:
    path = await _store(stand, b"old", "a.txt", 0)
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "link_expired")
    assert "срок" in answer.json()["message"].lower()


async def test_another_client_sees_neither_policy_nor_files(
    http: httpx.AsyncClient, stand: Stand, chat: Chat
) -> None:
    sold, _ = await _policy_link(http, stand, chat)
    other = await open_chat(http)
    for path in (f"/v1/policies/{sold.id}", f"/v1/policies/{sold.draft_id}"):
        assert (await http.get(path, headers=other.headers)).status_code == 404
    for suffix in ("", "/messages", "/events"):
        path = f"/v1/chat/sessions/{chat.id}{suffix}"
        assert (await http.get(path, headers=other.headers)).status_code == 404
    listed = await http.get(f"/v1/policies?sessionId={chat.id}", headers=other.headers)
    assert listed.json()["items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/files/../secret.key",
        "/files/..%2f..%2fsecret.key/x",
        "/files/%2e%2e/%2e%2e/etc/passwd",
        "/files/x/..%5c..%5csecret.key",
        "/docs/assets/..%2f..%2fetc%2fpasswd",
        "/docs/assets/%2fetc%2fpasswd",
    ],
)
async def test_no_path_leads_out_of_the_store(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize("key", ["../secret.key", "/etc/passwd", "sealed/../../secret.key", ""])
async def test_even_a_signed_key_cannot_leave_the_store(
    http: httpx.AsyncClient, stand: Stand, key: str
) -> None:
    path = stand.services.files.signed_path(key, "a.txt", 60)
    assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("data", "name"),
    [(PAGE, "a.html"), (PAGE, "a.pdf"), (DRAWING, "a.svg"), (DRAWING, "a.png"), (NOTE, "a.md")],
)
async def test_what_could_run_is_only_saved(
    http: httpx.AsyncClient, stand: Stand, data: bytes, name: str
) -> None:
    answer = await http.get(await _store(stand, data, name))
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_document_to_read_runs_nothing(http: httpx.AsyncClient, stand: Stand) -> None:
    answer = await http.get(f"{await _store(stand, NOTE, 'a.md')}?read=1")
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert 'href="javascript' not in answer.text
    assert "<img" not in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ['a"\r\nSet-Cookie: x=1.txt', "a;b=c.txt", "имя\u202egpj.txt"])
async def test_a_name_cannot_add_headers(http: httpx.AsyncClient, stand: Stand, name: str) -> None:
    answer = await http.get(await _store(stand, b"text", name))
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].endswith(quote(name, safe=""))


async def test_scripts_are_not_taken_in_from_clients(http: httpx.AsyncClient, chat: Chat) -> None:
    path = f"/v1/chat/sessions/{chat.id}/files"
    refused = await http.post(path, files={"file": ("a.txt", PAGE)}, headers=chat.headers)
    assert refused.status_code == 422
    taken = await http.post(path, files={"file": ("a.svg", DRAWING)}, headers=chat.headers)
    if taken.status_code == 201:
        answer = await http.get(taken.json()["url"])
        assert answer.headers["content-disposition"].startswith("attachment;")
