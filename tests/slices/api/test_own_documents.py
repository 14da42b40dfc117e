"""What one agent keeps for themselves is seen by that agent and the administrator, by nobody else."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from insurance_chat.api.links import sign_document
from insurance_chat.core.principal import Principal, Role
from insurance_chat.knowledge import library
from insurance_chat.knowledge.search import SearchQuery
from insurance_chat.operators.copilot.service import Draft
from tests.slices.api.conftest import Chat, Staff, Stand, say

SECRET = "Пароль от кабинета «Сириус» лежит у Марины, полисы яхт оформляем через форму 88."
QUESTION = "где лежит пароль от кабинета Сириус, как оформляем полисы яхт"


@dataclass(frozen=True)
class Own:
    """A document of one agent."""

    id: str
    owner: Staff
    other: Staff


@pytest.fixture(scope="module")
async def own(stand: Stand) -> Own:
    """The document, uploaded over HTTP by its owner."""
    owner, other = await stand.staff("agent"), await stand.staff("agent")
    async with httpx.AsyncClient(base_url=stand.url, trust_env=False) as http:
        text = f"# Кабинет Сириус: полисы яхт\n\n{SECRET}\n"
        answer = await http.post(
            "/v1/kb/private/upload",
            files={"file": ("sirius.md", text.encode())},
            data={"own": "true"},
            headers=owner.headers,
        )
    assert answer.status_code == 201, answer.text
    await stand.services.knowledge.refresh()
    return Own(answer.json()["id"], owner, other)


async def test_it_is_listed_for_its_owner_and_the_administrator_only(
    http: httpx.AsyncClient, own: Own, admin: Staff
) -> None:
    seen = {}
    for who in (own.owner, own.other, admin):
        listed = await http.get("/v1/kb/private/docs", headers=who.headers)
        tree = await http.get("/v1/kb/tree", headers=who.headers)
        seen[who.login] = (own.id in listed.text, own.id in tree.text)

    assert list(seen.values()) == [(True, True), (False, False), (True, True)]


async def test_its_file_opens_for_its_owner_and_the_administrator_only(
    http: httpx.AsyncClient, stand: Stand, own: Own, admin: Staff, chat: Chat
) -> None:
    path = f"/v1/kb/docs/{own.id}/source"
    token = sign_document(stand.services.cipher, stand.tenant_id, own.id)
    codes = [
        (await http.get(path, headers=who.headers)).status_code
        for who in (own.owner, admin, own.other, chat)
    ]

    assert codes == [302, 302, 404, 404]
    assert (await http.get(f"{path}?token={token}")).status_code == 404


async def test_no_search_of_anybody_else_finds_it(
    http: httpx.AsyncClient, stand: Stand, own: Own, admin: Staff
) -> None:
    answer = await http.post(
        "/v1/kb/search", json={"query": QUESTION, "topK": 50}, headers=admin.headers
    )
    assert answer.status_code == 200
    assert own.id not in answer.text
    assert (
        await http.post("/v1/kb/search", json={"query": QUESTION}, headers=own.other.headers)
    ).status_code == 403

    index = stand.services.knowledge
    for audience in ("public", "agents", "private"):
        hits = await index.search(SearchQuery(stand.tenant_id, QUESTION, audience, limit=50))
        assert own.id not in {hit.document_public_id for hit in hits}


async def test_its_owner_is_helped_by_it_and_nobody_else_is(stand: Stand, own: Own) -> None:
    async def help_for(who: Staff) -> Draft:
        agent = Principal(stand.tenant_id, Role.AGENT, user_public_id=who.id)
        return await stand.services.copilot.draft(agent, session=None, wish=QUESTION)

    mine, others = await help_for(own.owner), await help_for(own.other)

    assert "форму 88" in str(mine.only_for_agent)
    assert "форму 88" not in mine.text
    assert "форму 88" not in str(others)


@pytest.fixture(scope="module")
async def shared(stand: Stand, own: Own) -> str:
    """A document of all agents."""
    async with httpx.AsyncClient(base_url=stand.url, trust_env=False) as http:
        text = f"# Общий кабинет Сириус\n\n{SECRET} Для всех агентов.\n"
        answer = await http.post(
            "/v1/kb/private/upload",
            files={"file": ("shared.md", text.encode())},
            headers=own.owner.headers,
        )
    await stand.services.knowledge.refresh()
    return str(answer.json()["id"])


@pytest.mark.parametrize("kind", ["own", "shared"])
async def test_no_address_gives_it_to_a_client(
    http: httpx.AsyncClient, stand: Stand, own: Own, shared: str, chat: Chat, kind: str
) -> None:
    document = own.id if kind == "own" else shared
    token = sign_document(stand.services.cipher, stand.tenant_id, document)
    search = await http.post("/v1/kb/search", json={"query": QUESTION}, headers=chat.headers)
    answers = [
        search,
        await http.get("/v1/kb/tree", headers=chat.headers),
        await http.get("/v1/kb/private/docs", headers=chat.headers),
        await http.get(f"/v1/kb/docs/{document}/source", headers=chat.headers),
        await http.get(f"/v1/kb/docs/{document}/source?token={token}"),
    ]

    assert [one.status_code for one in answers] == [403, 403, 403, 404, 404]
    assert not any("форму 88" in one.text or "Сириус" in one.text for one in answers)
    hits = await stand.services.knowledge.search(
        SearchQuery(stand.tenant_id, QUESTION, "public", limit=50)
    )
    assert document not in {hit.document_public_id for hit in hits}


async def test_clients_get_nothing_of_it_from_answers_downloads_or_their_chat(
    http: httpx.AsyncClient, stand: Stand, own: Own, chat: Chat
) -> None:
    said = await stand.services.answerer.answer(QUESTION, tenant_id=stand.tenant_id)
    async with stand.services.db.unit() as unit:
        files = await library.find_document(unit, stand.tenant_id, "скачай кабинет Сириус яхты")
        client = Principal(stand.tenant_id, Role.USER)
        with pytest.raises(Exception, match="kb_document_not_found"):
            await library.source(unit, client, own.id)
    await http.post("/v1/chat/messages", json=say(chat, QUESTION), headers=chat.headers)
    history = await http.get(f"/v1/chat/sessions/{chat.id}/messages", headers=chat.headers)

    assert "форму 88" not in said.text
    assert own.id not in {one.document_id for one in files}
    assert "форму 88" not in history.text
