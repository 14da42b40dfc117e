"""An agent fills the sale of the client whose chat they lead: the same flow, drawn as a form.

Words of the form go through the same reading and the same checks as a client's. What only the client
may say (a consent, a confirmation) is asked in the chat, and the payment is made by the client.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import privacy
from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Sender
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.principal import Principal
from insurance_chat.dialogue.commands import StartFlow
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.insurance import policies
from insurance_chat.insurance.products import REGISTRY
from insurance_chat.insurance.selling.explaining import SELLING
from insurance_chat.operators.sales import layout, reading, showing
from insurance_chat.operators.sales.views import IssuedPolicy, SaleForm, Stage

DEFAULT_FLOW = "osago"
NOT_TAKEN = "Это значение не подошло. Проверьте и напишите иначе."
TOO_LATE = "Полис уже оплачен: эти данные не меняются."
_WINDOW = 20  # messages among which the assistant's last words are looked for
_PAID = frozenset({Stage.ISSUING, Stage.ISSUED})


class Desk(reading.Reader, Protocol):
    """What the form needs of the process."""

    @property
    def db(self) -> Database:
        """Transactions."""
        ...

    @property
    def turns(self) -> TurnRunner:
        """Carries the orders out."""
        ...


async def read(
    unit: Unit, catalog: Catalog, principal: Principal, session: UUID, flow: str | None = None
) -> SaleForm:
    """The form as it stands, filled from the dialogue.

    Args:
        flow: the sale; None: the one under way.

    Raises:
        ServiceError: `session_not_found`, `forbidden`, `not_your_chat`, `already_claimed`.
    """
    conversation = await _held(unit, principal, session)
    state = _state(unit, conversation)
    definition = catalog.flows[flow or _under_way(state, catalog)]
    stage = showing.stage(definition, state)
    listed = layout.MORE_DRIVERS in definition.collects
    listed = listed and state.slots.get("drivers_unlimited") is False
    return SaleForm(
        conversation_id=conversation.id,
        flow=definition.name,
        title=definition.title,
        started=showing.run_of(definition, state) is not None,
        agreed=showing.has_agreed(definition, state),
        stage=stage,
        sections=showing.sections(definition, state, catalog),
        decisions=showing.decisions(definition, state, catalog, asks=conversation.flow_asks),
        needed=showing.needed(definition, state, catalog),
        drivers=showing.drivers(state.slots, catalog.slots["driver_license"]) if listed else (),
        more_drivers=listed and bool(state.slots.get("driver_added")),
        drivers_open=layout.MORE_DRIVERS in state.expects,
        offers=showing.offers(state.slots),
        open=stage not in _PAID,
        price=_price(state.slots),
        policy=await _policy(unit, principal, state.slots),
        said=await _said(unit, conversation),
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


def _under_way(state: DialogueState, catalog: Catalog) -> str:
    """The sale in which the client is: the first flow that does not merely interrupt another one.

    When it is over, it is the one that was sold last.
    """
    running = (run.flow for run in state.runs if not catalog.flows[run.flow].interrupt)
    return next(running, str(state.slots.get(SELLING) or DEFAULT_FLOW))


def products() -> dict[str, str]:
    """What an agent can issue: name of the flow → title of the product, as the house lists them."""
    return {code: product.wording.title for code, product in REGISTRY.items()}


def _price(slots: Mapping[str, Any]) -> Decimal | None:
    draft = slots.get("draft")
    return Decimal(draft["price"]) if draft else None


async def _policy(
    unit: Unit, principal: Principal, slots: Mapping[str, Any]
) -> IssuedPolicy | None:
    if not slots.get("policy") or slots.get("sale_id") is None:
        return None
    issued = await policies.of_sale(unit, principal.tenant_id, slots["sale_id"])
    return IssuedPolicy(issued.id, issued.number, issued.company) if issued is not None else None


async def _said(unit: Unit, conversation: Conversation, since: int = 0) -> str:
    """The assistant's last words to the client, without contacts; after the line `since` only."""
    repository = ConversationRepository(unit, conversation.tenant_id)
    entries = await repository.entries_before(conversation.id, conversation.last_seq + 1, _WINDOW)
    texts = [
        str(entry.body.get("text") or "")
        for entry in entries
        if entry.seq > since and entry.sender is Sender.AI
    ]
    return privacy.mask_text(texts[-1]) if texts else ""


async def fill(
    desk: Desk,
    principal: Principal,
    session: UUID,
    words: Mapping[str, str],
    flow: str | None = None,
) -> dict[str, str]:
    """Take what the agent has typed and go on with the sale as far as it goes.

    Args:
        words: slot → words, as a client would say them («12.05.1985»), «да» or «нет» for a switch, the
            id of an offer. Nothing: the sale begins or goes on, and the client is asked again.
        flow: starts when the chat is not in it; None: the sale under way.

    Returns:
        Slot → what is wrong with its words, in Russian. Words that cannot be read, that only the
        client may say, or that come before the consent or after the payment change nothing at all.

    Raises:
        ServiceError: `session_not_found`, `forbidden`, `not_your_chat`, `already_claimed`, `chat_busy`.
    """
    async with desk.db.unit() as unit:
        conversation = await _held(unit, principal, session)
        state = _state(unit, conversation)
        conversation_id, seen = conversation.id, conversation.last_seq
    flow = flow or _under_way(state, desk.catalog)
    definition = desk.catalog.flows[flow]
    if showing.stage(definition, state) in _PAID and words:
        return dict.fromkeys(words, TOO_LATE)
    orders, problems = await reading.read_words(desk, state, definition, words)
    if problems:
        return problems
    await desk.turns.lead(conversation_id, [StartFlow(flow=flow), *orders])
    async with desk.db.unit() as unit:
        done = {"flow": flow, "slots": sorted(words)}
        await audit.record(unit, principal, "sale.filled", f"chat:{session}", done)
        return await _refused(unit, principal, conversation_id, seen, words)


async def _refused(
    unit: Unit, principal: Principal, conversation_id: int, seen: int, words: Mapping[str, str]
) -> dict[str, str]:
    """Facts that a step of the flow did not accept, with the reason that it has given."""
    repository = ConversationRepository(unit, principal.tenant_id)
    conversation = await repository.by_id(conversation_id)
    if conversation is None or layout.MORE_DRIVERS in words:
        return {}  # the answer to «more drivers?» is forgotten together with the driver before it
    state = _state(unit, conversation)
    lost = [slot for slot in words if state.slots.get(slot) is None]
    if not lost:
        return {}
    reason = await _said(unit, conversation, seen) or NOT_TAKEN
    return dict.fromkeys(lost, reason)
