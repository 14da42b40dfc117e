"""SQL of deletion wishes and of the consents that prove what was allowed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from insurance_chat.conversations.erasure.models import ErasureRequest
from insurance_chat.conversations.models import Consent, Contact
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit


class ErasureRepository:
    """Wishes and consents of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def lock_contact(self, contact_id: int) -> Contact | None:
        """The client, locked, so that a wish made twice at once is one."""
        return await self._session.scalar(
            select(Contact)
            .where(Contact.tenant_id == self._tenant_id, Contact.id == contact_id)
            .with_for_update()
        )

    async def open_of(self, contacts: Collection[int]) -> ErasureRequest | None:
        """The oldest wish of a client that is not fulfilled."""
        return await self._session.scalar(
            select(ErasureRequest)
            .where(
                ErasureRequest.tenant_id == self._tenant_id,
                ErasureRequest.contact_id.in_(contacts),
                ErasureRequest.done_at.is_(None),
            )
            .order_by(ErasureRequest.due_at)
            .limit(1)
        )

    async def add(
        self, contact_id: int, conversation_id: int | None, origin: str, due_at: datetime
    ) -> ErasureRequest:
        """Write a wish down."""
        row = ErasureRequest(
            tenant_id=self._tenant_id,
            contact_id=contact_id,
            conversation_id=conversation_id,
            origin=origin,
            due_at=due_at,
        )
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)
        return row

    async def waiting(self) -> list[tuple[ErasureRequest, Contact]]:
        """Wishes that are not fulfilled, the most urgent first."""
        rows = await self._session.execute(
            select(ErasureRequest, Contact)
            .join(Contact, Contact.id == ErasureRequest.contact_id)
            .where(ErasureRequest.tenant_id == self._tenant_id, ErasureRequest.done_at.is_(None))
            .order_by(ErasureRequest.due_at, ErasureRequest.id)
        )
        return [(row[0], row[1]) for row in rows]

    async def finish(
        self, contacts: Collection[int], user_id: int | None, kept: list[dict[str, Any]]
    ) -> None:
        """All wishes of a client are fulfilled."""
        rows = await self._session.scalars(
            select(ErasureRequest).where(
                ErasureRequest.tenant_id == self._tenant_id,
                ErasureRequest.contact_id.in_(contacts),
                ErasureRequest.done_at.is_(None),
            )
        )
        for row in rows:
            row.done_at, row.done_by, row.kept = utcnow(), user_id, kept

    async def last_done(self, contact_id: int) -> ErasureRequest | None:
        """The wish whose fulfilment has made a client unknown."""
        return await self._session.scalar(
            select(ErasureRequest)
            .where(
                ErasureRequest.tenant_id == self._tenant_id,
                ErasureRequest.contact_id == contact_id,
                ErasureRequest.done_at.is_not(None),
            )
            .order_by(ErasureRequest.id.desc())
            .limit(1)
        )

    async def contact(self, public_id: UUID) -> Contact | None:
        """A client by the key that pages know."""
        return await self._session.scalar(
            select(Contact).where(
                Contact.tenant_id == self._tenant_id, Contact.public_id == public_id
            )
        )

    async def consents(self, contacts: Collection[int]) -> Sequence[Consent]:
        """Consents of a client in the order in which they were given, ended ones too."""
        rows = await self._session.scalars(
            select(Consent)
            .where(Consent.tenant_id == self._tenant_id, Consent.contact_id.in_(contacts))
            .order_by(Consent.id)
        )
        return rows.all()


async def drop_consents_across_tenants(unit: Unit, ended_before: datetime) -> int:
    """Remove consents of deleted clients that ended before a moment; returns how many."""
    erased = select(Contact.id).where(Contact.erased_at.is_not(None))
    gone = await unit.session.scalars(
        delete(Consent)
        .where(Consent.contact_id.in_(erased), Consent.withdrawn_at < ended_before)
        .returning(Consent.id)
    )
    return len(gone.all())
