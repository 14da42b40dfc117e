"""The embedded database starts anywhere and outlives every kind of death."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.errors import ServiceError

KILLED_OWNER = """
import os, pathlib, signal, sys, psutil
from insurance_chat.core.db.embedded import EmbeddedPostgres
print(EmbeddedPostgres(pathlib.Path(sys.argv[1])).start(), flush=True)
psutil.Process().kill()
"""


def _write(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create table if not exists note (text text)")
        connection.execute("insert into note values ('Ёлка')")


def _count(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select count(*) from note").fetchone()
        assert row is not None
        return int(row[0])


def _server_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def _alive(pid: int) -> bool:
    # A container without an init process keeps the entry of an ended one.
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_data_written_before_a_stop_are_there_after_the_next_start(
    postgres: EmbeddedPostgres,
) -> None:
    _write(postgres.start())
    postgres.stop()
    assert not postgres.running()
    assert _count(postgres.start()) == 1


def test_writes_are_durable_and_only_this_computer_may_connect(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.start()) as connection:
        shown = {
            name: connection.execute(f"show {name}").fetchone()
            for name in ("fsync", "synchronous_commit", "listen_addresses", "data_checksums")
        }
    assert shown == {
        "fsync": ("on",),
        "synchronous_commit": ("on",),
        "listen_addresses": ("127.0.0.1",),
        "data_checksums": ("on",),
    }


def test_the_password_is_needed_and_readable_by_the_owner_only(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    dsn = postgres.start()
    password = json.loads((data_dir / "postgres.json").read_text())["password"]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(dsn.replace(password, "wrong"))
    if os.name == "posix":
        assert (data_dir / "postgres.json").stat().st_mode & 0o777 == 0o600


def test_russian_letters_are_compared_without_case(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.start()) as connection:
        row = connection.execute("select lower('ПОЛИС ЁЖ')").fetchone()
    assert row == ("полис ёж",)


def test_vectors_are_available(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.start()) as connection:
        connection.execute("create extension vector")
        row = connection.execute("select '[1,2]'::vector <-> '[1,2]'::vector").fetchone()
    assert row == (0.0,)


def test_a_path_with_spaces_and_russian_letters_works(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "Мои документы" / "страховой чат")
    try:
        _write(server.start())
    finally:
        server.stop()


def test_a_server_that_outlived_its_killed_process_is_adopted(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    died = subprocess.run(
        [sys.executable, "-c", KILLED_OWNER, str(data_dir)], capture_output=True, text=True
    )
    assert died.returncode != 0
    orphan = _server_pid(data_dir)
    _write(died.stdout.strip())
    assert _count(postgres.start()) == 1
    assert _server_pid(data_dir) == orphan
    postgres.stop()
    assert not _alive(orphan)


def test_a_killed_database_recovers_by_itself(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    _write(postgres.start())
    psutil.Process(_server_pid(data_dir)).kill()
    time.sleep(0.2)
    postgres.stop()
    assert _count(postgres.start()) == 1


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    _write(postgres.start())
    pid_file = data_dir / "postgres" / "postmaster.pid"
    left = pid_file.read_text().splitlines()
    postgres.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *left[1:]]) + "\n")
    assert not postgres.running()
    assert _count(postgres.start()) == 1


def test_a_lost_password_file_does_not_lose_the_data(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    _write(postgres.start())
    postgres.stop()
    (data_dir / "postgres.json").unlink()
    assert _count(postgres.start()) == 1


def test_an_occupied_database_port_is_replaced(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    _write(postgres.start())
    postgres.stop()
    port = json.loads((data_dir / "postgres.json").read_text())["port"]
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        dsn = postgres.start()
        assert str(port) not in dsn.rpartition("@")[2]
        assert _count(dsn) == 1


def test_a_second_start_on_the_same_folder_says_that_it_is_running(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    dsn = postgres.start()
    second = EmbeddedPostgres(data_dir)
    with pytest.raises(ServiceError) as refusal:
        second.start()
    assert refusal.value.code == "already_running"
    assert "уже запущен" in refusal.value.message
    assert second.start(shared=True) == dsn
    second.stop()
    assert postgres.running()


def test_a_half_made_cluster_of_a_killed_first_start_is_made_anew(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    (data_dir / "postgres.new" / "base").mkdir(parents=True)
    _write(postgres.start())
    assert not (data_dir / "postgres.new").exists()


def test_a_folder_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(ServiceError) as refusal:
        EmbeddedPostgres(tmp_path / "var").start()
    assert refusal.value.code == "data_dir"
    assert "DATA_DIR" in refusal.value.message
