"""Drives Telegram through the emulated Bot API: a polled bot."""

from __future__ import annotations

from tests.contracts.channels.driver import Feature
from tests.support.telegram import TelegramDriver

DRIVER = TelegramDriver(
    "polling",
    frozenset(
        {
            Feature.HOOKS,
            Feature.SIGNS,
            Feature.DELETE,
            Feature.OWNER,
            Feature.STATUSES,
            Feature.WINDOW,
            Feature.REPEATS,
        }
    ),
)
