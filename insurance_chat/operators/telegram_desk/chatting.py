"""What agents do with clients' chats by buttons: take, switch, look, pass on, give back, end."""

from __future__ import annotations

from uuid import UUID

from insurance_chat.accounts import presence
from insurance_chat.conversations.handover import claiming, requests
from insurance_chat.conversations.handover.claiming import Outcome
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import ConversationState
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.operators.inbox import summary
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk import showing, words
from insurance_chat.operators.telegram_desk.answers import (
    Answer,
    OpenChat,
    go_on,
    led_by,
    not_yours,
    open_chat,
    open_chats,
    switch_to,
)
from insurance_chat.operators.telegram_desk.repository import DeskRepository
from insurance_chat.operators.telegram_desk.types import Act, Knob, Note, Staff, Stored

MOST_COLLEAGUES = 15


class Chatting:
    """Acts on chats. Every act asks anew whether the person may do it: buttons live for days.

    Args:
        db: where chats are.
        catalog: names of facts for the card.
    """

    def __init__(self, db: Database, catalog: Catalog) -> None:
        self._db = db
        self._catalog = catalog

    async def take(self, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Взять»: the first one wins, the others are told who it was.

        Raises:
            ServiceError: `already_claimed`, `not_waiting`, `session_not_found`.
        """
        async with self._db.unit() as unit:
            conversation = await self._wanted(unit, staff, row)
            await claiming.claim(unit, staff.principal, conversation.public_id)
            await self._open(unit, staff, answer, conversation, words.TAKEN)
            raw = await unit.driver_connection()
            if await outbox.close_card(raw, row.id):
                text = f"{row.text}\n\n{words.CARD_MINE}"
                await answer.change(unit, row.id, Note(text, conversation_id=conversation.id))

    async def _wanted(self, unit: Unit, staff: Staff, row: Stored) -> Conversation:
        """The chat of a card, still waiting, or already this person's (a press that is repeated)."""
        repository = ConversationRepository(unit, staff.to.tenant_id)
        number = row.conversation_id or 0
        session = (await repository.public_ids([number])).get(number)
        if session is None:
            raise not_yours()
        # Locks the row; a colleague's chat is refused with the colleague's name.
        conversation = await claiming.find_to_lead(unit, staff.principal, session)
        waits = conversation.state == ConversationState.HANDOVER_REQUESTED
        if not waits and conversation.operator_id is None:
            raise ServiceError("not_waiting", Kind.CONFLICT, words.NOT_WAITING)
        return conversation

    async def _open(
        self, unit: Unit, staff: Staff, answer: Answer, chat: Conversation, head: str
    ) -> OpenChat:
        """Go on with a chat in Telegram: what was said so far, then its lines as they come."""
        repository = DeskRepository(unit, staff.to.tenant_id)
        await unit.session.flush()
        await repository.open_chat(staff.account_id, chat.id, chat.last_seq)
        await switch_to(unit, staff, chat.id)
        opened = await open_chat(unit, staff, chat.id)
        log = ConversationRepository(unit, staff.to.tenant_id)
        entries = await log.entries_before(chat.id, chat.last_seq + 1, 2 * showing.LAST_LINES)
        said = showing.last_lines(entries)
        text = "\n\n".join(part for part in (head.format(title=opened.title), said) if part)
        await answer.say(unit, text, *words.MENU_KNOBS, about=chat.id)
        return opened

    async def switch(self, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Переключиться», also to a chat that was taken on the site.

        Raises:
            ServiceError: `not_your_chat`.
        """
        async with self._db.unit() as unit:
            conversation = await led_by(unit, staff, row.conversation_id)
            for chat in await open_chats(unit, staff):
                if chat.conversation_id == conversation.id:
                    await switch_to(unit, staff, conversation.id)
                    text = words.NOW.format(title=chat.title)
                    await answer.say(unit, text, *words.LINE_KNOBS, about=conversation.id)
                    return
            await self._open(unit, staff, answer, conversation, words.NOW)
            await requests.wake(unit, staff.to.tenant_id)  # its lines are looked at from now on

    async def menu(self, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Меню»: everything that can be done with a chat.

        Raises:
            ServiceError: `not_your_chat`.
        """
        async with self._db.unit() as unit:
            chat = await open_chat(unit, staff, row.conversation_id)
            about = chat.conversation_id
            await answer.say(unit, f"**{chat.title}**", *words.MENU_KNOBS, about=about)

    async def card(self, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Карточка»: what is known about the client, personal data hidden.

        Raises:
            ServiceError: `not_your_chat`.
        """
        async with self._db.unit() as unit:
            chat = await open_chat(unit, staff, row.conversation_id)
            found = await summary.summary(
                unit, staff.principal, chat.session, self._catalog, full=False
            )
            text = showing.card(chat.title, found)
            await answer.say(unit, text, *words.MENU_KNOBS, about=chat.conversation_id)

    async def ask_whom(self, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Передать»: which colleagues are on line.

        Raises:
            ServiceError: `not_your_chat`.
        """
        async with self._db.unit() as unit:
            chat = await open_chat(unit, staff, row.conversation_id)
            there = await presence.available(unit, staff.to.tenant_id)
            colleagues = [one for one in there if one.user_id != staff.user_id]
            knobs = [
                Knob(one.name, Act.HAND_TO, str(one.id)) for one in colleagues[:MOST_COLLEAGUES]
            ]
            knobs.append(Knob("Кто возьмёт первым", Act.HAND_TO))
            text = words.HAND.format(title=chat.title)
            if not colleagues:
                text = f"{text}\n{words.AWAY}"
            await answer.say(unit, text, *knobs, about=chat.conversation_id)

    async def hand_to(self, staff: Staff, answer: Answer, row: Stored, knob: Knob) -> None:
        """The chat goes to a colleague, or back into the queue.

        Raises:
            ServiceError: `not_your_chat`, `agent_not_found`, `agent_away`.
        """
        to = UUID(knob.argument) if knob.argument else None
        async with self._db.unit() as unit:
            chat = await self._leaving(unit, staff, row)
            await claiming.transfer(unit, staff.principal, chat.session, to)
            whom = knob.title if to is not None else words.HANDED_ANY
            text = words.HANDED.format(title=chat.title, to=whom)
            await self._left(unit, staff, answer, chat, text)

    async def give_back(self, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Вернуть ассистенту».

        Raises:
            ServiceError: `not_your_chat`.
        """
        await self._release(staff, answer, row, Outcome.RETURNED, words.RETURNED)

    async def close(self, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Закончить».

        Raises:
            ServiceError: `not_your_chat`.
        """
        await self._release(staff, answer, row, Outcome.CLOSED, words.CLOSED)

    async def _release(
        self, staff: Staff, answer: Answer, row: Stored, outcome: Outcome, text: str
    ) -> None:
        async with self._db.unit() as unit:
            chat = await self._leaving(unit, staff, row)
            await claiming.release(unit, staff.principal, chat.session, outcome)
            await self._left(unit, staff, answer, chat, text.format(title=chat.title))

    async def _leaving(self, unit: Unit, staff: Staff, row: Stored) -> OpenChat:
        await led_by(unit, staff, row.conversation_id)
        return await open_chat(unit, staff, row.conversation_id)

    async def _left(
        self, unit: Unit, staff: Staff, answer: Answer, chat: OpenChat, text: str
    ) -> None:
        repository = DeskRepository(unit, staff.to.tenant_id)
        await repository.close_chat(staff.account_id, chat.conversation_id)
        await answer.say(unit, text)
        if staff.conversation_id in (None, chat.conversation_id):
            await go_on(unit, staff, answer)
