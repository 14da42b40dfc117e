"""A conversation goes on in a messenger by a link, and back on the site by another one."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest

from insurance_chat.channels.continuing.models import ContinueLink
from insurance_chat.channels.models import Connection
from insurance_chat.channels.whatsapp_gateway.adapter import WhatsAppGateway
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.returning import service as returning
from insurance_chat.conversations.returning.models import ReturnLink
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import hash_token
from tests.slices.api.conftest import Chat, Stand, open_chat


@pytest.fixture
async def whatsapp(stand: Stand) -> AsyncIterator[Connection]:
    """A paired phone of the company."""
    async with httpx.AsyncClient(trust_env=False) as http:
        stand.services.messengers.adapters["whatsapp_gateway"] = WhatsAppGateway(http)
        async with stand.services.db.unit() as unit:
            row = Connection(
                tenant_id=stand.tenant_id,
                kind="whatsapp_gateway",
                external_id=uuid4().hex,
                title="+7 903 000-99-99",
                hook_hash=hash_token(uuid4().hex),
                secrets=unit.cipher.seal_json({}),
                options={"phone": "+79030009999"},
            )
            unit.session.add(row)
        yield row
        async with stand.services.db.unit() as unit:
            unit.session.add(row)
            row.state = "removed"
        stand.services.messengers.adapters.clear()


async def _link(stand: Stand, chat: Chat) -> str:
    async with stand.services.db.unit() as unit:
        repository = ConversationRepository(unit, stand.tenant_id)
        conversation = await repository.by_public_id(UUID(chat.id))
        assert conversation is not None
        return await returning.issue(unit, stand.tenant_id, conversation.id)


async def test_there_is_no_way_without_a_messenger(stand: Stand, http: httpx.AsyncClient) -> None:
    chat = await open_chat(http)
    answer = await http.post(f"/v1/chat/sessions/{chat.id}/continue", headers=chat.headers)
    assert answer.json() == {"ways": []}


async def test_a_client_gets_a_link_and_its_picture_for_each_messenger(
    stand: Stand, http: httpx.AsyncClient, whatsapp: Connection
) -> None:
    chat = await open_chat(http)
    answer = await http.post(f"/v1/chat/sessions/{chat.id}/continue", headers=chat.headers)
    (way,) = answer.json()["ways"]
    assert (way["channel"], way["title"]) == ("whatsapp", f"WhatsApp {whatsapp.title}")
    address = httpx.URL(way["url"])
    assert (address.host, address.path) == ("wa.me", "/79030009999")
    words, _, payload = address.params["text"].rpartition(" ")
    assert words == "Продолжить разговор"
    async with stand.services.db.unit() as unit:
        links = await unit.session.get(ContinueLink, 1)
        assert links is not None
        assert links.token_hash == hash_token(payload.removeprefix("c_"))
    assert b"<svg" in b64decode(way["qr"].partition(",")[2])


async def test_a_link_back_works_once_and_other_browsers_keep_their_token(
    stand: Stand, http: httpx.AsyncClient
) -> None:
    chat = await open_chat(http)
    link = await _link(stand, chat)
    first = await http.post("/v1/chat/returns", json={"link": link})
    assert first.status_code == 201
    assert first.json()["id"] == chat.id
    for token in (first.json()["accessToken"], chat.token):
        headers = {"Authorization": f"Bearer {token}"}
        answer = await http.get(f"/v1/chat/sessions/{chat.id}", headers=headers)
        assert answer.status_code == 200
    again = await http.post("/v1/chat/returns", json={"link": link})
    assert (again.status_code, again.json()["code"]) == (404, "link_expired")


async def test_a_link_back_is_worth_nothing_after_half_an_hour(
    stand: Stand, http: httpx.AsyncClient
) -> None:
    link = await _link(stand, await open_chat(http))
    async with stand.services.db.unit() as unit:
        row = await returning.ReturnRepository(unit, stand.tenant_id).good(hash_token(link))
        assert isinstance(row, ReturnLink)
        assert 0 < (row.expires_at - utcnow()).total_seconds() <= 1800
        row.expires_at = utcnow()
    answer = await http.post("/v1/chat/returns", json={"link": link})
    assert answer.status_code == 404
