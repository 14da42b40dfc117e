"""The understanding by a model over real HTTP: an emulated model on loopback, a real database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.dialogue.commands import Command
from insurance_chat.dialogue.state import DialogueState, FlowRun
from insurance_chat.dialogue.trace import Trace
from insurance_chat.dialogue.understanding.intents import load_phrases
from insurance_chat.dialogue.understanding.llm.understanding import ModelUnderstanding
from insurance_chat.dialogue.understanding.ports import (
    ClientMessage,
    FlowDescription,
    HistoryLine,
    TurnInput,
)
from insurance_chat.dialogue.understanding.rules import RulesUnderstanding
from insurance_chat.insurance.products import load_catalog, phrase_files
from insurance_chat.llm import tokens
from insurance_chat.llm.availability import Availability
from insurance_chat.llm.callers import Callers
from insurance_chat.llm.model import PooledModel
from insurance_chat.llm.pool import KeyPool
from insurance_chat.llm.settings import LlmSettings
from insurance_chat.main import models as _models  # noqa: F401 - foreign keys need every table
from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.sandbox_server import served

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=ZoneInfo("Europe/Moscow"))
CATALOG = load_catalog()
FLOWS = {
    flow.name: FlowDescription(
        flow.name, flow.title, flow.description, (*flow.collects, *flow.hears)
    )
    for flow in CATALOG.flows.values()
    if flow.offered
}
OFFERS = [
    {"id": "o1", "title": "Ромашка", "price": "8120.00"},
    {"id": "o2", "title": "Гранит", "price": "9340.50"},
]


def turn_of(
    *messages: str,
    tenant_id: int = 1,
    asked: Sequence[str] = (),
    flow: str | None = "osago",
    known: dict[str, Any] | None = None,
    history: Sequence[tuple[str, str]] = (),
    summary: str = "",
    document: str = "",
) -> TurnInput:
    """A turn in a given state."""
    runs = [FlowRun(run_id="r1", flow=flow)] if flow else []
    return TurnInput(
        messages=[
            ClientMessage(str(number), text, document=document)
            for number, text in enumerate(messages)
        ],
        state=DialogueState(runs=runs, slots=known or {}, expects=list(asked)),
        flows=FLOWS,
        slots=CATALOG.slots,
        now=NOW,
        history=[HistoryLine(sender, text) for sender, text in history],
        summary=summary,
        tenant_id=tenant_id,
        trace=Trace(),
    )


class Client:
    """Writes messages, scripts the model, looks at what reached it."""

    def __init__(
        self,
        db: Database,
        tenant_id: int,
        rules: RulesUnderstanding,
        control: httpx.AsyncClient,
        settings: LlmSettings,
    ) -> None:
        self.tenant_id, self.rules, self._control, self._db = tenant_id, rules, control, db
        self.callers = Callers(settings)
        self.availability = Availability(db, settings)
        model = PooledModel(KeyPool(db), self.callers, settings)
        self.understanding = ModelUnderstanding(rules, model, self.availability, CATALOG)
        self.turn = turn_of("")

    async def key(self, **more: Any) -> None:
        """A key that leads to the emulator."""
        values = {
            "name": "Учебная",
            "token": "sk-emulated-key-0001",
            "model_access": ["sandbox-model"],
            "base_url": str(self._control.base_url.join("/llm/v1")),
            **more,
        }
        admin = Principal(self.tenant_id, Role.ADMIN, user_public_id="admin")
        async with self._db.unit() as unit:
            await tokens.add(unit, admin, values)
        await self.availability.refresh()

    async def model_answers(self, **answer: Any) -> None:
        """Script one answer of the emulator."""
        done = await self._control.post("/control/llm/answers", json=answer)
        assert done.status_code == 201, done.text

    async def model_proposes(self, *proposals: dict[str, Any]) -> None:
        """Script one well-formed answer."""
        await self.model_answers(text=json.dumps({"commands": proposals}, ensure_ascii=False))

    async def says(self, *messages: str, **state: Any) -> list[dict[str, Any]]:
        """What the messages are understood as."""
        self.turn = turn_of(*messages, tenant_id=self.tenant_id, **state)
        commands: list[Command] = await self.understanding.understand(self.turn)
        return [command.model_dump(mode="json") for command in commands]

    async def by_rules(self, *messages: str, **state: Any) -> list[dict[str, Any]]:
        """What the rules alone would make of them."""
        turn = turn_of(*messages, tenant_id=self.tenant_id, **state)
        return [one.model_dump(mode="json") for one in await self.rules.understand(turn)]

    async def asked(self) -> list[dict[str, Any]]:
        """Bodies of the requests that reached the model."""
        answer = await self._control.get("/control/llm/requests")
        return [one["body"] for one in answer.json()["requests"]]

    @property
    def by(self) -> str:
        """Who understood the last turn."""
        return str(self.turn.trace.of("understanding")[0]["by"])

    @property
    def dropped(self) -> list[tuple[str, str]]:
        """Which proposals were dropped and why."""
        notes = self.turn.trace.of("understanding")
        return [(one["do"], one["why"]) for one in notes[0]["dropped"]]


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with served(create_sandbox_app(time_scale=0)) as url:
        yield url


@pytest.fixture(scope="session")
def rules() -> RulesUnderstanding:
    understanding = RulesUnderstanding(load_phrases(phrase_files(Path("no-such-folder"))))
    understanding.warm_up()
    return understanding


@pytest.fixture
def settings() -> LlmSettings:
    # Generous limits of time: a slow machine must not look like a slow model.
    return LlmSettings(timeout_seconds=30, budget_seconds=60)


@pytest.fixture
async def keyless(
    db: Database,
    tenant_id: int,
    sandbox_url: str,
    rules: RulesUnderstanding,
    settings: LlmSettings,
) -> AsyncIterator[Client]:
    async with db.pool.connection() as connection:
        await connection.execute("truncate ai_tokens, ai_token_days, ai_calls, assistant_profiles")
    async with httpx.AsyncClient(base_url=sandbox_url, trust_env=False, timeout=30) as control:
        await control.post("/control/reset")
        client = Client(db, tenant_id, rules, control, settings)
        yield client
        await client.callers.close()


@pytest.fixture
async def client(keyless: Client) -> Client:
    await keyless.key()
    return keyless
