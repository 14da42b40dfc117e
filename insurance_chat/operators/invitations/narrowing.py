"""Answers to an invited client may be narrowed to the companies of the agent who invited."""

from __future__ import annotations

from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.answering.grounded import Answer, ExtractiveAnswerer
from insurance_chat.operators.invitations.repository import InvitationRepository


class InvitedAnswerer:
    """Answers clients from the knowledge base, within what their agent has chosen.

    Args:
        db: where invitations are.
        answerer: finds the answer.
    """

    def __init__(self, db: Database, answerer: ExtractiveAnswerer) -> None:
        self._db = db
        self._answerer = answerer

    async def answer(self, question: str, *, tenant_id: int, contact_id: int) -> Answer:
        """The answer with its citations.

        Args:
            contact_id: the client who asks.
        """
        companies = await self.companies_of(tenant_id, contact_id)
        return await self._answerer.answer(question, tenant_id=tenant_id, companies=companies)

    async def companies_of(self, tenant_id: int, contact_id: int) -> tuple[str, ...] | None:
        """Codes of the companies of the client's agent, as they are now; None means all.

        None as well when the agent's list has become empty: no answer at all would help nobody.
        """
        async with self._db.unit() as unit:
            found = await InvitationRepository(unit, tenant_id).companies_of_contact(contact_id)
        return tuple(found) if found else None
