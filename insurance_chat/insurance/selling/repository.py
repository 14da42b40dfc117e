"""Searches of outside systems over policies and quotes, and the documents of sales."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import Contact, Conversation
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.models import Policy, QuoteRequest, SaleDocument
from insurance_chat.insurance.repository import policies_seen_by


class SalesSearch:
    """Look-ups of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def policies(
        self,
        *,
        conversation_id: int | None = None,
        session: UUID | None = None,
        user: UUID | None = None,
        agent: UUID | None = None,
        seen_by: int | None = None,
        limit: int = 200,
    ) -> list[Policy]:
        """Policies, latest first; every filter that is given must fit.

        Args:
            conversation_id: only of this conversation (what a client may see).
            session: public id of a conversation.
            user: public id of a client.
            seen_by: key of an agent: only what this agent may see.
            agent: public id of the agent with whom, or for whose client, it was issued.
        """
        query = select(Policy).where(Policy.tenant_id == self._tenant_id)
        if conversation_id is not None:
            query = query.where(Policy.conversation_id == conversation_id)
        if seen_by is not None:
            query = query.where(policies_seen_by(seen_by))
        if session is not None:
            query = query.join(Conversation, Conversation.id == Policy.conversation_id).where(
                Conversation.public_id == session
            )
        if agent is not None:
            query = query.join(User, User.id == Policy.operator_id).where(User.public_id == agent)
        if user is not None:
            query = query.join(Contact, Contact.id == Policy.contact_id).where(
                Contact.public_id == user
            )
        return list(await self._session.scalars(query.order_by(Policy.id.desc()).limit(limit)))

    async def quote(self, public_id: UUID) -> QuoteRequest | None:
        """A quote by its public id."""
        return await self._session.scalar(
            select(QuoteRequest).where(
                QuoteRequest.tenant_id == self._tenant_id, QuoteRequest.public_id == public_id
            )
        )

    async def ready_quotes(
        self, product: str, conversation_id: int | None, limit: int = 50
    ) -> list[QuoteRequest]:
        """Latest quotes of a product with offers, of one conversation if it is named."""
        query = select(QuoteRequest).where(
            QuoteRequest.tenant_id == self._tenant_id,
            QuoteRequest.product == product,
            QuoteRequest.status == "ready",
        )
        if conversation_id is not None:
            query = query.where(QuoteRequest.conversation_id == conversation_id)
        rows = await self._session.scalars(query.order_by(QuoteRequest.id.desc()).limit(limit))
        return list(rows)


class DocumentRepository:
    """Documents of sales; who may see the sale may see them."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    async def add(self, values: dict[str, Any]) -> None:
        """Keep a document, one for each sale and kind; a new one has not been given yet."""
        fresh = {**values, "delivered_at": None, "delivered_to": None}
        await self._session.execute(
            insert(SaleDocument)
            .values(**fresh)
            .on_conflict_do_update(index_elements=["sale_id", "kind"], set_=fresh)
        )

    async def of_sale(self, sale_id: int, kind: str, *, lock: bool = False) -> SaleDocument | None:
        """One document of a sale."""
        query = select(SaleDocument).where(
            SaleDocument.sale_id == sale_id, SaleDocument.kind == kind
        )
        return await self._session.scalar(query.with_for_update() if lock else query)
