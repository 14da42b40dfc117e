"""SQL of the links back to the site."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select

from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.returning.models import ReturnLink
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit


class ReturnRepository:
    """Links of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(self, conversation_id: int, token_hash: str, expires_at: datetime) -> None:
        """Keep a link."""
        self._session.add(
            ReturnLink(
                tenant_id=self._tenant_id,
                conversation_id=conversation_id,
                token_hash=token_hash,
                expires_at=expires_at,
            )
        )
        await self._session.flush()

    async def good(self, token_hash: str) -> ReturnLink | None:
        """A link that nobody has used and whose time is not over, locked."""
        return await self._session.scalar(
            _good(token_hash).where(ReturnLink.tenant_id == self._tenant_id).with_for_update()
        )

    async def conversation(self, conversation_id: int) -> Conversation | None:
        """The conversation of a link."""
        return await self._session.scalar(
            select(Conversation).where(
                Conversation.tenant_id == self._tenant_id, Conversation.id == conversation_id
            )
        )


def _good(token_hash: str) -> Select[ReturnLink]:
    return select(ReturnLink).where(
        ReturnLink.token_hash == token_hash,
        ReturnLink.used_at.is_(None),
        ReturnLink.expires_at > utcnow(),
    )


async def is_good_across_tenants(unit: Unit, token_hash: str) -> bool:
    """Whether a link works, whose ever it is: the token is what tells the tenant."""
    return await unit.session.scalar(_good(token_hash)) is not None
