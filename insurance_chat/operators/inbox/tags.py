"""Tags of a chat: short words by which staff find it again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import log, sessions
from insurance_chat.conversations.overview.repository import OverviewRepository
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid
from insurance_chat.core.principal import Principal

MOST = 10
LONGEST = 30  # characters


async def put(
    unit: Unit, principal: Principal, session: UUID, wanted: Sequence[str]
) -> tuple[str, ...]:
    """Give a chat these tags instead of those that it has.

    Args:
        wanted: as people type them; spaces are tidied, the same word twice counts once.

    Raises:
        ServiceError: `session_not_found`, `forbidden`, `tag_too_long`, `too_many_tags`.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    tags = _tidy(wanted)
    conversation = await sessions.find(unit, principal, session, lock=True)
    if list(tags) != list(conversation.tags):
        conversation.tags = list(tags)
        await audit.record(unit, principal, "chat.tagged", f"chat:{session}", {"tags": list(tags)})
        await log.wake(unit, conversation)
    return tags


async def read(unit: Unit, principal: Principal, session: UUID) -> tuple[str, ...]:
    """Tags of a chat.

    Raises:
        ServiceError: `session_not_found`, `forbidden` for a client.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    return tuple((await sessions.find(unit, principal, session)).tags)


async def known(unit: Unit, principal: Principal) -> list[str]:
    """Tags that chats of the company have, to choose from.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    return await OverviewRepository(unit, principal.tenant_id).tags()


def _tidy(wanted: Sequence[str]) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for typed in wanted:
        tag = " ".join(typed.replace("\x00", "").replace("#", " ").split())
        if len(tag) > LONGEST:
            raise invalid("tag_too_long", f"Метка не длиннее {LONGEST} символов.")
        if tag:
            tags.setdefault(tag.casefold(), tag)
    if len(tags) > MOST:
        raise invalid("too_many_tags", f"У чата может быть не больше {MOST} меток.")
    return tuple(tags.values())
