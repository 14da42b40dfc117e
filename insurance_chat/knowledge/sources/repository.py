"""All SQL of watched sources."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import undefer

from insurance_chat.accounts.models import Tenant, User
from insurance_chat.core.db.unit import Unit
from insurance_chat.knowledge.models import Document, Passage
from insurance_chat.knowledge.sources.models import UpdateEvent, UpdateItem, UpdateSource

WAITING = ("new", "failed")
LEASE = timedelta(hours=1)  # a look whose process died is ordered again after this
Listed = tuple[UpdateEvent, UpdateSource, str | None]  # with the name of who decided


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits for an administrator: decisions, and sources that cannot be read."""

    waiting: int
    broken: int


class SourceRepository:
    """Sources of one tenant with what was found there.

    Args:
        unit: the open transaction.
        tenant_id: whose sources they are.
    """

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(self, source: UpdateSource) -> UpdateSource:
        """Store a source."""
        source.tenant_id = self._tenant_id
        self._session.add(source)
        await self._session.flush()
        return source

    async def source(self, public_id: uuid.UUID, *, lock: bool = False) -> UpdateSource | None:
        """A source by its public id."""
        query = select(UpdateSource).where(
            UpdateSource.tenant_id == self._tenant_id, UpdateSource.public_id == public_id
        )
        if lock:
            query = query.with_for_update(key_share=True)
        return (await self._session.scalars(query)).one_or_none()

    async def source_with_url(self, url: str, only_with: str) -> UpdateSource | None:
        """The same address is not watched twice."""
        query = select(UpdateSource).where(
            UpdateSource.tenant_id == self._tenant_id,
            UpdateSource.url == url,
            UpdateSource.only_with == only_with,
        )
        return (await self._session.scalars(query.limit(1))).one_or_none()

    async def sources(self) -> list[tuple[UpdateSource, int, int]]:
        """All sources with the number of their documents and of decisions that wait, by title."""
        items = (
            select(UpdateItem.source_id, func.count().label("count"))
            .where(UpdateItem.tenant_id == self._tenant_id)
            .group_by(UpdateItem.source_id)
            .subquery()
        )
        waiting = (
            select(UpdateEvent.source_id, func.count().label("count"))
            .where(UpdateEvent.tenant_id == self._tenant_id, UpdateEvent.status.in_(WAITING))
            .group_by(UpdateEvent.source_id)
            .subquery()
        )
        query = (
            select(
                UpdateSource,
                func.coalesce(items.c.count, 0),
                func.coalesce(waiting.c.count, 0),
            )
            .outerjoin(items, items.c.source_id == UpdateSource.id)
            .outerjoin(waiting, waiting.c.source_id == UpdateSource.id)
            .where(UpdateSource.tenant_id == self._tenant_id)
            .order_by(UpdateSource.title, UpdateSource.id)
        )
        return [(row[0], row[1], row[2]) for row in (await self._session.execute(query)).all()]

    async def remove(self, source: UpdateSource) -> list[str]:
        """Forget a source; returns the keys of the files that only it needed."""
        query = select(UpdateEvent.file_key).where(
            UpdateEvent.tenant_id == self._tenant_id,
            UpdateEvent.source_id == source.id,
            UpdateEvent.file_key.is_not(None),
        )
        keys = [key for key in (await self._session.scalars(query)).all() if key]
        await self._session.execute(
            delete(UpdateSource).where(
                UpdateSource.tenant_id == self._tenant_id, UpdateSource.id == source.id
            )
        )
        return keys

    async def counts(self) -> Counts:
        """What waits for an administrator."""
        waiting = select(func.count()).where(
            UpdateEvent.tenant_id == self._tenant_id, UpdateEvent.status.in_(WAITING)
        )
        broken = select(func.count()).where(
            UpdateSource.tenant_id == self._tenant_id,
            UpdateSource.active,
            UpdateSource.error_code.is_not(None),
        )
        return Counts(
            int(await self._session.scalar(waiting) or 0),
            int(await self._session.scalar(broken) or 0),
        )

    async def events(
        self, statuses: Sequence[str], source: uuid.UUID | None, offset: int, limit: int
    ) -> tuple[list[Listed], int]:
        """Updates, latest first, and how many there are in all; no statuses means all."""
        limits = [UpdateEvent.tenant_id == self._tenant_id]
        if statuses:
            limits.append(UpdateEvent.status.in_(statuses))
        if source is not None:
            limits.append(UpdateSource.public_id == source)
        query = self._listing().where(*limits)
        total = await self._session.scalar(
            select(func.count())
            .select_from(UpdateEvent)
            .join(UpdateSource, UpdateSource.id == UpdateEvent.source_id)
            .where(*limits)
        )
        rows = await self._session.execute(
            query.order_by(UpdateEvent.id.desc()).offset(offset).limit(limit)
        )
        return [(row[0], row[1], row[2]) for row in rows.all()], int(total or 0)

    async def event(self, public_id: uuid.UUID) -> Listed | None:
        """One update with its source."""
        query = self._listing().where(
            UpdateEvent.tenant_id == self._tenant_id, UpdateEvent.public_id == public_id
        )
        row = (await self._session.execute(query)).one_or_none()
        return (row[0], row[1], row[2]) if row else None

    async def lock_event(self, public_id: uuid.UUID) -> UpdateEvent | None:
        """One update, held until the end of the transaction."""
        query = (
            select(UpdateEvent)
            .where(UpdateEvent.tenant_id == self._tenant_id, UpdateEvent.public_id == public_id)
            .with_for_update(key_share=True)
        )
        return (await self._session.scalars(query)).one_or_none()

    def _listing(self) -> Any:
        return (
            select(UpdateEvent, UpdateSource, User.name)
            .join(UpdateSource, UpdateSource.id == UpdateEvent.source_id)
            .outerjoin(User, User.id == UpdateEvent.decided_by)
        )

    async def source_public_id(self, source_id: int) -> uuid.UUID | None:
        """How the outside names a source."""
        query = select(UpdateSource.public_id).where(
            UpdateSource.tenant_id == self._tenant_id, UpdateSource.id == source_id
        )
        return await self._session.scalar(query)

    async def document_public_id(self, document_id: int | None) -> uuid.UUID | None:
        """How the outside names a document."""
        query = select(Document.public_id).where(
            Document.tenant_id == self._tenant_id, Document.id == document_id
        )
        return await self._session.scalar(query)


