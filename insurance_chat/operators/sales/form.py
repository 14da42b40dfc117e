"""An agent fills the sale of the client whose chat they lead: the same flow, drawn as a form.

Words of the form go through the same reading and the same checks as a client's. What only the client
may say (a consent, a confirmation) is asked in the chat, and the payment is made by the client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.models import Conversation
from insurance_chat.core.clock import moscow_now
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.principal import Principal
from insurance_chat.dialogue.answering.templates import Phrases
from insurance_chat.dialogue.commands import Command, RejectSlot, SetSlot, StartFlow
from insurance_chat.dialogue.flows.engine import applies
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.flows.model import Flow, Step
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.state import DialogueState, FlowRun
from insurance_chat.dialogue.understanding.ports import ClientMessage, TurnInput, Understanding

DEFAULT_FLOW = "osago"
CLIENT_ONLY = "Это может сказать только клиент: вопрос ему задан в чате."
NOT_READ = "Не получилось прочитать. Проверьте и напишите иначе."
OFFER = "offer"


class Desk(Protocol):
    """What the form needs of the process."""

    @property
    def db(self) -> Database:
        """Transactions."""
        ...

    @property
    def turns(self) -> TurnRunner:
        """Carries the orders out."""
        ...

    @property
    def understanding(self) -> Understanding:
        """Reads the words."""
        ...

    @property
    def catalog(self) -> Catalog:
        """Flows and slots of all products."""
        ...

    @property
    def phrases(self) -> Phrases:
        """Says what is wrong with a value."""
        ...


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the form.

    Args:
        slot: name of the fact; `title` as people call it.
        value: what is known (JSON value), None when it is missing.
        sensitive: shown masked.
        own_word: only the client may answer.
        options: `{id, title, …}` to choose from, e.g. the offers.
    """

    slot: str
    title: str
    type: str
    value: Any
    sensitive: bool
    own_word: bool
    options: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class SaleForm:
    """A sale as the agent sees it.

    Args:
        flow: name of the flow; `started` whether the client's chat is in it.
        sections: fields that are asked for together, in the order of the flow.
        waits_for_client: the flow has asked the client and waits for their word.
        parked: the step that waits for an insurer or a payment, e.g. `request_payment`.
    """

    flow: str
    title: str
    started: bool
    sections: tuple[tuple[Field, ...], ...]
    waits_for_client: bool
    parked: str | None

    @property
    def missing(self) -> list[Field]:
        """What the agent can still fill."""
        fields = [field for section in self.sections for field in section]
        return [field for field in fields if field.value is None and not field.own_word]


async def read(
    unit: Unit, catalog: Catalog, principal: Principal, session: UUID, flow: str = DEFAULT_FLOW
) -> SaleForm:
    """The form as it stands, filled from the dialogue.

    Raises:
        ServiceError: `session_not_found`, `forbidden`, `not_your_chat`.
    """
    conversation = await _held(unit, principal, session)
    state = _state(unit, conversation)
    definition = catalog.flows[flow]
    run = next((run for run in state.runs if run.flow == flow), None)
    return SaleForm(
        flow=flow,
        title=definition.title,
        started=run is not None,
        sections=tuple(
            tuple(_field(name, step, state, catalog) for name in step.collect)
            for step in definition.steps
            if step.collect and applies(step, state.slots)
        ),
        waits_for_client=conversation.flow_asks,
        parked=run.parked if run is not None else None,
    )


def _field(name: str, step: Step, state: DialogueState, catalog: Catalog) -> Field:
    slot = catalog.slots[name]
    options = state.slots.get(slot.options_from) or [] if slot.options_from else []
    return Field(
        slot=name,
        title=slot.title,
        type=slot.type,
        value=state.slots.get(name),
        sensitive=slot.sensitive,
        own_word=step.own_word,
        options=tuple(options),
    )


async def _held(unit: Unit, principal: Principal, session: UUID) -> Conversation:
    access.require(principal, Permission.SELL)
    conversation = await claiming.find_to_lead(unit, principal, session)
    claiming.check_holder(principal, conversation)
    return conversation


def _state(unit: Unit, conversation: Conversation) -> DialogueState:
    sealed = conversation.dialogue
    stored = unit.cipher.open_json(sealed) if sealed is not None else {}
    return DialogueState.model_validate(stored)


async def fill(
    desk: Desk,
    principal: Principal,
    session: UUID,
    words: Mapping[str, str],
    flow: str = DEFAULT_FLOW,
) -> dict[str, str]:
    """Take what the agent has typed and go on with the sale as far as it goes.

    Args:
        words: slot → words, as a client would say them («12.05.1985», «только я»).
        flow: starts when the chat is not in it.

    Returns:
        Slot → what is wrong with its words, in Russian; nothing is changed when there is something.

    Raises:
        ServiceError: `session_not_found`, `forbidden`, `not_your_chat`, `chat_busy`.
    """
    async with desk.db.unit() as unit:
        conversation = await _held(unit, principal, session)
        state = _state(unit, conversation)
        conversation_id = conversation.id
    orders, problems = await _read_words(desk, state, desk.catalog.flows[flow], words)
    if problems:
        return problems
    if not any(run.flow == flow for run in state.runs):
        orders.insert(0, StartFlow(flow=flow))
    await desk.turns.lead(conversation_id, orders)
    async with desk.db.unit() as unit:
        done = {"flow": flow, "slots": sorted(words)}
        await audit.record(unit, principal, "sale.filled", f"chat:{session}", done)
    return {}


async def _read_words(
    desk: Desk, state: DialogueState, flow: Flow, words: Mapping[str, str]
) -> tuple[list[Command], dict[str, str]]:
    # An agent may choose among the offers for the client, who confirms the choice.
    own = {name for step in flow.steps if step.own_word for name in step.collect} - {OFFER}
    orders: list[Command] = []
    problems: dict[str, str] = {}
    for slot, text in words.items():
        if slot in own or slot not in flow.collects:
            problems[slot] = CLIENT_ONLY
            continue
        read_as = await _read_one(desk, state, flow, slot, text)
        if isinstance(read_as, SetSlot):
            orders.append(read_as)
        else:
            problems[slot] = _problem(desk, slot, read_as)
    return orders, problems


async def _read_one(
    desk: Desk, state: DialogueState, flow: Flow, slot: str, text: str
) -> SetSlot | RejectSlot | None:
    asked = DialogueState(
        runs=[FlowRun(run_id="form", flow=flow.name)], slots=state.slots, expects=[slot]
    )
    turn = TurnInput(
        messages=[ClientMessage("form", text)],
        state=asked,
        flows={},
        slots=desk.catalog.slots,
        now=moscow_now(),
    )
    commands = await desk.understanding.understand(turn)
    found = [one for one in commands if isinstance(one, SetSlot | RejectSlot) and one.slot == slot]
    return next((one for one in found if isinstance(one, SetSlot)), found[0] if found else None)


def _problem(desk: Desk, slot: str, rejected: SetSlot | RejectSlot | None) -> str:
    if not isinstance(rejected, RejectSlot):
        return NOT_READ
    key = f"problem_{rejected.problem}"
    values = {"raw": rejected.raw, "title": desk.catalog.slots[slot].title}
    return desk.phrases.render(key if key in desk.phrases else "problem_other", values)
