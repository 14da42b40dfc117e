"""What an agent sees of own clients: who, where, what was said last, policies and reminders."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations.handover import queue
from insurance_chat.conversations.models import Contact
from insurance_chat.conversations.overview.repository import OverviewRepository
from insurance_chat.conversations.types import ConversationState, Entry
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.policies import company_name
from insurance_chat.operators.clients.repository import ClientRepository

SEARCHED = 5000  # clients with the latest activity whose sealed names are opened for a search
NAMELESS = "Имя не указано"


@dataclass(frozen=True, slots=True)
class ClientPolicy:
    """A policy of a client and when somebody is reminded of its end next."""

    number: str
    company: str
    expire_at: date
    remind_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client as an agent may see them: no phone, no surname, a masked address.

    `label` is what this agent wrote on the link by which the client came.
    """

    name: str
    label: str
    email: str
    invited: bool
    session_id: UUID
    channel: str
    state: ConversationState
    last_text: str
    updated_at: datetime
    policies: list[ClientPolicy]

    @property
    def remind_at(self) -> datetime | None:
        """When somebody is reminded of the end of a policy next."""
        return min((one.remind_at for one in self.policies if one.remind_at), default=None)


@dataclass(frozen=True, slots=True)
class ClientPage:
    """A page of clients; `total` counts all that fit the search."""

    rows: list[ClientRow]
    total: int


async def list_clients(
    unit: Unit, principal: Principal, *, search: str = "", offset: int = 0, limit: int = 25
) -> ClientPage:
    """Clients whom the agent invited or whose chats the agent held, latest activity first.

    Args:
        search: a part of the name or label as it is shown; they are sealed, so the latest clients' names
            are opened and compared here.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.INVITE_CLIENTS)
    operator_id = None if principal.is_admin else principal.user_id or 0
    repository = ClientRepository(unit, principal.tenant_id, operator_id)
    ids = None
    if search.strip():
        ids = await _named(unit, repository, search.strip().casefold())
    lines, total = await repository.page(ids, offset=offset, limit=limit)
    chats = OverviewRepository(unit, principal.tenant_id)
    said = await chats.last_messages([line.conversation.id for line in lines])
    labels = await repository.labels([line.contact.id for line in lines])
    owned = await _policies(repository, [line.contact.id for line in lines])
    rows = [
        ClientRow(
            name=_name(line.contact.profile, unit.cipher),
            label=_opened(labels.get(line.contact.id), unit.cipher),
            email=_email(line.contact, unit.cipher),
            invited=_is_invited(line.contact, operator_id),
            session_id=line.conversation.public_id,
            channel=line.conversation.channel,
            state=ConversationState(line.conversation.state),
            last_text=_last(said.get(line.conversation.id)),
            updated_at=line.conversation.updated_at,
            policies=owned[line.contact.id],
        )
        for line in lines
    ]
    return ClientPage(rows, total)


async def _named(unit: Unit, repository: ClientRepository, wanted: str) -> list[int]:
    return [
        key
        for key, profile, label in await repository.names(SEARCHED)
        if wanted in _name(profile, unit.cipher).casefold()
        or wanted in _opened(label, unit.cipher).casefold()
    ]


def _opened(sealed: bytes | None, cipher: Cipher) -> str:
    return cipher.open(sealed) if sealed is not None else ""


def _is_invited(contact: Contact, operator_id: int | None) -> bool:
    return contact.operator_id is not None and operator_id in (None, contact.operator_id)


async def _policies(
    repository: ClientRepository, contacts: list[int]
) -> dict[int, list[ClientPolicy]]:
    owned: dict[int, list[ClientPolicy]] = defaultdict(list)
    for policy, remind_at in await repository.policies(contacts):
        if policy.contact_id is not None:
            company = company_name(policy.company_code)
            shown = ClientPolicy(policy.number, company, policy.expire_at, remind_at)
            owned[policy.contact_id].append(shown)
    return owned


def _profile(sealed: bytes | None, cipher: Cipher) -> dict[str, Any]:
    opened: dict[str, Any] = cipher.open_json(sealed) if sealed is not None else {}
    return opened


def _name(sealed: bytes | None, cipher: Cipher) -> str:
    return queue.shown_name(_profile(sealed, cipher)) or NAMELESS


def _email(contact: Contact, cipher: Cipher) -> str:
    local, at, domain = str(_profile(contact.profile, cipher).get("email") or "").partition("@")
    return f"{local[:1]}***@{domain}" if at else ""


def _last(entry: Entry | None) -> str:
    return queue.beginning(entry.body) if entry is not None else ""
