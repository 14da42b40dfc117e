"""Giving a client's data out: to the administrator, and to the client in the chat (152-ФЗ art. 14)."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import log
from insurance_chat.conversations.erasure.repository import ErasureRepository
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Sender
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import not_found
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.jobs import SendClientData
from insurance_chat.operators.clients.erasing.repository import PeopleRepository
from insurance_chat.operators.clients.exporting.archive import pack
from insurance_chat.operators.clients.exporting.gathering import Gathered, gather

FILE_NAME = "moi-dannye.zip"
_READY = (
    "Вот всё, что сервис о вас хранит: откройте в архиве файл index.html. Там могут быть паспортные "
    "данные, поэтому никому его не пересылайте. Чтобы данные удалили, напишите «отозвать согласие»."
)


class Services(Protocol):
    """What the job needs of its process."""

    @property
    def db(self) -> Database:
        """Connections to the database."""

    @property
    def files(self) -> FileStore:
        """Stored files."""


async def export(unit: Unit, principal: Principal, client: UUID) -> Gathered:
    """Everything that is kept of a client; `archive.pack` makes the file outside of the transaction.

    Raises:
        ServiceError: `forbidden`, `contact_not_found`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    contact = await ErasureRepository(unit, principal.tenant_id).contact(client)
    if contact is None:
        raise not_found("contact_not_found", "Клиент не найден.")
    everybody = await PeopleRepository(unit, principal.tenant_id).all_of(contact.id)
    await audit.record(unit, principal, "contact.exported", f"contact:{client}")
    return await gather(unit, principal.tenant_id, everybody)


async def send_to_client(services: Services, job: SendClientData) -> None:
    """Put the archive into the chat whose client has asked for it; a repeat says nothing more.

    The client is who the chat belongs to, so the data of nobody else can be asked for.
    """
    key = f"export:{job.key}"[-120:]
    async with services.db.unit() as unit:
        chats = ConversationRepository(unit, job.tenant_id)
        chat = await chats.by_id(job.conversation_id)
        if chat is None or await chats.has_key(chat.id, key):
            return
        everybody = await PeopleRepository(unit, job.tenant_id).all_of(chat.contact_id)
        gathered = await gather(unit, job.tenant_id, everybody)
    content = await pack(gathered, services.files)
    stored = await services.files.put(content, sealed=True)
    card = {
        "key": stored,
        "name": FILE_NAME,
        "mime": "application/zip",
        "size": len(content),
        "kind": "attachment",
    }
    async with services.db.unit() as unit:
        chat = await ConversationRepository(unit, job.tenant_id).by_id(
            job.conversation_id, lock=True
        )
        body = {"text": _READY, "metadata": {"files": [card]}}
        said = chat and await log.append_message(unit, chat, Sender.AI, body, key=key)
        if chat is not None and said is not None:
            target = f"session:{chat.public_id}"
            await audit.record_of_client(unit, job.tenant_id, "contact.data_sent", target)
    if said is None:
        await services.files.delete(stored)
