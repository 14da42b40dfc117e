"""Drives Telegram through the emulated Bot API: a bot that is called at an address of ours."""

from __future__ import annotations

from tests.contracts.channels.driver import Feature
from tests.support.telegram import TelegramDriver

DRIVER = TelegramDriver(
    "webhook",
    frozenset(
        {
            Feature.POLLS,
            Feature.DELETE,
            Feature.OWNER,
            Feature.STATUSES,
            Feature.WINDOW,
            Feature.REPEATS,
        }
    ),
)
