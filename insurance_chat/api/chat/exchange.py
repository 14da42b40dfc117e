"""One message of a program, from the door to the reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from uuid import uuid4

from starlette.requests import HTTPConnection

from insurance_chat.api import inbound
from insurance_chat.api.chat.bodies import ChatRequest
from insurance_chat.api.chat.door import Caller, Thread, chat_state, viewer
from insurance_chat.api.chat.shown import Reply
from insurance_chat.api.deps import services_of
from insurance_chat.conversations import hot, sessions
from insurance_chat.conversations.feed import Subscription
from insurance_chat.conversations.growing import Growing
from insurance_chat.conversations.threads import repository
from insurance_chat.conversations.threads import service as threads
from insurance_chat.conversations.threads.repository import Given, Look, Place
from insurance_chat.conversations.types import (
    ConversationState,
    InboundMessage,
    Sender,
)
from insurance_chat.core.errors import Kind, ServiceError, not_found

LOOK_SECONDS = 1.0
PROGRAM_KEY = "p:"


class Exchange:
    """A message and the wait for its answer.

    `begin` stores the message and `reply` waits; whatever happens to the caller in between, the
    message is answered and the answer stays in the thread. `end` must be called.

    Args:
        connection: the request.
        caller: with a good key.
        thread: which conversation.
        asked: what the client of the program said.
        key: name of the message, so that a repeat changes nothing.
    """

    def __init__(
        self,
        connection: HTTPConnection,
        caller: Caller,
        thread: Thread,
        asked: ChatRequest,
        key: str | None = None,
    ) -> None:
        self._connection = connection
        self._services = services_of(connection)
        self._caller = caller
        self._asked = asked
        self._key = key
        self._stack = AsyncExitStack()
        self._seconds = chat_state(connection).settings.chat_reply_seconds
        self._until = asyncio.get_running_loop().time() + self._seconds
        self._place: Place
        self._wakes: Subscription
        self._repeated = False
        self._running = False
        self._said_before: str | None = None
        self.thread = thread
        self.seq = 0  # of the message in the log

    async def resume(self, place: Place, seq: int) -> None:
        """Wait for the answer to a message that was stored before."""
        self._place, self.seq, self._repeated = place, seq, True
        await self._listen()

    async def begin(self) -> None:
        """Store the message once and let the assistant answer.

        Raises:
            ServiceError: `url_invalid`, or the link to a file is not ours any more.
        """
        message = self._message()
        tenant_id, db = self._caller.tenant_id, self._services.db
        passing = chat_state(self._connection).turnstile.passing
        # Before the thread is read: the calls before are handed what this one must not get again.
        await self._stack.enter_async_context(passing((tenant_id, self.thread.digest), self._until))
        self._place = await threads.find_or_open(db, tenant_id, self.thread.digest)
        lease = uuid4()
        async with db.pool.connection() as connection:
            stored = await hot.store_inbound(
                connection,
                db.cipher,
                tenant_id,
                self._place.session,
                message,
                lease=lease,
                queue=db.queue,
            )
        self.seq, self._repeated = stored.entry.seq, stored.duplicate
        if not stored.duplicate:
            inbound.show(self._connection, stored)
        await self._listen()
        self._running = inbound.begin_turn(self._connection, stored, lease)

    async def _listen(self) -> None:
        self._wakes = await self._stack.enter_async_context(
            self._services.hub.subscribe(self._place.conversation_id, self.seq)
        )

    def _message(self) -> InboundMessage:
        asked = self._asked
        card = inbound.file_card(self._connection, asked.file_url)
        told = {"userId": asked.user_id, "metadata": asked.metadata}
        source = {name: value for name, value in told.items() if value}
        metadata: dict[str, Any] = {"files": [card]} if card is not None else {}
        if source:
            metadata["source"] = source
        return InboundMessage(
            sender=Sender.USER,
            text=asked.message if asked.message.strip() else None,
            file_url=inbound.full_address(self._connection, asked.file_url),
            client_key=f"{PROGRAM_KEY}{self._key}" if self._key else None,
            metadata=metadata,
        )

    async def end(self) -> None:
        """Let the next call of the thread pass."""
        await self._stack.aclose()

    async def reply(self) -> Reply:
        """Wait for the reply.

        Raises:
            ServiceError: `reply_late`; the message is stored, and the next call gets the reply.
        """
        async for found in self.waiting():
            if isinstance(found, Reply):
                return found
        raise AssertionError("waiting ends with a reply or an error")

    async def waiting(self) -> AsyncIterator[Reply | Growing | None]:
        """The reply; before it, what of it is ready, and None about once a second of waiting.

        Raises:
            ServiceError: `reply_late`.
        """
        before = await self._given_before() if self._repeated else None
        if before is not None:
            yield before
            return
        loop = asyncio.get_running_loop()
        hurry = not self._running
        while True:
            look = await self._look() if hurry else None
            if look is not None and look.has_answered(self.seq):
                yield await self._show(look)
                return
            left = self._until - loop.time()
            if left <= 0:
                raise _late(self.thread)
            await self._wakes.wait(min(left, LOOK_SECONDS))
            growing = self._wakes.growth.take()
            # A reply that only grows is not in the log yet.
            hurry = self._wakes.take_pushed() != [] or growing is None
            yield await self._grown(growing) if growing is not None else None

    async def _grown(self, growing: Growing) -> Growing:
        """The reply so far, after what was said and not handed over before it."""
        if self._said_before is None:
            look = await self._look()
            told = [str(one.body.get("text") or "") for one in look.entries]
            self._said_before = "".join(f"{text}\n\n" for text in told if text)
        return replace(growing, text=growing.text and self._said_before + growing.text)

    async def _look(self) -> Look:
        async with self._services.db.pool.connection() as connection:
            look = await repository.look(
                connection,
                self._services.cipher,
                self._place.conversation_id,
                self._place.delivered,
            )
        return _present(look)

    async def _given_before(self) -> Reply | None:
        async with self._services.db.pool.connection() as connection:
            given = await repository.reply_to(connection, self._place.conversation_id, self.seq)
            if given is None:
                return None
            look = _present(
                await repository.look(
                    connection,
                    self._services.cipher,
                    self._place.conversation_id,
                    given.from_seq,
                    given.to_seq,
                )
            )
        return await self._reply(look, given.state, given.to_seq)

    async def _show(self, look: Look) -> Reply:
        return await self._reply(look, look.state, look.reached)

    async def _reply(self, look: Look, state: ConversationState, reached: int) -> Reply:
        led = state is ConversationState.WITH_AGENT
        return Reply(
            self.thread,
            self._place,
            state,
            look.entries,
            reached,
            notice=led and not look.entries,
            agent_name=await agent_name(self._connection, self._caller, self._place, state),
            message_id=self._key,
        )

    async def settle(self, reply: Reply) -> None:
        """The caller has got the reply: the next call need not bring it again."""
        given = Given(self._place.delivered, reply.reached, reply.state)
        async with self._services.db.pool.connection() as connection:
            await repository.settle(connection, self._place.conversation_id, self.seq, given)


async def agent_name(
    connection: HTTPConnection, caller: Caller, place: Place, state: ConversationState
) -> str | None:
    """Who leads the chat, as its client sees them; None when nobody does."""
    if state is not ConversationState.WITH_AGENT:
        return None
    async with services_of(connection).db.unit() as unit:
        view = await sessions.get_session(unit, viewer(caller, place), place.session)
    return view.agent_name


def _present(look: Look | None) -> Look:
    if look is None:
        raise not_found("thread_not_found", "Такой беседы больше нет.")
    return look


def _late(thread: Thread) -> ServiceError:
    return ServiceError(
        "reply_late",
        Kind.UNAVAILABLE,
        "Ответ ещё готовится. Он не потеряется: повторите запрос или напишите дальше.",
        thread_id=thread.name,
    )
