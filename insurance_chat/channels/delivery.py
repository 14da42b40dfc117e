"""Hands the log over to a messenger: in order, each part once, with an end for every failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from insurance_chat.channels import accounts_repository as accounts
from insurance_chat.channels import outbox_repository as outbox
from insurance_chat.channels import words
from insurance_chat.channels.chats_repository import load_chat
from insurance_chat.channels.held import Held
from insurance_chat.channels.ports import (
    ChannelError,
    ChatAddress,
    Failure,
    FilePart,
    Part,
    TemplatePart,
)
from insurance_chat.channels.reading import INBOUND
from insurance_chat.channels.rendering import Links, Rendered, file_keys, render
from insurance_chat.channels.types import Attempt, Chat, State
from insurance_chat.conversations.sounds.merging import as_written
from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.files import FileStore

log = structlog.get_logger()
LADDER = (
    5.0,
    25.0,
    120.0,
    450.0,
)  # seconds after the first, second, … try: five tries, ten minutes
LINES_AT_ONCE = 20
SOON = 0.0


@dataclass(frozen=True, slots=True)
class _Later:
    """The rest of the chat waits so many seconds; None waits for the account."""

    seconds: float | None


class Courier:
    """Sends what chats are owed.

    Args:
        db: the log and the deliveries.
        files: contents of files.
        links: addresses of what goes as a link.
        ladder: seconds between tries.
        told: called with a conversation when something was sent to its client.
    """

    def __init__(
        self,
        db: Database,
        files: FileStore,
        links: Links,
        ladder: Sequence[float] = LADDER,
        told: Callable[[int], None] = lambda _conversation: None,
    ) -> None:
        self._db = db
        self._files = files
        self._links = links
        self._ladder = ladder
        self.told = told

    async def deliver(self, held: Held, chat_id: int) -> float | None:
        """Hand over everything that a chat is owed, as far as it goes.

        Returns:
            In how many seconds to come again; None when nothing is owed, or when the account has to
            come back first.
        """
        while held.sends_now:
            async with self._db.pool.connection() as connection:
                chat = await load_chat(connection, self._db.cipher, chat_id)
                if chat is None or chat.sent_seq >= chat.last_seq:
                    return None
                lines = await outbox.lines_after(connection, self._db.cipher, chat, LINES_AT_ONCE)
            if not lines:
                return None
            later = await self._hand_over(held, chat, lines)
            if later is not None:
                return later.seconds
        return None

    async def _hand_over(self, held: Held, chat: Chat, lines: Sequence[Entry]) -> _Later | None:
        passed = 0  # own lines of the client are passed over together
        for entry in lines:
            if not await self._is_owed(chat, entry):
                passed = entry.seq
                continue
            rendered = await self._render(held, chat, entry)
            if isinstance(rendered, _Later):
                return rendered
            later = await self._send_line(held, chat, entry, rendered)
            if later is not None:
                return later
            offered = [[one.title, one.value] for one in rendered.numbered]
            await self._advance(chat, entry.seq, offered)
            passed = 0
        if passed:
            await self._advance(chat, passed, None)
        return None

    async def _advance(self, chat: Chat, seq: int, offered: list[list[str]] | None) -> None:
        async with self._db.pool.connection() as connection:
            await outbox.advance(connection, self._db.cipher, chat, seq, offered)

    async def _is_owed(self, chat: Chat, entry: Entry) -> bool:
        if entry.kind is EntryKind.VOICE:
            # A reply that the client has as text was spoken.
            return bool(entry.body.get("voiceKey"))
        if entry.kind is not EntryKind.MESSAGE or entry.sender is Sender.USER:
            return False
        if (entry.client_key or "").startswith(INBOUND):
            return False
        if entry.sender is not Sender.SYSTEM:
            return True
        async with self._db.pool.connection() as connection:
            return not await outbox.was_sent(connection, chat, entry.seq)

    async def _render(self, held: Held, chat: Chat, entry: Entry) -> Rendered | _Later:
        capabilities = held.adapter.capabilities
        files: dict[str, bytes] = {}
        body = as_written(entry.body)
        try:
            for key in file_keys(body, capabilities.file_bytes):
                try:
                    files[key] = await self._files.get(key)
                except ServiceError as missing:
                    if missing.kind is not Kind.NOT_FOUND:
                        raise
            return render(
                entry.seq,
                body,
                entry.sender.value,
                capabilities,
                self._links,
                files,
                chat.tenant_id,
            )
        except ServiceError as failure:
            log.warning("channel_files_unavailable", chat=chat.id, code=failure.code)
            return _Later(self._ladder[0])
        except Exception as failure:
            log.warning("channel_line_unreadable", chat=chat.id, error=type(failure).__name__)
            await self._bury_line(chat, entry.seq)
            return Rendered(())

    async def _bury_line(self, chat: Chat, seq: int) -> None:
        async with self._db.pool.connection() as connection:
            attempt = await outbox.begin_part(connection, chat, seq, 0, "text")
            if attempt is not None:
                await outbox.bury(connection, attempt, words.BROKEN_LINE)

    async def _send_line(
        self, held: Held, chat: Chat, entry: Entry, rendered: Rendered
    ) -> _Later | None:
        for number, part in enumerate(rendered.parts):
            if not held.sends_now:
                return _Later(None)
            later = await self._send_part(held, chat, entry, number, part)
            if later is not None:
                return later
        return None

    async def send_again(self, held: Held, chat_id: int, seq: int, number: int) -> None:
        """Send one part of an earlier line once more: a person wants it, or it was interrupted."""
        async with self._db.pool.connection() as connection:
            chat = await load_chat(connection, self._db.cipher, chat_id)
            entry = None
            if chat is not None:
                entry = await outbox.line(connection, self._db.cipher, chat.conversation_id, seq)
        if chat is None or entry is None or not held.sends_now:
            return
        rendered = await self._render(held, chat, entry)
        if isinstance(rendered, Rendered) and number < len(rendered.parts):
            await self._send_part(held, chat, entry, number, rendered.parts[number])

    async def _send_part(
        self, held: Held, chat: Chat, entry: Entry, number: int, part: Part
    ) -> _Later | None:
        await held.pacer.take(chat.id)
        if not held.sends_now:
            return _Later(None)
        async with self._db.pool.connection() as connection:
            attempt = await outbox.begin_part(connection, chat, entry.seq, number, _kind(part))
        if attempt is None:
            return None
        try:
            by_human = entry.sender is Sender.AGENT
            _check(held, chat, part, by_human=by_human)
            extra = {**(chat.address.get("extra") or {}), "by_human": by_human}
            address = ChatAddress(chat.address["chat"], extra)
            external = await held.adapter.send(held.account, address, part, attempt.key)
        except ChannelError as error:
            return await self._failed(held, chat, attempt, error)
        except Exception as failure:
            # Never with its text: addresses of some messengers hold the token.
            log.warning("channel_send_broken", chat=chat.id, error=type(failure).__name__)
            broken = ChannelError(Failure.RETRY, words.BROKEN_CALL)
            return await self._failed(held, chat, attempt, broken)
        self.told(chat.conversation_id)
        async with self._db.pool.connection() as connection:
            await outbox.finish_part(connection, chat, attempt, entry.seq, external)
        return None

    async def _failed(
        self, held: Held, chat: Chat, attempt: Attempt, error: ChannelError
    ) -> _Later | None:
        log.info(
            "channel_send_failed",
            kind=held.connected.kind,
            chat=chat.id,
            failure=error.failure.value,
            attempt=attempt.attempts,
        )
        if error.failure is Failure.ACCOUNT:
            return await self._stop_account(held, chat, attempt, error.words)
        async with self._db.pool.connection() as connection:
            if error.failure is Failure.LATER:
                held.pacer.close_for(error.retry_after)
                await outbox.put_off(
                    connection, chat, attempt, error.words, error.retry_after, counts=False
                )
                return _Later(error.retry_after)
            if error.failure is Failure.RETRY and attempt.attempts <= len(self._ladder):
                wait = self._ladder[attempt.attempts - 1]
                await outbox.put_off(connection, chat, attempt, error.words, wait, counts=True)
                return _Later(wait)
            said = error.words
            if error.failure is Failure.RETRY:
                said = words.GAVE_UP.format(words=said)
            await outbox.bury(connection, attempt, said)
            if error.failure is Failure.BLOCKED:
                await outbox.block(connection, chat)
        # The rest of a blocked chat is buried part by part, without a call, by `_check`.
        return _Later(SOON) if error.failure is Failure.BLOCKED and not chat.blocked else None

    async def _stop_account(self, held: Held, chat: Chat, attempt: Attempt, said: str) -> _Later:
        async with self._db.pool.connection() as connection:
            await outbox.put_off(connection, chat, attempt, said, SOON, counts=False)
            await accounts.change_account(connection, held.connected.id, {}, State.FAILED, said)
        held.dropped()
        return _Later(None)


def _kind(part: Part) -> str:
    if isinstance(part, FilePart):
        return "voice" if part.voice else "file"
    return "template" if isinstance(part, TemplatePart) else "text"


def _check(held: Held, chat: Chat, part: Part, *, by_human: bool) -> None:
    """Refuse what the messenger would refuse anyway.

    Args:
        by_human: a person of the staff wrote it, to whom some messengers give more time.

    Raises:
        ChannelError: `BLOCKED`, `WINDOW`.
    """
    if chat.blocked:
        raise ChannelError(Failure.BLOCKED, words.BLOCKED)
    can = held.adapter.capabilities
    hours = (can.human_hours if by_human else None) or can.window_hours
    if hours is None or isinstance(part, TemplatePart):
        return
    if chat.silent_hours is None or chat.silent_hours > hours:
        raise ChannelError(Failure.WINDOW, words.WINDOW.format(hours=hours))
