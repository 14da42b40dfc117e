"""An account that this process holds the lease of: it alone polls, reads and sends for it."""

from __future__ import annotations

import asyncio
import time

from insurance_chat.channels.pace import Pacer
from insurance_chat.channels.ports import ChannelAdapter
from insurance_chat.channels.types import Connected, State
from insurance_chat.core.tasks import Background

READS_AT_ONCE = 16
SENDS_AT_ONCE = 32


class Held:
    """One account at work.

    Args:
        connected: as it was when the lease was taken; a change makes a new `Held`.
        adapter: its messenger.
        seconds: how long the lease lasts unless renewed.
    """

    def __init__(self, connected: Connected, adapter: ChannelAdapter, seconds: float) -> None:
        self.connected = connected
        self.account = connected.account
        self.adapter = adapter
        self.pacer = Pacer(adapter.pace)
        self.news = asyncio.Event()
        self.reads = Background(READS_AT_ONCE)
        self.sends = Background(SENDS_AT_ONCE)
        self.signs = Background(SENDS_AT_ONCE)  # «печатает», «прочитано»: nobody waits for them
        self.reading: set[str] = set()
        self.settling: dict[str, float] = {}  # chats with news, and since when they were seen
        self.resting: dict[
            str, tuple[int, float]
        ] = {}  # failures of a chat, and until when it rests
        self.sending: dict[int, bool] = {}  # chats at work; True: look again afterwards
        self.timers: dict[int, asyncio.TimerHandle] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self._seconds = seconds
        self._until = 0.0
        self.renewed()

    def renewed(self) -> None:
        """The lease has just been prolonged."""
        self._until = time.monotonic() + self._seconds

    def dropped(self) -> None:
        """The account is not ours any more, or has changed."""
        self._until = 0.0

    @property
    def alive(self) -> bool:
        """Whether the lease still holds: a process that was frozen must not go on sending."""
        return time.monotonic() < self._until

    @property
    def sends_now(self) -> bool:
        """Whether replies go out."""
        return self.alive and self.connected.state is State.ACTIVE
