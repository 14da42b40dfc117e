"""The chats that an agent has led: list and search. Nobody else's chat is ever in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations.handover.queue import beginning, shown_name
from insurance_chat.conversations.handover.repository import HistoryRepository
from insurance_chat.conversations.overview.repository import OverviewRepository
from insurance_chat.conversations.types import ConversationState, Sender
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal

SEARCHED = 5000  # latest clients whose sealed names are opened for a search


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A chat that the agent leads or led.

    Args:
        client: the name as agents see it, or empty.
        taken_at: when the agent took it last.
        outcome: how the agent's part ended; None while it lasts.
    """

    id: UUID
    client: str
    channel: str
    state: ConversationState
    tags: tuple[str, ...]
    taken_at: datetime
    outcome: str | None
    last_sender: Sender | None
    last_text: str


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of the list; `total` counts all that fit the search, `tags` what can be chosen."""

    rows: list[HistoryRow]
    total: int
    tags: list[str]


async def handled(
    unit: Unit,
    principal: Principal,
    *,
    search: str = "",
    tag: str = "",
    offset: int = 0,
    limit: int = 25,
) -> HistoryPage:
    """Chats that the caller leads or led, latest first.

    Args:
        search: words of a message or of the client's name as agents see it. Numbers and addresses
            are not searched: that would tell what the screens mask.
        tag: one tag of the chat; empty for all.

    Raises:
        ServiceError: `forbidden`; `search_words` for a number or an address.
    """
    access.require(principal, Permission.TAKE_CHATS)
    user_id = principal.user_id or 0
    repository = HistoryRepository(unit, principal.tenant_id, user_id)
    overview = OverviewRepository(unit, principal.tenant_id)
    words, ids = search.strip(), None
    if words:
        _check_words(words)
        ids = set(await overview.with_text(words, user_id)) | await _named(repository, words)
    found, total = await repository.page(
        ids=None if ids is None else sorted(ids), tag=tag, offset=offset, limit=limit
    )
    last = await overview.last_messages([chat.id for _, chat, _ in found])
    rows = []
    for request, chat, contact in found:
        said = last.get(chat.id)
        profile = unit.cipher.open_json(contact.profile) if contact.profile is not None else {}
        rows.append(
            HistoryRow(
                id=chat.public_id,
                client=shown_name(profile),
                channel=chat.channel,
                state=ConversationState(chat.state),
                tags=tuple(chat.tags),
                taken_at=request.claimed_at or request.requested_at,
                outcome=request.outcome,
                last_sender=said.sender if said is not None else None,
                last_text=beginning(said.body) if said is not None else "",
            )
        )
    return HistoryPage(rows, total, await repository.tags())


def _check_words(words: str) -> None:
    if "@" in words or any(letter.isdigit() for letter in words):
        raise ServiceError(
            "search_words", Kind.FORBIDDEN, "Ищите по словам: номера и адреса клиентов скрыты."
        )


async def _named(repository: HistoryRepository, words: str) -> set[int]:
    needle = words.casefold()
    told = await repository.profiles(SEARCHED)
    return {key for key, profile in told if needle in shown_name(profile).casefold()}
