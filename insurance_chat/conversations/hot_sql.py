"""Text of the two statements of a turn: storing a message, appending the reply."""

from __future__ import annotations

from functools import lru_cache

from insurance_chat.integrations.recording import owed_webhooks_cte

SNAPSHOT = """id, public_id, tenant_id, contact_id, channel, state, last_seq, last_inbound_seq,
 answered_seq, unread, handover_epoch, flow_asks, prefer_voice, dialogue, lease_owner"""
# With a human in the chat the client's words are theirs, unless a sale waits for the client's word.
OURS = "(state <> 'with_agent' or flow_asks)"

_OWED_EVENTS = "(select array_agg(distinct domain_event_id) from owed_webhooks)"
_WAKE = "pg_notify('feed', conv.id || ':' || conv.last_seq || ':' || %(process)s::text)"


def _record_events(count: int) -> str:
    # The log itself records every message; an event row is written when somebody wants to hear it.
    rows = ", ".join(
        f"(%(event{n})s::uuid, %(actor{n})s::text, %(context{n})s::bytea)" for n in range(count)
    )
    return f"""
, recorded as (
  insert into domain_events (event_id, tenant_id, type, actor, body)
  select e.event_id, conv.tenant_id, 'chat.message.created', e.actor, e.body
  from conv, (values {rows}) as e(event_id, actor, body)
  where exists (select 1 from webhook_subscriptions s where s.tenant_id = conv.tenant_id
    and s.active and (s.types = '{{}}' or 'chat.message.created' = any(s.types)))
  returning id, tenant_id, type
), {owed_webhooks_cte("recorded")}"""


INTAKE = (
    """
with conv as (
  update conversations c set
    last_seq = last_seq + 1,
    last_inbound_seq = case when %(inbound)s then last_seq + 1 else last_inbound_seq end,
    unread = case when %(inbound)s then unread + 1 else unread end,
    turn_owed = case when %(inbound)s and OURS then true else turn_owed end,
    turn_owed_at = case when %(inbound)s and OURS then now() else turn_owed_at end,
    lease_owner = case when %(lease)s::uuid is not null and OURS
      and (lease_until is null or lease_until < now()) then %(lease)s::uuid else lease_owner end,
    lease_until = case when %(lease)s::uuid is not null and OURS
      and (lease_until is null or lease_until < now())
      then now() + make_interval(secs => %(lease_seconds)s) else lease_until end,
    updated_at = now()
  where public_id = %(session)s and tenant_id = %(tenant)s
  returning """
    + SNAPSHOT
    + """
), line as (
  insert into log_entries (public_id, conversation_id, seq, kind, sender, client_key, body)
  select %(message)s, conv.id, conv.last_seq, 'message', %(sender)s, %(key)s, %(body)s from conv
  returning created_at
)"""
    + _record_events(1)
    + f"""
select conv.*, line.created_at as line_created_at, {_OWED_EVENTS} as owed_events, {_WAKE}
from conv, line"""
).replace("OURS", OURS)

_COMMIT = """
with conv as (
  update conversations c set
    last_seq = last_seq + %(count)s,
    answered_seq = greatest(answered_seq, %(answered)s),
    unread = case when last_seq = %(seen)s then 0 else unread end,
    turn_owed = last_seq > %(seen)s or (last_inbound_seq > %(answered)s
      and (state <> 'with_agent' or %(flow_asks)s)),
    dialogue = %(dialogue)s,
    state = coalesce(%(state)s, state),
    flow_asks = %(flow_asks)s,
    prefer_voice = %(prefer_voice)s,
    lease_owner = null, lease_until = null,
    updated_at = now()
  where id = %(id)s and lease_owner = %(lease)s and handover_epoch = %(epoch)s
    and (last_seq = %(seen)s or %(force)s)
  returning id, tenant_id, last_seq, turn_owed
)"""


@lru_cache(maxsize=32)
def commit_sql(lines: int, messages: int) -> str:
    """The statement that ends a turn and appends so many lines, so many of them messages."""
    # Rows of plain values: the driver takes far longer over arrays.
    sql = _COMMIT
    written = owed = "null"
    if lines:
        written = "(select min(created_at) from lines)"
        rows = ", ".join(
            f"({n}, %(id{n})s::uuid, %(kind{n})s::text, %(sender{n})s::text, %(body{n})s::bytea)"
            for n in range(lines)
        )
        sql += f"""
, lines as (
  insert into log_entries (public_id, conversation_id, seq, kind, sender, body)
  select e.public_id, conv.id, conv.last_seq - %(count)s + 1 + e.place, e.kind, e.sender, e.body
  from conv, (values {rows}) as e(place, public_id, kind, sender, body)
  returning created_at
)"""
    if messages:
        owed = _OWED_EVENTS
        sql += _record_events(messages)
    return f"""{sql}
select conv.turn_owed, conv.last_seq, {written} as written_at, {owed} as owed_events, {_WAKE}
from conv"""
