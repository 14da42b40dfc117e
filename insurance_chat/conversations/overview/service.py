"""What staff see of conversations: lists, search, transcripts and the day's figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import sessions
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.overview.filters import ChatFilter, looks_like_id
from insurance_chat.conversations.overview.repository import OverviewRepository
from insurance_chat.conversations.types import ConversationState, Entry, EntryKind, Sender
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal

ALL = ChatFilter()
BEGINNING = 100  # characters of the last message in a list
_SHOWN = (EntryKind.MESSAGE, EntryKind.STATE, EntryKind.VOICE)


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A conversation in a list, with the beginning of what was said last.

    Args:
        agent: name of who leads it now.
    """

    id: UUID
    state: ConversationState
    channel: str
    created_at: datetime
    updated_at: datetime
    last_sender: Sender | None
    last_text: str
    agent: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatPage:
    """A page of a list; `total` counts all rows that fit the filter."""

    rows: list[ChatRow]
    total: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What chats can be narrowed to: agents who led one (public id, name), and tags."""

    agents: list[tuple[UUID, str]]
    tags: list[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """The day in numbers, and what waits for a person now."""

    conversations: int
    messages: int
    waiting: int
    open_incidents: int


async def list_chats(
    unit: Unit,
    principal: Principal,
    wanted: ChatFilter = ALL,
    *,
    waiting_first: bool = False,
    order: str = "updated",
    offset: int = 0,
    limit: int = 25,
) -> ChatPage:
    """A page of conversations for staff: the administrator's all, an agent's visible ones.

    Words are looked for in the latest messages only. An agent searches neither by client nor by
    numbers and addresses: the search would tell what the screens mask.

    Args:
        order: `updated` or `created`, latest first; a minus turns it round.

    Raises:
        ServiceError: `forbidden`; `search_words` for an agent who searches for a number.
    """
    rows, total = await find_chats(
        unit,
        principal,
        wanted,
        waiting_first=waiting_first,
        order=order,
        offset=offset,
        limit=limit,
    )
    repository = OverviewRepository(unit, principal.tenant_id)
    last = await repository.last_messages([row.id for row, _ in rows])
    return ChatPage([_row(row, agent, last.get(row.id)) for row, agent in rows], total)


async def find_chats(
    unit: Unit,
    principal: Principal,
    wanted: ChatFilter = ALL,
    *,
    waiting_first: bool = False,
    order: str = "updated",
    offset: int = 0,
    limit: int = 25,
) -> tuple[list[tuple[Conversation, str | None]], int]:
    """The conversations of such a page as they are stored, with the names of their agents.

    Raises: as `list_chats`.
    """
    _require_staff(principal)
    seen_by = None if principal.is_admin else principal.user_id or 0
    search = wanted.search.strip()
    if wanted.client:
        access.require(principal, Permission.READ_ALL_CHATS)
    repository = OverviewRepository(unit, principal.tenant_id)
    name, ids = "", None
    if looks_like_id(search):
        name = search
    elif search:
        _check_words(principal, search)
        ids = set(await repository.with_text(search, seen_by))
    if wanted.client.strip():
        mine = set(await repository.of_client(wanted.client.strip()))
        ids = mine if ids is None else ids & mine
    return await repository.conversations(
        wanted,
        name=name,
        ids=None if ids is None else sorted(ids),
        seen_by=seen_by,
        waiting_first=waiting_first,
        order=order,
        offset=offset,
        limit=limit,
    )


def _check_words(principal: Principal, search: str) -> None:
    masked = "@" in search or any(letter.isdigit() for letter in search)
    if masked and not principal.is_admin:
        raise ServiceError(
            "search_words", Kind.FORBIDDEN, "Ищите по словам: номера и адреса клиентов скрыты."
        )


def _row(row: Conversation, agent: str | None, last: Entry | None) -> ChatRow:
    return ChatRow(
        row.public_id,
        ConversationState(row.state),
        row.channel,
        row.created_at,
        row.updated_at,
        last.sender if last is not None else None,
        _beginning(last),
        agent,
        tuple(row.tags),
    )


def _beginning(entry: Entry | None) -> str:
    text = (entry.body.get("text") or "") if entry is not None else ""
    words = " ".join(text.split())
    return words if len(words) <= BEGINNING else words[:BEGINNING].rstrip() + "…"


async def choices(unit: Unit, principal: Principal) -> Choices:
    """What the administrator's filters offer.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    repository = OverviewRepository(unit, principal.tenant_id)
    agents = [(user.public_id, user.name) for user in await repository.agents()]
    return Choices(agents, await repository.tags())


async def transcript(
    unit: Unit,
    principal: Principal,
    session: UUID,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = 200,
    trace: bool = False,
) -> list[Entry]:
    """Lines of a conversation, oldest first.

    Args:
        after: only lines with greater numbers.
        before: only lines with smaller numbers.
        limit: at most so many, the latest ones.
        trace: with what the assistant understood in each turn, for the administrator.

    Raises:
        ServiceError: `session_not_found`, `forbidden`.
    """
    _require_staff(principal)
    if trace:
        access.require(principal, Permission.READ_ALL_CHATS)
    conversation = await sessions.find(unit, principal, session)
    kinds = (*_SHOWN, EntryKind.DIALOGUE) if trace else _SHOWN
    return await OverviewRepository(unit, principal.tenant_id).lines(
        conversation.id, kinds, after=after, before=before, limit=limit
    )


async def figures(unit: Unit, principal: Principal, since: datetime) -> Figures:
    """Counts since a moment, usually midnight, for the administrator.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    repository = OverviewRepository(unit, principal.tenant_id)
    return Figures(
        conversations=await repository.count_conversations(since),
        messages=await repository.count_messages(since),
        waiting=await repository.count_waiting(),
        open_incidents=await repository.count_open_incidents(),
    )


async def count_waiting(unit: Unit, principal: Principal) -> int:
    """How many clients wait for a human now.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    _require_staff(principal)
    return await OverviewRepository(unit, principal.tenant_id).count_waiting()


def _require_staff(principal: Principal) -> None:
    if not principal.is_staff:
        raise ServiceError("forbidden", Kind.FORBIDDEN, "Доступно только сотрудникам.")
