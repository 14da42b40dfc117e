"""A backup is whole or does not count, opens with one key only, and brings everything back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url
from starlette.types import Receive, Scope, Send

from insurance_chat.core.backups import making
from insurance_chat.core.backups.archive import LIST, OBJECTS
from insurance_chat.core.backups.desk import BackupDesk
from insurance_chat.core.backups.making import Source
from insurance_chat.core.backups.settings import BackupSettings
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db import dumping
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import FileStore, local_file_store
from insurance_chat.main.backups import known_revisions
from insurance_chat.sandbox.s3 import S3State, create_s3_app
from tests.support.sandbox_server import served

KEY = b"k" * 32


@pytest.fixture
def files(tmp_path: Path, cipher: Cipher) -> FileStore:
    return local_file_store(tmp_path / "files", cipher)


@pytest.fixture
def desk(database_url: str, files: FileStore, tmp_path: Path) -> BackupDesk:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("truncate backup_runs, tenants cascade")
    return open_desk(database_url, files, tmp_path)


def open_desk(
    url: str, files: FileStore, data_dir: Path, key: bytes = KEY, **settings: Any
) -> BackupDesk:
    return BackupDesk(BackupSettings(**settings), Source(url, files), key, data_dir)


@pytest.fixture(scope="module")
def empty_url(postgres_url: str) -> Iterator[str]:
    """A database that one test fills; making and dropping databases is slow."""
    name = f"empty_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")


def add_tenant(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("insert into tenants (name, slug) values (%s, %s)", (name, uuid4().hex))


def tenants(url: str) -> list[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        return [row[0] for row in connection.execute("select name from tenants order by id")]


def runs(url: str) -> list[tuple[str, str, str | None]]:
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute("select kind, status, error from backup_runs order by id")
        return [(row[0], row[1], row[2]) for row in rows]


TRICKY = "Строка\\. с\tзнаками\n\\.\nCOPY public.tenants (id) FROM stdin;\n«'\"»"


async def test_everything_comes_back_into_an_empty_database(
    desk: BackupDesk, database_url: str, empty_url: str, tmp_path: Path, cipher: Cipher
) -> None:
    add_tenant(database_url, TRICKY)
    files = local_file_store(tmp_path / "files", cipher)
    passport, big = await files.put(b"passport", sealed=True), b"x" * 20_000_000
    scan = await files.put(big, sealed=False)
    made = desk.make("command")
    elsewhere = local_file_store(tmp_path / "elsewhere", cipher)

    restored = open_desk(empty_url, elsewhere, tmp_path).restore_all(
        "", known_revisions(), force=False
    )

    assert (restored.name, restored.files) == (made.name, 2)
    assert tenants(empty_url) == [TRICKY]
    assert await elsewhere.get(passport) == b"passport"
    assert await elsewhere.get(scan) == big
    assert [run[:2] for run in runs(empty_url)] == [("backup", "ok"), ("restore", "ok")]
    again = open_desk(empty_url, elsewhere, tmp_path)
    assert again.make("command").part("files").items == 2
    assert again.restore_all("", known_revisions(), force=True).files == 2


async def test_nothing_readable_and_no_key_is_in_a_backup(
    desk: BackupDesk, database_url: str, files: FileStore, tmp_path: Path
) -> None:
    add_tenant(database_url, "Секретная компания")
    await files.put(b"plain text of a document", sealed=False)
    desk.make("command")

    stored = b"".join(
        path.read_bytes() for path in (tmp_path / "backups").rglob("*") if path.is_file()
    )
    for secret in ("Секретная компания".encode(), b"plain text", KEY, b"create table"):
        assert secret not in stored.lower()


def test_a_database_with_data_is_not_overwritten_without_force(
    desk: BackupDesk, database_url: str
) -> None:
    add_tenant(database_url, "Как было")
    desk.make("command")
    add_tenant(database_url, "Появилось потом")

    with pytest.raises(ServiceError, match="restore_not_empty"):
        desk.restore_all("", known_revisions(), force=False)
    assert tenants(database_url) == ["Как было", "Появилось потом"]

    desk.restore_all("", known_revisions(), force=True)
    assert tenants(database_url) == ["Как было"]


def test_a_database_that_others_use_is_not_overwritten(desk: BackupDesk, database_url: str) -> None:
    desk.make("command")
    with (
        psycopg.connect(database_url, autocommit=True),
        pytest.raises(ServiceError, match="restore_in_use"),
    ):
        desk.restore_all("", known_revisions(), force=True)


def test_a_backup_of_a_newer_version_is_refused(desk: BackupDesk) -> None:
    desk.make("command")

    with pytest.raises(ServiceError, match="restore_newer"):
        desk.restore_all("", frozenset({"0001"}), force=True)


@pytest.mark.parametrize("part", ["database", "files", "list"])
def test_a_corrupted_backup_is_refused_and_nothing_changes(
    desk: BackupDesk, database_url: str, tmp_path: Path, part: str
) -> None:
    add_tenant(database_url, "Как есть")
    name = desk.make("command").name
    path = tmp_path / "backups" / name / (LIST if part == "list" else OBJECTS[part])
    body = bytearray(path.read_bytes())
    place = body.index(b"sha256") + 12 if part == "list" else len(body) // 2
    body[place] = body[place] ^ 1
    path.write_bytes(body)

    with pytest.raises(ServiceError, match="backup_damaged"):
        desk.verify(name, "command")
    with pytest.raises(ServiceError, match="backup_damaged"):
        desk.restore_all(name, known_revisions(), force=True)
    assert tenants(database_url) == ["Как есть"]
    assert ("verify", "failed") in [run[:2] for run in runs(database_url)]


def test_another_key_opens_nothing_and_is_told_in_words(
    desk: BackupDesk, database_url: str, files: FileStore, tmp_path: Path
) -> None:
    name = desk.make("command").name
    stranger = open_desk(database_url, files, tmp_path, b"z" * 32)

    with pytest.raises(ServiceError) as refusal:
        stranger.verify(name, "command")
    assert refusal.value.code == "backup_key_wrong"
    assert "secret.key" in refusal.value.message
    stranger.make("command")
    assert {one.name for one in desk.look()} > {name}, "a foreign backup is never tidied away"
    # A name that pretends does not help: the list is signed.
    forged = f"20260101-000000-{stranger.archive.key.fingerprint}"
    (tmp_path / "backups" / name).rename(tmp_path / "backups" / forged)
    with pytest.raises(ServiceError, match="backup_damaged"):
        stranger.verify(forged, "command")


def test_two_never_run_at_once(desk: BackupDesk) -> None:
    with desk.log.only_one(), pytest.raises(ServiceError, match="backup_busy"):
        desk.make("command")


def test_a_backup_that_is_asked_to_stop_leaves_nothing(desk: BackupDesk, database_url: str) -> None:
    stop = threading.Event()
    stop.set()

    with pytest.raises(ServiceError, match="backup_stopped"):
        desk.make("daily", stop)
    assert desk.look() == []
    assert [run[:2] for run in runs(database_url)] == [("backup", "failed")]


def test_a_database_that_is_away_fails_the_backup_and_says_why(
    files: FileStore, tmp_path: Path, desk: BackupDesk
) -> None:
    tools = dumping.find_tools(16)
    with pytest.raises(ServiceError) as refusal:
        list(dumping.dump("postgresql://nobody:secret@127.0.0.1:1/none?connect_timeout=1", tools))
    assert refusal.value.code == "backup_failed"
    assert "secret" not in refusal.value.message


def test_a_server_newer_than_the_programs_is_told_in_words() -> None:
    with pytest.raises(ServiceError) as refusal:
        dumping.find_tools(99)
    assert refusal.value.code == "backup_tools_old"
    assert "99" in refusal.value.message


def test_a_dump_that_breaks_off_changes_nothing(empty_url: str) -> None:
    def script() -> Iterator[bytes]:
        yield b"create schema public; create table public.half (id int);\n"
        yield b"copy public.half (id) from stdin;\n1\n2\n"
        raise RuntimeError("the power went off")

    tools = dumping.find_tools(dumping.server_version(empty_url))
    with pytest.raises(RuntimeError):
        dumping.load(empty_url, tools, script(), replace=True)
    with psycopg.connect(empty_url) as connection:
        row = connection.execute("select to_regclass('public.half')").fetchone()
    assert row == (None,)


def test_a_full_disk_is_noticed_before_anything_is_written(
    desk: BackupDesk, database_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "insert into backup_runs (kind, trigger, place, status, size)"
            " values ('backup', 'daily', '', 'ok', %s)",
            (10**17,),
        )
    with pytest.raises(ServiceError, match="backup_space"):
        desk.make("command")
    assert not any((tmp_path / "backups").iterdir())


def test_what_the_rules_do_not_keep_is_removed_and_so_is_what_was_broken_off(
    desk: BackupDesk, tmp_path: Path
) -> None:
    name = desk.make("command").name
    own = desk.archive.key.fingerprint
    folder = tmp_path / "backups"
    for day in range(1, 29):
        old = folder / f"202602{day:02d}-000000-{own}"
        old.mkdir()
        (old / LIST).write_text("{}")
    half = folder / f"20260301-000000-{own}"
    half.mkdir()
    (half / OBJECTS["database"]).write_bytes(b"half")
    stranger = folder / "20200101-000000-00000000"
    stranger.mkdir()
    (stranger / LIST).write_text("{}")

    making.forget_old(desk.archive, making.Rules())

    left = sorted(path.name for path in folder.iterdir())
    assert left[0] == stranger.name
    assert left[-1] == name
    assert half.name not in left
    assert 8 <= len(left) <= 13


class Stalling:
    """Lets a test do something while the storage holds an upload."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.reached = threading.Event()
        self.release = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "PUT" and not self.release.is_set():
            self.reached.set()
            await asyncio.to_thread(self.release.wait, 30)
        await self._app(scope, receive, send)


