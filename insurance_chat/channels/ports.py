"""What messengers offer to the pages of the administrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BotVerdict:
    """What a trial of a bot's token has shown, in a Russian sentence.

    Args:
        username: name of the bot without `@`; empty when the token does not work.
    """

    ok: bool
    words: str
    username: str = ""


class BotCheck(Protocol):
    """Tries out tokens of bots."""

    async def try_token(self, token: str) -> BotVerdict:
        """Ask the messenger whose token this is; nothing is stored or changed."""
        ...
