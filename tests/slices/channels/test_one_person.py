"""One person in several messengers is one client, when the messengers themselves vouch for a phone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from insurance_chat.channels.held import Held
from insurance_chat.channels.models import Connection
from insurance_chat.channels.opening import Opening
from insurance_chat.channels.ports import Account, ChannelAdapter, Incoming
from insurance_chat.channels.telegram.adapter import TelegramAdapter
from insurance_chat.channels.telegram.settings import TelegramSettings
from insurance_chat.channels.types import Chat, Connected, State
from insurance_chat.channels.whatsapp_cloud.adapter import WhatsAppCloud
from insurance_chat.channels.whatsapp_cloud.settings import WhatsAppSettings
from insurance_chat.channels.whatsapp_gateway.adapter import WhatsAppGateway
from insurance_chat.conversations.merging import service as merging
from insurance_chat.conversations.models import Contact
from insurance_chat.core.crypto import hash_token
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance import policies
from insurance_chat.insurance.models import Policy, Sale

OFFICE = "79030009999"


@dataclass
class Person:
    """Somebody with a telephone; every messenger tells of them in its own words."""

    phone: str = field(default_factory=lambda: f"7916{uuid4().int % 10**7:07d}")
    telegram: int = field(default_factory=lambda: uuid4().int % 10**9)

    def by_cloud(self, text: str) -> dict[str, Any]:
        """WhatsApp Cloud API."""
        item = {"from": self.phone, "id": uuid4().hex, "timestamp": "1", "type": "text"}
        item |= {"text": {"body": text}}
        return {"kind": "message", "item": item, "contact": {"profile": {"name": "Анна"}}}

    def by_gateway(self, text: str) -> dict[str, Any]:
        """A paired phone."""
        chat = f"{self.phone}@s.whatsapp.net"
        payload = {"chat_id": chat, "from": chat, "id": uuid4().hex, "body": text}
        return {"event": "message", "device_id": "office", "payload": payload}

    def by_telegram(self, **content: Any) -> dict[str, Any]:
        """Telegram."""
        sender = {"id": self.telegram, "is_bot": False, "first_name": "Анна"}
        sender |= {"language_code": "ru"}
        chat = {"id": self.telegram, "type": "private"}
        message = {"message_id": 1, "date": 1, "from": sender, "chat": chat, **content}
        return {"update_id": 1, "message": message}

    def shares(self, of: Person | None = None) -> dict[str, Any]:
        """A contact is shared in Telegram, the own one unless told."""
        other = of or self
        card = {"phone_number": other.phone, "first_name": "Анна", "user_id": other.telegram}
        return self.by_telegram(contact=card)


class Office:
    """A company with three accounts."""

    def __init__(self, db: Database, tenant_id: int) -> None:
        self.db = db
        self.tenant_id = tenant_id
        self.admin = Principal(tenant_id, Role.ADMIN)
        self._held: dict[str, Held] = {}

    async def add(self, adapter: ChannelAdapter, options: Mapping[str, Any]) -> None:
        """Connect an account."""
        async with self.db.unit() as unit:
            row = Connection(
                tenant_id=self.tenant_id,
                kind=adapter.code,
                external_id=uuid4().hex,
                title=adapter.title,
                hook_hash=hash_token(uuid4().hex),
                secrets=unit.cipher.seal_json({}),
                options=dict(options),
            )
            unit.session.add(row)
            await unit.session.flush()
            account = Account(row.id, adapter.channel, "x", "", {}, options)
            connected = Connected(
                row.id, uuid4(), self.tenant_id, adapter.code, State.ACTIVE, None, 0, account
            )
        self._held[adapter.code] = Held(connected, adapter, 60.0)

    async def hear(self, code: str, update: Mapping[str, Any]) -> Chat:
        """An update comes; the chat that it belongs to."""
        held = self._held[code]
        happenings = held.adapter.parse(held.account, json.loads(json.dumps(update)))
        (said,) = [one for one in happenings if isinstance(one, Incoming)]
        opening = Opening(self.db)
        return await opening.chat(held, said.chat, said.person, said.extra, by_client=True)

    async def insure(self, chat: Chat) -> str:
        """The client of a chat buys; the number of the policy."""
        async with self.db.unit() as unit:
            sale = Sale(
                tenant_id=self.tenant_id,
                contact_id=chat.contact_id,
                conversation_id=chat.conversation_id,
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
                tenant_id=self.tenant_id,
                sale_id=sale.id,
                contact_id=chat.contact_id,
                product="osago",
                company_code="alfa",
                number=uuid4().hex,
                price=Decimal("100.00"),
                start_date=date(2026, 1, 1),
                expire_at=date(2026, 12, 31),
                file_key="x",
                subject=unit.cipher.seal_json({"title": "ОСАГО", "file_size": 1}),
            )
            unit.session.add(policy)
        return policy.number

    async def policies(self, chat: Chat) -> list[str]:
        """What «мои полисы» shows in a chat."""
        async with self.db.unit() as unit:
            found = await policies.of_contact(unit, self.tenant_id, chat.contact_id)
        return [one.number for one in found]

    async def profile(self, chat: Chat) -> dict[str, Any]:
        """What is kept of the client of a chat."""
        async with self.db.unit() as unit:
            contact = await unit.session.get(Contact, chat.contact_id)
            assert contact is not None
            assert contact.profile is not None
            return unit.cipher.open_json(contact.profile)


CLOUD, GATEWAY, TELEGRAM = "whatsapp_cloud", "whatsapp_gateway", "telegram"


@pytest.fixture
async def office(db: Database, tenant_id: int) -> AsyncIterator[Office]:
    """Accounts in WhatsApp, in both ways, and in Telegram."""
    async with httpx.AsyncClient(trust_env=False) as http:
        found = Office(db, tenant_id)
        await found.add(WhatsAppCloud(WhatsAppSettings(), http), {"heard": True})
        jid = f"{OFFICE}@s.whatsapp.net"
        await found.add(WhatsAppGateway(http), {"device": "office", "jid": jid, "hook": "device"})
        await found.add(TelegramAdapter(TelegramSettings(), http), {"username": "office_bot"})
        yield found


async def test_what_was_bought_in_one_messenger_is_mine_in_the_others(office: Office) -> None:
    anna = Person()
    cloud = await office.hear(CLOUD, anna.by_cloud("Здравствуйте"))
    number = await office.insure(cloud)
    gateway = await office.hear(GATEWAY, anna.by_gateway("мои полисы"))
    before = await office.hear(TELEGRAM, anna.by_telegram(text="мои полисы"))
    assert await office.policies(gateway) == [number]
    assert await office.policies(before) == []
    telegram = await office.hear(TELEGRAM, anna.shares())
    assert await office.policies(telegram) == [number]
    assert telegram.contact_id == gateway.contact_id == cloud.contact_id
    assert len({cloud.session, gateway.session, telegram.session}) == 3


async def test_a_phone_that_was_only_typed_joins_nobody(office: Office) -> None:
    anna, boris = Person(), Person()
    cloud = await office.hear(CLOUD, anna.by_cloud("Здравствуйте"))
    words = f"Мой номер телефона: +{anna.phone}"
    typed = await office.hear(TELEGRAM, boris.by_telegram(text=words))
    again = await office.hear(TELEGRAM, boris.by_telegram(text="мои полисы"))
    assert cloud.contact_id not in (typed.contact_id, again.contact_id)


async def test_the_card_of_somebody_else_joins_nobody(office: Office) -> None:
    anna, boris = Person(), Person()
    cloud = await office.hear(CLOUD, anna.by_cloud("Здравствуйте"))
    shared = await office.hear(TELEGRAM, boris.shares(anna))
    assert shared.contact_id != cloud.contact_id
    assert "phone" not in await office.profile(shared)


async def test_clients_whom_the_administrator_parted_stay_apart(office: Office) -> None:
    anna = Person()
    telegram = await office.hear(TELEGRAM, anna.by_telegram(text="Привет"))
    cloud = await office.hear(CLOUD, anna.by_cloud("Привет"))
    joined = await office.hear(TELEGRAM, anna.shares())
    assert joined.contact_id == telegram.contact_id
    async with office.db.unit() as unit:
        contact = await unit.session.get(Contact, joined.contact_id)
        assert contact is not None
        (merge,) = await merging.merges(unit, office.admin, contact.public_id)
        await merging.undo(unit, office.admin, merge.id)
    again = await office.hear(CLOUD, anna.by_cloud("Я здесь"))
    assert again.contact_id == cloud.contact_id != telegram.contact_id


async def test_the_language_of_the_messenger_is_kept(office: Office) -> None:
    telegram = await office.hear(TELEGRAM, Person().by_telegram(text="Привет"))
    kept = await office.profile(telegram)
    assert kept == {"name": "Анна", "language": "ru"}
