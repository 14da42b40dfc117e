"""A reply while it grows: shown at once, never stored; the message that is stored is the truth.

Other processes get what was added and where. An increment that got lost stops the growth on their
screens and does no other harm, because the message itself comes by the log.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from insurance_chat.conversations.types import PROCESS
from insurance_chat.core.crypto import Cipher

CHANNEL: Final = "growing"
#: Characters of one notification: sealed and in letters it stays under PostgreSQL's 8,000 bytes.
LONGEST_PIECE: Final = 1200
MOST_KNOWN: Final = 1000  # conversations of other processes


@dataclass(frozen=True, slots=True)
class Growing:
    """A reply as far as it is ready.

    Args:
        message_id: public id of the message that it will become.
        text: all that may be read so far; empty when the message will not come after all.
    """

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Increment:
    """What was added to a growing reply.

    Args:
        at: how many characters were there before.
    """

    conversation_id: int
    message_id: str
    at: int
    text: str

    def seal(self, cipher: Cipher) -> str:
        """As a notification: nobody who reads the database's memory reads a chat."""
        body = {
            "conversation": self.conversation_id,
            "message": self.message_id,
            "at": self.at,
            "text": self.text,
            "by": PROCESS,
        }
        return base64.b64encode(cipher.seal_json(body)).decode()


def increments(conversation_id: int, before: Growing | None, now: Growing) -> Iterator[Increment]:
    """What has to be told to somebody who knows how the reply looked before."""
    known = before.text if before is not None and before.message_id == now.message_id else ""
    if not now.text or not now.text.startswith(known):
        known = ""
    if not now.text:
        yield Increment(conversation_id, now.message_id, 0, "")
    for at in range(len(known), len(now.text), LONGEST_PIECE):
        piece = now.text[at : at + LONGEST_PIECE]
        yield Increment(conversation_id, now.message_id, at, piece)


class Assembly:
    """Growing replies of other processes, put together from increments.

    Args:
        cipher: opens notifications.
        process: whose own notifications are left aside.
    """

    def __init__(self, cipher: Cipher, process: str = PROCESS) -> None:
        self._cipher = cipher
        self._process = process
        self._known: dict[int, Growing] = {}

    def add(self, payload: str) -> tuple[int, Growing] | None:
        """The reply with this increment; None when it is our own or an earlier one is missing."""
        body: dict[str, Any] = self._cipher.open_json(base64.b64decode(payload))
        if body["by"] == self._process:
            return None
        place, message_id, at = int(body["conversation"]), str(body["message"]), int(body["at"])
        known = self._known.get(place)
        text = known.text if known is not None and known.message_id == message_id else ""
        if at > len(text):
            return None
        whole = Growing(message_id, text[:at] + str(body["text"]))
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[place] = whole
        return place, whole


class Watch:
    """The growing reply on one screen; what has become a message does not grow again."""

    def __init__(self) -> None:
        self._now: Growing | None = None
        self._settled: deque[str] = deque(maxlen=20)

    def put(self, growing: Growing) -> bool:
        """A newer state; False when the message is there already."""
        if growing.message_id in self._settled:
            return False
        self._now = growing
        return True

    def take(self) -> Growing | None:
        """The newest state, once."""
        now, self._now = self._now, None
        return now

    def settle(self, message_id: str) -> None:
        """The message itself has come."""
        self._settled.append(message_id)
        if self._now is not None and self._now.message_id == message_id:
            self._now = None
