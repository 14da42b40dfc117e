"""Sealed streams: what went in comes out, and nothing that was touched does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insurance_chat.core.backups.sealing import HEADER_BYTES, PIECE_BYTES, TAG_BYTES, BackupKey
from insurance_chat.core.errors import ServiceError

KEY = BackupKey(b"k" * 32)
SEALED_PIECE = PIECE_BYTES + TAG_BYTES
CONTENT = bytes(range(256)) * (3 * PIECE_BYTES // 256) + b"the end"
SEALED = b"".join(KEY.seal("database", [CONTENT]))


def opened(sealed: bytes, key: BackupKey = KEY, part: str = "database") -> bytes:
    return b"".join(key.open(part, [sealed]))


@given(
    st.sampled_from([0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES]),
    st.integers(5_000, 3 * PIECE_BYTES),
)
@settings(deadline=None, max_examples=30)
def test_any_content_in_pieces_of_any_size_comes_back(size: int, step: int) -> None:
    content = CONTENT[:size]
    sealed = b"".join(KEY.seal("files", [content[i : i + step] for i in range(0, size, step)]))
    pieces = [sealed[i : i + step] for i in range(0, len(sealed), step)]

    assert b"".join(KEY.open("files", pieces)) == content


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
@settings(deadline=None, max_examples=40)
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    broken = bytearray(SEALED)
    broken[place] ^= change

    with pytest.raises(ServiceError, match="backup_damaged"):
        opened(bytes(broken))


def _piece(number: int) -> bytes:
    return SEALED[HEADER_BYTES + number * SEALED_PIECE :][:SEALED_PIECE]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        SEALED[:5],
        SEALED[:HEADER_BYTES],
        SEALED[:-1],
        SEALED[: HEADER_BYTES + SEALED_PIECE],
        SEALED[: HEADER_BYTES + 3 * SEALED_PIECE],
        SEALED[:HEADER_BYTES] + _piece(1) + _piece(0) + _piece(2) + _piece(3),
        SEALED[:HEADER_BYTES] + _piece(0) + SEALED[HEADER_BYTES:],
        SEALED + b"more",
    ],
    ids=["empty", "stub", "header", "byte", "one", "end", "swapped", "repeated", "longer"],
)
def test_what_is_cut_off_moved_or_repeated_is_noticed(broken: bytes) -> None:
    with pytest.raises(ServiceError, match="backup_damaged"):
        opened(broken)


def test_another_key_or_another_part_opens_nothing() -> None:
    with pytest.raises(ServiceError, match="backup_damaged"):
        opened(SEALED, BackupKey(b"z" * 32))
    with pytest.raises(ServiceError, match="backup_damaged"):
        opened(SEALED, part="files")


def test_the_same_content_never_looks_the_same() -> None:
    assert b"".join(KEY.seal("database", [CONTENT])) != SEALED
    assert b"k" * 32 not in SEALED
    assert KEY.fingerprint != BackupKey(b"z" * 32).fingerprint
