"""Plain SQL that records an event together with the deliveries that it owes.

One statement, so that the fact, the event and the deliveries commit together in one round trip. A
hot path puts `record_event_ctes(...)` inside its own statement, adds `event_parameters(...)` to its
parameters and, when `owed_webhooks` had rows, defers `DeliverWebhooks(event=<recorded_event.id>)`
on the same connection.

The key lock makes a subscription that is being removed right now drop out of the list; without it
the foreign key would fail the client's message.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from insurance_chat.core.crypto import Cipher


def owed_webhooks_cte(recorded: str) -> str:
    """The named query `owed_webhooks (domain_event_id)`: each recorded event to each who wants it.

    Args:
        recorded: name of an earlier query with `id, tenant_id, type`; a constant of the calling code.
    """
    return f"""owed_webhooks as (
    insert into webhook_deliveries (domain_event_id, subscription_id)
    select {recorded}.id, subscription.id
    from {recorded}
    join webhook_subscriptions subscription
      on subscription.tenant_id = {recorded}.tenant_id
     and subscription.active
     and (cardinality(subscription.types) = 0 or {recorded}.type = any (subscription.types))
    for key share of subscription
    returning domain_event_id
)"""  # noqa: S608 - only constants of the code


def record_event_ctes(only_if: str | None = None) -> str:
    """Two named queries, `recorded_event (id)` and `owed_webhooks`, to stand after `with` or a comma.

    Parameters (psycopg, named): `event_id` uuid, `event_tenant_id` bigint, `event_type` and
    `event_actor` text, `event_body` bytea (sealed context). `event_parameters` makes them.

    Args:
        only_if: name of an earlier query of the same statement; the event is recorded only when that
            query returned a row (for example a message that was not a duplicate). A constant of the
            calling code, never input.
    """
    condition = f" where exists (select 1 from {only_if})" if only_if else ""  # noqa: S608
    return f"""
recorded_event as (
    insert into domain_events (event_id, tenant_id, type, actor, body)
    select %(event_id)s::uuid, %(event_tenant_id)s::bigint, %(event_type)s::text,
           %(event_actor)s::text, %(event_body)s::bytea{condition}
    returning id, tenant_id, type
),
{owed_webhooks_cte("recorded_event")}"""


RECORD_EVENT_SQL = f"""with {record_event_ctes()}
select (select id from recorded_event) as event, (select count(*) from owed_webhooks) as owed
"""  # noqa: S608
"""Complete statement; answers one row: row id of the event and the number of deliveries owed."""


def event_parameters(
    cipher: Cipher,
    tenant_id: int,
    event_type: str,
    actor: str,
    context: dict[str, Any],
    event_id: UUID | None = None,
) -> dict[str, Any]:
    """Parameters of `RECORD_EVENT_SQL` and `record_event_ctes`; the context is sealed here.

    Args:
        context: JSON values only, with the fields of `schemas/<event_type>.json`.
        event_id: a new one when not given.
    """
    return {
        "event_id": event_id or uuid4(),
        "event_tenant_id": tenant_id,
        "event_type": event_type,
        "event_actor": actor,
        "event_body": cipher.seal_json(context),
    }
