"""Answers to an invited client may be narrowed to the companies of the agent who invited."""

from __future__ import annotations

from insurance_chat.core.db.unit import Database
from insurance_chat.operators.invitations.repository import InvitationRepository


class InvitedCompanies:
    """Says by which companies the assistant may answer a client.

    Args:
        db: where invitations are.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def companies_of(self, tenant_id: int, contact_id: int) -> tuple[str, ...] | None:
        """Codes of the companies of the client's agent, as they are now; None means all.

        None as well when the agent's list has become empty: no answer at all would help nobody.
        """
        async with self._db.unit() as unit:
            found = await InvitationRepository(unit, tenant_id).companies_of_contact(contact_id)
        return tuple(found) if found else None
