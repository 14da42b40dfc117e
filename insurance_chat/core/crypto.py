"""Encryption of personal data at rest, and hashes of tokens.

Values are sealed with AES-256-GCM. The first byte is the format version, then a 12-byte nonce. A
list of keys allows rotation: the first one seals, all of them open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"


class Cipher:
    """Seals and opens personal data.

    Args:
        keys: 32-byte keys; the first seals.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._boxes = [AESGCM(key) for key in keys]
        self._mac_key = hashlib.sha256(b"lookup" + keys[0]).digest()

    def seal(self, text: str) -> bytes:
        """Encrypt a string for storage."""
        return self.seal_bytes(text.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt what `seal` made.

        Raises:
            ValueError: no key fits.
        """
        return self.open_bytes(sealed).decode()

    def seal_bytes(self, data: bytes) -> bytes:
        """Encrypt a file's content for storage."""
        nonce = os.urandom(12)
        return VERSION + nonce + self._boxes[0].encrypt(nonce, data, None)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt what `seal_bytes` made.

        Raises:
            ValueError: no key fits.
        """
        data = bytes(sealed)
        for box in self._boxes:
            try:
                return box.decrypt(data[1:13], data[13:], None)
            except InvalidTag:
                continue
        raise ValueError("no key opens this value")

    def seal_json(self, value: Any) -> bytes:
        """Encrypt a JSON value for storage."""
        return self.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def open_json(self, sealed: bytes) -> Any:
        """Decrypt what `seal_json` made."""
        return json.loads(self.open(sealed))

    def lookup(self, text: str) -> str:
        """Keyed hash by which an encrypted value can be found without being readable."""
        return hmac.new(self._mac_key, text.encode(), hashlib.sha256).hexdigest()

    def sign(self, text: str) -> str:
        """Short URL-safe signature, for links to files."""
        digest = hmac.new(self._mac_key, b"link:" + text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:18]).decode()


def hash_token(token: str) -> str:
    """What the database keeps of a random token (it is long, so a plain hash is enough)."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A random token of 256 bits for a session or a link."""
    return secrets.token_urlsafe(32)


def load_key(secret_key: str, data_dir: Path) -> bytes:
    """The installation's key: from settings, else kept in `DATA_DIR/secret.key` (mode 0600).

    Raises:
        ValueError: SECRET_KEY is not base64 of 32 bytes.
    """
    key = base64.b64decode(secret_key) if secret_key else _kept_key(data_dir / "secret.key")
    if len(key) != 32:
        raise ValueError("SECRET_KEY must be base64 of 32 bytes")
    return key


def _kept_key(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return base64.b64decode(path.read_text())
        with os.fdopen(descriptor, "w") as file:
            file.write(base64.b64encode(os.urandom(32)).decode())
    return base64.b64decode(path.read_text())
