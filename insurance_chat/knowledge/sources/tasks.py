"""Handlers of the watched sources: thin, each calls one function."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.core.jobs import handles, periodic
from insurance_chat.knowledge.sources.desk import SourceDesk
from insurance_chat.knowledge.sources.jobs import LookAtSource, SettleUpdate, TellOfUpdates


class SourceServices(Protocol):
    """What the handlers need."""

    sources: SourceDesk


@periodic("sources.order", "* * * * *")
async def order_looks(services: SourceServices) -> None:
    """Order looks at sources whose time has come."""
    await services.sources.watcher.order_due()


@handles(LookAtSource, attempts=3, wait_seconds=60)
async def look_at_source(job: LookAtSource, services: SourceServices) -> None:
    """Look whether anything is new."""
    await services.sources.watcher.run(job.source_id)


@handles(SettleUpdate, attempts=6, wait_seconds=4)
async def settle_update(job: SettleUpdate, services: SourceServices) -> None:
    """Publish or forget what a person has decided about."""
    await services.sources.settler.run(job.event_id)


@handles(TellOfUpdates, wait_seconds=30)
async def tell_of_updates(job: TellOfUpdates, services: SourceServices) -> None:
    """Tell the administrators."""
    await services.sources.herald.tell(job.way, job.tenant_id, job.event_ids)
