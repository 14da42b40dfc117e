"""The day in figures, and what waits for the administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.operators.today.repository import TodayRepository


@dataclass(frozen=True, slots=True)
class Today:
    """Counts since a moment, usually midnight in Moscow.

    Args:
        messages: of clients.
        replies: of the assistant.
        unanswered: questions to which the knowledge base had no answer.
        quotes: calculations that were asked for.
        premium: of the policies, in roubles.
    """

    chats: int
    messages: int
    replies: int
    unanswered: int
    quotes: int
    policies: int
    premium: Decimal


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person now.

    Args:
        clients: who wait for an agent.
        agents: who wait to be let in.
        questions: without an answer and without a decision.
        webhooks, letters: that were given up in the last seven days.
        erasures: clients who want their data deleted.
        undelivered: parts of replies that did not reach clients in messengers.
    """

    clients: int
    incidents: int
    agents: int
    updates: int
    questions: int
    webhooks: int
    letters: int
    undelivered: int
    erasures: int


async def figures(unit: Unit, principal: Principal, since: datetime) -> Today:
    """Counts since a moment.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_RESULTS)
    return Today(**await TodayRepository(unit, principal.tenant_id).figures(since))


async def waiting(unit: Unit, principal: Principal) -> Waiting:
    """What needs a decision.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_RESULTS)
    return Waiting(**await TodayRepository(unit, principal.tenant_id).waiting())
