"""Queries of the insurance slice, under a tenant where a person asks, by id where a job does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.accounts.models import User
from insurance_chat.conversations.handover.repository import seen_by
from insurance_chat.conversations.models import Contact, Conversation
from insurance_chat.conversations.types import ConversationState
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.models import (
    Policy,
    PolicyMail,
    ProviderExchange,
    QuoteRequest,
    Reminder,
    Sale,
    SaleStep,
)


class SaleRepository:
    """Quotes and sales of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add_quote(self, values: dict[str, Any]) -> QuoteRequest:
        """The quote of this key, made now or before."""
        await self._session.execute(
            insert(QuoteRequest)
            .values(tenant_id=self._tenant_id, **values)
            .on_conflict_do_nothing(index_elements=["key"])
        )
        found = await self.quote_by_key(values["key"])
        assert found is not None
        return found

    async def quote_by_key(self, key: str) -> QuoteRequest | None:
        """A quote by its idempotency key."""
        return await self._session.scalar(
            select(QuoteRequest).where(
                QuoteRequest.tenant_id == self._tenant_id, QuoteRequest.key == key
            )
        )

    async def quotes_since(self, since: datetime) -> list[QuoteRequest]:
        """Ready quotes of the tenant after a moment, latest first."""
        rows = await self._session.scalars(
            select(QuoteRequest)
            .where(
                QuoteRequest.tenant_id == self._tenant_id,
                QuoteRequest.status == "ready",
                QuoteRequest.created_at > since,
            )
            .order_by(QuoteRequest.id.desc())
            .limit(50)
        )
        return list(rows)

    async def add_sale(self, values: dict[str, Any]) -> Sale:
        """The sale of this key, made now or before."""
        await self._session.execute(
            insert(Sale)
            .values(tenant_id=self._tenant_id, **values)
            .on_conflict_do_nothing(index_elements=["key"])
        )
        found = await self.sale_by_key(values["key"])
        assert found is not None
        return found

    async def sale_by_key(self, key: str) -> Sale | None:
        """A sale by its idempotency key."""
        return await self._session.scalar(
            select(Sale).where(Sale.tenant_id == self._tenant_id, Sale.key == key)
        )

    async def sale_by_public_id(self, public_id: UUID) -> Sale | None:
        """A sale by the id that clients of the API know."""
        return await self._session.scalar(
            select(Sale).where(Sale.tenant_id == self._tenant_id, Sale.public_id == public_id)
        )

    async def sales_of_run(self, run_id: str) -> list[Sale]:
        """All sales that one run of a flow has begun, latest first."""
        rows = await self._session.scalars(
            select(Sale)
            .where(Sale.tenant_id == self._tenant_id, Sale.run_id == run_id)
            .order_by(Sale.id.desc())
        )
        return list(rows)

    async def leading_operator(self, conversation_id: int | None) -> int | None:
        """The agent who leads a conversation now; None when the assistant does."""
        return await self._session.scalar(
            select(Conversation.operator_id).where(
                Conversation.tenant_id == self._tenant_id,
                Conversation.id == conversation_id,
                Conversation.state == ConversationState.WITH_AGENT.value,
            )
        )

    async def operator_of_contact(self, contact_id: int | None) -> int | None:
        """The agent who brought a client."""
        return await self._session.scalar(
            select(Contact.operator_id).where(
                Contact.tenant_id == self._tenant_id, Contact.id == contact_id
            )
        )

    async def last_sale(self, conversation_id: int) -> Sale | None:
        """The latest sale of a conversation."""
        return await self._session.scalar(
            select(Sale)
            .where(Sale.tenant_id == self._tenant_id, Sale.conversation_id == conversation_id)
            .order_by(Sale.id.desc())
            .limit(1)
        )


def policies_seen_by(user_id: int) -> ColumnElement[bool]:
    """Policies that an agent issued, and those of conversations that the agent may see."""
    # A query of its own, because the query around it may have joined the conversations already.
    in_sight = select(Conversation.id).where(seen_by(user_id)).correlate(None)
    return or_(Policy.operator_id == user_id, Policy.conversation_id.in_(in_sight))


