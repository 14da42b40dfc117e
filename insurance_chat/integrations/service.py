"""Record what happened and say who hears about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from insurance_chat.accounts import audit
from insurance_chat.core.crypto import new_token
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.integrations.addresses import check_url
from insurance_chat.integrations.events import EVENT_TYPES
from insurance_chat.integrations.jobs import DeliverWebhooks
from insurance_chat.integrations.models import WebhookSubscription
from insurance_chat.integrations.recording import (
    RECORD_EVENT_SQL,
    event_parameters,
    record_event_ctes,
)
from insurance_chat.integrations.repository import SubscriptionRepository, insert_event
from insurance_chat.integrations.settings import IntegrationSettings

__all__ = [
    "RECORD_EVENT_SQL",
    "NewSubscription",
    "Subscription",
    "event_parameters",
    "list_subscriptions",
    "record",
    "record_event_ctes",
    "subscribe",
    "unsubscribe",
]

MAX_SUBSCRIPTIONS = 20


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook as the administrator sees it; empty `types` means every event."""

    public_id: UUID
    url: str
    types: tuple[str, ...]
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """A webhook just created, with the secret that is shown only now."""

    subscription: Subscription
    secret: str


async def record(
    unit: Unit, tenant_id: int, event_type: str, actor: str, context: dict[str, Any]
) -> UUID:
    """Write down a fact and owe it to every subscribed system, all in the caller's transaction.

    Args:
        event_type: one of `EventType`.
        actor: who did it, for example `Principal.actor`, `ai` or `system`.
        context: JSON values with the fields of `schemas/<event_type>.json`; it is stored encrypted.

    Returns:
        The public id of the event.

    Raises:
        ServiceError: `event_type_unknown`.
    """
    _check_types([event_type])
    parameters = event_parameters(unit.cipher, tenant_id, event_type, actor, context)
    event_row, owed = await insert_event(unit, parameters)
    if owed:
        await unit.defer(DeliverWebhooks(event=event_row))
    event_id: UUID = parameters["event_id"]
    return event_id


async def subscribe(
    unit: Unit,
    principal: Principal,
    settings: IntegrationSettings,
    url: str,
    types: Sequence[str] = (),
) -> NewSubscription:
    """Begin to send the tenant's events to an address.

    The name in the address is resolved at every delivery, not here: `addresses.check_target` lets a
    door tell the administrator at once, before it opens a transaction.

    Args:
        url: https address of the receiver.
        types: topics to send; empty means all.

    Raises:
        ServiceError: `forbidden`, `webhook_url_invalid`, `webhook_address_refused`,
            `event_type_unknown`, `webhook_limit`.
    """
    _check_admin(principal)
    _check_types(types)
    target = check_url(url, allow_private=settings.webhook_allow_private_addresses)
    repository = SubscriptionRepository(unit, principal.tenant_id)
    if await repository.count() >= MAX_SUBSCRIPTIONS:
        raise ServiceError(
            "webhook_limit",
            Kind.CONFLICT,
            f"Можно завести не больше {MAX_SUBSCRIPTIONS} вебхуков. Удалите ненужные.",
        )
    secret = "whsec_" + new_token()
    row = await repository.add(str(target), unit.cipher.seal(secret), list(dict.fromkeys(types)))
    facts = {"url": row.url, "events": row.types}
    await audit.record(unit, principal, "webhook.added", f"webhook:{row.public_id}", facts)
    return NewSubscription(_shown(row), secret)


async def list_subscriptions(unit: Unit, principal: Principal) -> list[Subscription]:
    """The tenant's webhooks, without their secrets.

    Raises:
        ServiceError: `forbidden`.
    """
    _check_admin(principal)
    return [_shown(row) for row in await SubscriptionRepository(unit, principal.tenant_id).all()]


async def unsubscribe(unit: Unit, principal: Principal, public_id: UUID) -> None:
    """Stop sending to an address and forget its secret and what it was still owed.

    Raises:
        ServiceError: `forbidden`, `webhook_not_found`.
    """
    _check_admin(principal)
    if not await SubscriptionRepository(unit, principal.tenant_id).remove(public_id):
        raise not_found("webhook_not_found", "Такого вебхука нет.")
    await audit.record(unit, principal, "webhook.removed", f"webhook:{public_id}")


def _shown(row: WebhookSubscription) -> Subscription:
    return Subscription(row.public_id, row.url, tuple(row.types), row.active, row.created_at)


def _check_admin(principal: Principal) -> None:
    if not principal.is_admin:
        raise ServiceError("forbidden", Kind.FORBIDDEN, "Вебхуками управляет только администратор.")


def _check_types(types: Sequence[str]) -> None:
    unknown = sorted(set(types) - EVENT_TYPES)
    if unknown:
        raise invalid(
            "event_type_unknown", f"Таких событий нет: {', '.join(unknown)}.", types=unknown
        )
