"""What a draft is made of: the open words of the client, their name, offers, what the sale waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from insurance_chat.conversations import sessions
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.privacy import mask_documents
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Entry, Sender
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.state import DialogueState

WINDOW = 30  # messages looked at
MOST_QUESTIONS = 5  # of them answered in one draft
MOST_EARLIER = 3  # tried one by one when the open words have no answer
LONGEST_QUESTION = 1000  # characters
MOST_NEEDED = 4
_NAME_SLOTS = ("policyholder_full_name", "owner_full_name")
_NO_FACT = frozenset({"boolean", "choice", "facts"})  # types of questions that are not data
_SURNAME = (
    "ов",
    "ев",
    "ин",
    "ын",
    "ова",
    "ева",
    "ина",
    "ына",
    "ий",
    "ая",
    "ко",
    "их",
    "ых",
    "юк",
    "ук",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A chat as a draft needs it; without a chat everything is empty.

    Args:
        questions: what the client has said since the last answer, oldest first.
        earlier: what the client had said before that, latest first.
        greeted: the agent has spoken here.
        amounts: sums of offers made in this chat.
        brought_by: key of the agent who brought the client.
    """

    questions: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    client_name: str | None = None
    greeted: bool = False
    still_needed: tuple[str, ...] = ()
    amounts: tuple[Decimal, ...] = ()
    brought_by: int | None = None


async def look(
    unit: Unit, principal: Principal, session: UUID, slots: Mapping[str, SlotDefinition]
) -> Scene:
    """Read a chat for a draft.

    Raises:
        ServiceError: `session_not_found` when the caller may not see it.
    """
    conversation = await sessions.find(unit, principal, session)
    repository = ConversationRepository(unit, principal.tenant_id)
    entries = await repository.entries_before(conversation.id, conversation.last_seq + 1, WINDOW)
    contact = await repository.contact(conversation.contact_id)
    sealed = contact.profile if contact is not None else None
    profile = unit.cipher.open_json(sealed) if sealed is not None else {}
    state = _state(unit, conversation)
    cards = [entry.body.get("metadata") or {} for entry in entries]
    questions, earlier = _questions(entries)
    return Scene(
        questions=questions,
        earlier=earlier,
        client_name=_first_name(profile, state.slots),
        greeted=any(entry.sender is Sender.AGENT for entry in entries),
        still_needed=_needed(state, slots),
        amounts=tuple(_prices([state.slots, *cards])),
        brought_by=contact.operator_id if contact is not None else None,
    )


def _state(unit: Unit, conversation: Conversation) -> DialogueState:
    if conversation.dialogue is None:
        return DialogueState()
    return DialogueState.model_validate(unit.cipher.open_json(conversation.dialogue))


def _questions(entries: list[Entry]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words of the client that nobody has answered, and those before; system lines answer nothing."""
    unanswered: list[str] = []
    earlier: list[str] = []
    answered = False
    for entry in reversed(entries):
        # A writer may be a model of somebody else: it needs the question, not the contacts.
        text = mask_documents((entry.body.get("text") or "")[:LONGEST_QUESTION]).strip()
        if entry.sender is Sender.USER and text:
            (earlier if answered else unanswered).append(text)
        answered = answered or entry.sender in (Sender.AGENT, Sender.AI)
    return tuple(reversed(unanswered[:MOST_QUESTIONS])), tuple(earlier[:MOST_EARLIER])


def _first_name(profile: Mapping[str, Any], slots: Mapping[str, Any]) -> str | None:
    known = profile.get("name") or next((slots[n] for n in _NAME_SLOTS if slots.get(n)), "")
    words = str(known).split()
    if len(words) == 3:
        return " ".join(words[1:])
    if len(words) == 2:
        # A wrong name is worse than none: «Константин Петров» may be read both ways.
        first = [word for word in words if not word.lower().endswith(_SURNAME)]
        return first[0] if len(first) == 1 else None
    return words[0] if len(words) == 1 else None


def _needed(state: DialogueState, slots: Mapping[str, SlotDefinition]) -> tuple[str, ...]:
    """Names of facts that the running sale asks for; questions of consent are not facts."""
    if state.active is None:
        return ()
    asked = [slots[name] for name in state.expects if name in slots]
    titles = [slot.title for slot in asked if slot.type not in _NO_FACT]
    return tuple(titles[:MOST_NEEDED])


def _prices(values: Any) -> Iterator[Decimal]:
    """Prices of offers anywhere in the chat's data."""
    if isinstance(values, list):
        for value in values:
            yield from _prices(value)
    elif isinstance(values, dict):
        for key, value in values.items():
            if key in ("price", "amount") and isinstance(value, str | int | float):
                try:
                    yield Decimal(str(value))
                except InvalidOperation:
                    continue
            else:
                yield from _prices(value)
