"""One person under two identifiers becomes one contact, on a proof, and can become two again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import add_tenant
from insurance_chat.conversations import contacts
from insurance_chat.conversations.contacts import ConsentText
from insurance_chat.conversations.memory import service as memory
from insurance_chat.conversations.merging import repository, service
from insurance_chat.conversations.models import Contact, Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance.models import Policy, Sale
from insurance_chat.insurance.repository import PolicyRepository

CONSENT = ConsentText("processing", "1", "Согласен")


class Company:
    """A tenant with its administrator."""

    def __init__(self, db: Database, tenant_id: int, admin: Principal) -> None:
        self.db = db
        self.tenant_id = tenant_id
        self.admin = admin

    async def client(self, unit: Unit, channel: str, **facts: str) -> Contact:
        """A client of one channel, with consent, a chat and remembered facts."""
        log = ConversationRepository(unit, self.tenant_id)
        contact = await log.contact_by_identity(channel, uuid4().hex)
        chat = await log.add(
            Conversation(contact_id=contact.id, channel=channel, channel_user_id="x")
        )
        await contacts.give_consent(unit, self.tenant_id, contact.id, chat.id, channel, CONSENT)
        if facts:
            kept = {name: {name: value} for name, value in facts.items()}
            await memory.keep(unit, self.tenant_id, contact.id, kept, flow="osago", channel=channel)
        return contact

    async def policies(self, unit: Unit, contact: int) -> list[str]:
        """Numbers of a client's policies."""
        found = await PolicyRepository(unit, self.tenant_id).policies(contact_id=contact)
        return [policy.number for policy in found]


@pytest.fixture
async def company(db: Database) -> Company:
    async with db.unit() as unit:
        tenant_id = await add_tenant(unit, "Тест", uuid4().hex)
        user = User(
            tenant_id=tenant_id, login=uuid4().hex, name="Глеб", role="admin", password_hash="-"
        )
        unit.session.add(user)
        await unit.session.flush()
        return Company(db, tenant_id, Principal(tenant_id, Role.ADMIN, user_id=user.id))


async def _insure(unit: Unit, tenant_id: int, contact_id: int) -> str:
    sale = Sale(
        tenant_id=tenant_id,
        contact_id=contact_id,
        key=uuid4().hex,
        product="osago",
        provider="test",
        company_code="alfa",
        offer_id="1",
        offer_price=Decimal("100.00"),
        payload=unit.cipher.seal_json({}),
    )
    unit.session.add(sale)
    await unit.session.flush()
    policy = Policy(
        tenant_id=tenant_id,
        sale_id=sale.id,
        contact_id=contact_id,
        product="osago",
        company_code="alfa",
        number=uuid4().hex,
        price=Decimal("100.00"),
        start_date=date(2026, 1, 1),
        expire_at=date(2026, 12, 31),
        file_key="x",
        subject=unit.cipher.seal_json({}),
        created_at=datetime.now(UTC),
    )
    unit.session.add(policy)
    await unit.session.flush()
    return policy.number


async def test_the_same_vouched_phone_in_two_messengers_is_one_person(company: Company) -> None:
    async with company.db.unit() as unit:
        first = await company.client(unit, "whatsapp")
        second = await company.client(unit, "telegram")
        number = await _insure(unit, company.tenant_id, second.id)
        a = await service.prove_phone(unit, company.tenant_id, first.id, "+7 916 123-45-67")
        b = await service.prove_phone(unit, company.tenant_id, second.id, "8 (916) 123-45-67")
    assert (a, b) == (first.id, first.id)
    async with company.db.unit() as unit:
        assert await company.policies(unit, first.id) == [number]
        assert await company.policies(unit, second.id) == []


async def test_another_phone_joins_nobody(company: Company) -> None:
    async with company.db.unit() as unit:
        first = await company.client(unit, "whatsapp")
        second = await company.client(unit, "telegram")
        await service.prove_phone(unit, company.tenant_id, first.id, "+79161234567")
        left = await service.prove_phone(unit, company.tenant_id, second.id, "+79161234568")
    assert left == second.id


async def test_the_same_phone_in_another_company_joins_nobody(
    company: Company, db: Database
) -> None:
    async with db.unit() as unit:
        other = Company(db, await add_tenant(unit, "Другая", uuid4().hex), company.admin)
        first = await company.client(unit, "whatsapp")
        second = await other.client(unit, "whatsapp")
        await service.prove_phone(unit, company.tenant_id, first.id, "+79161234567")
        left = await service.prove_phone(unit, other.tenant_id, second.id, "+79161234567")
    assert left == second.id


