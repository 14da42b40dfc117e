"""What the assistant would find if a preview were published; nothing is published."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from typing_extensions import override

from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.engine import TenantIndex
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.library import find_one, forbidden
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.repository import KnowledgeRepository, Scope
from insurance_chat.knowledge.search import SearchQuery


class TrialIndex(KnowledgeIndex):
    """The tenant's knowledge as it would be, for one administrator and for as long as they look.

    The preview is put into the index of the process for a moment, under a visibility that nobody
    has, and taken out again. What was seen in that moment stays readable here: a searcher is a
    snapshot. So only the preview is indexed, however large the knowledge base is.

    Args:
        db: where documents live.
        document: the preview, out of its session.
        without: ids of what it will replace.
    """

    def __init__(self, db: Database, document: Document, without: tuple[int, ...]) -> None:
        super().__init__(db)
        self._preview, self._without = document, without

    async def fill(self, live: KnowledgeIndex) -> None:
        """Take the snapshot.

        Args:
            live: the index that answers clients; its searches see nothing of the preview.
        """
        tenant_id, document = self._preview.tenant_id, self._preview
        document.visibility, document.operator_id = f"trial-{document.id}", None
        async with live._turn:
            index = live._tenants.get(tenant_id) or TenantIndex(live._asked)
            change = await asyncio.to_thread(index.writer)
            await live._add_passages(tenant_id, change, {document.id: document})
            await asyncio.to_thread(change.commit)
            index.refresh()
            self._tenants[tenant_id] = index.snapshot(document.visibility)
            change = await asyncio.to_thread(index.writer)
            change.remove([document.id])
            await asyncio.to_thread(change.commit)
            index.refresh()

    @override
    def _scope(self, query: SearchQuery) -> Scope:
        return replace(super()._scope(query), trial=self._preview.id, without=self._without)


async def try_out(
    db: Database, live: KnowledgeIndex, principal: Principal, document_id: str
) -> TrialIndex:
    """An index in which a preview answers; the live one answers as before.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`, `kb_not_preview`.
    """
    if not principal.is_admin:
        raise forbidden()
    async with db.unit() as unit:
        repository = KnowledgeRepository(unit, principal.tenant_id)
        document = await find_one(repository, document_id)
        if document.status != "preview":
            text = "Документ уже опубликован: ассистент отвечает по нему."
            raise ServiceError("kb_not_preview", Kind.CONFLICT, text)
        earlier = await repository.earlier_versions(document)
        trial = TrialIndex(db, document, tuple(one.id for one in earlier))
    # The row has left its session: what `fill` writes into it is never stored.
    await trial.fill(live)
    return trial
