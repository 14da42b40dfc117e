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
wait = int(context.config.attributes["lock_seconds"] * 1000)
# A migration that waits for a lock must not make everybody else wait behind it. Each migration is a
# transaction of its own, so a `set local` would end with the first one.
connection.execute(text(f"set lock_timeout = '{wait}ms'"))
connection.commit()
with context.begin_transaction():
    context.run_migrations()
# Closed connections go back to a pool.
connection.execute(text("reset lock_timeout"))
