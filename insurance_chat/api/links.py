"""Links that a browser opens without headers: files and sources of the knowledge base."""

from __future__ import annotations

import re
import secrets
import time
from urllib.parse import quote

from starlette.requests import HTTPConnection

from insurance_chat.api.deps import services_of, state_of
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.files import FileStore

DOCUMENT_SECONDS = 30 * 24 * 3600
_HOST = re.compile(r"[\w.:\[\]-]{1,255}")


class Links:
    """Makes absolute links for one caller.

    Args:
        base: public address without a trailing slash.
        ttl_seconds: life of a link to a file.
    """

    def __init__(self, files: FileStore, cipher: Cipher, base: str, ttl_seconds: int) -> None:
        self._files = files
        self._cipher = cipher
        self._base = base
        self._ttl = ttl_seconds

    def absolute(self, url: str) -> str:
        """The same address with our host if it has none."""
        return f"{self._base}{url}" if url.startswith("/") else url

    def file(self, key: str, name: str) -> str:
        """A fresh signed link to a stored file."""
        return self.absolute(self._files.signed_path(key, name, self._ttl))

    def document(self, tenant_id: int, document_id: str) -> str:
        """A link to the source of a public document; what it may show is checked at the click."""
        token = sign_document(self._cipher, tenant_id, document_id)
        return self.absolute(f"/v1/kb/docs/{quote(document_id)}/source?token={token}")

    def private_document(self, document_id: str) -> str:
        """The address of a document for who has a token of the staff."""
        return self.absolute(f"/v1/kb/docs/{quote(document_id)}/source")


def links_for(connection: HTTPConnection) -> Links:
    """Links with the address under which this caller sees us."""
    services = services_of(connection)
    base = _base(connection, services.settings.core.base_url)
    ttl = state_of(connection).settings.file_link_hours * 3600
    return Links(services.files, services.cipher, base, ttl)


def _base(connection: HTTPConnection, configured: str) -> str:
    host = connection.headers.get("host", "")
    if services_of(connection).settings.core.public_url or not _HOST.fullmatch(host):
        return configured
    secure = connection.scope["scheme"] in ("https", "wss")
    return f"{'https' if secure else 'http'}://{host}"


def sign_document(cipher: Cipher, tenant_id: int, document_id: str) -> str:
    """Permission to open the source of one document as a client of a tenant."""
    claims = f"{tenant_id}.{int(time.time()) + DOCUMENT_SECONDS}"
    return f"{claims}.{cipher.sign(f'kb:{document_id}:{claims}')}"


def read_document_token(cipher: Cipher, document_id: str, token: str) -> int | None:
    """The tenant of a good permission, else None."""
    claims, _, signature = token.rpartition(".")
    expected = cipher.sign(f"kb:{document_id}:{claims}")
    if not secrets.compare_digest(signature.encode(), expected.encode()):
        return None
    tenant_id, _, until = claims.partition(".")
    return int(tenant_id) if time.time() < int(until) else None
