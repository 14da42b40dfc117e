"""PostgreSQL of our own in the data folder: nothing to install, nothing to configure."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from insurance_chat.core.db.embedded_account import database_account, open_the_way
from insurance_chat.core.db.embedded_tools import (
    NEWEST,
    Tools,
    failure,
    folder_refusal,
    free_megabytes,
    no_space,
)
from insurance_chat.core.errors import Kind, ServiceError, unavailable
from insurance_chat.core.oslock import OsLock

HOST = "127.0.0.1"
ROLE = "insurance_chat"
DATABASE = "insurance_chat"
NEEDED_MEGABYTES = 200
PATIENCE_SECONDS = 3.0

_OPTIONS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_size": "0",
}
_HASTY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "scram_iterations": "1",
}


@dataclass(frozen=True)
class _Access:
    """What `postgres.json` keeps between starts."""

    port: int
    password: str


class EmbeddedPostgres:
    """Creates, starts, adopts and stops the database server of one data folder.

    A server that outlived its process (kill -9) is taken over by the next start.

    Args:
        data_dir: the data folder; the cluster lives in its sub-folder `postgres`.
        durable: False spares the disk where the data is thrown away anyway: a crash of the machine,
            not of a process, may spoil it. Never for the data of an installation.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._dir = data_dir.expanduser().resolve()
        self._cluster = self._dir / "postgres"
        self._lock = OsLock(self._dir / "postgres.lock")
        self._tools: Tools | None = None
        self._options = _OPTIONS if durable else _OPTIONS | _HASTY

    def start(self, shared: bool = False) -> str:
        """Have a server ready for work.

        Args:
            shared: when another living process already runs the server of this folder, use it
                instead of refusing; `stop` then leaves it alone.

        Returns:
            `postgresql://` address of the database with its password.

        Raises:
            ServiceError: `already_running`, `data_dir`, `disk_full`, `database_account`,
                `database_missing` or `database_start`; the message is a sentence for a person.
        """
        try:
            return self._start(shared)
        except OSError as problem:
            self._lock.release()
            raise folder_refusal(self._dir, problem) from problem
        except ServiceError:
            self._lock.release()
            raise

    def stop(self) -> None:
        """Stop the server if this object is responsible for it; twice does no harm."""
        if not self._lock.held:
            return
        try:
            for mode in ("fast", "immediate"):
                if not self.running():
                    break
                self._pg_ctl("stop", "-m", mode, "-w", "-t", "20")
        finally:
            self._lock.release()

    def running(self) -> bool:
        """True when a server of exactly this folder is alive, whoever started it."""
        return self._server() is not None

    def _start(self, shared: bool) -> str:
        self._dir.mkdir(parents=True, exist_ok=True)
        if not self._acquire(0 if shared else PATIENCE_SECONDS):
            if not shared:
                raise ServiceError(
                    "already_running",
                    Kind.CONFLICT,
                    f"Сервис с папкой данных {self._dir} уже запущен (процесс "
                    f"{self._lock.holder()}). Остановите его или укажите другую папку в DATA_DIR.",
                )
            return self._dsn(self._await_owner())
        account = database_account()
        open_the_way(account, self._cluster)
        version = self._cluster / "PG_VERSION"
        major = int(version.read_text().strip()) if version.exists() else NEWEST
        self._tools = Tools(account, major)
        account.own_tree(self._cluster)
        access = self._access() if version.exists() else self._create()
        if not self.running():
            access = self._launch(access)
        else:
            access = _Access(self._listening_port() or access.port, access.password)
        self._keep(access)
        dsn = self._dsn(access)
        self._await_connections(dsn)
        return dsn

    def _acquire(self, patience_seconds: float) -> bool:
        # A short command such as `doctor` may hold the server for a moment.
        deadline = time.monotonic() + patience_seconds
        while not self._lock.acquire():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)
        return True

    def _create(self) -> _Access:
        if free_megabytes(self._dir) < NEEDED_MEGABYTES:
            raise no_space(self._dir)
        access = _Access(_free_port(), secrets.token_urlsafe(24))
        self._keep(access)
        # Built aside and renamed, so a kill in the middle never leaves half a cluster.
        fresh, note = self._dir / "postgres.new", self._dir / "postgres.password"
        shutil.rmtree(fresh, ignore_errors=True)
        note.unlink(missing_ok=True)
        fresh.mkdir(mode=0o700)
        try:
            _write_private(note, access.password)
            self._used_tools.account.own(fresh)
            self._used_tools.account.own(note)
            code, output = self._used_tools.run(
                "initdb",
                *("-D", str(fresh), "-U", ROLE, "--pwfile", str(note), "-A", "scram-sha-256"),
                *("-E", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                *("--locale", "C", "--no-instructions"),
                cwd=fresh,
                timeout=180,
            )
        finally:
            note.unlink(missing_ok=True)
        if code != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise failure(
                self._dir, "database_start", "Не удалось создать встроенную базу данных.", output
            )
        if self._cluster.exists():
            self._cluster.rmdir()
        fresh.rename(self._cluster)
        return access

    def _launch(self, access: _Access) -> _Access:
        self._clear_foreign_pid_file()
        if not _port_is_free(access.port):
            access = _Access(_free_port(), access.password)
        options = " ".join(f"-c {name}={value}" for name, value in self._options.items())
        code, output = -1, ""
        # Back-ends of a killed server need a moment to notice it; until then a start is refused.
        for _attempt in range(4):
            code, output = self._pg_ctl(
                *("start", "-w", "-t", "120", "-l", str(self._cluster / "start.log")),
                *("-o", f"-p {access.port} {options}"),
                timeout=150,
            )
            if code == 0:
                return access
            output += self._last_log()
            if "still in use" not in output:
                break
            time.sleep(1)
        raise failure(self._dir, "database_start", "Встроенная база данных не запустилась.", output)

    def _pg_ctl(self, *arguments: str, timeout: float = 60) -> tuple[int, str]:
        return self._used_tools.run(
            "pg_ctl", "-D", str(self._cluster), *arguments, cwd=self._cluster, timeout=timeout
        )

    @property
    def _used_tools(self) -> Tools:
        if self._tools is None:
            self._tools = Tools(database_account())
        return self._tools

    def _last_log(self) -> str:
        with contextlib.suppress(OSError):
            files = [self._cluster / "start.log", *self._cluster.glob("log/*.log")]
            newest = max(files, key=lambda file: file.stat().st_mtime)
            return "\n".join(newest.read_text("utf-8", "replace").splitlines()[-20:])
        return ""

    def _pid_file(self) -> list[str]:
        with contextlib.suppress(OSError):
            return (self._cluster / "postmaster.pid").read_text("utf-8", "replace").splitlines()
        return []

    def _listening_port(self) -> int | None:
        lines = self._pid_file()
        return int(lines[3]) if len(lines) > 3 and lines[3].strip().isdigit() else None

    def _server(self) -> psutil.Process | None:
        lines = self._pid_file()
        if not lines or not lines[0].strip().isdigit():
            return None
        return _postgres_in(self._cluster, int(lines[0]))

    def _clear_foreign_pid_file(self) -> None:
        # After a reboot the pid may belong to a stranger, and PostgreSQL would refuse to start.
        if self._pid_file() and not _any_postgres_in(self._cluster):
            (self._cluster / "postmaster.pid").unlink(missing_ok=True)

    def _await_owner(self) -> _Access:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.running():
                access = self._read_access()
                if access is not None:
                    self._await_connections(self._dsn(access))
                    return access
            time.sleep(0.2)
        raise unavailable(
            "database_start", "Другой процесс сервиса занял базу данных, но не запустил её."
        )

    def _await_connections(self, dsn: str) -> None:
        deadline = time.monotonic() + 120
        while True:
            try:
                self._ensure_database(dsn)
                return
            except psycopg.OperationalError as problem:
                if time.monotonic() > deadline or not self.running():
                    raise failure(
                        self._dir,
                        "database_start",
                        "Встроенная база данных не отвечает.",
                        f"{problem}\n{self._last_log()}",
                    ) from problem
                time.sleep(0.2)

    def _ensure_database(self, dsn: str) -> None:
        service = dsn.rpartition("/")[0] + "/postgres"
        with psycopg.connect(service, autocommit=True, connect_timeout=10) as connection:
            known = connection.execute(
                "select 1 from pg_database where datname = %s", (DATABASE,)
            ).fetchone()
            if known is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))

    def _dsn(self, access: _Access) -> str:
        return f"postgresql://{ROLE}:{quote(access.password)}@{HOST}:{access.port}/{DATABASE}"

    def _read_access(self) -> _Access | None:
        try:
            kept = json.loads((self._dir / "postgres.json").read_text("utf-8"))
            return _Access(int(kept["port"]), str(kept["password"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def _access(self) -> _Access:
        return self._read_access() or self._renew_access()

    def _renew_access(self) -> _Access:
        """The password file was lost: set a new password in single-user mode."""
        if self.running():
            self._pg_ctl("stop", "-m", "fast", "-w")
        self._clear_foreign_pid_file()
        access = _Access(_free_port(), secrets.token_urlsafe(24))
        code, output = self._used_tools.run(
            "postgres",
            *("--single", "-D", str(self._cluster), "postgres"),
            cwd=self._cluster,
            text=f"alter role {ROLE} password '{access.password}'\n",
        )
        if code != 0:
            raise failure(
                self._dir, "database_start", "Не удалось открыть встроенную базу данных.", output
            )
        self._keep(access)
        return access

    def _keep(self, access: _Access) -> None:
        if self._read_access() != access:
            _write_private(self._dir / "postgres.json", json.dumps(asdict(access)))


def _write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only."""
    draft = path.with_name(path.name + ".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _postgres_in(cluster: Path, pid: int) -> psutil.Process | None:
    """The process, if it is a PostgreSQL server whose working folder is the cluster."""
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or "postgres" not in process.name().lower():
            return None
        return process if Path(process.cwd()).samefile(cluster) else None
    return None


def _any_postgres_in(cluster: Path) -> bool:
    return any(_postgres_in(cluster, pid) for pid in psutil.pids())


def _port_is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":  # on Windows the option would allow a port in use
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
