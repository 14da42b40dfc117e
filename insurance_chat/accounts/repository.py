"""Queries of tenants, staff and refresh tokens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from insurance_chat.accounts.models import AuditEntry, RefreshToken, Tenant, User
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Role


class StaffRepository:
    """Members of staff of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(
        self,
        *,
        login: str,
        name: str,
        role: str,
        password_hash: str,
        companies: list[str],
        approved_at: datetime | None,
        phone: bytes | None = None,
    ) -> User | None:
        """Store a member of staff; None when the login is taken."""
        return await self._session.scalar(
            insert(User)
            .values(
                tenant_id=self._tenant_id,
                login=login,
                name=name,
                role=role,
                password_hash=password_hash,
                companies=companies,
                approved_at=approved_at,
                phone=phone,
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "login"])
            .returning(User)
        )

    async def by_public_id(self, public_id: UUID, *, lock: bool = False) -> User | None:
        """One member of staff, locked against other writers if asked."""
        query = select(User).where(User.tenant_id == self._tenant_id, User.public_id == public_id)
        return await self._session.scalar(query.with_for_update(key_share=True) if lock else query)

    async def by_key(self, user_id: int | None, *, lock: bool = False) -> User | None:
        """The member of staff whom a principal names, locked against other writers if asked."""
        query = select(User).where(User.tenant_id == self._tenant_id, User.id == user_id)
        return await self._session.scalar(query.with_for_update(key_share=True) if lock else query)

    async def use_code(self, user_id: int, step: int) -> bool:
        """Remember the step of an accepted code; False when it or a later one was used before."""
        used = await self._session.execute(
            update(User)
            .where(
                User.tenant_id == self._tenant_id,
                User.id == user_id,
                or_(User.totp_used.is_(None), User.totp_used < step),
            )
            .values(totp_used=step)
            .returning(User.id)
        )
        return used.scalar_one_or_none() is not None

    async def touch(self, user_id: int, now: datetime, older_than: datetime) -> None:
        """Write a sign of life, unless there is one that is not older."""
        await self._session.execute(
            update(User)
            .where(
                User.tenant_id == self._tenant_id,
                User.id == user_id,
                or_(User.seen_at.is_(None), User.seen_at < older_than),
            )
            .values(seen_at=now)
        )

    async def at_work(
        self,
        *,
        status: str | None = None,
        seen_since: datetime | None = None,
        companies: Collection[str] | None = None,
    ) -> list[User]:
        """Agents who may log in, by name.

        Args:
            status: only those with this status.
            seen_since: only those with a sign of life since then.
            companies: only those who know one of these insurers or have named none.
        """
        query = select(User).where(
            User.tenant_id == self._tenant_id,
            User.role == Role.AGENT.value,
            User.approved_at.is_not(None),
            User.blocked_at.is_(None),
        )
        if status is not None:
            query = query.where(User.status == status)
        if seen_since is not None:
            query = query.where(User.seen_at >= seen_since)
        if companies is not None:
            knows = User.companies.overlap(list(companies))
            query = query.where(or_(knows, User.companies == []))
        rows = await self._session.scalars(query.order_by(User.name, User.id))
        return list(rows)

    async def with_role(self, role: str, limit: int = 500) -> list[User]:
        """Members of staff of one role, by name."""
        rows = await self._session.scalars(
            select(User)
            .where(User.tenant_id == self._tenant_id, User.role == role)
            .order_by(User.name, User.id)
            .limit(limit)
        )
        return list(rows)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries of the audit log are wanted; None and empty mean any."""

    user: UUID | None = None
    action: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None


AuditRow = tuple[AuditEntry, User | None, User | None]


class AuditRepository:
    """The audit log of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(
        self, user_id: int | None, action: str, target: str, details: bytes | None
    ) -> None:
        """Store one entry; entries are never changed."""
        self._session.add(
            AuditEntry(
                tenant_id=self._tenant_id,
                user_id=user_id,
                action=action,
                target=target,
                details=details,
            )
        )

    async def page(
        self, wanted: AuditFilter, offset: int, limit: int
    ) -> tuple[list[AuditRow], int]:
        """Entries with who did it and, if it was done to a person, to whom; newest first.

        Returns:
            Rows of the page, and how many there are on all pages.
        """
        person = aliased(User)
        conditions = self._conditions(wanted)
        total = await self._session.scalar(
            select(func.count())
            .select_from(AuditEntry)
            .outerjoin(User, User.id == AuditEntry.user_id)
            .where(*conditions)
        )
        is_person = and_(
            person.tenant_id == self._tenant_id,
            AuditEntry.target == literal("agent:") + cast(person.public_id, String),
        )
        rows = await self._session.execute(
            select(AuditEntry, User, person)
            .outerjoin(User, User.id == AuditEntry.user_id)
            .outerjoin(person, is_person)
            .where(*conditions)
            .order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return [(entry, user, target) for entry, user, target in rows], total or 0

    async def actions(self) -> list[str]:
        """Codes that occur in the log, for a filter."""
        rows = await self._session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.tenant_id == self._tenant_id)
            .distinct()
            .order_by(AuditEntry.action)
        )
        return list(rows)

    def _conditions(self, wanted: AuditFilter) -> list[ColumnElement[bool]]:
        conditions = [AuditEntry.tenant_id == self._tenant_id]
        if wanted.user is not None:
            conditions.append(User.public_id == wanted.user)
        if wanted.action:
            conditions.append(AuditEntry.action == wanted.action)
        if wanted.target:
            conditions.append(AuditEntry.target.contains(wanted.target, autoescape=True))
        if wanted.since is not None:
            conditions.append(AuditEntry.created_at >= wanted.since)
        if wanted.until is not None:
            conditions.append(AuditEntry.created_at < wanted.until)
        return conditions


