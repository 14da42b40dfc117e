"""Alembic environment: runs on the connection that `main/migrate.py` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import text


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    # The queue brings its own tables.
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    include_name=_ours,
    transaction_per_migration=True,
)
with context.begin_transaction():
    # A migration that waits for a lock must not make everybody else wait behind it.
    connection.execute(text("set local lock_timeout = '10s'"))
    context.run_migrations()
