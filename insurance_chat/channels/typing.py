"""«Печатает» in a messenger while the assistant thinks."""

from __future__ import annotations

import asyncio

import structlog

from insurance_chat.channels.held import Held
from insurance_chat.channels.ports import ChatAddress
from insurance_chat.channels.types import Chat

log = structlog.get_logger()
FIRST_SECONDS = 0.5  # most replies come sooner
AGAIN_SECONDS = 4.0
MOST_SECONDS = 40.0


class Typing:
    """Shows that somebody types, until a reply is sent or it has taken too long.

    Args:
        first: seconds until it is shown for the first time.
    """

    def __init__(self, first: float = FIRST_SECONDS) -> None:
        self._first = first
        self._thinking: dict[int, object] = {}

    def begin(self, held: Held, chat: Chat) -> None:
        """A turn has begun in a chat."""
        if not held.adapter.capabilities.typing:
            return
        mark = object()
        self._thinking[chat.conversation_id] = mark

        async def work() -> None:
            await self._show(held, chat, mark)

        held.signs.spawn(f"typing-{chat.id}", work)

    def end(self, conversation_id: int) -> None:
        """Something was sent to the client of this conversation."""
        self._thinking.pop(conversation_id, None)

    async def _show(self, held: Held, chat: Chat, mark: object) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + MOST_SECONDS
        address = ChatAddress(chat.address["chat"], chat.address.get("extra") or {})
        wait = self._first
        while loop.time() < until:
            await asyncio.sleep(wait)
            if self._thinking.get(chat.conversation_id) is not mark or not held.sends_now:
                return
            try:
                await held.adapter.typing(held.account, address)
            except Exception as failure:
                log.info("typing_failed", kind=held.connected.kind, error=type(failure).__name__)
                return
            wait = AGAIN_SECONDS