async def test_merging_twice_changes_nothing(company: Company) -> None:
    async with company.db.unit() as unit:
        first = await company.client(unit, "web")
        second = await company.client(unit, "telegram")
        for _ in range(2):
            await service.merge(unit, company.tenant_id, second.id, first.id, service.BY_LINK)
        assert len(await service.merges(unit, company.admin, first.public_id)) == 1


async def test_facts_of_both_are_remembered_and_the_agent_stays(company: Company) -> None:
    async with company.db.unit() as unit:
        first = await company.client(unit, "web", name="Анна")
        second = await company.client(unit, "telegram", car="А123ВС196")
        second.operator_id = company.admin.user_id
        await service.merge(unit, company.tenant_id, first.id, second.id, service.BY_LINK)
        await unit.session.flush()
        known = await memory.recall(unit, company.tenant_id, first.id)
        assert set(known.topics) == {"name", "car"}
        assert first.operator_id == company.admin.user_id
        assert (await memory.recall(unit, company.tenant_id, second.id)).topics == {}


async def test_a_merge_by_hand_can_be_taken_back(company: Company) -> None:
    async with company.db.unit() as unit:
        first = await company.client(unit, "web", name="Анна")
        second = await company.client(unit, "telegram", name="Борис")
        number = await _insure(unit, company.tenant_id, second.id)
        await service.merge_by_hand(unit, company.admin, first.public_id, second.public_id)
    async with company.db.unit() as unit:
        assert await company.policies(unit, first.id) == [number]
        (merged,) = await service.merges(unit, company.admin, first.public_id)
        assert merged.reason == "hand"
        await service.undo(unit, company.admin, merged.id)
    async with company.db.unit() as unit:
        assert await company.policies(unit, first.id) == []
        assert await company.policies(unit, second.id) == [number]
        names = [
            (await memory.recall(unit, company.tenant_id, one.id)).topics["name"].values
            for one in (first, second)
        ]
        assert names == [{"name": "Анна"}, {"name": "Борис"}]
        assert await service.merges(unit, company.admin, first.public_id) == []


async def test_an_earlier_merge_waits_until_the_later_is_taken_back(company: Company) -> None:
    async with company.db.unit() as unit:
        people = [await company.client(unit, "web") for _ in range(3)]
        ids = [one.public_id for one in people]
        await service.merge_by_hand(unit, company.admin, ids[1], ids[2])
        await service.merge_by_hand(unit, company.admin, ids[0], ids[1])
        earlier = (await service.merges(unit, company.admin, ids[1]))[-1]
        with pytest.raises(ServiceError, match="merge_not_last"):
            await service.undo(unit, company.admin, earlier.id)


@pytest.mark.parametrize("role", [Role.AGENT, Role.USER])
async def test_only_the_administrator_merges(company: Company, role: Role) -> None:
    someone = Principal(company.tenant_id, role, user_id=company.admin.user_id)
    async with company.db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await service.merge_by_hand(unit, someone, uuid4(), uuid4())
        with pytest.raises(ServiceError, match="forbidden"):
            await service.undo(unit, someone, uuid4())


async def test_clients_of_another_company_are_not_found(company: Company, db: Database) -> None:
    async with db.unit() as unit:
        other = Company(db, await add_tenant(unit, "Другая", uuid4().hex), company.admin)
        mine = await company.client(unit, "web")
        theirs = await other.client(unit, "web")
        with pytest.raises(ServiceError, match="contact_not_found"):
            await service.merge_by_hand(unit, company.admin, mine.public_id, theirs.public_id)


async def test_what_a_turn_writes_late_follows_the_person(company: Company) -> None:
    async with company.db.unit() as unit:
        first = await company.client(unit, "web")
        second = await company.client(unit, "telegram")
        await service.merge(unit, company.tenant_id, first.id, second.id, service.BY_LINK)
    async with company.db.unit() as unit:
        number = await _insure(unit, company.tenant_id, second.id)
        await service.settle(unit)
    async with company.db.unit() as unit:
        assert await company.policies(unit, first.id) == [number]
        (merged,) = await service.merges(unit, company.admin, first.public_id)
        await service.undo(unit, company.admin, merged.id)
        assert await company.policies(unit, second.id) == [number]


def test_tables_of_products_move_along_without_being_named() -> None:
    tables = {table.name for table, _ in repository.references()}
    assert {"identities", "conversations", "consents", "sales", "policies"} <= tables
