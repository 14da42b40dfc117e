"""A file from a program is read only after the antivirus has let it through."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from insurance_chat.knowledge.analysis.ports import RulesOnly
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.uploads.reading import UploadReader
from tests.slices.api.conftest import Staff, Stand
from tests.slices.knowledge.clamd import Clamd

VIRUS = b"# \xd0\x9e\nEICAR-STANDARD-ANTIVIRUS-TEST-FILE\n"


@pytest.fixture
async def guarded(stand: Stand) -> AsyncIterator[None]:
    """The service asks an antivirus."""
    services, before = stand.services, stand.services.upload_reader
    async with Clamd() as clamd:
        settings = KnowledgeSettings(clamd=clamd.url)
        services.upload_reader = UploadReader(services.db, services.files, settings, RulesOnly())
        yield
    services.upload_reader = before


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("path", ["/v1/kb/upload", "/v1/kb/private/upload"])
async def test_a_file_with_a_virus_is_refused_in_words(
    path: str, http: httpx.AsyncClient, admin: Staff
) -> None:
    refused = await http.post(path, files={"file": ("a.md", VIRUS)}, headers=admin.headers)
    assert refused.status_code == 422
    assert refused.json()["code"] == "file_infected"
    assert "Eicar-Test-Signature" in refused.json()["message"]


@pytest.mark.usefixtures("guarded")
async def test_a_clean_file_is_taken(http: httpx.AsyncClient, admin: Staff) -> None:
    text = "# Парковка\n\nПарковка у офиса бесплатная для клиентов.\n".encode()
    taken = await http.post(
        "/v1/kb/upload", files={"file": ("parking.md", text)}, headers=admin.headers
    )
    assert taken.status_code == 201
