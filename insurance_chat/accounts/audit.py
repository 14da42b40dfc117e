"""The audit log: every action of staff that changes something or reads what is sensitive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance_chat.accounts.models import AuditEntry
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal


async def record(
    unit: Unit,
    principal: Principal,
    action: str,
    target: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down what a member of staff does, in the transaction that does it.

    Args:
        action: `<subject>.<verb>` in the past tense, e.g. `agent.blocked`, `chat.claimed`.
        target: what it was done to, `<kind>:<public id>`.
        details: more facts (JSON); sealed at rest.
    """
    if principal.user_id is None:
        return
    unit.session.add(
        AuditEntry(
            tenant_id=principal.tenant_id,
            user_id=principal.user_id,
            action=action,
            target=target,
            details=unit.cipher.seal_json(dict(details)) if details else None,
        )
    )
