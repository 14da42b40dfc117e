"""Marks beside messages: on the way, sent, delivered, read, not delivered and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.channels.marks.repository import DeliveryRow, MarksRepository
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal

PARTS = 600
WAITS = "waits"
DEAD = "dead"
#: A line is as far as the part that is behind.
_ORDER = (DEAD, WAITS, "sent", "delivered", "read")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a line got.

    Args:
        state: `waits`, `sent`, `delivered`, `read` or `dead`.
        words: Russian, why it was not delivered or why it waits.
    """

    state: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of a conversation.

    Args:
        account: title of the messenger account; empty when it is no chat of a messenger.
        lines: by number of the line.
    """

    account: str = ""
    lines: Mapping[int, Mark] = field(default_factory=dict)


async def read(unit: Unit, principal: Principal, session: SessionView) -> Marks:
    """Marks of the newest messages; nothing for chats of the site.

    Args:
        session: a conversation that the caller was allowed to see.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    repository = MarksRepository(unit, principal.tenant_id)
    account = await repository.account(session.conversation_id)
    if account is None:
        return Marks()
    return Marks(account, gather(await repository.deliveries(session.conversation_id, PARTS)))


def gather(rows: Iterable[DeliveryRow]) -> dict[int, Mark]:
    """One mark for a line from the states of its parts."""
    found: dict[int, Mark] = {}
    for row in rows:
        state = row.state if row.state in _ORDER else WAITS
        mark = Mark(state, row.error if state in (DEAD, WAITS) else "")
        known = found.get(row.seq)
        if known is None or _ORDER.index(state) < _ORDER.index(known.state):
            found[row.seq] = mark
    return found
