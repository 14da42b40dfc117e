"""What one open page knows of the queue: one task a page, told of every change and never stale."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog
from nicegui import Client, background_tasks, ui

from insurance_chat.accounts import presence
from insurance_chat.conversations.feed import Subscription
from insurance_chat.conversations.handover import queue
from insurance_chat.conversations.handover.queue import Desk
from insurance_chat.core.errors import Kind, ServiceError

if TYPE_CHECKING:
    from insurance_chat.web.session import Visit

log = structlog.get_logger()
LOOK_SECONDS = 10.0  # also how soon a page notices that its owner was logged out
CALM_SECONDS = 0.05  # a burst of wakes is one look
Listener = Callable[[Desk], Awaitable[None]]


class Live:
    """Tells the parts of one page what the queue looks like now."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def on_desk(self, listener: Listener) -> None:
        """Call with every look at the queue, the first one soon after the page has opened."""
        self._listeners.append(listener)

    async def tell(self, desk: Desk) -> None:
        """Show a look to all parts of the page."""
        for listener in self._listeners:
            await listener(desk)

    def follow(self, visit: Visit) -> None:
        """Look at the queue until the page is closed; every look is a sign of life of its owner.

        Nothing is looked at for a page that no browser has opened: it only was asked for, and lives for
        a minute.
        """
        client = ui.context.client
        following: list[asyncio.Task[None]] = []

        def begin() -> None:
            if not following:  # a page connects anew after every loss of the network
                task = background_tasks.create(self._follow(visit, client), name="follow queue")
                following.append(task)
                client.on_delete(task.cancel)

        client.on_connect(begin)

    async def _follow(self, visit: Visit, client: Client) -> None:
        hub = visit.services.queue_hub
        with client:
            async with hub.subscribe(visit.principal.tenant_id) as wakes:
                while await self._look(visit, wakes):
                    await wakes.wait(LOOK_SECONDS)
                    await asyncio.sleep(CALM_SECONDS)

    async def _look(self, visit: Visit, wakes: Subscription) -> bool:
        """Look once; False when the page's owner is not allowed here any more."""
        try:
            async with visit.desk.unit(visit.identity) as (unit, principal, _):
                await presence.beat(unit, principal)
                desk = await queue.look(unit, principal)
            visit.services.queue_hub.watch(wakes, desk.held)
            await self.tell(desk)
        except ServiceError as error:
            if error.kind is Kind.UNAUTHENTICATED:
                ui.navigate.to("/login")
            return False
        except Exception:
            # A database that is away for a moment must not leave a page that looks alive but is not.
            log.exception("queue_not_read")
        return True
