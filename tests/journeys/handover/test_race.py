"""Two hundred clients, twenty agents, two API processes: one claim each, the truth to everybody."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from insurance_chat.accounts import auth
from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import fetch_first_tenant
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher, load_key
from insurance_chat.core.db.unit import Database
from insurance_chat.main.seed import seed
from insurance_chat.main.settings import load_settings
from tests.support.processes import Installation, Part, free_port, wait_until_serving

CLIENTS, AGENTS = 200, 20


@dataclass
class Agent:
    """One agent: logged in, and what the service has told them."""

    id: str
    name: str
    token: str
    won: set[str] = field(default_factory=set)
    lost: dict[str, str] = field(default_factory=dict)  # session → who has it, as they were told


@dataclass
class Scene:
    """Two doors of one installation."""

    doors: list[httpx.AsyncClient]
    agents: list[Agent]
    db: Database


@pytest.fixture(scope="module")
async def scene(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    data_dir: Path = tmp_path_factory.mktemp("race")
    settings = load_settings()
    core = settings.core.model_copy(update={"database_url": database_url, "data_dir": data_dir})
    await seed(settings.model_copy(update={"core": core}))
    first = Installation(database_url, data_dir)
    port = free_port()
    second = Part("api", first.environment, "--port", str(port))
    db = Database(database_url, Cipher([load_key("", data_dir)]))
    await db.open()
    urls = [first.url, f"http://127.0.0.1:{port}"]
    doors = [httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) for url in urls]
    try:
        await second.start()
        await first.start()
        await wait_until_serving(f"{urls[1]}/health")
        yield Scene(doors, [await _hire(db, number) for number in range(AGENTS)], db)
    finally:
        for door in doors:
            await door.aclose()
        await asyncio.gather(first.stop(), second.stop())
        await db.close()


async def _hire(db: Database, number: int) -> Agent:
    async with db.unit() as unit:
        tenant_id = await fetch_first_tenant(unit)
        user = User(
            tenant_id=tenant_id,
            login=f"agent-{number}",
            name=f"Агент {number}",
            role="agent",
            password_hash="-",
            status="available",
            approved_at=utcnow(),
            seen_at=utcnow(),
        )
        unit.session.add(user)
        await unit.session.flush()
        await unit.session.refresh(user)
        pair = await auth.issue_tokens(unit, user)
        return Agent(str(user.public_id), user.name, pair.access_token)


async def _ask(door: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    """A client comes and asks for a human."""
    visitor = {"channel": "web", "channelUserId": uuid4().hex}
    opened = (await door.post("/v1/chat/sessions", json=visitor)).json()
    headers = {"Authorization": f"Bearer {opened['accessToken']}"}
    asked = await door.post(f"/v1/chat/sessions/{opened['id']}/handover/request", headers=headers)
    assert asked.status_code == 202, asked.text
    return opened["id"], headers


async def _try_all(scene: Scene, agent: Agent, sessions: list[str], source: random.Random) -> None:
    order = source.sample(sessions, len(sessions))
    headers = {"Authorization": f"Bearer {agent.token}"}
    for session in order:
        door = source.choice(scene.doors)
        path = f"/v1/chat/sessions/{session}/handover/claim"
        answer = await door.post(path, headers=headers)
        body = answer.json()
        if answer.status_code == 200:
            assert body["agentId"] == agent.id
            agent.won.add(session)
        else:
            assert answer.status_code == 409, answer.text
            assert body["code"] == "already_claimed"
            agent.lost[session] = body["details"]["agentName"]


async def test_every_request_has_one_claim_and_everybody_is_told_the_truth(scene: Scene) -> None:
    source = random.Random(20261121)
    chats: dict[str, dict[str, str]] = {}
    for _ in range(CLIENTS // 10):
        batch = await asyncio.gather(*(_ask(source.choice(scene.doors)) for _ in range(10)))
        chats |= dict(batch)
    sessions = list(chats)
    await asyncio.gather(
        *(
            _try_all(scene, agent, sessions, random.Random(number))
            for number, agent in enumerate(scene.agents)
        )
    )
    winners = {session: agent for agent in scene.agents for session in agent.won}
    assert sum(len(agent.won) for agent in scene.agents) == CLIENTS == len(winners)
    for agent in scene.agents:
        assert agent.won.isdisjoint(agent.lost)
        assert len(agent.won) + len(agent.lost) == CLIENTS
        told = {session: winners[session].name for session in agent.lost}
        assert agent.lost == told
    await _clients_know(scene, chats, winners)
    await _database_agrees(scene, winners)


async def _clients_know(
    scene: Scene, chats: dict[str, dict[str, str]], winners: dict[str, Agent]
) -> None:
    for number, (session, headers) in enumerate(chats.items()):
        door = scene.doors[number % 2]
        page = (await door.get(f"/v1/chat/sessions/{session}/messages", headers=headers)).json()
        said = Counter(message["text"] for message in page["items"])
        assert said[f"К чату подключился агент {winners[session].name}."] == 1
        assert sum(text.startswith("К чату подключился") for text in said) == 1


async def _database_agrees(scene: Scene, winners: dict[str, Agent]) -> None:
    async with scene.db.pool.connection() as connection:
        cursor = await connection.execute(
            "select c.public_id::text, u.public_id::text, h.status, c.state from conversations c"
            " join users u on u.id = c.operator_id"
            " join handovers h on h.conversation_id = c.id and h.claimed_by = u.id"
        )
        rows = await cursor.fetchall()
    assert {row[0]: row[1] for row in rows} == {s: agent.id for s, agent in winners.items()}
    assert {(row[2], row[3]) for row in rows} == {("claimed", "with_agent")}
