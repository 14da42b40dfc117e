"""A contact has many identities. They become one only on a proof, or by an administrator's hand.

Proofs: a phone number that a messenger itself vouches for, and a one-time link that the client
carried from one channel to another and confirmed there. A number that was merely typed proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations.merging.models import ContactMerge
from insurance_chat.conversations.merging.repository import (
    MergeRepository,
    Moved,
    recent_across_tenants,
)
from insurance_chat.conversations.models import Contact
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal

PHONE = "phone"
BY_PHONE, BY_LINK, BY_HAND = "phone", "link", "hand"
SETTLE_MINUTES = 30


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge as the administrator sees it; `reason` is `phone`, `link` or `hand`."""

    id: UUID
    reason: str
    at: datetime


async def prove_phone(unit: Unit, tenant_id: int, contact_id: int, phone: str) -> int:
    """A messenger vouches that this number is the contact's: join them with who has it already.

    Two clients whom the administrator has parted again stay apart: a number may have a new owner.

    Args:
        phone: any spelling; only digits count.

    Returns:
        Inner key of the contact that the person is now.
    """
    digits = "".join(letter for letter in phone if letter.isdigit())
    if len(digits) == 11 and digits.startswith("8"):
        digits = "7" + digits[1:]
    digest = unit.cipher.lookup(f"phone:{digits}")
    repository = MergeRepository(unit, tenant_id)
    known = await repository.identity(PHONE, digest)
    if known is None:
        known = await repository.add_identity(contact_id, PHONE, digest)
    if known.contact_id == contact_id:
        return contact_id
    if await repository.were_parted(known.contact_id, contact_id):
        return contact_id
    return await merge(unit, tenant_id, known.contact_id, contact_id, BY_PHONE)


async def merge(
    unit: Unit,
    tenant_id: int,
    first: int,
    second: int,
    reason: str,
    user_id: int | None = None,
) -> int:
    """Make two contacts one: the older keeps its key, everything of the other moves to it.

    Returns:
        Inner key of the contact that is left; asked again for the same two it changes nothing.
    """
    repository = MergeRepository(unit, tenant_id)
    pair = await repository.lock(first, second)
    if len(pair) < 2:
        return pair[0].id if pair else first
    kept, gone = pair
    into = await repository.is_gone(gone.id)
    if into == kept.id:
        return kept.id
    before = {
        "kept": await _card(repository, kept, unit.cipher),
        "gone": await _card(repository, gone, unit.cipher),
    }
    moved = await repository.move(gone.id, kept.id)
    await _join(repository, unit.cipher, kept, gone, before)
    await repository.add(
        ContactMerge(
            kept_id=kept.id,
            gone_id=gone.id,
            reason=reason,
            user_id=user_id,
            body=unit.cipher.seal_json({"moved": moved, "before": before}),
        )
    )
    return kept.id


async def merge_by_hand(unit: Unit, principal: Principal, keep: UUID, gone: UUID) -> int:
    """The administrator says that two clients are one person.

    Raises:
        ServiceError: `forbidden`, `contact_not_found`, `contact_same`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    repository = MergeRepository(unit, principal.tenant_id)
    pair = [await repository.by_public_id(one) for one in (keep, gone)]
    first, second = pair
    if first is None or second is None:
        raise not_found("contact_not_found", "Клиент не найден.")
    if first.id == second.id:
        raise invalid("contact_same", "Это один и тот же клиент.")
    left = await merge(unit, principal.tenant_id, first.id, second.id, BY_HAND, principal.user_id)
    details = {"with": str(gone)}
    await audit.record(unit, principal, "contact.merged", f"contact:{keep}", details)
    return left


async def undo(unit: Unit, principal: Principal, merge_id: UUID) -> None:
    """Take a merge back: what was moved returns; what was learned since stays with who is left.

    Raises:
        ServiceError: `forbidden`, `merge_not_found`, `merge_not_last`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    repository = MergeRepository(unit, principal.tenant_id)
    row = await repository.merge(merge_id)
    if row is None or row.undone_at is not None:
        raise not_found("merge_not_found", "Такого объединения нет или оно уже отменено.")
    later = [one for one in await repository.merges_of(row.kept_id) if one.id > row.id]
    later += [one for one in await repository.merges_of(row.gone_id) if one.id > row.id]
    if later:
        raise ServiceError(
            "merge_not_last", Kind.CONFLICT, "Сначала отмените более позднее объединение."
        )
    kept, gone = await repository.lock(row.kept_id, row.gone_id)
    body = unit.cipher.open_json(row.body)
    await repository.move_back(body["moved"], gone.id, kept.id)
    for contact, card in ((kept, body["before"]["kept"]), (gone, body["before"]["gone"])):
        await _restore(repository, unit.cipher, contact, card)
    row.undone_at = utcnow()
    await audit.record(unit, principal, "contact.unmerged", f"contact:{kept.public_id}")


async def merges(unit: Unit, principal: Principal, contact: UUID) -> list[Merge]:
    """Merges that made a client what they are, newest first.

    Raises:
        ServiceError: `forbidden`, `contact_not_found`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    repository = MergeRepository(unit, principal.tenant_id)
    row = await repository.by_public_id(contact)
    if row is None:
        raise not_found("contact_not_found", "Клиент не найден.")
    found = await repository.merges_of(row.id)
    return [Merge(one.public_id, one.reason, one.created_at) for one in found]


async def settle(unit: Unit) -> int:
    """Move what a turn wrote to a contact that was merged while it was thinking.

    Returns:
        Rows that were moved.
    """
    count = 0
    for row in await recent_across_tenants(unit, SETTLE_MINUTES):
        repository = MergeRepository(unit, row.tenant_id)
        late = await repository.move(row.gone_id, row.kept_id)
        if late:
            body = unit.cipher.open_json(row.body)
            row.body = unit.cipher.seal_json({**body, "moved": _added(body["moved"], late)})
            count += sum(map(len, late.values()))
    return count


def _added(moved: Moved, late: Moved) -> Moved:
    return {name: moved.get(name, []) + late.get(name, []) for name in {*moved, *late}}


Card = dict[str, Any]


async def _card(repository: MergeRepository, contact: Contact, cipher: Cipher) -> Card:
    memory = await repository.memory(contact.id)
    return {
        "profile": cipher.open_json(contact.profile) if contact.profile is not None else {},
        "memory": cipher.open_json(memory.body) if memory is not None else {},
        "operator": contact.operator_id,
    }


async def _join(
    repository: MergeRepository,
    cipher: Cipher,
    kept: Contact,
    gone: Contact,
    before: dict[str, Card],
) -> None:
    # What the person said last is true; facts of the card do not tell when they were said.
    mine, other = before["kept"], before["gone"]
    topics = dict(other["memory"])
    for topic, value in mine["memory"].items():
        if topic not in topics or str(value.get("on")) >= str(topics[topic].get("on")):
            topics[topic] = value
    card = {
        "profile": other["profile"] | mine["profile"],
        "memory": topics,
        "operator": mine["operator"] or other["operator"],
    }
    await _restore(repository, cipher, kept, card)
    await _restore(repository, cipher, gone, {"profile": {}, "memory": {}, "operator": None})


async def _restore(
    repository: MergeRepository, cipher: Cipher, contact: Contact, card: Card
) -> None:
    contact.profile = cipher.seal_json(card["profile"]) if card["profile"] else None
    contact.operator_id = card["operator"]
    memory = cipher.seal_json(card["memory"]) if card["memory"] else None
    await repository.set_memory(contact.id, memory)
