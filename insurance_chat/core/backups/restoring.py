"""Puts a backup back: the whole installation into an empty database, or only the knowledge base."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from insurance_chat.core.backups.archive import DATABASE, FILES, Archive, Manifest
from insurance_chat.core.backups.files_part import Reader, unpack
from insurance_chat.core.backups.making import Source, decompress, verify
from insurance_chat.core.backups.repository import RunLog
from insurance_chat.core.backups.sealing import damaged
from insurance_chat.core.db.dumping import find_tools, load, server_version
from insurance_chat.core.errors import Kind, ServiceError, unavailable

_COPY = re.compile(rb"COPY public\.\"?(\w+)\"? \((.+)\) FROM stdin;\r?\n")
_END = b"\\.\n"
BUFFER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back.

    Args:
        documents: rows of the knowledge base; 0 when everything was restored at once.
    """

    name: str
    files: int
    documents: int = 0


class Merge:
    """How a slice takes its tables back into a running installation.

    Args:
        tables: their names, parents first.
        stage: makes an empty temporary copy of one table.
        fill: takes rows of one table: the connection, its name, its columns, `COPY` text.
        keys: names the files that the staged rows need.
        apply: brings the staged rows in, in one transaction; returns how many documents they are.
    """

    def __init__(
        self,
        tables: Sequence[str],
        stage: Callable[[psycopg.Connection[Any], str], None],
        fill: Callable[[psycopg.Connection[Any], str, Sequence[str], Iterator[bytes]], None],
        keys: Callable[[psycopg.Connection[Any], Sequence[str]], Collection[str]],
        apply: Callable[[psycopg.Connection[Any], Sequence[str]], int],
    ) -> None:
        self.tables = tuple(tables)
        self.stage = stage
        self.fill = fill
        self.keys = keys
        self.apply = apply


def restore_all(
    target: Source,
    archive: Archive,
    log: RunLog,
    manifest: Manifest,
    *,
    force: bool,
    revisions: Collection[str],
) -> Restored:
    """Make the database and the files what they were; the database changes in one transaction.

    Args:
        force: overwrite a database that holds something.
        revisions: migrations that this version of the service knows.

    Raises:
        ServiceError: `restore_in_use`, `restore_not_empty`, `restore_newer`, `backup_damaged`,
            `restore_failed`; the database is as it was.
    """
    found = log.target()
    if found.others > 1:  # one holds the lock of backups: ourselves
        raise ServiceError(
            "restore_in_use",
            Kind.CONFLICT,
            "База данных занята: остановите сервис и другие программы, которые с ней работают.",
        )
    if found.tables and not force:
        raise ServiceError(
            "restore_not_empty",
            Kind.CONFLICT,
            "В базе данных уже есть данные. Чтобы заменить их копией, добавьте --force: всё, что "
            "появилось после копии, пропадёт.",
        )
    server = server_version(target.url)
    _check_version(manifest, server, revisions)
    verify(archive, manifest, threading.Event())
    count = unpack(target.files, archive.read(manifest, FILES))
    script = decompress(archive.read(manifest, DATABASE))
    load(target.url, find_tools(max(manifest.tools, server)), script, replace=found.tables > 0)
    return Restored(manifest.name, count)


def restore_part(
    target: Source,
    archive: Archive,
    manifest: Manifest,
    merge: Merge,
    *,
    revisions: Collection[str],
) -> Restored:
    """Bring back the tables of one slice and their files while the service goes on working.

    Raises:
        ServiceError: `restore_newer`, `backup_damaged`, `restore_failed`; nothing has changed then.
    """
    _check_version(manifest, server_version(target.url), revisions)
    verify(archive, manifest, threading.Event())
    try:
        with psycopg.connect(target.url, autocommit=True, connect_timeout=10) as connection:
            staged = _stage(connection, decompress(archive.read(manifest, DATABASE)), merge)
            keys = frozenset(merge.keys(connection, staged))
            count = unpack(target.files, archive.read(manifest, FILES), keys.__contains__)
            with connection.transaction():
                documents = merge.apply(connection, staged)
    except psycopg.Error as problem:
        reason = (str(problem).strip().splitlines() or [""])[0]
        raise unavailable(
            "restore_failed", f"База знаний не восстановлена, она осталась прежней. {reason[:200]}"
        ) from problem
    return Restored(manifest.name, count, documents)


def _check_version(manifest: Manifest, server: int, revisions: Collection[str]) -> None:
    if manifest.revision not in revisions:
        raise ServiceError(
            "restore_newer",
            Kind.CONFLICT,
            "Копия сделана более новой версией сервиса. Обновите сервис и повторите.",
        )
    if server < manifest.server:
        raise ServiceError(
            "restore_newer",
            Kind.CONFLICT,
            f"Копия сделана с PostgreSQL {manifest.server}, а здесь PostgreSQL {server}. Нужен такой "
            "же или новее.",
        )


def _stage(connection: psycopg.Connection[Any], script: Iterator[bytes], merge: Merge) -> list[str]:
    """Load the wanted tables of a dump into temporary ones; returns those that it had."""
    reader = io.BufferedReader(Reader(script), BUFFER_BYTES)
    found = set()
    for line in reader:
        match = _COPY.fullmatch(line)
        if match is None:
            continue
        table = match.group(1).decode()
        rows = _rows(reader)
        if table in merge.tables:
            columns = [name.strip().strip('"') for name in match.group(2).decode().split(",")]
            merge.stage(connection, table)
            merge.fill(connection, table, columns, rows)
            found.add(table)
        for _ in rows:  # to the end of what nobody wanted
            continue
    return [table for table in merge.tables if table in found]


def _rows(reader: io.BufferedReader[Reader]) -> Iterator[bytes]:
    for line in reader:
        if line == _END:
            return
        yield line
    raise damaged(DATABASE)
