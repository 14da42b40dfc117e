"""Queries of tenants, staff and refresh tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.accounts.models import RefreshToken, Tenant, User
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit


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
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "login"])
            .returning(User)
        )

    async def by_public_id(self, public_id: UUID, *, lock: bool = False) -> User | None:
        """One member of staff, locked against other writers if asked."""
        query = select(User).where(User.tenant_id == self._tenant_id, User.public_id == public_id)
        return await self._session.scalar(query.with_for_update(key_share=True) if lock else query)

    async def with_role(self, role: str, limit: int = 500) -> list[User]:
        """Members of staff of one role, by name."""
        rows = await self._session.scalars(
            select(User)
            .where(User.tenant_id == self._tenant_id, User.role == role)
            .order_by(User.name, User.id)
            .limit(limit)
        )
        return list(rows)


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
