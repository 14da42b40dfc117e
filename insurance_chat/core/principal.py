"""Who is asking. Every door makes one of these; every service takes one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles of the agreed contract (RBAC: admin, agent, user)."""

    ADMIN = "admin"
    AGENT = "agent"
    USER = "user"  # a client, known by the token of one conversation


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    `user_id` is set for staff, `conversation_id` for a client.
    """

    tenant_id: int
    role: Role
    user_id: int | None = None
    user_public_id: str | None = None
    conversation_id: int | None = None

    @property
    def is_staff(self) -> bool:
        """Administrator or insurance agent."""
        return self.role in (Role.ADMIN, Role.AGENT)

    @property
    def is_admin(self) -> bool:
        """Administrator of the tenant."""
        return self.role is Role.ADMIN

    @property
    def actor(self) -> str:
        """How the caller is named in events and audit."""
        if self.is_staff:
            return f"{self.role.value}:{self.user_public_id}"
        return "user"
