"""A client of whom everything that the service can keep is kept, with one marker word everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import add_tenant
from insurance_chat.channels.continuing.models import ContinueLink
from insurance_chat.channels.models import ChannelChat, ChannelUpdate, Connection
from insurance_chat.conversations import contacts, incidents
from insurance_chat.conversations import log as lines
from insurance_chat.conversations.contacts import ConsentText
from insurance_chat.conversations.memory import service as memory
from insurance_chat.conversations.merging.models import ContactMerge
from insurance_chat.conversations.models import (
    Contact,
    Conversation,
    ConversationSummary,
    Incident,
)
from insurance_chat.conversations.quality.models import EvalCase
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.returning import service as returning
from insurance_chat.conversations.types import EntryKind, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import hash_token
from insurance_chat.core.db.base import Base
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance.models import Policy, PolicyMail, QuoteRequest, Reminder, Sale
from insurance_chat.insurance.mortgage.models import HealthDeclaration
from insurance_chat.knowledge.unanswered.models import Unanswered
from insurance_chat.main import models
from insurance_chat.operators.inbox.models import ConversationNote
from insurance_chat.operators.invitations.models import Invitation, InvitedContact

MARK = "Жумабеков"
CONSENT = ConsentText("processing", "2026-11-01", "Согласие на обработку персональных данных")
assert models  # every table of the product is known


@dataclass
class Planted:
    """A client, and what stays by law."""

    tenant_id: int
    admin: Principal
    contact_id: int
    public_id: UUID
    session: UUID
    chat_id: int
    policy: str
    policy_file: str
    files: list[str] = field(default_factory=list)


async def office(db: Database) -> tuple[int, Principal]:
    """A company and its administrator."""
    async with db.unit() as unit:
        tenant_id = await add_tenant(unit, "Тест", uuid4().hex)
        user = User(
            tenant_id=tenant_id, login=uuid4().hex, name="Глеб", role="admin", password_hash="-"
        )
        unit.session.add(user)
        await unit.session.flush()
        admin = Principal(tenant_id, Role.ADMIN, user.id, str(user.public_id))
    return tenant_id, admin


async def plant(db: Database, store: FileStore, mark: str = MARK) -> Planted:
    """Put a word into every place that knows a client."""
    tenant_id, admin = await office(db)
    attached = await store.put(f"Скан паспорта {mark}".encode(), sealed=True)
    voice = await store.put(f"голос {mark}".encode(), sealed=True)
    media = await store.put(f"фото {mark}".encode(), sealed=True)
    policy_file = await store.put(b"%PDF policy", sealed=True)
    async with db.unit() as unit:
        log = ConversationRepository(unit, tenant_id)
        contact = await log.contact_by_identity("telegram", mark)
        chat = await log.add(
            Conversation(
                contact_id=contact.id,
                channel="telegram",
                channel_user_id=mark,
                email=unit.cipher.seal(f"{mark}@example.ru"),
                dialogue=unit.cipher.seal_json({"slots": {"owner_name": mark}}),
                tags=[mark],
            )
        )
        await unit.session.refresh(contact)
        await unit.session.refresh(chat)
        await contacts.give_consent(unit, tenant_id, contact.id, chat.id, "telegram", CONSENT)
        facts = {"name": {"name": mark}, "car": {"car": mark}}
        await memory.keep(unit, tenant_id, contact.id, facts, flow="osago", channel="telegram")
        await _talk(unit, chat, mark, attached, voice)
        await _rows(unit, tenant_id, contact, chat, admin, mark)
        await _channel(unit, tenant_id, chat, mark, media)
        number = await _insurance(unit, tenant_id, contact, chat, mark, policy_file)
    return Planted(
        tenant_id,
        admin,
        contact.id,
        contact.public_id,
        chat.public_id,
        chat.id,
        number,
        policy_file,
        [attached, voice, media],
    )


async def _talk(unit: Unit, chat: Conversation, mark: str, attached: str, voice: str) -> None:
    card = {"key": attached, "name": f"{mark}.jpg", "kind": "attachment"}
    said: dict[str, Any] = {"text": f"Меня зовут {mark}", "metadata": {"files": [card]}}
    await lines.append_message(unit, chat, Sender.USER, said, key=f"in:{mark}")
    await lines.append_message(unit, chat, Sender.USER, {"voiceKey": voice})
    log = ConversationRepository(unit, chat.tenant_id)
    changes = {"changes": {"slots": {"owner_name": mark}}}
    await log.append(chat, EntryKind.DIALOGUE, Sender.AI, changes)
    heard = {"messageId": str(uuid4()), "state": "heard", "text": mark}
    await log.append(chat, EntryKind.VOICE, Sender.SYSTEM, heard)


async def _rows(
    unit: Unit, tenant_id: int, contact: Contact, chat: Conversation, admin: Principal, mark: str
) -> None:
    seal, session = unit.cipher.seal, unit.session
    other = await ConversationRepository(unit, tenant_id).add_contact()
    card = {"profile": {"name": mark}, "memory": {}, "operator": None}
    body = {"moved": {}, "before": {"kept": card, "gone": card}}
    session.add_all(
        [
            ConversationSummary(conversation_id=chat.id, upto_seq=1, body=seal(mark)),
            ConversationNote(
                tenant_id=tenant_id,
                conversation_id=chat.id,
                author_id=admin.user_id,
                body=seal(mark),
            ),
            ContactMerge(
                tenant_id=tenant_id,
                kept_id=contact.id,
                gone_id=other.id,
                reason="link",
                body=unit.cipher.seal_json(body),
            ),
            HealthDeclaration(
                tenant_id=tenant_id,
                contact_id=contact.id,
                channel="web",
                consent_version="1",
                consent_hash="h",
                answers=unit.cipher.seal_json({"smokes": mark}),
            ),
            Unanswered(tenant_id=tenant_id, conversation_id=chat.id, question=seal(mark)),
            EvalCase(
                tenant_id=tenant_id, conversation_id=chat.id, seq=1, title=mark, body=seal(mark)
            ),
            Incident(
                tenant_id=tenant_id,
                conversation_id=chat.id,
                type=incidents.INACCURACY,
                details=unit.cipher.seal_json({"comment": mark}),
                resolution=unit.cipher.seal_json({"comment": mark}),
                dedupe_key=f"{mark}{uuid4().hex}",
            ),
        ]
    )
    invitation = Invitation(
        tenant_id=tenant_id,
        operator_id=admin.user_id,
        token_hash=hash_token(uuid4().hex),
        label=seal(mark),
    )
    session.add(invitation)
    await session.flush()
    session.add(
        InvitedContact(contact_id=contact.id, tenant_id=tenant_id, invitation_id=invitation.id)
    )
    await returning.issue(unit, tenant_id, chat.id)


async def _channel(unit: Unit, tenant_id: int, chat: Conversation, mark: str, media: str) -> None:
    account = Connection(
        tenant_id=tenant_id,
        kind="telegram",
        external_id=uuid4().hex,
        title="@bot",
        hook_hash=hash_token(uuid4().hex),
        secrets=unit.cipher.seal_json({}),
    )
    unit.session.add(account)
    await unit.session.flush()
    address = unit.cipher.seal_json({"chat": mark, "extra": {}})
    channel_chat = ChannelChat(
        tenant_id=tenant_id,
        connection_id=account.id,
        conversation_id=chat.id,
        address_hash=unit.cipher.lookup(mark),
        address=address,
    )
    unit.session.add(channel_chat)
    await unit.session.flush()
    unit.session.add_all(
        [
            ChannelUpdate(
                tenant_id=tenant_id,
                connection_id=account.id,
                key="u1",
                chat_hash=unit.cipher.lookup(mark),
                state="new",
                body=unit.cipher.seal_json({"text": mark}),
                media=unit.cipher.seal_json([{"key": media, "name": mark}]),
            ),
            ContinueLink(
                tenant_id=tenant_id,
                conversation_id=chat.id,
                token_hash=hash_token(uuid4().hex),
                expires_at=utcnow() + timedelta(minutes=5),
                chat_id=channel_chat.id,
            ),
        ]
    )


async def _insurance(
    unit: Unit, tenant_id: int, contact: Contact, chat: Conversation, mark: str, file: str
) -> str:
    sealed = unit.cipher.seal_json({"applicant": mark})
    unit.session.add(
        QuoteRequest(
            tenant_id=tenant_id,
            conversation_id=chat.id,
            key=uuid4().hex,
            product="osago",
            provider="test",
            request=sealed,
            offers=sealed,
        )
    )
    sales = []
    for state, payload in (("draft", sealed), ("issued", unit.cipher.seal_json({}))):
        sale = Sale(
            tenant_id=tenant_id,
            conversation_id=chat.id,
            contact_id=contact.id,
            key=uuid4().hex,
            product="osago",
            provider="test",
            company_code="alfa",
            offer_id="1",
            offer_price=Decimal("5100.00"),
            state=state,
            payload=payload,
        )
        unit.session.add(sale)
        sales.append(sale)
    await unit.session.flush()
    subject = {"title": "Kia Rio", "file_size": 11, "email": f"{mark}@example.ru"}
    policy = Policy(
        tenant_id=tenant_id,
        sale_id=sales[1].id,
        conversation_id=chat.id,
        contact_id=contact.id,
        product="osago",
        company_code="alfa",
        number=uuid4().hex,
        price=Decimal("5100.00"),
        start_date=date(2026, 11, 1),
        expire_at=date(2027, 10, 31),
        file_key=file,
        subject=unit.cipher.seal_json(subject),
    )
    unit.session.add(policy)
    await unit.session.flush()
    unit.session.add_all(
        [
            Reminder(
                tenant_id=tenant_id,
                policy_id=policy.id,
                remind_at=utcnow() + timedelta(days=300),
                recipients=["client"],
            ),
            PolicyMail(
                tenant_id=tenant_id,
                policy_id=policy.id,
                key=uuid4().hex,
                template="policy",
                email=unit.cipher.seal(f"{mark}@example.ru"),
            ),
        ]
    )
    return policy.number


async def places(db: Database, mark: str = MARK) -> set[str]:
    """Where a word is found in the whole database, sealed values opened: `table.column`."""
    found = set()
    for table in Base.metadata.sorted_tables:
        async with db.pool.connection() as connection:
            cursor = await connection.execute(f"select * from {table.name}".encode())
            names = [one.name for one in cursor.description or ()]
            for row in await cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    if any(_has(text, mark) for text in _texts(db, value)):
                        found.add(f"{table.name}.{name}")
    return found


def _texts(db: Database, value: Any) -> Iterator[str]:
    if isinstance(value, bytes | memoryview):
        try:
            yield db.cipher.open(bytes(value))
        except ValueError:
            yield bytes(value).decode(errors="replace")
    else:
        yield str(value)


def _has(text: str, mark: str) -> bool:
    escaped = mark.encode("unicode_escape").decode()
    return bool(re.search(re.escape(mark) + "|" + re.escape(escaped), text, re.IGNORECASE))
