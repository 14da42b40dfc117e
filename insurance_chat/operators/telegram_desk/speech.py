"""An agent writes in Telegram: the words go to the client whom they are for, or nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from insurance_chat.channels.ports import Incoming
from insurance_chat.channels.reading import Item
from insurance_chat.channels.talking import sorted_cards
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind, InboundMessage, Sender
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.operators.inbox.speaking import Speaking
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk import words
from insurance_chat.operators.telegram_desk.answers import (
    Answer,
    OpenChat,
    led_by,
    open_chats,
    switch_to,
)
from insurance_chat.operators.telegram_desk.types import SPOKEN, Act, Knob, Staff, Stored

_LINES = (EntryKind.MESSAGE,)


@dataclass(frozen=True, slots=True)
class _Aim:
    """Whom words are for; `quoted` is the line that they answer."""

    chat: OpenChat
    quoted: UUID | None
    several: bool


class Speech:
    """Hands words of agents over to clients.

    Args:
        db: where chats are.
        speaking: looks at the words first and refuses those that lead a client away.
    """

    def __init__(self, db: Database, speaking: Speaking) -> None:
        self._db = db
        self._speaking = speaking

    async def quoted(self, staff: Staff, said: Incoming) -> Stored | None:
        """The message that is replied to."""
        if not said.quoted:
            return None
        async with self._db.pool.connection() as raw:
            return await outbox.message_called(raw, self._db.cipher, staff.account_id, said.quoted)

    async def say(
        self, staff: Staff, answer: Answer, item: Item, said: Incoming, reply: Stored | None
    ) -> None:
        """Say it to the client; nothing is sent when it is not sure to whom.

        Raises:
            ServiceError: as `Speaking.say` raises, `pull_away_blocked` among them.
        """
        files, voice, refused = sorted_cards(item.update.media or ())
        text = said.text.strip()
        async with self._db.unit() as unit:
            if not (text or files or voice):
                await answer.say(unit, "\n".join(refused) or words.EMPTY)
                return
            aim = await self._aim(unit, staff, answer, said, reply)
            if aim is None:
                return
        message = InboundMessage(
            Sender.AGENT,
            text=text or None,
            voice_key=voice,
            client_key=f"{SPOKEN}{item.key}",
            metadata={"files": files} if files else {},
        )
        done = await self._speaking.say(
            staff.principal, aim.chat.session, message, quoted=aim.quoted
        )
        async with self._db.unit() as unit:
            raw = await unit.driver_connection()
            heard = f"{item.key}:heard"
            number = aim.chat.conversation_id
            await outbox.add_heard(raw, unit.cipher, answer.to, heard, number, said.message_id)
            for sentence in (*refused, *((done.warning,) if done.warning else ())):
                await answer.say(unit, sentence, about=number)
            if refused or done.warning:
                return
            if aim.several:
                await answer.say(unit, words.SENT.format(title=aim.chat.title), about=number)

    async def _aim(
        self, unit: Unit, staff: Staff, answer: Answer, said: Incoming, reply: Stored | None
    ) -> _Aim | None:
        """Whom it is for. A reply names its chat; without one it is the chosen chat, or the only one."""
        chats = await open_chats(unit, staff)
        wanted = staff.conversation_id
        if reply is not None and reply.conversation_id is not None:
            wanted = reply.conversation_id
        elif said.quoted and reply is None:
            wanted = None  # a reply to what we do not know says that another chat may be meant
        if wanted is None and len(chats) == 1:
            wanted = chats[0].conversation_id
        chat = next((one for one in chats if one.conversation_id == wanted), None)
        if chat is None:
            await _ask(unit, answer, chats, lost=wanted is not None)
            return None
        await led_by(unit, staff, chat.conversation_id)
        if staff.conversation_id != chat.conversation_id:
            await switch_to(unit, staff, chat.conversation_id)
        return _Aim(chat, await _line(unit, staff, reply), len(chats) > 1)


async def _ask(unit: Unit, answer: Answer, chats: list[OpenChat], *, lost: bool) -> None:
    if not chats:
        await answer.say(unit, words.NOT_YOURS if lost else words.NO_CHATS)
        return
    await answer.say(unit, words.NOT_YOURS if lost else words.CHOOSE)
    for chat in chats:
        knob = Knob("Переключиться", Act.SWITCH)
        await answer.say(unit, f"**{chat.title}**", knob, about=chat.conversation_id)


async def _line(unit: Unit, staff: Staff, reply: Stored | None) -> UUID | None:
    """Public id of the line of the log that is replied to."""
    if reply is None or reply.seq is None or reply.conversation_id is None:
        return None
    repository = ConversationRepository(unit, staff.to.tenant_id)
    found = await repository.entries_after(reply.conversation_id, reply.seq - 1, 1, _LINES)
    return found[0].public_id if found and found[0].seq == reply.seq else None
