"""Agents who work from Telegram: links, open chats, what they are owed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "desk_codes",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name=op.f("fk_desk_codes_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_desk_codes_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_desk_codes_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_codes")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_desk_codes_token_hash")),
        sa.UniqueConstraint("user_id", name=op.f("uq_desk_codes_user_id")),
    )
    op.create_index(
        op.f("ix_desk_codes_connection_id"), "desk_codes", ["connection_id"], unique=False
    )
    op.create_index(op.f("ix_desk_codes_tenant_id"), "desk_codes", ["tenant_id"], unique=False)
    op.create_table(
        "desk_accounts",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("person_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("awaits", sa.BigInteger(), nullable=True),
        sa.Column("status_told", sa.String(length=10), server_default="offline", nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name=op.f("fk_desk_accounts_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_desk_accounts_conversation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_desk_accounts_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_desk_accounts_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_accounts")),
        sa.UniqueConstraint(
            "tenant_id", "person_hash", name=op.f("uq_desk_accounts_tenant_id_person_hash")
        ),
        sa.UniqueConstraint("user_id", name=op.f("uq_desk_accounts_user_id")),
    )
    op.create_index(
        op.f("ix_desk_accounts_connection_id"), "desk_accounts", ["connection_id"], unique=False
    )
    op.create_index(
        op.f("ix_desk_accounts_conversation_id"), "desk_accounts", ["conversation_id"], unique=False
    )
    op.create_index(
        op.f("ix_desk_accounts_tenant_id"), "desk_accounts", ["tenant_id"], unique=False
    )
    op.create_table(
        "desk_chats",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("told_seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["desk_accounts.id"],
            name=op.f("fk_desk_chats_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_desk_chats_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_desk_chats_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_chats")),
        sa.UniqueConstraint(
            "account_id", "conversation_id", name=op.f("uq_desk_chats_account_id_conversation_id")
        ),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_desk_chats_account_id_number")),
    )
    op.create_index(
        op.f("ix_desk_chats_conversation_id"), "desk_chats", ["conversation_id"], unique=False
    )
    op.create_index(op.f("ix_desk_chats_tenant_id"), "desk_chats", ["tenant_id"], unique=False)
    op.create_table(
        "desk_messages",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("handover_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("edits_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="new", nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["desk_accounts.id"],
            name=op.f("fk_desk_messages_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name=op.f("fk_desk_messages_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_desk_messages_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["handovers.id"],
            name=op.f("fk_desk_messages_handover_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_desk_messages_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_messages")),
        sa.UniqueConstraint(
            "connection_id", "key", name=op.f("uq_desk_messages_connection_id_key")
        ),
    )
    op.create_index(
        op.f("ix_desk_messages_conversation_id"), "desk_messages", ["conversation_id"], unique=False
    )
    op.create_index("ix_desk_messages_created_at", "desk_messages", ["created_at"], unique=False)
    op.create_index(
        "ix_desk_messages_external", "desk_messages", ["account_id", "external_id"], unique=False
    )
    op.create_index(
        op.f("ix_desk_messages_handover_id"), "desk_messages", ["handover_id"], unique=False
    )
    op.create_index(
        "ix_desk_messages_open",
        "desk_messages",
        ["connection_id"],
        unique=False,
        postgresql_where=sa.text("handover_id is not null"),
    )
    op.create_index(
        "ix_desk_messages_owed",
        "desk_messages",
        ["connection_id", "id"],
        unique=False,
        postgresql_where=sa.text("state in ('new', 'sending', 'failed')"),
    )
    op.create_index(
        op.f("ix_desk_messages_tenant_id"), "desk_messages", ["tenant_id"], unique=False
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f("ix_desk_messages_tenant_id"), table_name="desk_messages")
    op.drop_index(
        "ix_desk_messages_owed",
        table_name="desk_messages",
        postgresql_where=sa.text("state in ('new', 'sending', 'failed')"),
    )
    op.drop_index(
        "ix_desk_messages_open",
        table_name="desk_messages",
        postgresql_where=sa.text("handover_id is not null"),
    )
    op.drop_index(op.f("ix_desk_messages_handover_id"), table_name="desk_messages")
    op.drop_index("ix_desk_messages_external", table_name="desk_messages")
    op.drop_index("ix_desk_messages_created_at", table_name="desk_messages")
    op.drop_index(op.f("ix_desk_messages_conversation_id"), table_name="desk_messages")
    op.drop_table("desk_messages")
    op.drop_index(op.f("ix_desk_chats_tenant_id"), table_name="desk_chats")
    op.drop_index(op.f("ix_desk_chats_conversation_id"), table_name="desk_chats")
    op.drop_table("desk_chats")
    op.drop_index(op.f("ix_desk_accounts_tenant_id"), table_name="desk_accounts")
    op.drop_index(op.f("ix_desk_accounts_conversation_id"), table_name="desk_accounts")
    op.drop_index(op.f("ix_desk_accounts_connection_id"), table_name="desk_accounts")
    op.drop_table("desk_accounts")
    op.drop_index(op.f("ix_desk_codes_tenant_id"), table_name="desk_codes")
    op.drop_index(op.f("ix_desk_codes_connection_id"), table_name="desk_codes")
    op.drop_table("desk_codes")
