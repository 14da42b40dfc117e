"""Hands messages over to agents in Telegram: each agent's in order, at the pace of the messenger."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from insurance_chat.channels import accounts_repository as accounts
from insurance_chat.channels.delivery import LADDER
from insurance_chat.channels.held import Held
from insurance_chat.channels.ports import (
    Button,
    ChannelError,
    ChatAddress,
    Edits,
    Failure,
    FilePart,
    TextPart,
)
from insurance_chat.channels.staff import PRESS
from insurance_chat.channels.types import State
from insurance_chat.core import sniff
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.files import FileStore
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk import words
from insurance_chat.operators.telegram_desk.types import Stored

log = structlog.get_logger()
MOST_AT_ONCE = 500


class Posting:
    """Sends what agents are owed. The row is written before the call, so nothing is lost by a crash.

    Args:
        db: the outbox.
        files: contents of clients' files.
        ladder: seconds between tries.
    """

    def __init__(self, db: Database, files: FileStore, ladder: Sequence[float] = LADDER) -> None:
        self._db = db
        self._files = files
        self._ladder = ladder
        self._busy: set[tuple[int, str]] = set()

    def begin(self, connection_id: int) -> None:
        """This process has just taken the account: nothing is under way in it."""
        self._busy = {place for place in self._busy if place[0] != connection_id}

    async def post(self, held: Held, again: Callable[[], None]) -> float | None:
        """Begin to send to everybody who is owed something.

        Args:
            again: called when somebody's messages are sent, so that newer ones are looked for.

        Returns:
            Seconds until the next try of what could not be sent; None when nothing waits.
        """
        async with self._db.pool.connection() as raw:
            rows = await outbox.owed(raw, self._db.cipher, held.connected.id, MOST_AT_ONCE)
        by_chat: dict[str, list[Stored]] = {}
        for row in rows:
            by_chat.setdefault(row.chat, []).append(row)
        soonest: float | None = None
        for chat, owed in by_chat.items():
            if owed[0].wait > 0:
                soonest = owed[0].wait if soonest is None else min(soonest, owed[0].wait)
            elif (held.connected.id, chat) not in self._busy:
                self._begin(held, chat, owed, again)
        return soonest

    def _begin(self, held: Held, chat: str, owed: list[Stored], again: Callable[[], None]) -> None:
        place = (held.connected.id, chat)
        self._busy.add(place)

        async def work() -> None:
            try:
                for row in owed:
                    if not await self._one(held, row):
                        break
            finally:
                self._busy.discard(place)
                again()

        held.sends.spawn(f"desk-send-{held.connected.id}", work)

    async def _one(self, held: Held, row: Stored) -> bool:
        """Send one message; False when the rest of the chat has to wait."""
        await held.pacer.take(-1 - (row.account_id or 0))
        if not held.sends_now:
            return False
        async with self._db.pool.connection() as raw:
            if not await outbox.begin(raw, row.id):
                return True
            earlier = await outbox.external_of(raw, row.edits_id) if row.edits_id else ""
        if row.edits_id and not earlier:
            # What it was to change was never shown.
            return await self._finish(row, "dropped")
        try:
            external = await self._send(held, row, earlier)
        except ChannelError as error:
            return await self._failed(held, row, error)
        except Exception as failure:
            log.warning("desk_send_broken", message=row.id, error=type(failure).__name__)
            return await self._failed(held, row, ChannelError(Failure.RETRY, ""))
        return await self._finish(row, "sent", external)

    async def _finish(self, row: Stored, state: str, external: str = "") -> bool:
        async with self._db.pool.connection() as raw:
            await outbox.finish(raw, row.id, state, external)
        return True

    async def _send(self, held: Held, row: Stored, earlier: str) -> str:
        adapter, account, to = held.adapter, held.account, ChatAddress(row.chat)
        part = TextPart(row.text, _buttons(row))
        if earlier and isinstance(adapter, Edits):
            try:
                await adapter.edit(account, to, earlier, part)
            except ChannelError as error:
                if error.failure is not Failure.REFUSED:
                    raise
            else:
                return earlier
        if row.file is None:
            return await adapter.send(account, to, part, f"desk-{row.id}")
        sent = await self._file(row)
        return await adapter.send(account, to, sent, f"desk-{row.id}")

    async def _file(self, row: Stored) -> FilePart | TextPart:
        assert row.file is not None
        name = str(row.file["name"])
        try:
            data = await self._files.get(str(row.file["key"]))
        except ServiceError as missing:
            if missing.kind is not Kind.NOT_FOUND:
                raise ChannelError(Failure.RETRY, missing.message) from missing
            return TextPart(f"{row.text}\n{name}: {words.NO_FILE}")
        mime = sniff.sniff_mime(data, name)
        return FilePart(data, name, mime, row.text, voice=mime == "audio/ogg")

    async def _failed(self, held: Held, row: Stored, error: ChannelError) -> bool:
        log.info("desk_send_failed", message=row.id, failure=error.failure.value)
        attempts = row.attempts + 1
        async with self._db.unit() as unit:
            raw = await unit.driver_connection()
            if error.failure is Failure.ACCOUNT:
                await outbox.put_off(raw, row.id, 0.0, counts=False)
                await accounts.change_account(raw, held.connected.id, {}, State.FAILED, error.words)
                held.dropped()
                return False
            if error.failure is Failure.LATER:
                held.pacer.close_for(error.retry_after)
                await outbox.put_off(raw, row.id, error.retry_after, counts=False)
                return False
            if error.failure is Failure.RETRY and attempts <= len(self._ladder):
                await outbox.put_off(raw, row.id, self._ladder[attempts - 1], counts=True)
                return False
            await outbox.finish(raw, row.id, "dead")
            if error.failure is Failure.BLOCKED and row.account_id is not None:
                await outbox.stop_bot(raw, row.account_id)
                return False
        return True


def _buttons(row: Stored) -> tuple[Button, ...]:
    return tuple(
        Button(knob.title, f"{PRESS}{row.id}.{place}") for place, knob in enumerate(row.knobs, 1)
    )
