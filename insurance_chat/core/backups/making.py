"""Makes a backup, verifies it, and forgets the old ones."""

from __future__ import annotations

import shutil
import threading
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from insurance_chat.core.backups.archive import DATABASE, FILES, Archive, Manifest
from insurance_chat.core.backups.files_part import pack
from insurance_chat.core.backups.repository import RunLog
from insurance_chat.core.backups.rotation import Rules, kept
from insurance_chat.core.backups.sealing import damaged
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.dumping import ENDING, dump, find_tools, server_version
from insurance_chat.core.errors import ServiceError, unavailable
from insurance_chat.core.files import FileStore

LEVEL = 6
GZIP = 31  # zlib's name for a gzip header with the largest window
SPARE_BYTES = 100_000_000
GROWTH = 1.5
TAIL_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: one database and the files beside it."""

    url: str
    files: FileStore


def make(source: Source, archive: Archive, log: RunLog, stop: threading.Event) -> Manifest:
    """Write a backup and read it back; only then does it count.

    The database goes first: a file that it names is there when the files follow.

    Args:
        stop: set by somebody who cannot wait; the attempt then fails.

    Raises:
        ServiceError: `backup_failed`, `backup_space`, `backup_stopped`, `backup_tools_old`,
            `storage_unavailable`, `storage_forbidden`.
    """
    _check_space(source, archive, log)
    server = server_version(source.url)
    tools = find_tools(server)
    name = archive.new_name(utcnow())
    try:
        script = until(stop, dump(source.url, tools))
        database = archive.write(name, DATABASE, compress(script))
        count = _Count()
        files = archive.write(name, FILES, until(stop, pack(source.files, count.one_more)))
        parts = (database, replace(files, items=count.value))
        manifest = Manifest(name, log.revision(), server, tools.version, parts)
        verify(archive, manifest, stop)
        archive.finish(manifest)
    except BaseException:
        archive.remove(name)
        raise
    return manifest


def verify(archive: Archive, manifest: Manifest, stop: threading.Event) -> None:
    """Read a whole backup: every byte is what was written, and the database was written to its end.

    Raises:
        ServiceError: `backup_damaged`, `backup_stopped`, `storage_unavailable`.
    """
    tail = b""
    for piece in decompress(until(stop, archive.read(manifest, DATABASE))):
        tail = (tail + piece)[-TAIL_BYTES:]
    if ENDING not in tail:
        raise damaged(DATABASE)
    for _ in until(stop, archive.read(manifest, FILES)):
        continue


def forget_old(archive: Archive, rules: Rules) -> list[str]:
    """Remove what the rules do not keep, and what was broken off; never what another key made.

    Call while holding the lock: a backup being written looks like a broken-off one.

    Returns:
        Names of what was removed.
    """
    own = [one for one in archive.look() if one.own]
    keep = kept([one.made_at for one in own if one.complete], rules)
    gone = [one.name for one in own if not one.complete or one.made_at not in keep]
    for name in gone:
        archive.remove(name)
    return gone


def compress(script: Iterable[bytes]) -> Iterator[bytes]:
    """Make a stream smaller."""
    packer = zlib.compressobj(LEVEL, wbits=GZIP)
    for piece in script:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def decompress(packed: Iterable[bytes]) -> Iterator[bytes]:
    """The other way round, in pieces of a bounded size.

    Raises:
        ServiceError: `backup_damaged`.
    """
    unpacker = zlib.decompressobj(wbits=GZIP)
    try:
        for piece in packed:
            rest = piece
            while rest:
                yield unpacker.decompress(rest, 1024 * 1024)
                rest = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as broken:
        raise damaged(DATABASE) from broken
    if not unpacker.eof:
        raise damaged(DATABASE)


def until(stop: threading.Event, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pass a stream on until somebody asks to stop.

    Raises:
        ServiceError: `backup_stopped`.
    """
    for piece in pieces:
        if stop.is_set():
            raise unavailable("backup_stopped", "Прервано: сервис останавливается.")
        yield piece


class _Count:
    def __init__(self) -> None:
        self.value = 0

    def one_more(self) -> None:
        self.value += 1


def _check_space(source: Source, archive: Archive, log: RunLog) -> None:
    folder = archive.place.folder
    if folder is None:
        return
    last = log.last_size()
    if last is not None:
        needed = int(last * GROWTH)
    else:
        needed = log.database_bytes() + sum(size for _, size in source.files.list_stored())
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise not_enough(needed + SPARE_BYTES, free, str(folder))


def not_enough(needed: int, free: int, where: str) -> ServiceError:
    """The refusal for a disk without room."""
    return unavailable(
        "backup_space",
        f"Для копии нужно {needed // 1_000_000} МБ, а на диске с папкой {where} свободно "
        f"{free // 1_000_000} МБ. Освободите место или смените BACKUP_FOLDER.",
    )
