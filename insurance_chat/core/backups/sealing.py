"""Encryption of a stream in authenticated pieces; memory holds one piece whatever the size.

AES-256-GCM over pieces of 1 MiB. The key of a stream is derived (HKDF-SHA256) from the installation's
key, a random salt and the name of the part; the nonce is the number of the piece and a mark of the
last one (the STREAM construction), so a piece that is cut off, moved, repeated or taken from another
file is noticed. The key itself is never written.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from insurance_chat.core.errors import ServiceError, invalid

MAGIC = b"ICBACKUP1\n"
SALT_BYTES = 16
HEADER_BYTES = len(MAGIC) + SALT_BYTES
PIECE_BYTES = 1024 * 1024
TAG_BYTES = 16


class BackupKey:
    """What of the installation's key backups are made with.

    Args:
        secret: the 32 bytes of SECRET_KEY.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.fingerprint = self._derived(b"", b"fingerprint")[:4].hex()

    def seal(self, part: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Encrypt a stream.

        Args:
            part: name of what is inside; `open` must be given the same.
            chunks: the content in pieces of any size.
        """
        header = MAGIC + os.urandom(SALT_BYTES)
        box = self._box(header, part)
        yield header
        for number, (piece, last) in enumerate(_pieces(chunks, PIECE_BYTES)):
            yield box.encrypt(_nonce(number, last), piece, header)

    def open(self, part: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Decrypt what `seal` made; nothing that was changed comes out.

        Raises:
            ServiceError: `backup_damaged`.
        """
        source = iter(chunks)
        start = b""
        while len(start) < HEADER_BYTES:
            more = next(source, b"")
            if not more:
                raise damaged(part)
            start += more
        header, rest = start[:HEADER_BYTES], start[HEADER_BYTES:]
        if not header.startswith(MAGIC):
            raise damaged(part)
        box = self._box(header, part)
        sealed = _pieces(_after(rest, source), PIECE_BYTES + TAG_BYTES)
        for number, (piece, last) in enumerate(sealed):
            try:
                yield box.decrypt(_nonce(number, last), piece, header)
            except InvalidTag as wrong:
                raise damaged(part) from wrong

    def sign(self, text: bytes) -> str:
        """Signature of a list of contents."""
        return hmac.new(self._derived(b"", b"manifest"), text, hashlib.sha256).hexdigest()

    def _box(self, header: bytes, part: str) -> AESGCM:
        return AESGCM(self._derived(header, b"part:" + part.encode()))

    def _derived(self, salt: bytes, purpose: bytes) -> bytes:
        derive = HKDF(SHA256(), 32, salt or None, b"insurance-chat backup " + purpose)
        return derive.derive(self._secret)


def damaged(what: str) -> ServiceError:
    """The refusal of a backup that is not as it was written."""
    return invalid(
        "backup_damaged",
        f"Резервная копия повреждена ({what}). Ничего не изменено: возьмите другую копию.",
    )


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _after(rest: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    yield rest
    yield from source


def _pieces(chunks: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Equal pieces and a last one, which may be empty; True marks the last."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > size:
            yield bytes(waiting[:size]), False
            del waiting[:size]
    yield bytes(waiting), True
