"""What an agent should know before the first word: who, what for, what is known, offers, mood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import sessions
from insurance_chat.conversations.handover import queue
from insurance_chat.conversations.models import Contact, Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Sender
from insurance_chat.core.clock import format_date, moscow_today
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.money import format_rub
from insurance_chat.core.principal import Principal
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.insurance import policies
from insurance_chat.insurance.policies import company_name
from insurance_chat.operators.copilot import material
from insurance_chat.operators.inbox.masking import shown
from insurance_chat.operators.inbox.mood import Mood, mood_of
from insurance_chat.operators.inbox.repository import InboxRepository

NAMELESS = "Имя не указано"
WINDOW = 30  # messages among which the client's mood is looked for
_NAME_SLOTS = ("policyholder_full_name", "owner_full_name")
_SILENT = frozenset({"choice", "facts"})  # types that are not facts of their own


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the client has told, by its Russian title."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class OfferLine:
    """An offer of an insurer in roubles; `note` says why there is no price."""

    company: str
    price: Decimal | None
    note: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A policy of the client; `readable` when the caller may open the PDF."""

    id: UUID
    number: str
    company: str
    expire_at: date
    active: bool
    readable: bool


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """A planned reminder of renewal."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """The client's card beside a chat; personal data are masked for agents.

    Args:
        wants: what the client is busy with, e.g. «оформление ОСАГО»; empty in free talk.
        reason: why a human was wanted last, a short code; empty when nobody was.
        missing: titles of facts that the sale asks for next.
        own: the caller brought this client; `agents_client`: some agent did.
        incidents: how many incidents the chat has had.
        fills: values of the variables of templates.
    """

    client: str
    wants: str
    reason: str
    facts: tuple[Fact, ...]
    missing: tuple[str, ...]
    offers: tuple[OfferLine, ...]
    policies: tuple[PolicyLine, ...]
    reminders: tuple[ReminderLine, ...]
    mood: Mood
    prefers_voice: bool
    channel: str
    own: bool
    agents_client: bool
    incidents: int
    fills: Mapping[str, str]


async def summary(
    unit: Unit, principal: Principal, session: UUID, catalog: Catalog, *, full: bool | None = None
) -> Summary:
    """Everything that is known about the client of a chat.

    Args:
        full: without hiding personal data; None shows them to administrators only.

    Raises:
        ServiceError: `session_not_found`, `forbidden` for a client.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    conversation = await sessions.find(unit, principal, session)
    contact = await ConversationRepository(unit, principal.tenant_id).contact(
        conversation.contact_id
    )
    scene = await material.look(unit, principal, session, catalog.slots)
    repository = InboxRepository(unit, principal.tenant_id)
    request = await repository.last_handover(conversation.id)
    state = _state(unit, conversation)
    owned = await _policies(unit, principal, repository, conversation.contact_id)
    offers = tuple(_offers(state.slots))
    brought_by = contact.operator_id if contact is not None else None
    client = _client(unit, contact, state.slots)
    return Summary(
        client=client,
        wants=_wants(state, catalog),
        reason=request.reason if request is not None else "",
        facts=tuple(
            _facts(state.slots, catalog, full=principal.is_admin if full is None else full)
        ),
        missing=scene.still_needed,
        offers=offers,
        policies=owned,
        reminders=tuple(
            ReminderLine(number, row.remind_at)
            for row, number in await repository.reminders(conversation.contact_id)
        ),
        mood=mood_of(await _words(unit, conversation)),
        prefers_voice=conversation.prefer_voice,
        channel=conversation.channel,
        own=brought_by is not None and brought_by == principal.user_id,
        agents_client=brought_by is not None,
        incidents=await repository.count_incidents(conversation.id),
        fills=_fills(scene.client_name, offers, owned),
    )


def _state(unit: Unit, conversation: Conversation) -> DialogueState:
    if conversation.dialogue is None:
        return DialogueState()
    return DialogueState.model_validate(unit.cipher.open_json(conversation.dialogue))


def _client(unit: Unit, contact: Contact | None, slots: Mapping[str, Any]) -> str:
    """First name and initial, for administrators too: the full name is among the facts."""
    sealed = contact.profile if contact is not None else None
    profile = unit.cipher.open_json(sealed) if sealed is not None else {}
    told = profile.get("name") or next((slots[n] for n in _NAME_SLOTS if slots.get(n)), "")
    return queue.shown_name({"name": told}) or NAMELESS


def _wants(state: DialogueState, catalog: Catalog) -> str:
    """The flow that the client came for: the lowest of the stack."""
    if not state.runs:
        return ""
    flow = catalog.flows.get(state.runs[0].flow)
    return flow.title if flow is not None else ""


def _facts(slots: Mapping[str, Any], catalog: Catalog, *, full: bool) -> list[Fact]:
    """Facts of the products in the order in which flows ask for them."""
    return [
        Fact(slot.title, shown(slot, slots[name], full=full))
        for name, slot in catalog.slots.items()
        if slots.get(name) is not None and slot.type not in _SILENT
    ]


def _offers(slots: Mapping[str, Any]) -> list[OfferLine]:
    return [
        OfferLine(
            company=str(card.get("company") or card.get("title") or ""),
            price=Decimal(str(card["price"])) if card.get("price") else None,
            note=str(card.get("note") or ""),
            chosen=card.get("id") is not None and card.get("id") == slots.get("offer"),
        )
        for card in slots.get("offers") or []
    ]


async def _policies(
    unit: Unit, principal: Principal, repository: InboxRepository, contact_id: int
) -> tuple[PolicyLine, ...]:
    today = moscow_today()
    return tuple(
        [
            PolicyLine(
                id=row.public_id,
                number=row.number,
                company=company_name(row.company_code),
                expire_at=row.expire_at,
                active=row.start_date <= today <= row.expire_at,
                readable=await policies.may_see(unit, principal, row),
            )
            for row in await repository.policies(contact_id)
        ]
    )


async def _words(unit: Unit, conversation: Conversation) -> list[str]:
    repository = ConversationRepository(unit, conversation.tenant_id)
    entries = await repository.entries_before(conversation.id, conversation.last_seq + 1, WINDOW)
    return [str(entry.body.get("text") or "") for entry in entries if entry.sender is Sender.USER]


def _fills(
    name: str | None, offers: tuple[OfferLine, ...], owned: tuple[PolicyLine, ...]
) -> dict[str, str]:
    """Values of variables that come from the client; the composer adds the agent's own."""
    chosen = next((offer for offer in offers if offer.chosen), None)
    last = owned[0] if owned else None
    company = chosen.company if chosen is not None else last.company if last is not None else ""
    return {
        "имя": name or "",
        "компания": company,
        "цена": format_rub(chosen.price) if chosen is not None and chosen.price else "",
        "номер полиса": last.number if last is not None else "",
        "дата окончания": format_date(last.expire_at) if last is not None else "",
    }
