"""Queries of examples for judging, always under a tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.quality.models import EvalCase
from insurance_chat.core.db.unit import Unit


@dataclass(frozen=True, slots=True)
class CaseRow:
    """An example with its opened body, the chat it came from and who made it."""

    case: EvalCase
    body: dict[str, Any]
    session: UUID | None
    author: str | None


class EvalCaseRepository:
    """Examples of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._cipher = unit.cipher
        self._tenant_id = tenant_id

    async def add(
        self,
        conversation_id: int,
        seq: int,
        title: str,
        body: dict[str, Any],
        created_by: int | None,
    ) -> EvalCase:
        """Keep an example; its body is sealed."""
        case = EvalCase(
            tenant_id=self._tenant_id,
            conversation_id=conversation_id,
            seq=seq,
            title=title,
            body=self._cipher.seal_json(body),
            created_by=created_by,
        )
        self._session.add(case)
        await self._session.flush()
        await self._session.refresh(case)
        return case

    async def page(self, offset: int, limit: int) -> tuple[list[CaseRow], int]:
        """A page of examples, latest first, and how many there are in all."""
        mine = EvalCase.tenant_id == self._tenant_id
        total = await self._session.scalar(select(func.count(EvalCase.id)).where(mine))
        rows = await self._session.execute(
            self._rows().order_by(EvalCase.id.desc()).offset(offset).limit(limit)
        )
        return [self._row(*row) for row in rows], total or 0

    async def by_public_id(self, public_id: UUID) -> CaseRow | None:
        """One example."""
        found = await self._session.execute(self._rows().where(EvalCase.public_id == public_id))
        row = found.one_or_none()
        return self._row(*row) if row is not None else None

    async def delete(self, case: EvalCase) -> None:
        """Forget an example."""
        await self._session.delete(case)

    def _rows(self) -> Any:
        return (
            select(EvalCase, Conversation.public_id, User.name)
            .outerjoin(Conversation, Conversation.id == EvalCase.conversation_id)
            .outerjoin(User, User.id == EvalCase.created_by)
            .where(EvalCase.tenant_id == self._tenant_id)
        )

    def _row(self, case: EvalCase, session: UUID | None, author: str | None) -> CaseRow:
        return CaseRow(case, self._cipher.open_json(case.body), session, author)
