"""Drafts of the copilot by buttons: shown to the agent, changed by words, sent when they say so."""

from __future__ import annotations

from contextlib import suppress

from insurance_chat.channels.held import Held
from insurance_chat.channels.ports import ChatAddress
from insurance_chat.conversations.types import InboundMessage, Sender
from insurance_chat.core.db.unit import Database
from insurance_chat.operators.copilot.ports import Task
from insurance_chat.operators.copilot.service import Copilot, Draft
from insurance_chat.operators.copilot.wishes import read_wish
from insurance_chat.operators.inbox.speaking import Speaking
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk import showing, words
from insurance_chat.operators.telegram_desk.answers import Answer, OpenChat, led_by, open_chat
from insurance_chat.operators.telegram_desk.repository import DeskRepository
from insurance_chat.operators.telegram_desk.types import SPOKEN, Note, Staff, Stored


class Drafting:
    """Drafts for agents in Telegram. Nothing of them reaches the client before «Отправить».

    Args:
        db: where chats are.
        copilot: writes.
        speaking: sends, after a look at the words.
    """

    def __init__(self, db: Database, copilot: Copilot, speaking: Speaking) -> None:
        self._db = db
        self._copilot = copilot
        self._speaking = speaking

    async def write(self, held: Held, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Черновик»: an answer to what the client has said last.

        Raises:
            ServiceError: `not_your_chat`.
        """
        await self._draft(held, staff, answer, await self._chat(staff, row))

    async def another(self, held: Held, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Ещё вариант».

        Raises:
            ServiceError: `not_your_chat`.
        """
        chat = await self._chat(staff, row)
        shown = row.draft
        variant = shown.variant + 1 if shown is not None else 0
        wish = shown.wish if shown is not None else ""
        await self._draft(held, staff, answer, chat, wish, variant=variant)

    async def ask_change(self, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Изменить»: the person's next words are about this draft, not for the client.

        Raises:
            ServiceError: `not_your_chat`.
        """
        chat = await self._chat(staff, row)
        async with self._db.unit() as unit:
            repository = DeskRepository(unit, staff.to.tenant_id)
            await repository.change(staff.account_id, awaits=row.id)
            await answer.say(unit, words.CHANGE, about=chat.conversation_id)

    async def change(self, held: Held, staff: Staff, answer: Answer, said: str) -> None:
        """The words after «Изменить»: a wish for the copilot, or the person's own text.

        Raises:
            ServiceError: `not_your_chat`.
        """
        async with self._db.pool.connection() as raw:
            row = await outbox.message(raw, self._db.cipher, staff.account_id, staff.awaits or 0)
        if row is None or row.draft is None:
            async with self._db.unit() as unit:
                await answer.say(unit, words.OLD_BUTTON)
            return
        chat = await self._chat(staff, row)
        if read_wish(said, has_text=True).task is Task.ANSWER:
            await self._show(staff, answer, chat, Draft(said), "")
        else:
            await self._draft(held, staff, answer, chat, said, current=row.draft.text)

    async def send(self, staff: Staff, answer: Answer, row: Stored) -> None:
        """«Отправить»: once, however often it is pressed.

        Raises:
            ServiceError: `not_your_chat`, and as `Speaking.say` raises.
        """
        chat = await self._chat(staff, row)
        if row.draft is None:
            return
        key = f"{SPOKEN}draft:{row.id}"
        message = InboundMessage(Sender.AGENT, text=row.draft.text, client_key=key)
        said = await self._speaking.say(staff.principal, chat.session, message)
        async with self._db.unit() as unit:
            about = chat.conversation_id
            if not said.sent.fresh:
                await answer.say(unit, words.DRAFT_REPEATED, about=about)
                return
            text = words.DRAFT_SENT.format(title=chat.title, text=row.draft.text)
            await answer.change(unit, row.id, Note(text, conversation_id=about))
            if said.warning:
                await answer.say(unit, said.warning, about=about)

    async def _chat(self, staff: Staff, row: Stored) -> OpenChat:
        async with self._db.unit() as unit:
            await led_by(unit, staff, row.conversation_id)
            return await open_chat(unit, staff, row.conversation_id)

    async def _draft(
        self,
        held: Held,
        staff: Staff,
        answer: Answer,
        chat: OpenChat,
        wish: str = "",
        *,
        variant: int = 0,
        current: str | None = None,
    ) -> None:
        with suppress(Exception):  # «печатает» is a courtesy
            await held.adapter.typing(held.account, ChatAddress(answer.to.chat))
        found = await self._copilot.draft(
            staff.principal, session=chat.session, wish=wish, variant=variant, current=current
        )
        # A changed text has no variants: they would be variants of the change.
        await self._show(staff, answer, chat, found, "" if current is not None else wish)

    async def _show(
        self, staff: Staff, answer: Answer, chat: OpenChat, found: Draft, wish: str
    ) -> None:
        note = showing.draft(found, chat.title, chat.conversation_id, wish)
        async with self._db.unit() as unit:
            await answer.tell(unit, note)
            await DeskRepository(unit, staff.to.tenant_id).change(staff.account_id, awaits=None)
