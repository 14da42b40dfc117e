"""What the desk tells to who has just done something there; a repeat of the act tells nothing new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import ConversationState
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk import showing, words
from insurance_chat.operators.telegram_desk.repository import DeskRepository
from insurance_chat.operators.telegram_desk.types import Knob, Note, Staff, To


class Answer:
    """Messages that come of one act.

    Args:
        to: who is told.
        key: of the act; the same when it is read again.
    """

    def __init__(self, to: To, key: str) -> None:
        self.to = to
        self.key = key
        self._told = 0

    async def tell(self, unit: Unit, note: Note) -> None:
        """Owe a message, in the transaction of what it is about."""
        raw = await unit.driver_connection()
        await outbox.add(raw, unit.cipher, self.to, f"{self.key}:{self._told}", note)
        self._told += 1

    async def say(self, unit: Unit, text: str, *knobs: Knob, about: int | None = None) -> None:
        """Owe a few words.

        Args:
            about: the chat that they are about.
        """
        await self.tell(unit, Note(text, knobs, about))

    async def change(self, unit: Unit, message_id: int, note: Note) -> None:
        """Replace the words of an earlier message."""
        await self.tell(unit, replace(note, edits_id=message_id))


@dataclass(frozen=True, slots=True)
class OpenChat:
    """A client's chat that an agent leads from Telegram."""

    conversation_id: int
    session: UUID
    title: str


async def open_chats(unit: Unit, staff: Staff) -> list[OpenChat]:
    """Chats that the agent has open in Telegram, by number; those they have lost are left out."""
    found = []
    rows = await DeskRepository(unit, staff.to.tenant_id).chats(staff.account_id)
    for chat, conversation, contact, _ in rows:
        if conversation.operator_id == staff.user_id:
            profile = unit.cipher.open_json(contact.profile) if contact.profile else {}
            title = showing.chat_title(chat.number, profile)
            found.append(OpenChat(conversation.id, conversation.public_id, title))
    return found


async def open_chat(unit: Unit, staff: Staff, conversation_id: int | None) -> OpenChat:
    """One of them.

    Raises:
        ServiceError: `not_your_chat`.
    """
    for chat in await open_chats(unit, staff):
        if chat.conversation_id == conversation_id:
            return chat
    raise not_yours()


async def led_by(unit: Unit, staff: Staff, conversation_id: int | None) -> Conversation:
    """A chat that this person leads now, locked; an administrator, too, acts here for nobody else.

    Raises:
        ServiceError: `not_your_chat`.
    """
    repository = ConversationRepository(unit, staff.to.tenant_id)
    found = await repository.by_id(conversation_id or 0, lock=True)
    if (
        found is None
        or found.operator_id != staff.user_id
        or found.state != ConversationState.WITH_AGENT
    ):
        raise not_yours()
    return found


def not_yours() -> ServiceError:
    """The chat is not, or no longer, led by this person."""
    return ServiceError("not_your_chat", Kind.CONFLICT, words.NOT_YOURS_NOW)


async def switch_to(unit: Unit, staff: Staff, conversation_id: int | None) -> None:
    """Words without a reply go to this chat from now on."""
    repository = DeskRepository(unit, staff.to.tenant_id)
    await repository.change(staff.account_id, conversation_id=conversation_id)


async def go_on(unit: Unit, staff: Staff, answer: Answer) -> None:
    """A chat has ended: say which one words go to now."""
    left = await open_chats(unit, staff)
    if left:
        await switch_to(unit, staff, left[0].conversation_id)
        text = words.NEXT.format(title=left[0].title)
        await answer.say(unit, text, about=left[0].conversation_id)
