"""Streams a whole database out with `pg_dump` and back in with `psql`; nothing is kept in memory."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from insurance_chat.core.db.embedded_tools import binaries, program_environment
from insurance_chat.core.errors import ServiceError, unavailable

BUNDLED = (16, 18)
READ_BYTES = 256 * 1024
ENDING = b"PostgreSQL database dump complete"
_NO_WINDOW = 0x08000000

# Everything goes or nothing: psql ends without a commit when its input breaks off.
_BEGIN = b"set lock_timeout = '30s';\nbegin;\n"
# A dump of one schema makes it; "restrict" refuses if somebody has put a table there meanwhile.
_EMPTY = b"drop schema public restrict;\n"
_REPLACED = b"drop schema public cascade;\n"
_COMMIT = b"\ngrant usage on schema public to public;\ncommit;\n"


@dataclass(frozen=True, slots=True)
class DumpTools:
    """`pg_dump` and `psql` of one major version."""

    folder: Path
    version: int

    def program(self, name: str) -> str:
        """Path of a program."""
        return str(self.folder / (f"{name}.exe" if sys.platform == "win32" else name))


def find_tools(server: int) -> DumpTools:
    """The oldest programs that can talk to a server, so that what they write suits it.

    Args:
        server: its major version.

    Raises:
        ServiceError: `backup_tools_old` when ours, and those of the system, are older than the server.
    """
    for version in BUNDLED:
        if version >= server:
            with contextlib.suppress(ServiceError):
                return DumpTools(binaries(version), version)
    found = shutil.which("pg_dump")
    version = _version_of(found) if found else 0
    if found and version >= server and shutil.which("psql", path=str(Path(found).parent)):
        return DumpTools(Path(found).parent, version)
    raise unavailable(
        "backup_tools_old",
        f"Ваш PostgreSQL версии {server} новее программы копирования pg_dump (есть версии до "
        f"{max(version, *BUNDLED)}). Установите на этот компьютер клиентские программы PostgreSQL "
        f"{server}, чтобы pg_dump и psql были в PATH.",
    )


def dump(url: str, tools: DumpTools) -> Iterator[bytes]:
    """All tables as SQL, as of one moment, while the service goes on working.

    Args:
        url: `postgresql://…`.

    Raises:
        ServiceError: `backup_failed` with the reason of pg_dump.
    """
    options = (
        *("--schema=public", "--encoding=UTF8"),
        *(f"--extension={name}" for name in _extensions(url)),
        *("--no-owner", "--no-privileges", "--no-comments", "--lock-wait-timeout=60s"),
    )
    with _running(tools, "pg_dump", url, *options, stdout=subprocess.PIPE) as (process, said):
        assert process.stdout is not None
        while piece := process.stdout.read(READ_BYTES):
            yield piece
        if process.wait() != 0:
            raise _failed("backup_failed", "База данных не скопирована.", said)


def load(url: str, tools: DumpTools, script: Iterable[bytes], *, replace: bool) -> None:
    """Run a dump in one transaction: either all of it is in the database afterwards or nothing.

    Args:
        script: what `dump` gave.
        replace: take away what the database has now, in the same transaction.

    Raises:
        ServiceError: `restore_failed` with the reason of psql; the database is as it was.
    """
    options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    with _running(tools, "psql", url, *options, **pipes) as (process, said):
        assert process.stdin is not None
        # A closed pipe means that psql has ended; its own words tell why.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(_BEGIN + (_REPLACED if replace else _EMPTY))
            for piece in script:
                process.stdin.write(piece)
            process.stdin.write(_COMMIT)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.close()
        if process.wait() != 0:
            raise _failed(
                "restore_failed", "База данных не восстановлена, она осталась прежней.", said
            )


def server_version(url: str) -> int:
    """Major version of the server.

    Raises:
        psycopg.Error: it does not answer.
    """
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        return connection.info.server_version // 10_000


def _extensions(url: str) -> list[str]:
    # pg_dump refuses to look for one that is not there.
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            rows = connection.execute("select extname from pg_extension where extname <> 'plpgsql'")
            return [row[0] for row in rows]
    except psycopg.OperationalError as problem:
        raise unavailable(
            "backup_failed", "База данных не отвечает, копия не сделана."
        ) from problem


@contextlib.contextmanager
def _running(
    tools: DumpTools, program: str, url: str, *options: str, **pipes: Any
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    parts: dict[str, Any] = {**conninfo_to_dict(url)}
    # On the command line any user of the machine could read the password.
    password = str(parts.pop("password", "") or "")
    environment = program_environment() | ({"PGPASSWORD": password} if password else {})
    for name in ("PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGPASSFILE", "PGSSLMODE"):
        if name in os.environ:
            environment[name] = os.environ[name]
    command = [tools.program(program), f"--dbname={make_conninfo(**parts)}", "--no-password"]
    flags: dict[str, Any] = {"creationflags": _NO_WINDOW} if sys.platform == "win32" else {}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            [*command, *options], stderr=said, env=environment, **pipes, **flags
        )
        try:
            yield process, said
        finally:
            if process.poll() is None:
                process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            process.wait()


def _failed(code: str, sentence: str, said: IO[bytes]) -> ServiceError:
    said.seek(0)
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    # Only lines with an error: the others may quote rows.
    reason = next(
        (line for line in lines if "rror:" in line or "FATAL" in line or "ERROR" in line), ""
    )
    return unavailable(code, f"{sentence} Причина: {reason[:300]}" if reason else sentence)


def _version_of(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    words = [word for word in said.stdout.split() if word[:1].isdigit()]
    return int(words[0].split(".")[0]) if words else 0
