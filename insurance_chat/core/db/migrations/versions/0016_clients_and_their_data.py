"""Clients: texts of consents, wishes to be forgotten, links back to the site."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "erasure_requests",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column(
            "public_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.BigInteger(), nullable=True),
        sa.Column("kept", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_erasure_requests_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_erasure_requests_conversation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["done_by"], ["users.id"], name=op.f("fk_erasure_requests_done_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_erasure_requests_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_requests")),
        sa.UniqueConstraint("public_id", name=op.f("uq_erasure_requests_public_id")),
    )
    op.create_index(
        op.f("ix_erasure_requests_contact_id"), "erasure_requests", ["contact_id"], unique=False
    )
    op.create_index(
        op.f("ix_erasure_requests_conversation_id"),
        "erasure_requests",
        ["conversation_id"],
        unique=False,
    )
    op.create_index(
        "ix_erasure_requests_due", "erasure_requests", ["tenant_id", "due_at"], unique=False
    )
    op.create_index(
        op.f("ix_erasure_requests_tenant_id"), "erasure_requests", ["tenant_id"], unique=False
    )
    op.create_table(
        "return_links",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("access_token_hash", sa.String(length=64), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_return_links_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_return_links_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_links")),
        sa.UniqueConstraint("access_token_hash", name=op.f("uq_return_links_access_token_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_return_links_token_hash")),
    )
    op.create_index(
        op.f("ix_return_links_conversation_id"), "return_links", ["conversation_id"], unique=False
    )
    op.create_index(op.f("ix_return_links_tenant_id"), "return_links", ["tenant_id"], unique=False)
    op.add_column("consents", sa.Column("text", sa.Text(), nullable=True))
    op.add_column("contacts", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("contacts", "erased_at")
    op.drop_column("consents", "text")
    op.drop_index(op.f("ix_return_links_tenant_id"), table_name="return_links")
    op.drop_index(op.f("ix_return_links_conversation_id"), table_name="return_links")
    op.drop_table("return_links")
    op.drop_index(op.f("ix_erasure_requests_tenant_id"), table_name="erasure_requests")
    op.drop_index("ix_erasure_requests_due", table_name="erasure_requests")
    op.drop_index(op.f("ix_erasure_requests_conversation_id"), table_name="erasure_requests")
    op.drop_index(op.f("ix_erasure_requests_contact_id"), table_name="erasure_requests")
    op.drop_table("erasure_requests")
