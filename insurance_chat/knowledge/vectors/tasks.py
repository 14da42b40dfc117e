"""Handlers of the vectors: thin, each calls one function."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.core.jobs import handles, periodic
from insurance_chat.knowledge.vectors.jobs import EmbedPassages
from insurance_chat.knowledge.vectors.making import VectorMaker


class VectorServices(Protocol):
    """What the handlers need."""

    vectors: VectorMaker


@handles(EmbedPassages)
async def embed_passages(job: EmbedPassages, services: VectorServices) -> None:
    """Make the vectors of a tenant."""
    await services.vectors.run(job.tenant_id)


@periodic("knowledge.order_vectors", "* * * * *")
async def order_vectors(services: VectorServices) -> None:
    """Every minute: order what a changed model, a failure or a dead process has left to do."""
    await services.vectors.order_all()