class TokenRepository:
    """Refresh tokens; a token names its user, so nothing here names a tenant."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    async def add(self, user_id: int, family: UUID, token_hash: str, expires_at: datetime) -> None:
        """Store a token and forget the user's tokens whose time is over."""
        await self._session.execute(
            delete(RefreshToken).where(
                RefreshToken.user_id == user_id, RefreshToken.expires_at < utcnow()
            )
        )
        self._session.add(
            RefreshToken(
                user_id=user_id, family=family, token_hash=token_hash, expires_at=expires_at
            )
        )
        await self._session.flush()

    async def find(self, token_hash: str) -> RefreshToken | None:
        """A token, locked, so that two uses at once see each other."""
        return await self._session.scalar(
            select(RefreshToken).where(RefreshToken.token_hash == token_hash).with_for_update()
        )

    async def spend(self, token_id: int) -> None:
        """A token works once."""
        await self._session.execute(
            update(RefreshToken).where(RefreshToken.id == token_id).values(used_at=utcnow())
        )

    async def end_family(self, family: UUID) -> None:
        """Forget a token with all its successors."""
        await self._session.execute(delete(RefreshToken).where(RefreshToken.family == family))

    async def end_all(self, user_id: int) -> None:
        """Forget every token of a user."""
        await self._session.execute(delete(RefreshToken).where(RefreshToken.user_id == user_id))


async def fetch_users_by_login_across_tenants(unit: Unit, login: str) -> list[User]:
    """Everybody with this login: the password tells which tenant is meant."""
    rows = await unit.session.scalars(select(User).where(User.login == login).limit(5))
    return list(rows)


async def fetch_user_across_tenants(unit: Unit, public_id: UUID) -> User | None:
    """The user that a signed token names."""
    return await unit.session.scalar(select(User).where(User.public_id == public_id))


async def fetch_user_by_key_across_tenants(unit: Unit, user_id: int) -> User | None:
    """The owner of a refresh token."""
    return await unit.session.get(User, user_id)


async def end_presence_across_tenants(
    unit: Unit, unseen_since: datetime, keep: Collection[int]
) -> list[User]:
    """Make agents offline who gave no sign of life since then; `keep` are never touched."""
    gone = await unit.session.scalars(
        update(User)
        .where(
            User.role == Role.AGENT.value,
            User.status != "offline",
            or_(User.seen_at.is_(None), User.seen_at < unseen_since),
            User.id.not_in(list(keep)),
        )
        .values(status="offline")
        .returning(User)
    )
    return list(gone)


async def fetch_first_tenant(unit: Unit) -> int | None:
    """The tenant of this installation: the one that was made first."""
    return await unit.session.scalar(select(Tenant.id).order_by(Tenant.id).limit(1))


async def add_tenant(unit: Unit, name: str, slug: str) -> int:
    """Store a tenant, once for each slug."""
    await unit.session.execute(
        insert(Tenant).values(name=name, slug=slug).on_conflict_do_nothing(index_elements=["slug"])
    )
    found = await unit.session.scalar(select(Tenant.id).where(Tenant.slug == slug))
    assert found is not None
    return found


async def fetch_admin_logins(unit: Unit, tenant_id: int) -> list[str]:
    """Log-ins of the administrators who may work."""
    rows = await unit.session.scalars(
        select(User.login)
        .where(
            User.tenant_id == tenant_id,
            User.role == Role.ADMIN.value,
            User.blocked_at.is_(None),
        )
        .order_by(User.id)
    )
    return list(rows)
