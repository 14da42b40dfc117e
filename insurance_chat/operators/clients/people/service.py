"""The administrator's view of clients: finding them, one card, and who wants to be forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations.erasure.repository import ErasureRepository
from insurance_chat.conversations.memory import service as memory
from insurance_chat.conversations.merging import service as merging
from insurance_chat.conversations.merging.service import Merge
from insurance_chat.conversations.models import Contact, Identity
from insurance_chat.conversations.privacy import mask_email, mask_phone
from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import not_found
from insurance_chat.core.principal import Principal
from insurance_chat.insurance import policies
from insurance_chat.insurance.kept.service import PURPOSES
from insurance_chat.insurance.policies import PolicyView
from insurance_chat.insurance.products import memory_topics
from insurance_chat.operators.clients.erasing.repository import PeopleRepository
from insurance_chat.operators.clients.exporting.repository import ExportRepository
from insurance_chat.operators.clients.people.repository import PeopleListRepository

SEARCHED = 5000  # latest clients whose sealed names are opened for a search
NAMELESS, ERASED = "Имя не указано", "Удалённый клиент"
_HASHED = ("whatsapp", "phone")
_SHOWN = 4  # last letters of an identifier


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A client in the list."""

    id: UUID
    name: str
    channels: tuple[str, ...]
    chats: int
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A page of clients; `total` counts all that fit."""

    rows: list[PersonRow]
    total: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A client wants to be forgotten until `due_at`; `days` are left (less than 0: too late)."""

    client: UUID
    name: str
    asked_at: datetime
    due_at: datetime
    days: int


@dataclass(frozen=True, slots=True)
class IdentityView:
    """An identifier in a channel as staff may see it."""

    channel: str
    shown: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ConsentView:
    """A consent with the very text; `text` is empty when only its print was kept."""

    purpose: str
    version: str
    text: str
    digest: str
    channel: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChatLine:
    """A conversation of a client."""

    id: UUID
    channel: str
    state: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that the administrator's page shows of a client; phones and addresses masked.

    `kept` and `erased_at` are filled after a deletion, `wish` while one is due.
    """

    id: UUID
    name: str
    about: dict[str, str]
    identities: list[IdentityView]
    chats: list[ChatLine]
    policies: list[PolicyView]
    consents: list[ConsentView]
    remembered: list[tuple[str, str]]
    merges: list[Merge]
    wish: Wish | None
    erased_at: datetime | None
    kept: list[dict[str, Any]]
    into: UUID | None  # the client whom this one was merged into


async def list_people(
    unit: Unit, principal: Principal, *, search: str = "", offset: int = 0, limit: int = 25
) -> PersonPage:
    """Clients who ever wrote, the latest first.

    Args:
        search: part of a name or of a policy's number, or the beginning of a chat's number.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    repository = PeopleListRepository(unit, principal.tenant_id)
    ids = await _found(unit, repository, search.strip()) if search.strip() else None
    rows, total = await repository.page(ids, offset=offset, limit=limit)
    channels: dict[int, list[str]] = defaultdict(list)
    for key, channel in await repository.channels([row[0].id for row in rows]):
        channels[key].append(channel)
    shown = [
        PersonRow(
            contact.public_id,
            _name(contact, unit.cipher),
            tuple(sorted(channels[contact.id])),
            count,
            seen,
        )
        for contact, seen, count in rows
    ]
    return PersonPage(shown, total)


async def _found(unit: Unit, repository: PeopleListRepository, words: str) -> set[int]:
    needle = words.casefold()
    named = {
        key
        for key, sealed in await repository.profiles(SEARCHED)
        if sealed and needle in str(unit.cipher.open_json(sealed).get("name") or "").casefold()
    }
    number = words.removeprefix("№").strip()
    return named | {*await repository.by_policy(number), *await repository.by_number(number)}


