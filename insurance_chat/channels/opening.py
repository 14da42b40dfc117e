"""Finds the conversation of a chat, or opens one: the contact is who the messenger says it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from insurance_chat.channels import chats_repository as chats
from insurance_chat.channels.held import Held
from insurance_chat.channels.ports import Introduces, Person
from insurance_chat.channels.types import Chat
from insurance_chat.channels.updates_repository import chat_hash
from insurance_chat.conversations import contacts, sessions
from insurance_chat.conversations.merging import service as merging
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.principal import Principal, Role

MOST_LANGUAGE = 20  # letters of a language tag, e.g. `pt-br`
PHONE_CHANNELS = frozenset({"whatsapp"})  # their ids of persons are phones


def identity(cipher: Cipher, channel: str, person: str) -> str:
    """The identifier under which a contact is found; phones only as keyed hashes."""
    return cipher.lookup(person) if channel in PHONE_CHANNELS else person[:200]


class Opening:
    """Finds and opens chats.

    Args:
        db: where conversations live.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def chat(
        self, held: Held, address: str, person: Person, extra: Mapping[str, Any], *, by_client: bool
    ) -> Chat:
        """The chat of an address; a new one becomes a conversation of its person.

        Args:
            extra: what replies need; kept when it has changed.
            by_client: the client has written, not the owner of the account.
        """
        account, cipher = held.connected, self._db.cipher
        digest = chat_hash(cipher, account.id, address)
        kept = {"chat": address, "extra": dict(extra)}
        async with self._db.pool.connection() as connection:
            found = await chats.find_chat(connection, cipher, account.id, digest)
        if found is None:
            await self._open(held, digest, kept, person)
            async with self._db.pool.connection() as connection:
                found = await chats.find_chat(connection, cipher, account.id, digest)
            assert found is not None  # nobody else opens chats of this account
        elif person.phone:
            found = await self._remember(found, person)
        async with self._db.pool.connection() as connection:
            await chats.note_incoming(connection, cipher, found, kept, by_client=by_client)
        return found

    async def _open(
        self, held: Held, digest: str, address: Mapping[str, Any], person: Person
    ) -> None:
        account, channel, adapter = held.connected, held.adapter.channel, held.adapter
        if not person.name and isinstance(adapter, Introduces):
            person = await adapter.introduce(held.account, person)
        async with self._db.unit() as unit:
            # The messenger has proven who it is, which is what a log-in of the staff stands for here.
            trusted = Principal(account.tenant_id, Role.ADMIN)
            view, _ = await sessions.create_session(
                unit,
                account.tenant_id,
                trusted,
                channel=channel,
                channel_user_id=identity(self._db.cipher, channel, person.id),
                prefer_voice=False,
                email=None,
            )
            await _introduce(unit, account.tenant_id, view.contact_id, person)
            await chats.add_chat(
                await unit.driver_connection(),
                self._db.cipher,
                account.tenant_id,
                account.id,
                view.conversation_id,
                digest,
                address,
            )

    async def _remember(self, chat: Chat, person: Person) -> Chat:
        """Keep a vouched phone; who has it elsewhere turns out to be the same person."""
        async with self._db.unit() as unit:
            contact = await _vouched(unit, chat.tenant_id, chat.contact_id, person)
        return replace(chat, contact_id=contact)


async def _introduce(unit: Unit, tenant_id: int, contact_id: int, person: Person) -> None:
    """Keep the name that the messenger tells, unless a better one is known, and a vouched phone."""
    contact = await ConversationRepository(unit, tenant_id).contact(contact_id)
    named = contact is not None and contact.profile is not None
    if not named:
        await contacts.remember(unit, tenant_id, contact_id, name=person.name[:120])
    await _vouched(unit, tenant_id, contact_id, person)


async def _vouched(unit: Unit, tenant_id: int, contact_id: int, person: Person) -> int:
    """The contact that this person is, after what the messenger vouches for has been kept."""
    if person.phone:
        contact_id = await merging.prove_phone(unit, tenant_id, contact_id, person.phone)
    language = person.language[:MOST_LANGUAGE]
    await contacts.remember(unit, tenant_id, contact_id, phone=person.phone, language=language)
    return contact_id
