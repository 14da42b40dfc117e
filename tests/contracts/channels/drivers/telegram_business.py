"""Drives Telegram Business: the bot answers in a person's own dialogues."""

from __future__ import annotations

from tests.contracts.channels.driver import Feature
from tests.support.telegram import TelegramDriver

DRIVER = TelegramDriver(
    "polling",
    frozenset(
        {
            Feature.HOOKS,
            Feature.SIGNS,
            Feature.START_LINK,
            Feature.BLOCK,
            Feature.STATUSES,
            Feature.REPEATS,
        }
    ),
    business=True,
)
