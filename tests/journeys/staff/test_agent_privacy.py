"""What an agent's pages and searches show of a client: never the phone, never the whole e-mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from insurance_chat.accounts import agents, auth
from insurance_chat.accounts.models import User
from insurance_chat.conversations import sessions
from insurance_chat.conversations.handover import claiming, requests
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.core.principal import Principal, Role
from insurance_chat.web.app import PAGES
from tests.journeys.staff.conftest import Office

EMAIL = "petrova.client@example.ru"
WORDS = (
    "Здравствуйте, госномер А123ВС77",
    f"телефон 8 (937) 284-56-78, почта {EMAIL}",
    "или плюс семь девятьсот тридцать семь двести восемьдесят четыре пятьдесят шесть семьдесят восемь",
)
LEAK = re.compile(r"937\W{0,3}284|284\W?56\W?78|petrova\.client|девятьсот тридцать")


@dataclass(frozen=True)
class Told:
    """The chat of a client who has told the phone, and the agent who leads it."""

    session: UUID
    agent: Principal


@pytest.fixture
async def told(office: Office) -> Told:
    session = await office.open_chat(*WORDS)
    async with office.db.unit() as unit:
        everybody = await agents.list_agents(unit, office.principal)
        user = await unit.session.get_one(User, await _key(office, everybody[0].id))
        agent = auth.principal(user)
        await sessions.set_preferences(
            unit, office.principal, session, prefer_voice=None, email=EMAIL
        )
        await requests.request(unit, HandoverSettings(), office.principal, session, "button")
        await claiming.claim(unit, agent, session)
    return Told(session, agent)


async def _key(office: Office, public_id: UUID) -> int:
    async with office.db.pool.connection() as connection:
        cursor = await connection.execute("select id from users where public_id = %s", (public_id,))
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_no_page_of_an_agent_holds_the_phone(office: Office, told: Told) -> None:
    shown = 0
    async with httpx.AsyncClient(base_url=office.url, trust_env=False, timeout=30) as client:
        form = {"login": "agent", "password": office.passwords[Role.AGENT]}
        assert (await client.post("/staff/login", data=form)).status_code == 303
        for page in PAGES:
            path = page.path.replace("{id}", str(told.session))
            answer = await client.get(f"/staff{path}")
            assert not LEAK.search(answer.text), path
            shown += "А123ВС77" in answer.text
        for search in ("9372845678", "petrova", "284-56-78", "А123ВС77"):
            answer = await client.get("/staff/workspace/chats", params={"q": search})
            assert not LEAK.search(answer.text.replace(search, "")), search
    assert shown, "no page shows the chat at all"


async def test_the_administrator_still_reads_everything(office: Office, told: Told) -> None:
    async with httpx.AsyncClient(base_url=office.url, trust_env=False, timeout=30) as client:
        form = {"login": "admin", "password": office.passwords[Role.ADMIN]}
        assert (await client.post("/staff/login", data=form)).status_code == 303
        answer = await client.get(f"/staff/admin/chats/{told.session}")
    assert LEAK.search(answer.text)
