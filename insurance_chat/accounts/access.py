"""The role matrix: who may do what. Whose data it is, is checked where the data are read."""

from __future__ import annotations

from enum import StrEnum

from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal, Role


class Permission(StrEnum):
    """Things that only some roles may do."""

    MANAGE_AGENTS = "manage_agents"
    MANAGE_KNOWLEDGE = "manage_knowledge"
    MANAGE_WEBHOOKS = "manage_webhooks"
    READ_ALL_CHATS = "read_all_chats"
    READ_INCIDENTS = "read_incidents"
    READ_KNOWLEDGE = "read_knowledge"
    USE_PRIVATE_KNOWLEDGE = "use_private_knowledge"
    USE_ASSIST = "use_assist"
    WRITE_AS_AGENT = "write_as_agent"
    SELL = "sell"
    TAKE_CHATS = "take_chats"
    INVITE_CLIENTS = "invite_clients"
    USE_TEMPLATES = "use_templates"
    MANAGE_TEMPLATES = "manage_templates"
    READ_OWN_RESULTS = "read_own_results"
    READ_ALL_RESULTS = "read_all_results"
    MANAGE_COMMISSIONS = "manage_commissions"
    MANAGE_INCIDENTS = "manage_incidents"
    READ_AUDIT = "read_audit"
    MANAGE_MODELS = "manage_models"
    MANAGE_BACKUPS = "manage_backups"
    MANAGE_SETTINGS = "manage_settings"


_AGENT = frozenset(
    {
        Permission.READ_KNOWLEDGE,
        Permission.USE_PRIVATE_KNOWLEDGE,
        Permission.USE_ASSIST,
        Permission.WRITE_AS_AGENT,
        Permission.SELL,
        Permission.TAKE_CHATS,
        Permission.INVITE_CLIENTS,
        Permission.USE_TEMPLATES,
        Permission.READ_OWN_RESULTS,
    }
)
MATRIX: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.AGENT: _AGENT,
    Role.USER: frozenset({Permission.SELL}),
}


def may(principal: Principal, permission: Permission) -> bool:
    """Whether the caller's role allows this."""
    return permission in MATRIX[principal.role]


def require(principal: Principal, permission: Permission) -> None:
    """Refuse a caller whose role does not allow this.

    Raises:
        ServiceError: `forbidden`.
    """
    if not may(principal, permission):
        raise ServiceError("forbidden", Kind.FORBIDDEN, "Недостаточно прав для этого действия.")
