"""Control over agents' messages: the check before sending, and the incident after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from insurance_chat.accounts import audit
from insurance_chat.accounts.models import User
from insurance_chat.conversations import incidents
from insurance_chat.conversations.handover.repository import HandoverRepository
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.privacy import mask_text
from insurance_chat.conversations.reports.repository import IncidentRepository
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Sender
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.dialogue.understanding.known import whole_and_parts
from insurance_chat.operators.pull_away.allowing import in_chat
from insurance_chat.operators.pull_away.detector import (
    BLOCK,
    WARN,
    is_in_parts,
    judge,
    masked,
    with_parts,
)
from insurance_chat.operators.pull_away.hits import Hit, State, hit
from insurance_chat.operators.pull_away.ports import Question, SecondOpinion
from insurance_chat.operators.pull_away.repository import PullAwayRepository
from insurance_chat.operators.pull_away.types import KIND, Allowed, Level, Verdict

_LOOKED_BACK = 60  # messages of the chat among which earlier signs are looked for
_PART = 60  # characters at the end of a message where a contact may begin
_KEY = "pull"
STRICTNESS = (Level.OK, Level.WARN, Level.BLOCK)


async def check_message(
    unit: Unit, principal: Principal, conversation: Conversation, text: str, allowed: Allowed
) -> Verdict:
    """Whether a message of an agent may go to the client; writes nothing.

    A text that the administrator has called a false alarm in this chat may go.

    Args:
        allowed: what may be named in every chat, from `allowing.allowed_by`.
    """
    verdict = await _read(unit, principal, conversation, text, allowed)
    if verdict.level is Level.OK:
        return verdict
    key = _key(unit, principal, conversation, verdict)
    known = await PullAwayRepository(unit, principal.tenant_id).by_key(key)
    if known is not None and hit(known).state is State.DISMISSED:
        return replace(verdict, level=Level.OK, grey=False)
    return verdict


async def _read(
    unit: Unit, principal: Principal, conversation: Conversation, text: str, allowed: Allowed
) -> Verdict:
    here = await in_chat(unit, conversation, allowed)
    verdict = judge(text, here)
    numbers = any(char.isdigit() for char in verdict.normalised)
    if verdict.level is Level.BLOCK or not (verdict.hint or numbers):
        return verdict
    said = await _said(unit, principal, conversation)
    if verdict.level is Level.OK and verdict.hint:
        verdict = judge(text, here, sum(judge(one, here).hint for one in said.own))
    if numbers and is_in_parts(said.unanswered, text, here):
        return with_parts(verdict)
    return verdict


@dataclass(frozen=True, slots=True)
class _Said:
    """Earlier messages of an agent in a chat; `unanswered` came after the client's last word."""

    own: list[str]
    unanswered: list[str]


async def _said(unit: Unit, principal: Principal, conversation: Conversation) -> _Said:
    agent = await _agent(unit, principal)
    name = agent.name if agent is not None else ""
    said = _Said([], [])
    for entry in await ConversationRepository(unit, principal.tenant_id).entries_before(
        conversation.id, conversation.last_seq + 1, _LOOKED_BACK
    ):
        if entry.sender is Sender.USER:
            said.unanswered.clear()
        own = (entry.body.get("metadata") or {}).get("agentName") == name
        if entry.sender is Sender.AGENT and own:
            said.own.append(entry.body.get("text") or "")
            said.unanswered.append(said.own[-1][-_PART:])
    return said


async def names_in(unit: Unit, conversation: Conversation) -> tuple[str, ...]:
    """Names of the client of a chat, as a whole and word by word; empty when nobody said one."""
    contact = await ConversationRepository(unit, conversation.tenant_id).contact(
        conversation.contact_id
    )
    if contact is None or contact.profile is None:
        return ()
    name = str(unit.cipher.open_json(contact.profile).get("name") or "")
    return whole_and_parts([name] if name else [])


