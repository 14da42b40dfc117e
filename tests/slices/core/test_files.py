"""Storage of files and links to them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.files import FileStore, local_file_store
from insurance_chat.core.sniff import sniff_mime


@pytest.fixture
def files(tmp_path: Path, cipher: Cipher) -> FileStore:
    return local_file_store(tmp_path / "files", cipher)


def stored_bytes(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def test_a_sealed_file_comes_back_and_is_unreadable_on_disk(
    files: FileStore, tmp_path: Path
) -> None:
    key = await files.put(b"passport 4510 123456", sealed=True)

    assert await files.get(key) == b"passport 4510 123456"
    stored = stored_bytes(tmp_path)
    assert len(stored) == 1
    assert b"4510" not in stored[0]


async def test_a_deleted_file_is_not_found_and_deleting_twice_is_harmless(files: FileStore) -> None:
    key = await files.put(b"x", sealed=False)
    await files.delete(key)
    await files.delete(key)

    with pytest.raises(ServiceError) as refusal:
        await files.get(key)
    assert (refusal.value.code, refusal.value.kind) == ("file_not_found", Kind.NOT_FOUND)


@pytest.mark.parametrize("key", ["../secret.key", "plain/../../secret.key", "", "/etc/passwd"])
async def test_a_key_that_we_did_not_make_reaches_nothing(files: FileStore, key: str) -> None:
    with pytest.raises(ServiceError, match="file_not_found"):
        await files.get(key)


async def test_a_link_names_the_file_until_its_time_is_over(files: FileStore) -> None:
    key = await files.put(b"x", sealed=False)
    _, root, token, name = files.signed_path(key, "Правила/ОСАГО 2026.pdf", 60).split("/")

    assert (root, unquote(name)) == ("files", "Правила/ОСАГО 2026.pdf")
    assert files.read_token(token) == (key, "Правила/ОСАГО 2026.pdf")

    late = files.signed_path(key, "a.pdf", 0).split("/")[2]
    with pytest.raises(ServiceError) as refusal:
        files.read_token(late)
    assert (refusal.value.code, refusal.value.kind) == ("link_expired", Kind.NOT_FOUND)


@pytest.mark.parametrize("token", ["", ".", "abc", "abc.def", "я.я"])
async def test_a_forged_link_is_refused(files: FileStore, token: str) -> None:
    with pytest.raises(ServiceError, match="link_expired"):
        files.read_token(token)


async def test_a_link_signed_by_another_installation_is_refused(
    files: FileStore, tmp_path: Path
) -> None:
    other = local_file_store(tmp_path / "other", Cipher([b"z" * 32]))
    key = await other.put(b"x", sealed=False)

    with pytest.raises(ServiceError, match="link_expired"):
        files.read_token(other.signed_path(key, "a.pdf", 60).split("/")[2])


@pytest.mark.parametrize(
    ("data", "name", "mime"),
    [
        (b"%PDF-1.7\n", "a.txt", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "a.pdf", "image/png"),
        (b"\xff\xd8\xff\xe0", "a", "image/jpeg"),
        (b"OggS\x00", "voice", "audio/ogg"),
        (b"\x1aE\xdf\xa3\x9fwebm\x86A_OPUS", "voice", "audio/webm"),
        (b"\x1aE\xdf\xa3\x9fwebm\x86V_VP9\x86A_OPUS", "voice", "video/webm"),
        (b"\x00\x00\x00\x18ftypiso5moovhdlrsoun", "voice", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypiso5hdlrvidehdlrsoun", "voice", "video/mp4"),
        ("<!DOCTYPE html><p>да".encode(), "a.txt", "text/html"),
        ("Просто текст".encode("cp1251"), "a.txt", "text/plain"),
        (b"# title", "a.md", "text/markdown"),
        (b"\x00\x01\x02", "a.txt", "application/octet-stream"),
    ],
)
def test_the_type_is_told_by_content_not_by_name(data: bytes, name: str, mime: str) -> None:
    assert sniff_mime(data, name) == mime
