"""Files on their way into the knowledge base, and what was understood of a document."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "kb_uploads",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column(
            "public_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=80), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("source_url", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("file_key", sa.String(), nullable=True),
        sa.Column("company_code", sa.String(length=60), nullable=True),
        sa.Column("product_code", sa.String(length=60), nullable=True),
        sa.Column("visibility", sa.String(length=10), nullable=True),
        sa.Column("stage", sa.String(length=10), server_default="waiting", nullable=False),
        sa.Column("step", sa.String(length=10), server_default="", nullable=False),
        sa.Column("page", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pages", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("percent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["kb_documents.id"],
            name=op.f("fk_kb_uploads_document_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_kb_uploads_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kb_uploads")),
        sa.UniqueConstraint("public_id", name=op.f("uq_kb_uploads_public_id")),
    )
    op.create_index("ix_kb_uploads_batch", "kb_uploads", ["tenant_id", "batch_id"], unique=False)
    op.create_index(
        "ix_kb_uploads_open",
        "kb_uploads",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("stage in ('waiting', 'reading')"),
    )
    op.create_index(op.f("ix_kb_uploads_tenant_id"), "kb_uploads", ["tenant_id"], unique=False)
    op.create_index(
        "uq_kb_uploads_same_file",
        "kb_uploads",
        ["tenant_id", "content_hash"],
        unique=True,
        postgresql_where=sa.text("stage in ('waiting', 'reading')"),
    )
    op.add_column(
        "kb_documents",
        sa.Column("analysis", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_column("kb_documents", "analysis")
    op.drop_index(
        "uq_kb_uploads_same_file",
        table_name="kb_uploads",
        postgresql_where=sa.text("stage in ('waiting', 'reading')"),
    )
    op.drop_index(op.f("ix_kb_uploads_tenant_id"), table_name="kb_uploads")
    op.drop_index(
        "ix_kb_uploads_open",
        table_name="kb_uploads",
        postgresql_where=sa.text("stage in ('waiting', 'reading')"),
    )
    op.drop_index("ix_kb_uploads_batch", table_name="kb_uploads")
    op.drop_table("kb_uploads")
