"""Who speaks to the bot: a member of staff, somebody who wants to become one there, or a client."""

from __future__ import annotations

import structlog

from insurance_chat.accounts import presence
from insurance_chat.channels.held import Held
from insurance_chat.channels.inbound import MOST_ATTEMPTS
from insurance_chat.channels.ports import Edited, Incoming, Person
from insurance_chat.channels.reading import Item
from insurance_chat.channels.staff import PRESS
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.operators.telegram_desk import linking, words
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk.answers import Answer
from insurance_chat.operators.telegram_desk.drafting import Drafting
from insurance_chat.operators.telegram_desk.pressing import Pressing, command_in
from insurance_chat.operators.telegram_desk.repository import (
    DeskRepository,
    staff_of,
    still_counts,
    user_of_account,
)
from insurance_chat.operators.telegram_desk.speech import Speech
from insurance_chat.operators.telegram_desk.types import KIND, Staff, To

log = structlog.get_logger()


class Hearing:
    """Takes what is for the desk and leaves the rest to the clients' way.

    Args:
        db: where links are.
        pressing: buttons and commands.
        drafting: words about a draft.
        speech: words for clients.
    """

    def __init__(
        self, db: Database, pressing: Pressing, drafting: Drafting, speech: Speech
    ) -> None:
        self._db = db
        self._pressing = pressing
        self._drafting = drafting
        self._speech = speech

    async def takes(self, held: Held, item: Item) -> bool:
        """See `channels.staff.StaffDesk.takes`."""
        said = item.happening
        if held.connected.kind != KIND or not isinstance(said, Incoming | Edited):
            return False
        person, own = _person(said), said.chat.isdigit()
        token = _token(said)
        stranger = token is not None or (isinstance(said, Incoming) and _pressed(said))
        digest = linking.person_hash(self._db.cipher, person.id)
        tenant_id = held.connected.tenant_id
        key = f"staff:{item.key}"
        async with self._db.pool.connection() as raw:
            linked = await outbox.find_account(raw, tenant_id, digest)
            if not (linked or stranger):
                return False
            if await outbox.was_told(raw, held.connected.id, f"{key}:0"):
                return True  # read once more after a crash: all of it was done before
        if not own:
            # In the owner's own dialogues nobody is staff of a bot, and no client either.
            return linked
        to = To(tenant_id, held.connected.id, None, said.chat)
        staff = await self._staff(held, to, digest) if linked else None
        if token is not None:
            await self._link(Answer(to, key), person, token)
        elif staff is not None:
            await self._act(held, staff, Answer(staff.to, key), item)
        elif not linked:
            await self._refuse(Answer(to, key), words.NOT_STAFF)
        return True

    async def _staff(self, held: Held, to: To, digest: str) -> Staff | None:
        """Who it is now; None when the link has just ended or is with another bot."""
        async with self._db.unit() as unit:
            repository = DeskRepository(unit, to.tenant_id)
            account = await repository.of_person(digest)
            if account is None:
                return None
            user = await user_of_account(unit, account)
            if not still_counts(account, user):
                await linking.end(unit, account, user)
                return None
            if account.connection_id != held.connected.id:
                bot = await linking.bot_title(unit, to.tenant_id, account.connection_id)
                answer = Answer(to, f"elsewhere:{account.id}:{utcnow():%Y%m%d%H%M}")
                if bot:
                    await answer.say(unit, words.OTHER_BOT.format(bot=bot))
                else:
                    await repository.remove(account.id)
                    await answer.say(unit, words.BOT_GONE)
                return None
            found = staff_of(account, user, unit.cipher)
            await repository.change(account.id, acted_at=utcnow(), blocked_at=None)
            await presence.beat(unit, found.principal)
            return found

    async def _link(self, answer: Answer, person: Person, token: str) -> None:
        async with self._db.unit() as unit:
            _, said = await linking.accept(unit, answer.to, person, token)
            await answer.say(unit, said)

    async def _act(self, held: Held, staff: Staff, answer: Answer, item: Item) -> None:
        try:
            await self._do(held, staff, answer, item)
        except ServiceError as refusal:
            log.info("desk_refused", code=refusal.code, account=staff.account_id)
            # What a rolled back transaction was to tell is forgotten with it.
            await self._refuse(Answer(answer.to, answer.key), refusal.message)
        except Exception as failure:
            if item.update.attempts + 1 < MOST_ATTEMPTS:
                raise  # it is read again in a moment
            log.warning("desk_act_failed", error=type(failure).__name__)
            await self._refuse(Answer(answer.to, answer.key), words.FAILED)

    async def _do(self, held: Held, staff: Staff, answer: Answer, item: Item) -> None:
        said = item.happening
        if not isinstance(said, Incoming):
            await self._refuse(answer, words.EDITED)
            return
        name = command_in(said.text)
        is_press = said.pressed or said.message_id.startswith("press:")
        if is_press or name is not None:
            await self._forget_change(staff)
        if is_press:
            await self._pressing.press(held, staff, answer, said.pressed)
            return
        if name is not None:
            await self._pressing.command(staff, answer, name)
            return
        reply = await self._speech.quoted(staff, said)
        about_draft = not said.quoted or (reply is not None and reply.id == staff.awaits)
        if staff.awaits is not None and about_draft and said.text.strip() and not said.media:
            await self._drafting.change(held, staff, answer, said.text.strip())
        else:
            await self._speech.say(staff, answer, item, said, reply)

    async def _forget_change(self, staff: Staff) -> None:
        if staff.awaits is not None:
            async with self._db.unit() as unit:
                repository = DeskRepository(unit, staff.to.tenant_id)
                await repository.change(staff.account_id, awaits=None)

    async def _refuse(self, answer: Answer, text: str) -> None:
        async with self._db.unit() as unit:
            await answer.say(unit, text)


def _person(said: Incoming | Edited) -> Person:
    return said.person if isinstance(said, Incoming) else Person(said.chat.rpartition(":")[2])


def _token(said: Incoming | Edited) -> str | None:
    if not isinstance(said, Incoming) or not said.chat.isdigit():
        return None
    return linking.token_in(said.start, said.text)


def _pressed(said: Incoming) -> bool:
    return said.pressed.startswith(PRESS)
