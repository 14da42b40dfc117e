"""Subscriptions of other systems to our events."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.api.deps import Caller, Opened, WebhookId, services_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Code, Model, Url
from insurance_chat.integrations import service
from insurance_chat.integrations.addresses import check_target
from insurance_chat.integrations.service import Subscription

router = APIRouter(tags=["webhooks"])


class CreateWebhookRequest(Model):
    """Where to send, and what; no types means everything."""

    url: Url
    types: Annotated[list[Code], Field(max_length=50)] = Field(default_factory=list)


class Webhook(Model):
    """A subscription."""

    id: str
    url: str
    types: list[str]
    active: bool
    created_at: datetime


class NewWebhook(Webhook):
    """A new subscription. The secret is shown only now."""

    secret: str


class WebhookList(Model):
    """All subscriptions."""

    items: list[Webhook]


def _shown(row: Subscription) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "url": row.url,
        "types": list(row.types),
        "active": row.active,
        "createdAt": row.created_at,
    }


@router.get(
    "/v1/webhooks",
    summary="List webhooks",
    response_model=WebhookList,
    responses=refusals(401, 403),
)
async def list_webhooks(unit: Opened, caller: Caller) -> dict[str, Any]:
    """Subscriptions without their secrets."""
    return {"items": [_shown(row) for row in await service.list_subscriptions(unit, caller)]}


@router.post(
    "/v1/webhooks",
    status_code=201,
    summary="Subscribe to events",
    response_model=NewWebhook,
    responses=refusals(401, 403, 409),
)
async def create_webhook(
    request: Request, caller: Caller, body: CreateWebhookRequest
) -> dict[str, Any]:
    """Begin to send events to an address."""
    access.require(caller, Permission.MANAGE_WEBHOOKS)
    services = services_of(request)
    settings = services.integrations
    await check_target(body.url, allow_private=settings.webhook_allow_private_addresses)
    async with services.db.unit() as unit:
        made = await service.subscribe(unit, caller, settings, body.url, body.types)
    return {**_shown(made.subscription), "secret": made.secret}


@router.delete(
    "/v1/webhooks/{id}",
    status_code=204,
    summary="Unsubscribe",
    responses=refusals(401, 403, 404),
)
async def delete_webhook(unit: Opened, caller: Caller, id: WebhookId) -> Response:
    """Stop sending events to an address."""
    await service.unsubscribe(unit, caller, id)
    return Response(status_code=204)
