"""The wish of a client to have their data deleted becomes a task with a term."""

from __future__ import annotations

from datetime import datetime, timedelta

from insurance_chat.accounts import audit
from insurance_chat.conversations.erasure.repository import ErasureRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit

# domain/insurance.md §6 «Withdrawal» (MEM): 152-ФЗ art. 21 p. 5. Staff see it; clients are told no figure.
TERM = timedelta(days=30)
BY_CLIENT, BY_ADMIN = "client", "admin"


async def ask(
    unit: Unit, tenant_id: int, contact_id: int, *, conversation_id: int | None, origin: str
) -> datetime:
    """Write down that a client wants their data deleted; a repeat keeps the first term.

    Args:
        conversation_id: where they said so.
        origin: `client` or `admin`.

    Returns:
        When it has to be done at the latest.
    """
    repository = ErasureRepository(unit, tenant_id)
    contact = await repository.lock_contact(contact_id)
    known = await repository.open_of([contact_id])
    if known is not None:
        return known.due_at
    row = await repository.add(contact_id, conversation_id, origin, utcnow() + TERM)
    if contact is not None and origin == BY_CLIENT:
        target = f"contact:{contact.public_id}"
        await audit.record_of_client(unit, tenant_id, "contact.erasure_asked", target)
    return row.due_at