async def test_one_that_is_killed_halfway_does_not_count_and_the_next_one_works(
    desk: BackupDesk, database_url: str, files: FileStore, tmp_path: Path
) -> None:
    stalling = Stalling(create_s3_app(S3State()))
    with served(stalling) as url:
        settings = {
            "s3_bucket": "backups",
            "s3_endpoint": url,
            "s3_key": "sandbox-key",
            "s3_secret": "sandbox-secret",
        }
        environment = {f"BACKUP_{name.upper()}": value for name, value in settings.items()}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "insurance_chat", "backup"),
            env=os.environ
            | environment
            | {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "other")},
        )
        assert await asyncio.to_thread(stalling.reached.wait, 60)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        stalling.release.set()
        secret = SecretStr("sandbox-secret")
        there = open_desk(database_url, files, tmp_path, **{**settings, "s3_secret": secret})
        assert not [one for one in there.look() if one.complete]
        made = await asyncio.to_thread(there.make, "daily")
        assert [one.name for one in there.look() if one.complete] == [made.name]
        assert (await asyncio.to_thread(there.verify, "", "command")).name == made.name
    first, second, _ = runs(database_url)
    assert first[:2] == ("backup", "failed")
    assert "Прервано" in str(first[2])
    assert second[:2] == ("backup", "ok")
