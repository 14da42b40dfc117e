"""Files of the service as one tar stream, out and in, without holding a file in memory."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterable, Iterator

from typing_extensions import Buffer, override

from insurance_chat.core.backups.sealing import damaged
from insurance_chat.core.files import FileStore

READ_BYTES = 1024 * 1024
BLOCK = tarfile.BLOCKSIZE


def pack(files: FileStore, counted: Callable[[], None]) -> Iterator[bytes]:
    """All files as they are stored; those with personal data stay sealed inside.

    Args:
        counted: called for each file that went in.
    """
    for key, _ in files.list_stored():
        try:
            size, pieces = files.read_stored(key)
        except FileNotFoundError:
            continue  # deleted since the list was made, so the database does not name it any more
        header = tarfile.TarInfo(key)
        header.size = size
        yield header.tobuf(tarfile.PAX_FORMAT)
        yield from pieces
        yield b"\0" * (-size % BLOCK)
        counted()
    yield b"\0" * (2 * BLOCK)


def unpack(
    files: FileStore, content: Iterable[bytes], wanted: Callable[[str], bool] = lambda _: True
) -> int:
    """Put files back under their keys.

    Args:
        wanted: which keys; all when absent.

    Returns:
        How many were put back.

    Raises:
        ServiceError: `backup_damaged`, `storage_unavailable`.
    """
    count = 0
    stream = Reader(content)
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                source = archive.extractfile(member)
                if source is None:
                    raise damaged("files")
                if wanted(member.name):
                    files.write_stored(member.name, member.size, _pieces(source.read))
                    count += 1
    except tarfile.TarError as broken:
        raise damaged("files") from broken
    stream.drain()
    return count


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while piece := read(READ_BYTES):
        yield piece


class Reader(io.RawIOBase):
    """A stream of pieces as a file that can be read from its beginning to its end."""

    def __init__(self, content: Iterable[bytes]) -> None:
        super().__init__()
        self._source = iter(content)
        self._rest = memoryview(b"")

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        room = memoryview(buffer)
        while not self._rest:
            piece = next(self._source, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(room), len(self._rest))
        room[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def drain(self) -> None:
        """Read what is left, so that the source can check its end."""
        for _ in self._source:
            continue
