"""A company whose history is written row by row, so that every figure can be counted by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.conversations.models import Contact, Conversation, Handover
from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance.models import Policy, QuoteRequest, Sale
from insurance_chat.operators.commissions.models import Commission, CommissionLine

DAY = date(2026, 3, 2)  # a Monday


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    """A moment on the Moscow clock."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=MOSCOW)


@dataclass
class History:
    """One tenant and what happened in it."""

    db: Database
    tenant_id: int
    people: dict[str, Principal] = field(default_factory=dict)

    async def person(self, name: str, role: Role = Role.AGENT) -> Principal:
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
        principal = Principal(self.tenant_id, role, user.id, str(user.public_id))
        self.people[name] = principal
        return principal

    async def _add(self, row: Any) -> int:
        async with self.db.unit() as unit:
            unit.session.add(row)
            await unit.session.flush()
            return int(row.id)

    async def chat(self, when: datetime, channel: str = "web", *, said: bool = True) -> int:
        contact = await self._add(Contact(tenant_id=self.tenant_id))
        return await self._add(
            Conversation(
                tenant_id=self.tenant_id,
                contact_id=contact,
                channel=channel,
                channel_user_id=uuid4().hex,
                last_inbound_seq=1 if said else 0,
                created_at=when,
                updated_at=when + timedelta(hours=3),
            )
        )

    async def handover(
        self,
        chat: int,
        when: datetime,
        by: str | None = None,
        *,
        claim: int | None = None,
        reply: int | None = None,
        asked_for: str | None = None,
        outcome: str | None = None,
        reason: str = "asked",
    ) -> None:
        """A request; `claim` and `reply` are seconds after it."""
        ended = outcome is not None
        await self._add(
            Handover(
                tenant_id=self.tenant_id,
                conversation_id=chat,
                status="ended" if ended else "claimed" if by else "waiting",
                reason=reason,
                asked_for=self.people[asked_for].user_id if asked_for else None,
                requested_at=when,
                claimed_by=self.people[by].user_id if by else None,
                claimed_at=when + timedelta(seconds=claim) if claim is not None else None,
                first_reply_at=when + timedelta(seconds=reply) if reply is not None else None,
                ended_at=when + timedelta(hours=1) if ended else None,
                outcome=outcome,
            )
        )

    async def quote(self, chat: int) -> None:
        await self._add(
            QuoteRequest(
                tenant_id=self.tenant_id,
                conversation_id=chat,
                key=uuid4().hex,
                product="osago",
                provider="polis_online",
                request=b"x",
            )
        )

    async def policy(
        self,
        when: datetime,
        price: str,
        *,
        chat: int | None = None,
        by: str | None = None,
        commission: str | None = None,
    ) -> None:
        """An issued policy, perhaps an agent's with a commission booked on its day."""
        operator = self.people[by].user_id if by else None
        sale = await self._add(
            Sale(
                tenant_id=self.tenant_id,
                conversation_id=chat,
                key=uuid4().hex,
                product="osago",
                provider="polis_online",
                company_code="alfa",
                offer_id="1",
                offer_price=Decimal(price),
                payload=b"x",
            )
        )
        policy = await self._add(
            Policy(
                tenant_id=self.tenant_id,
                sale_id=sale,
                conversation_id=chat,
                product="osago",
                company_code="alfa",
                number=uuid4().hex[:20],
                price=Decimal(price),
                start_date=DAY,
                expire_at=DAY + timedelta(days=365),
                file_key="plain/00/0",
                subject=b"x",
                operator_id=operator,
                created_at=when,
            )
        )
        if commission is not None and operator is not None:
            await self._commission(policy, operator, chat, when, commission)

    async def _commission(
        self, policy: int, operator: int, chat: int | None, when: datetime, amount: str
    ) -> None:
        booked = when.astimezone(MOSCOW).date()
        entry = await self._add(
            Commission(
                tenant_id=self.tenant_id,
                operator_id=operator,
                policy_id=policy,
                conversation_id=chat,
                status="accrued",
                booked_on=booked,
            )
        )
        await self._add(
            CommissionLine(
                tenant_id=self.tenant_id,
                commission_id=entry,
                kind="accrual",
                amount=Decimal(amount),
                booked_on=booked,
            )
        )


async def company(db: Database) -> History:
    """A tenant of its own with an administrator."""
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into tenants (name, slug) values ('Тест', %s) returning id", (uuid4().hex,)
        )
        row = await cursor.fetchone()
    assert row is not None
    history = History(db, int(row[0]))
    await history.person("Главная", Role.ADMIN)
    return history


@pytest.fixture
async def history(db: Database) -> History:
    """A company with two agents and a fortnight of work."""
    history = await company(db)
    await history.person("Анна")
    await history.person("Борис")
    await fill(history)
    return history


async def fill(history: History) -> None:
    """Five chats on the day, others around it; see the tests for what they add up to."""
    first = await history.chat(at(9))
    await history.handover(first, at(9, 5), "Анна", claim=10, reply=40, outcome="transferred")
    await history.handover(
        first, at(9, 20), "Борис", claim=30, reply=90, outcome="closed", reason="transfer"
    )
    second = await history.chat(at(10))
    await history.handover(second, at(10, 1), "Анна", claim=20, reply=60, outcome="returned")
    await history.handover(second, at(11), "Анна", claim=120, outcome="returned")
    await history.quote(second)
    await history.policy(at(12), "5000.00", chat=second, by="Анна", commission="500.00")
    third = await history.chat(at(11), "telegram")
    await history.handover(third, at(11, 5), asked_for="Анна", outcome="closed")
    await history.quote(third)
    fourth = await history.chat(at(12), "telegram")
    await history.handover(fourth, at(12, 5), "Борис", claim=60, reply=300, asked_for="Анна")
    alone = await history.chat(at(13))
    await history.quote(alone)
    await history.policy(at(14), "3000.50", chat=alone)
    own_client = await history.chat(at(15))
    await history.handover(
        own_client, at(15), "Борис", claim=0, reply=0, outcome="closed", reason="agent_came"
    )
    await history.chat(at(16), said=False)
    await history.policy(at(17), "1000.00", by="Борис", commission="-50.25")
    await _around(history)


async def _around(history: History) -> None:
    """What is out of the day by a minute."""
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    for when in (at(23, 59, before), at(0, 0, after)):
        chat = await history.chat(when)
        await history.handover(chat, when, "Анна", claim=1000, reply=2000, outcome="closed")
        await history.policy(when, "77.00", chat=chat, by="Анна", commission="7.00")
