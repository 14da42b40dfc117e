"""Recorded events follow the agreed schemas and reach only those who subscribed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.integrations import service
from insurance_chat.integrations.delivery import deliver_due
from insurance_chat.integrations.events import EVENT_TYPES, load_schemas
from insurance_chat.integrations.recording import event_parameters, record_event_ctes

CONTEXTS: dict[str, dict[str, Any]] = {
    "chat.message.created": {
        "sessionId": "s",
        "messageId": "m",
        "sender": "user",
        "text": "Нужен полис",
    },
    "chat.handover.requested": {"sessionId": "s", "reason": "client"},
    "chat.handover.claimed": {"sessionId": "s", "agentId": "a"},
    "policy.quote.requested": {"quoteId": "q", "sessionId": "s", "productType": "osago"},
    "policy.quote.completed": {
        "quoteId": "q",
        "productType": "osago",
        "offers": [{"companyCode": "alfa", "price": 7400.5, "currency": "RUB"}],
    },
    "policy.quote.failed": {"quoteId": "q", "productType": "osago", "reason": "timeout"},
    "policy.issue.requested": {"draftId": "d", "productType": "osago", "companyCode": "alfa"},
    "policy.issue.completed": {
        "draftId": "d",
        "policyId": "p",
        "productType": "osago",
        "companyCode": "alfa",
    },
    "policy.issue.failed": {"draftId": "d", "productType": "osago", "reason": "refused"},
    "policy.issued": {
        "policyId": "p",
        "sessionId": "s",
        "productType": "osago",
        "companyCode": "alfa",
        "expireAt": "2027-11-20",
    },
    "policy.renewal.due": {
        "reminderId": "r",
        "policyId": "p",
        "agentId": "a",
        "expireAt": "2027-11-20",
    },
    "kb.doc.ingested": {"docId": "d", "ingestId": "i"},
    "kb.doc.committed": {"docId": "d", "ingestId": "i"},
    "kb.doc.deleted": {"docId": "d"},
    "incident.created": {"incidentId": "i", "incidentType": "abuse"},
    "update.detected": {"updateId": "u", "sourceId": "s", "url": "https://example.com/rules"},
    "update.approved": {"updateId": "u", "sourceId": "s"},
    "update.imported": {"updateId": "u", "sourceId": "s", "docId": "d"},
    "notification.email.sent": {"email": "a@example.com", "template": "policy", "refId": "p"},
    "channel.file.sent": {"sessionId": "s", "channel": "telegram", "messageId": "m"},
}


def validator(event_type: str) -> Draft202012Validator:
    schemas = load_schemas()
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema, default_specification=DRAFT202012))
        for schema in schemas.values()
    )
    return Draft202012Validator(
        schemas[f"{event_type}.json"], registry=registry, format_checker=FormatChecker()
    )


def test_every_event_has_a_schema_and_every_schema_an_event() -> None:
    assert set(load_schemas()) == {f"{name}.json" for name in EVENT_TYPES} | {"base-event.json"}
    assert set(CONTEXTS) == EVENT_TYPES


def test_a_schema_refuses_an_event_without_what_it_is_about() -> None:
    event = {
        "eventId": "3f1d2f6e-7d2c-4f0a-9d5e-5c3a4f6b7c8d",
        "type": "policy.issued",
        "timestamp": "2026-11-21T09:00:00Z",
        "context": {"policyId": "p"},
    }
    with pytest.raises(ValidationError):
        validator("policy.issued").validate(event)


@pytest.mark.parametrize("event_type", sorted(EVENT_TYPES))
async def test_what_arrives_fits_its_schema(
    event_type: str, db: Database, services: Any, receiver: Any, admin: Principal
) -> None:
    async with db.unit() as unit:
        await service.subscribe(unit, admin, services.integrations, receiver.url)
        event_id = await service.record(unit, 1, event_type, "ai", CONTEXTS[event_type])
    await deliver_due(services)
    [request] = receiver.requests
    event = json.loads(request.body)
    validator(event_type).validate(event)
    assert event["eventId"] == str(event_id)
    assert event["context"] == CONTEXTS[event_type]
    assert request.headers["x-insurance-chat-event"] == event_type


async def test_a_clients_words_are_not_readable_in_the_table(db: Database, look: Any) -> None:
    async with db.unit() as unit:
        await service.record(
            unit, 1, "chat.message.created", "user", CONTEXTS["chat.message.created"]
        )
    [row] = await look.query("select body from domain_events")
    assert "полис".encode() not in bytes(row["body"])
    assert db.cipher.open_json(row["body"])["text"] == "Нужен полис"


async def test_an_event_without_subscribers_orders_no_job(db: Database, look: Any) -> None:
    async with db.unit() as unit:
        await service.record(unit, 1, "kb.doc.deleted", "admin:1", {"docId": "d"})
    assert await look.query("select 1 from domain_events") != []
    assert await look.query("select 1 from procrastinate_jobs") == []


async def test_an_event_is_owed_only_to_active_subscribers_of_its_type_and_tenant(
    db: Database, look: Any, services: Any, admin: Principal
) -> None:
    stranger = Principal(tenant_id=2, role=Role.ADMIN)
    settings = services.integrations
    async with db.unit() as unit:
        wanted = [
            await service.subscribe(unit, admin, settings, "http://127.0.0.1/all"),
            await service.subscribe(
                unit, admin, settings, "http://127.0.0.1/own", ["policy.issued"]
            ),
        ]
        await service.subscribe(unit, admin, settings, "http://127.0.0.1/x", ["kb.doc.deleted"])
        await service.subscribe(unit, stranger, settings, "http://127.0.0.1/foreign")
        await service.subscribe(unit, admin, settings, "http://127.0.0.1/off")
    await look.query("update webhook_subscriptions set active = false where url like '%/off'")
    async with db.unit() as unit:
        await service.record(unit, 1, "policy.issued", "system", CONTEXTS["policy.issued"])
    owed = await look.query(
        "select s.public_id from webhook_deliveries d"
        " join webhook_subscriptions s on s.id = d.subscription_id"
    )
    assert {row["public_id"] for row in owed} == {new.subscription.public_id for new in wanted}
    [job] = await look.query("select args from procrastinate_jobs")
    assert set(job["args"]) == {"event"}


async def test_a_fact_that_is_rolled_back_leaves_no_event(
    db: Database, look: Any, services: Any, admin: Principal
) -> None:
    async with db.unit() as unit:
        await service.subscribe(unit, admin, services.integrations, "http://127.0.0.1/all")

    async def sell() -> None:
        async with db.unit() as unit:
            await service.record(unit, 1, "policy.issued", "ai", CONTEXTS["policy.issued"])
            raise RuntimeError("the sale failed")

    with pytest.raises(RuntimeError, match="the sale failed"):
        await sell()
    assert await look.query("select 1 from domain_events") == []
    assert await look.query("select 1 from procrastinate_jobs") == []


async def test_an_unknown_event_is_refused(db: Database) -> None:
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="event_type_unknown"):
            await service.record(unit, 1, "policy.lost", "ai", {})


@pytest.mark.parametrize("stored", [0, 1])
async def test_a_hot_path_records_the_event_only_with_its_own_fact(
    stored: int, db: Database, look: Any
) -> None:
    statement = " ".join(
        [
            "with stored as (select 1 from generate_series(1, %(stored)s)),",
            record_event_ctes(only_if="stored"),
            "select (select id from recorded_event), (select count(*) from owed_webhooks)",
        ]
    )
    parameters = event_parameters(db.cipher, 1, "kb.doc.deleted", "system", {"docId": "d"})
    async with db.pool.connection() as connection:
        await connection.execute(statement.encode(), {**parameters, "stored": stored})
    assert len(await look.query("select 1 from domain_events")) == stored


async def test_only_an_administrator_manages_webhooks(db: Database, services: Any) -> None:
    agent = Principal(tenant_id=1, role=Role.AGENT, user_id=2)
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await service.subscribe(unit, agent, services.integrations, "https://example.com/h")
        with pytest.raises(ServiceError, match="forbidden"):
            await service.list_subscriptions(unit, agent)


async def test_a_webhook_is_listed_without_its_secret_and_removed_by_its_owner_only(
    db: Database, look: Any, services: Any, admin: Principal
) -> None:
    async with db.unit() as unit:
        new = await service.subscribe(
            unit, admin, services.integrations, "https://example.com/h", ["policy.issued"]
        )
    [row] = await look.query("select secret from webhook_subscriptions")
    assert new.secret.encode() not in bytes(row["secret"])
    async with db.unit() as unit:
        assert await service.list_subscriptions(unit, admin) == [new.subscription]
        stranger = Principal(tenant_id=2, role=Role.ADMIN)
        with pytest.raises(ServiceError, match="webhook_not_found"):
            await service.unsubscribe(unit, stranger, new.subscription.public_id)
        await service.unsubscribe(unit, admin, new.subscription.public_id)
        assert await service.list_subscriptions(unit, admin) == []


async def test_a_message_is_recorded_although_a_webhook_is_being_removed_at_that_moment(
    db: Database, look: Any, services: Any, admin: Principal
) -> None:
    async with db.unit() as unit:
        new = await service.subscribe(unit, admin, services.integrations, "http://127.0.0.1/all")

    async def record_meanwhile() -> None:
        async with db.unit() as unit:
            await service.record(unit, 1, "kb.doc.deleted", "system", {"docId": "d"})

    async with asyncio.TaskGroup() as group, db.unit() as unit:
        await service.unsubscribe(unit, admin, new.subscription.public_id)
        group.create_task(record_meanwhile())
        await asyncio.sleep(0.3)
    assert len(await look.query("select 1 from domain_events")) == 1
    assert await look.query("select 1 from webhook_deliveries") == []
