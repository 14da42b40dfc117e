"""What happens before the first request: one copy per data folder, a free port, a ready database."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.db.embedded_tools import folder_refusal
from insurance_chat.core.errors import Kind, ServiceError, unavailable
from insurance_chat.core.oslock import OsLock
from insurance_chat.main.settings import Settings


@contextmanager
def only_copy(settings: Settings) -> Iterator[None]:
    """Hold the data folder for one running service.

    Raises:
        ServiceError: `already_running` or `data_dir`.
    """
    folder = settings.core.data_dir.expanduser().resolve()
    lock = OsLock(folder / "run.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = lock.acquire()
    except OSError as problem:
        raise folder_refusal(folder, problem) from problem
    if not free:
        raise ServiceError(
            "already_running",
            Kind.CONFLICT,
            f"Сервис с папкой данных {folder} уже запущен (процесс {lock.holder()}). "
            "Остановите его или укажите другую папку в DATA_DIR.",
        )
    try:
        yield
    finally:
        lock.release()


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Take the port before anything slow happens, so that a busy one is reported at once.

    Raises:
        ServiceError: `port_busy`, `port_forbidden` or `host_wrong`.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        server = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform == "win32":
            server.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((host, port))
        server.listen(2048)
    except OSError as problem:
        raise _port_refusal(host, port, problem) from problem
    with server:
        yield server


@contextmanager
def database(settings: Settings, shared: bool = True) -> Iterator[Settings]:
    """Have a database: the one of `DATABASE_URL`, or the embedded one for as long as needed.

    Args:
        settings: as loaded.
        shared: use the server of another living process of this data folder, if there is one.

    Yields:
        Settings whose `core.database_url` is never empty.

    Raises:
        ServiceError: the embedded database cannot be started; see `EmbeddedPostgres.start`.
    """
    if settings.core.database_url:
        yield settings
        return
    server = EmbeddedPostgres(settings.core.data_dir)
    try:
        yield with_database(settings, server.start(shared))
    finally:
        server.stop()


def with_database(settings: Settings, dsn: str) -> Settings:
    """The same settings with the address of the database filled in."""
    return with_setting(settings, "database_url", dsn)


def setting(settings: Settings, name: str, default: Any = "") -> Any:
    """A setting by its lower-case environment name, whichever slice owns it."""
    owner, field = _owner(settings, name)
    return getattr(getattr(settings, owner), field) if owner else default


def with_setting(settings: Settings, name: str, value: Any) -> Settings:
    """A copy where one setting, by its lower-case environment name, has another value."""
    owner, field = _owner(settings, name)
    if not owner:
        return settings
    changed = getattr(settings, owner).model_copy(update={field: value})
    return settings.model_copy(update={owner: changed})


def _owner(settings: Settings, name: str) -> tuple[str, str]:
    for part in type(settings).model_fields:
        kind = type(getattr(settings, part))
        prefix = str(kind.model_config.get("env_prefix") or "").lower()
        field = name.removeprefix(prefix)
        if name.startswith(prefix) and field in kind.model_fields:
            return part, field
    return "", ""


def _port_refusal(host: str, port: int, problem: OSError) -> ServiceError:
    if problem.errno == errno.EADDRINUSE or getattr(problem, "winerror", 0) == 10048:
        return unavailable(
            "port_busy",
            f"Порт {port} уже занят другой программой. Закройте её или выберите другой порт "
            "настройкой PORT, например PORT=8080.",
        )
    if isinstance(problem, PermissionError):
        return unavailable(
            "port_forbidden",
            f"Система не разрешает занять порт {port}. Выберите порт больше 1024 настройкой PORT.",
        )
    return unavailable(
        "host_wrong",
        f"Нельзя слушать на адресе {host} ({problem.strerror or problem}). Исправьте настройку "
        "HOST: 127.0.0.1 — только этот компьютер, 0.0.0.0 — вся сеть.",
    )
