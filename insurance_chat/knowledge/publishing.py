"""How documents begin and cease to answer; every way to do it goes through here and is noted."""

from __future__ import annotations

from insurance_chat.accounts import audit
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.index import CHANNEL
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.repository import KnowledgeRepository
from insurance_chat.knowledge.versions.repository import VersionRepository


async def publish(
    unit: Unit, repository: KnowledgeRepository, tenant_id: int, document: Document
) -> tuple[str, ...]:
    """Let a document answer; versions published before stop, and keep their text.

    Returns:
        Public ids of the versions that it replaces.
    """
    revision = await repository.next_revision()
    earlier = await repository.earlier_versions(document)
    for old in earlier:
        old.status, old.revision = "replaced", revision
    versions = VersionRepository(unit, tenant_id)
    lineage = document.lineage or next(
        (old.lineage or old.public_id for old in earlier), document.public_id
    )
    known = {document.public_id, *(old.lineage or old.public_id for old in earlier)}
    for other in known - {lineage}:
        await versions.move_history(other, lineage)
    for one in (document, *earlier):
        one.lineage = lineage
    document.version = await versions.last_version(lineage, document.id) + 1
    document.status, document.deleted_at = "published", None
    document.revision = revision
    await unit.notify(CHANNEL, str(tenant_id))
    return tuple(str(old.public_id) for old in earlier)


async def retire(
    unit: Unit, repository: KnowledgeRepository, tenant_id: int, document: Document
) -> None:
    """Put a document into the bin; its text and its file stay there for 30 days."""
    document.status, document.deleted_at = "deleted", utcnow()
    if document.revision:  # a preview was never indexed
        document.revision = await repository.next_revision()
        await unit.notify(CHANNEL, str(tenant_id))


async def touch(
    unit: Unit, repository: KnowledgeRepository, tenant_id: int, document: Document
) -> None:
    """Let every process index a published document again after its fields have changed."""
    if document.status == "published":
        document.revision = await repository.next_revision()
        await unit.notify(CHANNEL, str(tenant_id))


async def note(
    unit: Unit, principal: Principal, verb: str, document: Document, details: str = ""
) -> None:
    """Write into the document's history and into the journal who did what.

    Args:
        verb: `uploaded`, `corrected`, `published`, `deleted`, `restored`, `rolled_back`.
        details: Russian words for people, at most 300 characters.
    """
    await VersionRepository(unit, principal.tenant_id).add_history(
        document.lineage or document.public_id, document.version, principal.user_id, verb, details
    )
    target, facts = f"document:{document.public_id}", {"title": document.title}
    await audit.record(unit, principal, f"document.{verb}", target, facts)
