"""What agents in Telegram are to be told: requests, lines of their chats, what others have taken."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import structlog

from insurance_chat.accounts import presence
from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.conversations.handover import queue
from insurance_chat.conversations.handover.queue import Desk
from insurance_chat.conversations.models import Contact, Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import ConversationState, EntryKind
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.operators.telegram_desk import linking, showing, words
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk.answers import Answer, go_on
from insurance_chat.operators.telegram_desk.models import DeskAccount, DeskChat
from insurance_chat.operators.telegram_desk.pressing import title_of
from insurance_chat.operators.telegram_desk.repository import (
    DeskRepository,
    linked_across_tenants,
    staff_of,
    still_counts,
    user_of_account,
)
from insurance_chat.operators.telegram_desk.settings import TelegramDeskSettings
from insurance_chat.operators.telegram_desk.types import Note, Staff

log = structlog.get_logger()
LINES_AT_ONCE = 100
_SHOWN = (EntryKind.MESSAGE, EntryKind.VOICE)


class Watching:
    """Looks at the queue and at open chats, and owes agents what is new there.

    Args:
        db: where the queue and the log are.
        catalog: what clients may be busy with.
        settings: how long somebody is at work.
    """

    def __init__(self, db: Database, catalog: Catalog, settings: TelegramDeskSettings) -> None:
        self._db = db
        self._catalog = catalog
        self._settings = settings

    async def look(self, connection_id: int, grown: Collection[int] | None = None) -> set[int]:
        """Owe everybody linked to a bot what is new.

        Args:
            grown: only who leads one of these chats; None looks at everybody and at the queue.

        Returns:
            Chats that are led by those who were looked at: their new lines are worth a look.
        """
        async with self._db.unit() as unit:
            linked = await linked_across_tenants(unit, connection_id, grown)
        followed: set[int] = set()
        for account in linked:
            try:
                followed |= await self._one(account, grown)
            except Exception as failure:
                # One agent's trouble must not leave the others without requests.
                log.warning("desk_look_failed", account=account.id, error=type(failure).__name__)
        if grown is None and linked:
            await self._close_cards(connection_id, linked)
        return followed

    async def _one(self, linked: DeskAccount, grown: Collection[int] | None) -> set[int]:
        async with self._db.unit() as unit:
            repository = DeskRepository(unit, linked.tenant_id)
            account = await repository.of_user(linked.user_id)
            if account is None or account.id != linked.id:
                return set()
            user = await user_of_account(unit, account)
            if not still_counts(account, user):
                await linking.end(unit, account, user)
                return set()
            staff = staff_of(account, user, unit.cipher)
            chats = await repository.chats(staff.account_id)
            followed = {conversation.id for _, conversation, _, _ in chats}
            if grown is None:
                desk = await queue.look(unit, staff.principal)
                await self._note_status(unit, staff)
                await self._show_life(unit, staff, desk)
                await self._tell_requests(unit, staff, desk)
            for chat, conversation, contact, holder in chats:
                if grown is None or conversation.id in grown:
                    await self._tell_chat(unit, staff, chat, conversation, contact, holder)
            return followed

    async def _note_status(self, unit: Unit, staff: Staff) -> None:
        """The status was changed elsewhere; who is not on line any more has to know."""
        if staff.status == staff.told:
            return
        repository = DeskRepository(unit, staff.to.tenant_id)
        await repository.change(staff.account_id, status_told=staff.status)
        if staff.status == AgentStatus.OFFLINE:
            await Answer(staff.to, f"offline:{staff.account_id}:{utcnow():%Y%m%d%H%M%S}").say(
                unit, words.GONE_OFFLINE, *words.status_knobs()
            )

    async def _show_life(self, unit: Unit, staff: Staff, desk: Desk) -> None:
        """A phone in a pocket is no open page: who has acted lately and lets no client wait is here."""
        if staff.status == AgentStatus.OFFLINE and not desk.held:
            return
        patience = timedelta(minutes=self._settings.telegram_desk_answer_minutes)
        waits = [row.unanswered_since for row in desk.held if row.unanswered_since is not None]
        neglects = any(since < utcnow() - patience for since in waits)
        if staff.idle < self._settings.telegram_desk_hours * 3600 and not neglects:
            await presence.beat(unit, staff.principal)

    async def _tell_requests(self, unit: Unit, staff: Staff, desk: Desk) -> None:
        free, busy = AgentStatus.AVAILABLE.value, AgentStatus.BUSY.value
        rows = [
            row
            for row in desk.waiting
            if staff.status == free or (staff.status == busy and row.for_me)
        ]
        if not rows:
            return
        raw = await unit.driver_connection()
        known = await outbox.carded(raw, staff.account_id)
        repository = DeskRepository(unit, staff.to.tenant_id)
        ids = await repository.waiting_ids([row.conversation_id for row in rows])
        fresh = [row for row in rows if ids.get(row.conversation_id) not in (None, *known)]
        said = await queue.last_words(unit, staff.principal, fresh) if fresh else {}
        for row in fresh:
            number = ids[row.conversation_id]
            note = showing.request(
                row, said[row.session], title_of(self._catalog, row.wants), number
            )
            key = f"request:{staff.account_id}:{number}"
            await outbox.add(raw, unit.cipher, staff.to, key, note)

    async def _tell_chat(
        self,
        unit: Unit,
        staff: Staff,
        chat: DeskChat,
        conversation: Conversation,
        contact: Contact,
        holder: str | None,
    ) -> None:
        profile = unit.cipher.open_json(contact.profile) if contact.profile else {}
        title = showing.chat_title(chat.number, profile)
        if (
            conversation.operator_id != staff.user_id
            or conversation.state != ConversationState.WITH_AGENT
        ):
            await self._leave(unit, staff, conversation, title, holder)
        elif conversation.last_seq > chat.told_seq:
            await self._tell_lines(unit, staff, chat, conversation, title)

    async def _tell_lines(
        self, unit: Unit, staff: Staff, chat: DeskChat, conversation: Conversation, title: str
    ) -> None:
        entries = await ConversationRepository(unit, staff.to.tenant_id).entries_after(
            conversation.id, chat.told_seq, LINES_AT_ONCE, _SHOWN
        )
        raw = await unit.driver_connection()
        me = str(staff.principal.user_public_id)
        current = staff.conversation_id == conversation.id
        for entry in entries:
            notes = showing.line(entry, title, conversation.id, me, current=current)
            for place, note in enumerate(notes):
                key = f"line:{chat.id}:{entry.seq}:{place}"
                await outbox.add(raw, unit.cipher, staff.to, key, note)
        last = entries[-1].seq if entries else 0
        whole = len(entries) < LINES_AT_ONCE
        told = max(last, conversation.last_seq) if whole else last
        await DeskRepository(unit, staff.to.tenant_id).note_told(chat.id, told)

    async def _leave(
        self,
        unit: Unit,
        staff: Staff,
        conversation: Conversation,
        title: str,
        holder: str | None,
    ) -> None:
        """The chat has left this agent by another way than their own button here."""
        waits = conversation.state == ConversationState.HANDOVER_REQUESTED
        text = words.LEFT_WAITS if waits else words.LEFT_TAKEN if holder else words.LEFT
        repository = DeskRepository(unit, staff.to.tenant_id)
        await repository.close_chat(staff.account_id, conversation.id)
        answer = Answer(
            staff.to, f"left:{staff.account_id}:{conversation.id}:{conversation.last_seq}"
        )
        await answer.say(unit, text.format(title=title, name=holder or ""))
        if staff.conversation_id in (None, conversation.id):
            await go_on(unit, staff, answer)

    async def _close_cards(self, connection_id: int, linked: list[DeskAccount]) -> None:
        """Requests that were taken or have ended: their cards say so."""
        by_id = {account.id: account for account in linked}
        async with self._db.unit() as unit:
            raw = await unit.driver_connection()
            for card, owner, _, request, status, name in await outbox.stale_cards(
                raw, connection_id
            ):
                account = by_id.get(owner)
                if not await outbox.close_card(raw, card) or account is None:
                    continue
                user = await user_of_account(unit, account)
                to = staff_of(account, user, unit.cipher).to
                text = words.CARD_ENDED
                if status == "claimed" and name is not None:
                    text = words.CARD_TAKEN.format(name=name)
                note = Note(text, edits_id=card)
                await outbox.add(raw, unit.cipher, to, f"gone:{card}:{request}", note)
