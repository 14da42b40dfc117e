"""What a person decides about an update: add, change, remove, reject."""

from __future__ import annotations

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid
from insurance_chat.core.principal import Principal
from insurance_chat.integrations import service as integrations
from insurance_chat.knowledge.sources.jobs import SettleUpdate
from insurance_chat.knowledge.sources.models import UpdateEvent
from insurance_chat.knowledge.sources.repository import WAITING, SourceRepository
from insurance_chat.knowledge.sources.service import no_event, read_uuid
from insurance_chat.knowledge.sources.weighing import CHANNEL

ADD, CHANGE, REMOVE, REJECT = "add", "change", "remove", "reject"
DECISIONS = (ADD, CHANGE, REMOVE, REJECT)


def choices(kind: str, *, in_base: bool) -> tuple[str, ...]:
    """Decisions that make sense for an update, the obvious one first.

    Args:
        kind: `new`, `changed` or `gone`.
        in_base: a document of it is in the knowledge base.
    """
    if kind == "gone":
        return (REMOVE, REJECT) if in_base else (REJECT,)
    if kind == "changed" and in_base:
        return (CHANGE, ADD, REJECT)
    return (ADD, REJECT)


async def decide(unit: Unit, principal: Principal, event_id: str, decision: str) -> None:
    """Take a decision; a job carries it out, and only then does the assistant answer otherwise.

    Args:
        decision: `add` (a document of its own), `change` (a new version of the document that is in
            the knowledge base), `remove` (what has vanished leaves it, too), `reject` (not told
            again until it changes once more).

    Raises:
        ServiceError: `forbidden`, `update_not_found`, `update_decided`, `update_decision`.
    """
    access.require(principal, Permission.MANAGE_KNOWLEDGE)
    event = await SourceRepository(unit, principal.tenant_id).lock_event(
        read_uuid(event_id, no_event)
    )
    if event is None:
        raise no_event()
    if event.status not in WAITING:
        text = "По этому обновлению решение уже принято, или оно устарело."
        raise ServiceError("update_decided", Kind.CONFLICT, text)
    if decision not in choices(event.kind, in_base=event.document_id is not None):
        raise invalid("update_decision", "К этому обновлению такое решение не подходит.")
    event.decision, event.decided_by, event.decided_at = decision, principal.user_id, utcnow()
    event.message = None
    event.status = "rejected" if decision == REJECT else "approved"
    await audit.record(
        unit,
        principal,
        f"update.{event.status}",
        f"update:{event.public_id}",
        {"title": event.title, "decision": decision},
    )
    if decision != REJECT:
        await tell(unit, event, "update.approved", principal.actor)
    await unit.defer(SettleUpdate(event_id=event.id))
    await unit.notify(CHANNEL, str(principal.tenant_id))


async def tell(
    unit: Unit, event: UpdateEvent, topic: str, actor: str, document_id: str | None = None
) -> None:
    """Tell subscribed systems what became of an update."""
    source_id = await SourceRepository(unit, event.tenant_id).source_public_id(event.source_id)
    context = {
        "updateId": str(event.public_id),
        "sourceId": str(source_id),
        "docId": document_id,
        "companyCode": event.company_code,
        "productCode": event.product_code,
    }
    known = {name: value for name, value in context.items() if value}
    await integrations.record(unit, event.tenant_id, topic, actor, known)
