"""Remembers what is being sent, so that its echo is not taken for a person's words."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict

KEPT = 5000  # several minutes at the fastest pace
UNANSWERED_SECONDS = 600.0  # an echo later than that is of other words


class OwnMessages:
    """Bounded memory of messages of ours: by id when they were answered, by words until then."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._open: OrderedDict[tuple[int, str, str], tuple[str, float]] = OrderedDict()

    def sending(self, account: int, chat: str, text: str, key: str) -> None:
        """A message is about to go: its echo may be here before the answer is."""
        self._open[account, chat, _digest(text)] = (key, time.monotonic())
        while len(self._open) > KEPT:
            self._open.popitem(last=False)

    def refused(self, account: int, chat: str, text: str) -> None:
        """It has certainly not gone."""
        self._open.pop((account, chat, _digest(text)), None)

    def sent(self, account: int, chat: str, text: str, message_id: str) -> None:
        """It has gone under this id."""
        self.refused(account, chat, text)
        self._ids[message_id] = None
        while len(self._ids) > KEPT:
            self._ids.popitem(last=False)

    def is_ours(self, message_id: str) -> bool:
        """Whether the answer to a send named this message."""
        return message_id in self._ids

    def key_of(self, account: int, chat: str, text: str) -> str | None:
        """The key of a message with these words whose answer never came; None when there is none."""
        key, at = self._open.get((account, chat, _digest(text)), ("", 0.0))
        return key if key and time.monotonic() - at < UNANSWERED_SECONDS else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()
