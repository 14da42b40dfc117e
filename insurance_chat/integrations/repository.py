"""Queries of events, subscriptions and deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from insurance_chat.core.db.unit import Unit
from insurance_chat.integrations.models import DomainEvent, WebhookDelivery, WebhookSubscription
from insurance_chat.integrations.recording import RECORD_EVENT_SQL


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may attempt now; secrets and context are still sealed."""

    id: int
    public_id: uuid.UUID
    attempt: int
    subscription_id: int
    url: str
    sealed_secret: bytes
    event_row: int
    event_id: uuid.UUID
    event_type: str
    actor: str
    sealed_context: bytes
    recorded_at: datetime


async def insert_event(unit: Unit, parameters: dict[str, Any]) -> tuple[int, int]:
    """Write the event and what it owes; returns its row id and the number of deliveries."""
    await unit.session.flush()
    connection = await unit.driver_connection()
    cursor = await connection.execute(RECORD_EVENT_SQL.encode(), parameters)
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]


class SubscriptionRepository:
    """Subscriptions of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(self, url: str, sealed_secret: bytes, types: list[str]) -> WebhookSubscription:
        """Store a new active subscription."""
        subscription = WebhookSubscription(
            tenant_id=self._tenant_id, url=url, secret=sealed_secret, types=types
        )
        self._session.add(subscription)
        await self._session.flush()
        await self._session.refresh(subscription)
        return subscription

    async def count(self) -> int:
        """How many subscriptions the tenant has."""
        query = select(func.count()).where(WebhookSubscription.tenant_id == self._tenant_id)
        return (await self._session.execute(query)).scalar_one()

    async def all(self) -> Sequence[WebhookSubscription]:
        """Subscriptions in the order of creation."""
        query = (
            select(WebhookSubscription)
            .where(WebhookSubscription.tenant_id == self._tenant_id)
            .order_by(WebhookSubscription.id)
        )
        return (await self._session.execute(query)).scalars().all()

    async def remove(self, public_id: uuid.UUID) -> bool:
        """Forget the subscription, its secret and its deliveries; False when it is not there."""
        query = (
            delete(WebhookSubscription)
            .where(
                WebhookSubscription.tenant_id == self._tenant_id,
                WebhookSubscription.public_id == public_id,
            )
            .returning(WebhookSubscription.id)
        )
        return (await self._session.execute(query)).first() is not None


async def claim_due_across_tenants(
    unit: Unit, event_row: int | None, limit: int, lease: timedelta
) -> list[Claimed]:
    """Take deliveries whose time has come and count the attempt before it is made.

    Args:
        event_row: only deliveries of this event; None takes any.
        lease: for how long nobody else takes them, should this process die.
    """
    due = select(WebhookDelivery.id).where(
        WebhookDelivery.status == "pending", WebhookDelivery.next_attempt_at <= func.now()
    )
    if event_row is not None:
        due = due.where(WebhookDelivery.domain_event_id == event_row)
    due = due.order_by(WebhookDelivery.next_attempt_at).limit(limit)
    ids = (await unit.session.execute(due.with_for_update(skip_locked=True))).scalars().all()
    if not ids:
        return []
    taken = (
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id.in_(ids),
            WebhookSubscription.id == WebhookDelivery.subscription_id,
            DomainEvent.id == WebhookDelivery.domain_event_id,
        )
        .values(attempts=WebhookDelivery.attempts + 1, next_attempt_at=func.now() + lease)
        .returning(
            WebhookDelivery.id,
            WebhookDelivery.public_id,
            WebhookDelivery.attempts,
            WebhookSubscription.id,
            WebhookSubscription.url,
            WebhookSubscription.secret,
            DomainEvent.id,
            DomainEvent.event_id,
            DomainEvent.type,
            DomainEvent.actor,
            DomainEvent.body,
            DomainEvent.created_at,
        )
        .execution_options(synchronize_session=False)
    )
    return [Claimed(*tuple(row)) for row in (await unit.session.execute(taken)).all()]


async def mark_delivered(unit: Unit, delivery_id: int, status: int) -> None:
    """The receiver accepted it; true whoever learns of it first."""
    await unit.session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id)
        .values(status="delivered", delivered_at=func.now(), last_status=status, last_error=None)
    )


async def mark_failed(
    unit: Unit, claimed: Claimed, status: int | None, error: str, wait: timedelta | None
) -> datetime | None:
    """Write why the attempt failed; a result of an attempt that was overtaken changes nothing.

    Args:
        wait: until the next attempt; None ends the delivery as dead.

    Returns:
        Moment of the next attempt, if there will be one.
    """
    result = await unit.session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id == claimed.id,
            WebhookDelivery.status == "pending",
            WebhookDelivery.attempts == claimed.attempt,
        )
        .values(
            status="dead" if wait is None else "pending",
            last_status=status,
            last_error=error[:200],
            next_attempt_at=func.now() + (wait or timedelta()),
        )
        .returning(WebhookDelivery.next_attempt_at)
    )
    row = result.first()
    return None if wait is None or row is None else row[0]


async def end_subscription(unit: Unit, subscription_id: int, status: int, error: str) -> None:
    """Stop sending to a subscription: it becomes inactive and all that it waits for is dead."""
    await unit.session.execute(
        update(WebhookSubscription)
        .where(WebhookSubscription.id == subscription_id)
        .values(active=False)
    )
    await unit.session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.subscription_id == subscription_id,
            WebhookDelivery.status == "pending",
        )
        .values(status="dead", last_status=status, last_error=error)
    )
