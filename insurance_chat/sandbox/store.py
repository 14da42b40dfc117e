"""Where the sandbox keeps what it was told: JSON documents in SQLite, in memory or in a file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

#: Only what may be forgotten has a limit; drafts and policies are kept for ever.
KEPT_AT_MOST = {
    "quote": 2000,
    "offer": 30000,
    "kbm": 2000,
    "token": 5000,
    "operation": 2000,
    "idempotency": 20000,
    "mail": 500,
    "webhook": 2000,
    "graph_message": 5000,
    "graph_media": 300,
    "wa_message": 5000,
    "wa_file": 300,
}

_SCHEMA = """
CREATE TABLE IF NOT EXISTS doc (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS doc_in_order ON doc (kind, seq);
"""


_OLDEST = "SELECT body FROM doc WHERE kind = ? ORDER BY seq LIMIT 1"
_NEWEST = "SELECT body FROM doc WHERE kind = ? ORDER BY seq DESC LIMIT 1"


class Store:
    """Documents by kind and id, in order of first appearance.

    A committed write survives a killed process when `state_dir` is given.
    """

    def __init__(self, state_dir: Path | None = None) -> None:
        if state_dir is None:
            target = ":memory:"
        else:
            state_dir.mkdir(parents=True, exist_ok=True)
            target = str(state_dir / "sandbox.sqlite3")
        self._db = sqlite3.connect(target, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """All writes inside are kept together or, on an exception, not at all. Do not await inside."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put(self, kind: str, doc_id: str, doc: Doc) -> Doc:
        """Insert or replace a document and return it."""
        body = json.dumps(doc, ensure_ascii=False)
        cursor = self._db.execute(
            "INSERT INTO doc (kind, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, doc_id, body),
        )
        limit = KEPT_AT_MOST.get(kind)
        if limit and cursor.lastrowid and cursor.lastrowid % 50 == 0:
            self._forget_old(kind, limit)
        return doc

    def get(self, kind: str, doc_id: str) -> Doc | None:
        """One document or None."""
        row = self._db.execute(
            "SELECT body FROM doc WHERE kind = ? AND id = ?", (kind, doc_id)
        ).fetchone()
        return _decode(row[0]) if row else None

    def all(self, kind: str) -> list[Doc]:
        """Every document of a kind, oldest first."""
        rows = self._db.execute("SELECT body FROM doc WHERE kind = ? ORDER BY seq", (kind,))
        return [_decode(row[0]) for row in rows]

    def first(self, kind: str, *, newest: bool = False) -> Doc | None:
        """The oldest or the newest document of a kind; None when there is none."""
        row = self._db.execute(_NEWEST if newest else _OLDEST, (kind,)).fetchone()
        return _decode(row[0]) if row else None

    def where(self, kind: str, field: str, value: str) -> list[Doc]:
        """Documents of a kind whose top-level field equals a value, oldest first."""
        rows = self._db.execute(
            "SELECT body FROM doc WHERE kind = ? AND json_extract(body, ?) = ? ORDER BY seq",
            (kind, f"$.{field}", value),
        )
        return [_decode(row[0]) for row in rows]

    def delete(self, kind: str, doc_id: str) -> None:
        """Remove a document if it is there."""
        self._db.execute("DELETE FROM doc WHERE kind = ? AND id = ?", (kind, doc_id))

    def clear(self) -> None:
        """Forget everything."""
        self._db.execute("DELETE FROM doc")

    def _forget_old(self, kind: str, limit: int) -> None:
        self._db.execute(
            "DELETE FROM doc WHERE kind = ? AND seq NOT IN"
            " (SELECT seq FROM doc WHERE kind = ? ORDER BY seq DESC LIMIT ?)",
            (kind, kind, limit),
        )


def _decode(body: str) -> Doc:
    doc: Doc = json.loads(body)
    return doc
