"""Files of clients and of the knowledge base: a local folder or any object store, and signed links."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import obstore
from obstore.store import LocalStore

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.errors import ServiceError, not_found
from insurance_chat.core.storage import PIECE_BYTES, Place, storage_errors
from insurance_chat.core.uploading import upload

_KEY = re.compile(r"(?:sealed|plain)/[0-9a-f]{2}/[0-9a-f]{40}")


class FileStore:
    """Keeps files under random keys and makes links to them that expire.

    Args:
        store: an obstore store (local folder, S3 and so on).
        cipher: seals personal documents and signs links.
        title: where the files are, for messages to people.
    """

    def __init__(self, store: Any, cipher: Cipher, title: str = "") -> None:
        self._store = store
        self._cipher = cipher
        self.title = title or "файлов"

    async def put(self, data: bytes, *, sealed: bool) -> str:
        """Store a file.

        Args:
            data: the content.
            sealed: encrypt it; required for documents with personal data.

        Returns:
            The key; it says nothing about the content.

        Raises:
            ServiceError: `storage_unavailable`, `storage_forbidden`.
        """
        name = secrets.token_hex(20)
        key = f"{'sealed' if sealed else 'plain'}/{name[:2]}/{name}"
        body = self._cipher.seal_bytes(data) if sealed else data
        with storage_errors(self.title):
            await obstore.put_async(self._store, key, body)
        return key

    async def put_pieces(self, size: int, pieces: Iterator[bytes]) -> str:
        """Store a large file without personal data piece by piece, never whole in memory.

        Args:
            size: in bytes; at most one part of it is held at a time.
            pieces: the content; read in another thread.

        Returns:
            The key, as `put` gives it.

        Raises:
            ServiceError: `storage_unavailable`, `storage_forbidden`; nothing is stored then.
        """
        name = secrets.token_hex(20)
        key = f"plain/{name[:2]}/{name}"
        await asyncio.to_thread(self.write_stored, key, size, pieces)
        return key

    async def get(self, key: str) -> bytes:
        """Read a file back, decrypted.

        Raises:
            ServiceError: `file_not_found`, `storage_unavailable`, `storage_forbidden`.
        """
        _check_key(key)
        try:
            with storage_errors(self.title, reading=True):
                result = await obstore.get_async(self._store, key)
                body = bytes(await result.bytes_async())
        except FileNotFoundError as missing:
            raise _missing() from missing
        return self._cipher.open_bytes(body) if key.startswith("sealed/") else body

    async def delete(self, key: str) -> None:
        """Remove a file; a file that is already gone is not an error.

        Raises:
            ServiceError: `file_not_found` when the key is not one of ours; `storage_unavailable`.
        """
        _check_key(key)
        try:
            with storage_errors(self.title, reading=True):
                await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    def list_stored(self) -> Iterator[tuple[str, int]]:
        """Keys of all files with their sizes as stored, in bytes; blocks, so call it in a thread."""
        with storage_errors(self.title):
            for batch in obstore.list(self._store):
                for item in batch:
                    if _KEY.fullmatch(item["path"]):
                        yield item["path"], int(item["size"])

    def read_stored(self, key: str) -> tuple[int, Iterator[bytes]]:
        """A file as it is stored (sealed stays sealed): size in bytes and its pieces; blocks.

        Raises:
            FileNotFoundError: it has been deleted.
        """
        _check_key(key)
        with storage_errors(self.title, reading=True):
            result = obstore.get(self._store, key)
        return int(result.meta["size"]), self._pieces(result)

    def _pieces(self, result: Any) -> Iterator[bytes]:
        with storage_errors(self.title, reading=True):
            for piece in result.stream(min_chunk_size=PIECE_BYTES // 8):
                yield bytes(piece)

    def write_stored(self, key: str, size: int, pieces: Iterator[bytes]) -> None:
        """Put a file back as `read_stored` gave it; blocks.

        Args:
            size: in bytes; a small file is sent in one request.

        Raises:
            ServiceError: `file_not_found` for a key that is not ours, `storage_unavailable`.
        """
        _check_key(key)
        with storage_errors(self.title):
            if size <= PIECE_BYTES:
                obstore.put(self._store, key, b"".join(pieces))
            else:
                upload(self._store, key, pieces)

    def signed_path(self, key: str, filename: str, ttl_seconds: int) -> str:
        """Make a link to a file that works until its time is over.

        Args:
            filename: the name under which a browser saves the file.
            ttl_seconds: how long the link lives.

        Returns:
            `/files/<token>/<filename>`; the expiry is inside the signature.
        """
        claims = json.dumps([key, filename, int(time.time()) + ttl_seconds], ensure_ascii=False)
        payload = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
        token = f"{payload}.{self._cipher.sign(payload)}"
        return f"/files/{token}/{quote(filename, safe='')}"

    def read_token(self, token: str) -> tuple[str, str]:
        """Check a link's token.

        Returns:
            The key and the file name.

        Raises:
            ServiceError: `link_expired` when the time is over or the link is not ours.
        """
        payload, _, signature = token.partition(".")
        expected = self._cipher.sign(payload)
        if not secrets.compare_digest(signature.encode(), expected.encode()):
            raise _expired()
        try:
            padded = payload + "=" * (-len(payload) % 4)
            key, filename, expires = json.loads(base64.urlsafe_b64decode(padded))
        except (binascii.Error, ValueError) as broken:
            raise _expired() from broken
        if time.time() >= expires:
            raise _expired()
        return str(key), str(filename)


def local_file_store(folder: Path, cipher: Cipher) -> FileStore:
    """Files in a folder of this machine, closed to other users.

    Args:
        folder: usually `DATA_DIR/files`; created when missing.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return FileStore(LocalStore(folder), cipher, str(folder))


def file_store(place: Place, cipher: Cipher) -> FileStore:
    """Files in the storage that the settings name."""
    return FileStore(place.store, cipher, place.title)


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise _missing()


def _missing() -> ServiceError:
    return not_found("file_not_found", "Файл не найден.")


def _expired() -> ServiceError:
    return not_found("link_expired", "Срок действия ссылки истёк. Запросите файл ещё раз.")
