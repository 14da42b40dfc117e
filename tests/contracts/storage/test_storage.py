"""Files and backups behave the same in a folder and in an S3-compatible storage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import FileStore, file_store
from insurance_chat.core.storage import FilesSettings, Place, open_place, try_out
from insurance_chat.sandbox.s3 import S3State, create_s3_app
from tests.support.sandbox_server import served

BIG = 20 * 1024 * 1024 + 7


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[S3State, str]]:
    state = S3State()
    with served(create_s3_app(state)) as url:
        yield state, url


def settings_of(url: str, **changes: str) -> FilesSettings:
    values = {
        "s3_bucket": "backups",
        "s3_endpoint": url,
        "s3_key": "sandbox-key",
        "s3_folder": "компания/files",
        **changes,
    }
    secret = SecretStr(values.pop("s3_secret", "sandbox-secret"))
    return FilesSettings(**values, s3_secret=secret)  # type: ignore[arg-type]


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, s3: tuple[S3State, str]) -> Place:
    if request.param == "folder":
        return open_place(FilesSettings(), tmp_path / "files")
    s3[0].objects.clear()
    return open_place(settings_of(s3[1]), tmp_path)


@pytest.fixture
def files(place: Place, cipher: Cipher) -> FileStore:
    return file_store(place, cipher)


async def test_a_file_comes_back_and_is_listed(files: FileStore) -> None:
    sealed = await files.put(b"passport", sealed=True)
    plain = await files.put(b"rules", sealed=False)

    assert (await files.get(sealed), await files.get(plain)) == (b"passport", b"rules")
    assert {key for key, _ in files.list_stored()} == {sealed, plain}
    assert dict(files.list_stored())[plain] == 5


async def test_a_deleted_file_is_gone_and_deleting_twice_is_harmless(files: FileStore) -> None:
    key = await files.put(b"x", sealed=False)
    await files.delete(key)
    await files.delete(key)

    with pytest.raises(ServiceError, match="file_not_found"):
        await files.get(key)
    with pytest.raises(FileNotFoundError):
        files.read_stored(key)
    assert list(files.list_stored()) == []


async def test_a_file_moves_to_another_storage_as_it_is(
    files: FileStore, tmp_path: Path, cipher: Cipher
) -> None:
    key = await files.put(b"passport", sealed=True)
    other = file_store(open_place(FilesSettings(), tmp_path / "other"), cipher)

    size, pieces = files.read_stored(key)
    other.write_stored(key, size, pieces)

    assert await other.get(key) == b"passport"


async def test_a_large_file_travels_in_parts(files: FileStore) -> None:
    key = "plain/ab/" + "ab" * 20
    piece = bytes(range(256)) * 4096

    def content() -> Iterator[bytes]:
        for _ in range(20):
            yield piece
        yield b"the end"

    files.write_stored(key, BIG, content())

    size, pieces = files.read_stored(key)
    assert (size, b"".join(pieces)) == (BIG, piece * 20 + b"the end")


async def test_a_broken_off_upload_leaves_no_file(files: FileStore) -> None:
    key = "plain/ab/" + "cd" * 20

    def content() -> Iterator[bytes]:
        for _ in range(17):
            yield b"x" * 1024 * 1024
        raise RuntimeError("the power went off")

    with pytest.raises(RuntimeError):
        files.write_stored(key, BIG, content())
    assert list(files.list_stored()) == []


def test_a_storage_is_tried_out_and_left_clean(place: Place, files: FileStore) -> None:
    try_out(place)

    assert list(files.list_stored()) == []


def test_parts_are_of_the_size_that_s3_takes(
    s3: tuple[S3State, str], tmp_path: Path, cipher: Cipher
) -> None:
    state, url = s3
    state.requests.clear()
    files = file_store(open_place(settings_of(url), tmp_path), cipher)
    files.write_stored("plain/ab/" + "ef" * 20, BIG, iter([b"x" * BIG]))

    assert sum("partNumber=" in asked for asked in state.requests) == 3
    assert not state.uploads


def test_many_files_are_listed_page_by_page(
    s3: tuple[S3State, str], tmp_path: Path, cipher: Cipher
) -> None:
    state, url = s3
    state.objects.clear()
    files = file_store(open_place(settings_of(url), tmp_path), cipher)
    files.write_stored("plain/00/" + "0" * 40, 1, iter([b"x"]))
    first = next(iter(state.objects))
    for number in range(1, 2500):
        state.objects[first[:-40] + f"{number:040x}"] = state.objects[first]

    assert len({key for key, _ in files.list_stored()}) == 2500


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"s3_secret": "wrong"}, "storage_forbidden"),
        ({"s3_bucket": "nobody-has-this"}, "storage_unavailable"),
        ({"s3_endpoint": "not an address"}, "storage_unavailable"),
    ],
    ids=["secret", "bucket", "endpoint"],
)
def test_wrong_settings_are_told_in_words_without_the_secret(
    s3: tuple[S3State, str], tmp_path: Path, changes: dict[str, str], code: str
) -> None:
    with pytest.raises(ServiceError) as refusal:
        try_out(open_place(settings_of(s3[1], **changes), tmp_path))
    assert refusal.value.code == code
    assert "sandbox-secret" not in refusal.value.message


async def test_a_file_is_not_confused_with_a_storage_that_is_away(
    tmp_path: Path, cipher: Cipher
) -> None:
    with served(create_s3_app()) as url:
        pass
    files = file_store(open_place(settings_of(url), tmp_path), cipher)

    with pytest.raises(ServiceError, match="storage_unavailable"):
        await files.get("plain/ab/" + "ab" * 20)
