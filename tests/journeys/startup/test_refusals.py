"""Whatever is wrong at start is said in a plain Russian sentence, never in a traceback."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from insurance_chat.core.db.embedded_tools import failure, folder_refusal
from insurance_chat.core.oslock import OsLock

if TYPE_CHECKING:
    from tests.journeys.startup.conftest import Service

COMMANDS = (
    *("run", "api", "web", "sandbox", "worker", "migrate", "seed"),
    *("create-admin", "backup", "restore", "doctor", "version", "docs"),
)


def _refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    for word in words:
        assert word in done.stderr


def test_help_lists_every_command_in_russian(service: Service) -> None:
    page = service.command("--help")
    assert page.returncode == 0
    assert "Команды:" in page.stdout
    for name in COMMANDS:
        assert f"\n  {name} " in page.stdout


def test_an_unknown_command_is_answered_with_the_way_to_help(service: Service) -> None:
    _refused(service.command("fly"), 2, "--help")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "восемь", ("PORT", "целым числом", "восемь")),
        ("PORT", "70000", ("PORT", "не больше 65535")),
        ("POLIS_ONLINE_TIMEOUT_SECONDS", "0", ("POLIS_ONLINE_TIMEOUT_SECONDS", "больше 0")),
        ("SECRET_KEY", "short", ("SECRET_KEY", "32 байт")),
        ("DATABASE_URL", "mysql://me@db/x", ("DATABASE_URL", "postgresql://")),
        ("PUBLIC_URL", "chat.example.ru", ("PUBLIC_URL", "https://")),
        ("LOG_LEVEL", "loud", ("LOG_LEVEL", "может быть только такой")),
    ],
)
def test_a_wrong_setting_is_named(
    service: Service, name: str, value: str, words: tuple[str, ...]
) -> None:
    _refused(service.command("migrate", **{name: value}), 2, *words)


def test_a_settings_file_in_a_wrong_encoding_is_named(service: Service, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("MAIL_FROM_NAME=Страховая".encode("cp1251"))
    _refused(service.command("migrate"), 2, ".env", "UTF-8")


def test_a_busy_port_is_named_with_the_way_out(service: Service, free_port: int) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", free_port))
        stranger.listen()
        _refused(service.command("run"), 1, f"Порт {free_port}", "PORT=")


def test_a_data_folder_in_use_is_named(service: Service, data_dir: Path) -> None:
    data_dir.mkdir()
    lock = OsLock(data_dir / "run.lock")
    assert lock.acquire()
    try:
        done = service.command("run")
        _refused(done, 1, "уже запущен", str(os.getpid()))
    finally:
        lock.release()


def test_the_lock_of_a_dead_process_does_not_count(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "run.lock").write_text("1\n")
    lock = OsLock(data_dir / "run.lock")
    assert lock.acquire()
    lock.release()


def test_a_data_folder_that_is_a_file_is_named(service: Service, data_dir: Path) -> None:
    data_dir.write_text("")
    _refused(service.command("migrate"), 1, str(data_dir), "DATA_DIR")


def test_an_unreachable_database_is_named_without_its_password(
    service: Service, free_port: int
) -> None:
    address = f"postgresql://me:verysecret@127.0.0.1:{free_port}/x"
    done = service.command("migrate", DATABASE_URL=address)
    _refused(done, 1, "База данных не отвечает", "DATABASE_URL")
    assert "verysecret" not in done.stderr


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (errno.ENOSPC, "не осталось места"),
        (errno.EACCES, "нельзя писать"),
        (errno.EROFS, "нельзя писать"),
        (errno.ENOTDIR, "файл, а не папка"),
    ],
)
def test_a_failing_disk_is_explained(code: int, word: str) -> None:
    refusal = folder_refusal(Path("var"), OSError(code, os.strerror(code)))
    assert word in refusal.message


def test_a_disk_that_fills_up_while_the_database_is_made_is_explained() -> None:
    output = "initdb: error: could not write to file: No space left on device"
    assert (
        "не осталось места" in failure(Path("var"), "database_start", "Не вышло.", output).message
    )


def test_doctor_explains_an_installation_without_a_database(
    service: Service, free_port: int
) -> None:
    address = f"postgresql://me:verysecret@127.0.0.1:{free_port}/x"
    done = service.command("doctor", DATABASE_URL=address)
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stdout
    assert "verysecret" not in done.stdout


def test_doctor_finds_a_fresh_installation_healthy(service: Service) -> None:
    done = service.command("doctor", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    names = {check["name"] for check in report["checks"]}
    assert {"python", "disk", "data_dir", "database", "queue", "provider", "smtp"} <= names
