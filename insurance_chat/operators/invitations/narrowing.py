"""Answers to an invited client may be narrowed to the companies of the agent who invited."""

from __future__ import annotations

from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.answering.grounded import Answer
from insurance_chat.dialogue.answering.ports import Asking, Within
from insurance_chat.operators.invitations.repository import InvitationRepository


class InvitedAnswerer:
    """Answers clients from the knowledge base, within what their agent has chosen.

    Args:
        db: where invitations are.
        answerer: finds the answer.
    """

    def __init__(self, db: Database, answerer: Within) -> None:
        self._db = db
        self._answerer = answerer

    async def answer(self, asking: Asking) -> Answer:
        """The answer with its citations."""
        companies = await self.companies_of(asking.tenant_id, asking.contact_id)
        return await self._answerer.answer_within(asking, companies)

    async def companies_of(self, tenant_id: int, contact_id: int) -> tuple[str, ...] | None:
        """Codes of the companies of the client's agent, as they are now; None means all.

        None as well when the agent's list has become empty: no answer at all would help nobody.
        """
        async with self._db.unit() as unit:
            found = await InvitationRepository(unit, tenant_id).companies_of_contact(contact_id)
        return tuple(found) if found else None