async def wishes(unit: Unit, principal: Principal) -> list[Wish]:
    """Who wants to be forgotten, the most urgent first.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    repository = ErasureRepository(unit, principal.tenant_id)
    return [_wish(row, contact, unit.cipher) for row, contact in await repository.waiting()]


async def client_of_chat(unit: Unit, principal: Principal, session: UUID) -> UUID:
    """The client of a chat.

    Raises:
        ServiceError: `forbidden`, `session_not_found`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    found = await PeopleListRepository(unit, principal.tenant_id).of_chat(session)
    if found is None:
        raise not_found("session_not_found", "Чат не найден.")
    return found


async def card(unit: Unit, principal: Principal, client: UUID) -> Card:
    """One client.

    Raises:
        ServiceError: `forbidden`, `contact_not_found`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    tenant_id = principal.tenant_id
    erasure = ErasureRepository(unit, tenant_id)
    contact = await erasure.contact(client)
    if contact is None:
        raise not_found("contact_not_found", "Клиент не найден.")
    people = PeopleListRepository(unit, tenant_id)
    root = (await PeopleRepository(unit, tenant_id).all_of(contact.id))[0]
    due, done = await erasure.open_of([contact.id]), await erasure.last_done(contact.id)
    return Card(
        id=contact.public_id,
        name=_name(contact, unit.cipher),
        about=await _about(unit, tenant_id, contact),
        identities=[_identity(one) for one in await people.identities(contact.id)],
        chats=[
            ChatLine(one.public_id, one.channel, one.state, one.updated_at)
            for one in await people.chats(contact.id)
        ],
        policies=await policies.of_contact(unit, tenant_id, contact.id),
        consents=[
            ConsentView(
                PURPOSES.get(one.purpose, one.purpose),
                one.version,
                one.text or "",
                one.text_hash,
                one.channel,
                one.given_at,
                one.withdrawn_at,
            )
            for one in await erasure.consents([contact.id])
        ],
        remembered=await _remembered(unit, tenant_id, contact.id),
        merges=await merging.merges(unit, principal, client),
        wish=_wish(due, contact, unit.cipher) if due is not None else None,
        erased_at=contact.erased_at,
        kept=list(done.kept or []) if done is not None and contact.erased_at else [],
        into=await people.public_id(root) if root != contact.id else None,
    )


def _wish(row: Any, contact: Contact, cipher: Cipher) -> Wish:
    last: date = row.due_at.astimezone(MOSCOW).date()
    days = (last - utcnow().astimezone(MOSCOW).date()).days
    return Wish(contact.public_id, _name(contact, cipher), row.created_at, row.due_at, days)


async def _about(unit: Unit, tenant_id: int, contact: Contact) -> dict[str, str]:
    profile = _profile(contact, unit.cipher)
    agent = await ExportRepository(unit, tenant_id, [contact.id]).agent(contact.operator_id)
    phone, email = str(profile.get("phone") or ""), str(profile.get("email") or "")
    shown = {
        "Телефон": mask_phone(phone) if phone else "",
        "Почта": mask_email(email) if email else "",
        "Язык": str(profile.get("language") or ""),
        "Привёл агент": agent.name if agent is not None else "",
    }
    return {title: value for title, value in shown.items() if value}


def _identity(one: Identity) -> IdentityView:
    if one.channel in _HASHED:
        shown = "номер подтверждён, хранится только его отпечаток"
    else:
        shown = f"…{one.external_id[-_SHOWN:]}"
    return IdentityView(one.channel, shown, one.created_at)


async def _remembered(unit: Unit, tenant_id: int, contact_id: int) -> list[tuple[str, str]]:
    known, topics = await memory.recall(unit, tenant_id, contact_id), memory_topics()
    told = [
        (topic.title, topic.written(known.topics[name].values))
        for name, topic in topics.items()
        if name in known.topics
    ]
    return [(title, value) for title, value in told if value]


def _profile(contact: Contact, cipher: Cipher) -> Mapping[str, Any]:
    opened: dict[str, Any] = cipher.open_json(contact.profile) if contact.profile else {}
    return opened


def _name(contact: Contact, cipher: Cipher) -> str:
    nameless = NAMELESS if contact.erased_at is None else ERASED
    return str(_profile(contact, cipher).get("name") or "") or nameless
