"""Vectors of passages, for installations with an embedding model."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEXED = (256, 384, 512, 768, 1024, 1536, 2048, 2560, 3072)


def upgrade() -> None:
    """Apply."""
    op.execute("create extension if not exists vector")
    op.create_table(
        "kb_vectors",
        sa.Column("passage_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("dimension", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("embedding", HALFVEC(), nullable=True),
        sa.ForeignKeyConstraint(
            ["passage_id"],
            ["kb_passages.id"],
            name=op.f("fk_kb_vectors_passage_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_kb_vectors_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("passage_id", name=op.f("pk_kb_vectors")),
    )
    op.create_index(op.f("ix_kb_vectors_tenant_id"), "kb_vectors", ["tenant_id"], unique=False)
    for dimension in INDEXED:
        op.create_index(
            f"ix_kb_vectors_nearest_{dimension}",
            "kb_vectors",
            [sa.text(f"(embedding::halfvec({dimension})) halfvec_cosine_ops")],
            unique=False,
            postgresql_using="hnsw",
            postgresql_where=sa.text(f"dimension = {dimension}"),
        )
    op.create_table(
        "kb_vector_orders",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_kb_vector_orders_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_kb_vector_orders")),
    )


def downgrade() -> None:
    """Undo; the extension stays, for others may use it."""
    op.drop_table("kb_vector_orders")
    op.drop_table("kb_vectors")
