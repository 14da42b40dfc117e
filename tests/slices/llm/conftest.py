"""The pool of keys over real HTTP: emulated models on loopback, a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from psycopg.rows import dict_row

from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.llm import tokens
from insurance_chat.llm.callers import Callers
from insurance_chat.llm.model import PooledModel
from insurance_chat.llm.pool import KeyPool
from insurance_chat.llm.ports import ChatMessage, ChatRequest
from insurance_chat.llm.settings import LlmSettings
from insurance_chat.llm.tokens import TokenView
from insurance_chat.llm.trial import KeyTester
from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.sandbox_server import served

NOON = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Time that tests move."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Desk:
    """The slice with everything behind it."""

    db: Database
    tenant_id: int
    url: str
    settings: LlmSettings
    control: httpx.AsyncClient
    clock: Clock = field(default_factory=Clock)
    opened: list[Callers] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.build(self.settings)

    def build(self, settings: LlmSettings) -> None:
        """Put the parts together anew, as another process would."""
        self.settings = settings
        self.callers = Callers(settings)
        self.opened.append(self.callers)
        self.pool = KeyPool(self.db, self.clock)
        self.model = PooledModel(self.pool, self.callers, settings)
        self.tester = KeyTester(self.db, self.pool, self.callers, settings, self.clock)

    @property
    def admin(self) -> Principal:
        return Principal(self.tenant_id, Role.ADMIN, user_public_id="admin")

    async def key(self, token: str, priority: int = 1, **more: Any) -> int:
        """Add a key that leads to the emulator."""
        values = {
            "name": f"Ключ {priority}",
            "token": token,
            "model_access": ["sandbox-model", "sandbox-embedding", "sandbox-rerank"],
            "base_url": f"{self.url}/llm/v1",
            "priority": priority,
            **more,
        }
        async with self.db.unit() as unit:
            return (await tokens.add(unit, self.admin, values)).id

    async def seen(self, token_id: int) -> TokenView:
        """The key as the administrator sees it."""
        async with self.db.unit() as unit:
            listed = await tokens.list_tokens(unit, self.admin, self.clock())
        return next(one for one in listed if one.id == token_id)

    async def script(self, **answer: Any) -> None:
        """Tell the emulator what to answer."""
        done = await self.control.post("/control/llm/answers", json=answer)
        assert done.status_code == 201, done.text

    async def asked(self) -> list[dict[str, Any]]:
        """What reached the emulator."""
        found: list[dict[str, Any]] = (await self.control.get("/control/llm/requests")).json()[
            "requests"
        ]
        return found

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a plain query."""
        async with self.db.pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            await cursor.execute(sql.encode())
            return await cursor.fetchall() if cursor.description else []

    def ask(self, text: str = "Привет", **more: Any) -> ChatRequest:
        """A request of the tenant."""
        return ChatRequest(self.tenant_id, (ChatMessage("user", text),), **more)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with served(create_sandbox_app(time_scale=0)) as url:
        yield url


@pytest.fixture
async def desk(db: Database, tenant_id: int, sandbox_url: str) -> AsyncIterator[Desk]:
    async with httpx.AsyncClient(base_url=sandbox_url, trust_env=False, timeout=30) as control:
        await control.post("/control/reset")
        # Generous limits of time: a slow machine must not look like a slow model.
        settings = LlmSettings(timeout_seconds=30, budget_seconds=60)
        it = Desk(db, tenant_id, sandbox_url, settings, control)
        await it.rows("truncate ai_tokens, ai_token_days, ai_calls, assistant_profiles")
        yield it
        for callers in it.opened:
            await callers.close()
