"""Queries of invitations, always under a tenant but for the token, which tells the tenant."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import Contact
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.operators.invitations.models import Invitation, InvitedContact


class InvitationRepository:
    """Invitations of one tenant and the clients that they brought."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    def _of(self, operator_id: int) -> Select[Invitation]:
        return select(Invitation).where(
            Invitation.tenant_id == self._tenant_id, Invitation.operator_id == operator_id
        )

    async def add(self, invitation: Invitation) -> Invitation:
        """Store a new invitation."""
        invitation.tenant_id = self._tenant_id
        self._session.add(invitation)
        await self._session.flush()
        await self._session.refresh(invitation)
        return invitation

    async def page(
        self, operator_id: int, *, offset: int, limit: int
    ) -> tuple[list[Invitation], int]:
        """Invitations of an agent, those that still work first, then latest first; and how many."""
        wanted = self._of(operator_id)
        total = await self._session.scalar(select(func.count()).select_from(wanted.subquery()))
        ended = or_(Invitation.revoked_at.is_not(None), Invitation.expires_at <= utcnow())
        rows = await self._session.scalars(
            wanted.order_by(case((ended, 1), else_=0), Invitation.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return list(rows), total or 0

    async def count_open(self, operator_id: int) -> int:
        """How many invitations of an agent are not revoked."""
        wanted = self._of(operator_id).where(Invitation.revoked_at.is_(None))
        return await self._session.scalar(select(func.count()).select_from(wanted.subquery())) or 0

    async def by_public_id(self, operator_id: int, public_id: UUID) -> Invitation | None:
        """One invitation of an agent, locked."""
        return await self._session.scalar(
            self._of(operator_id).where(Invitation.public_id == public_id).with_for_update()
        )

    async def bind(self, contact_id: int, invitation: Invitation) -> bool:
        """Give a client without an agent to the agent of an invitation; False when there is one."""
        bound = await self._session.scalar(
            update(Contact)
            .where(
                Contact.tenant_id == self._tenant_id,
                Contact.id == contact_id,
                Contact.operator_id.is_(None),
            )
            .values(operator_id=invitation.operator_id)
            .returning(Contact.id)
        )
        if bound is None:
            return False
        await self._session.execute(
            insert(InvitedContact)
            .values(tenant_id=self._tenant_id, contact_id=contact_id, invitation_id=invitation.id)
            # A client whose agent has left may be brought again by another one.
            .on_conflict_do_update(
                index_elements=["contact_id"], set_={"invitation_id": invitation.id}
            )
        )
        return True

    async def agent_of_contact(self, contact_id: int) -> User | None:
        """The agent who brought a client."""
        return await self._session.scalar(
            select(User)
            .join(Contact, Contact.operator_id == User.id)
            .where(Contact.tenant_id == self._tenant_id, Contact.id == contact_id)
        )

    async def companies_of_contact(self, contact_id: int) -> list[str] | None:
        """Companies to which answers to this client are narrowed by their invitation, if any."""
        row = (
            await self._session.execute(
                select(User.companies)
                .join(Invitation, Invitation.operator_id == User.id)
                .join(InvitedContact, InvitedContact.invitation_id == Invitation.id)
                .join(Contact, Contact.id == InvitedContact.contact_id)
                .where(
                    InvitedContact.tenant_id == self._tenant_id,
                    InvitedContact.contact_id == contact_id,
                    Contact.operator_id == Invitation.operator_id,
                    Invitation.only_own_companies,
                )
            )
        ).first()
        return list(row[0]) if row is not None else None


async def fetch_by_token_across_tenants(
    unit: Unit, token_hash: str, *, lock: bool = False
) -> tuple[Invitation, User] | None:
    """The invitation behind a token and its agent, unless the agent is shut out.

    The one look-up that cannot name a tenant, because the token is what tells it.
    """
    query = (
        select(Invitation, User)
        .join(User, User.id == Invitation.operator_id)
        .where(
            Invitation.token_hash == token_hash,
            User.blocked_at.is_(None),
            User.approved_at.is_not(None),
        )
    )
    if lock:
        query = query.with_for_update(of=Invitation)
    row = (await unit.session.execute(query)).first()
    return (row[0], row[1]) if row is not None else None
