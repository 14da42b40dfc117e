"""Tables of the meanings of passages: filled only where an embedding model is configured."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import BigInteger, ForeignKey, Index, String, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, TenantId

# Sizes of the usual models have an index each; other sizes are compared one by one. An index that
# no row belongs to costs nothing.
INDEXED = (256, 384, 512, 768, 1024, 1536, 2048, 2560, 3072)


def _nearest(dimension: int) -> Index:
    return Index(
        f"ix_kb_vectors_nearest_{dimension}",
        literal_column(f"(embedding::halfvec({dimension}))").label("meaning"),
        postgresql_ops={"meaning": "halfvec_cosine_ops"},
        postgresql_using="hnsw",
        postgresql_where=text(f"dimension = {dimension}"),
    )


class PassageVector(Base):
    """What one passage means to one embedding model; goes with its passage.

    `model` and `dimension` tell what it was made with: of another model it is made again.
    `revision` is that of the document when its text was last compared with `digest`.
    `embedding` is absent, and `dimension` 0, when the model refuses this very text.
    """

    __tablename__ = "kb_vectors"
    __table_args__ = tuple(_nearest(dimension) for dimension in INDEXED)

    passage_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("kb_passages.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    tenant_id: Mapped[TenantId]
    model: Mapped[str] = mapped_column(String(200))
    dimension: Mapped[int]
    revision: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    embedding: Mapped[Any | None] = mapped_column(HALFVEC)


class VectorOrder(Base):
    """Somebody makes the vectors of a tenant, or has failed to, and nobody else begins before then."""

    __tablename__ = "kb_vector_orders"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    until: Mapped[datetime]
