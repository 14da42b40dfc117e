"""PostgreSQL refuses to run as root, so under root it gets a system account of its own.

The account may pass through the parent folders of its data and binaries but not list them: a POSIX
access list entry is added where the folder is closed (for example `/root`), and nobody else gains
anything.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insurance_chat.core.errors import unavailable

ACCOUNT = "insurance-chat-db"

_ACL = "system.posix_acl_access"
_ACL_VERSION = 2
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NO_ID = 0xFFFFFFFF
_PASS = 0o1


@dataclass(frozen=True)
class Account:
    """The account that runs the database server; `uid` is None when it is the current one."""

    uid: int | None = None
    gid: int | None = None

    def process_options(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess.run` that start a program under this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give one file or folder to the account; does nothing when it is the current one."""
        if self.uid is not None and self.gid is not None and sys.platform != "win32":
            os.chown(path, self.uid, self.gid)

    def own_tree(self, folder: Path) -> None:
        """Give a folder with all its content, for data that was created under another user."""
        if self.uid is None or not folder.exists() or folder.stat().st_uid == self.uid:
            return
        self.own(folder)
        for path in folder.rglob("*"):
            self.own(path)


def database_account() -> Account:
    """Say who runs the database server: the current user, or under root a system account.

    Raises:
        ServiceError: `database_account` when root may not create or become another user.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return Account()
    import pwd  # noqa: PLC0415 - the module does not exist on Windows

    entry = _entry(pwd, ACCOUNT) or _created(pwd) or _entry(pwd, "nobody")
    if entry is None:
        raise unavailable(
            "database_account",
            "База данных не может работать от имени root, а отдельного пользователя создать "
            "не удалось. Запустите сервис от обычного пользователя.",
        )
    return Account(entry.pw_uid, entry.pw_gid)


def open_the_way(account: Account, folder: Path) -> None:
    """Let the account pass through the parents of `folder`; no right to list them is given.

    Raises:
        ServiceError: `database_account` when a parent folder stays closed.
    """
    if account.uid is None:
        return
    for parent in _closed_parents(account, folder):
        if _grant_by_list(parent, account.uid):
            continue
        try:
            parent.chmod(parent.stat().st_mode | _PASS)
        except OSError as problem:
            raise unavailable(
                "database_account",
                f"Папка {parent} закрыта для базы данных. Укажите в DATA_DIR другую папку, "
                "например /var/lib/insurance-chat.",
            ) from problem


def _entry(pwd: Any, name: str) -> Any | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _created(pwd: Any) -> Any | None:
    useradd = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    if useradd is None:
        return None
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    with contextlib.suppress(OSError):
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - fixed arguments
    return _entry(pwd, ACCOUNT)


def _closed_parents(account: Account, folder: Path) -> Iterator[Path]:
    for parent in reversed(folder.resolve().parents):
        state = parent.stat()
        if state.st_uid == account.uid or state.st_mode & _PASS:
            continue
        yield parent


if sys.platform == "linux":

    def _grant_by_list(folder: Path, uid: int) -> bool:
        """Add `user:uid:--x` to the folder's access list; False where lists are unsupported."""
        try:
            entries = _entries(folder)
            entries[_USER, uid] = entries.get((_USER, uid), 0) | _PASS
            entries[_MASK, _NO_ID] = entries.get((_MASK, _NO_ID), 0) | _PASS
            packed = b"".join(
                struct.pack("<HHI", tag, rights, who)
                for (tag, who), rights in sorted(entries.items())
            )
            os.setxattr(folder, _ACL, struct.pack("<I", _ACL_VERSION) + packed)
        except OSError:
            return False
        return True

    def _entries(folder: Path) -> dict[tuple[int, int], int]:
        try:
            raw = os.getxattr(folder, _ACL)
        except OSError:
            mode = folder.stat().st_mode
            owner, group, other = (mode >> 6) & 7, (mode >> 3) & 7, mode & 7
            return {
                (_USER_OBJ, _NO_ID): owner,
                (_GROUP_OBJ, _NO_ID): group,
                (_MASK, _NO_ID): group,
                (_OTHER, _NO_ID): other,
            }
        found = {}
        for tag, rights, who in struct.iter_unpack("<HHI", raw[4:]):
            found[tag, who] = rights
        return found

else:

    def _grant_by_list(folder: Path, uid: int) -> bool:
        return False
