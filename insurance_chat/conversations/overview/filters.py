"""What a list of chats is narrowed to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from insurance_chat.core.clock import MOSCOW

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f-]{0,27})?")


class Flag(StrEnum):
    """What a chat is noted for."""

    WAITING = "waiting"
    WITH_AGENT = "with_agent"
    INCIDENT = "incident"
    POLICY = "policy"
    PULL_AWAY = "pull_away"


@dataclass(frozen=True, slots=True)
class ChatFilter:
    """Which chats are wanted; everything that is left out does not narrow.

    Args:
        search: a chat's id or its beginning (eight characters and more), else words of a message.
        state: one of `ConversationState`.
        client: words of the client's name or e-mail, part of the identifier in a messenger, or the
            beginning of the client's public id.
        agent: who leads the chat or led it before.
        since, until: Moscow dates; the chat was going on on one of these days, both included.
        flag: one of `Flag`.
        tag: one of `conversations.tags`.
    """

    search: str = ""
    state: str = ""
    client: str = ""
    agent: UUID | None = None
    channel: str = ""
    since: date | None = None
    until: date | None = None
    flag: str = ""
    tag: str = ""

    @property
    def begins(self) -> datetime | None:
        """The first moment of the period."""
        return start_of(self.since) if self.since is not None else None

    @property
    def ends(self) -> datetime | None:
        """The moment after the period."""
        return start_of(self.until + timedelta(days=1)) if self.until is not None else None


def start_of(day: date) -> datetime:
    """Midnight in Moscow at which a day begins."""
    return datetime.combine(day, time(), MOSCOW)


def looks_like_id(search: str) -> bool:
    """Whether words look like an id or its beginning; a telephone number does not."""
    return _ID.fullmatch(search.strip().lower()) is not None
