"""How a backup lies in a storage: a folder with sealed parts and, last of all, its list of contents.

A backup without the list does not count: it was broken off while it was written.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import obstore

from insurance_chat.core.backups.sealing import BackupKey, damaged
from insurance_chat.core.errors import ServiceError, invalid, not_found
from insurance_chat.core.storage import PIECE_BYTES, Place, storage_errors
from insurance_chat.core.uploading import upload

LIST = "manifest.json"
FORMAT = 1
DATABASE, FILES = "database", "files"
OBJECTS = {DATABASE: "database.sql.gz.sealed", FILES: "files.tar.sealed"}
_NAME = re.compile(r"(\d{8}-\d{6})-([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed object.

    Args:
        name: `database` or `files`.
        size, sha256: of the object as it is stored.
        items: files inside; 0 for the database.
    """

    name: str
    size: int
    sha256: str
    items: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Args:
        revision: the migration that the database stood at.
        server: major version of the PostgreSQL it comes from.
        tools: major version of the pg_dump that wrote it.
    """

    name: str
    revision: str
    server: int
    tools: int
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    def part(self, name: str) -> Part:
        """One part.

        Raises:
            ServiceError: `backup_damaged` when there is none.
        """
        for part in self.parts:
            if part.name == name:
                return part
        raise damaged(name)


@dataclass(frozen=True, slots=True)
class Stored:
    """A backup as a look at the storage shows it.

    Args:
        made_at: when it was begun, UTC.
        complete: it was written to its end.
        own: it was made with the key of this installation.
    """

    name: str
    made_at: datetime
    size: int
    complete: bool
    own: bool


class Archive:
    """Backups in one storage.

    Args:
        place: the storage.
        key: of the installation.
    """

    def __init__(self, place: Place, key: BackupKey) -> None:
        self.place = place
        self.key = key

    def new_name(self, now: datetime) -> str:
        """Name of a backup that begins now: its moment (UTC) and which key it needs."""
        return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{self.key.fingerprint}"

    def look(self) -> list[Stored]:
        """All backups, also broken-off and foreign ones, newest first.

        Raises:
            ServiceError: `storage_unavailable`, `storage_forbidden`.
        """
        sizes: dict[str, int] = {}
        complete = set()
        with storage_errors(self.place.title):
            for batch in obstore.list(self.place.store):
                for item in batch:
                    name, _, inside = item["path"].partition("/")
                    if _NAME.fullmatch(name):
                        sizes[name] = sizes.get(name, 0) + int(item["size"])
                        complete |= {name} if inside == LIST else set()
        found = [self._stored(name, size, name in complete) for name, size in sizes.items()]
        return sorted(found, key=lambda one: one.name, reverse=True)

    def _stored(self, name: str, size: int, complete: bool) -> Stored:
        stamp, _, fingerprint = name.rpartition("-")
        made_at = datetime.strptime(stamp, "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        return Stored(name, made_at, size, complete, fingerprint == self.key.fingerprint)

    def newest(self) -> str:
        """Name of the last complete backup.

        Raises:
            ServiceError: `backup_not_found`.
        """
        for one in self.look():
            if one.complete:
                return one.name
        raise not_found("backup_not_found", f"В хранилище {self.place.title} нет резервных копий.")

    def write(self, backup: str, part: str, content: Iterable[bytes]) -> Part:
        """Seal a stream into the storage.

        Returns:
            The part with its size and hash; `items` are the caller's.

        Raises:
            ServiceError: `storage_unavailable`, `storage_forbidden`, or what the stream raises.
        """
        meter = _Meter()
        sealed = meter.count(self.key.seal(part, content))
        with storage_errors(self.place.title):
            upload(self.place.store, f"{backup}/{OBJECTS[part]}", sealed)
        return Part(part, meter.size, meter.hash.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """Write the list of contents: from now on the backup counts."""
        body = {"format": FORMAT, **asdict(manifest)}
        body["mac"] = self.key.sign(_canonical(body))
        text = json.dumps(body, ensure_ascii=False, indent=2).encode()
        with storage_errors(self.place.title):
            obstore.put(self.place.store, f"{manifest.name}/{LIST}", text)

    def manifest(self, backup: str) -> Manifest:
        """Read and check the list of contents.

        Raises:
            ServiceError: `backup_not_found`, `backup_key_wrong`, `backup_damaged`.
        """
        named = _NAME.fullmatch(backup)
        if named is None:
            raise _unknown(backup)
        try:
            with storage_errors(self.place.title, reading=True):
                text = bytes(obstore.get(self.place.store, f"{backup}/{LIST}").bytes())
        except FileNotFoundError as missing:
            raise _unknown(backup) from missing
        if named.group(2) != self.key.fingerprint:
            raise invalid(
                "backup_key_wrong",
                "Эта копия сделана с другим ключом. Положите ключ той установки в файл secret.key "
                "папки с данными или в настройку SECRET_KEY и повторите. Без того ключа прочитать "
                "копию нельзя.",
            )
        return self._checked(backup, text)

    def _checked(self, backup: str, text: bytes) -> Manifest:
        try:
            body: dict[str, Any] = json.loads(text)
            mac = str(body.pop("mac"))
            if mac != self.key.sign(_canonical(body)) or body.pop("format") != FORMAT:
                raise damaged(LIST)
            parts = tuple(Part(**part) for part in body.pop("parts"))
            manifest = Manifest(**body, parts=parts)
        except (ValueError, KeyError, TypeError, AttributeError) as broken:
            raise damaged(LIST) from broken
        if manifest.name != backup:
            raise damaged(LIST)
        return manifest

    def read(self, manifest: Manifest, part: str) -> Iterator[bytes]:
        """Decrypted content of a part; its hash is compared when the end is reached.

        Raises:
            ServiceError: `backup_damaged`, `storage_unavailable`.
        """
        known = manifest.part(part)
        meter = _Meter()
        yield from self.key.open(part, meter.count(self._stored_bytes(manifest.name, part)))
        if (meter.size, meter.hash.hexdigest()) != (known.size, known.sha256):
            raise damaged(part)

    def _stored_bytes(self, backup: str, part: str) -> Iterator[bytes]:
        try:
            with storage_errors(self.place.title, reading=True):
                result = obstore.get(self.place.store, f"{backup}/{OBJECTS[part]}")
                for piece in result.stream(min_chunk_size=PIECE_BYTES // 8):
                    yield bytes(piece)
        except FileNotFoundError as missing:
            raise damaged(part) from missing

    def remove(self, backup: str) -> None:
        """Forget a backup; its list goes first, so that a half-removed one does not count."""
        with storage_errors(self.place.title, reading=True):
            for inside in (LIST, *OBJECTS.values()):
                _delete(self.place.store, f"{backup}/{inside}")
        if self.place.folder is not None:
            folder = self.place.folder / backup
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


class _Meter:
    """Counts and hashes what passes through."""

    def __init__(self) -> None:
        self.size = 0
        self.hash = hashlib.sha256()

    def count(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.size += len(chunk)
            self.hash.update(chunk)
            yield chunk


def _delete(store: Any, path: str) -> None:
    try:
        obstore.delete(store, path)
    except FileNotFoundError:
        return


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _unknown(backup: str) -> ServiceError:
    return not_found(
        "backup_not_found", f"Резервной копии «{backup[:80]}» нет или она не закончена."
    )
