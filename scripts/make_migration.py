"""Drafts a migration from what the models have that the migrations lack; read it before you commit."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.db.unit import sqlalchemy_url
from insurance_chat.main.migrate import alembic_config, migrate
from insurance_chat.main.models import Base


def main(number: str, words: str) -> None:
    """Write `versions/<number>_<words>.py` against an empty database with all migrations so far.

    Args:
        number: four digits, the one after the last.
        words: what changes, in a few English words.
    """
    with tempfile.TemporaryDirectory() as place:
        server = EmbeddedPostgres(Path(place) / "data")
        dsn = server.start()
        try:
            _draft(dsn, number, words)
        finally:
            server.stop()


def _draft(dsn: str, number: str, words: str) -> None:
    migrate(dsn)
    engine = create_engine(sqlalchemy_url(dsn))
    with engine.connect() as connection:
        config = alembic_config(connection, Base.metadata)
        command.revision(config, words, autogenerate=True, rev_id=number)
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
