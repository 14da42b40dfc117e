"""Invitations: an agent makes a link, lists and revokes links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.crypto import Cipher, hash_token, new_token
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.invitations.models import Invitation
from insurance_chat.operators.invitations.repository import InvitationRepository

MOST_OPEN = 500
LONGEST_LABEL = 120
FARTHEST = timedelta(days=3660)
# A personal link is for one person, who may open it on a phone and again at a computer.
PERSONAL_OPENINGS = 5


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation as its agent sees it; the link itself is shown only when it is made."""

    id: UUID
    label: str
    reusable: bool
    only_own_companies: bool
    state: str
    used_count: int
    first_used_at: datetime | None
    last_used_at: datetime | None
    expires_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation just made, with the path of its link, e.g. `/i/<token>`."""

    invitation: InvitationView
    path: str


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """A page of invitations; `total` counts all of the agent."""

    rows: list[InvitationView]
    total: int


async def create(
    unit: Unit,
    principal: Principal,
    agent: UUID,
    *,
    label: str = "",
    reusable: bool = False,
    expires_at: datetime | None = None,
    only_own_companies: bool | None = None,
) -> NewInvitation:
    """Make a link that brings a client to an agent.

    Args:
        label: whom the agent thinks of; sealed, the client never sees it.
        reusable: for a poster or a card: any number of clients may come by it.
        expires_at: when it stops to work; a moment without an offset is Moscow time.
        only_own_companies: whether the assistant answers these clients by the agent's companies
            only; None takes what the agent chose before.

    Raises:
        ServiceError: `forbidden`, `agent_not_found`, `label_wrong`, `expiry_wrong`,
            `companies_choice_needed` when the agent was never asked, `companies_empty`,
            `invitation_limit`.
    """
    owner = await _owner(unit, principal, agent, lock=True)
    ends = _aware(expires_at)
    _check(label, ends)
    narrowed = _choose_companies(owner, only_own_companies)
    repository = InvitationRepository(unit, principal.tenant_id)
    if await repository.count_open(owner.id) >= MOST_OPEN:
        raise ServiceError(
            "invitation_limit",
            Kind.CONFLICT,
            f"У агента уже {MOST_OPEN} ссылок. Отзовите ненужные.",
        )
    token = new_token()
    row = await repository.add(
        Invitation(
            operator_id=owner.id,
            token_hash=hash_token(token),
            label=unit.cipher.seal(label.strip()) if label.strip() else None,
            reusable=reusable,
            only_own_companies=narrowed,
            expires_at=ends,
        )
    )
    facts = {"agent": str(owner.public_id), "reusable": reusable, "onlyOwnCompanies": narrowed}
    await audit.record(unit, principal, "invitation.created", f"invitation:{row.public_id}", facts)
    return NewInvitation(_view(row, unit.cipher), f"/i/{token}")


async def list_invitations(
    unit: Unit, principal: Principal, agent: UUID, *, offset: int = 0, limit: int = 25
) -> InvitationPage:
    """Links of an agent, for the agent and for administrators.

    Raises:
        ServiceError: `forbidden`, `agent_not_found`.
    """
    owner = await _owner(unit, principal, agent)
    rows, total = await InvitationRepository(unit, principal.tenant_id).page(
        owner.id, offset=offset, limit=limit
    )
    return InvitationPage([_view(row, unit.cipher) for row in rows], total)


async def revoke(unit: Unit, principal: Principal, agent: UUID, invitation: UUID) -> InvitationView:
    """Stop a link; clients who have come by it stay with the agent.

    Raises:
        ServiceError: `forbidden`, `agent_not_found`, `invitation_not_found`.
    """
    owner = await _owner(unit, principal, agent)
    repository = InvitationRepository(unit, principal.tenant_id)
    row = await repository.by_public_id(owner.id, invitation)
    if row is None:
        raise not_found("invitation_not_found", "Приглашение не найдено.")
    if row.revoked_at is None:
        row.revoked_at = utcnow()
        await audit.record(
            unit, principal, "invitation.revoked", f"invitation:{row.public_id}", None
        )
    return _view(row, unit.cipher)


async def needs_companies_choice(unit: Unit, principal: Principal, agent: UUID) -> bool:
    """Whether the agent was never asked by which companies their clients are answered.

    Raises:
        ServiceError: `forbidden`, `agent_not_found`.
    """
    return (await _owner(unit, principal, agent)).only_own_companies is None


def state_of(row: Invitation) -> str:
    """`active`, `revoked`, `expired`, or `spent` when a personal link was opened too often."""
    if row.revoked_at is not None:
        return "revoked"
    if row.expires_at is not None and row.expires_at <= utcnow():
        return "expired"
    if not row.reusable and row.used_count >= PERSONAL_OPENINGS:
        return "spent"
    return "active"


def _view(row: Invitation, cipher: Cipher) -> InvitationView:
    return InvitationView(
        id=row.public_id,
        label=cipher.open(row.label) if row.label is not None else "",
        reusable=row.reusable,
        only_own_companies=row.only_own_companies,
        state=state_of(row),
        used_count=row.used_count,
        first_used_at=row.first_used_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        created_at=row.created_at,
    )


async def _owner(unit: Unit, principal: Principal, agent: UUID, *, lock: bool = False) -> User:
    access.require(principal, Permission.INVITE_CLIENTS)
    own = principal.user_public_id == str(agent)
    if not own:
        access.require(principal, Permission.MANAGE_AGENTS)
    user = await StaffRepository(unit, principal.tenant_id).by_public_id(agent, lock=lock)
    if user is None or (user.role != Role.AGENT.value and not own):
        raise not_found("agent_not_found", "Агент не найден.")
    return user


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=MOSCOW)


def _check(label: str, expires_at: datetime | None) -> None:
    if len(label) > LONGEST_LABEL:
        raise invalid("label_wrong", f"Пометка: до {LONGEST_LABEL} символов.")
    if expires_at is not None and not utcnow() < expires_at < utcnow() + FARTHEST:
        raise invalid("expiry_wrong", "Срок ссылки: в будущем и не дальше десяти лет.")


def _choose_companies(owner: User, wish: bool | None) -> bool:
    chosen = wish if wish is not None else owner.only_own_companies
    if chosen is None:
        raise invalid(
            "companies_choice_needed",
            "Выберите, по каким компаниям отвечать вашим клиентам: только по вашим или по всем.",
        )
    if chosen and not owner.companies:
        raise invalid(
            "companies_empty",
            "У агента не указаны страховые компании. Укажите их или выберите «все компании».",
        )
    if owner.only_own_companies is None:
        owner.only_own_companies = chosen
    return chosen
