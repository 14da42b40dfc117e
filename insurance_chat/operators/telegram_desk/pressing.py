"""Buttons and commands of agents in Telegram."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

from insurance_chat.accounts import agents
from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.channels.held import Held
from insurance_chat.channels.staff import PRESS
from insurance_chat.conversations.handover import queue, requests
from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk import showing, words
from insurance_chat.operators.telegram_desk.answers import Answer, open_chats
from insurance_chat.operators.telegram_desk.chatting import Chatting
from insurance_chat.operators.telegram_desk.drafting import Drafting
from insurance_chat.operators.telegram_desk.repository import DeskRepository
from insurance_chat.operators.telegram_desk.types import Act, Knob, Note, Staff, Stored

MOST_SHOWN = 10
_PRESSED = re.compile(rf"{PRESS}(\d{{1,18}})\.(\d{{1,4}})")
_COMMAND = re.compile(r"/(\w+)(?:@\w+)?(?:\s.*)?", re.DOTALL)
Do = Callable[[Staff, Answer, Stored], Awaitable[None]]


def command_in(text: str) -> str | None:
    """The command that a message is, without the stroke; None when it is words."""
    found = _COMMAND.fullmatch(text.strip())
    return found[1].lower() if found else None


class Pressing:
    """Does what buttons and commands say.

    Args:
        db: where chats and the queue are.
        catalog: what clients may be busy with.
        chatting: acts on chats.
        drafting: drafts.
    """

    def __init__(
        self, db: Database, catalog: Catalog, chatting: Chatting, drafting: Drafting
    ) -> None:
        self._db = db
        self._catalog = catalog
        self._chatting = chatting
        self._drafting = drafting
        self._acts: dict[Act, Do] = {
            Act.TAKE: chatting.take,
            Act.SWITCH: chatting.switch,
            Act.MENU: chatting.menu,
            Act.CARD: chatting.card,
            Act.HAND: chatting.ask_whom,
            Act.RETURN: chatting.give_back,
            Act.CLOSE: chatting.close,
            Act.SEND: drafting.send,
            Act.CHANGE: drafting.ask_change,
        }

    async def press(self, held: Held, staff: Staff, answer: Answer, pressed: str) -> None:
        """A button was pressed.

        The number in it only finds what we have written ourselves to this very person.

        Args:
            pressed: `desk:<message>.<number>`; anything else is a button of another time.
        """
        found = _PRESSED.fullmatch(pressed)
        row, place = None, int(found[2]) if found else 0
        if found:
            async with self._db.pool.connection() as raw:
                number = int(found[1])
                row = await outbox.message(raw, self._db.cipher, staff.account_id, number)
        if row is None or not 1 <= place <= len(row.knobs):
            async with self._db.unit() as unit:
                await answer.say(unit, words.OLD_BUTTON)
            return
        await self._do(held, staff, answer, row, row.knobs[place - 1])

    async def _do(self, held: Held, staff: Staff, answer: Answer, row: Stored, knob: Knob) -> None:
        if knob.act is Act.STATUS:
            await self.set_status(staff, answer, AgentStatus(knob.argument))
        elif knob.act is Act.HAND_TO:
            await self._chatting.hand_to(staff, answer, row, knob)
        elif knob.act is Act.DRAFT:
            await self._drafting.write(held, staff, answer, row)
        elif knob.act is Act.ANOTHER:
            await self._drafting.another(held, staff, answer, row)
        else:
            await self._acts[knob.act](staff, answer, row)

    async def set_status(self, staff: Staff, answer: Answer, status: AgentStatus) -> None:
        """«На линии», «Занят», «Не на линии»; pages of the staff show it at once."""
        async with self._db.unit() as unit:
            principal = staff.principal
            await agents.set_status(unit, principal, UUID(principal.user_public_id), status)
            await requests.wake(unit, principal.tenant_id)
            repository = DeskRepository(unit, principal.tenant_id)
            await repository.change(staff.account_id, status_told=status.value)
            text = words.status(status)
            if status is AgentStatus.OFFLINE and (await queue.look(unit, principal)).held:
                text = f"{text}\n{words.STILL_HOLDS}"
            await answer.say(unit, text, *words.status_knobs())

    async def command(self, staff: Staff, answer: Answer, name: str) -> None:
        """`/status`, `/queue`, `/chats`, `/help`; a word that is none of these never reaches a client."""
        if name == "status":
            async with self._db.unit() as unit:
                text = words.status(AgentStatus(staff.status))
                await answer.say(unit, text, *words.status_knobs())
        elif name == "queue":
            await self._queue(staff, answer)
        elif name == "chats":
            await self._chats(staff, answer)
        else:
            known = name in ("start", "help")
            text = words.HELP if known else words.UNKNOWN_COMMAND.format(help=words.HELP)
            async with self._db.unit() as unit:
                await answer.say(unit, text, *words.status_knobs())

    async def _queue(self, staff: Staff, answer: Answer) -> None:
        async with self._db.unit() as unit:
            waiting = (await queue.look(unit, staff.principal)).waiting[:MOST_SHOWN]
            if not waiting:
                await answer.say(unit, words.NOBODY_WAITS)
                return
            said = await queue.last_words(unit, staff.principal, waiting)
            repository = DeskRepository(unit, staff.to.tenant_id)
            ids = await repository.waiting_ids([row.conversation_id for row in waiting])
            for row in waiting:
                if row.conversation_id in ids:
                    wants = title_of(self._catalog, row.wants)
                    number = ids[row.conversation_id]
                    await answer.tell(unit, showing.request(row, said[row.session], wants, number))

    async def _chats(self, staff: Staff, answer: Answer) -> None:
        async with self._db.unit() as unit:
            opened = {one.conversation_id: one.title for one in await open_chats(unit, staff)}
            held = (await queue.look(unit, staff.principal)).held[:MOST_SHOWN]
            if not held:
                await answer.say(unit, words.NO_CHATS)
            for row in held:
                here = row.conversation_id == staff.conversation_id
                title = opened.get(row.conversation_id) or row.client or showing.NAMELESS
                text = f"**{title}**" + (" — вы пишете сюда" if here else "")
                if row.unanswered_since is not None:
                    text = f"{text}\nЖдёт вашего ответа"
                knobs = words.LINE_KNOBS if here else (words.SWITCH,)
                await answer.tell(unit, Note(text, knobs, row.conversation_id))


def title_of(catalog: Catalog, flow: str | None) -> str:
    """What a client is busy with, in Russian; empty when it is nothing."""
    found = catalog.flows.get(flow or "")
    return f"Хочет: {found.title}" if found is not None else ""
