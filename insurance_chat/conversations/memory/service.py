"""Remembering a client between chats, telling what is remembered, forgetting it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from insurance_chat.accounts import audit
from insurance_chat.conversations import contacts
from insurance_chat.conversations.contacts import PROCESSING
from insurance_chat.conversations.fold import difference
from insurance_chat.conversations.memory.repository import MemoryRepository, Row
from insurance_chat.conversations.memory.types import (
    IMPERSONAL,
    PROFILE,
    VOICE,
    Memory,
    Remembered,
    Source,
)
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind, Sender
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Unit

Facts = Mapping[str, Mapping[str, Any]]  # topic → values by field name


async def recall(unit: Unit, tenant_id: int, contact_id: int) -> Memory:
    """What is remembered of a client; one query."""
    row = await MemoryRepository(unit, tenant_id).read(contact_id, PROCESSING)
    return _open(row, unit.cipher) if row is not None else Memory()


async def keep(
    unit: Unit, tenant_id: int, contact_id: int, facts: Facts, *, flow: str, channel: str
) -> None:
    """Remember facts for later chats; each topic replaces what was known of it.

    Facts about the person are kept only while the consent to the processing of personal data is in
    force (152-ФЗ art. 9); other facts are dropped without a word.

    Args:
        facts: topic → values; a topic without values changes nothing.
        flow: name of the flow in which they were told.
        channel: of the chat, e.g. `web`.
    """
    repository = MemoryRepository(unit, tenant_id)
    row = await repository.read(contact_id, PROCESSING, lock=True)
    if row is None:
        return
    allowed = {
        topic: values for topic, values in facts.items() if row.agreed or topic in IMPERSONAL
    }
    body = _json(row.body, unit.cipher)
    silent = allowed.get(VOICE) == {"prefer_voice": False}
    if silent and VOICE not in body:
        allowed.pop(VOICE)  # text is what everybody gets: nothing to remember
    if not allowed:
        return
    card = {name: values[name] for name, values in allowed.items() if name in PROFILE}
    if card:
        await contacts.remember(unit, tenant_id, contact_id, **card)
    source = {"flow": flow, "channel": channel, "on": moscow_today().isoformat()}
    fresh = {
        topic: {"values": {} if topic in PROFILE else dict(values), **source}
        for topic, values in allowed.items()
        if not (topic == VOICE and silent)
    }
    if silent:
        body.pop(VOICE, None)
    await repository.write(contact_id, unit.cipher.seal_json(body | fresh))


async def forget(
    unit: Unit, tenant_id: int, contact_id: int, topics: Collection[str], session: str
) -> None:
    """Forget some of what is remembered; the audit log says what, without its values.

    What was said so far is not shown to a model any more: it may name what is forgotten.

    Args:
        topics: e.g. `{"car"}`.
        session: public id of the chat in which the client asked for it.
    """
    repository = MemoryRepository(unit, tenant_id)
    await repository.turn_page(contact_id, unit.cipher.seal(""))
    row = await repository.read(contact_id, PROCESSING, lock=True)
    if row is None:
        return
    body = {k: v for k, v in _json(row.body, unit.cipher).items() if k not in topics}
    profile = {k: v for k, v in _json(row.profile, unit.cipher).items() if k not in topics}
    await repository.write_profile(contact_id, unit.cipher.seal_json(profile) if profile else None)
    if body:
        await repository.write(contact_id, unit.cipher.seal_json(body))
    else:
        await repository.delete(contact_id)
    if VOICE in topics:
        await repository.prefer_voice(contact_id, on=False)
    await _record(unit, tenant_id, session, sorted(topics))


async def forget_all(
    unit: Unit,
    tenant_id: int,
    contact_id: int,
    *,
    chat: int,
    session: str,
    spared: Collection[str],
) -> None:
    """Forget everything that is remembered only, in all chats of the client.

    Gone are the memory, the card (name, e-mail, phone), addresses and summaries of chats, and the
    facts that other chats of the client still hold. Policies, payments, consents and the log of
    the chats stay: they are records, not memory, and no model is shown their old lines. The chat that asks clears its own facts.

    Args:
        chat: inner key of the chat in which the client asked, `session` its public id.
        spared: slots that are no facts about the client, e.g. that a policy was handed over.
    """
    repository = MemoryRepository(unit, tenant_id)
    await repository.delete(contact_id)
    await repository.write_profile(contact_id, None)
    await repository.turn_page(contact_id, unit.cipher.seal(""))
    await repository.drop_traces(contact_id)
    await repository.prefer_voice(contact_id, on=False)
    log = ConversationRepository(unit, tenant_id)
    for other in await repository.other_chats(contact_id, chat):
        before = _json(other.dialogue, unit.cipher)
        slots = {k: v for k, v in before.get("slots", {}).items() if k in spared}
        after = {"slots": slots} if slots else {}
        changes = difference(before, after)
        if changes:
            other.dialogue = unit.cipher.seal_json(after)
            body = {"forgotten": True, "changes": changes}
            await log.append(other, EntryKind.DIALOGUE, Sender.SYSTEM, body)
    await _record(unit, tenant_id, session, ["all"])


async def _record(unit: Unit, tenant_id: int, session: str, topics: list[str]) -> None:
    facts = {"topics": topics}
    await audit.record_of_client(unit, tenant_id, "memory.forgotten", f"session:{session}", facts)


def _open(row: Row, cipher: Cipher) -> Memory:
    body = _json(row.body, cipher)
    topics = {
        topic: Remembered(kept["values"], _source(kept))
        for topic, kept in body.items()
        if topic not in PROFILE
    }
    for name, value in _json(row.profile, cipher).items():
        if name in PROFILE and value:
            topics[name] = Remembered({name: value}, _source(body.get(name) or {}))
    return Memory(topics)


def _source(kept: Mapping[str, Any]) -> Source:
    on = kept.get("on")
    return Source(
        kept.get("flow") or "", kept.get("channel") or "", date.fromisoformat(on) if on else None
    )


def _json(sealed: bytes | None, cipher: Cipher) -> dict[str, Any]:
    found: dict[str, Any] = cipher.open_json(sealed) if sealed is not None else {}
    return found
