"""How fast a bot may write: 30 messages a second to all, about one a second to each chat.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this; a chat takes
a short burst.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """Lets through `burst` at once and then `rate` a second."""

    rate: float
    burst: float
    level: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.level = self.burst

    def wait(self) -> float:
        """Seconds until the next one may pass; 0 lets it pass."""
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


@dataclass
class Limits:
    """Buckets by bot and by chat.

    Args:
        account, chat: messages a second.
        burst: how many one chat takes at once.
    """

    account: float = 30.0
    chat: float = 1.0
    burst: float = 20.0
    _bots: dict[int, Bucket] = field(default_factory=dict)
    _chats: dict[tuple[int, str], Bucket] = field(default_factory=dict)

    def retry_after(self, bot: int, chat: str) -> int:
        """Whole seconds to wait before this message; 0 when it may go now."""
        one = self._chats.setdefault((bot, chat), Bucket(self.chat, self.burst))
        wait = one.wait()
        if not wait:
            wait = self._bots.setdefault(bot, Bucket(self.account, self.account)).wait()
        return math.ceil(wait)
