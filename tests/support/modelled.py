"""The service with a language model that is a good one: it proposes what the rules would understand.

Everything between is real: the prompt, HTTP to the emulator, the pool of keys, the reading of the
answer and the check of every proposal against the client's words.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx

from insurance_chat.core.principal import Principal, Role
from insurance_chat.dialogue.answering.model.answerer import ModelAnswerer
from insurance_chat.dialogue.answering.quotation import QuotingAnswerer
from insurance_chat.dialogue.commands import (
    AskQuestion,
    CancelFlow,
    Chitchat,
    ClearSlot,
    Command,
    RejectSlot,
    ReportInaccuracy,
    RequestHuman,
    SetPreference,
    SetSlot,
    StartFlow,
)
from insurance_chat.dialogue.understanding.llm.proposals import Proposal, Proposals
from insurance_chat.dialogue.understanding.llm.understanding import ModelUnderstanding
from insurance_chat.dialogue.understanding.ports import TurnInput, Understanding
from insurance_chat.dialogue.understanding.reading import Reading
from insurance_chat.dialogue.understanding.rules import RulesUnderstanding
from insurance_chat.dialogue.understanding.validation import check
from insurance_chat.llm import tokens
from insurance_chat.llm.ports import ChatRequest, Completion, Delta, ModelUnavailable, Why
from tests.support.world import QuickServices, World


def proposals_for(commands: Sequence[Command], reading: Reading) -> Proposals:
    """What a good model would propose: the same commands, with quotes of the client's words."""
    whole = reading.text.source.strip()
    made = [_proposal(command, reading, whole) for command in commands]
    return Proposals(commands=[one for one in made if one is not None])


def _proposal(command: Command, reading: Reading, whole: str) -> Proposal | None:
    if isinstance(command, StartFlow):
        return Proposal(do="start_flow", flow=command.flow)
    if isinstance(command, Chitchat):
        return Proposal(do="chitchat", topic=command.topic)
    if isinstance(command, ClearSlot):
        return Proposal(do="clear_slot", slot=command.slot, quote=whole)
    if isinstance(command, AskQuestion):
        return Proposal(do="ask_question", quote=command.text)
    if isinstance(command, RequestHuman):
        return Proposal(do="request_human", name=command.name, quote=whole)
    if isinstance(command, ReportInaccuracy):
        return Proposal(do="report_inaccuracy", quote=command.text)
    if isinstance(command, CancelFlow):
        return Proposal(do="cancel", quote=whole)
    if isinstance(command, SetPreference):
        on = "true" if command.value else "false"
        return Proposal(do="set_preference", name=command.name, value=on, quote=whole)
    if isinstance(command, SetSlot | RejectSlot):
        return _fact(command, reading, whole)
    return None


def _fact(command: SetSlot | RejectSlot, reading: Reading, whole: str) -> Proposal:
    if isinstance(command, RejectSlot):
        return Proposal(do="set_slot", slot=command.slot, value=command.raw, quote=whole)
    slot = reading.turn.slots.get(command.slot)
    for one in reading.facts:
        try:
            value = check(one, slot, reading.turn.today)[0] if slot else None
        except KeyError:  # a date is no value of that type
            continue
        if value is not None and value == command.value:
            words = reading.text.raw(one.start, one.end)
            return Proposal(do="set_slot", slot=command.slot, value=words, quote=words)
    said = command.value
    value = str(said).lower() if isinstance(said, bool) else str(said)
    return Proposal(do="set_slot", slot=command.slot, value=value, quote=whole)


class _Scripted:
    """Tells the emulator what a good model would answer, then asks it."""

    def __init__(self, services: ModelledServices) -> None:
        self._services = services
        self.turn: TurnInput | None = None
        self.asked = 0

    async def complete(self, request: ChatRequest) -> Completion:
        assert self.turn is not None
        commands, reading = self._services.understanding.read(self.turn)
        assert reading is not None
        self.asked += 1
        text = proposals_for(commands, reading).model_dump_json()
        done = await self._services.control.post("/control/llm/answers", json={"text": text})
        assert done.status_code == 201, done.text
        return await self._services.models.model.complete(request)

    def stream(self, request: ChatRequest) -> AsyncIterator[Delta]:
        return self._services.models.model.stream(request)


class _Silent:
    """A model that answers nobody: answers are then quoted, as the scripts expect them."""

    async def complete(self, _request: ChatRequest) -> Completion:
        raise ModelUnavailable(Why.NO_KEYS)

    async def stream(self, _request: ChatRequest) -> AsyncIterator[Delta]:
        raise ModelUnavailable(Why.NO_KEYS)
        yield  # an iterator


class _Watching:
    """Hands the turn to the scripted model before it is understood."""

    def __init__(self, inner: ModelUnderstanding, model: _Scripted) -> None:
        self._inner, self._model = inner, model

    def history_limit(self, tenant_id: int) -> int:
        return self._inner.history_limit(tenant_id)

    async def understand(self, turn: TurnInput) -> list[Command]:
        self._model.turn = turn
        return await self._inner.understand(turn)


class ModelledServices(QuickServices):
    """The product with a key that leads to the emulator."""

    control: httpx.AsyncClient
    understanding: RulesUnderstanding

    def _model_understanding(self) -> Understanding:
        self.scripted = _Scripted(self)
        inner = ModelUnderstanding(
            self.understanding, self.scripted, self.models.availability, self.catalog
        )
        return _Watching(inner, self.scripted)

    def _model_answerer(self) -> ModelAnswerer:
        return ModelAnswerer(QuotingAnswerer(self.answerer), _Silent(), self.models.availability)


async def add_key(world: World, **more: Any) -> None:
    """A key of the tenant that leads to the emulator, known at once."""
    values = {
        "name": "Учебная",
        "token": "sk-emulated-key-0001",
        "model_access": ["sandbox-model"],
        "base_url": f"{world.control.base_url}/llm/v1".replace("//llm", "/llm"),
        **more,
    }
    admin = Principal(world.tenant_id, Role.ADMIN, user_public_id="admin")
    async with world.db.unit() as unit:
        await tokens.add(unit, admin, values)
    await world.services.models.availability.refresh()
