"""Writes the first migration anew from the models; only until the first release."""

from __future__ import annotations

import sys

from alembic import command
from sqlalchemy import create_engine, text

from insurance_chat.core.db.unit import sqlalchemy_url
from insurance_chat.main.migrate import MIGRATIONS, alembic_config
from insurance_chat.main.models import Base


def main(database_url: str) -> None:
    """Autogenerate `0001_first.py` against an empty database."""
    for old in (MIGRATIONS / "versions").glob("*.py"):
        old.unlink()
    engine = create_engine(sqlalchemy_url(database_url))
    with engine.connect() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))
        connection.commit()
        config = alembic_config(connection, Base.metadata)
        command.revision(config, "First schema", autogenerate=True, rev_id="0001")


if __name__ == "__main__":
    main(sys.argv[1])
