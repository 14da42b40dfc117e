"""Counts for the administrator's first page: one statement for the day, one for what waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from insurance_chat.accounts.models import User
from insurance_chat.channels.models import Connection, Delivery
from insurance_chat.conversations.erasure.models import ErasureRequest
from insurance_chat.conversations.models import Conversation, Incident, LogEntry
from insurance_chat.conversations.types import ConversationState, EntryKind, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Role
from insurance_chat.insurance.models import Policy, PolicyMail, QuoteRequest
from insurance_chat.integrations.models import WebhookDelivery, WebhookSubscription
from insurance_chat.knowledge.sources.models import UpdateEvent, UpdateSource
from insurance_chat.knowledge.unanswered.models import Unanswered

WAITING_UPDATES = ("new", "failed")
FAILURES = 3  # looks at a source that failed one after another before it counts as broken


class TodayRepository:
    """Counts of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def figures(self, since: datetime) -> Mapping[str, Any]:
        """Chats, messages of clients, replies of the assistant, quotes, policies, their premium."""
        statement = select(
            self._count(Conversation, Conversation.created_at >= since).label("chats"),
            self._messages(Sender.USER, since).label("messages"),
            self._messages(Sender.AI, since).label("replies"),
            self._count(Unanswered, Unanswered.created_at >= since).label("unanswered"),
            self._count(QuoteRequest, QuoteRequest.created_at >= since).label("quotes"),
            self._count(Policy, Policy.created_at >= since).label("policies"),
            self._sum_of_policies(since).label("premium"),
        )
        return dict((await self._session.execute(statement)).mappings().one())

    async def waiting(self) -> Mapping[str, Any]:
        """What waits for a person now."""
        asked = Conversation.state == ConversationState.HANDOVER_REQUESTED.value
        statement = select(
            self._count(Conversation, asked).label("clients"),
            self._count(Incident, Incident.status == "open").label("incidents"),
            self._new_agents().label("agents"),
            self._count(UpdateEvent, UpdateEvent.status.in_(WAITING_UPDATES)).label("updates"),
            self._count(Unanswered, Unanswered.status == "open").label("questions"),
            self._dead_webhooks().label("webhooks"),
            self._count(PolicyMail, PolicyMail.status == "refused", _fresh(PolicyMail)).label(
                "letters"
            ),
            self._count(Delivery, Delivery.state == "dead").label("undelivered"),
            self._count(ErasureRequest, ErasureRequest.done_at.is_(None)).label("erasures"),
        )
        return dict((await self._session.execute(statement)).mappings().one())

    def _count(self, table: Any, *wanted: Any) -> Any:
        query = select(func.count()).select_from(table).where(table.tenant_id == self._tenant_id)
        return query.where(*wanted).scalar_subquery()

    def _messages(self, sender: Sender, since: datetime) -> Any:
        return (
            select(func.count(LogEntry.id))
            .join(Conversation, Conversation.id == LogEntry.conversation_id)
            .where(
                Conversation.tenant_id == self._tenant_id,
                Conversation.updated_at >= since,
                LogEntry.kind == EntryKind.MESSAGE.value,
                LogEntry.sender == sender.value,
                LogEntry.created_at >= since,
            )
            .scalar_subquery()
        )

    def _sum_of_policies(self, since: datetime) -> Any:
        return (
            select(func.coalesce(func.sum(Policy.price), 0))
            .where(Policy.tenant_id == self._tenant_id, Policy.created_at >= since)
            .scalar_subquery()
        )

    def _new_agents(self) -> Any:
        return self._count(
            User,
            User.role == Role.AGENT.value,
            User.approved_at.is_(None),
            User.blocked_at.is_(None),
        )

    def _dead_webhooks(self) -> Any:
        return (
            select(func.count(WebhookDelivery.id))
            .join(WebhookSubscription, WebhookSubscription.id == WebhookDelivery.subscription_id)
            .where(
                WebhookSubscription.tenant_id == self._tenant_id,
                WebhookDelivery.status == "dead",
                WebhookDelivery.next_attempt_at >= utcnow() - RECENT,
            )
            .scalar_subquery()
        )


RECENT = timedelta(days=7)  # what was not delivered longer ago is no decision any more


def _fresh(table: Any) -> Any:
    return table.created_at >= utcnow() - RECENT


async def fetch_source_states_across_tenants(unit: Unit) -> tuple[int, int]:
    """Watched sources of the installation: how many there are, and how many do not open."""
    broken = func.count().filter(UpdateSource.failures >= FAILURES)
    row = (
        await unit.session.execute(select(func.count(), broken).where(UpdateSource.active))
    ).one()
    return row[0], row[1]


async def fetch_channel_states_across_tenants(unit: Unit) -> tuple[int, int, int]:
    """Messenger accounts of the installation: all, those that fail, those that wait for a step."""
    fails = func.count().filter(Connection.state == "failed")
    waits = func.count().filter(Connection.state == "waiting")
    wanted = select(func.count(), fails, waits).where(Connection.state != "removed")
    row = (await unit.session.execute(wanted)).one()
    return row[0], row[1], row[2]


async def fetch_waiting_letters_across_tenants(unit: Unit, older_than: timedelta) -> int:
    """Letters that should have been sent and were not."""
    query = select(func.count(PolicyMail.id)).where(
        PolicyMail.status == "pending", PolicyMail.created_at < utcnow() - older_than
    )
    return await unit.session.scalar(query) or 0
