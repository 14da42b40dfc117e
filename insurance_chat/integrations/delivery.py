"""Carry recorded events to their subscribers: count the attempt, send, write the result."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Protocol

import httpx
import structlog

from insurance_chat.core.db.unit import Database
from insurance_chat.integrations.events import Event
from insurance_chat.integrations.jobs import DeliverWebhooks
from insurance_chat.integrations.repository import (
    Claimed,
    claim_due_across_tenants,
    end_subscription,
    mark_delivered,
    mark_failed,
)
from insurance_chat.integrations.sending import Answer, post
from insurance_chat.integrations.settings import IntegrationSettings
from insurance_chat.integrations.signing import signature

log = structlog.get_logger()

LADDER = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
)
LEASE_MARGIN = timedelta(minutes=1)
SWEEP_SECONDS = 50.0


class Services(Protocol):
    """What delivery needs from the process that runs it."""

    @property
    def db(self) -> Database:
        """Connections to the database."""

    @property
    def http(self) -> httpx.AsyncClient:
        """Client of outside addresses."""

    @property
    def integrations(self) -> IntegrationSettings:
        """How webhooks are sent."""


async def deliver_due(services: Services, event_row: int | None = None) -> int:
    """Attempt every delivery whose time has come, a batch at a time, and say how many were attempted.

    Args:
        event_row: only this event's; None takes all tenants' until `SWEEP_SECONDS` have passed.
    """
    settings = services.integrations
    lease = timedelta(seconds=settings.webhook_timeout_seconds) + LEASE_MARGIN
    stop_at = time.monotonic() + SWEEP_SECONDS
    attempted = 0
    while event_row is not None or time.monotonic() < stop_at:
        async with services.db.unit() as unit:
            batch = await claim_due_across_tenants(
                unit, event_row, settings.webhook_concurrency, lease
            )
        if not batch:
            break
        async with asyncio.TaskGroup() as group:
            for claimed in batch:
                group.create_task(_attempt(services, claimed))
        attempted += len(batch)
    return attempted


async def _attempt(services: Services, claimed: Claimed) -> None:
    answer = await _send(services, claimed)
    async with services.db.unit() as unit:
        if not answer.error:
            await mark_delivered(unit, claimed.id, answer.status or 0)
        elif answer.status == httpx.codes.GONE:
            await end_subscription(unit, claimed.subscription_id, answer.status, "gone")
        else:
            wait = LADDER[claimed.attempt - 1] if claimed.attempt <= len(LADDER) else None
            again_at = await mark_failed(unit, claimed, answer.status, answer.error, wait)
            if again_at is not None:
                await unit.defer(DeliverWebhooks(event=claimed.event_row), at=again_at)
    log.info(
        "webhook_attempt",
        delivery=str(claimed.public_id),
        attempt=claimed.attempt,
        status=answer.status,
        error=answer.error,
    )


async def _send(services: Services, claimed: Claimed) -> Answer:
    try:
        event = Event(
            claimed.event_id,
            claimed.event_type,
            claimed.recorded_at,
            claimed.actor,
            services.db.cipher.open_json(claimed.sealed_context),
        )
        secret = services.db.cipher.open(claimed.sealed_secret)
    except ValueError:
        return Answer(None, "unreadable: the encryption key has changed")
    body = event.body()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "insurance-chat-webhooks/1",
        "X-Insurance-Chat-Event": event.type,
        "X-Insurance-Chat-Delivery": str(claimed.public_id),
        "X-Insurance-Chat-Signature": signature(secret, body, int(time.time())),
    }
    return await post(services.http, services.integrations, claimed.url, headers, body)
