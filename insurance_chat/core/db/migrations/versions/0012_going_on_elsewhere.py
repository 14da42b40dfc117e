"""Links by which a client goes on in another channel."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "continue_links",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["chat_id"],
            ["channel_chats.id"],
            name=op.f("fk_continue_links_chat_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_continue_links_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_continue_links_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_continue_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_continue_links_token_hash")),
    )
    op.create_index(op.f("ix_continue_links_chat_id"), "continue_links", ["chat_id"], unique=False)
    op.create_index(
        op.f("ix_continue_links_conversation_id"),
        "continue_links",
        ["conversation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_continue_links_tenant_id"), "continue_links", ["tenant_id"], unique=False
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f("ix_continue_links_tenant_id"), table_name="continue_links")
    op.drop_index(op.f("ix_continue_links_conversation_id"), table_name="continue_links")
    op.drop_index(op.f("ix_continue_links_chat_id"), table_name="continue_links")
    op.drop_table("continue_links")
