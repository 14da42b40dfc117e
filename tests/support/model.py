"""A language model of one tenant over real HTTP: an emulator on loopback, a key that leads to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.llm import tokens
from insurance_chat.llm.callers import Callers
from insurance_chat.llm.model import PooledModel
from insurance_chat.llm.pool import KeyPool
from insurance_chat.llm.settings import LlmSettings


@dataclass
class ScriptedModel:
    """A model that answers what the test says."""

    model: PooledModel
    settings: LlmSettings
    control: httpx.AsyncClient

    async def script(self, **answer: Any) -> None:
        """Tell the emulator what to answer next."""
        done = await self.control.post("/control/llm/answers", json=answer)
        assert done.status_code == 201, done.text

    async def asked(self) -> list[dict[str, Any]]:
        """Bodies of what reached the emulator."""
        found = (await self.control.get("/control/llm/requests")).json()["requests"]
        return [one["body"] for one in found]


@asynccontextmanager
async def scripted_model(db: Database, tenant_id: int, url: str) -> AsyncIterator[ScriptedModel]:
    """The model of a tenant with one key.

    Args:
        url: address of a served sandbox.
    """
    # Generous limits of time: a slow machine must not look like a slow model.
    settings = LlmSettings(timeout_seconds=30, budget_seconds=60)
    callers = Callers(settings)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as control:
        await control.post("/control/reset")
        values = {
            "name": "Ключ",
            "token": "sk-key-aaaa",
            "model_access": ["sandbox-model"],
            "base_url": f"{url}/llm/v1",
        }
        admin = Principal(tenant_id, Role.ADMIN, user_public_id="admin")
        async with db.unit() as unit:
            key = await tokens.add(unit, admin, values)
        yield ScriptedModel(PooledModel(KeyPool(db), callers, settings), settings, control)
        async with db.unit() as unit:
            await tokens.remove(unit, admin, key.id)
        await callers.close()
