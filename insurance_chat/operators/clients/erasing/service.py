"""Deleting what is kept of a client, on their wish or by the administrator (152-ФЗ art. 14, 20, 21).

All rows change in one transaction; files go by a job that is written in it. A turn that is thinking
meanwhile finds another version of its conversation and is discarded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import contacts as people
from insurance_chat.conversations import log
from insurance_chat.conversations.erasure import service as wishes
from insurance_chat.conversations.erasure.repository import ErasureRepository
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind, Sender
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.kept.service import Kept, kept_by_law
from insurance_chat.operators.clients.erasing.repository import ErasingRepository, PeopleRepository
from insurance_chat.operators.clients.jobs import EraseFiles

ERASED = {"erased": True, "text": "Удалено по требованию клиента."}
_STAYING = ("policy", "document")  # kinds of cards whose files belong to a record or to everybody
_FILES_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Erased:
    """What a deletion has done: `kept` stays by law; `chats` and `files` count what is gone."""

    kept: list[Kept]
    chats: int
    files: int


async def preview(unit: Unit, principal: Principal, client: UUID) -> list[Kept]:
    """What would stay by law.

    Raises:
        ServiceError: `forbidden`, `contact_not_found`.
    """
    _, everybody = await _client(unit, principal, client)
    return await kept_by_law(unit, principal.tenant_id, everybody)


async def erase(unit: Unit, principal: Principal, client: UUID) -> Erased:
    """Delete everything of a client but what the law obliges to keep.

    The client is unknown afterwards: who writes again from the same account is a new client.

    Raises:
        ServiceError: `forbidden`, `contact_not_found`, `client_erased`.
    """
    contact, everybody = await _client(unit, principal, client)
    if contact.erased_at is not None:
        raise ServiceError("client_erased", Kind.CONFLICT, "Данные этого клиента уже удалены.")
    tenant_id = principal.tenant_id
    # Without a wish of the client it is the administrator's: what was kept is told by it afterwards.
    await wishes.ask(unit, tenant_id, contact.id, conversation_id=None, origin=wishes.BY_ADMIN)
    repository = ErasingRepository(unit, tenant_id, everybody)
    chats = await repository.lock()
    for one in everybody:
        await people.withdraw_consents(unit, tenant_id, one)
    kept = await kept_by_law(unit, tenant_id, everybody)
    files = await _files(unit, repository)
    await _events(unit, repository, chats)
    await repository.wipe_updates()
    await repository.wipe_policies()
    await repository.wipe_labels()
    await repository.end_handovers()
    await repository.hide_sounds()
    await repository.apply(unit.cipher.seal_json(ERASED))
    await repository.forget_contacts()
    await _close(unit, tenant_id, chats)
    told = [{"title": one.title, "until": one.until and one.until.isoformat()} for one in kept]
    await ErasureRepository(unit, tenant_id).finish(everybody, principal.user_id, told)
    for first in range(0, len(files), _FILES_AT_ONCE):
        await unit.defer(EraseFiles(keys=files[first : first + _FILES_AT_ONCE]))
    details = {"chats": len(chats), "files": len(files), "kept": len(kept)}
    await audit.record(unit, principal, "contact.erased", f"contact:{client}", details)
    return Erased(kept, len(chats), len(files))


async def _client(unit: Unit, principal: Principal, client: UUID) -> tuple[Any, list[int]]:
    access.require(principal, Permission.READ_ALL_CHATS)
    contact = await ErasureRepository(unit, principal.tenant_id).contact(client)
    if contact is None:
        raise not_found("contact_not_found", "Клиент не найден.")
    return contact, await PeopleRepository(unit, principal.tenant_id).all_of(contact.id)


async def _files(unit: Unit, repository: ErasingRepository) -> list[str]:
    """Keys of the files that go: attachments, voices, drafts; never a policy or a shared document."""
    found: set[str] = set(await repository.draft_files())
    for body, sound in await repository.bodies():
        found |= set(_keys(unit.cipher.open_json(body)))
        if sound is not None:
            found |= set(_keys(unit.cipher.open_json(sound)))
    for cards in await repository.media():
        found |= set(_keys({"metadata": {"files": unit.cipher.open_json(cards)}}))
    return sorted(found - set(await repository.policy_files()))


def _keys(body: Mapping[str, Any]) -> Iterable[str]:
    for name in ("voiceKey", "key"):
        if isinstance(body.get(name), str):
            yield body[name]
    for card in (body.get("metadata") or {}).get("files") or ():
        if card.get("key") and card.get("kind") not in _STAYING:
            yield str(card["key"])


async def _events(unit: Unit, repository: ErasingRepository, chats: Iterable[Conversation]) -> None:
    """Recorded events of the client's chats hold their words."""
    sessions = [str(chat.public_id) for chat in chats]
    async for batch in repository.events():
        gone = []
        for number, sealed in batch:
            text = json.dumps(unit.cipher.open_json(sealed))
            if any(one in text for one in sessions):
                gone.append(number)
        if gone:
            await repository.drop_events(gone)


async def _close(unit: Unit, tenant_id: int, chats: Iterable[Conversation]) -> None:
    """A line of the log, so that open screens and turns at work see that something has changed."""
    lines = ConversationRepository(unit, tenant_id)
    for chat in chats:
        await unit.session.refresh(chat)
        await lines.append(chat, EntryKind.DIALOGUE, Sender.SYSTEM, {"erased": True})
        chat.answered_seq = chat.last_inbound_seq
        await log.wake(unit, chat)
