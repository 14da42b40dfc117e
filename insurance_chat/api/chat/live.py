"""What the service says in a thread, as it comes: for streams, sockets and polls."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import HTTPConnection

from insurance_chat.api.chat.door import Caller, Thread
from insurance_chat.api.chat.exchange import agent_name
from insurance_chat.api.chat.shown import Reply
from insurance_chat.api.deps import services_of
from insurance_chat.conversations.growing import Growing
from insurance_chat.conversations.threads import repository
from insurance_chat.conversations.threads.repository import Look, Place

PING_SECONDS = 15.0


async def news(
    connection: HTTPConnection, caller: Caller, thread: Thread, place: Place, cursor: int
) -> AsyncIterator[Reply | Growing | None]:
    """Everything after the cursor, then whatever comes; None when nothing came for a while.

    A reply that is being written comes as `Growing` first.

    The first reply tells the state of the chat even if nobody has said anything. Ends with the
    conversation.
    """
    services = services_of(connection)
    state = None
    async with services.hub.subscribe(place.conversation_id, cursor) as wakes:
        while (look := await read(connection, place, cursor)) is not None:
            cursor = wakes.cursor = max(cursor, look.reached)
            if look.entries or look.state is not state:
                state = look.state
                name = await agent_name(connection, caller, place, state)
                for entry in look.entries:
                    wakes.growth.settle(str(entry.public_id))
                yield Reply(thread, place, state, look.entries, cursor, agent_name=name)
                continue
            if not await wakes.wait(PING_SECONDS):
                yield None
            while (growing := wakes.growth.take()) is not None and wakes.take_pushed() == []:
                yield growing
                await wakes.wait(PING_SECONDS)
            wakes.take_pushed()


async def read(connection: HTTPConnection, place: Place, cursor: int) -> Look | None:
    """What the service said after a line; None when the chat is gone."""
    services = services_of(connection)
    async with services.db.pool.connection() as raw:
        return await repository.look(raw, services.cipher, place.conversation_id, cursor)


async def delivered(connection: HTTPConnection, reply: Reply) -> None:
    """The program has got this: the next call need not bring it again."""
    async with services_of(connection).db.pool.connection() as raw:
        await repository.deliver(raw, reply.place.conversation_id, reply.reached)
