"""Read queries of the staff's screens: lists, counts and search over conversations of one tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    case,
    cast,
    column,
    exists,
    false,
    func,
    or_,
    select,
    table,
    tuple_,
)

from insurance_chat.accounts.models import User
from insurance_chat.conversations.handover import repository as handovers
from insurance_chat.conversations.models import Contact, Conversation, Handover, Incident, LogEntry
from insurance_chat.conversations.overview.filters import ChatFilter, Flag
from insurance_chat.conversations.sounds.merging import body_of
from insurance_chat.conversations.types import ConversationState, Entry, EntryKind, Sender
from insurance_chat.core.db.unit import Unit

SEARCHED = 20_000  # latest messages that a search by text opens: they are sealed, so no index helps
_BATCH = 2_000
# Policies live on a floor above; only their link to a conversation is read, as a foreign key would.
_POLICIES = table("policies", column("conversation_id"))


class OverviewRepository:
    """What lists show of one tenant's conversations."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._cipher = unit.cipher
        self._tenant_id = tenant_id

    async def conversations(
        self,
        wanted: ChatFilter,
        *,
        name: str,
        ids: Sequence[int] | None,
        seen_by: int | None,
        waiting_first: bool,
        order: str,
        offset: int,
        limit: int,
    ) -> tuple[list[tuple[Conversation, str | None]], int]:
        """A page of conversations with the names of their agents, and how many there are in all.

        Args:
            wanted: the filter; `search` and `client` have been turned into `name` and `ids`.
            name: beginning of the public id, or empty.
            ids: only these inner keys; None means all.
            seen_by: only what this agent may see; None means all.
            order: `updated` or `created`, latest first; a minus before it turns it round.
        """
        limits = [Conversation.tenant_id == self._tenant_id, *_limits(wanted)]
        if name:
            shown = cast(Conversation.public_id, String)
            limits.append(shown.startswith(name.lower(), autoescape=True))
        if ids is not None:
            limits.append(Conversation.id.in_(ids))
        if seen_by is not None:
            limits.append(handovers.seen_by(seen_by))
        total = await self._session.scalar(select(func.count(Conversation.id)).where(*limits))
        by = Conversation.created_at if order.endswith("created") else Conversation.updated_at
        sorting: list[Any] = [by.asc() if order.startswith("-") else by.desc()]
        if waiting_first:
            waits = Conversation.state == ConversationState.HANDOVER_REQUESTED.value
            sorting.insert(0, case((waits, 0), else_=1))
        rows = await self._session.execute(
            select(Conversation, User.name)
            .outerjoin(User, User.id == Conversation.operator_id)
            .where(*limits)
            .order_by(*sorting, Conversation.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return [(row[0], row[1]) for row in rows], total or 0

    async def of_client(self, words: str) -> list[int]:
        """Conversations of a client, by inner key.

        Names and addresses are sealed, so those of the latest clients are opened one by one.

        Args:
            words: part of a name, of an e-mail or of an identifier in a messenger, or the beginning
                of the client's public id.
        """
        needle = words.casefold()
        plain = or_(
            Conversation.channel_user_id.icontains(words, autoescape=True),
            cast(Contact.public_id, String).startswith(words.lower(), autoescape=True),
        )
        mine = select(Conversation.id).where(Conversation.tenant_id == self._tenant_id)
        joined = mine.join(Contact, Contact.id == Conversation.contact_id)
        found = set(await self._session.scalars(joined.where(plain)))
        rows = await self._session.execute(
            joined.add_columns(Contact.profile, Conversation.email)
            .where(or_(Contact.profile.is_not(None), Conversation.email.is_not(None)))
            .order_by(Conversation.id.desc())
            .limit(SEARCHED)
        )
        for row in rows:
            profile = self._cipher.open_json(row.profile) if row.profile is not None else {}
            email = self._cipher.open(row.email) if row.email is not None else ""
            told = (profile.get("name"), profile.get("email"), email)
            if any(needle in (one or "").casefold() for one in told):
                found.add(row.id)
        return sorted(found)

    async def agents(self) -> list[User]:
        """Members of staff who ever led a chat, by name."""
        led = select(Handover.claimed_by).where(Handover.tenant_id == self._tenant_id)
        rows = await self._session.scalars(
            select(User)
            .where(User.tenant_id == self._tenant_id, User.id.in_(led))
            .order_by(User.name, User.id)
        )
        return list(rows)

    async def tags(self) -> list[str]:
        """Tags that chats of the tenant have."""
        rows = await self._session.scalars(
            select(func.unnest(Conversation.tags))
            .where(Conversation.tenant_id == self._tenant_id)
            .distinct()
        )
        return sorted(rows)

    async def last_messages(self, ids: Sequence[int]) -> dict[int, Entry]:
        """The latest message of each conversation, by inner key."""
        latest = (
            select(LogEntry.conversation_id, func.max(LogEntry.seq))
            .where(LogEntry.conversation_id.in_(ids), LogEntry.kind == EntryKind.MESSAGE.value)
            .group_by(LogEntry.conversation_id)
        )
        rows = await self._session.scalars(
            select(LogEntry).where(tuple_(LogEntry.conversation_id, LogEntry.seq).in_(latest))
        )
        return {row.conversation_id: self._entry(row) for row in rows}

    async def with_text(self, words: str, seen_by: int | None) -> list[int]:
        """Conversations where one of the latest messages has this text, by inner key.

        Args:
            seen_by: look only into what this agent may see; None looks into all.
        """
        needle = words.casefold()
        found: set[int] = set()
        visible = [] if seen_by is None else [handovers.seen_by(seen_by)]
        before: int | None = None
        for _ in range(SEARCHED // _BATCH):
            query = (
                select(LogEntry.id, LogEntry.conversation_id, LogEntry.body, LogEntry.sound)
                .join(Conversation, Conversation.id == LogEntry.conversation_id)
                .where(
                    Conversation.tenant_id == self._tenant_id,
                    LogEntry.kind == EntryKind.MESSAGE.value,
                    *visible,
                )
                .order_by(LogEntry.id.desc())
                .limit(_BATCH)
            )
            if before is not None:
                query = query.where(LogEntry.id < before)
            rows = (await self._session.execute(query)).all()
            for row in rows:
                if row.conversation_id in found:
                    continue
                text = body_of(self._cipher, row.body, row.sound).get("text") or ""
                if needle in text.casefold():
                    found.add(row.conversation_id)
            if len(rows) < _BATCH:
                break
            before = rows[-1].id
        return sorted(found)

    async def lines(
        self,
        conversation_id: int,
        kinds: Sequence[EntryKind],
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 200,
    ) -> list[Entry]:
        """The last lines of a log between two numbers, oldest first."""
        query = select(LogEntry).where(
            LogEntry.conversation_id == conversation_id,
            LogEntry.seq > after,
            LogEntry.kind.in_([kind.value for kind in kinds]),
        )
        if before is not None:
            query = query.where(LogEntry.seq < before)
        rows = await self._session.scalars(query.order_by(LogEntry.seq.desc()).limit(limit))
        return [self._entry(row) for row in reversed(list(rows))]

    def _entry(self, row: LogEntry) -> Entry:
        return Entry(
            public_id=row.public_id,
            seq=row.seq,
            kind=EntryKind(row.kind),
            sender=Sender(row.sender),
            body=body_of(self._cipher, row.body, row.sound),
            created_at=row.created_at,
            client_key=row.client_key,
        )

    async def count_conversations(self, since: datetime) -> int:
        """Conversations opened after a moment."""
        query = select(func.count(Conversation.id)).where(
            Conversation.tenant_id == self._tenant_id, Conversation.created_at >= since
        )
        return await self._session.scalar(query) or 0

    async def count_messages(self, since: datetime) -> int:
        """Messages of clients after a moment."""
        query = (
            select(func.count(LogEntry.id))
            .join(Conversation, Conversation.id == LogEntry.conversation_id)
            .where(
                Conversation.tenant_id == self._tenant_id,
                Conversation.updated_at >= since,
                LogEntry.kind == EntryKind.MESSAGE.value,
                LogEntry.sender == Sender.USER.value,
                LogEntry.created_at >= since,
            )
        )
        return await self._session.scalar(query) or 0

    async def count_waiting(self) -> int:
        """Conversations where a client waits for a human."""
        query = select(func.count(Conversation.id)).where(
            Conversation.tenant_id == self._tenant_id,
            Conversation.state == ConversationState.HANDOVER_REQUESTED.value,
        )
        return await self._session.scalar(query) or 0

    async def count_open_incidents(self) -> int:
        """Incidents that nobody has begun to work on."""
        query = select(func.count(Incident.id)).where(
            Incident.tenant_id == self._tenant_id, Incident.status == "open"
        )
        return await self._session.scalar(query) or 0


def _limits(wanted: ChatFilter) -> list[ColumnElement[bool]]:
    limits: list[ColumnElement[bool]] = []
    if wanted.state:
        limits.append(Conversation.state == wanted.state)
    if wanted.channel:
        limits.append(Conversation.channel == wanted.channel)
    if wanted.begins is not None:
        limits.append(Conversation.updated_at >= wanted.begins)
    if wanted.ends is not None:
        limits.append(Conversation.created_at < wanted.ends)
    if wanted.tag:
        limits.append(Conversation.tags.contains([wanted.tag]))
    if wanted.agent is not None:
        limits.append(_led_by(wanted.agent))
    if wanted.flag:
        limits.append(_flagged(wanted.flag))
    return limits


def _led_by(agent: UUID) -> ColumnElement[bool]:
    user = select(User.id).where(User.public_id == agent).scalar_subquery()
    held = exists().where(Handover.conversation_id == Conversation.id, Handover.claimed_by == user)
    return or_(Conversation.operator_id == user, held)


def _flagged(flag: str) -> ColumnElement[bool]:
    if flag == Flag.WAITING:
        return Conversation.state == ConversationState.HANDOVER_REQUESTED.value
    if flag == Flag.WITH_AGENT:
        return Conversation.state == ConversationState.WITH_AGENT.value
    if flag == Flag.POLICY:
        return exists().where(_POLICIES.c.conversation_id == Conversation.id)
    incident = exists().where(Incident.conversation_id == Conversation.id)
    if flag == Flag.PULL_AWAY:
        return incident.where(Incident.type == "client_pull_away")
    return incident if flag == Flag.INCIDENT else false()