async def reconsider(
    opinion: SecondOpinion,
    tenant_id: int,
    text: str,
    verdict: Verdict,
    names: tuple[str, ...] = (),
) -> Verdict:
    """Ask for a second opinion in the grey zone; call it with no transaction open.

    The opinion may be that of a model which obeys the very message that it reads, so it makes a
    verdict stricter or leaves it, and without a contact it never stops a message. Nobody's silence
    changes a verdict.

    Args:
        names: of people in the chat, hidden from a model abroad.
    """
    if not verdict.grey:
        return verdict
    hidden = mask_text(masked(text, verdict))
    try:
        level = await opinion.look(Question(tenant_id, hidden, verdict, names))
    except ServiceError:
        return verdict
    highest = Level.BLOCK if verdict.contacts else Level.WARN
    level = min(level, highest, key=STRICTNESS.index)
    if STRICTNESS.index(level) <= STRICTNESS.index(verdict.level):
        return verdict
    return replace(
        verdict,
        level=level,
        score=max(verdict.score, BLOCK if level is Level.BLOCK else WARN),
        rules=(*verdict.rules, "second_opinion"),
        reasons=(*verdict.reasons, "так считает языковая модель"),
        grey=False,
    )


async def record(
    unit: Unit,
    principal: Principal,
    conversation: Conversation,
    text: str,
    verdict: Verdict,
    message: UUID | None = None,
) -> Hit | None:
    """Write down a message that was stopped or warned about; the administrator is told.

    The same text in the same chat is one incident, however often it is tried. A refusal must be
    told without an exception that rolls the incident back.

    Args:
        text: as the agent typed it.
        message: public id of the line that was sent after a warning.

    Returns:
        What the agent sees and may appeal against; None for a message that is all right.
    """
    if verdict.level is Level.OK:
        return None
    agent = await _agent(unit, principal)
    key = _key(unit, principal, conversation, verdict)
    details = _evidence(text, verdict, message) | {
        "operator": principal.user_public_id,
        "operatorName": agent.name if agent is not None else "",
    }
    created = await incidents.create(
        unit,
        principal.tenant_id,
        conversation.id,
        conversation.public_id,
        KIND,
        details,
        "system",
        key=key,
    )
    if created is None:
        known = await PullAwayRepository(unit, principal.tenant_id).by_key(key)
        return hit(known) if known is not None else None
    row = await IncidentRepository(unit, principal.tenant_id).one(created.id)
    assert row is not None  # it was stored a moment ago
    row.incident.operator_id = principal.user_id
    await audit.record(
        unit,
        principal,
        "message.blocked" if verdict.level is Level.BLOCK else "message.warned",
        f"incident:{created.id}",
        {"chat": str(conversation.public_id), "score": verdict.score},
    )
    return hit(row)


def _key(unit: Unit, principal: Principal, conversation: Conversation, verdict: Verdict) -> str:
    """One text of one agent in one chat, whatever its capitals and signs."""
    digest = unit.cipher.lookup(verdict.normalised)[:24]
    return f"{_KEY}:{conversation.id}:{principal.user_id}:{digest}"


def _evidence(text: str, verdict: Verdict, message: UUID | None) -> dict[str, object]:
    return {
        "text": text,
        "sent": masked(text, verdict) if message is not None else "",
        "normalised": verdict.normalised,
        "level": verdict.level.value,
        "score": verdict.score,
        "rules": list(verdict.rules),
        "reasons": list(verdict.reasons),
        "contacts": [{"kind": one.kind, "value": one.value} for one in verdict.contacts],
        "messageId": str(message) if message is not None else None,
    }


def explain(verdict: Verdict) -> str:
    """What the agent reads about a message that was stopped or sent with contacts hidden."""
    why = "; ".join(verdict.reasons)
    if verdict.level is Level.BLOCK:
        return (
            f"Сообщение не отправлено: похоже, клиента уводят от сервиса ({why}). "
            "Измените текст или обжалуйте решение."
        )
    hidden = ", контакты скрыты" if verdict.contacts else ""
    return f"Сообщение отправлено{hidden}. Его увидит администратор: {why}."


async def _agent(unit: Unit, principal: Principal) -> User | None:
    return await HandoverRepository(unit, principal.tenant_id).user(principal.user_id or 0)
