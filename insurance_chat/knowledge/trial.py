"""What the assistant would find if a preview were published: an index of its own, nothing published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from typing_extensions import override

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.library import find_one, forbidden
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.repository import KnowledgeRepository, Scope
from insurance_chat.knowledge.search import SearchQuery


class TrialIndex(KnowledgeIndex):
    """The tenant's knowledge as it would be, for one administrator and for as long as they look.

    Made anew with all passages, so that words are as rare in it as they will be: the answer is
    the one that clients will get. It does not follow changes.

    Args:
        db: where documents live.
        document_id: of the preview, `without` of what it will replace.
    """

    def __init__(self, db: Database, document_id: int, without: tuple[int, ...]) -> None:
        super().__init__(db)
        self._trial, self._without = document_id, without

    async def fill(self, tenant_id: int) -> None:
        """Index what would be published."""
        await self._refresh_tenant(tenant_id)

    @override
    async def _changed(self, tenant_id: int) -> Sequence[Document]:
        everything = Scope(
            agents=True,
            today=moscow_today(),
            everyone=True,
            trial=self._trial,
            without=self._without,
        )
        async with self._db.unit() as unit:
            found = await KnowledgeRepository(unit, tenant_id).published(everything)
        for row in found:
            row.status = "published"  # the row has left its session: nothing is stored
        return found

    @override
    def _scope(self, query: SearchQuery) -> Scope:
        return replace(super()._scope(query), trial=self._trial, without=self._without)


async def try_out(db: Database, principal: Principal, document_id: str) -> TrialIndex:
    """An index in which a preview answers; the real one stays as it is.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`.
    """
    if not principal.is_admin:
        raise forbidden()
    async with db.unit() as unit:
        repository = KnowledgeRepository(unit, principal.tenant_id)
        document = await find_one(repository, document_id)
        earlier = await repository.earlier_versions(document)
        trial = TrialIndex(db, document.id, tuple(one.id for one in earlier))
    await trial.fill(principal.tenant_id)
    return trial
