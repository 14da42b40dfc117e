"""A company with an administrator, agents, and policies that come out of real sales."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.conversations import log
from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import Entry, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance import sales
from insurance_chat.insurance.models import Policy
from insurance_chat.insurance.providers.ports import Offer, OfferStatus
from insurance_chat.insurance.saga_store import keep_policy
from insurance_chat.operators.commissions import accrual, overview
from insurance_chat.operators.commissions.overview import CommissionView
from tests.support.chats import open_web_chat


def principal_of(user: User) -> Principal:
    return Principal(user.tenant_id, Role(user.role), user.id, str(user.public_id))


@dataclass
class Company:
    """One tenant and what happens in it."""

    db: Database
    tenant_id: int
    admin: Principal

    async def staff(self, role: Role = Role.AGENT, name: str = "Анна Иванова") -> Principal:
        async with self.db.unit() as unit:
            user = await StaffRepository(unit, self.tenant_id).add(
                login=uuid4().hex,
                name=name,
                role=role.value,
                password_hash="-",
                companies=[],
                approved_at=utcnow(),
            )
        assert user is not None
        return principal_of(user)

    async def chat(
        self, *, led_by: Principal | None = None, client_of: Principal | None = None
    ) -> SessionView:
        """A conversation; claimed by an agent, and of an agent's own client, if named."""
        async with self.db.unit() as unit:
            view = await open_web_chat(unit, self.tenant_id)
            if client_of is not None:
                contact = await ConversationRepository(unit, self.tenant_id).contact(
                    view.contact_id
                )
                assert contact is not None
                contact.operator_id = client_of.user_id
        if led_by is not None:
            await self.change(
                "update conversations set state = 'handover_requested' where id = %s",
                view.conversation_id,
            )
            await self.change(
                "insert into handovers (tenant_id, conversation_id, reason) values (%s, %s, 'asked')",
                self.tenant_id,
                view.conversation_id,
            )
            async with self.db.unit() as unit:
                await claiming.claim(unit, led_by, view.id)
        return view

    async def sell(
        self,
        chat: SessionView,
        price: str = "5000.00",
        company: str = "reso",
        draft_id: str | None = None,
        released_by: Principal | None = None,
    ) -> Policy:
        """A policy that is issued in a conversation; released between the choice and the issue."""
        offer = Offer(
            offer_id=uuid4().hex,
            company_code=company,
            company=company,
            status=OfferStatus.READY,
            price=Decimal(price),
        )
        async with self.db.unit() as unit:
            begun = await sales.begin(
                unit,
                self.tenant_id,
                offer,
                "polis_online",
                {"title": "Лада", "start_date": "2026-12-01"},
                product="osago",
                key=uuid4().hex,
                conversation_id=chat.conversation_id,
                contact_id=chat.contact_id,
            )
            if released_by is not None:
                await claiming.release(unit, released_by, chat.id)
            begun.provider_draft_id = draft_id
            begun.policy_number = f"ХХХ{uuid4().int % 10**10:010d}"
            begun.state, begun.price, begun.paid_at = "issued", offer.price, utcnow()
            policy = await keep_policy(unit, begun, "plain/00/" + "0" * 40, 1)
        assert policy is not None
        return policy

    async def accrue(self, policy: Policy) -> None:
        async with self.db.unit() as unit:
            await accrual.accrue(unit, policy.id)

    async def sold(self, agent: Principal, price: str = "5000.00", **more: Any) -> CommissionView:
        """An entry for a policy that an agent has sold."""
        policy = await self.sell(await self.chat(led_by=agent), price, **more)
        await self.accrue(policy)
        return next(one for one in await self.entries() if one.policy_id == policy.public_id)

    async def entries(
        self, principal: Principal | None = None, **which: Any
    ) -> list[CommissionView]:
        who = principal or self.admin
        async with self.db.unit() as unit:
            page = await overview.list_entries(unit, who, overview.wanted(who, **which), limit=1000)
        return page.rows

    async def entry(self, commission_id: UUID) -> CommissionView:
        return next(one for one in await self.entries() if one.id == commission_id)

    async def say(self, chat: SessionView, sender: Sender, text: str) -> Entry:
        async with self.db.unit() as unit:
            conversation = await self.locked(unit, chat)
            return await log.append_message(unit, conversation, sender, {"text": text})

    async def locked(self, unit: Any, chat: SessionView) -> Conversation:
        found = await ConversationRepository(unit, self.tenant_id).by_id(
            chat.conversation_id, lock=True
        )
        assert found is not None
        return found

    async def change(self, sql: str, *values: Any) -> None:
        async with self.db.pool.connection() as connection:
            await connection.execute(sql, values)

    async def number(self, sql: str, *values: Any) -> int:
        async with self.db.pool.connection() as connection:
            cursor = await connection.execute(sql, values)
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


async def make_company(db: Database) -> Company:
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into tenants (name, slug) values ('Тест', %s) returning id", (uuid4().hex,)
        )
        row = await cursor.fetchone()
    assert row is not None
    company = Company(db, int(row[0]), Principal(int(row[0]), Role.ADMIN))
    company.admin = await company.staff(Role.ADMIN, "Администратор")
    return company


@pytest.fixture
async def company(db: Database) -> Company:
    return await make_company(db)
