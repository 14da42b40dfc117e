"""Folders on the server: only inside the tenant's own place, never through a link out of it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from insurance_chat.core.errors import ServiceError, invalid, not_found
from insurance_chat.knowledge.sources.listing import MOST_LINKS

SCHEME = "folder:"
_HIDDEN = re.compile(r"(?:^[.~])|(?:\.(?:tmp|part|crdownload)$)", re.I)


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file of a watched folder; `etag` changes when it is written anew."""

    url: str
    path: Path
    etag: str


def tenant_root(root: Path, slug: str) -> Path:
    """The place of one tenant; another tenant's files are out of its reach."""
    return root.resolve() / slug


def address_of(path: str) -> str:
    """A folder as it stands in the table: `folder:тарифы/осаго`.

    Raises:
        ServiceError: `source_folder`.
    """
    parts = [part for part in path.strip().replace("\\", "/").strip("/").split("/") if part != "."]
    if any(part in ("..", "") or ":" in part or "\x00" in part for part in parts if parts != [""]):
        raise _wrong()
    return SCHEME + "/".join(part for part in parts if part)


def list_files(root: Path, url: str) -> list[FolderFile]:
    """Files of a folder and the folders below it, by name. Blocks.

    Args:
        root: of the tenant.
        url: as `address_of` gives it.

    Raises:
        ServiceError: `source_folder_missing`, `source_folder` for one outside of the root.
    """
    folder = _inside(root, url)
    if not folder.is_dir():
        raise not_found("source_folder_missing", f"Папки «{folder}» нет на сервере.")
    found = []
    for path in sorted(folder.rglob("*")):
        own = path.relative_to(folder)
        if any(_HIDDEN.search(part) for part in own.parts) or not _belongs(root, path):
            continue
        state = path.stat()
        etag = hashlib.sha256(f"{state.st_mtime_ns}:{state.st_size}".encode()).hexdigest()[:32]
        address = SCHEME + path.relative_to(root).as_posix()
        found.append(FolderFile(address, path, etag))
        if len(found) >= MOST_LINKS:
            break
    return found


def read_file(root: Path, url: str, most_bytes: int) -> bytes:
    """A file of a watched folder. Blocks.

    Raises:
        ServiceError: `source_gone`, `link_too_large`, `source_folder`.
    """
    path = _inside(root, url)
    if not _belongs(root, path):
        raise not_found("source_gone", "Файла больше нет.")
    if path.stat().st_size > most_bytes:
        raise invalid("link_too_large", f"Файл больше {most_bytes // 1024 // 1024} МБ.")
    return path.read_bytes()


def _inside(root: Path, url: str) -> Path:
    path = (root / url.removeprefix(SCHEME)).resolve()
    if not path.is_relative_to(root.resolve()):
        raise _wrong()
    return path


def _belongs(root: Path, path: Path) -> bool:
    """A real file, and not a link that leads elsewhere."""
    return path.is_file() and path.resolve().is_relative_to(root.resolve())


def _wrong() -> ServiceError:
    return invalid("source_folder", "Укажите папку внутри папки источников, например «тарифы».")
