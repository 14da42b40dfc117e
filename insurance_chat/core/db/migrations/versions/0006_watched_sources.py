"""Watched sources, the documents found there, and what has changed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "update_sources",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column(
            "public_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("company_code", sa.String(length=60), nullable=True),
        sa.Column("product_code", sa.String(length=60), nullable=True),
        sa.Column("visibility", sa.String(length=10), server_default="public", nullable=False),
        sa.Column("schedule_cron", sa.String(length=100), nullable=False),
        sa.Column("only_with", sa.String(length=200), server_default="", nullable=False),
        sa.Column("offer_first", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_update_sources_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_sources")),
        sa.UniqueConstraint("public_id", name=op.f("uq_update_sources_public_id")),
    )
    op.create_index(
        "ix_update_sources_due",
        "update_sources",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("active"),
    )
    op.create_index(
        op.f("ix_update_sources_tenant_id"), "update_sources", ["tenant_id"], unique=False
    )
    op.create_table(
        "update_items",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(length=300), server_default="", nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("raw_hash", sa.String(length=64), nullable=True),
        sa.Column("seen_hash", sa.String(length=64), nullable=True),
        sa.Column("base_hash", sa.String(length=64), nullable=True),
        sa.Column("base", sa.LargeBinary(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("misses", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["kb_documents.id"],
            name=op.f("fk_update_items_document_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["update_sources.id"],
            name=op.f("fk_update_items_source_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_update_items_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_items")),
        sa.UniqueConstraint("source_id", "url", name=op.f("uq_update_items_source_id_url")),
    )
    op.create_index(
        op.f("ix_update_items_document_id"), "update_items", ["document_id"], unique=False
    )
    op.create_index(op.f("ix_update_items_tenant_id"), "update_items", ["tenant_id"], unique=False)
    op.create_table(
        "update_events",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column(
            "public_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column(
            "detected_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=10), server_default="new", nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("company_code", sa.String(length=60), nullable=True),
        sa.Column("product_code", sa.String(length=60), nullable=True),
        sa.Column("text_hash", sa.String(length=64), nullable=True),
        sa.Column(
            "differences",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("analysis", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("file_key", sa.String(), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["users.id"],
            name=op.f("fk_update_events_decided_by"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["kb_documents.id"],
            name=op.f("fk_update_events_document_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["update_items.id"],
            name=op.f("fk_update_events_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["update_sources.id"],
            name=op.f("fk_update_events_source_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_update_events_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_events")),
        sa.UniqueConstraint("public_id", name=op.f("uq_update_events_public_id")),
    )
    op.create_index(
        "ix_update_events_listing", "update_events", ["tenant_id", "status", "id"], unique=False
    )
    op.create_index("ix_update_events_source_id", "update_events", ["source_id"], unique=False)
    op.create_index(
        op.f("ix_update_events_tenant_id"), "update_events", ["tenant_id"], unique=False
    )
    op.create_index(
        "uq_update_events_waiting",
        "update_events",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("status in ('new', 'failed')"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index(
        "uq_update_events_waiting",
        table_name="update_events",
        postgresql_where=sa.text("status in ('new', 'failed')"),
    )
    op.drop_index(op.f("ix_update_events_tenant_id"), table_name="update_events")
    op.drop_index("ix_update_events_source_id", table_name="update_events")
    op.drop_index("ix_update_events_listing", table_name="update_events")
    op.drop_table("update_events")
    op.drop_index(op.f("ix_update_items_tenant_id"), table_name="update_items")
    op.drop_index(op.f("ix_update_items_document_id"), table_name="update_items")
    op.drop_table("update_items")
    op.drop_index(op.f("ix_update_sources_tenant_id"), table_name="update_sources")
    op.drop_index(
        "ix_update_sources_due", table_name="update_sources", postgresql_where=sa.text("active")
    )
    op.drop_table("update_sources")