def renewal_agent() -> ColumnElement[int | None]:
    """The agent who is told of a renewal; for queries that join policies with their contacts."""
    return func.coalesce(Policy.operator_id, Contact.operator_id)


class PolicyRepository:
    """Policies and reminders of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add_policy(self, values: dict[str, Any]) -> Policy | None:
        """Store the policy of a sale once; None when it is there already."""
        return await self._session.scalar(
            insert(Policy)
            .values(tenant_id=self._tenant_id, **values)
            .on_conflict_do_nothing()
            .returning(Policy)
        )

    def _policies(self) -> Select[Policy]:
        return select(Policy).where(Policy.tenant_id == self._tenant_id)

    async def policy_of_sale(self, sale_id: int) -> Policy | None:
        """The policy that a sale ended in."""
        return await self._session.scalar(self._policies().where(Policy.sale_id == sale_id))

    async def policy(self, public_id: UUID) -> Policy | None:
        """A policy by its public id."""
        return await self._session.scalar(self._policies().where(Policy.public_id == public_id))

    async def policy_by_id(self, policy_id: int) -> Policy | None:
        """A policy by its inner key."""
        return await self._session.scalar(self._policies().where(Policy.id == policy_id))

    async def policies(
        self, *, conversation_id: int | None = None, contact_id: int | None = None
    ) -> list[Policy]:
        """Policies of a conversation, of a contact, or of the tenant, latest first."""
        query = self._policies()
        if conversation_id is not None:
            query = query.where(Policy.conversation_id == conversation_id)
        if contact_id is not None:
            query = query.where(Policy.contact_id == contact_id)
        return list(await self._session.scalars(query.order_by(Policy.id.desc()).limit(200)))

    async def add_reminder(self, reminder: Reminder) -> Reminder:
        """Store a reminder."""
        reminder.tenant_id = self._tenant_id
        self._session.add(reminder)
        await self._session.flush()
        return reminder

    async def reminders(
        self,
        policy_id: int | None = None,
        *,
        operator_id: int | None = None,
        conversation_id: int | None = None,
    ) -> list[tuple[Reminder, UUID]]:
        """Reminders with the public id of their policy, soonest first.

        Args:
            policy_id, conversation_id: only of this policy or conversation.
            operator_id: only what this agent is told of.
        """
        query = (
            select(Reminder, Policy.public_id)
            .join(Policy, Policy.id == Reminder.policy_id)
            .outerjoin(Contact, Contact.id == Policy.contact_id)
            .where(Reminder.tenant_id == self._tenant_id)
            .order_by(Reminder.remind_at)
            .limit(500)
        )
        if policy_id is not None:
            query = query.where(Reminder.policy_id == policy_id)
        if operator_id is not None:
            query = query.where(renewal_agent() == operator_id)
        if conversation_id is not None:
            query = query.where(Policy.conversation_id == conversation_id)
        return [(row[0], row[1]) for row in await self._session.execute(query)]

    async def agent_of(self, policy_id: int) -> int | None:
        """Inner key of the agent who is told of a policy's renewal."""
        return await self._session.scalar(
            select(renewal_agent())
            .select_from(Policy)
            .outerjoin(Contact, Contact.id == Policy.contact_id)
            .where(Policy.tenant_id == self._tenant_id, Policy.id == policy_id)
        )

    async def agent_public_id_of(self, policy_id: int) -> UUID | None:
        """Public id of the agent who is told of a policy's renewal, unless they are shut out."""
        return await self._session.scalar(
            select(User.public_id)
            .select_from(Policy)
            .outerjoin(Contact, Contact.id == Policy.contact_id)
            .join(User, User.id == renewal_agent())
            .where(
                Policy.tenant_id == self._tenant_id,
                Policy.id == policy_id,
                User.blocked_at.is_(None),
            )
        )

    async def reminder(self, public_id: UUID) -> Reminder | None:
        """A reminder by its public id."""
        return await self._session.scalar(
            select(Reminder).where(
                Reminder.tenant_id == self._tenant_id, Reminder.public_id == public_id
            )
        )

    async def cancel_reminders(self, policy_id: int) -> None:
        """The client does not want to be reminded (any more); what the agent is told of stays."""
        planned = (
            Reminder.tenant_id == self._tenant_id,
            Reminder.policy_id == policy_id,
            Reminder.status == "pending",
        )
        for_agent = Reminder.recipients.contains(["agent"])
        await self._session.execute(
            update(Reminder).where(*planned, ~for_agent).values(status="cancelled")
        )
        await self._session.execute(
            update(Reminder).where(*planned, for_agent).values(recipients=["agent"])
        )

    async def add_mail(self, values: dict[str, Any]) -> int | None:
        """Order an e-mail once for each key; None when it was ordered before."""
        return await self._session.scalar(
            insert(PolicyMail)
            .values(tenant_id=self._tenant_id, **values)
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(PolicyMail.id)
        )


