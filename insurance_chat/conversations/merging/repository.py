"""SQL of merges. Every table that points at contacts is found by its foreign key, so that a new
product's tables move along without a line here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, exists, select, update
from sqlalchemy import or_ as either
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.conversations.merging.models import ContactMerge
from insurance_chat.conversations.models import Contact, ContactMemory, Identity
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.base import Base
from insurance_chat.core.db.unit import Unit

Moved = dict[str, list[int]]
_OWN = {ContactMerge.__tablename__, ContactMemory.__tablename__}


def references() -> Iterator[tuple[Table, Column[Any]]]:
    """Tables with a column that names a contact, without those that merging treats by itself."""
    for table in Base.metadata.sorted_tables:
        if table.name in _OWN:
            continue
        for column in table.columns:
            if any(key.target_fullname == "contacts.id" for key in column.foreign_keys):
                yield table, column


class MergeRepository:
    """Contacts and merges of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def lock(self, *ids: int) -> list[Contact]:
        """Contacts in the order of their age, locked, so that two merges cannot cross."""
        rows = await self._session.scalars(
            select(Contact)
            .where(Contact.tenant_id == self._tenant_id, Contact.id.in_(ids))
            .order_by(Contact.id)
            .with_for_update()
        )
        return list(rows)

    async def by_public_id(self, public_id: UUID) -> Contact | None:
        """One contact."""
        return await self._session.scalar(
            select(Contact).where(
                Contact.tenant_id == self._tenant_id, Contact.public_id == public_id
            )
        )

    async def identity(self, channel: str, external_id: str) -> Identity | None:
        """A proven identifier, if it is known."""
        return await self._session.scalar(
            select(Identity).where(
                Identity.tenant_id == self._tenant_id,
                Identity.channel == channel,
                Identity.external_id == external_id,
            )
        )

    async def add_identity(self, contact_id: int, channel: str, external_id: str) -> Identity:
        """Remember a proven identifier; who was quicker keeps it."""
        await self._session.execute(
            insert(Identity)
            .values(
                tenant_id=self._tenant_id,
                contact_id=contact_id,
                channel=channel,
                external_id=external_id,
            )
            .on_conflict_do_nothing()
        )
        found = await self.identity(channel, external_id)
        assert found is not None  # just written, by us or by who was quicker
        return found

    async def were_parted(self, first: int, second: int) -> bool:
        """Whether a merge of these two was taken back and not made again since."""
        pair = {first, second}
        undone = await self._session.scalar(
            select(ContactMerge.undone_at.is_not(None))
            .where(
                ContactMerge.tenant_id == self._tenant_id,
                ContactMerge.kept_id.in_(pair),
                ContactMerge.gone_id.in_(pair),
            )
            .order_by(ContactMerge.id.desc())
            .limit(1)
        )
        return bool(undone)

    async def move(self, source: int, target: int) -> Moved:
        """Hand everything of one contact to another; returns what was moved, by table."""
        moved: Moved = {}
        for table, column in references():
            key = next(iter(table.primary_key.columns))
            statement = update(table).where(column == source)
            if column.primary_key:
                # One row a person: the target's own stays, and the other with it.
                other = table.alias()
                statement = statement.where(~exists().where(other.c[column.name] == target))
            rows = await self._session.scalars(
                statement.values({column.name: target}).returning(key)
            )
            keys = [int(row) for row in rows]
            if keys:
                moved[f"{table.name}.{column.name}"] = keys
        return moved

    async def move_back(self, moved: Mapping[str, list[int]], source: int, target: int) -> None:
        """Give back what `move` has moved, as far as it still lies there."""
        for table, column in references():
            keys = moved.get(f"{table.name}.{column.name}")
            if not keys:
                continue
            key = next(iter(table.primary_key.columns))
            chosen = column == target if column.primary_key else key.in_(keys)
            await self._session.execute(
                update(table).where(chosen, column == target).values({column.name: source})
            )

    async def memory(self, contact_id: int) -> ContactMemory | None:
        """What is remembered of a contact, sealed."""
        return await self._session.get(ContactMemory, contact_id)

    async def set_memory(self, contact_id: int, body: bytes | None) -> None:
        """Keep or drop what is remembered of a contact."""
        row = await self.memory(contact_id)
        if body is None:
            if row is not None:
                await self._session.delete(row)
        elif row is None:
            self._session.add(
                ContactMemory(contact_id=contact_id, tenant_id=self._tenant_id, body=body)
            )
        else:
            row.body = body
        await self._session.flush()

    async def add(self, merge: ContactMerge) -> ContactMerge:
        """Write a merge down."""
        merge.tenant_id = self._tenant_id
        self._session.add(merge)
        await self._session.flush()
        await self._session.refresh(merge)
        return merge

    async def merge(self, public_id: UUID) -> ContactMerge | None:
        """One merge, locked."""
        return await self._session.scalar(
            select(ContactMerge)
            .where(ContactMerge.tenant_id == self._tenant_id, ContactMerge.public_id == public_id)
            .with_for_update()
        )

    async def merges_of(self, contact_id: int) -> list[ContactMerge]:
        """Merges in force that made a contact what it is, newest first."""
        rows = await self._session.scalars(
            select(ContactMerge)
            .where(
                ContactMerge.tenant_id == self._tenant_id,
                ContactMerge.undone_at.is_(None),
                either(ContactMerge.kept_id == contact_id, ContactMerge.gone_id == contact_id),
            )
            .order_by(ContactMerge.id.desc())
        )
        return list(rows)

    async def is_gone(self, contact_id: int) -> int | None:
        """The contact that this one was merged into, if any."""
        return await self._session.scalar(
            select(ContactMerge.kept_id)
            .where(
                ContactMerge.tenant_id == self._tenant_id,
                ContactMerge.undone_at.is_(None),
                ContactMerge.gone_id == contact_id,
            )
            .order_by(ContactMerge.id.desc())
            .limit(1)
        )


async def recent_across_tenants(unit: Unit, minutes: int) -> list[ContactMerge]:
    """Merges of the last minutes; a turn that was thinking meanwhile may have written to `gone`."""
    rows = await unit.session.scalars(
        select(ContactMerge)
        .where(
            ContactMerge.undone_at.is_(None),
            ContactMerge.created_at > utcnow() - timedelta(minutes=minutes),
        )
        .order_by(ContactMerge.id)
        .with_for_update(skip_locked=True)
    )
    return list(rows)
