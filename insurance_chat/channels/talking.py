"""Stores what clients and owners of accounts say; the rest of the product sees ordinary messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from insurance_chat.accounts.models import User
from insurance_chat.channels import chats_repository as chats
from insurance_chat.channels import outbox_repository as outbox
from insurance_chat.channels import words
from insurance_chat.channels.continuing import service as continuing
from insurance_chat.channels.continuing.repository import ContinueRepository
from insurance_chat.channels.held import Held
from insurance_chat.channels.opening import Opening
from insurance_chat.channels.ports import Deleted, Edited, Incoming, OwnerWrote, Person
from insurance_chat.channels.reading import Item, pressed_at, words_of
from insurance_chat.channels.rendering import choices
from insurance_chat.channels.types import Chat
from insurance_chat.channels.updates_repository import chat_hash
from insurance_chat.conversations import hot, log
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.handover.repository import OWNER_WROTE, HandoverRepository
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import (
    EntryKind,
    InboundMessage,
    Sender,
    Stored,
)
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role

MOST_QUOTED = 200


class Arrivals(Protocol):
    """Binds a client who came by an invitation link to the agent who invites."""

    async def __call__(self, unit: Unit, principal: Principal, session: UUID, token: str) -> object:
        """Greet the client in the chat.

        Raises:
            ServiceError: the link does not work.
        """
        ...


class Talking:
    """Stores messages of messengers.

    Args:
        db: where conversations live.
        hub: shows what was stored on open screens of this process.
        arrive: takes invitations.
    """

    def __init__(self, db: Database, hub: FeedHub, arrive: Arrivals) -> None:
        self._db = db
        self._hub = hub
        self._arrive = arrive
        self._opening = Opening(db)

    async def client_said(
        self, held: Held, item: Item, said: Incoming, lease: UUID
    ) -> tuple[Chat, Stored] | None:
        """A message of a client; None when nothing of it is for the assistant."""
        chat = await self._opening.chat(held, said.chat, said.person, said.extra, by_client=True)
        if code := continuing.code_in(said.start, said.text):
            await self._continue(chat, code, item.key)
            return None
        if said.start:
            await self._welcome(chat, said.start, item.key)
        files, voice, refused = sorted_cards(item.update.media or ())
        text, metadata = await self._words(chat, said)
        if refused:
            await self._explain(chat, refused, item.key)
        if not (text or files or voice) or await self._answers(chat, text, item.key):
            return None
        if files:
            metadata["files"] = files
        if item.edited:
            metadata["edited"] = True
        if said.quoted and (quote := await self._quote(chat, said.quoted)):
            metadata["quote"] = quote
        message = InboundMessage(
            Sender.USER,
            text=text or None,
            voice_key=voice,
            client_key=item.key,
            metadata=metadata,
        )
        return chat, await self._store(chat, message, lease, said.message_id)

    async def _words(self, chat: Chat, said: Incoming) -> tuple[str, dict[str, Any]]:
        place = pressed_at(said.pressed)
        if place is None:
            return words_of(said, chat.offered)
        async with self._db.pool.connection() as connection:
            entry = await outbox.line(connection, self._db.cipher, chat.conversation_id, place[0])
        offered = choices(entry.body) if entry is not None else []
        if not 1 <= place[1] <= len(offered):
            return said.text.strip(), {}
        chosen = offered[place[1] - 1]
        return chosen.value, {"pressed": chosen.title}

    async def _store(
        self, chat: Chat, message: InboundMessage, lease: UUID, message_id: str
    ) -> Stored:
        async with self._db.pool.connection() as connection:
            stored = await hot.store_inbound(
                connection,
                self._db.cipher,
                chat.tenant_id,
                chat.session,
                message,
                lease=lease,
                queue=self._db.queue,
            )
            await chats.remember_message(connection, chat.id, message_id, stored.entry.seq)
        if not stored.duplicate:
            self._hub.client_stopped(chat.conversation_id)
            self._hub.push(chat.conversation_id, [stored.entry])
        return stored

    async def _continue(self, chat: Chat, code: str, key: str) -> None:
        """The client comes from the site: ask whether the conversation there is theirs."""
        async with self._db.unit() as unit:
            row = await ContinueRepository(unit, chat.tenant_id).chat(chat.id)
            if row is not None:
                await continuing.arrive(unit, row, code, key)

    async def _answers(self, chat: Chat, text: str, key: str) -> bool:
        """Whether these words were the answer to that question."""
        if not text:
            return False
        async with self._db.unit() as unit:
            return await continuing.answer(unit, chat.id, chat.tenant_id, text, key)

    async def _welcome(self, chat: Chat, token: str, key: str) -> None:
        client = Principal(chat.tenant_id, Role.USER, conversation_id=chat.conversation_id)
        try:
            async with self._db.unit() as unit:
                await self._arrive(unit, client, chat.session, token)
        except ServiceError as refusal:
            await self._tell(chat, f"{refusal.message} {words.GO_ON}", f"start:{key}")

    async def _explain(self, chat: Chat, refused: Sequence[str], key: str) -> None:
        await self._tell(chat, "\n".join(refused), f"refused:{key}")

    async def _tell(self, chat: Chat, text: str, key: str) -> None:
        async with self._db.unit() as unit:
            conversation = await _locked(unit, chat)
            if conversation is not None:
                await log.append_message(
                    unit, conversation, Sender.SYSTEM, {"text": text}, key=key[-120:]
                )

    async def _quote(self, chat: Chat, message_id: str) -> dict[str, Any] | None:
        async with self._db.pool.connection() as connection:
            seq = await chats.seq_of_message(connection, chat.id, message_id)
            if seq is None:
                return None
            entry = await outbox.line(connection, self._db.cipher, chat.conversation_id, seq)
        if entry is None:
            return None
        text = " ".join(str(entry.body.get("text") or "файл").split())
        return {
            "id": str(entry.public_id),
            "sender": entry.sender.value,
            "text": text[:MOST_QUOTED],
        }

    async def client_edited(
        self, held: Held, item: Item, edited: Edited, lease: UUID
    ) -> tuple[Chat, Stored] | None:
        """A client has changed a message: what was not answered yet counts as said anew."""
        chat, seq = await self._known(held, edited.chat, edited.message_id)
        if chat is None or seq is None or not edited.text.strip():
            return None
        metadata = {"edited": seq}
        if seq > chat.answered_seq or chat.with_agent:
            message = InboundMessage(
                Sender.USER, edited.text.strip(), client_key=item.key, metadata=metadata
            )
            return chat, await self._store(chat, message, lease, edited.message_id)
        body = {"text": edited.text.strip(), "metadata": metadata}
        await self._note(chat, Sender.USER, body, item.key)
        return None

    async def client_deleted(self, held: Held, item: Item, deleted: Deleted) -> None:
        """A client has taken messages back: the log says so, what was said stays."""
        for number, message_id in enumerate(deleted.message_ids):
            chat, seq = await self._known(held, deleted.chat, message_id)
            if chat is not None and seq is not None:
                body = {"text": words.DELETED, "metadata": {"deleted": seq}}
                await self._note(chat, Sender.SYSTEM, body, f"{item.key[:100]}:{number}")

    async def _known(
        self, held: Held, address: str, message_id: str
    ) -> tuple[Chat | None, int | None]:
        digest = chat_hash(self._db.cipher, held.connected.id, address)
        async with self._db.pool.connection() as connection:
            chat = await chats.find_chat(connection, self._db.cipher, held.connected.id, digest)
            if chat is None:
                return None, None
            return chat, await chats.seq_of_message(connection, chat.id, message_id)

    async def _note(self, chat: Chat, sender: Sender, body: Mapping[str, Any], key: str) -> None:
        """A line for our own screens, without a turn."""
        async with self._db.unit() as unit:
            conversation = await _locked(unit, chat)
            repository = ConversationRepository(unit, chat.tenant_id)
            if conversation is None or await repository.has_key(conversation.id, key):
                return
            await repository.append(conversation, EntryKind.MESSAGE, sender, dict(body), key)
            await log.wake(unit, conversation)

    async def owner_said(self, held: Held, item: Item, said: OwnerWrote) -> None:
        """The owner of the account answers by hand: a human has taken over."""
        person = Person(said.chat)
        chat = await self._opening.chat(held, said.chat, person, said.extra, by_client=False)
        files, voice, _ = sorted_cards(item.update.media or ())
        text = said.text.strip()
        if not (text or files or voice):
            return
        async with self._db.unit() as unit:
            conversation = await _locked(unit, chat)
            if conversation is None:
                return
            owner = await _owner(unit, held)
            if owner is not None and conversation.operator_id is None:
                await _take_over(unit, chat, conversation, owner)
            metadata: dict[str, Any] = {"files": files} if files else {}
            if owner is not None:
                metadata |= {"agentName": owner.name, "agentId": str(owner.public_id)}
            message = InboundMessage(Sender.AGENT, text or None, voice_key=voice, metadata=metadata)
            entry = await log.append_message(
                unit, conversation, Sender.AGENT, message.body(), key=item.key
            )
            if entry is not None:
                raw = await unit.driver_connection()
                await chats.remember_message(raw, chat.id, said.message_id, entry.seq)

    async def give_back(self, chat_id: int, owner_id: int) -> None:
        """The owner has been silent for long: the assistant goes on, without a word about it."""
        async with self._db.pool.connection() as connection:
            chat = await chats.load_chat(connection, self._db.cipher, chat_id)
        if chat is None:
            return
        async with self._db.unit() as unit:
            conversation = await _locked(unit, chat)
            if conversation is None or conversation.operator_id != owner_id:
                return
            owner = await HandoverRepository(unit, chat.tenant_id).user(owner_id)
            if owner is None:
                return
            before = conversation.last_seq
            await claiming.release(unit, _as_leader(owner), chat.session)
            await _hide(unit, chat, conversation, before)


async def _locked(unit: Unit, chat: Chat) -> Conversation | None:
    return await ConversationRepository(unit, chat.tenant_id).by_id(chat.conversation_id, lock=True)


async def _owner(unit: Unit, held: Held) -> User | None:
    if held.connected.owner_id is None:
        return None
    return await HandoverRepository(unit, held.connected.tenant_id).user(held.connected.owner_id)


def _as_leader(owner: User) -> Principal:
    # It is the owner's own account: nobody has to ask for a human first, whatever their role.
    return Principal(owner.tenant_id, Role.ADMIN, owner.id, str(owner.public_id))


async def _take_over(unit: Unit, chat: Chat, conversation: Conversation, owner: User) -> None:
    before = conversation.last_seq
    await claiming.claim(unit, _as_leader(owner), chat.session)
    request = await HandoverRepository(unit, chat.tenant_id).open(conversation.id)
    if request is not None:
        request.reason = OWNER_WROTE
    await _hide(unit, chat, conversation, before)


async def _hide(unit: Unit, chat: Chat, conversation: Conversation, before: int) -> None:
    """Keep the notices of a change to our own screens: the client talks to the same person."""
    await unit.session.flush()
    seqs = range(before + 1, conversation.last_seq + 1)
    await chats.skip_lines(await unit.driver_connection(), chat, list(seqs))


def sorted_cards(
    cards: Sequence[Mapping[str, Any]],
) -> tuple[list[dict[str, Any]], str | None, list[str]]:
    """Fetched files of a message: files, the key of a voice message, and what was not accepted."""
    files = [dict(card) for card in cards if "key" in card and not card.get("voice")]
    voices = [str(card["key"]) for card in cards if card.get("voice")]
    refused = [str(card["refused"]) for card in cards if "refused" in card]
    return files, voices[0] if voices else None, refused