class JobRepository:
    """What a job may load: it was ordered by a tenant's own action and names the row by id."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    async def fetch_quote_across_tenants(self, quote_id: int) -> QuoteRequest | None:
        """A quote request by id."""
        return await self._session.get(QuoteRequest, quote_id)

    async def fetch_sale_across_tenants(self, sale_id: int, *, lock: bool = False) -> Sale | None:
        """A sale by id."""
        query = select(Sale).where(Sale.id == sale_id)
        return await self._session.scalar(query.with_for_update(key_share=True) if lock else query)

    async def fetch_sale_by_draft_across_tenants(self, draft_id: str) -> Sale | None:
        """The sale behind a provider's draft (a webhook names nothing else)."""
        return await self._session.scalar(select(Sale).where(Sale.provider_draft_id == draft_id))

    async def fetch_due_sales_across_tenants(self, limit: int) -> list[int]:
        """Sales that are under way and were not looked at for a while."""
        rows = await self._session.scalars(
            select(Sale.id)
            .where(
                Sale.settled.is_(False),
                or_(Sale.next_check_at.is_(None), Sale.next_check_at < utcnow()),
            )
            .order_by(Sale.next_check_at)
            .limit(limit)
        )
        return list(rows)

    async def fetch_stuck_quotes_across_tenants(self, before: datetime) -> list[int]:
        """Quotes that a dead process left running."""
        rows = await self._session.scalars(
            select(QuoteRequest.id)
            .where(QuoteRequest.status == "running", QuoteRequest.created_at < before)
            .limit(100)
        )
        return list(rows)

    async def fetch_reminder_across_tenants(self, reminder_id: int) -> Reminder | None:
        """A reminder by id, locked."""
        return await self._session.scalar(
            select(Reminder).where(Reminder.id == reminder_id).with_for_update()
        )

    async def fetch_due_reminders_across_tenants(self, limit: int) -> list[int]:
        """Reminders whose time has come."""
        rows = await self._session.scalars(
            select(Reminder.id)
            .where(Reminder.status == "pending", Reminder.remind_at <= utcnow())
            .limit(limit)
        )
        return list(rows)

    async def fetch_mail_across_tenants(self, mail_id: int) -> PolicyMail | None:
        """An ordered e-mail by id, locked."""
        return await self._session.scalar(
            select(PolicyMail).where(PolicyMail.id == mail_id).with_for_update()
        )

    async def begin_step(self, sale_id: int, step: str, key: str) -> None:
        """The intent row of an outside effect; a repeat counts the attempt."""
        await self._session.execute(
            insert(SaleStep)
            .values(sale_id=sale_id, step=step, key=key)
            .on_conflict_do_update(index_elements=["key"], set_={"attempts": SaleStep.attempts + 1})
        )

    async def finish_step(self, key: str, result: str) -> None:
        """The result row of an outside effect."""
        await self._session.execute(
            update(SaleStep).where(SaleStep.key == key).values(result=result, finished_at=utcnow())
        )

    async def add_exchange(self, values: dict[str, Any]) -> None:
        """Keep a masked exchange with a provider."""
        await self._session.execute(insert(ProviderExchange).values(**values))

    async def exchanges(self, limit: int) -> Iterable[ProviderExchange]:
        """The latest exchanges."""
        return await self._session.scalars(
            select(ProviderExchange).order_by(ProviderExchange.id.desc()).limit(limit)
        )