class ItemRepository:
    """Documents of one source, while it is looked at.

    Args:
        source: an own row of the tenant that is looked at.
    """

    def __init__(self, unit: Unit, source: UpdateSource) -> None:
        self._session = unit.session
        self._source = source

    async def remember(self, urls: Sequence[str], *, known: bool) -> None:
        """Note addresses that are new; `known`: what stands there first is taken as it is."""
        if not urls:
            return
        rows = [
            {
                "tenant_id": self._source.tenant_id,
                "source_id": self._source.id,
                "url": url,
                "base_hash": "" if known else None,
            }
            for url in urls
        ]
        query = insert(UpdateItem).on_conflict_do_nothing(
            index_elements=[UpdateItem.source_id, UpdateItem.url]
        )
        await self._session.execute(query, rows)

    async def oldest(self, urls: Sequence[str] | None, limit: int) -> list[UpdateItem]:
        """Items to look at, those longest unseen first.

        Args:
            urls: of the present list; None for all. Items that are in the knowledge base belong to
                the look in any case.
        """
        query = select(UpdateItem).where(
            UpdateItem.tenant_id == self._source.tenant_id,
            UpdateItem.source_id == self._source.id,
        )
        if urls is not None:
            query = query.where(or_(UpdateItem.url.in_(urls), UpdateItem.document_id.is_not(None)))
        query = query.order_by(UpdateItem.checked_at.asc().nulls_first(), UpdateItem.id)
        return list((await self._session.scalars(query.limit(limit))).all())

    async def lock(self, item_id: int) -> UpdateItem | None:
        """One item with its kept text."""
        query = (
            select(UpdateItem)
            .options(undefer(UpdateItem.base))
            .where(UpdateItem.tenant_id == self._source.tenant_id, UpdateItem.id == item_id)
            .with_for_update(key_share=True)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def standing(self, item: UpdateItem) -> Document | None:
        """The published document of an item: the newest version of its own, else one of its address."""
        of_item = select(Document.lineage).where(Document.id == item.document_id).scalar_subquery()
        query = (
            select(Document)
            .where(
                Document.tenant_id == item.tenant_id,
                Document.status == "published",
                or_(
                    Document.id == item.document_id,
                    Document.lineage == of_item,
                    Document.source_url == item.url,
                ),
            )
            .order_by((Document.id == item.document_id).desc().nulls_last(), Document.id.desc())
            .limit(1)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def passages(self, document: Document) -> Sequence[Passage]:
        """The text of a document."""
        query = (
            select(Passage)
            .where(Passage.tenant_id == self._source.tenant_id, Passage.document_id == document.id)
            .order_by(Passage.idx)
        )
        return (await self._session.scalars(query)).all()

    async def being_published(self, item_id: int) -> bool:
        """Somebody has decided and the document is on its way."""
        query = select(UpdateEvent.id).where(
            UpdateEvent.tenant_id == self._source.tenant_id,
            UpdateEvent.item_id == item_id,
            UpdateEvent.status == "approved",
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def outdate(self, item_id: int) -> list[int]:
        """What waits for a decision about an item is overtaken; returns their keys."""
        query = (
            update(UpdateEvent)
            .where(
                UpdateEvent.tenant_id == self._source.tenant_id,
                UpdateEvent.item_id == item_id,
                UpdateEvent.status.in_(WAITING),
            )
            .values(status="outdated")
            .returning(UpdateEvent.id)
        )
        return list((await self._session.scalars(query)).all())

    async def add_event(self, event: UpdateEvent) -> UpdateEvent:
        """Store an update."""
        event.tenant_id, event.source_id = self._source.tenant_id, self._source.id
        self._session.add(event)
        await self._session.flush()
        return event


async def fetch_due_across_tenants(unit: Unit, now: datetime) -> list[tuple[int, str, str]]:
    """Sources whose time has come, as id, type and address; they are put off so as not to repeat."""
    query = (
        update(UpdateSource)
        .where(UpdateSource.active, UpdateSource.next_at <= now)
        .values(next_at=now + LEASE)
        .returning(UpdateSource.id, UpdateSource.type, UpdateSource.url)
    )
    return [(row[0], row[1], row[2]) for row in (await unit.session.execute(query)).all()]


async def fetch_source_across_tenants(
    unit: Unit, source_id: int, *, lock: bool = False
) -> UpdateSource | None:
    """The source of a job."""
    query = select(UpdateSource).where(UpdateSource.id == source_id)
    if lock:
        query = query.with_for_update(key_share=True)
    return (await unit.session.scalars(query)).one_or_none()


async def fetch_event_across_tenants(
    unit: Unit, event_id: int, *, lock: bool = False
) -> UpdateEvent | None:
    """The update of a job."""
    query = select(UpdateEvent).where(UpdateEvent.id == event_id)
    if lock:
        query = query.with_for_update(key_share=True)
    return (await unit.session.scalars(query)).one_or_none()


async def fail_stuck_across_tenants(unit: Unit, before: datetime, message: str) -> None:
    """Decisions that nobody has carried out since come back to the person who took them."""
    await unit.session.execute(
        update(UpdateEvent)
        .where(UpdateEvent.status == "approved", UpdateEvent.decided_at < before)
        .values(status="failed", message=message)
    )


async def fetch_events(unit: Unit, tenant_id: int, ids: Sequence[int]) -> list[UpdateEvent]:
    """Updates that still wait for a decision, in the order of their finding."""
    query = (
        select(UpdateEvent)
        .where(
            UpdateEvent.tenant_id == tenant_id,
            UpdateEvent.id.in_(ids),
            UpdateEvent.status.in_(WAITING),
        )
        .order_by(UpdateEvent.id)
    )
    return list((await unit.session.scalars(query)).all())


async def fetch_slug(unit: Unit, tenant_id: int) -> str:
    """Name of a tenant's folder."""
    query = select(Tenant.slug).where(Tenant.id == tenant_id)
    return str(await unit.session.scalar(query))
